/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the arithmetic of a log-mel spectrogram in float32, for
 * several frames at once: one frame in each lane of a SIMD register. All lanes
 * do the same operations in the same order, and so do all sets of kernels,
 * whatever their number of lanes: a row is the same to the byte wherever it is
 * computed.
 *
 *   window -> transform (fft.h) -> magnitude or power -> filters -> floor -> ln */

#include "cpu.h"
#include "fft.h"
#include "melbank.h"

#include <stddef.h>

#define GEMMA4_MAX_LANES 16

/* Floats are at multiples of this in the work memory. */
#define GEMMA4_LANES_ALIGNMENT 64

/* What is the same for all frames. */
typedef struct
{
  const Gemma4Fft *fft;
  const Gemma4MelBank *bank;
  const float *window;          /* [frame_length], halved: the transform doubles */
  uint32_t frame_length;
  bool power;                   /* else magnitude */
  bool adds_floor;              /* else the larger of mel and floor */
  const float *mean;            /* [n_mels], or NULL: neither mean nor stddev */
  const float *stddev;          /* [n_mels] */
} Gemma4LogMelPlan;

/* One array element for each lane. A frame may be scaled so that no sum overflows
 * or vanishes: its mel values are then in units of 2^exponent. */
typedef struct
{
  const float *frames[GEMMA4_MAX_LANES];        /* -> [frame_length] */
  float floors[GEMMA4_MAX_LANES];       /* in the frame's unit; not below FLT_MIN */
  int32_t exponents[GEMMA4_MAX_LANES];
  float *rows[GEMMA4_MAX_LANES];        /* (out): -> [n_mels] */
} Gemma4LogMelFrames;

typedef struct
{
  uint32_t n_lanes;

  /* Computes @n_lanes rows. @work: of gemma4_logmel_work_bytes() */
  void (*compute) (const Gemma4LogMelPlan * plan, const Gemma4LogMelFrames * frames,
      float *work);

  /* Whether any of [n] @samples is NaN or beyond @limit, which is positive. */
  bool (*any_above) (const float *samples, size_t n, float limit);
} Gemma4LogMelBatch;

/* The kernels of @level, or the best below it. */
const Gemma4LogMelBatch *gemma4_logmel_batch (Gemma4CpuLevel level);

size_t gemma4_logmel_work_bytes (const Gemma4LogMelBatch * self, const Gemma4Fft * fft);

/* Plain C, one frame at a time, and its twins. */
extern const Gemma4LogMelBatch gemma4_logmel_batch_c;
extern const Gemma4LogMelBatch gemma4_logmel_batch_sse2;
extern const Gemma4LogMelBatch gemma4_logmel_batch_avx2;
extern const Gemma4LogMelBatch gemma4_logmel_batch_avx512;
extern const Gemma4LogMelBatch gemma4_logmel_batch_neon;
