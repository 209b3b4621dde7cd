/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "logmel-batch.h"

const Gemma4LogMelBatch *
gemma4_logmel_batch (Gemma4CpuLevel level)
{
  static const Gemma4LogMelBatch *const levels[GEMMA4_N_CPU_LEVELS] = {
    [GEMMA4_CPU_C] = &gemma4_logmel_batch_c,
#if defined (__x86_64__)
    [GEMMA4_CPU_SSE2] = &gemma4_logmel_batch_sse2,
    [GEMMA4_CPU_AVX2] = &gemma4_logmel_batch_avx2,
    [GEMMA4_CPU_AVX512] = &gemma4_logmel_batch_avx512,
#elif defined (__aarch64__)
    [GEMMA4_CPU_NEON] = &gemma4_logmel_batch_neon,
#endif
  };
  return levels[level];
}

/* The samples of eight parts, the bins, and the points of two parts. */
size_t
gemma4_logmel_work_bytes (const Gemma4LogMelBatch *self, const Gemma4Fft *fft)
{
  size_t n_floats = (16 * (size_t) fft->n_points + 1) * self->n_lanes;
  size_t n_bytes = n_floats * sizeof (float);
  return (n_bytes + GEMMA4_LANES_ALIGNMENT - 1) / GEMMA4_LANES_ALIGNMENT * GEMMA4_LANES_ALIGNMENT;
}
