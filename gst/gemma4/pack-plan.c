/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The media of a batch as pieces, and whether the soft tokens agree with them. */

#include "pack-private.h"

#include <gst/gemma4/tokens.h>

#include <inttypes.h>
#include <stdlib.h>

const char *
gemma4_pack_kind_name (Gemma4MediaKind kind)
{
  static const char *const names[] = {
    [GEMMA4_MEDIA_IMAGE] = "image",
    [GEMMA4_MEDIA_VIDEO] = "video frame",
    [GEMMA4_MEDIA_AUDIO] = "audio clip",
  };
  return names[kind];
}

int
gemma4_pack_kind_of_id (const Gemma4Pack *pack, int32_t id)
{
  if (id == pack->ids.image_soft)
    return GEMMA4_MEDIA_IMAGE;
  if (id == pack->ids.video_soft)
    return GEMMA4_MEDIA_VIDEO;
  if (id == pack->ids.audio_soft)
    return GEMMA4_MEDIA_AUDIO;
  return -1;
}

size_t
gemma4_pack_run_length (const Gemma4PackRow *row, size_t first)
{
  size_t end = first + 1;
  while (end < row->n_ids && row->ids[end] == row->ids[first])
    end++;
  return end - first;
}

int
gemma4_pack_kind_at (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  int kind = gemma4_pack_kind_of_id (pack, gemma4_pack_id (pack, row, column));
  size_t first = 0;
  return kind >= 0 && gemma4_pack_next_piece (row, kind, &first) ? kind : -1;
}

const Gemma4PackPiece *
gemma4_pack_next_piece (const Gemma4PackRow *row, Gemma4MediaKind kind, size_t *next)
{
  while (*next < row->n_pieces) {
    const Gemma4PackPiece *piece = &row->pieces[(*next)++];
    if (piece->kind == kind)
      return piece;
  }
  return NULL;
}

void
gemma4_pack_write_pieces (const Gemma4Pack *pack, Gemma4MediaKind kind,
    const Gemma4PackTensor *tensor, void *memory, Gemma4PackWrite write)
{
  bool kerashub = pack->params.target == GEMMA4_TARGET_KERASHUB;
  for (size_t i = 0; i < pack->n_rows; i++) {
    size_t next = 0, n = 0;
    const Gemma4PackPiece *piece;
    while ((piece = gemma4_pack_next_piece (&pack->rows[i], kind, &next))) {
      memory = write (pack, piece, tensor, memory);
      n++;
    }
    for (; kerashub && n < pack->max_pieces[kind]; n++)
      memory = write (pack, NULL, tensor, memory);
  }
}

/* What a piece of @kind needs in the vocabulary. */
static Gemma4Status
check_soft_id (const Gemma4Pack *pack, Gemma4MediaKind kind, Gemma4Error *error)
{
  const int32_t soft_ids[] = {
    [GEMMA4_MEDIA_IMAGE] = pack->ids.image_soft,
    [GEMMA4_MEDIA_VIDEO] = pack->ids.video_soft,
    [GEMMA4_MEDIA_AUDIO] = pack->ids.audio_soft,
  };
  if (soft_ids[kind] < 0)
    return gemma4_fail (error, GEMMA4_NOT_FOUND,
        "there is a%s %s, but the tokenizer's vocabulary has no soft token <|%s|> for it",
        kind == GEMMA4_MEDIA_VIDEO ? "" : "n", gemma4_pack_kind_name (kind),
        gemma4_pack_kind_name (kind));
  return GEMMA4_OK;
}

static Gemma4Status
count_media (const Gemma4Pack *pack, const Gemma4PackMedia *media, size_t *n_pieces,
    Gemma4Error *error)
{
  size_t n = 1;
  if (media->kind == GEMMA4_MEDIA_VIDEO)
    n = media->n_frames;
  else if (media->kind == GEMMA4_MEDIA_IMAGE && media->n_frames != 1)
    n = 0;
  else if ((unsigned) media->kind >= GEMMA4_N_MEDIA_KINDS)
    n = 0;
  if (n == 0 || __builtin_add_overflow (*n_pieces, n, n_pieces))
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "media of kind %d have %zu frames, but an image has 1 and a video 1 or more",
        media->kind, media->n_frames);
  return check_soft_id (pack, media->kind, error);
}

/* How many pieces the batch has. */
static Gemma4Status
count_pieces (const Gemma4Pack *pack, const Gemma4PackItem *items, size_t *n_pieces,
    Gemma4Error *error)
{
  for (size_t i = 0; i < pack->n_rows; i++) {
    if (pack->params.text_only && items[i].n_media > 0)
      return gemma4_fail_limit (error, items[i].n_media, 0,
          "prompt %zu has %zu pictures or sounds, but the preset takes text only and "
          "allows 0; choose one with the converters that are needed", i, items[i].n_media);
    for (size_t j = 0; j < items[i].n_media; j++) {
      Gemma4Status status = count_media (pack, &items[i].media[j], n_pieces, error);
      if (status != GEMMA4_OK)
        return status;
    }
  }
  return GEMMA4_OK;
}

static Gemma4Status
set_frame (const Gemma4Pack *pack, Gemma4PackPiece *piece, const Gemma4Frame *frame,
    Gemma4Error *error)
{
  uint32_t pooling = pack->params.pooling_kernel_size;
  uint64_t n_patches = (uint64_t) frame->n_columns * frame->n_lines;
  if (!frame->pixels || n_patches == 0 || frame->n_columns % pooling != 0
      || frame->n_lines % pooling != 0)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "a picture of %" PRIu32 " x %" PRIu32 " patches came, but both numbers must be "
        "multiples of %" PRIu32, frame->n_columns, frame->n_lines, pooling);
  if (n_patches > pack->max_patches[piece->kind])
    return gemma4_fail_limit (error, n_patches, pack->max_patches[piece->kind],
        "%s of %" PRIu32 " x %" PRIu32 " patches: %" PRIu64 " needed, %" PRIu64
        " allowed; set the budget of its converter to that of the packer",
        gemma4_pack_kind_name (piece->kind), frame->n_columns, frame->n_lines, n_patches,
        pack->max_patches[piece->kind]);
  piece->frame = *frame;
  piece->n_tokens = gemma4_vision_tokens (n_patches, pooling);
  if (pack->params.target == GEMMA4_TARGET_KERASHUB && piece->kind == GEMMA4_MEDIA_IMAGE
      && pack->params.num_vision_tokens_per_image != 0)
    piece->n_tokens = pack->params.num_vision_tokens_per_image;
  return GEMMA4_OK;
}

static Gemma4Status
set_clip (const Gemma4Pack *pack, Gemma4PackPiece *piece, const Gemma4Clip *clip,
    Gemma4Error *error)
{
  if (!clip->rows || clip->n_valid == 0 || clip->n_valid > clip->n_rows
      || clip->n_valid > UINT32_MAX)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "a clip has %" PRIu64 " valid rows of %" PRIu64 ", but at least one must be valid",
        clip->n_valid, clip->n_rows);
  piece->clip = *clip;
  piece->n_tokens = gemma4_clip_tokens (pack->params.raw_audio, clip->n_valid);
  return GEMMA4_OK;
}

/* The pieces of one picture, video or sound from pieces[*n] on. */
static Gemma4Status
add_media (Gemma4Pack *pack, const Gemma4PackMedia *media, size_t *n, Gemma4Error *error)
{
  pack->n_media[media->kind]++;
  if (media->kind == GEMMA4_MEDIA_AUDIO) {
    Gemma4PackPiece *piece = &pack->pieces[(*n)++];
    piece->kind = media->kind;
    return set_clip (pack, piece, &media->clip, error);
  }
  Gemma4Status status = GEMMA4_OK;
  for (size_t i = 0; i < media->n_frames && status == GEMMA4_OK; i++) {
    Gemma4PackPiece *piece = &pack->pieces[(*n)++];
    piece->kind = media->kind;
    status = set_frame (pack, piece, &media->frames[i], error);
  }
  return status;
}

static void
count_row (Gemma4Pack *pack, const Gemma4PackRow *row)
{
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    size_t next = 0, n = 0;
    while (gemma4_pack_next_piece (row, kind, &next))
      n++;
    pack->n_pieces[kind] += n;
    if (n > pack->max_pieces[kind])
      pack->max_pieces[kind] = n;
  }
}

/* P of pictures of @kind. */
static Gemma4Status
set_max_patches (Gemma4Pack *pack, Gemma4MediaKind kind, Gemma4Error *error)
{
  uint64_t pooling = pack->params.pooling_kernel_size;
  uint64_t n;
  if (__builtin_mul_overflow (pooling * pooling, gemma4_pack_vision_budget (pack, kind), &n)
      || n > UINT32_MAX)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "the budget of %" PRIu64 " soft tokens is too large",
        gemma4_pack_vision_budget (pack, kind));
  pack->max_patches[kind] = n;
  return GEMMA4_OK;
}

Gemma4Status
gemma4_pack_collect (Gemma4Pack *pack, const Gemma4PackItem *items, Gemma4Error *error)
{
  Gemma4Status status = set_max_patches (pack, GEMMA4_MEDIA_IMAGE, error);
  if (status == GEMMA4_OK)
    status = set_max_patches (pack, GEMMA4_MEDIA_VIDEO, error);
  size_t n_pieces = 0;
  if (status == GEMMA4_OK)
    status = count_pieces (pack, items, &n_pieces, error);
  if (status != GEMMA4_OK)
    return status;
  pack->rows = calloc (pack->n_rows, sizeof *pack->rows);
  pack->pieces = calloc (n_pieces + 1, sizeof *pack->pieces);
  if (!pack->rows || !pack->pieces)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for %zu prompts and %zu pieces",
        pack->n_rows, n_pieces);
  size_t n = 0;
  for (size_t i = 0; i < pack->n_rows; i++) {
    Gemma4PackRow *row = &pack->rows[i];
    row->pieces = &pack->pieces[n];
    for (size_t j = 0; j < items[i].n_media && status == GEMMA4_OK; j++)
      status = add_media (pack, &items[i].media[j], &n, error);
    if (status != GEMMA4_OK)
      return status;
    row->n_pieces = &pack->pieces[n] - row->pieces;
    count_row (pack, row);
  }
  return GEMMA4_OK;
}

static bool
may_be_missing (const Gemma4Pack *pack, const Gemma4PackRow *row, Gemma4MediaKind kind)
{
  size_t first = 0;
  return pack->params.allow_missing && pack->params.target == GEMMA4_TARGET_KERASHUB
      && !gemma4_pack_next_piece (row, kind, &first);
}

/* One run of soft tokens and the piece in its place. */
static Gemma4Status
match_run (const Gemma4Pack *pack, size_t row, Gemma4MediaKind kind, size_t n_tokens,
    size_t *next, size_t number, Gemma4Error *error)
{
  const char *name = gemma4_pack_kind_name (kind);
  const Gemma4PackPiece *piece = gemma4_pack_next_piece (&pack->rows[row], kind, next);
  if (!piece)
    return gemma4_fail (error, GEMMA4_MEDIA_MISMATCH,
        "prompt %zu has soft tokens for %s %zu, but only %zu came; add what is missing "
        "or take its placeholder out", row, name, number, number - 1);
  if (piece->n_tokens != n_tokens)
    return gemma4_fail (error, GEMMA4_MEDIA_MISMATCH,
        "prompt %zu: %s %zu needs %" PRIu32 " soft tokens in a row, but the prompt has %zu; "
        "expand its placeholder with that count", row, name, number, piece->n_tokens,
        n_tokens);
  return GEMMA4_OK;
}

static Gemma4Status
match_row (const Gemma4Pack *pack, size_t i, Gemma4Error *error)
{
  const Gemma4PackRow *row = &pack->rows[i];
  size_t next[GEMMA4_N_MEDIA_KINDS] = { 0 };
  size_t n_runs[GEMMA4_N_MEDIA_KINDS] = { 0 };
  size_t n;
  for (size_t first = 0; first < row->n_ids; first += n) {
    n = gemma4_pack_run_length (row, first);
    int kind = gemma4_pack_kind_of_id (pack, row->ids[first]);
    if (kind < 0 || may_be_missing (pack, row, kind))
      continue;
    n_runs[kind]++;
    Gemma4Status status = match_run (pack, i, kind, n, &next[kind], n_runs[kind], error);
    if (status != GEMMA4_OK)
      return status;
  }
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    const Gemma4PackPiece *piece = gemma4_pack_next_piece (row, kind, &next[kind]);
    if (piece)
      return gemma4_fail (error, GEMMA4_MEDIA_MISMATCH,
          "prompt %zu: %s %zu needs %" PRIu32 " soft tokens, but the prompt has 0 for it; "
          "add a placeholder", i, gemma4_pack_kind_name (kind), n_runs[kind] + 1,
          piece->n_tokens);
  }
  return GEMMA4_OK;
}

Gemma4Status
gemma4_pack_match (const Gemma4Pack *pack, Gemma4Error *error)
{
  Gemma4Status status = GEMMA4_OK;
  for (size_t i = 0; i < pack->n_rows && !pack->params.text_only && status == GEMMA4_OK; i++)
    status = match_row (pack, i, error);
  return status;
}
