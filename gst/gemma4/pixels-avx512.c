/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pixels.h"

#include <immintrin.h>

static void
scale (float *out, const uint8_t *in, size_t n, Gemma4PixelFactor factor)
{
  const __m512 high = _mm512_set1_ps (factor.high), low = _mm512_set1_ps (factor.low);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    __m128i bytes = _mm_loadu_si128 ((const __m128i *) (in + i));
    __m512 values = _mm512_cvtepi32_ps (_mm512_cvtepu8_epi32 (bytes));
    _mm512_storeu_ps (out + i, _mm512_add_ps (_mm512_mul_ps (values, high),
            _mm512_mul_ps (values, low)));
  }
  gemma4_pixels_c.scale (out + i, in + i, n - i, factor);
}

const Gemma4Pixels gemma4_pixels_avx512 = { scale };
