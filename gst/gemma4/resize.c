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
  uint32_t in_height_px;
  uint32_t out_height_px;
  size_t row_bytes;             /* of the output, and of the rows between the passes */
  Gemma4ResizePass across;
  Gemma4ResizePass down;
  const Gemma4ResizeRows *across_kernels;
  const Gemma4ResizeRows *down_kernels;
  uint32_t n_ring_rows;
  uint8_t *ring;                /* [n_ring_rows][row_bytes]: row y lies at y % n_ring_rows */
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
  return self->ring + y % self->n_ring_rows * self->row_bytes;
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
  /* Rows are made in groups, the last of which may reach past what is needed. */
  self->n_ring_rows = self->down.max_taps + GEMMA4_RESIZE_ROWS - 1;
  if (self->across.spans)
    self->ring = calloc (self->n_ring_rows, self->row_bytes);
  bool complete = self->rows && (self->ring || !self->across.spans);
  return complete ? GEMMA4_OK : GEMMA4_NO_MEMORY;
}

/* Wide pads are not worth a failure: plain C needs none. */
static void
choose_kernels (Gemma4Resizer *self)
{
  const Gemma4ResizeRows *kernels = gemma4_resize_rows (gemma4_cpu_level ());
  self->down_kernels = kernels;
  self->across_kernels = gemma4_resize_pass_pad (&self->across,
      kernels->taps_multiple) == GEMMA4_OK ? kernels : &gemma4_resize_rows_c;
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

  resizer->in_height_px = in_height_px;
  resizer->out_height_px = out_height_px;
  resizer->row_bytes = 3 * (size_t) out_width_px;
  Gemma4Status status = gemma4_resize_pass_init (&resizer->across, in_width_px, out_width_px);
  if (status == GEMMA4_OK)
    status = gemma4_resize_pass_init (&resizer->down, in_height_px, out_height_px);
  if (status == GEMMA4_OK)
    status = allocate_rows (resizer);
  if (status != GEMMA4_OK) {
    gemma4_resizer_free (resizer);
    return status;
  }
  choose_kernels (resizer);
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
  free (self->rows);
  free (self);
}

/* Makes the rows [@y, @end) of the input as wide as the output, at most a group
 * of them: resized, or copied where the widths are equal. */
static void
run_across (const Gemma4Resizer *self, uint8_t *const *out, const Picture *in, uint32_t y,
    uint32_t end)
{
  const uint8_t *rows[GEMMA4_RESIZE_ROWS];
  uint8_t *outs[GEMMA4_RESIZE_ROWS];
  for (uint32_t i = 0; i < GEMMA4_RESIZE_ROWS; i++) {
    uint32_t j = y + i < end ? i : end - 1 - y;
    rows[i] = picture_row (in, y + j);
    outs[i] = out[j];
  }
  if (self->across.spans)
    self->across_kernels->horizontal (outs, rows, &self->across);
  else
    for (uint32_t i = 0; y + i < end && i < GEMMA4_RESIZE_ROWS; i++)
      memcpy (outs[i], rows[i], self->row_bytes);
}

/* Fills the ring with the rows [first, end) of the input, and some more to make
 * whole groups; those before @ready are there. Returns the first that is not. */
static uint32_t
fill_ring (const Gemma4Resizer *self, const Picture *in, uint32_t first, uint32_t ready,
    uint32_t end)
{
  if (ready < first)
    ready = first;
  while (ready < end) {
    uint8_t *out[GEMMA4_RESIZE_ROWS];
    for (uint32_t i = 0; i < GEMMA4_RESIZE_ROWS; i++)
      out[i] = ring_row (self, ready + i);
    uint32_t group_end = ready + GEMMA4_RESIZE_ROWS;
    if (group_end > self->in_height_px)
      group_end = self->in_height_px;
    run_across (self, out, in, ready, group_end);
    ready = group_end;
  }
  return ready;
}

static void
run_both (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes, const Picture *in,
    uint32_t first_row, uint32_t end_row)
{
  uint32_t ready = 0;
  for (uint32_t y = first_row; y < end_row; y++) {
    const Gemma4ResizeSpan *span = &self->down.spans[y];
    uint32_t end = span->first + span->n_taps;
    if (self->ring)
      ready = fill_ring (self, in, span->first, ready, end);
    for (uint32_t j = 0; j < span->n_taps; j++)
      self->rows[j] = self->ring ? ring_row (self, span->first + j)
          : picture_row (in, span->first + j);
    self->down_kernels->vertical (out + (ptrdiff_t) y * out_stride_bytes, self->rows,
        self->row_bytes, &self->down, span);
  }
}

void
gemma4_resizer_run_rows (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes,
    const uint8_t *in, ptrdiff_t in_stride_bytes, uint32_t first_row, uint32_t n_rows)
{
  Picture picture = { in, in_stride_bytes };
  uint32_t end_row = first_row + n_rows;
  if (self->down.spans) {
    run_both (self, out, out_stride_bytes, &picture, first_row, end_row);
    return;
  }
  for (uint32_t y = first_row; y < end_row; y += GEMMA4_RESIZE_ROWS) {
    uint8_t *rows[GEMMA4_RESIZE_ROWS];
    for (uint32_t i = 0; i < GEMMA4_RESIZE_ROWS; i++)
      rows[i] = out + (ptrdiff_t) (y + i) * out_stride_bytes;
    run_across (self, rows, &picture, y, end_row);
  }
}

void
gemma4_resizer_run (Gemma4Resizer *self, uint8_t *out, ptrdiff_t out_stride_bytes,
    const uint8_t *in, ptrdiff_t in_stride_bytes)
{
  gemma4_resizer_run_rows (self, out, out_stride_bytes, in, in_stride_bytes, 0,
      self->out_height_px);
}
