/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pictures in Y'CbCr, as they lie in memory, to RGB24. Chroma of fewer samples
 * than luma is interpolated between its neighbours at its true place, at the
 * edges repeated, and nothing is rounded before the result. */

#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the samples of a picture lie in memory. */
typedef struct
{
  uint32_t depth_bits;          /* of a sample, [8, 12] */
  uint32_t shift;               /* unused bits below it, [0, 8]; 0 if depth_bits is 8 */
  uint32_t step_bytes[3];       /* from one sample of a row to the next: Y, Cb, Cr */
  bool grey;                    /* there is no chroma */
  bool half_width, half_height; /* of chroma */
  bool sited_x, sited_y;        /* chroma stands where its first luma stands, not halfway
                                 * between two; matters where it has half the samples */
} Gemma4YcbcrLayout;

/* What the samples mean. */
typedef struct
{
  double kr, kb;                /* weights of red and blue, such as 0.299 and 0.114 */
  bool full_range;              /* luma uses all values rather than 16..235 (of 8 bits) */
} Gemma4YcbcrMeaning;

/* The first sample of a component and the distance of its rows. Samples of more
 * than 8 bits are 2 bytes, little endian, at any alignment. */
typedef struct
{
  const uint8_t *data;
  ptrdiff_t stride_bytes;
} Gemma4Plane;

typedef struct Gemma4Ycbcr Gemma4Ycbcr;

/**
 * gemma4_ycbcr_new:
 * @width_px, @height_px: of the part of the pictures that is converted, [1, 65535]
 * @x_px, @y_px: where it begins; what lies around it is not read
 * @self: (out): owned by the caller, see gemma4_ycbcr_free()
 * Returns: GEMMA4_OK, GEMMA4_BAD_ARGUMENT or GEMMA4_NO_MEMORY.
 * Test: tests/check/libs/ycbcr.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_ycbcr_new (const Gemma4YcbcrLayout * layout,
    const Gemma4YcbcrMeaning * meaning, uint32_t x_px, uint32_t y_px, uint32_t width_px,
    uint32_t height_px, Gemma4Ycbcr ** self);

/* Frees @self; NULL is allowed. */
GEMMA4_API void gemma4_ycbcr_free (Gemma4Ycbcr * self);

/**
 * gemma4_ycbcr_run:
 * Converts rows of the part.
 * @rgb: (out): RGB24, row @first_row of it; rows @stride_bytes apart
 * @planes: of the whole picture: Y, Cb, Cr; of a grey one only the first is read
 * Accuracy: |rgb - exact| <= 0.55 of a level. Source: ITU-T H.273, equations 36 to 43.
 * Realtime: neither blocks nor allocates. Threads: one at a time per @self.
 */
GEMMA4_API void gemma4_ycbcr_run (Gemma4Ycbcr * self, uint8_t * rgb, ptrdiff_t stride_bytes,
    const Gemma4Plane planes[3], uint32_t first_row, uint32_t n_rows);
