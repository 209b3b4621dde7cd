/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tensors of clips: their rows and which of them are valid. */

#include "logmel-framing.h"
#include "pack-private.h"

#include <gst/gemma4/tokens.h>

#include <inttypes.h>
#include <string.h>

static uint64_t
max_u64 (uint64_t a, uint64_t b)
{
  return a > b ? a : b;
}

/* The most audio soft tokens of a row, and of a clip before the end of the row;
 * truncation may have cut both. */
static void
count_tokens (const Gemma4Pack *pack, uint64_t *max_of_row, uint64_t *max_of_clip)
{
  for (size_t i = 0; i < pack->n_rows; i++) {
    const Gemma4PackRow *row = &pack->rows[i];
    uint64_t of_row = 0;
    size_t n;
    for (size_t first = 0; first < row->n_ids; first += n) {
      n = gemma4_pack_run_length (row, first);
      if (gemma4_pack_kind_of_id (pack, row->ids[first]) != GEMMA4_MEDIA_AUDIO)
        continue;
      of_row += n;
      if (first < pack->n_columns) {
        size_t room = pack->n_columns - first;
        *max_of_clip = max_u64 (*max_of_clip, n < room ? n : room);
      }
    }
    *max_of_row = max_u64 (*max_of_row, of_row);
  }
}

static void
measure_kerashub (Gemma4Pack *pack)
{
  uint64_t max_of_row = 0;
  count_tokens (pack, &max_of_row, &pack->n_clip_tokens);
  pack->n_mel_rows = pack->params.clip_rows;
  if (pack->params.train && max_of_row * GEMMA4_MEL_ROWS_PER_TOKEN < pack->n_mel_rows)
    pack->n_mel_rows = max_of_row * GEMMA4_MEL_ROWS_PER_TOKEN;
}

/* T of the longest clip. */
static Gemma4Status
measure_transformers (Gemma4Pack *pack, Gemma4Error *error)
{
  uint64_t n_valid = 0, n_samples = 0;
  for (size_t i = 0; i < pack->n_rows; i++) {
    size_t next = 0;
    const Gemma4PackPiece *piece;
    while ((piece = gemma4_pack_next_piece (&pack->rows[i], GEMMA4_MEDIA_AUDIO, &next))) {
      n_valid = max_u64 (n_valid, piece->clip.n_valid);
      n_samples = max_u64 (n_samples, piece->clip.n_samples);
    }
  }
  pack->n_mel_rows = n_valid;
  if (n_valid == 0 || pack->params.raw_audio)
    return GEMMA4_OK;
  pack->n_mel_rows = gemma4_framing_padded_rows (pack->params.frame_length,
      pack->params.hop_length, n_samples);
  if (n_valid > pack->n_mel_rows)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "a clip has %" PRIu64 " valid rows, more than the longest clip of %" PRIu64
        " samples can have", n_valid, n_samples);
  return GEMMA4_OK;
}

Gemma4Status
gemma4_pack_measure_audio (Gemma4Pack *pack, Gemma4Error *error)
{
  if (pack->params.target == GEMMA4_TARGET_TRANSFORMERS)
    return measure_transformers (pack, error);
  if (pack->n_pieces[GEMMA4_MEDIA_AUDIO] > 0)
    measure_kerashub (pack);
  return GEMMA4_OK;
}

static float
silence_of (const Gemma4PackParams *params, size_t bin)
{
  return params->silent_row ? params->silent_row[bin] : params->silence;
}

/* [T][n_mels] float32. KerasHub's rows go on behind the valid ones, as long as
 * the tail is heard, and end in silence; those of transformers end in 0. */
static void *
write_mel (const Gemma4Pack *pack, const Gemma4PackPiece *piece,
    const Gemma4PackTensor *tensor, void *memory)
{
  bool kerashub = pack->params.target == GEMMA4_TARGET_KERASHUB;
  float *out = memory;
  size_t n_all = pack->n_mel_rows * pack->params.n_mels;
  uint64_t n_rows = 0;
  if (piece)
    n_rows = kerashub ? piece->clip.n_rows : piece->clip.n_valid;
  if (n_rows > pack->n_mel_rows)
    n_rows = pack->n_mel_rows;
  size_t n = n_rows * pack->params.n_mels;
  if (piece)
    memcpy (out, piece->clip.rows, n * sizeof *out);
  for (; n < n_all; n++)
    out[n] = kerashub ? silence_of (&pack->params, n % pack->params.n_mels) : 0.0f;
  return out + n_all;
}

void
gemma4_pack_fill_mel (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, void *memory)
{
  gemma4_pack_write_pieces (pack, GEMMA4_MEDIA_AUDIO, tensor, memory, write_mel);
}

/* [T] int32 or bool */
static void *
write_mel_mask (const Gemma4Pack *pack, const Gemma4PackPiece *piece,
    const Gemma4PackTensor *tensor, void *memory)
{
  int32_t *wide = memory;
  uint8_t *narrow = memory;
  uint64_t n_valid = piece ? piece->clip.n_valid : 0;
  if (tensor->dtype == GEMMA4_INT32) {
    for (uint64_t i = 0; i < pack->n_mel_rows; i++)
      *wide++ = i < n_valid;
    return wide;
  }
  for (uint64_t i = 0; i < pack->n_mel_rows; i++)
    *narrow++ = i < n_valid;
  return narrow;
}

void
gemma4_pack_fill_mel_mask (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    void *memory)
{
  gemma4_pack_write_pieces (pack, GEMMA4_MEDIA_AUDIO, tensor, memory, write_mel_mask);
}
