/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/tokens.h>

uint32_t
gemma4_audio_tokens (uint64_t n_valid_rows)
{
  return (uint32_t) (n_valid_rows / 4 + (n_valid_rows % 4 != 0));
}

uint32_t
gemma4_vision_tokens (uint32_t n_patches, uint32_t pooling_kernel_size)
{
  return n_patches / (pooling_kernel_size * pooling_kernel_size);
}
