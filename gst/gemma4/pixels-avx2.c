/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pixels.h"

#include <immintrin.h>

static void
scale (float *out, const uint8_t *in, size_t n, Gemma4PixelFactor factor)
{
  const __m256 high = _mm256_set1_ps (factor.high), low = _mm256_set1_ps (factor.low);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    __m128i bytes = _mm_loadl_epi64 ((const __m128i *) (in + i));
    __m256 values = _mm256_cvtepi32_ps (_mm256_cvtepu8_epi32 (bytes));
    _mm256_storeu_ps (out + i, _mm256_add_ps (_mm256_mul_ps (values, high),
            _mm256_mul_ps (values, low)));
  }
  gemma4_pixels_c.scale (out + i, in + i, n - i, factor);
}

const Gemma4Pixels gemma4_pixels_avx2 = { scale };
