/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resize-rows.h"

#include <immintrin.h>
#include <string.h>

/* Two pixels in each quarter of a register, one colour in every 32 bits: R0 R1,
 * G0 G1, B0 B1, nothing. With the weights of the two pixels in every 32 bits,
 * _mm512_madd_epi16() sums them up. */

enum { TAPS = 8 };

static inline __m512i
spread_weights (const int16_t *weights)
{
  const __m512i pairs = _mm512_setr_epi32 (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  __m128i eight = _mm_loadu_si128 ((const __m128i *) weights);
  return _mm512_permutexvar_epi32 (pairs, _mm512_castsi128_si512 (eight));
}

static inline __m512i
spread_pixels (const uint8_t *rgb)
{
  const __m512i places = _mm512_setr_epi32 (0x00030000, 0x00040001, 0x00050002, 0, 0x00090006,
      0x000a0007, 0x000b0008, 0, 0x000f000c, 0x0010000d, 0x0011000e, 0, 0x00150012, 0x00160013,
      0x00170014, 0);
  const __mmask64 low_bytes = 0x0555055505550555;
  __m256i pixels = _mm256_maskz_loadu_epi8 ((1 << 3 * TAPS) - 1, rgb);
  return _mm512_maskz_permutexvar_epi8 (low_bytes, places, _mm512_castsi256_si512 (pixels));
}

/* The sums of the quarters of each register, in order. */
static inline __m512i
sum_quarters (const __m512i *sums)
{
  __m512i ab = _mm512_add_epi32 (_mm512_shuffle_i32x4 (sums[0], sums[1], 0x44),
      _mm512_shuffle_i32x4 (sums[0], sums[1], 0xee));
  __m512i cd = _mm512_add_epi32 (_mm512_shuffle_i32x4 (sums[2], sums[3], 0x44),
      _mm512_shuffle_i32x4 (sums[2], sums[3], 0xee));
  return _mm512_add_epi32 (_mm512_shuffle_i32x4 (ab, cd, 0x88),
      _mm512_shuffle_i32x4 (ab, cd, 0xdd));
}

/* What is the same for all pixels of a group of rows: copies, which the pixels that
 * are written cannot change. */
typedef struct
{
  const uint8_t *in[GEMMA4_RESIZE_ROWS];
  const Gemma4ResizeSpan *spans;
  const int16_t *weights;
  __m512i start;
  __m128i shift;
} RowGroup;

/* One pixel of each row, 4 bytes apart, the fourth of which is of no use. */
static inline __attribute__ ((always_inline)) __m128i
sum_pixels (const RowGroup *row, Gemma4ResizeSpan span)
{
  const int16_t *weights = row->weights + span.offset;
  const int16_t *end = weights + span.n_taps;
  size_t at = 3 * (size_t) span.first;
  __m512i sums[GEMMA4_RESIZE_ROWS];
  for (int i = 0; i < GEMMA4_RESIZE_ROWS; i++)
    sums[i] = _mm512_setzero_si512 ();
  for (; weights < end; weights += TAPS, at += 3 * TAPS) {
    __m512i weight = spread_weights (weights);
    for (int i = 0; i < GEMMA4_RESIZE_ROWS; i++)
      sums[i] = _mm512_add_epi32 (sums[i],
          _mm512_madd_epi16 (spread_pixels (row->in[i] + at), weight));
  }
  __m512i pixels = _mm512_sra_epi32 (_mm512_add_epi32 (sum_quarters (sums), row->start),
      row->shift);
  return _mm512_cvtusepi32_epi8 (_mm512_max_epi32 (pixels, _mm512_setzero_si512 ()));
}

static inline void
store_pixels (uint8_t *const *out, size_t at, __m128i four)
{
  uint32_t pixels[GEMMA4_RESIZE_ROWS];
  _mm_storeu_si128 ((__m128i *) pixels, four);
  for (int i = 0; i < GEMMA4_RESIZE_ROWS; i++)
    memcpy (out[i] + at, &pixels[i], sizeof pixels[i]);
}

/* The fourth byte of a pixel is overwritten by the next; the last has none. */
static void
horizontal (uint8_t *const out[GEMMA4_RESIZE_ROWS], const uint8_t *const in[GEMMA4_RESIZE_ROWS],
    const Gemma4ResizePass *pass)
{
  const uint32_t last = pass->n_outputs - 1;
  uint8_t *const outs[GEMMA4_RESIZE_ROWS] = { out[0], out[1], out[2], out[3] };
  const RowGroup rows = {
    { in[0], in[1], in[2], in[3] }, pass->spans, pass->weights,
    _mm512_set1_epi32 ((1 << pass->precision) >> 1), _mm_cvtsi32_si128 ((int) pass->precision),
  };
  for (uint32_t x = 0; x < last; x++) {
    __m128i four = sum_pixels (&rows, rows.spans[x]);
    store_pixels (outs, 3 * (size_t) x, four);
  }
  uint8_t pixels[16];
  _mm_storeu_si128 ((__m128i *) pixels, sum_pixels (&rows, rows.spans[last]));
  for (int i = 0; i < GEMMA4_RESIZE_ROWS; i++)
    memcpy (outs[i] + 3 * (size_t) last, pixels + 4 * i, 3);
}

enum { BLOCK = 64 };

/* The sums of 32 values lie in the order that packing undoes. */
static inline void
add_rows (__m512i *sums, const uint8_t *a, const uint8_t *b, __m512i weights)
{
  __m512i wide_a = _mm512_cvtepu8_epi16 (_mm256_loadu_si256 ((const __m256i *) a));
  __m512i wide_b = _mm512_cvtepu8_epi16 (_mm256_loadu_si256 ((const __m256i *) b));
  __m512i low = _mm512_unpacklo_epi16 (wide_a, wide_b);
  __m512i high = _mm512_unpackhi_epi16 (wide_a, wide_b);
  sums[0] = _mm512_add_epi32 (sums[0], _mm512_madd_epi16 (low, weights));
  sums[1] = _mm512_add_epi32 (sums[1], _mm512_madd_epi16 (high, weights));
}

static inline void
sum_block (uint8_t *out, const uint8_t *const *rows, size_t x, const Gemma4ResizePass *pass,
    const Gemma4ResizeSpan *span)
{
  const __m512i order = _mm512_setr_epi64 (0, 2, 4, 6, 1, 3, 5, 7);
  const int16_t *weights = pass->weights + span->offset;
  uint32_t last = span->n_taps - 1;
  __m512i sums[4];
  for (int i = 0; i < 4; i++)
    sums[i] = _mm512_set1_epi32 ((1 << pass->precision) >> 1);
  for (uint32_t j = 0; j <= last; j += 2) {
    const uint8_t *a = rows[j] + x, *b = j < last ? rows[j + 1] + x : a;
    uint32_t second = j < last ? (uint16_t) weights[j + 1] : 0;
    __m512i pair = _mm512_set1_epi32 ((int32_t) (second << 16 | (uint16_t) weights[j]));
    add_rows (sums, a, b, pair);
    add_rows (sums + 2, a + 32, b + 32, pair);
  }
  __m128i shift = _mm_cvtsi32_si128 ((int) pass->precision);
  for (int i = 0; i < 4; i++)
    sums[i] = _mm512_sra_epi32 (sums[i], shift);
  __m512i bytes = _mm512_packus_epi16 (_mm512_packs_epi32 (sums[0], sums[1]),
      _mm512_packs_epi32 (sums[2], sums[3]));
  _mm512_storeu_si512 (out + x, _mm512_permutexvar_epi64 (order, bytes));
}

/* The last block overlaps the one before. */
static void
vertical (uint8_t *out, const uint8_t *const *rows, size_t n_values,
    const Gemma4ResizePass *pass, const Gemma4ResizeSpan *span)
{
  if (n_values < BLOCK) {
    gemma4_resize_rows_c.vertical (out, rows, n_values, pass, span);
    return;
  }
  for (size_t x = 0; x < n_values - BLOCK; x += BLOCK)
    sum_block (out, rows, x, pass, span);
  sum_block (out, rows, n_values - BLOCK, pass, span);
}

const Gemma4ResizeRows gemma4_resize_rows_avx512 = { TAPS, horizontal, vertical };
