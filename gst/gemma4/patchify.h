/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/fit.h>

#include <stddef.h>
#include <stdint.h>

/* How 8-bit values become float32. */
typedef enum
{
  GEMMA4_PIXELS_DIVIDED,        /* v / 255, correctly rounded: video */
  GEMMA4_PIXELS_MULTIPLIED,     /* v * (float) (1.0 / 255): images */
  GEMMA4_PIXELS_SCALED,         /* v * factor + offset: KerasHub's converters */
  GEMMA4_PIXELS_NORMALIZED,     /* (v + offset) / factor: processors of transformers */
} Gemma4PixelRule;

/* A rule with its numbers. */
typedef struct
{
  Gemma4PixelRule rule;
  double factor[3], offset[3];  /* for R, G and B; of the last two rules */
} Gemma4PixelScale;

/**
 * gemma4_patchify:
 * Cuts a picture into patches: row by row of patches, inside a patch row,
 * column, then R, G, B. Rows behind the last patch are 0.
 * @pixels: (out): [n_rows][patch_values] uint8
 * @rgb: RGB24, [height][width][3], rows @stride_bytes apart; width and height
 *   are multiples of the patch size and hold at most @n_rows patches
 * Accuracy: bit-exact. Source: transformers 5.17 image_processing_gemma4.py
 * Test: tests/check/libs/patchify.c
 */
GEMMA4_API void gemma4_patchify (const Gemma4VisionParams * params, uint8_t * pixels,
    size_t n_rows, const uint8_t * rgb, ptrdiff_t stride_bytes, uint32_t width_px,
    uint32_t height_px);

/**
 * gemma4_patch_positions:
 * Writes the place of every patch of a grid.
 * @positions: (out): [n_rows][2] int32, (x, y) = (column, row) of the patch;
 *   (-1, -1) behind the last one
 * @n_columns: > 0; @n_patches: at most @n_rows
 */
GEMMA4_API void gemma4_patch_positions (int32_t * positions, size_t n_rows,
    uint32_t n_columns, uint32_t n_patches);

/**
 * gemma4_scale_pixels:
 * @out: (out): [n_values] float32; may be unaligned
 * @rule: one of the first two
 * Accuracy: bit-equal to transformers. These two rules differ in 126 of the 256
 *   values, by one unit in the last place.
 */
GEMMA4_API void gemma4_scale_pixels (float *out, const uint8_t * in, size_t n_values,
    Gemma4PixelRule rule);

/**
 * gemma4_pixel_table:
 * What each 8-bit value of R, G and B becomes.
 * @table: (out): factor, offset and each step rounded to float32
 * Source: keras-hub 71453d08f image_converter.py; transformers 5.17
 *   rescale_and_normalize()
 */
GEMMA4_API void gemma4_pixel_table (float table[3][256], const Gemma4PixelScale * scale);

/* Writes @table's value of every byte, the first of which is an R.
 * @out: (out): [n_values]; may be unaligned */
GEMMA4_API void gemma4_map_pixels (float *out, const uint8_t * in, size_t n_values,
    const float table[3][256]);

/* The same by @scale. */
GEMMA4_API void gemma4_apply_pixel_scale (float *out, const uint8_t * in, size_t n_values,
    const Gemma4PixelScale * scale);
