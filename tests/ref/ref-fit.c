/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* After transformers 5.17.0 image_processing_gemma4.py. */

#include "ref-fit.h"

#include <math.h>

static int
smaller (int a, int b)
{
  return a < b ? a : b;
}

bool
ref_fit (int patch_size_px, int pooling_kernel_size, int max_soft_tokens,
    int width_px, int height_px, int *target_width_px, int *target_height_px)
{
  int max_patches = max_soft_tokens * pooling_kernel_size * pooling_kernel_size;
  int side_multiple = pooling_kernel_size * patch_size_px;
  int longest_side = max_soft_tokens * side_multiple;

  double total_px = (double) height_px * width_px;
  double target_px = (double) max_patches * patch_size_px * patch_size_px;
  double factor = sqrt (target_px / total_px);
  double ideal_height = factor * height_px;
  double ideal_width = factor * width_px;
  int height = (int) floor (ideal_height / side_multiple) * side_multiple;
  int width = (int) floor (ideal_width / side_multiple) * side_multiple;

  if (height == 0 && width == 0)
    return false;
  if (height == 0) {
    height = side_multiple;
    width = smaller ((int) floor ((double) width_px / height_px)
        * side_multiple, longest_side);
  } else if (width == 0) {
    width = side_multiple;
    height = smaller ((int) floor ((double) height_px / width_px)
        * side_multiple, longest_side);
  }
  if ((double) height * width > target_px)
    return false;

  *target_width_px = width;
  *target_height_px = height;
  return true;
}
