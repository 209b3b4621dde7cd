/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ycbcr-rows.h"

const Gemma4YcbcrRows *
gemma4_ycbcr_rows (Gemma4CpuLevel level)
{
#if defined (__x86_64__)
  static const Gemma4YcbcrRows *const levels[] = {
    [GEMMA4_CPU_C] = &gemma4_ycbcr_rows_c,
    [GEMMA4_CPU_SSE2] = &gemma4_ycbcr_rows_sse2,
    [GEMMA4_CPU_AVX2] = &gemma4_ycbcr_rows_avx2,
    [GEMMA4_CPU_AVX512] = &gemma4_ycbcr_rows_avx512,
  };
  return levels[level];
#elif defined (__aarch64__)
  return level == GEMMA4_CPU_NEON ? &gemma4_ycbcr_rows_neon : &gemma4_ycbcr_rows_c;
#else
  (void) level;
  return &gemma4_ycbcr_rows_c;
#endif
}
