/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Registers of AVX2 for resize-lanes.h and ycbcr-lanes.h, which say what these are. */

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define N_QUADS 2
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
lanes_and (Lanes a, Lanes b)
{
  return _mm256_and_si256 (a, b);
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
lanes_shift_16 (Lanes x, uint32_t n)
{
  return _mm256_srl_epi16 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_shift_32 (Lanes x, uint32_t n)
{
  return _mm256_srl_epi32 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_in_order (Lanes x)
{
  return _mm256_permute4x64_epi64 (x, 0xd8);
}

static inline Lanes
lanes_widen (const uint8_t *src)
{
  return _mm256_cvtepu8_epi16 (load_quad (src));
}

static inline void
lanes_zip (Lanes out[2], Lanes even, Lanes odd)
{
  Lanes low = _mm256_unpacklo_epi16 (even, odd), high = _mm256_unpackhi_epi16 (even, odd);
  out[0] = _mm256_permute2x128_si256 (low, high, 0x20);
  out[1] = _mm256_permute2x128_si256 (low, high, 0x31);
}

/* Byte j of the 16-byte pieces 0, 1 and 2 of 16 pixels has each colour once: a colour is
 * put in place once for all pieces, and these choose. */
static inline void
lanes_store_rgb (uint8_t *rgb, Lanes r, Lanes g, Lanes b)
{
  const Lanes order_r = _mm256_broadcastsi128_si256 (_mm_setr_epi8 (0, 11, 6, 1, 12, 7, 2, 13,
          8, 3, 14, 9, 4, 15, 10, 5));
  const Lanes order_g = _mm256_broadcastsi128_si256 (_mm_setr_epi8 (5, 0, 11, 6, 1, 12, 7, 2,
          13, 8, 3, 14, 9, 4, 15, 10));
  const Lanes order_b = _mm256_broadcastsi128_si256 (_mm_setr_epi8 (10, 5, 0, 11, 6, 1, 12, 7,
          2, 13, 8, 3, 14, 9, 4, 15));
  const Lanes every_third = _mm256_broadcastsi128_si256 (_mm_setr_epi8 (-1, 0, 0, -1, 0, 0, -1,
          0, 0, -1, 0, 0, -1, 0, 0, -1));
  const Lanes next_third = _mm256_broadcastsi128_si256 (_mm_setr_epi8 (0, -1, 0, 0, -1, 0, 0,
          -1, 0, 0, -1, 0, 0, -1, 0, 0));
  r = _mm256_shuffle_epi8 (r, order_r);
  g = _mm256_shuffle_epi8 (g, order_g);
  b = _mm256_shuffle_epi8 (b, order_b);
  Lanes pieces[3] = {
    _mm256_blendv_epi8 (_mm256_blendv_epi8 (b, g, next_third), r, every_third),
    _mm256_blendv_epi8 (_mm256_blendv_epi8 (r, b, next_third), g, every_third),
    _mm256_blendv_epi8 (_mm256_blendv_epi8 (g, r, next_third), b, every_third),
  };
  for (int i = 0; i < 3; i++) {
    _mm_storeu_si128 ((__m128i *) (rgb + 16 * i), _mm256_castsi256_si128 (pieces[i]));
    _mm_storeu_si128 ((__m128i *) (rgb + 16 * i + 48), _mm256_extracti128_si256 (pieces[i], 1));
  }
}
