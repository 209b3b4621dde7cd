/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: keeps float32 kernels in their range. A frame so loud, or
 * one so quiet beside so low a floor, that squares of float32 numbers would
 * overflow or vanish is scaled by a power of two, which is exact. The power
 * depends on the frame and the parameters alone. Ordinary sound is never scaled. */

#include <gst/gemma4/logmel.h>

typedef struct
{
  double input_scale;
  double mel_floor;
  float unscaled_floor;         /* of the frames that stay as they are: nearly all */
  int floor_exponent;           /* of the sound whose mel values are like the floor */
  bool power;
  bool always;                  /* the floor itself is out of range */
  float loud_sample;            /* frames without a sample beyond this are not scaled
                                 * unless @always */
} Gemma4LogMelScale;

Gemma4LogMelScale gemma4_logmel_scale_new (const Gemma4LogMelParams * params);

/**
 * gemma4_logmel_scale_frame:
 * @frame: (out): [n], @samples / 2^p
 * Returns: p.
 */
int gemma4_logmel_scale_frame (const Gemma4LogMelScale * self, float *frame,
    const double *samples, uint32_t n);

/* The power of two that mel values of a frame are to be multiplied by. */
int32_t gemma4_logmel_scale_exponent (const Gemma4LogMelScale * self, int p);

/* The floor in the unit of a frame's mel values; at least FLT_MIN. */
float gemma4_logmel_scale_floor (const Gemma4LogMelScale * self, int p);
