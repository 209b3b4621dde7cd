/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The body of a set of kernels of ycbcr-rows.h, compiled once for every instruction
 * set. The including file includes one of lanes-*.h before and then makes the struct.
 * Beside what resize-lanes.h names come from there:
 *
 *   lanes_and()
 *   lanes_shift_16(), lanes_shift_32()   to the right, of unsigned values
 *   lanes_widen()      as many bytes as fill a register with 16-bit values
 *   lanes_zip()        the 16-bit values of two registers, alternating
 *   lanes_store_rgb()  RGB24 from registers of bytes, one for each colour; may write
 *                      two bytes more */

#include "ycbcr-rows.h"

#include <string.h>

#define LANES_INLINE inline __attribute__ ((always_inline))

/* 16-bit values in a register. */
enum { N_VALUES = 8 * N_QUADS };

static LANES_INLINE Lanes
load_values (const uint16_t *values)
{
  return lanes_load ((const uint8_t *) values);
}

static LANES_INLINE void
store_values (uint16_t *values, Lanes x)
{
  lanes_store ((uint8_t *) values, x);
}

/* So many samples as a register holds, of @step_bytes 1, 2 or 4. */
static LANES_INLINE Lanes
load_samples (const uint8_t *in, uint32_t step_bytes, int32_t mask, uint32_t shift)
{
  const Lanes masks = LANES (set1_epi32) (mask);
  if (step_bytes == 1)
    return lanes_widen (in);
  if (step_bytes == 2)
    return lanes_shift_16 (lanes_and (lanes_load (in), masks), shift);
  Lanes low = lanes_shift_32 (lanes_and (lanes_load (in), masks), shift);
  Lanes high = lanes_shift_32 (lanes_and (lanes_load (in + sizeof (Lanes)), masks), shift);
  return lanes_in_order (LANES (packs_epi32) (low, high));
}

/* Returns how many samples it loaded: a register may reach behind the last one. */
static LANES_INLINE size_t
load_registers (uint16_t *out, const uint8_t *in, size_t n, uint32_t step_bytes, int32_t mask,
    uint32_t shift)
{
  size_t i = 0;
  for (; i + N_VALUES < n; i += N_VALUES)
    store_values (out + i, load_samples (in + i * step_bytes, step_bytes, mask, shift));
  return i;
}

static void
load (uint16_t *out, const uint8_t *in, size_t n, const Gemma4SampleLayout *layout)
{
  const uint32_t shift = layout->shift;
  const int32_t mask = layout->sample_bytes == 1 ? 0xff : 0xffff;
  const bool packs = layout->sample_bytes == 1 || shift > 0;    /* 15 bits at most */
  size_t i = 0;
  if (layout->step_bytes == 1)
    i = load_registers (out, in, n, 1, 0, 0);
  else if (layout->step_bytes == 2)
    i = load_registers (out, in, n, 2, (int32_t) ((uint32_t) mask << 16 | (uint32_t) mask), shift);
  else if (layout->step_bytes == 4 && packs)
    i = load_registers (out, in, n, 4, mask, shift);
  gemma4_ycbcr_rows_c.load (out + i, in + i * layout->step_bytes, n - i, layout);
}

static void
blend (uint16_t *out, const uint16_t *near, const uint16_t *far, size_t n,
    uint16_t near_weight, uint16_t far_weight)
{
  const Lanes a = LANES (set1_epi16) ((int16_t) near_weight);
  const Lanes b = LANES (set1_epi16) ((int16_t) far_weight);
  for (size_t i = 0; i < n; i += N_VALUES)
    store_values (out + i, LANES (add_epi16) (LANES (mullo_epi16) (load_values (near + i), a),
            LANES (mullo_epi16) (load_values (far + i), b)));
}

static void
spread (uint16_t *out, const uint16_t *in, size_t n, bool sited)
{
  for (size_t i = 0; i < n; i += N_VALUES) {
    Lanes sample = load_values (in + i), next = load_values (in + i + 1), pair[2];
    Lanes twice = LANES (add_epi16) (sample, sample);
    if (sited) {
      lanes_zip (pair, LANES (add_epi16) (twice, twice),
          LANES (add_epi16) (twice, LANES (add_epi16) (next, next)));
    } else {
      Lanes thrice = LANES (add_epi16) (twice, sample);
      lanes_zip (pair, LANES (add_epi16) (thrice, load_values (in + i - 1)),
          LANES (add_epi16) (thrice, next));
    }
    store_values (out + 2 * i, pair[0]);
    store_values (out + 2 * i + N_VALUES, pair[1]);
  }
}

/* The weights of two values that alternate. */
static LANES_INLINE Lanes
weigh (int16_t first, int16_t second)
{
  return LANES (set1_epi32) ((int32_t) ((uint32_t) (uint16_t) second << 16 | (uint16_t) first));
}

/* What is the same for all pixels. */
typedef struct
{
  Lanes centre, offset;
  Lanes y_cr_r, y_cr_g, none_cb_g, y_cb_b;
  uint32_t fraction_bits;
} Weights;

static LANES_INLINE Lanes
pack_sums (Lanes low, Lanes high, uint32_t fraction_bits)
{
  return LANES (packs_epi32) (lanes_shift_right (low, fraction_bits),
      lanes_shift_right (high, fraction_bits));
}

/* R, G and B of N_VALUES pixels in 16 bits. */
static LANES_INLINE void
mix (Lanes rgb[3], Lanes y, Lanes cb, Lanes cr, const Weights *w)
{
  Lanes luma = LANES (sub_epi16) (LANES (slli_epi16) (y, 4), w->centre);
  Lanes blue = LANES (sub_epi16) (cb, w->centre), red = LANES (sub_epi16) (cr, w->centre);
  Lanes with_red[2] = { LANES (unpacklo_epi16) (luma, red), LANES (unpackhi_epi16) (luma, red) };
  Lanes with_blue[2] = { LANES (unpacklo_epi16) (luma, blue), LANES (unpackhi_epi16) (luma, blue) };
  Lanes r[2], g[2], b[2];
  for (int i = 0; i < 2; i++) {
    r[i] = lanes_add_product (w->offset, with_red[i], w->y_cr_r);
    g[i] = lanes_add_product (lanes_add_product (w->offset, with_red[i], w->y_cr_g),
        with_blue[i], w->none_cb_g);
    b[i] = lanes_add_product (w->offset, with_blue[i], w->y_cb_b);
  }
  rgb[0] = pack_sums (r[0], r[1], w->fraction_bits);
  rgb[1] = pack_sums (g[0], g[1], w->fraction_bits);
  rgb[2] = pack_sums (b[0], b[1], w->fraction_bits);
}

static LANES_INLINE void
mix_block (uint8_t *rgb, const uint16_t *y, const uint16_t *cb, const uint16_t *cr,
    const Weights *w)
{
  Lanes halves[2][3], bytes[3];
  for (int i = 0; i < 2; i++)
    mix (halves[i], load_values (y + N_VALUES * i), load_values (cb + N_VALUES * i),
        load_values (cr + N_VALUES * i), w);
  for (int c = 0; c < 3; c++)
    bytes[c] = lanes_in_order (LANES (packus_epi16) (halves[0][c], halves[1][c]));
  lanes_store_rgb (rgb, bytes[0], bytes[1], bytes[2]);
}

static void
matrix (uint8_t *rgb, const uint16_t *y, const uint16_t *cb, const uint16_t *cr, size_t n_px,
    const Gemma4YcbcrMatrix *m)
{
  enum { BLOCK_PX = 2 * N_VALUES };
  const Weights w = {
    .centre = LANES (set1_epi16) ((int16_t) m->centre),
    .offset = LANES (set1_epi32) (m->offset),
    .y_cr_r = weigh (m->y, m->cr_r),
    .y_cr_g = weigh (m->y, m->cr_g),
    .none_cb_g = weigh (0, m->cb_g),
    .y_cb_b = weigh (m->y, m->cb_b),
    .fraction_bits = m->fraction_bits,
  };
  size_t i = 0;
  for (; i + BLOCK_PX < n_px; i += BLOCK_PX)
    mix_block (rgb + 3 * i, y + i, cb + i, cr + i, &w);
  uint8_t last[3 * BLOCK_PX + 2];
  mix_block (last, y + i, cb + i, cr + i, &w);
  memcpy (rgb + 3 * i, last, 3 * (n_px - i));
}
