/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <emmintrin.h>
#include <stdint.h>

#define N_LANES 4
#define N_BLOCK 4
#define LANES_INLINE inline __attribute__ ((always_inline))

typedef __m128 Lanes;
typedef int32_t LanesInt __attribute__ ((vector_size (4 * N_LANES)));

static LANES_INLINE Lanes
lanes_sqrt (Lanes x)
{
  return _mm_sqrt_ps (x);
}

static LANES_INLINE Lanes
lanes_max (Lanes a, Lanes b)
{
  return _mm_max_ps (a, b);
}

static LANES_INLINE Lanes
lanes_from_int (LanesInt x)
{
  return _mm_cvtepi32_ps ((__m128i) x);
}

static LANES_INLINE void
lanes_transpose (Lanes *block)
{
  _MM_TRANSPOSE4_PS (block[0], block[1], block[2], block[3]);
}

#include "logmel-lanes.h"

const Gemma4LogMelBatch gemma4_logmel_batch_sse2 = { N_LANES, compute, any_above };
