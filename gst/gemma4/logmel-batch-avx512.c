/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <immintrin.h>
#include <stdint.h>

#define N_LANES 16
#define N_BLOCK 16
#define LANES_INLINE inline __attribute__ ((always_inline))

typedef __m512 Lanes;
typedef int32_t LanesInt __attribute__ ((vector_size (4 * N_LANES)));

static LANES_INLINE Lanes
lanes_sqrt (Lanes x)
{
  return _mm512_sqrt_ps (x);
}

static LANES_INLINE Lanes
lanes_max (Lanes a, Lanes b)
{
  return _mm512_max_ps (a, b);
}

static LANES_INLINE Lanes
lanes_from_int (LanesInt x)
{
  return _mm512_cvtepi32_ps ((__m512i) x);
}

/* Swaps blocks of 1, of 2, of 4, then of 8 values. */
static LANES_INLINE void
lanes_transpose (Lanes *block)
{
  Lanes pairs[N_LANES], quads[N_LANES];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_ps (block[i], block[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_ps (block[i], block[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    for (int j = 0; j < 2; j++) {
      quads[i + 2 * j] = _mm512_shuffle_ps (pairs[i + j], pairs[i + j + 2], 0x44);
      quads[i + 2 * j + 1] = _mm512_shuffle_ps (pairs[i + j], pairs[i + j + 2], 0xee);
    }
  }
  for (int i = 0; i < 4; i++) {
    Lanes low = _mm512_shuffle_f32x4 (quads[i], quads[i + 4], 0x88);
    Lanes low_odd = _mm512_shuffle_f32x4 (quads[i], quads[i + 4], 0xdd);
    Lanes high = _mm512_shuffle_f32x4 (quads[i + 8], quads[i + 12], 0x88);
    Lanes high_odd = _mm512_shuffle_f32x4 (quads[i + 8], quads[i + 12], 0xdd);
    block[i] = _mm512_shuffle_f32x4 (low, high, 0x88);
    block[i + 4] = _mm512_shuffle_f32x4 (low_odd, high_odd, 0x88);
    block[i + 8] = _mm512_shuffle_f32x4 (low, high, 0xdd);
    block[i + 12] = _mm512_shuffle_f32x4 (low_odd, high_odd, 0xdd);
  }
}

#include "logmel-lanes.h"

const Gemma4LogMelBatch gemma4_logmel_batch_avx512 = { N_LANES, compute, any_above };
