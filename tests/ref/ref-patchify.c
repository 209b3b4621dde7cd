/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* After transformers 5.17.0 image_processing_gemma4.py and
 * video_processing_gemma4.py. */

#include "ref-patchify.h"

#include <stddef.h>

void
ref_patchify (const uint8_t *rgb, int width_px, int height_px,
    int patch_size_px, int n_rows, uint8_t *pixels)
{
  int n_columns = width_px / patch_size_px;
  int n_patches = n_columns * (height_px / patch_size_px);
  for (int patch = 0; patch < n_rows; patch++)
    for (int y = 0; y < patch_size_px; y++)
      for (int x = 0; x < patch_size_px; x++)
        for (int c = 0; c < 3; c++) {
          size_t row = (size_t) (patch / n_columns) * patch_size_px + y;
          size_t column = (size_t) (patch % n_columns) * patch_size_px + x;
          *pixels++ = patch < n_patches
              ? rgb[(row * width_px + column) * 3 + c] : 0;
        }
}

void
ref_positions (int width_px, int height_px, int patch_size_px, int n_rows,
    int32_t *positions)
{
  int n_columns = width_px / patch_size_px;
  int n_patches = n_columns * (height_px / patch_size_px);
  for (int patch = 0; patch < n_rows; patch++) {
    *positions++ = patch < n_patches ? patch % n_columns : -1;
    *positions++ = patch < n_patches ? patch / n_columns : -1;
  }
}

float
ref_image_value (uint8_t value)
{
  return (float) value * (float) (1.0 / 255.0);
}

float
ref_video_value (uint8_t value)
{
  return (float) value / 255.0f;
}
