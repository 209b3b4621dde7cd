/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Y'CbCr to R'G'B', each value within one unit of exact arithmetic. It is here
 * because GstVideoConverter's matrix for 8 bits is up to 6 levels off. */

#include <gst/gemma4/visibility.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A matrix in fixed point, for samples of 16 bits. */
typedef struct
{
  int32_t y;                    /* of Y in all three */
  int32_t cr_r, cb_g, cr_g, cb_b;
  int32_t offset_r, offset_g, offset_b; /* rounding included */
} Gemma4Colour;

/**
 * gemma4_colour_init:
 * @kr, @kb: weights of red and blue in the luma, such as 0.299 and 0.114
 * @depth_bits: of the samples before they were spread to 16 bits, [8, 16]
 * @full_range: whether luma uses all values rather than 16..235 (of 8 bits)
 * Source: ITU-T H.273, equations 36 to 43
 * Test: tests/check/libs/colour.c
 */
GEMMA4_API void gemma4_colour_init (Gemma4Colour * self, double kr, double kb,
    unsigned depth_bits, bool full_range);

/**
 * gemma4_colour_row:
 * @rgb: (out): RGB24, [n_px][3]
 * @ayuv: [n_px][4], A, Y, Cb, Cr of 16 bits; a sample of fewer bits is
 *   spread so that its largest value becomes 65535
 * Accuracy: |rgb - exact| <= 0.55 of a level. Realtime: neither blocks nor allocates.
 */
GEMMA4_API void gemma4_colour_row (const Gemma4Colour * self, uint8_t * rgb,
    const uint16_t * ayuv, size_t n_px);
