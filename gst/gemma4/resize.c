/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/resize.h>

#include "resize-rows.h"

#include <stdbool.h>
#include <stdlib.h>

enum { MAX_SIDE_PX = 65535 };

struct Gemma4Resizer
{
  uint32_t in_height_px;
  uint32_t out_height_px;
  size_t row_bytes;             /* of the output */
  Gemma4ResizePass across;
  Gemma4ResizePass down;
  const Gemma4ResizeRows *kernels;
  void *work;                   /* of the horizontal kernel */

  /* Between the passes. Pair q of rows, 2q and 2q + 1, lies at q % n_ring_pairs. */
  uint32_t n_ring_pairs;
  size_t pair_bytes;
  uint8_t *ring;                /* [n_ring_pairs][pair_bytes] */
  const uint8_t **pairs;        /* [down.max_pairs]: those that make one output row */
};

/* A picture in memory. */
typedef struct
{
  const uint8_t *data;
  ptrdiff_t stride_bytes;
} Picture;

static const uint8_t *
picture_row (void *data, uint32_t y)
{
  const Picture *picture = data;
  return picture->data + (ptrdiff_t) y * picture->stride_bytes;
}

static uint8_t *
ring_pair (const Gemma4Resizer *self, uint32_t pair)
{
  return self->ring + pair % self->n_ring_pairs * self->pair_bytes;
}

static bool
is_side (uint32_t side_px)
{
  return side_px >= 1 && side_px <= MAX_SIDE_PX;
}

static Gemma4Status
allocate (Gemma4Resizer *self)
{
  size_t work_bytes = gemma4_resize_work_bytes (self->kernels, self->across.n_inputs);
  self->work = aligned_alloc (GEMMA4_RESIZE_ALIGN, work_bytes);
  self->pairs = calloc (self->down.max_pairs, sizeof *self->pairs);
  /* Pairs are made in groups, the last of which may reach past what is needed. */
  self->n_ring_pairs = self->down.max_pairs + self->kernels->n_rows / 2 - 1;
  self->pair_bytes = gemma4_resize_pair_bytes (self->across.n_outputs);
  self->ring = calloc (self->n_ring_pairs, self->pair_bytes);
  return self->work && self->pairs && self->ring ? GEMMA4_OK : GEMMA4_NO_MEMORY;
}

Gemma4Status
gemma4_resizer_new (uint32_t in_width_px, uint32_t in_height_px, uint32_t out_width_px,
    uint32_t out_height_px, Gemma4Resizer **self)
{
  if (!is_side (in_width_px) || !is_side (in_height_px) || !is_side (out_width_px)
      || !is_side (out_height_px))
    return GEMMA4_BAD_ARGUMENT;
  Gemma4Resizer *resizer = calloc (1, sizeof *resizer);
  if (!resizer)
    return GEMMA4_NO_MEMORY;

  resizer->kernels = gemma4_resize_rows (gemma4_cpu_level ());
  resizer->in_height_px = in_height_px;
  resizer->out_height_px = out_height_px;
  resizer->row_bytes = 3 * (size_t) out_width_px;
  Gemma4Status status = gemma4_resize_pass_init (&resizer->across, in_width_px, out_width_px);
  if (status == GEMMA4_OK)
    status = gemma4_resize_pass_init (&resizer->down, in_height_px, out_height_px);
  if (status == GEMMA4_OK)
    status = allocate (resizer);
  if (status != GEMMA4_OK) {
    gemma4_resizer_free (resizer);
    return status;
  }
  *self = resizer;
  return status;
}

void
gemma4_resizer_free (Gemma4Resizer *self)
{
  if (!self)
    return;
  gemma4_resize_pass_clear (&self->across);
  gemma4_resize_pass_clear (&self->down);
  free (self->ring);
  free (self->pairs);
  free (self->work);
  free (self);
}

/* Makes a group of pairs from @first on; where the input ends its last row repeats. */
static void
make_pairs (const Gemma4Resizer *self, Gemma4RowFunc row, void *data, uint32_t first)
{
  const uint8_t *rows[GEMMA4_RESIZE_INPUT_ROWS];
  uint8_t *pairs[GEMMA4_RESIZE_INPUT_ROWS / 2];
  for (uint32_t i = 0; i < self->kernels->n_rows; i++) {
    uint32_t y = 2 * first + i;
    rows[i] = y < self->in_height_px ? row (data, y) : rows[i - 1];
    pairs[i / 2] = ring_pair (self, first + i / 2);
  }
  self->kernels->horizontal (pairs, rows, &self->across, self->work);
}

void
gemma4_resizer_run_from (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes,
    Gemma4RowFunc row, void *data, uint32_t first_row, uint32_t n_rows)
{
  uint32_t ready = self->down.spans[first_row].first;
  for (uint32_t y = first_row; y < first_row + n_rows; y++) {
    const Gemma4ResizeSpan *span = &self->down.spans[y];
    for (uint32_t j = 0; j < span->n_pairs; j++) {
      uint32_t pair = span->first + j;
      for (; ready <= pair; ready += self->kernels->n_rows / 2)
        make_pairs (self, row, data, ready);
      self->pairs[j] = ring_pair (self, pair);
    }
    self->kernels->vertical (out + (ptrdiff_t) y * out_stride_bytes, self->pairs,
        self->row_bytes, &self->down, span);
  }
}

void
gemma4_resizer_run_rows (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes,
    const uint8_t *in, ptrdiff_t in_stride_bytes, uint32_t first_row, uint32_t n_rows)
{
  Picture picture = { in, in_stride_bytes };
  gemma4_resizer_run_from (self, out, out_stride_bytes, picture_row, &picture, first_row, n_rows);
}

void
gemma4_resizer_run (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes,
    const uint8_t *in, ptrdiff_t in_stride_bytes)
{
  gemma4_resizer_run_rows (self, out, out_stride_bytes, in, in_stride_bytes, 0,
      self->out_height_px);
}
