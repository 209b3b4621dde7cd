/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "logmel-batch.h"

const Gemma4LogMelBatch *
gemma4_logmel_batch (Gemma4CpuLevel level)
{
#ifdef GEMMA4_HAVE_X86
  static const Gemma4LogMelBatch *const levels[] = {
    [GEMMA4_CPU_C] = &gemma4_logmel_batch_c,
    [GEMMA4_CPU_SSE2] = &gemma4_logmel_batch_sse2,
    [GEMMA4_CPU_AVX2] = &gemma4_logmel_batch_avx2,
    [GEMMA4_CPU_AVX512] = &gemma4_logmel_batch_avx512,
  };
  return levels[level];
#else
  (void) level;
  return &gemma4_logmel_batch_c;
#endif
}

/* The points of the transform, and one more for the last bin. */
size_t
gemma4_logmel_work_bytes (const Gemma4LogMelBatch *self, const Gemma4Fft *fft)
{
  size_t n_floats = (16 * (size_t) fft->n_points + 1) * self->n_lanes;
  size_t n_bytes = n_floats * sizeof (float);
  return (n_bytes + GEMMA4_LANES_ALIGNMENT - 1) / GEMMA4_LANES_ALIGNMENT * GEMMA4_LANES_ALIGNMENT;
}
