/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Patches and their positions, transcribed value by value.
 * Sources: transformers 5.17.0, image_processing_gemma4.py
 * (convert_image_to_patches, pad_along_first_dim) and video_processing_gemma4.py;
 * with patch_size_px 48 these are the rows of its gemma4_unified (12B). */

#include <stdint.h>

/**
 * ref_patchify:
 * @rgb: [height][width][3]; sides are multiples of @patch_size_px
 * @n_rows: rows wanted; those behind the last patch are 0
 * @pixels: (out): [n_rows][patch_size * patch_size * 3]
 */
void ref_patchify (const uint8_t * rgb, int width_px, int height_px,
    int patch_size_px, int n_rows, uint8_t * pixels);

/* @positions: (out): [n_rows][2], column and row of a patch, -1 behind the last */
void ref_positions (int width_px, int height_px, int patch_size_px, int n_rows,
    int32_t * positions);

/* An image's value: times the float32 nearest to 1/255. */
float ref_image_value (uint8_t value);

/* A video frame's value: its scaling and its (empty) normalisation are one
 * division by 255. */
float ref_video_value (uint8_t value);
