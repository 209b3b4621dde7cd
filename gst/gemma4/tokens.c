/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/tokens.h>

uint32_t
gemma4_audio_tokens (uint64_t n_valid_rows)
{
  uint64_t n_begun = n_valid_rows % GEMMA4_MEL_ROWS_PER_TOKEN != 0;
  return (uint32_t) (n_valid_rows / GEMMA4_MEL_ROWS_PER_TOKEN + n_begun);
}

uint32_t
gemma4_clip_tokens (bool raw_audio, uint64_t n_valid_rows)
{
  return raw_audio ? (uint32_t) n_valid_rows : gemma4_audio_tokens (n_valid_rows);
}

uint32_t
gemma4_vision_tokens (uint32_t n_patches, uint32_t pooling_kernel_size)
{
  return n_patches / (pooling_kernel_size * pooling_kernel_size);
}
