/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <immintrin.h>
#include <stdint.h>

#define N_LANES 8
#define N_BLOCK 8
#define LANES_INLINE inline __attribute__ ((always_inline))

typedef __m256 Lanes;
typedef int32_t LanesInt __attribute__ ((vector_size (4 * N_LANES)));

static LANES_INLINE Lanes
lanes_sqrt (Lanes x)
{
  return _mm256_sqrt_ps (x);
}

static LANES_INLINE Lanes
lanes_max (Lanes a, Lanes b)
{
  return _mm256_max_ps (a, b);
}

static LANES_INLINE Lanes
lanes_from_int (LanesInt x)
{
  return _mm256_cvtepi32_ps ((__m256i) x);
}

/* Swaps blocks of 1, of 2, then of 4 values. */
static LANES_INLINE void
lanes_transpose (Lanes *block)
{
  Lanes pairs[N_LANES], quads[N_LANES];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps (block[i], block[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps (block[i], block[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; j++) {
      quads[i + 2 * j] = _mm256_shuffle_ps (pairs[i + j], pairs[i + j + 2], 0x44);
      quads[i + 2 * j + 1] = _mm256_shuffle_ps (pairs[i + j], pairs[i + j + 2], 0xee);
    }
  }
  for (int i = 0; i < 4; i++) {
    block[i] = _mm256_permute2f128_ps (quads[i], quads[i + 4], 0x20);
    block[i + 4] = _mm256_permute2f128_ps (quads[i], quads[i + 4], 0x31);
  }
}

#include "logmel-lanes.h"

const Gemma4LogMelBatch gemma4_logmel_batch_avx2 = { N_LANES, compute, any_above };
