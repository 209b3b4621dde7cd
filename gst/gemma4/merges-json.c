/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "merges-json.h"

#include <string.h>

typedef struct
{
  Gemma4JsonReader *json;
  Gemma4Bpe *bpe;
  Gemma4StrBuf joined;          /* the text of what a merge makes */
} Reader;

/* Reads the text of a piece that a merge is of. Returns its id, or -1. */
static int64_t
read_merged (Reader *self)
{
  const char *text;
  size_t n_bytes;
  if (!gemma4_json_reader_next_element (self->json)) {
    gemma4_json_reader_fail (self->json, "a merge has less than two pieces");
    return -1;
  }
  if (!gemma4_json_reader_string (self->json, &text, &n_bytes))
    return -1;
  return gemma4_vocabulary_find (&self->bpe->vocabulary, text, n_bytes);
}

static void
read_merge_array (Reader *self, int64_t *left, int64_t *right)
{
  gemma4_json_reader_enter_array (self->json);
  *left = read_merged (self);
  *right = read_merged (self);
  if (gemma4_json_reader_next_element (self->json))
    gemma4_json_reader_fail (self->json, "a merge has more than two pieces");
}

static void
read_merge_string (Reader *self, int64_t *left, int64_t *right)
{
  const Gemma4Vocabulary *vocabulary = &self->bpe->vocabulary;
  const char *text;
  size_t n_bytes;
  if (!gemma4_json_reader_string (self->json, &text, &n_bytes))
    return;
  const char *space = memchr (text, ' ', n_bytes);
  const char *end = text + n_bytes;
  if (!space || memchr (space + 1, ' ', end - space - 1)) {
    gemma4_json_reader_fail (self->json, "a merge is not two pieces with a space between them");
    return;
  }
  *left = gemma4_vocabulary_find (vocabulary, text, space - text);
  *right = gemma4_vocabulary_find (vocabulary, space + 1, end - space - 1);
}

/* The id of two pieces as one, or -1. */
static int64_t
find_joined (Reader *self, uint32_t left, uint32_t right)
{
  const Gemma4Vocabulary *vocabulary = &self->bpe->vocabulary;
  const uint32_t ids[] = { left, right };
  self->joined.n_bytes = 0;
  for (size_t i = 0; i < 2; i++) {
    size_t n_bytes;
    const char *text = gemma4_vocabulary_piece (vocabulary, ids[i], &n_bytes);
    gemma4_strbuf_append_bytes (&self->joined, text, n_bytes);
  }
  gemma4_json_reader_check (self->json, self->joined.failed ? GEMMA4_NO_MEMORY : GEMMA4_OK);
  return self->joined.failed ? -1
      : gemma4_vocabulary_find (vocabulary, self->joined.text, self->joined.n_bytes);
}

static void
read_merge (Reader *self)
{
  int64_t left = -1, right = -1;
  if (gemma4_json_reader_peek (self->json) == GEMMA4_JSON_READER_STRING)
    read_merge_string (self, &left, &right);
  else
    read_merge_array (self, &left, &right);
  if (left < 0 || right < 0 || self->json->status != GEMMA4_OK)
    return;
  const Gemma4Piece *pieces = self->bpe->vocabulary.pieces;
  if (pieces[left].kind == GEMMA4_PIECE_BYTE || pieces[right].kind == GEMMA4_PIECE_BYTE
      || left == self->bpe->unknown || right == self->bpe->unknown)
    gemma4_json_reader_fail (self->json, "a merge is of a byte or of unk_token, expected text");
  int64_t result = find_joined (self, left, right);
  if (result >= 0)
    gemma4_json_reader_check (self->json,
        gemma4_merges_add (&self->bpe->merges, (Gemma4Merge) { left, right, result }));
}

void
gemma4_merges_read_json (Gemma4Bpe *bpe, Gemma4JsonReader *json)
{
  Reader reader = { json, bpe, { 0 } };
  gemma4_json_reader_enter_array (json);
  while (gemma4_json_reader_next_element (json))
    read_merge (&reader);
  if (json->status == GEMMA4_OK)
    gemma4_json_reader_check (json, gemma4_merges_finish (&bpe->merges));
  gemma4_strbuf_clear (&reader.joined);
}
