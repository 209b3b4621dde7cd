/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Turns and mirrors a picture, as cameras ask for with an orientation tag. */

#include <gst/gemma4/visibility.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to do with a picture so that it stands upright; EXIF's values 1 to 8 less
 * one. Turns are clockwise. */
typedef enum
{
  GEMMA4_ORIENT_NONE,
  GEMMA4_ORIENT_MIRROR,         /* left and right change places */
  GEMMA4_ORIENT_TURN_180,
  GEMMA4_ORIENT_MIRROR_VERTICALLY,
  GEMMA4_ORIENT_TRANSPOSE,      /* rows become columns */
  GEMMA4_ORIENT_TURN_90,
  GEMMA4_ORIENT_TRANSVERSE,     /* transposed, then turned by 180 degrees */
  GEMMA4_ORIENT_TURN_270,
} Gemma4Orientation;

/* Whether width and height change places. */
GEMMA4_API bool gemma4_orient_swaps_sides (Gemma4Orientation orientation);

/**
 * gemma4_orient_rows:
 * Writes rows of the upright picture.
 * @out: (out): RGB24, row @first_row of it; rows @out_stride_bytes apart
 * @in: RGB24, rows @in_stride_bytes apart; does not overlap @out
 * @in_width_px, @in_height_px: size of @in
 * @first_row, @n_rows: of the upright picture
 * Accuracy: bit-exact. Realtime: neither blocks nor allocates.
 * Source: Exif 2.32, tag Orientation. Test: tests/check/libs/orient.c
 */
GEMMA4_API void gemma4_orient_rows (Gemma4Orientation orientation, uint8_t * out,
    ptrdiff_t out_stride_bytes, const uint8_t * in, ptrdiff_t in_stride_bytes,
    uint32_t in_width_px, uint32_t in_height_px, uint32_t first_row, uint32_t n_rows);
