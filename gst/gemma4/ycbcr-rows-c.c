/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ycbcr-rows.h"

/* A row is done in blocks of a constant size, for loops that the compiler vectorises;
 * what is left over goes through the same code. */
enum { BLOCK = 64 };

static inline void
load_block (uint16_t *restrict out, const uint8_t *restrict in, size_t n, size_t step_bytes)
{
  for (size_t i = 0; i < n; i++)
    out[i] = in[i * step_bytes];
}

static inline void
load_bytes (uint16_t *out, const uint8_t *in, size_t n, size_t step_bytes)
{
  size_t i = 0;
  for (; n - i >= BLOCK; i += BLOCK)
    load_block (out + i, in + i * step_bytes, BLOCK, step_bytes);
  load_block (out + i, in + i * step_bytes, n - i, step_bytes);
}

static void
load_words (uint16_t *out, const uint8_t *in, size_t n, const Gemma4SampleLayout *layout)
{
  for (size_t i = 0; i < n; i++, in += layout->step_bytes)
    out[i] = (in[0] | in[1] << 8) >> layout->shift;
}

static void
load (uint16_t *out, const uint8_t *in, size_t n, const Gemma4SampleLayout *layout)
{
  if (layout->sample_bytes == 2)
    load_words (out, in, n, layout);
  else if (layout->step_bytes == 1)
    load_bytes (out, in, n, 1);
  else if (layout->step_bytes == 2)
    load_bytes (out, in, n, 2);
  else
    load_bytes (out, in, n, layout->step_bytes);
}

static inline void
blend_block (uint16_t *restrict out, const uint16_t *restrict near,
    const uint16_t *restrict far, size_t n, uint16_t near_weight, uint16_t far_weight)
{
  for (size_t i = 0; i < n; i++)
    out[i] = near_weight * near[i] + far_weight * far[i];
}

static void
blend (uint16_t *out, const uint16_t *near, const uint16_t *far, size_t n,
    uint16_t near_weight, uint16_t far_weight)
{
  size_t i = 0;
  for (; n - i >= BLOCK; i += BLOCK)
    blend_block (out + i, near + i, far + i, BLOCK, near_weight, far_weight);
  blend_block (out + i, near + i, far + i, n - i, near_weight, far_weight);
}

/* 3 of a sample and 1 of a neighbour, or 4 and 0, 2 and 2. */
static inline void
spread_block (uint16_t *restrict out, const uint16_t *restrict in, size_t n, bool sited)
{
  for (size_t i = 0; i < n; i++) {
    const uint16_t *sample = in + i;
    out[2 * i] = sited ? 4 * sample[0] : 3 * sample[0] + *(sample - 1);
    out[2 * i + 1] = sited ? 2 * sample[0] + 2 * sample[1] : 3 * sample[0] + sample[1];
  }
}

static void
spread (uint16_t *out, const uint16_t *in, size_t n, bool sited)
{
  size_t i = 0;
  for (; n - i >= BLOCK && sited; i += BLOCK)
    spread_block (out + 2 * i, in + i, BLOCK, true);
  for (; n - i >= BLOCK; i += BLOCK)
    spread_block (out + 2 * i, in + i, BLOCK, false);
  spread_block (out + 2 * i, in + i, n - i, sited);
}

static inline uint8_t
to_byte (int32_t sum, uint32_t fraction_bits)
{
  sum >>= fraction_bits;
  return sum < 0 ? 0 : sum > 255 ? 255 : sum;
}

/* One colour after the other, then all three together. */
static inline void
matrix_block (uint8_t *restrict rgb, const uint16_t *restrict y, const uint16_t *restrict cb,
    const uint16_t *restrict cr, size_t n_px, const Gemma4YcbcrMatrix *restrict m)
{
  uint8_t r[BLOCK], g[BLOCK], b[BLOCK];
  for (size_t i = 0; i < n_px; i++) {
    int16_t luma = 16 * y[i] - m->centre, blue = cb[i] - m->centre, red = cr[i] - m->centre;
    int32_t sum = luma * m->y + m->offset;
    r[i] = to_byte (sum + red * m->cr_r, m->fraction_bits);
    g[i] = to_byte (sum + blue * m->cb_g + red * m->cr_g, m->fraction_bits);
    b[i] = to_byte (sum + blue * m->cb_b, m->fraction_bits);
  }
  for (size_t i = 0; i < n_px; i++) {
    rgb[3 * i] = r[i];
    rgb[3 * i + 1] = g[i];
    rgb[3 * i + 2] = b[i];
  }
}

static void
matrix (uint8_t *rgb, const uint16_t *y, const uint16_t *cb, const uint16_t *cr, size_t n_px,
    const Gemma4YcbcrMatrix *m)
{
  size_t i = 0;
  for (; n_px - i >= BLOCK; i += BLOCK)
    matrix_block (rgb + 3 * i, y + i, cb + i, cr + i, BLOCK, m);
  matrix_block (rgb + 3 * i, y + i, cb + i, cr + i, n_px - i, m);
}

const Gemma4YcbcrRows gemma4_ycbcr_rows_c = { load, blend, spread, matrix };
