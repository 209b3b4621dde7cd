/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The size that fills a token budget, transcribed in float64 step by step.
 * Source: transformers 5.17.0, image_processing_gemma4.py,
 * get_aspect_ratio_preserving_size. */

#include <stdbool.h>

/* Returns whether there is such a size; upstream raises ValueError if not. */
bool ref_fit (int patch_size_px, int pooling_kernel_size, int max_soft_tokens,
    int width_px, int height_px, int *target_width_px, int *target_height_px);
