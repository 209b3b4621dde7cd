/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tensors of Hugging Face's Gemma4ForConditionalGeneration. */

#include "pack-private.h"

/* A label that takes no part in the loss. */
#define IGNORED_LABEL (-100)

/* Every video of a batch must have as many frames: F is a dim. */
Gemma4Status
gemma4_pack_check_transformers (const Gemma4Pack *pack, const Gemma4PackItem *items,
    Gemma4Error *error)
{
  size_t n_frames = 0;
  for (size_t i = 0; i < pack->n_rows; i++) {
    for (size_t j = 0; j < items[i].n_media; j++) {
      const Gemma4PackMedia *media = &items[i].media[j];
      if (media->kind != GEMMA4_MEDIA_VIDEO)
        continue;
      if (n_frames == 0)
        n_frames = media->n_frames;
      if (media->n_frames != n_frames)
        return gemma4_fail (error, GEMMA4_MEDIA_MISMATCH,
            "one video has %zu frames and another %zu, but all of a batch must have as many; "
            "thin them to the smaller number", n_frames, media->n_frames);
    }
  }
  return GEMMA4_OK;
}

static void
shape_images (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 3, pack->n_media[GEMMA4_MEDIA_IMAGE],
      pack->max_patches[GEMMA4_MEDIA_IMAGE], pack->params.patch_values, 0);
}

static void
shape_image_positions (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 3, pack->n_media[GEMMA4_MEDIA_IMAGE],
      pack->max_patches[GEMMA4_MEDIA_IMAGE], 2, 0);
}

/* Frames of each video. */
static uint64_t
n_frames (const Gemma4Pack *pack)
{
  size_t n_videos = pack->n_media[GEMMA4_MEDIA_VIDEO];
  return n_videos ? pack->n_pieces[GEMMA4_MEDIA_VIDEO] / n_videos : 0;
}

static void
shape_videos (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 4, pack->n_media[GEMMA4_MEDIA_VIDEO], n_frames (pack),
      pack->max_patches[GEMMA4_MEDIA_VIDEO], pack->params.patch_values);
}

static void
shape_video_positions (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 4, pack->n_media[GEMMA4_MEDIA_VIDEO], n_frames (pack),
      pack->max_patches[GEMMA4_MEDIA_VIDEO], 2);
}

static void
shape_features (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 3, pack->n_media[GEMMA4_MEDIA_AUDIO], pack->n_mel_rows,
      pack->params.n_mels, 0);
}

static void
shape_features_mask (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 2, pack->n_media[GEMMA4_MEDIA_AUDIO], pack->n_mel_rows, 0, 0);
}

static int64_t
attention_mask (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  return gemma4_pack_is_token (row, column);
}

/* Text 0, image 1, video 2, audio 3. */
static int64_t
token_type (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  return gemma4_pack_kind_of_id (pack, gemma4_pack_id (pack, row, column)) + 1;
}

static int64_t
label (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  if (!gemma4_pack_is_response (row, column))
    return IGNORED_LABEL;
  return gemma4_pack_id (pack, row, column);
}

/* One line a tensor. */
const Gemma4PackTensor gemma4_pack_transformers_tensors[] = {
  {"input_ids", GEMMA4_INT64, gemma4_pack_shape_row, gemma4_pack_fill_row,
      .value = gemma4_pack_id},
  {"attention_mask", GEMMA4_INT64, gemma4_pack_shape_row, gemma4_pack_fill_row,
      .value = attention_mask},
  {"mm_token_type_ids", GEMMA4_INT64, gemma4_pack_shape_row, gemma4_pack_fill_row,
      .value = token_type},
  {"pixel_values", GEMMA4_FLOAT32, shape_images, gemma4_pack_fill_pixels,
      .kind = GEMMA4_MEDIA_IMAGE},
  {"image_position_ids", GEMMA4_INT64, shape_image_positions, gemma4_pack_fill_positions,
      .kind = GEMMA4_MEDIA_IMAGE},
  {"pixel_values_videos", GEMMA4_FLOAT32, shape_videos, gemma4_pack_fill_pixels,
      .kind = GEMMA4_MEDIA_VIDEO},
  {"video_position_ids", GEMMA4_INT64, shape_video_positions, gemma4_pack_fill_positions,
      .kind = GEMMA4_MEDIA_VIDEO},
  {"input_features", GEMMA4_FLOAT32, shape_features, gemma4_pack_fill_mel},
  {"input_features_mask", GEMMA4_BOOL, shape_features_mask, gemma4_pack_fill_mel_mask},
  {"labels", GEMMA4_INT64, gemma4_pack_shape_train_row, gemma4_pack_fill_row,
      .value = label},
  {NULL},
};
