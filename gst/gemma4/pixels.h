/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: 8-bit values become float32. */

#include "cpu.h"

#include <stddef.h>
#include <stdint.h>

/* A factor as the sum of two: v * high has no rounding for 8-bit v where high has
 * 16 bits, so that v * high + v * low is the rounded product with more digits
 * than a float has. */
typedef struct
{
  float high;
  float low;
} Gemma4PixelFactor;

typedef struct
{
  /* @out: (out): [n], need not be aligned */
  void (*scale) (float *out, const uint8_t * in, size_t n, Gemma4PixelFactor factor);
} Gemma4Pixels;

/* The kernels of @level, or the best below it. */
const Gemma4Pixels *gemma4_pixels (Gemma4CpuLevel level);

/* Plain C, and its twins. */
extern const Gemma4Pixels gemma4_pixels_c;
extern const Gemma4Pixels gemma4_pixels_avx2;
extern const Gemma4Pixels gemma4_pixels_avx512;
