/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "dither.h"

#include <math.h>

/* The finalizer of SplitMix64: every bit of @x changes half of the result. */
static uint64_t
mix (uint64_t x)
{
  x = (x ^ (x >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* Uniform in (0, 1], 53 bits. */
static double
uniform (uint64_t bits)
{
  return (double) ((bits >> 11) + 1) * 0x1p-53;
}

/* Box and Muller's transform of two uniform numbers. */
double
gemma4_dither_noise (uint32_t seed, uint64_t index)
{
  static const double two_pi = 6.283185307179586;
  uint64_t state = mix ((uint64_t) seed + 1) + index * UINT64_C (0x9e3779b97f4a7c15);
  double radius = sqrt (-2.0 * log (uniform (mix (state))));
  return radius * cos (two_pi * uniform (mix (~state)));
}
