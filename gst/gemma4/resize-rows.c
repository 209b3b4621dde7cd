/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resize-rows.h"

static size_t
round_up (size_t n, size_t multiple)
{
  return (n + multiple - 1) / multiple * multiple;
}

size_t
gemma4_resize_pair_bytes (uint32_t n_outputs)
{
  return 2 * round_up (3 * round_up (n_outputs, GEMMA4_RESIZE_SPANS), GEMMA4_RESIZE_BLOCK);
}

/* Every input in 16 bits, once. */
size_t
gemma4_resize_work_bytes (const Gemma4ResizeRows *kernels, uint32_t n_inputs)
{
  const size_t most_at_once = 4;        /* pixels */
  return round_up (round_up (n_inputs, most_at_once) * 3 * kernels->n_rows * sizeof (int16_t),
      GEMMA4_RESIZE_ALIGN);
}

const Gemma4ResizeRows *
gemma4_resize_rows (Gemma4CpuLevel level)
{
#if defined (__x86_64__)
  static const Gemma4ResizeRows *const levels[] = {
    [GEMMA4_CPU_C] = &gemma4_resize_rows_c,
    [GEMMA4_CPU_SSE2] = &gemma4_resize_rows_sse2,
    [GEMMA4_CPU_AVX2] = &gemma4_resize_rows_avx2,
    [GEMMA4_CPU_AVX512] = &gemma4_resize_rows_avx512,
  };
  return levels[level];
#elif defined (__aarch64__)
  return level == GEMMA4_CPU_NEON ? &gemma4_resize_rows_neon : &gemma4_resize_rows_c;
#else
  (void) level;
  return &gemma4_resize_rows_c;
#endif
}
