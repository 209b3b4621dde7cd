/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Registers of SSE2 for resize-lanes.h and ycbcr-lanes.h, which say what these are. */

#include <emmintrin.h>
#include <stddef.h>
#include <stdint.h>

#define N_QUADS 1
#define LANES(name) _mm_##name

typedef __m128i Lanes;

static inline Lanes
lanes_load (const uint8_t *src)
{
  return _mm_loadu_si128 ((const Lanes *) src);
}

static inline void
lanes_store (uint8_t *dest, Lanes x)
{
  _mm_storeu_si128 ((Lanes *) dest, x);
}

/* Two pixels: each byte and the one that lies 3 bytes further. */
static inline Lanes
load_pair (const uint8_t *rgb)
{
  return _mm_unpacklo_epi8 (_mm_loadl_epi64 ((const Lanes *) rgb),
      _mm_loadl_epi64 ((const Lanes *) (rgb + 3)));
}

static inline Lanes
lanes_load_pixels (const uint8_t *const *rows, size_t at)
{
  return _mm_unpacklo_epi64 (load_pair (rows[0] + at), load_pair (rows[0] + at + 6));
}

static inline void
lanes_store_quads (uint8_t *const *rows, size_t at, Lanes x)
{
  lanes_store (rows[0] + at, x);
}

static inline Lanes
lanes_and (Lanes a, Lanes b)
{
  return _mm_and_si128 (a, b);
}

static inline Lanes
lanes_pick (Lanes a, Lanes b, int odd)
{
  __m128 x = _mm_castsi128_ps (a), y = _mm_castsi128_ps (b);
  return _mm_castps_si128 (odd ? _mm_shuffle_ps (x, y, 0xdd) : _mm_shuffle_ps (x, y, 0x88));
}

static inline Lanes
lanes_add_product (Lanes a, Lanes b, Lanes c)
{
  return _mm_add_epi32 (a, _mm_madd_epi16 (b, c));
}

static inline Lanes
lanes_shift_right (Lanes x, uint32_t n)
{
  return _mm_sra_epi32 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_shift_16 (Lanes x, uint32_t n)
{
  return _mm_srl_epi16 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_shift_32 (Lanes x, uint32_t n)
{
  return _mm_srl_epi32 (x, _mm_cvtsi32_si128 ((int) n));
}

static inline Lanes
lanes_in_order (Lanes x)
{
  return x;
}

static inline Lanes
lanes_widen (const uint8_t *src)
{
  return _mm_unpacklo_epi8 (_mm_loadl_epi64 ((const Lanes *) src), _mm_setzero_si128 ());
}

static inline void
lanes_zip (Lanes out[2], Lanes even, Lanes odd)
{
  out[0] = _mm_unpacklo_epi16 (even, odd);
  out[1] = _mm_unpackhi_epi16 (even, odd);
}

/* Makes 6 bytes of every 8. */
static inline void
store_four (uint8_t *rgb, Lanes red_green, Lanes blue)
{
  const Lanes first = _mm_set_epi32 (0, 0xffffff, 0, 0xffffff);
  const Lanes second = _mm_slli_epi64 (first, 24);
  Lanes x = _mm_unpacklo_epi16 (red_green, blue);
  x = _mm_or_si128 (_mm_and_si128 (x, first), _mm_and_si128 (_mm_srli_epi64 (x, 8), second));
  _mm_storel_epi64 ((Lanes *) rgb, x);
  _mm_storel_epi64 ((Lanes *) (rgb + 6), _mm_unpackhi_epi64 (x, x));
}

static inline void
lanes_store_rgb (uint8_t *rgb, Lanes r, Lanes g, Lanes b)
{
  const Lanes zero = _mm_setzero_si128 ();
  for (int i = 0; i < 4; i++) {
    Lanes red_green = i < 2 ? _mm_unpacklo_epi8 (r, g) : _mm_unpackhi_epi8 (r, g);
    Lanes blue = i < 2 ? _mm_unpacklo_epi8 (b, zero) : _mm_unpackhi_epi8 (b, zero);
    if (i % 2) {
      red_green = _mm_unpackhi_epi64 (red_green, red_green);
      blue = _mm_unpackhi_epi64 (blue, blue);
    }
    store_four (rgb + 12 * i, red_green, blue);
  }
}
