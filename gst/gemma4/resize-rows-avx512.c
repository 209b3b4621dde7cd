/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <immintrin.h>
#include <stdint.h>

#define N_QUADS 4
#define N_REGISTERS 1
#define LANES(name) _mm512_##name

typedef __m512i Lanes;

static inline Lanes
lanes_load (const uint8_t *src)
{
  return _mm512_loadu_si512 (src);
}

static inline void
lanes_store (uint8_t *dest, Lanes x)
{
  _mm512_storeu_si512 (dest, x);
}

static inline __m128i
load_quad (const uint8_t *src)
{
  return _mm_loadu_si128 ((const __m128i *) src);
}

static inline Lanes
lanes_load_pixels (const uint8_t *const *rows, size_t at)
{
  const Lanes order = _mm512_broadcast_i32x4 (_mm_setr_epi8 (0, 3, 1, 4, 2, 5, -1, -1,
          6, 9, 7, 10, 8, 11, -1, -1));
  Lanes x = _mm512_castsi128_si512 (load_quad (rows[0] + at));
  x = _mm512_inserti32x4 (x, load_quad (rows[4] + at), 1);
  x = _mm512_inserti32x4 (x, load_quad (rows[8] + at), 2);
  x = _mm512_inserti32x4 (x, load_quad (rows[12] + at), 3);
  return _mm512_shuffle_epi8 (x, order);
}

static inline void
lanes_store_quads (uint8_t *const *rows, size_t at, Lanes x)
{
  _mm_storeu_si128 ((__m128i *) (rows[0] + at), _mm512_castsi512_si128 (x));
  _mm_storeu_si128 ((__m128i *) (rows[2] + at), _mm512_extracti32x4_epi32 (x, 1));
  _mm_storeu_si128 ((__m128i *) (rows[4] + at), _mm512_extracti32x4_epi32 (x, 2));
  _mm_storeu_si128 ((__m128i *) (rows[6] + at), _mm512_extracti32x4_epi32 (x, 3));
}

static inline Lanes
lanes_pick (Lanes a, Lanes b, int odd)
{
  __m512 x = _mm512_castsi512_ps (a), y = _mm512_castsi512_ps (b);
  return _mm512_castps_si512 (odd ? _mm512_shuffle_ps (x, y, 0xdd)
      : _mm512_shuffle_ps (x, y, 0x88));
}

static inline Lanes
lanes_add_product (Lanes a, Lanes b, Lanes c)
{
  return _mm512_dpwssd_epi32 (a, b, c);
}

static inline Lanes
lanes_shift_right (Lanes x, uint32_t n)
{
  return _mm512_sra_epi32 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_in_order (Lanes x)
{
  return _mm512_permutexvar_epi64 (_mm512_setr_epi64 (0, 2, 4, 6, 1, 3, 5, 7), x);
}

#include "resize-lanes.h"

const Gemma4ResizeRows gemma4_resize_rows_avx512 = { N_ROWS, horizontal, vertical };
