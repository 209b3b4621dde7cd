/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <immintrin.h>
#include <stdint.h>

#define N_QUADS 2
#define N_REGISTERS 2
#define LANES(name) _mm256_##name

typedef __m256i Lanes;

static inline Lanes
lanes_load (const uint8_t *src)
{
  return _mm256_loadu_si256 ((const Lanes *) src);
}

static inline void
lanes_store (uint8_t *dest, Lanes x)
{
  _mm256_storeu_si256 ((Lanes *) dest, x);
}

static inline __m128i
load_quad (const uint8_t *src)
{
  return _mm_loadu_si128 ((const __m128i *) src);
}

static inline Lanes
lanes_load_pixels (const uint8_t *const *rows, size_t at)
{
  const Lanes order = _mm256_broadcastsi128_si256 (_mm_setr_epi8 (0, 3, 1, 4, 2, 5, -1, -1,
          6, 9, 7, 10, 8, 11, -1, -1));
  Lanes x = _mm256_castsi128_si256 (load_quad (rows[0] + at));
  return _mm256_shuffle_epi8 (_mm256_inserti128_si256 (x, load_quad (rows[4] + at), 1), order);
}

static inline void
lanes_store_quads (uint8_t *const *rows, size_t at, Lanes x)
{
  _mm_storeu_si128 ((__m128i *) (rows[0] + at), _mm256_castsi256_si128 (x));
  _mm_storeu_si128 ((__m128i *) (rows[2] + at), _mm256_extracti128_si256 (x, 1));
}

static inline Lanes
lanes_pick (Lanes a, Lanes b, int odd)
{
  __m256 x = _mm256_castsi256_ps (a), y = _mm256_castsi256_ps (b);
  return _mm256_castps_si256 (odd ? _mm256_shuffle_ps (x, y, 0xdd)
      : _mm256_shuffle_ps (x, y, 0x88));
}

static inline Lanes
lanes_add_product (Lanes a, Lanes b, Lanes c)
{
  return _mm256_add_epi32 (a, _mm256_madd_epi16 (b, c));
}

static inline Lanes
lanes_shift_right (Lanes x, uint32_t n)
{
  return _mm256_sra_epi32 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_in_order (Lanes x)
{
  return _mm256_permute4x64_epi64 (x, 0xd8);
}

#include "resize-lanes.h"

const Gemma4ResizeRows gemma4_resize_rows_avx2 = { N_ROWS, horizontal, vertical };
