/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tokenizer.h"

#include "bpe.h"
#include "error.h"
#include "file.h"
#include "spm.h"
#include "tokenizer-json.h"
#include "utf8.h"
#include "whole-pieces.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct Gemma4Tokenizer
{
  Gemma4Bpe bpe;
  Gemma4WholePieces whole;      /* looked for in the text */
  Gemma4WholePieces spaced;     /* looked for once spaces have become U+2581 */
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
  { "<|think|>", offsetof (Gemma4SpecialIds, think) },
  { "<|channel>", offsetof (Gemma4SpecialIds, thought_begin) },
  { "<channel|>", offsetof (Gemma4SpecialIds, thought_end) },
  { "<|image>", offsetof (Gemma4SpecialIds, image_begin) },
  { "<|image|>", offsetof (Gemma4SpecialIds, image_soft) },
  { "<image|>", offsetof (Gemma4SpecialIds, image_end) },
  { "<|video|>", offsetof (Gemma4SpecialIds, video_soft) },
  { "<|audio>", offsetof (Gemma4SpecialIds, audio_begin) },
  { "<|audio|>", offsetof (Gemma4SpecialIds, audio_soft) },
  { "<audio|>", offsetof (Gemma4SpecialIds, audio_end) },
};

/* Looks the special ids up, and makes their pieces whole ones whatever the file says. */
static void
find_specials (Gemma4Tokenizer *self)
{
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
    int32_t id = gemma4_tokenizer_find (self, specials[i].name);
    memcpy ((char *) &self->special + specials[i].offset, &id, sizeof id);
    if (id >= 0 && self->bpe.vocabulary.pieces[id].kind != GEMMA4_PIECE_WHOLE_SPACED)
      self->bpe.vocabulary.pieces[id].kind = GEMMA4_PIECE_WHOLE;
  }
}

/* Notes behind which bytes the piece has a space: there text must not be cut. */
static void
note_spaces (Gemma4Tokenizer *self, const char *text, size_t n_bytes)
{
  for (size_t at = 1; at + strlen (GEMMA4_SPACE) <= n_bytes; at++)
    if (memcmp (text + at, GEMMA4_SPACE, strlen (GEMMA4_SPACE)) == 0)
      self->glued[(unsigned char) text[at - 1]] = true;
}

/* Sorts the pieces out. */
static Gemma4Status
learn_pieces (Gemma4Tokenizer *self)
{
  const Gemma4Vocabulary *v = &self->bpe.vocabulary;
  for (uint32_t id = 0; id < v->n_pieces; id++) {
    size_t n_bytes;
    const char *text = gemma4_vocabulary_piece (v, id, &n_bytes);
    Gemma4PieceKind kind = v->pieces[id].kind;
    Gemma4Status status = GEMMA4_OK;
    note_spaces (self, text, n_bytes);
    if (kind == GEMMA4_PIECE_WHOLE_SPACED)
      status = gemma4_whole_pieces_add (&self->spaced, text, n_bytes, true, id);
    else if (kind == GEMMA4_PIECE_WHOLE)
      status = gemma4_whole_pieces_add (&self->whole, text, n_bytes, false, id);
    if (status != GEMMA4_OK)
      return status;
  }
  gemma4_whole_pieces_sort (&self->whole);
  gemma4_whole_pieces_sort (&self->spaced);
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
  gemma4_bpe_init (&self->bpe);
  if (gemma4_tokenizer_json_looks (file, n_bytes))
    status = gemma4_tokenizer_json_read (file, n_bytes, &self->bpe, why);
  else
    status = gemma4_spm_read (file, n_bytes, &self->bpe, why);
  free (file);
  if (status == GEMMA4_OK)
    status = gemma4_bpe_prepare (&self->bpe, why);
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
  gemma4_whole_pieces_clear (&self->spaced);
  gemma4_bpe_clear (&self->bpe);
  free (self);
}

uint32_t
gemma4_tokenizer_n_pieces (const Gemma4Tokenizer *self)
{
  return self->bpe.vocabulary.n_pieces;
}

int32_t
gemma4_tokenizer_find (const Gemma4Tokenizer *self, const char *name)
{
  return gemma4_vocabulary_find (&self->bpe.vocabulary, name, strlen (name));
}

const char *
gemma4_tokenizer_piece (const Gemma4Tokenizer *self, uint32_t id, size_t *n_bytes)
{
  return gemma4_vocabulary_piece (&self->bpe.vocabulary, id, n_bytes);
}

bool
gemma4_tokenizer_is_special (const Gemma4Tokenizer *self, uint32_t id)
{
  return self->bpe.vocabulary.pieces[id].special;
}

const Gemma4SpecialIds *
gemma4_tokenizer_special_ids (const Gemma4Tokenizer *self)
{
  return &self->special;
}

const char *
gemma4_tokenizer_lacks (const Gemma4Tokenizer *self, const char *text, size_t n_bytes)
{
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
    const char *name = specials[i].name;
    if (gemma4_tokenizer_find (self, name) < 0 && memmem (text, n_bytes, name, strlen (name)))
      return name;
  }
  return NULL;
}

/* What encoding one text needs. */
typedef struct
{
  const Gemma4Tokenizer *tokenizer;
  Gemma4BpeState state;
  Gemma4StrBuf spaced;          /* text between whole pieces, U+2581 for the space */
  Gemma4Ids *ids;
} Encoder;

typedef Gemma4Status (*EncodePlain) (Encoder * self, const char *text, size_t n_bytes);

/* Encodes whole pieces, and what is between them with @encode_plain. */
static Gemma4Status
encode_around (Encoder *self, const Gemma4WholePieces *whole, EncodePlain encode_plain,
    const char *text, size_t n_bytes)
{
  size_t plain = 0;             /* where the text that is not encoded yet begins */
  size_t at = 0;
  while (at < n_bytes) {
    const Gemma4WholePiece *found = gemma4_whole_pieces_match (whole, text + at, n_bytes - at);
    if (!found) {
      at++;
      continue;
    }
    Gemma4Status status = encode_plain (self, text + plain, at - plain);
    if (status == GEMMA4_OK)
      status = gemma4_ids_reserve (self->ids, 1);
    if (status != GEMMA4_OK)
      return status;
    self->ids->ids[self->ids->n_ids++] = found->id;
    at += found->n_bytes;
    plain = at;
  }
  return encode_plain (self, text + plain, at - plain);
}

/* Bytes of @text up to a place where no piece can reach across: before a space
 * behind a byte that no piece has before one. */
static size_t
word_bytes (const Gemma4Tokenizer *self, const char *text, size_t n_bytes)
{
  const char *end = text + n_bytes;
  const char *at = text;
  while (at + 1 < end && (at = memmem (at + 1, end - at - 1, GEMMA4_SPACE, strlen (GEMMA4_SPACE))))
    if (!self->glued[(unsigned char) at[-1]])
      return at - text;
  return n_bytes;
}

/* Encodes text in which no whole piece is, and spaces are U+2581. */
static Gemma4Status
encode_words (Encoder *self, const char *text, size_t n_bytes)
{
  const Gemma4Bpe *bpe = &self->tokenizer->bpe;
  Gemma4Status status = GEMMA4_OK;
  int32_t id = bpe->ignore_merges ? gemma4_vocabulary_find (&bpe->vocabulary, text, n_bytes) : -1;
  if (id >= 0) {
    status = gemma4_ids_reserve (self->ids, 1);
    if (status == GEMMA4_OK)
      self->ids->ids[self->ids->n_ids++] = id;
    return status;
  }
  while (n_bytes > 0 && status == GEMMA4_OK) {
    size_t n = word_bytes (self->tokenizer, text, n_bytes);
    status = gemma4_bpe_encode (bpe, &self->state, text, n, self->ids);
    text += n;
    n_bytes -= n;
  }
  return status == GEMMA4_OK ? gemma4_bpe_finish (bpe, &self->state, self->ids) : status;
}

/* Encodes text in which no whole piece is written as it is. */
static Gemma4Status
encode_plain (Encoder *self, const char *text, size_t n_bytes)
{
  if (n_bytes == 0)
    return GEMMA4_OK;
  self->spaced.n_bytes = 0;
  gemma4_vocabulary_append_spaced (&self->spaced, text, n_bytes);
  if (self->spaced.failed)
    return GEMMA4_NO_MEMORY;
  return encode_around (self, &self->tokenizer->spaced, encode_words, self->spaced.text,
      self->spaced.n_bytes);
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
  Encoder encoder = { .tokenizer = self, .ids = ids };
  status = encode_around (&encoder, &self->whole, encode_plain, text, n_bytes);
  gemma4_bpe_state_clear (&encoder.state);
  gemma4_strbuf_clear (&encoder.spaced);
  if (status == GEMMA4_OK)
    return GEMMA4_OK;
  ids->n_ids = n_before;
  return gemma4_fail (error, status, "out of memory for the tokens of %zu bytes of text", n_bytes);
}
