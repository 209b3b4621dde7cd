/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <emmintrin.h>
#include <stdint.h>

#define N_QUADS 1
#define N_REGISTERS 2
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
lanes_in_order (Lanes x)
{
  return x;
}

#include "resize-lanes.h"

const Gemma4ResizeRows gemma4_resize_rows_sse2 = { N_ROWS, horizontal, vertical };
