/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tokenizer.h"

#include "error.h"
#include "file.h"
#include "utf8.h"
#include "vocabulary.h"
#include "whole-pieces.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Text is encoded in parts of about this size: it keeps the heaps of the merge
 * in the caches and the memory small. */
#define PART_BYTES 2048

struct Gemma4Tokenizer
{
  Gemma4Vocabulary vocabulary;
  Gemma4WholePieces whole;
  Gemma4SpecialIds special;
  bool glued[256];              /* whether some piece has a space behind this byte */
};

static const struct
{
  const char *name;
  size_t offset;
} specials[] = {
  { "<pad>", offsetof (Gemma4SpecialIds, pad) },
  { "<bos>", offsetof (Gemma4SpecialIds, bos) },
  { "<eos>", offsetof (Gemma4SpecialIds, eos) },
  { "<|turn>", offsetof (Gemma4SpecialIds, turn_begin) },
  { "<turn|>", offsetof (Gemma4SpecialIds, turn_end) },
  { "<|image>", offsetof (Gemma4SpecialIds, image_begin) },
  { "<|image|>", offsetof (Gemma4SpecialIds, image_soft) },
  { "<image|>", offsetof (Gemma4SpecialIds, image_end) },
  { "<|video|>", offsetof (Gemma4SpecialIds, video_soft) },
  { "<|audio>", offsetof (Gemma4SpecialIds, audio_begin) },
  { "<|audio|>", offsetof (Gemma4SpecialIds, audio_soft) },
  { "<audio|>", offsetof (Gemma4SpecialIds, audio_end) },
};

#define N_SPECIALS (sizeof specials / sizeof *specials)

/* Looks the special ids up. */
static void
find_specials (Gemma4Tokenizer *self)
{
  for (size_t i = 0; i < N_SPECIALS; i++) {
    int32_t id = gemma4_tokenizer_find (self, specials[i].name);
    memcpy ((char *) &self->special + specials[i].offset, &id, sizeof id);
  }
}

static bool
is_special (const char *text, size_t n_bytes)
{
  for (size_t i = 0; i < N_SPECIALS; i++)
    if (n_bytes == strlen (specials[i].name) && memcmp (text, specials[i].name, n_bytes) == 0)
      return true;
  return false;
}

/* Notes behind which bytes the piece has a space: there text must not be cut. */
static void
note_spaces (Gemma4Tokenizer *self, const char *text, size_t n_bytes)
{
  static const char space[] = "\xe2\x96\x81";
  const char *end = text + n_bytes;
  for (const char *at = text + 1;
      at < end && (at = memmem (at, end - at, space, strlen (space))); at++)
    self->glued[(unsigned char) at[-1]] = true;
}

static Gemma4Status
learn_pieces (Gemma4Tokenizer *self)
{
  const Gemma4Vocabulary *v = &self->vocabulary;
  for (uint32_t id = 0; id < v->n_pieces; id++) {
    size_t n_bytes;
    const char *text = v->piece (v->model, id, &n_bytes);
    if (n_bytes == 0)
      continue;
    note_spaces (self, text, n_bytes);
    if (!v->is_whole (v->model, id) && !is_special (text, n_bytes))
      continue;
    Gemma4Status status = gemma4_whole_pieces_add (&self->whole, text, n_bytes, id);
    if (status != GEMMA4_OK)
      return status;
  }
  gemma4_whole_pieces_sort (&self->whole);
  return GEMMA4_OK;
}

static Gemma4Status
load (Gemma4Tokenizer *self, const char *path, Gemma4Error *why)
{
  void *file;
  size_t n_bytes;
  Gemma4Status status = gemma4_file_read (path, &file, &n_bytes, why);
  if (status != GEMMA4_OK)
    return status;
  status = gemma4_sentencepiece_vocabulary (file, n_bytes, &self->vocabulary, why);
  free (file);
  if (status != GEMMA4_OK)
    return status;
  find_specials (self);
  return learn_pieces (self);
}

Gemma4Status
gemma4_tokenizer_open (const char *path, Gemma4Tokenizer **self, Gemma4Error *error)
{
  Gemma4Error why = { "out of memory" };
  Gemma4Tokenizer *made = calloc (1, sizeof *made);
  Gemma4Status status = made ? load (made, path, &why) : GEMMA4_NO_MEMORY;
  if (status != GEMMA4_OK) {
    gemma4_tokenizer_free (made);
    return gemma4_fail (error, status, "cannot open the tokenizer %s: %s", path, why.text);
  }
  *self = made;
  return GEMMA4_OK;
}

void
gemma4_tokenizer_free (Gemma4Tokenizer *self)
{
  if (!self)
    return;
  gemma4_whole_pieces_clear (&self->whole);
  if (self->vocabulary.free)
    self->vocabulary.free (self->vocabulary.model);
  free (self);
}

uint32_t
gemma4_tokenizer_n_pieces (const Gemma4Tokenizer *self)
{
  return self->vocabulary.n_pieces;
}

int32_t
gemma4_tokenizer_find (const Gemma4Tokenizer *self, const char *name)
{
  return self->vocabulary.find (self->vocabulary.model, name, strlen (name));
}

const char *
gemma4_tokenizer_piece (const Gemma4Tokenizer *self, uint32_t id, size_t *n_bytes)
{
  return self->vocabulary.piece (self->vocabulary.model, id, n_bytes);
}

const Gemma4SpecialIds *
gemma4_tokenizer_special_ids (const Gemma4Tokenizer *self)
{
  return &self->special;
}

/* Bytes of @text up to a place where no piece can reach across: before a space
 * behind a byte that no piece has before one. */
static size_t
part_bytes (const Gemma4Tokenizer *self, const char *text, size_t n_bytes)
{
  for (size_t at = PART_BYTES; at < n_bytes; at++)
    if (text[at] == ' ' && text[at - 1] != ' ' && !self->glued[(unsigned char) text[at - 1]])
      return at;
  return n_bytes;
}

/* Encodes text in which no whole piece is written. */
static Gemma4Status
encode_plain (const Gemma4Tokenizer *self, const char *text, size_t n_bytes, Gemma4Ids *ids,
    Gemma4Error *error)
{
  Gemma4Status status = GEMMA4_OK;
  while (n_bytes > 0 && status == GEMMA4_OK) {
    size_t n = part_bytes (self, text, n_bytes);
    status = self->vocabulary.encode (self->vocabulary.model, text, n, ids, error);
    text += n;
    n_bytes -= n;
  }
  return status;
}

static Gemma4Status
append_id (Gemma4Ids *ids, int32_t id, Gemma4Error *error)
{
  Gemma4Status status = gemma4_ids_reserve (ids, 1);
  if (status != GEMMA4_OK)
    return gemma4_fail (error, status, "out of memory for %zu tokens", ids->n_ids);
  ids->ids[ids->n_ids++] = id;
  return GEMMA4_OK;
}

static Gemma4Status
encode (const Gemma4Tokenizer *self, const char *text, size_t n_bytes, Gemma4Ids *ids,
    Gemma4Error *error)
{
  size_t plain = 0;             /* where the text that is not encoded yet begins */
  size_t at = 0;
  while (at < n_bytes) {
    const Gemma4WholePiece *found =
        gemma4_whole_pieces_match (&self->whole, text + at, n_bytes - at);
    if (!found) {
      at++;
      continue;
    }
    Gemma4Status status = encode_plain (self, text + plain, at - plain, ids, error);
    if (status == GEMMA4_OK)
      status = append_id (ids, found->id, error);
    if (status != GEMMA4_OK)
      return status;
    at += found->n_bytes;
    plain = at;
  }
  return encode_plain (self, text + plain, at - plain, ids, error);
}

Gemma4Status
gemma4_tokenizer_encode (const Gemma4Tokenizer *self, const char *text, size_t n_bytes,
    Gemma4Ids *ids, Gemma4Error *error)
{
  if (n_bytes > GEMMA4_MAX_TEXT_BYTES)
    return gemma4_fail_limit (error, n_bytes, GEMMA4_MAX_TEXT_BYTES, "the text has %zu bytes, at most %d are allowed: "
        "shorten it", n_bytes, GEMMA4_MAX_TEXT_BYTES);
  Gemma4Status status = gemma4_utf8_check ("the text", text, n_bytes, error);
  if (status != GEMMA4_OK)
    return status;

  size_t n_before = ids->n_ids;
  status = encode (self, text, n_bytes, ids, error);
  if (status != GEMMA4_OK)
    ids->n_ids = n_before;
  return status;
}
