/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/ycbcr.h>

#include "ycbcr-rows.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_SIDE_PX = 65535 };

/* Chroma is weighted with quarters along each axis, so its sums are this much larger. */
#define SCALE 16

struct Gemma4Ycbcr
{
  Gemma4YcbcrLayout layout;
  Gemma4SampleLayout samples[3];
  Gemma4YcbcrMatrix matrix;
  const Gemma4YcbcrRows *kernels;
  uint32_t x_px, y_px, width_px, height_px;

  /* Of one row. */
  size_t n_chroma;              /* samples that the part touches */
  uint16_t *luma;               /* [width] */
  uint16_t *loaded[2][2];       /* Cb and Cr of two rows as they come, [n_chroma]: row
                                 * r is in place r % 2 */
  int64_t loaded_rows[2][2];    /* which these are; -1: none */
  uint16_t *blended;            /* [1 + n_chroma + 1], the edges repeated */
  uint16_t *chroma[2];          /* Cb and Cr, [2 * n_chroma] */
};

static bool
is_within (uint32_t value, uint32_t low, uint32_t high)
{
  return value >= low && value <= high;
}

static bool
is_layout (const Gemma4YcbcrLayout *l)
{
  return is_within (l->depth_bits, 8, 12) && l->shift <= 8
      && (l->depth_bits > 8 || l->shift == 0) && l->depth_bits + l->shift <= 16;
}

static void
init_samples (Gemma4Ycbcr *self)
{
  for (unsigned c = 0; c < 3; c++)
    self->samples[c] = (Gemma4SampleLayout) {
      .step_bytes = self->layout.step_bytes[c],
      .sample_bytes = self->layout.depth_bits > 8 ? 2 : 1,
      .shift = self->layout.shift,
    };
}

static int32_t
fixed (double v, unsigned fraction_bits)
{
  return (int32_t) lround (ldexp (v, fraction_bits));
}

/* Weights are below 2.3 levels for a level of 8 bits, so below 2^15 with 17 bits after
 * the point and 16 taken off; half a unit of each of three, times the 2^11 that a
 * sample is away from its centre at most, is 0.024 of a level. A sum is at most 255 *
 * 3.4 levels. With each bit of depth the weights halve and get one bit more. */
static void
init_matrix (Gemma4YcbcrMatrix *matrix, const Gemma4YcbcrMeaning *meaning,
    unsigned depth_bits)
{
  double largest = ldexp (1, depth_bits) - 1, unit = ldexp (1, depth_bits - 8);
  double kr = meaning->kr, kb = meaning->kb, kg = 1 - kr - kb;
  double luma = 255 / (meaning->full_range ? largest : 219 * unit);
  double chroma = 255 / (meaning->full_range ? largest : 224 * unit);
  double black = meaning->full_range ? 0 : 16 * unit, centre = 128 * unit;
  double cr_r = 2 * (1 - kr), cb_b = 2 * (1 - kb);
  unsigned bits = 17 + depth_bits - 8;
  *matrix = (Gemma4YcbcrMatrix) {
    .centre = centre * SCALE,
    .y = fixed (luma / SCALE, bits),
    .cr_r = fixed (cr_r * chroma / SCALE, bits),
    .cb_g = fixed (-kb / kg * cb_b * chroma / SCALE, bits),
    .cr_g = fixed (-kr / kg * cr_r * chroma / SCALE, bits),
    .cb_b = fixed (cb_b * chroma / SCALE, bits),
    .offset = fixed (luma * (centre - black) + 0.5, bits),
    .fraction_bits = bits,
  };
}

static uint16_t *
new_row (size_t n)
{
  return calloc (n + GEMMA4_YCBCR_ROOM, sizeof (uint16_t));
}

static Gemma4Status
allocate_rows (Gemma4Ycbcr *self)
{
  uint32_t first = self->x_px, end = self->x_px + self->width_px;
  self->n_chroma = self->layout.half_width ? (end + 1) / 2 - first / 2 : end - first;
  self->luma = new_row (self->width_px);
  self->blended = new_row (self->n_chroma + 2);
  bool complete = self->luma && self->blended;
  for (unsigned c = 0; c < 2; c++) {
    self->loaded[c][0] = new_row (self->n_chroma);
    self->loaded[c][1] = new_row (self->n_chroma);
    self->chroma[c] = new_row (2 * self->n_chroma);
    complete = complete && self->loaded[c][0] && self->loaded[c][1] && self->chroma[c];
  }
  return complete ? GEMMA4_OK : GEMMA4_NO_MEMORY;
}

/* Without chroma every sample is grey. */
static void
fill_grey (Gemma4Ycbcr *self)
{
  uint16_t grey = SCALE * (1 << (self->layout.depth_bits - 1));
  for (size_t i = 0; i < 2 * self->n_chroma; i++)
    self->chroma[0][i] = self->chroma[1][i] = grey;
}

Gemma4Status
gemma4_ycbcr_new (const Gemma4YcbcrLayout *layout, const Gemma4YcbcrMeaning *meaning,
    uint32_t x_px, uint32_t y_px, uint32_t width_px, uint32_t height_px, Gemma4Ycbcr **self)
{
  if (!is_layout (layout) || !is_within (width_px, 1, MAX_SIDE_PX)
      || !is_within (height_px, 1, MAX_SIDE_PX) || x_px > MAX_SIDE_PX || y_px > MAX_SIDE_PX)
    return GEMMA4_BAD_ARGUMENT;
  Gemma4Ycbcr *ycbcr = calloc (1, sizeof *ycbcr);
  if (!ycbcr)
    return GEMMA4_NO_MEMORY;

  ycbcr->layout = *layout;
  ycbcr->kernels = gemma4_ycbcr_rows (gemma4_cpu_level ());
  ycbcr->x_px = x_px;
  ycbcr->y_px = y_px;
  ycbcr->width_px = width_px;
  ycbcr->height_px = height_px;
  init_samples (ycbcr);
  init_matrix (&ycbcr->matrix, meaning, layout->depth_bits);
  Gemma4Status status = allocate_rows (ycbcr);
  if (status != GEMMA4_OK) {
    gemma4_ycbcr_free (ycbcr);
    return status;
  }
  if (layout->grey)
    fill_grey (ycbcr);
  *self = ycbcr;
  return GEMMA4_OK;
}

void
gemma4_ycbcr_free (Gemma4Ycbcr *self)
{
  if (!self)
    return;
  free (self->luma);
  free (self->blended);
  for (unsigned c = 0; c < 2; c++) {
    free (self->loaded[c][0]);
    free (self->loaded[c][1]);
    free (self->chroma[c]);
  }
  free (self);
}

/* A row of chroma of the part, clamped to the rows it has. Neighbouring rows of luma need
 * the same ones. */
static const uint16_t *
load_chroma (Gemma4Ycbcr *self, const Gemma4Plane *plane, unsigned c, int64_t row)
{
  uint32_t divisor = self->layout.half_height ? 2 : 1;
  int64_t first = self->y_px / divisor, last = (self->y_px + self->height_px - 1) / divisor;
  row = row < first ? first : row > last ? last : row;
  uint16_t *samples = self->loaded[c - 1][row % 2];
  if (self->loaded_rows[c - 1][row % 2] == row)
    return samples;
  self->loaded_rows[c - 1][row % 2] = row;
  size_t x = self->x_px / (self->layout.half_width ? 2 : 1);
  self->kernels->load (samples, plane->data + (ptrdiff_t) row * plane->stride_bytes
      + x * self->layout.step_bytes[c], self->n_chroma, &self->samples[c]);
  return samples;
}

/* How two rows of chroma mix into that of one row of luma: in quarters of a row. */
typedef struct
{
  int64_t near, far;
  uint32_t near_weight;
} Mix;

static Mix
find_mix (const Gemma4YcbcrLayout *layout, uint32_t y)
{
  int64_t row = y / 2;
  bool odd = y % 2;
  if (!layout->half_height)
    return (Mix) { y, y, 4 };
  if (!layout->sited_y)
    return (Mix) { row, odd ? row + 1 : row - 1, 3 };
  return (Mix) { row, row + odd, odd ? 2 : 4 };
}

/* Chroma of luma row @y: as many samples as luma, and where it has half the width
 * one more before them if the part begins at an odd place. */
static void
expand_chroma (Gemma4Ycbcr *self, const Gemma4Plane *plane, unsigned c, uint32_t y)
{
  uint16_t *out = self->chroma[c - 1], *blended = self->blended + 1;
  size_t n = self->n_chroma;
  Mix mix = find_mix (&self->layout, y);
  const uint16_t *near = load_chroma (self, plane, c, mix.near);
  const uint16_t *far = load_chroma (self, plane, c, mix.far);
  if (!self->layout.half_width) {
    self->kernels->blend (out, near, far, n, 4 * mix.near_weight,
        4 * (4 - mix.near_weight));
    return;
  }
  self->kernels->blend (blended, near, far, n, mix.near_weight,
      4 - mix.near_weight);
  blended[-1] = blended[0];
  blended[n] = blended[n - 1];
  self->kernels->spread (out, blended, n, self->layout.sited_x);
}

void
gemma4_ycbcr_run (Gemma4Ycbcr *self, uint8_t *rgb, ptrdiff_t stride_bytes,
    const Gemma4Plane planes[3], uint32_t first_row, uint32_t n_rows)
{
  const Gemma4YcbcrLayout *l = &self->layout;
  size_t offset = l->half_width ? self->x_px % 2 : 0;
  for (unsigned c = 0; c < 2; c++)
    self->loaded_rows[c][0] = self->loaded_rows[c][1] = -1;
  for (uint32_t i = 0; i < n_rows; i++, rgb += stride_bytes) {
    uint32_t y = self->y_px + first_row + i;
    self->kernels->load (self->luma, planes[0].data + (ptrdiff_t) y * planes[0].stride_bytes
        + (size_t) self->x_px * l->step_bytes[0], self->width_px, &self->samples[0]);
    for (unsigned c = 1; c < 3 && !l->grey; c++)
      expand_chroma (self, &planes[c], c, y);
    self->kernels->matrix (rgb, self->luma, self->chroma[0] + offset, self->chroma[1] + offset,
        self->width_px, &self->matrix);
  }
}
