/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pixels.h"

const Gemma4Pixels *
gemma4_pixels (Gemma4CpuLevel level)
{
#if defined (__x86_64__)
  static const Gemma4Pixels *const levels[] = {
    [GEMMA4_CPU_C] = &gemma4_pixels_c,
    [GEMMA4_CPU_SSE2] = &gemma4_pixels_c,
    [GEMMA4_CPU_AVX2] = &gemma4_pixels_avx2,
    [GEMMA4_CPU_AVX512] = &gemma4_pixels_avx512,
  };
  return levels[level];
#else
  (void) level;
  return &gemma4_pixels_c;
#endif
}
