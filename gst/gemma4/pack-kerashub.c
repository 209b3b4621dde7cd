/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tensors of KerasHub's Gemma4CausalLM, and what it cannot take. */

#include "pack-private.h"

#include <inttypes.h>

/* Images and frames of a row have as many entries in vision_indices. */
static uint64_t
n_vision_indices (const Gemma4Pack *pack)
{
  const Gemma4PackParams *params = &pack->params;
  if (params->text_only)
    return 0;
  if (params->video)
    return (uint64_t) params->num_frames_per_video * params->video_soft_tokens;
  uint64_t n_tokens = params->num_vision_tokens_per_image;
  return params->max_images_per_prompt * (n_tokens ? n_tokens : params->image_soft_tokens);
}

static Gemma4Status
check_counts (const Gemma4Pack *pack, Gemma4Error *error)
{
  const struct
  {
    uint32_t allowed;
    const char *property;
  } limits[] = {
    [GEMMA4_MEDIA_IMAGE] = {pack->params.max_images_per_prompt, "max-images-per-prompt"},
    [GEMMA4_MEDIA_VIDEO] = {pack->params.num_frames_per_video, "num-frames-per-video"},
    [GEMMA4_MEDIA_AUDIO] = {pack->params.max_audio_clips_per_prompt,
          "max-audio-clips-per-prompt"},
  };
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    if (pack->max_pieces[kind] > limits[kind].allowed)
      return gemma4_fail_limit (error, pack->max_pieces[kind], limits[kind].allowed,
          "%zu %ss needed, %" PRIu32 " allowed in a prompt; raise %s or send fewer",
          pack->max_pieces[kind], gemma4_pack_kind_name (kind), limits[kind].allowed,
          limits[kind].property);
  }
  return GEMMA4_OK;
}

static Gemma4Status
check_images (const Gemma4Pack *pack, Gemma4Error *error)
{
  const Gemma4PackParams *params = &pack->params;
  if (pack->n_pieces[GEMMA4_MEDIA_IMAGE] == 0)
    return GEMMA4_OK;
  if (pack->n_pieces[GEMMA4_MEDIA_VIDEO] > 0)
    return gemma4_fail (error, GEMMA4_LIMIT,
        "there are %zu images and %zu video frames, but KerasHub's model takes either images "
        "or videos; use target=transformers or send one of them",
        pack->n_pieces[GEMMA4_MEDIA_IMAGE], pack->n_pieces[GEMMA4_MEDIA_VIDEO]);
  if (params->num_vision_tokens_per_image != 0
      && params->num_vision_tokens_per_image != params->image_soft_tokens)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "num-vision-tokens-per-image is %" PRIu32 " but must be 0 or the %" PRIu32
        " of the images' max-soft-tokens", params->num_vision_tokens_per_image,
        params->image_soft_tokens);
  return GEMMA4_OK;
}

/* The model reads the entries of picture i from i * budget on. */
static Gemma4Status
check_indices (const Gemma4Pack *pack, Gemma4Error *error)
{
  Gemma4MediaKind kind = gemma4_pack_vision_kind (pack);
  uint64_t needed, allowed = n_vision_indices (pack);
  if (__builtin_mul_overflow (pack->max_pieces[kind], gemma4_pack_vision_budget (pack, kind),
          &needed) || needed > allowed)
    return gemma4_fail_limit (error, needed, allowed,
        "%zu %ss of %" PRIu64 " soft tokens do not fit into vision_indices, %" PRIu64
        " allowed; send fewer, or raise %s", pack->max_pieces[kind],
        gemma4_pack_kind_name (kind), gemma4_pack_vision_budget (pack, kind), allowed,
        pack->params.video ? "num-frames-per-video" : "max-images-per-prompt");
  return GEMMA4_OK;
}

/* The model's pooling takes the widest picture of a batch for all. */
static Gemma4Status
check_widths (const Gemma4Pack *pack, Gemma4Error *error)
{
  const Gemma4Frame *first = NULL;
  size_t n_pieces = 0;
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++)
    n_pieces += pack->n_pieces[kind];
  for (size_t i = 0; i < n_pieces; i++) {
    const Gemma4Frame *frame = &pack->pieces[i].frame;
    if (pack->pieces[i].kind == GEMMA4_MEDIA_AUDIO)
      continue;
    if (!first)
      first = frame;
    if (frame->n_columns != first->n_columns)
      return gemma4_fail (error, GEMMA4_BAD_SIZE,
          "pictures of %" PRIu32 " x %" PRIu32 " and %" PRIu32 " x %" PRIu32 " patches came "
          "together, but KerasHub's model takes one width at a time; use target=transformers "
          "or bring them to one shape with videobox", first->n_columns, first->n_lines,
          frame->n_columns, frame->n_lines);
  }
  return GEMMA4_OK;
}

static Gemma4Status
check_clips (const Gemma4Pack *pack, Gemma4Error *error)
{
  for (size_t i = 0; i < pack->n_rows; i++) {
    size_t next = 0;
    const Gemma4PackPiece *piece;
    while ((piece = gemma4_pack_next_piece (&pack->rows[i], GEMMA4_MEDIA_AUDIO, &next))) {
      if (piece->clip.n_valid > pack->params.clip_rows)
        return gemma4_fail_limit (error, piece->clip.n_valid, pack->params.clip_rows,
            "an audio clip has %" PRIu64 " rows, %" PRIu32 " allowed; cut it",
            piece->clip.n_valid, pack->params.clip_rows);
    }
  }
  return GEMMA4_OK;
}

Gemma4Status
gemma4_pack_check_kerashub (const Gemma4Pack *pack, Gemma4Error *error)
{
  Gemma4Status status = check_images (pack, error);
  if (status == GEMMA4_OK)
    status = check_counts (pack, error);
  if (status == GEMMA4_OK)
    status = check_indices (pack, error);
  if (status == GEMMA4_OK)
    status = check_widths (pack, error);
  if (status == GEMMA4_OK)
    status = check_clips (pack, error);
  return status;
}

/* Where each soft token of the kind stands, 0 behind the last. A run begins at
 * the next multiple of @slot, or directly behind the last one if @slot is 0.
 * The bounds on n matter where a cut has joined two runs. */
static void
fill_indices (const Gemma4Pack *pack, Gemma4MediaKind kind, size_t slot, size_t width,
    int32_t *out)
{
  for (size_t i = 0; i < pack->n_rows; i++, out += width) {
    size_t n = 0, n_runs = 0;
    bool inside = false;
    for (size_t column = 0; column < pack->n_columns; column++) {
      bool soft = gemma4_pack_kind_at (pack, &pack->rows[i], column) == (int) kind;
      size_t start = soft && !inside ? n_runs++ * slot : 0;
      while (n < start && n < width)
        out[n++] = 0;
      if (soft && n < width)
        out[n++] = column;
      inside = soft;
    }
    while (n < width)
      out[n++] = 0;
  }
}

static size_t
slot_of (const Gemma4Pack *pack, uint64_t budget)
{
  return pack->params.index_layout == GEMMA4_INDEX_PER_ITEM ? budget : 0;
}

static void
fill_vision_indices (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, void *memory)
{
  Gemma4MediaKind kind = gemma4_pack_vision_kind (pack);
  fill_indices (pack, kind, slot_of (pack, gemma4_pack_vision_budget (pack, kind)),
      n_vision_indices (pack), memory);
}

static uint64_t
n_audio_indices (const Gemma4Pack *pack)
{
  return pack->max_pieces[GEMMA4_MEDIA_AUDIO] * pack->n_clip_tokens;
}

static void
fill_audio_indices (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, void *memory)
{
  fill_indices (pack, GEMMA4_MEDIA_AUDIO, slot_of (pack, pack->n_clip_tokens),
      n_audio_indices (pack), memory);
}

/* Rows that a text-only model does not take. */
static void
shape_media_row (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  uint64_t n_columns = pack->params.text_only ? 0 : pack->n_columns;
  gemma4_pack_set_dims (spec, 2, pack->n_rows, n_columns, 0, 0);
}

/* KerasHub's text-only preprocessor gives positions to train only. */
static void
shape_position_ids (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  bool absent = pack->params.text_only && !pack->params.train;
  gemma4_pack_set_dims (spec, 2, pack->n_rows, absent ? 0 : pack->n_columns, 0, 0);
}

static void
shape_vision_indices (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 2, pack->n_rows, n_vision_indices (pack), 0, 0);
}

static void
shape_pixels (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 4, pack->n_rows, pack->max_pieces[tensor->kind],
      pack->max_patches[tensor->kind], pack->params.patch_values);
}

static void
shape_positions (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 4, pack->n_rows, pack->max_pieces[tensor->kind],
      pack->max_patches[tensor->kind], 2);
}

/* Clips all of whose soft tokens were cut are left out. */
static uint64_t
n_clips (const Gemma4Pack *pack)
{
  return pack->n_clip_tokens > 0 ? pack->max_pieces[GEMMA4_MEDIA_AUDIO] : 0;
}

static void
shape_mel (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 4, pack->n_rows, n_clips (pack), pack->n_mel_rows,
      pack->params.n_mels);
}

static void
shape_mel_mask (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 3, pack->n_rows, n_clips (pack), pack->n_mel_rows, 0);
}

static void
shape_audio_indices (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 2, pack->n_rows, n_audio_indices (pack), 0, 0);
}

static int64_t
position_id (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  return column;
}

static int64_t
padding_mask (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  return gemma4_pack_id (pack, row, column) != pack->ids.pad;
}

static int64_t
vision_mask (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  int kind = gemma4_pack_kind_at (pack, row, column);
  return kind == GEMMA4_MEDIA_IMAGE || kind == GEMMA4_MEDIA_VIDEO;
}

static int64_t
audio_mask (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  return gemma4_pack_kind_at (pack, row, column) == GEMMA4_MEDIA_AUDIO;
}

static int64_t
next_id (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  return gemma4_pack_id (pack, row, column + 1);
}

static int64_t
sample_weight (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  return gemma4_pack_is_response (row, column + 1);
}

/* One line a tensor. Of the two pixel_values one at most is there. */
const Gemma4PackTensor gemma4_pack_kerashub_tensors[] = {
  {"token_ids", GEMMA4_INT32, gemma4_pack_shape_row, gemma4_pack_fill_row,
      .value = gemma4_pack_id},
  {"position_ids", GEMMA4_INT32, shape_position_ids, gemma4_pack_fill_row,
      .value = position_id},
  {"padding_mask", GEMMA4_BOOL, gemma4_pack_shape_row, gemma4_pack_fill_row,
      .value = padding_mask},
  {"vision_mask", GEMMA4_BOOL, shape_media_row, gemma4_pack_fill_row,
      .value = vision_mask},
  {"audio_mask", GEMMA4_BOOL, shape_media_row, gemma4_pack_fill_row,
      .value = audio_mask},
  {"vision_indices", GEMMA4_INT32, shape_vision_indices, fill_vision_indices},
  {"pixel_values", GEMMA4_FLOAT32, shape_pixels, gemma4_pack_fill_pixels,
      .kind = GEMMA4_MEDIA_IMAGE},
  {"pixel_position_ids", GEMMA4_INT32, shape_positions, gemma4_pack_fill_positions,
      .kind = GEMMA4_MEDIA_IMAGE},
  {"pixel_values", GEMMA4_FLOAT32, shape_pixels, gemma4_pack_fill_pixels,
      .kind = GEMMA4_MEDIA_VIDEO},
  {"pixel_position_ids", GEMMA4_INT32, shape_positions, gemma4_pack_fill_positions,
      .kind = GEMMA4_MEDIA_VIDEO},
  {"audio_mel", GEMMA4_FLOAT32, shape_mel, gemma4_pack_fill_mel},
  {"audio_mel_mask", GEMMA4_INT32, shape_mel_mask, gemma4_pack_fill_mel_mask},
  {"audio_indices", GEMMA4_INT32, shape_audio_indices, fill_audio_indices},
  {"y", GEMMA4_INT32, gemma4_pack_shape_train_row, gemma4_pack_fill_row,
      .value = next_id},
  {"sample_weight", GEMMA4_BOOL, gemma4_pack_shape_train_row, gemma4_pack_fill_row,
      .value = sample_weight},
  {NULL},
};
