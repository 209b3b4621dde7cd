/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resize-rows.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

/* Two pixels in each half of a register, one colour in every 32 bits: R0 R1, G0 G1,
 * B0 B1, nothing. With the weights of the two pixels in every 32 bits,
 * _mm256_madd_epi16() sums them up. */

enum { TAPS = 4 };

static inline __m256i
spread_weights (const int16_t *weights)
{
  const __m256i pairs = _mm256_setr_epi32 (0, 0, 0, 0, 1, 1, 1, 1);
  __m128i four = _mm_loadl_epi64 ((const __m128i *) weights);
  return _mm256_permutevar8x32_epi32 (_mm256_castsi128_si256 (four), pairs);
}

/* Reads 16 bytes, or, @at_end of a row, the 12 that the pixels have. */
static inline __m256i
spread_pixels (const uint8_t *rgb, bool at_end)
{
  const __m128i twelve = _mm_setr_epi32 (-1, -1, -1, 0);
  const __m256i bytes = _mm256_setr_epi8 (0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1,
      -1, 6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  __m128i pixels = at_end ? _mm_maskload_epi32 ((const int *) rgb, twelve)
      : _mm_loadu_si128 ((const __m128i *) rgb);
  return _mm256_shuffle_epi8 (_mm256_broadcastsi128_si256 (pixels), bytes);
}

/* The sums of the halves of @a, then of @b. */
static inline __m256i
sum_halves (__m256i a, __m256i b)
{
  return _mm256_add_epi32 (_mm256_permute2x128_si256 (a, b, 0x20),
      _mm256_permute2x128_si256 (a, b, 0x31));
}

/* What is the same for all pixels of a group of rows: copies, which the pixels that
 * are written cannot change. */
typedef struct
{
  const uint8_t *in[GEMMA4_RESIZE_ROWS];
  const Gemma4ResizeSpan *spans;
  const int16_t *weights;
  __m256i start;
  __m128i shift;
} RowGroup;

/* One pixel of each row, 4 bytes apart, the fourth of which is of no use. */
static inline __attribute__ ((always_inline)) __m128i
sum_pixels (const RowGroup *row, Gemma4ResizeSpan span, bool at_end)
{
  const int16_t *weights = row->weights + span.offset;
  const int16_t *end = weights + span.n_taps;
  size_t at = 3 * (size_t) span.first;
  __m256i sums[GEMMA4_RESIZE_ROWS];
  for (int i = 0; i < GEMMA4_RESIZE_ROWS; i++)
    sums[i] = _mm256_setzero_si256 ();
  for (; weights < end; weights += TAPS, at += 3 * TAPS) {
    __m256i weight = spread_weights (weights);
    for (int i = 0; i < GEMMA4_RESIZE_ROWS; i++)
      sums[i] = _mm256_add_epi32 (sums[i],
          _mm256_madd_epi16 (spread_pixels (row->in[i] + at, at_end), weight));
  }
  __m256i rows_02 = _mm256_add_epi32 (sum_halves (sums[0], sums[2]), row->start);
  __m256i rows_13 = _mm256_add_epi32 (sum_halves (sums[1], sums[3]), row->start);
  __m256i words = _mm256_packs_epi32 (_mm256_sra_epi32 (rows_02, row->shift),
      _mm256_sra_epi32 (rows_13, row->shift));
  return _mm_packus_epi16 (_mm256_castsi256_si128 (words), _mm256_extracti128_si256 (words, 1));
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
  const uint32_t n_inputs = pass->n_inputs, last = pass->n_outputs - 1;
  uint8_t *const outs[GEMMA4_RESIZE_ROWS] = { out[0], out[1], out[2], out[3] };
  const RowGroup rows = {
    { in[0], in[1], in[2], in[3] }, pass->spans, pass->weights,
    _mm256_set1_epi32 ((1 << pass->precision) >> 1), _mm_cvtsi32_si128 ((int) pass->precision),
  };
  for (uint32_t x = 0; x < last; x++) {
    const Gemma4ResizeSpan span = rows.spans[x];
    bool at_end = span.first + span.n_taps + 2 > n_inputs;
    __m128i four = at_end ? sum_pixels (&rows, span, true) : sum_pixels (&rows, span, false);
    store_pixels (outs, 3 * (size_t) x, four);
  }
  uint8_t pixels[16];
  _mm_storeu_si128 ((__m128i *) pixels, sum_pixels (&rows, rows.spans[last], true));
  for (int i = 0; i < GEMMA4_RESIZE_ROWS; i++)
    memcpy (outs[i] + 3 * (size_t) last, pixels + 4 * i, 3);
}

enum { BLOCK = 32 };

/* The sums of 16 values lie in the order that packing undoes. */
static inline void
add_rows (__m256i *sums, const uint8_t *a, const uint8_t *b, __m256i weights)
{
  __m256i wide_a = _mm256_cvtepu8_epi16 (_mm_loadu_si128 ((const __m128i *) a));
  __m256i wide_b = _mm256_cvtepu8_epi16 (_mm_loadu_si128 ((const __m128i *) b));
  __m256i low = _mm256_unpacklo_epi16 (wide_a, wide_b);
  __m256i high = _mm256_unpackhi_epi16 (wide_a, wide_b);
  sums[0] = _mm256_add_epi32 (sums[0], _mm256_madd_epi16 (low, weights));
  sums[1] = _mm256_add_epi32 (sums[1], _mm256_madd_epi16 (high, weights));
}

static inline void
sum_block (uint8_t *out, const uint8_t *const *rows, size_t x, const Gemma4ResizePass *pass,
    const Gemma4ResizeSpan *span)
{
  const int16_t *weights = pass->weights + span->offset;
  uint32_t last = span->n_taps - 1;
  __m256i sums[4];
  for (int i = 0; i < 4; i++)
    sums[i] = _mm256_set1_epi32 ((1 << pass->precision) >> 1);
  for (uint32_t j = 0; j <= last; j += 2) {
    const uint8_t *a = rows[j] + x, *b = j < last ? rows[j + 1] + x : a;
    uint32_t second = j < last ? (uint16_t) weights[j + 1] : 0;
    __m256i pair = _mm256_set1_epi32 ((int32_t) (second << 16 | (uint16_t) weights[j]));
    add_rows (sums, a, b, pair);
    add_rows (sums + 2, a + 16, b + 16, pair);
  }
  __m128i shift = _mm_cvtsi32_si128 ((int) pass->precision);
  for (int i = 0; i < 4; i++)
    sums[i] = _mm256_sra_epi32 (sums[i], shift);
  __m256i bytes = _mm256_packus_epi16 (_mm256_packs_epi32 (sums[0], sums[1]),
      _mm256_packs_epi32 (sums[2], sums[3]));
  _mm256_storeu_si256 ((__m256i *) (out + x), _mm256_permute4x64_epi64 (bytes, 0xd8));
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

const Gemma4ResizeRows gemma4_resize_rows_avx2 = { TAPS, horizontal, vertical };
