/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tensors of patches: their values and their positions. */

#include "pack-private.h"

#include <gst/gemma4/patchify.h>

#include <string.h>

Gemma4MediaKind
gemma4_pack_vision_kind (const Gemma4Pack *pack)
{
  return pack->n_pieces[GEMMA4_MEDIA_VIDEO] > 0 ? GEMMA4_MEDIA_VIDEO : GEMMA4_MEDIA_IMAGE;
}

uint64_t
gemma4_pack_vision_budget (const Gemma4Pack *pack, Gemma4MediaKind kind)
{
  if (kind == GEMMA4_MEDIA_VIDEO)
    return pack->params.video_soft_tokens;
  return pack->params.image_soft_tokens;
}

/* Patches of @piece, 0 for an empty one. */
static size_t
n_patches_of (const Gemma4PackPiece *piece)
{
  return piece ? (size_t) piece->frame.n_columns * piece->frame.n_lines : 0;
}

/* [P][patch_values] float32 */
static void *
write_pixels (const Gemma4Pack *pack, const Gemma4PackPiece *piece,
    const Gemma4PackTensor *tensor, void *memory)
{
  float *out = memory;
  size_t n_values = n_patches_of (piece) * pack->params.patch_values;
  size_t n_all = pack->max_patches[tensor->kind] * pack->params.patch_values;
  const Gemma4PackParams *params = &pack->params;
  if (piece)
    gemma4_apply_pixel_scale (out, piece->frame.pixels, n_values,
        tensor->kind == GEMMA4_MEDIA_VIDEO ? &params->video_pixels : &params->image_pixels);
  memset (out + n_values, 0, (n_all - n_values) * sizeof *out);
  return out + n_all;
}

void
gemma4_pack_fill_pixels (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    void *memory)
{
  gemma4_pack_write_pieces (pack, tensor->kind, tensor, memory, write_pixels);
}

/* [P][2] int32 */
static void *
write_positions (const Gemma4Pack *pack, const Gemma4PackPiece *piece,
    const Gemma4PackTensor *tensor, void *memory)
{
  int32_t *out = memory;
  size_t n_rows = pack->max_patches[tensor->kind];
  gemma4_patch_positions (out, n_rows, piece ? piece->frame.n_columns : 1,
      n_patches_of (piece));
  return out + n_rows * 2;
}

/* [P][2] int64, the same values */
static void *
write_positions_int64 (const Gemma4Pack *pack, const Gemma4PackPiece *piece,
    const Gemma4PackTensor *tensor, void *memory)
{
  int64_t *out = memory;
  size_t n_rows = pack->max_patches[tensor->kind];
  size_t n_patches = n_patches_of (piece);
  for (size_t i = 0; i < n_rows; i++) {
    *out++ = i < n_patches ? (int64_t) (i % piece->frame.n_columns) : -1;
    *out++ = i < n_patches ? (int64_t) (i / piece->frame.n_columns) : -1;
  }
  return out;
}

void
gemma4_pack_fill_positions (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    void *memory)
{
  gemma4_pack_write_pieces (pack, tensor->kind, tensor, memory,
      tensor->dtype == GEMMA4_INT64 ? write_positions_int64 : write_positions);
}
