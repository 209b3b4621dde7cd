/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Registers of AVX-512 for resize-lanes.h and ycbcr-lanes.h, which say what these are. */

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define N_QUADS 4
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
lanes_and (Lanes a, Lanes b)
{
  return _mm512_and_si512 (a, b);
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
lanes_shift_16 (Lanes x, uint32_t n)
{
  return _mm512_srl_epi16 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_shift_32 (Lanes x, uint32_t n)
{
  return _mm512_srl_epi32 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_in_order (Lanes x)
{
  return _mm512_permutexvar_epi64 (_mm512_setr_epi64 (0, 2, 4, 6, 1, 3, 5, 7), x);
}

static inline Lanes
lanes_widen (const uint8_t *src)
{
  return _mm512_cvtepu8_epi16 (_mm256_loadu_si256 ((const __m256i *) src));
}

static inline void
lanes_zip (Lanes out[2], Lanes even, Lanes odd)
{
  Lanes low = _mm512_unpacklo_epi16 (even, odd), high = _mm512_unpackhi_epi16 (even, odd);
  out[0] = _mm512_permutex2var_epi64 (low, _mm512_setr_epi64 (0, 1, 8, 9, 2, 3, 10, 11), high);
  out[1] = _mm512_permutex2var_epi64 (low, _mm512_setr_epi64 (4, 5, 12, 13, 6, 7, 14, 15), high);
}

#define PIXEL(i) i, 64 + (i), i
#define PIXELS_4(i) PIXEL (i), PIXEL ((i) + 1), PIXEL ((i) + 2), PIXEL ((i) + 3)
#define PIXELS_16(i) PIXELS_4 (i), PIXELS_4 ((i) + 4), PIXELS_4 ((i) + 8), PIXELS_4 ((i) + 12)

/* Red and green come from two registers, 64 bytes each; then blue, every third byte. */
static inline void
lanes_store_rgb (uint8_t *rgb, Lanes r, Lanes g, Lanes b)
{
  static const uint8_t order[192] = {
    PIXELS_16 (0), PIXELS_16 (16), PIXELS_16 (32), PIXELS_16 (48)
  };
  static const __mmask64 blue[3] = { 0x4924924924924924, 0x2492492492492492, 0x9249249249249249 };
  for (int i = 0; i < 3; i++) {
    Lanes at = lanes_load (order + 64 * i);
    Lanes piece = _mm512_permutex2var_epi8 (r, at, g);
    lanes_store (rgb + 64 * i, _mm512_mask_permutexvar_epi8 (piece, blue[i], at, b));
  }
}
