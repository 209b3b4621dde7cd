/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Soft-token counts. Prompt, tensors and messages all ask here, so they cannot
 * disagree. */

#include <gst/gemma4/visibility.h>

#include <stdbool.h>
#include <stdint.h>

#define GEMMA4_MEL_ROWS_PER_TOKEN 4

/* Tokens of a clip with @n_valid_rows log-mel rows: one for every four begun.
 * @n_valid_rows: < 2^34 */
GEMMA4_API uint32_t gemma4_audio_tokens (uint64_t n_valid_rows);

/* Tokens of a clip with @n_valid_rows of what the model takes: log-mel rows, or raw
 * samples (rawframes.h), of which each row is a token.
 * @n_valid_rows: < 2^32 */
GEMMA4_API uint32_t gemma4_clip_tokens (bool raw_audio, uint64_t n_valid_rows);

/* Tokens of a picture with @n_patches patches of which pooling^2 make one.
 * @pooling_kernel_size: [1, 255] */
GEMMA4_API uint32_t gemma4_vision_tokens (uint32_t n_patches, uint32_t pooling_kernel_size);
