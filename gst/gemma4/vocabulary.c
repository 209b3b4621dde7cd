/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vocabulary.h"

#include "error.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The text of a piece that is looked for. */
typedef struct
{
  const char *text;
  size_t n_bytes;
} Key;

static uint64_t
hash_text (const char *text, size_t n_bytes)
{
  uint64_t hash = n_bytes;
  while (n_bytes > 0) {
    uint64_t word = 0;
    size_t n = n_bytes < sizeof word ? n_bytes : sizeof word;
    memcpy (&word, text, n);
    hash = gemma4_index_mix (hash ^ word);
    text += n;
    n_bytes -= n;
  }
  return hash;
}

bool
gemma4_vocabulary_is (const Gemma4Vocabulary *self, uint32_t id, const char *text,
    size_t n_bytes)
{
  const Gemma4Piece *piece = &self->pieces[id];
  return piece->n_bytes == n_bytes
      && memcmp (self->text.text + piece->start, text, n_bytes) == 0;
}

static bool
is_piece (const void *owner, uint32_t id, const void *key)
{
  const Key *wanted = key;
  return gemma4_vocabulary_is (owner, id, wanted->text, wanted->n_bytes);
}

/* Makes sure that there is a place for piece @id. */
static Gemma4Status
reserve (Gemma4Vocabulary *self, uint32_t id)
{
  if (id >= self->capacity) {
    uint32_t capacity = id < 1024 ? 1024 : id * 2;
    Gemma4Piece *grown = reallocarray (self->pieces, capacity, sizeof *grown);
    if (!grown)
      return GEMMA4_NO_MEMORY;
    self->pieces = grown;
    self->capacity = capacity;
  }
  for (; self->n_pieces <= id; self->n_pieces++)
    self->pieces[self->n_pieces] = (Gemma4Piece) { 0 };
  return GEMMA4_OK;
}

Gemma4Status
gemma4_vocabulary_set (Gemma4Vocabulary *self, uint64_t id, const char *text, size_t n_bytes,
    Gemma4PieceKind kind, Gemma4Error *error)
{
  if (id >= GEMMA4_MAX_PIECES)
    return gemma4_fail (error, GEMMA4_BAD_DATA, "a piece has the id %" PRIu64 ", expected 0 to %"
        PRIu32, id, GEMMA4_MAX_PIECES - 1);
  if (n_bytes == 0)
    return gemma4_fail (error, GEMMA4_BAD_DATA, "piece %" PRIu64 " is empty", id);
  if (gemma4_utf8_check ("a piece", text, n_bytes, NULL) != GEMMA4_OK)
    return gemma4_fail (error, GEMMA4_BAD_DATA, "piece %" PRIu64 " is not UTF-8", id);
  if (id < self->n_pieces && self->pieces[id].kind != GEMMA4_PIECE_NONE)
    return gemma4_fail (error, GEMMA4_BAD_DATA, "two pieces have the id %" PRIu64, id);

  size_t start = self->text.n_bytes;
  gemma4_strbuf_append_bytes (&self->text, text, n_bytes);
  if (self->text.failed || self->text.n_bytes > UINT32_MAX
      || reserve (self, id) != GEMMA4_OK)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory for %" PRIu64 " pieces", id + 1);
  self->pieces[id] = (Gemma4Piece) { start, n_bytes, 0, kind };
  return GEMMA4_OK;
}

Gemma4Status
gemma4_vocabulary_finish (Gemma4Vocabulary *self, Gemma4Error *error)
{
  if (self->n_pieces == 0)
    return gemma4_fail (error, GEMMA4_BAD_DATA, "it has no pieces");
  if (gemma4_index_init (&self->index, self->n_pieces) != GEMMA4_OK)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory for %u pieces", self->n_pieces);
  for (uint32_t id = 0; id < self->n_pieces; id++) {
    Key key;
    if (self->pieces[id].kind == GEMMA4_PIECE_NONE)
      return gemma4_fail (error, GEMMA4_BAD_DATA, "no piece has the id %u, but one has %u", id,
          self->n_pieces - 1);
    key.text = gemma4_vocabulary_piece (self, id, &key.n_bytes);
    int64_t other = gemma4_index_put (&self->index, hash_text (key.text, key.n_bytes), is_piece,
        self, &key, id);
    if (other >= 0)
      return gemma4_fail (error, GEMMA4_BAD_DATA, "pieces %" PRId64 " and %u are both \"%.*s\"",
          other, id, (int) (key.n_bytes < 100 ? key.n_bytes : 0), key.text);
  }
  return GEMMA4_OK;
}

void
gemma4_vocabulary_clear (Gemma4Vocabulary *self)
{
  gemma4_strbuf_clear (&self->text);
  free (self->pieces);
  gemma4_index_clear (&self->index);
  *self = (Gemma4Vocabulary) { 0 };
}

const char *
gemma4_vocabulary_piece (const Gemma4Vocabulary *self, uint32_t id, size_t *n_bytes)
{
  *n_bytes = self->pieces[id].n_bytes;
  return self->text.text + self->pieces[id].start;
}

int32_t
gemma4_vocabulary_find (const Gemma4Vocabulary *self, const char *text, size_t n_bytes)
{
  Key key = { text, n_bytes };
  return gemma4_index_find (&self->index, hash_text (text, n_bytes), is_piece, self, &key);
}

void
gemma4_vocabulary_append_spaced (Gemma4StrBuf *to, const char *text, size_t n_bytes)
{
  const char *end = text + n_bytes;
  const char *space;
  for (; (space = memchr (text, ' ', end - text)); text = space + 1) {
    gemma4_strbuf_append_bytes (to, text, space - text);
    gemma4_strbuf_append (to, GEMMA4_SPACE);
  }
  gemma4_strbuf_append_bytes (to, text, end - text);
}
