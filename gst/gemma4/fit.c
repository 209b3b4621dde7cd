/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/fit.h>

#include "error.h"

#include <math.h>
#include <stdbool.h>

enum { MAX_SIDE_PX = 65535 };

const Gemma4VisionParams gemma4_vision_params_image = { 280, 16, 3 };
const Gemma4VisionParams gemma4_vision_params_video = { 70, 16, 3 };
const Gemma4VisionParams gemma4_vision_params_unified_image = { 280, 48, 1 };
const Gemma4VisionParams gemma4_vision_params_unified_video = { 70, 48, 1 };

uint32_t
gemma4_max_patches (const Gemma4VisionParams *params)
{
  return params->pooling_kernel_size * params->pooling_kernel_size *
      params->max_soft_tokens;
}

uint32_t
gemma4_patch_values (const Gemma4VisionParams *params)
{
  return 3 * params->patch_size_px * params->patch_size_px;
}

Gemma4Status
gemma4_check_soft_tokens (uint32_t max_soft_tokens, Gemma4Error *error)
{
  switch (max_soft_tokens) {
    case 70:
    case 140:
    case 280:
    case 560:
    case 1120:
      return GEMMA4_OK;
    default:
      return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
          "max-soft-tokens must be 70, 140, 280, 560 or 1120, got %u: choose one of these",
          max_soft_tokens);
  }
}

/* The side of the square of pixels that becomes one soft token. */
static uint32_t
token_side_px (const Gemma4VisionParams *params)
{
  return params->patch_size_px * params->pooling_kernel_size;
}

static bool
is_within (uint32_t value, uint32_t low, uint32_t high)
{
  return value >= low && value <= high;
}

static Gemma4Status
check_params (const Gemma4VisionParams *params, Gemma4Error *error)
{
  if (!is_within (params->patch_size_px, 1, 255)
      || !is_within (params->pooling_kernel_size, 1, 255))
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "patch-size and pooling-kernel-size must be 1 to 255, got %u and %u: "
        "the models use 16 and 3", params->patch_size_px, params->pooling_kernel_size);
  uint32_t max_tokens = MAX_SIDE_PX / token_side_px (params);
  if (!is_within (params->max_soft_tokens, 1, max_tokens))
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "no picture fits a budget of %u soft tokens of %u px, 1 to %u were expected: "
        "set max-soft-tokens to 70, 140, 280, 560 or 1120", params->max_soft_tokens,
        token_side_px (params), max_tokens);
  return GEMMA4_OK;
}

static Gemma4Status
check_size (uint32_t width_px, uint32_t height_px, Gemma4Error *error)
{
  if (is_within (width_px, 1, MAX_SIDE_PX) && is_within (height_px, 1, MAX_SIDE_PX))
    return GEMMA4_OK;
  return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
      "a picture must be 1 to %d px wide and high, got %ux%u: scale it before",
      MAX_SIDE_PX, width_px, height_px);
}

/* Soft tokens along a side that is scaled by @factor. */
static uint32_t
side_tokens (double factor, uint32_t side_px, uint32_t token_px)
{
  return (uint32_t) floor (factor * side_px / token_px);
}

/* Soft tokens along the long side of a picture that is one token high. */
static uint32_t
strip_tokens (uint32_t long_px, uint32_t short_px, uint32_t max_tokens)
{
  uint32_t n = long_px / short_px;
  return n < max_tokens ? n : max_tokens;
}

Gemma4Status
gemma4_fit (const Gemma4VisionParams *params, uint32_t width_px, uint32_t height_px,
    uint32_t *target_width_px, uint32_t *target_height_px, Gemma4Error *error)
{
  Gemma4Status status = check_params (params, error);
  if (status == GEMMA4_OK)
    status = check_size (width_px, height_px, error);
  if (status != GEMMA4_OK)
    return status;

  uint32_t token_px = token_side_px (params);
  double budget_px = (double) params->max_soft_tokens * token_px * token_px;
  double factor = sqrt (budget_px / ((double) width_px * height_px));
  uint32_t n_columns = side_tokens (factor, width_px, token_px);
  uint32_t n_rows = side_tokens (factor, height_px, token_px);

  /* Both cannot be 0: their product before rounding is the budget, at least 1. */
  if (n_rows == 0) {
    n_rows = 1;
    n_columns = strip_tokens (width_px, height_px, params->max_soft_tokens);
  } else if (n_columns == 0) {
    n_columns = 1;
    n_rows = strip_tokens (height_px, width_px, params->max_soft_tokens);
  }
  *target_width_px = n_columns * token_px;
  *target_height_px = n_rows * token_px;
  return GEMMA4_OK;
}
