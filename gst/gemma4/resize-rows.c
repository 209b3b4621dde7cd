/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resize-rows.h"

const Gemma4ResizeRows *
gemma4_resize_rows (Gemma4CpuLevel level)
{
#ifdef GEMMA4_HAVE_X86
  static const Gemma4ResizeRows *const levels[] = {
    [GEMMA4_CPU_C] = &gemma4_resize_rows_c,
    [GEMMA4_CPU_SSE2] = &gemma4_resize_rows_c,
    [GEMMA4_CPU_AVX2] = &gemma4_resize_rows_avx2,
    [GEMMA4_CPU_AVX512] = &gemma4_resize_rows_avx512,
  };
  return levels[level];
#else
  (void) level;
  return &gemma4_resize_rows_c;
#endif
}
