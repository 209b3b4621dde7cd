/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resize-rows.h"

/* A sum fits 32 bits whatever the pixels are. The weights of one output sum to
 * 1, and their absolute values to less than 1.3 (1.25 halfway between two
 * inputs, 1.269 at the worst, where a picture shrinks slightly). Scaled by 2^p,
 * p <= 22, and rounded, half a unit for each of at most 65535 taps, these stay
 * below 2^23; times 255 that is below 2^31 - 2^22, which leaves room for the
 * 2^(p-1) from which a sum starts. */

enum { N_ROWS = 2 };

static inline int32_t
sum_start (const Gemma4ResizePass *pass)
{
  return (1 << pass->precision) >> 1;
}

static inline uint8_t
sum_to_byte (int32_t sum, uint32_t precision)
{
  sum >>= precision;
  return sum < 0 ? 0 : sum > 255 ? 255 : sum;
}

static inline void
resize_row (uint8_t *out, const uint8_t *in, const Gemma4ResizePass *pass)
{
  for (uint32_t x = 0; x < pass->n_outputs; x++) {
    const Gemma4ResizeSpan *span = &pass->spans[x];
    const int16_t *weights = pass->weights + 2 * (size_t) span->offset;
    uint32_t n_behind = pass->n_inputs - 2 * span->first;
    uint32_t n_taps = 2 * span->n_pairs < n_behind ? 2 * span->n_pairs : n_behind;
    const uint8_t *rgb = in + 6 * (size_t) span->first;
    int32_t r = sum_start (pass), g = r, b = r;
    for (uint32_t j = 0; j < n_taps; j++, rgb += 3) {
      r += weights[j] * rgb[0];
      g += weights[j] * rgb[1];
      b += weights[j] * rgb[2];
    }
    out[6 * x] = sum_to_byte (r, pass->precision);
    out[6 * x + 2] = sum_to_byte (g, pass->precision);
    out[6 * x + 4] = sum_to_byte (b, pass->precision);
  }
}

static void
horizontal (uint8_t *const *out, const uint8_t *const *in, const Gemma4ResizePass *pass, void *work)
{
  for (int i = 0; i < N_ROWS; i++)
    resize_row (out[0] + i, in[i], pass);
}

/* As many values as the sums of which stay in registers or the first cache; a
 * constant, for loops that the compiler vectorises. */
enum { BLOCK = 64 };

static inline void
sum_block (uint8_t *out, const uint8_t *const *pairs, size_t x, size_t n_values,
    const Gemma4ResizePass *pass, const Gemma4ResizeSpan *span)
{
  int32_t sums[BLOCK];
  for (size_t i = 0; i < n_values; i++)
    sums[i] = sum_start (pass);
  for (uint32_t j = 0; j < span->n_pairs; j++) {
    const int16_t *weights = pass->weights + 2 * ((size_t) span->offset + j);
    const int16_t first = weights[0], second = weights[1];
    const uint8_t *values = pairs[j] + 2 * x;
    for (size_t i = 0; i < n_values; i++)
      sums[i] += first * values[2 * i] + second * values[2 * i + 1];
  }
  for (size_t i = 0; i < n_values; i++)
    out[x + i] = sum_to_byte (sums[i], pass->precision);
}

static void
vertical (uint8_t *out, const uint8_t *const *pairs, size_t n_values,
    const Gemma4ResizePass *pass, const Gemma4ResizeSpan *span)
{
  size_t x = 0;
  for (; n_values - x >= BLOCK; x += BLOCK)
    sum_block (out, pairs, x, BLOCK, pass, span);
  sum_block (out, pairs, x, n_values - x, pass, span);
}

const Gemma4ResizeRows gemma4_resize_rows_c = { N_ROWS, horizontal, vertical };
