/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/status.h>

#include <stdint.h>

/* How a picture becomes patches. The three multiplied are the longest side of a
 * picture: at most 65535 px. */
typedef struct
{
  uint32_t max_soft_tokens;     /* budget: 70, 140, 280, 560 or 1120 */
  uint32_t patch_size_px;       /* side of a patch, 16; [1, 255] */
  uint32_t pooling_kernel_size; /* patches a side that become one soft token, 3; [1, 255] */
} Gemma4VisionParams;

GEMMA4_API const Gemma4VisionParams gemma4_vision_params_image; /* 280 tokens */
GEMMA4_API const Gemma4VisionParams gemma4_vision_params_video; /* 70 tokens */

/* The 12B's: a patch is as large as a soft token, and nothing is pooled. */
GEMMA4_API const Gemma4VisionParams gemma4_vision_params_unified_image; /* 280 tokens */
GEMMA4_API const Gemma4VisionParams gemma4_vision_params_unified_video; /* 70 tokens */

/* Rows of a padded picture: pooling^2 * max_soft_tokens. */
GEMMA4_API uint32_t gemma4_max_patches (const Gemma4VisionParams * params);

/* Values of a patch: 3 * patch_size^2. */
GEMMA4_API uint32_t gemma4_patch_values (const Gemma4VisionParams * params);

/* Whether @max_soft_tokens is one of the five budgets the models know. */
GEMMA4_API Gemma4Status gemma4_check_soft_tokens (uint32_t max_soft_tokens,
    Gemma4Error * error);

/**
 * gemma4_fit:
 * The size to which a picture is resized so that it fills its token budget:
 * multiples of patch_size * pooling (48 px), the aspect ratio kept.
 * @width_px, @height_px: size as displayed, [1, 65535]
 * @target_width_px, @target_height_px: (out)
 * Returns: GEMMA4_OK; GEMMA4_BAD_ARGUMENT for a size or parameters outside their
 *   ranges, so also for a budget in which no patch fits (max_soft_tokens 0).
 * Source: transformers 5.17 image_processing_gemma4.py, in float64 step by step
 * Test: tests/check/libs/fit.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_fit (const Gemma4VisionParams * params,
    uint32_t width_px, uint32_t height_px, uint32_t * target_width_px,
    uint32_t * target_height_px, Gemma4Error * error);
