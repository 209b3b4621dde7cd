/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/orient.h>

/* How the upright picture lies in the one that came. */
static const struct
{
  bool swaps;                   /* its rows are columns */
  bool from_right, from_bottom; /* where its first pixel is */
} ways[] = {
  [GEMMA4_ORIENT_NONE] = {false, false, false},
  [GEMMA4_ORIENT_MIRROR] = {false, true, false},
  [GEMMA4_ORIENT_TURN_180] = {false, true, true},
  [GEMMA4_ORIENT_MIRROR_VERTICALLY] = {false, false, true},
  [GEMMA4_ORIENT_TRANSPOSE] = {true, false, false},
  [GEMMA4_ORIENT_TURN_90] = {true, false, true},
  [GEMMA4_ORIENT_TRANSVERSE] = {true, true, true},
  [GEMMA4_ORIENT_TURN_270] = {true, true, false},
};

/* Pixels of a row that are copied before the next row's: where rows become
 * columns, neighbouring rows share the cache lines that these come from. */
enum { BLOCK_PX = 64 };

bool
gemma4_orient_swaps_sides (Gemma4Orientation orientation)
{
  return ways[orientation].swaps;
}

static inline void
copy_pixels (uint8_t *out, const uint8_t *in, ptrdiff_t step_bytes, uint32_t n_px)
{
  for (uint32_t i = 0; i < n_px; i++, out += 3, in += step_bytes) {
    out[0] = in[0];
    out[1] = in[1];
    out[2] = in[2];
  }
}

void
gemma4_orient_rows (Gemma4Orientation orientation, uint8_t *out,
    ptrdiff_t out_stride_bytes, const uint8_t *in, ptrdiff_t in_stride_bytes,
    uint32_t in_width_px, uint32_t in_height_px, uint32_t first_row, uint32_t n_rows)
{
  bool swaps = ways[orientation].swaps;
  ptrdiff_t right = 3, down = in_stride_bytes;
  if (ways[orientation].from_right) {
    in += right * ((ptrdiff_t) in_width_px - 1);
    right = -right;
  }
  if (ways[orientation].from_bottom) {
    in += down * ((ptrdiff_t) in_height_px - 1);
    down = -down;
  }

  ptrdiff_t step_x = swaps ? down : right, step_y = swaps ? right : down;
  uint32_t width_px = swaps ? in_height_px : in_width_px;
  in += (ptrdiff_t) first_row * step_y;
  for (uint32_t x = 0; x < width_px; x += BLOCK_PX) {
    uint32_t n_px = width_px - x < BLOCK_PX ? width_px - x : BLOCK_PX;
    for (uint32_t y = 0; y < n_rows; y++)
      copy_pixels (out + (ptrdiff_t) y * out_stride_bytes + 3 * (size_t) x,
          in + (ptrdiff_t) y * step_y + (ptrdiff_t) x * step_x, step_x, n_px);
  }
}
