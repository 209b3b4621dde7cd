/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "detokenizer.h"

#include "error.h"
#include "strbuf.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SPACE "\xe2\x96\x81"    /* U+2581, which stands for a space */
#define REPLACEMENT "\xef\xbf\xbd"      /* U+FFFD */
#define MAX_CHAR_BYTES 4

typedef enum
{
  KIND_TEXT,                    /* the piece as it is written, but for SPACE */
  KIND_BYTE,                    /* <0xNN> */
  KIND_DROPPED,
  KIND_UNKNOWN,                 /* as SentencePiece writes it */
} Kind;

struct Gemma4Detokenizer
{
  const Gemma4Tokenizer *tokenizer;
  uint8_t *kinds;               /* [n_pieces], of Kind */
  int32_t thought_begin, thought_end;   /* -1: thoughts stay */
  bool in_thought;
  char held[MAX_CHAR_BYTES];    /* [n_held], the begin of a character */
  size_t n_held;
  uint64_t n_replaced;
  Gemma4StrBuf text;            /* of the id that came last */
};

/* The added tokens of the checkpoints' tokenizer.json, all of them special, by whose
 * names those of a SentencePiece model are known. */
static const char *const special_names[] = {
  "<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|turn>", "<turn|>", "<|channel>",
  "<channel|>", "<|think|>", "<|tool>", "<tool|>", "<|tool_call>", "<tool_call|>",
  "<|tool_response>", "<tool_response|>", "<|\"|>", "<|image>", "<|image|>", "<image|>",
  "<|audio>", "<|audio|>", "<audio|>", "<|video|>",
};

/* KerasHub leaves <|image> in: its users write it. */
static const char *const kerashub_names[] = {
  "<bos>", "<eos>", "<pad>", "<|image|>", "<image|>", "<|video|>", "<|audio>", "<|audio|>",
  "<audio|>",
};

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that a piece like <0xE2> stands for, or -1. */
static int
byte_of (const char *piece, size_t n_bytes)
{
  if (n_bytes != 6 || memcmp (piece, "<0x", 3) != 0 || piece[5] != '>')
    return -1;
  int high = hex_digit (piece[3]), low = hex_digit (piece[4]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static void
set_kind (Gemma4Detokenizer *self, const char *name, Kind kind)
{
  int32_t id = gemma4_tokenizer_find (self->tokenizer, name);
  if (id >= 0)
    self->kinds[id] = kind;
}

static Gemma4Status
classify (Gemma4Detokenizer *self, Gemma4Strip strip, Gemma4Error *error)
{
  uint32_t n_pieces = gemma4_tokenizer_n_pieces (self->tokenizer);
  self->kinds = calloc (n_pieces ? n_pieces : 1, 1);
  if (!self->kinds)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for %" PRIu32 " pieces", n_pieces);
  for (uint32_t id = 0; id < n_pieces; id++) {
    size_t n_bytes;
    const char *piece = gemma4_tokenizer_piece (self->tokenizer, id, &n_bytes);
    if (gemma4_utf8_check ("a piece", piece, n_bytes, NULL) != GEMMA4_OK)
      return gemma4_fail (error, GEMMA4_BAD_DATA, "piece %" PRIu32 " of the vocabulary is not "
          "UTF-8: give the tokenizer of a Gemma 4 model", id);
    self->kinds[id] = byte_of (piece, n_bytes) >= 0 ? KIND_BYTE : KIND_TEXT;
    if (strip == GEMMA4_STRIP_SPECIAL && gemma4_tokenizer_is_special (self->tokenizer, id))
      self->kinds[id] = KIND_DROPPED;
  }
  for (size_t i = 0; i < sizeof special_names / sizeof *special_names
      && strip == GEMMA4_STRIP_SPECIAL; i++)
    set_kind (self, special_names[i], KIND_DROPPED);
  for (size_t i = 0; i < sizeof kerashub_names / sizeof *kerashub_names
      && strip == GEMMA4_STRIP_KERASHUB; i++)
    set_kind (self, kerashub_names[i], KIND_DROPPED);
  if (strip == GEMMA4_STRIP_KERASHUB)
    set_kind (self, "<unk>", KIND_UNKNOWN);
  return GEMMA4_OK;
}

static Gemma4Status
find_thoughts (Gemma4Detokenizer *self, Gemma4Error *error)
{
  const Gemma4SpecialIds *ids = gemma4_tokenizer_special_ids (self->tokenizer);
  self->thought_begin = ids->thought_begin;
  self->thought_end = ids->thought_end;
  if (self->thought_begin >= 0 && self->thought_end >= 0)
    return GEMMA4_OK;
  return gemma4_fail (error, GEMMA4_NOT_FOUND, "%s is needed to remove thoughts, but the "
      "tokenizer's vocabulary lacks it", self->thought_begin < 0 ? "<|channel>" : "<channel|>");
}

Gemma4Status
gemma4_detokenizer_new (const Gemma4Tokenizer *tokenizer, Gemma4Strip strip,
    bool strip_thinking, Gemma4Detokenizer **self, Gemma4Error *error)
{
  Gemma4Detokenizer *made = calloc (1, sizeof *made);
  if (!made)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for a detokenizer");
  made->tokenizer = tokenizer;
  made->thought_begin = made->thought_end = -1;
  Gemma4Status status = classify (made, strip, error);
  if (status == GEMMA4_OK && strip_thinking)
    status = find_thoughts (made, error);
  if (status == GEMMA4_OK)
    *self = made;
  else
    gemma4_detokenizer_free (made);
  return status;
}

void
gemma4_detokenizer_free (Gemma4Detokenizer *self)
{
  if (!self)
    return;
  gemma4_strbuf_clear (&self->text);
  free (self->kinds);
  free (self);
}

/* Whether more bytes can make a character of [n_bytes] @text. */
static bool
is_begun (const char *text, size_t n_bytes)
{
  static const unsigned char fills[] = { 0x80, 0xbf };
  for (size_t i = 0; i < sizeof fills; i++) {
    char whole[MAX_CHAR_BYTES];
    memset (whole, fills[i], sizeof whole);
    memcpy (whole, text, n_bytes);
    if (gemma4_utf8_char_bytes (whole, sizeof whole) > n_bytes)
      return true;
  }
  return false;
}

static void
drop_held (Gemma4Detokenizer *self, size_t n_bytes)
{
  self->n_held -= n_bytes;
  memmove (self->held, self->held + n_bytes, self->n_held);
}

static void
replace_held (Gemma4Detokenizer *self)
{
  gemma4_strbuf_append (&self->text, REPLACEMENT);
  self->n_replaced++;
  drop_held (self, 1);
}

static void
append_byte (Gemma4Detokenizer *self, char byte)
{
  self->held[self->n_held++] = byte;
  while (self->n_held > 0) {
    size_t n_bytes = gemma4_utf8_char_bytes (self->held, self->n_held);
    if (n_bytes > 0) {
      gemma4_strbuf_append_bytes (&self->text, self->held, n_bytes);
      drop_held (self, n_bytes);
    } else if (is_begun (self->held, self->n_held)) {
      break;
    } else {
      replace_held (self);
    }
  }
}

static void
append_piece (Gemma4Detokenizer *self, const char *piece, size_t n_bytes)
{
  const char *end = piece + n_bytes;
  const char *space;
  while ((space = memmem (piece, end - piece, SPACE, strlen (SPACE)))) {
    gemma4_strbuf_append_bytes (&self->text, piece, space - piece);
    gemma4_strbuf_append (&self->text, " ");
    piece = space + strlen (SPACE);
  }
  gemma4_strbuf_append_bytes (&self->text, piece, end - piece);
}

static void
append_id (Gemma4Detokenizer *self, uint32_t id)
{
  size_t n_bytes;
  const char *piece = gemma4_tokenizer_piece (self->tokenizer, id, &n_bytes);
  if (self->kinds[id] == KIND_DROPPED)
    return;
  if (self->kinds[id] == KIND_BYTE) {
    append_byte (self, (char) byte_of (piece, n_bytes));
    return;
  }
  while (self->n_held > 0)
    replace_held (self);
  if (self->kinds[id] == KIND_UNKNOWN)
    gemma4_strbuf_append (&self->text, " \xe2\x81\x87 ");
  else
    append_piece (self, piece, n_bytes);
}

Gemma4Status
gemma4_detokenizer_push (Gemma4Detokenizer *self, int64_t id, const char **text,
    size_t *n_bytes, Gemma4Error *error)
{
  uint32_t n_pieces = gemma4_tokenizer_n_pieces (self->tokenizer);
  if (id < 0 || id >= n_pieces)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "id %" PRId64 " is not in the vocabulary, "
        "whose ids are 0 to %" PRIu32 ": take the tokenizer of the model that answers", id,
        n_pieces - 1);
  self->text.n_bytes = 0;
  if (self->thought_begin >= 0 && (id == self->thought_begin || id == self->thought_end))
    self->in_thought = id == self->thought_begin;
  else if (!self->in_thought)
    append_id (self, (uint32_t) id);
  if (self->text.failed)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for a piece of text");
  *text = self->text.text ? self->text.text : "";
  *n_bytes = self->text.n_bytes;
  return GEMMA4_OK;
}

void
gemma4_detokenizer_finish (Gemma4Detokenizer *self, const char **text, size_t *n_bytes)
{
  self->text.n_bytes = 0;
  while (self->n_held > 0)
    replace_held (self);
  self->in_thought = false;
  *text = self->text.text ? self->text.text : "";
  *n_bytes = self->text.n_bytes;
}

uint64_t
gemma4_detokenizer_n_replaced (const Gemma4Detokenizer *self)
{
  return self->n_replaced;
}
