/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/resize.h>

#include "resize-rows.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIDE_PX = 65535 };

struct Gemma4Resizer
{
  uint32_t out_height_px;
  size_t row_bytes;             /* of the output, and of the rows between the passes */
  Gemma4ResizePass across;
  Gemma4ResizePass down;
  const Gemma4ResizeRows *kernels;
  uint8_t *ring;                /* [down.max_taps][row_bytes]: row y lies at y % max_taps */
  const uint8_t **rows;         /* [down.max_taps]: those that make one output row */
};

/* A picture in memory. */
typedef struct
{
  const uint8_t *data;
  ptrdiff_t stride_bytes;
} Picture;

static const uint8_t *
picture_row (const Picture *picture, uint32_t y)
{
  return picture->data + (ptrdiff_t) y * picture->stride_bytes;
}

static uint8_t *
ring_row (const Gemma4Resizer *self, uint32_t y)
{
  return self->ring + y % self->down.max_taps * self->row_bytes;
}

static bool
is_side (uint32_t side_px)
{
  return side_px >= 1 && side_px <= MAX_SIDE_PX;
}

static Gemma4Status
allocate_rows (Gemma4Resizer *self)
{
  if (!self->down.spans)
    return GEMMA4_OK;
  self->rows = calloc (self->down.max_taps, sizeof *self->rows);
  if (self->across.spans)
    self->ring = calloc (self->down.max_taps, self->row_bytes);
  bool complete = self->rows && (self->ring || !self->across.spans);
  return complete ? GEMMA4_OK : GEMMA4_NO_MEMORY;
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

  resizer->out_height_px = out_height_px;
  resizer->row_bytes = 3 * (size_t) out_width_px;
  resizer->kernels = &gemma4_resize_rows_c;
  Gemma4Status status = gemma4_resize_pass_init (&resizer->across, in_width_px, out_width_px);
  if (status == GEMMA4_OK)
    status = gemma4_resize_pass_init (&resizer->down, in_height_px, out_height_px);
  if (status == GEMMA4_OK)
    status = allocate_rows (resizer);
  if (status == GEMMA4_OK)
    *self = resizer;
  else
    gemma4_resizer_free (resizer);
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
  free (self->rows);
  free (self);
}

/* A row as wide as the output: resized, or copied where the widths are equal. */
static void
run_across (const Gemma4Resizer *self, uint8_t *out, const uint8_t *in)
{
  if (self->across.spans)
    self->kernels->horizontal (out, in, &self->across);
  else
    memcpy (out, in, self->row_bytes);
}

/* Fills the ring with the rows [first, end) of the input; those before @ready
 * are there. */
static void
fill_ring (const Gemma4Resizer *self, const Picture *in, uint32_t first, uint32_t ready,
    uint32_t end)
{
  for (uint32_t y = first > ready ? first : ready; y < end; y++)
    run_across (self, ring_row (self, y), picture_row (in, y));
}

static void
run_both (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes, const Picture *in)
{
  uint32_t ready = 0;
  for (uint32_t y = 0; y < self->out_height_px; y++) {
    const Gemma4ResizeSpan *span = &self->down.spans[y];
    uint32_t end = span->first + span->n_taps;
    if (self->ring)
      fill_ring (self, in, span->first, ready, end);
    ready = end;
    for (uint32_t j = 0; j < span->n_taps; j++)
      self->rows[j] = self->ring ? ring_row (self, span->first + j)
          : picture_row (in, span->first + j);
    self->kernels->vertical (out + (ptrdiff_t) y * out_stride_bytes, self->rows,
        self->row_bytes, &self->down, span);
  }
}

void
gemma4_resizer_run (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes,
    const uint8_t *in, ptrdiff_t in_stride_bytes)
{
  Picture picture = { in, in_stride_bytes };
  if (self->down.spans) {
    run_both (self, out, out_stride_bytes, &picture);
    return;
  }
  for (uint32_t y = 0; y < self->out_height_px; y++)
    run_across (self, out + (ptrdiff_t) y * out_stride_bytes, picture_row (&picture, y));
}
