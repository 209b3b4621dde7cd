/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pack-private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const Gemma4PackParams gemma4_pack_params_default = {
  .target = GEMMA4_TARGET_KERASHUB,
  .video = true,
  .index_layout = GEMMA4_INDEX_PER_ITEM,
  .overflow = GEMMA4_OVERFLOW_GROW,
  .sequence_length = 1024,
  .answer_room = 256,
  .add_start_token = true,
  .add_end_token = true,
  .max_images_per_prompt = 2,
  .max_audio_clips_per_prompt = 1,
  .num_frames_per_video = 32,
  .num_vision_tokens_per_image = 280,
  .video_soft_tokens = 70,
  .image_soft_tokens = 280,
  .patch_values = 768,
  .pooling_kernel_size = 3,
  .image_pixels = {GEMMA4_PIXELS_MULTIPLIED},
  .video_pixels = {GEMMA4_PIXELS_DIVIDED},
  .n_mels = 128,
  .frame_length = 320,
  .hop_length = 160,
  .clip_rows = 3000,
  .silence = -6.9077554f,       /* ln (0.001), the floor of the released checkpoints */
};

static Gemma4Status
check_params (const Gemma4PackParams *params, Gemma4Error *error)
{
  if (params->sequence_length < 2)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "sequence-length is %" PRIu32 " but must be 2 or more", params->sequence_length);
  if (params->patch_values == 0 || params->pooling_kernel_size == 0
      || params->n_mels == 0 || params->hop_length == 0 || params->clip_rows == 0)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "patch values, pooling, mel bins, hop and rows of a clip must not be 0");
  if (params->target == GEMMA4_TARGET_KERASHUB && params->raw_audio)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "KerasHub has no model that takes raw samples; use target=transformers");
  return GEMMA4_OK;
}

static Gemma4Status
check_target (const Gemma4Pack *pack, const Gemma4PackItem *items, Gemma4Error *error)
{
  if (pack->params.target == GEMMA4_TARGET_KERASHUB)
    return gemma4_pack_check_kerashub (pack, error);
  return gemma4_pack_check_transformers (pack, items, error);
}

static Gemma4Status
add_tensor (Gemma4Pack *pack, const Gemma4PackTensor *tensor, Gemma4Error *error)
{
  Gemma4TensorSpec spec = {.dtype = tensor->dtype };
  snprintf (spec.name, sizeof spec.name, "%s", tensor->name);
  tensor->shape (pack, tensor, &spec);
  for (uint32_t i = 0; i < spec.rank; i++) {
    if (spec.dims[i] == 0)
      return GEMMA4_OK;
  }
  if (gemma4_tensor_bytes (&spec) == 0)
    return gemma4_fail (error, GEMMA4_LIMIT,
        "%s would be larger than the address space; pack fewer prompts or media",
        tensor->name);
  pack->tensors[pack->n_tensors] = tensor;
  pack->specs[pack->n_tensors++] = spec;
  return GEMMA4_OK;
}

static Gemma4Status
add_tensors (Gemma4Pack *pack, Gemma4Error *error)
{
  bool kerashub = pack->params.target == GEMMA4_TARGET_KERASHUB;
  const Gemma4PackTensor *tensor =
      kerashub ? gemma4_pack_kerashub_tensors : gemma4_pack_transformers_tensors;
  Gemma4Status status = GEMMA4_OK;
  for (; tensor->name && status == GEMMA4_OK; tensor++)
    status = add_tensor (pack, tensor, error);
  return status;
}

static Gemma4Status
build (Gemma4Pack *pack, const Gemma4PackItem *items, Gemma4Error *error)
{
  Gemma4Status status = gemma4_pack_collect (pack, items, error);
  if (status == GEMMA4_OK)
    status = check_target (pack, items, error);
  if (status == GEMMA4_OK)
    status = gemma4_pack_sequence (pack, items, error);
  if (status == GEMMA4_OK)
    status = gemma4_pack_match (pack, error);
  if (status == GEMMA4_OK)
    status = gemma4_pack_fit (pack, error);
  if (status == GEMMA4_OK)
    status = gemma4_pack_measure_audio (pack, error);
  if (status == GEMMA4_OK)
    status = add_tensors (pack, error);
  return status;
}

Gemma4Status
gemma4_pack_new (const Gemma4PackParams *params, const Gemma4SpecialIds *ids,
    const Gemma4PackItem *items, size_t n_items, Gemma4Pack **pack, Gemma4Error *error)
{
  Gemma4Status status = check_params (params, error);
  if (status != GEMMA4_OK)
    return status;
  if (n_items == 0)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "there is no prompt to pack");
  Gemma4Pack *self = calloc (1, sizeof *self);
  if (!self)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for a pack");
  self->params = *params;
  self->ids = *ids;
  self->n_rows = n_items;
  status = build (self, items, error);
  if (status == GEMMA4_OK)
    *pack = self;
  else
    gemma4_pack_free (self);
  return status;
}

void
gemma4_pack_free (Gemma4Pack *pack)
{
  if (!pack)
    return;
  free (pack->all_ids);
  free (pack->rows);
  free (pack->pieces);
  free (pack);
}

size_t
gemma4_pack_n_tensors (const Gemma4Pack *pack)
{
  return pack->n_tensors;
}

const Gemma4TensorSpec *
gemma4_pack_spec (const Gemma4Pack *pack, size_t i)
{
  return &pack->specs[i];
}

size_t
gemma4_pack_n_tokens (const Gemma4Pack *pack)
{
  size_t n_tokens = 0;
  for (size_t i = 0; i < pack->n_rows; i++) {
    if (pack->rows[i].n_ids > n_tokens)
      n_tokens = pack->rows[i].n_ids;
  }
  return n_tokens;
}

size_t
gemma4_pack_n_truncated (const Gemma4Pack *pack)
{
  return pack->n_truncated;
}

void
gemma4_pack_fill (const Gemma4Pack *pack, size_t i, void *memory)
{
  pack->tensors[i]->fill (pack, pack->tensors[i], memory);
}
