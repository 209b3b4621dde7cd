/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the loops of ycbcr.h that touch pixels. Every set of them
 * writes the same bytes. Outputs do not overlap inputs. Arrays of uint16 have
 * GEMMA4_YCBCR_ROOM more values than said, which a kernel may read and write. */

#include "cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEMMA4_YCBCR_ROOM 64

/* Where the samples of a row lie. */
typedef struct
{
  uint32_t step_bytes;          /* from one to the next */
  uint32_t sample_bytes;        /* 1 or 2, little endian */
  uint32_t shift;               /* unused bits below the sample */
} Gemma4SampleLayout;

/* From Y'CbCr to R'G'B' in fixed point. Samples are 16 times as large as they were,
 * and half of their range is taken off: then they fit 16 bits, as the weights do. */
typedef struct
{
  uint16_t centre;              /* half of the range, times 16 */
  int16_t y;                    /* of Y in all three */
  int16_t cr_r, cb_g, cr_g, cb_b;
  int32_t offset;               /* rounding included */
  uint32_t fraction_bits;
} Gemma4YcbcrMatrix;

typedef struct
{
  /* @n samples; reads nothing else. */
  void (*load) (uint16_t * out, const uint8_t * in, size_t n,
      const Gemma4SampleLayout * layout);

  /* near_weight * near + far_weight * far of @n samples each. */
  void (*blend) (uint16_t * out, const uint16_t * near, const uint16_t * far, size_t n,
      uint16_t near_weight, uint16_t far_weight);

  /* Twice as many samples, four times as large: those at @in[-1] and @in[n] exist.
   * Between two that stand at distances 1/4 and 3/4, or, @sited, at 0 and at 1/2. */
  void (*spread) (uint16_t * out, const uint16_t * in, size_t n, bool sited);

  /* RGB24 of @n_px pixels; @cb and @cr are 16 times as large as the samples were,
   * @y is not. */
  void (*matrix) (uint8_t * rgb, const uint16_t * y, const uint16_t * cb,
      const uint16_t * cr, size_t n_px, const Gemma4YcbcrMatrix * matrix);
} Gemma4YcbcrRows;

/* The kernels of @level, or the best below it. */
const Gemma4YcbcrRows *gemma4_ycbcr_rows (Gemma4CpuLevel level);

/* Plain C, and its twins. */
extern const Gemma4YcbcrRows gemma4_ycbcr_rows_c;
extern const Gemma4YcbcrRows gemma4_ycbcr_rows_sse2;
extern const Gemma4YcbcrRows gemma4_ycbcr_rows_avx2;
extern const Gemma4YcbcrRows gemma4_ycbcr_rows_avx512;
extern const Gemma4YcbcrRows gemma4_ycbcr_rows_neon;
