/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tokenizer-json.h"

#include "error.h"
#include "json-reader.h"
#include "merges-json.h"

#include <string.h>

/* A string of a setting; longer ones are none that is known. */
typedef char Name[64];

typedef struct
{
  uint64_t id;
  Gemma4StrBuf content;
  bool normalized;              /* matched once spaces have become U+2581 */
  bool special;
} AddedToken;

/* The normalizer or the pre-tokenizer. */
typedef struct
{
  Name type, pattern, content;
} Part;

typedef struct
{
  Gemma4JsonReader json;
  Gemma4Bpe *bpe;
  Gemma4JsonReader added_tokens, merges;        /* bookmarks */
  AddedToken token;             /* the one that is read */
  Part part;                    /* the same */
  Name unknown;
  bool byte_fallback, has_normalizer, has_model, has_vocab, has_merges;
} Reader;

/* Reads a name; null is "". */
static void
read_name (Reader *self, Name name)
{
  const char *text;
  size_t n_bytes;
  name[0] = '\0';
  if (gemma4_json_reader_peek (&self->json) == GEMMA4_JSON_READER_NULL) {
    gemma4_json_reader_skip (&self->json);
  } else if (gemma4_json_reader_string (&self->json, &text, &n_bytes)) {
    n_bytes = n_bytes < sizeof (Name) ? n_bytes : sizeof (Name) - 1;
    memcpy (name, text, n_bytes);
    name[n_bytes] = '\0';
  }
}

/* The normalizer and the pre-tokenizer. */

static void
read_part_type (void *reader)
{
  Reader *self = reader;
  read_name (self, self->part.type);
}

static void
read_part_content (void *reader)
{
  Reader *self = reader;
  read_name (self, self->part.content);
}

static void
read_pattern_string (void *reader)
{
  Reader *self = reader;
  read_name (self, self->part.pattern);
}

static void
read_part_pattern (void *reader)
{
  Reader *self = reader;
  static const Gemma4JsonReaderMember members[] = { {"String", read_pattern_string} };
  GEMMA4_JSON_READER_MEMBERS (&self->json, members, self);
}

static void
read_part (Reader *self)
{
  static const Gemma4JsonReaderMember members[] = {
    {"type", read_part_type}, {"pattern", read_part_pattern}, {"content", read_part_content},
  };
  self->part = (Part) { "" };
  if (gemma4_json_reader_peek (&self->json) == GEMMA4_JSON_READER_NULL)
    gemma4_json_reader_skip (&self->json);
  else
    GEMMA4_JSON_READER_MEMBERS (&self->json, members, self);
}

static void
read_normalizer (void *reader)
{
  Reader *self = reader;
  const Part *part = &self->part;
  read_part (self);
  self->has_normalizer = true;
  if (strcmp (part->type, "Replace") != 0 || strcmp (part->pattern, " ") != 0
      || strcmp (part->content, GEMMA4_SPACE) != 0)
    gemma4_json_reader_fail (&self->json, "the normalizer is \"%s\", expected one that "
        "replaces a space by U+2581: give the tokenizer of a Gemma 4 model", part->type);
}

/* Spaces have become U+2581 when it splits at spaces, so it has no effect. */
static void
read_pre_tokenizer (void *reader)
{
  Reader *self = reader;
  const Part *part = &self->part;
  read_part (self);
  if (part->type[0] && (strcmp (part->type, "Split") != 0 || strcmp (part->pattern, " ") != 0))
    gemma4_json_reader_fail (&self->json, "the pre_tokenizer is \"%s\", expected none, or a "
        "split at spaces: give the tokenizer of a Gemma 4 model", part->type);
}

/* The model. */

static void
read_model_type (void *reader)
{
  Reader *self = reader;
  Name type;
  read_name (self, type);
  if (strcmp (type, "BPE") != 0)
    gemma4_json_reader_fail (&self->json, "the model is of type \"%s\", expected \"BPE\": give the "
        "tokenizer of a Gemma 4 model", type);
}

static void
read_vocab (void *reader)
{
  Reader *self = reader;
  const char *text;
  size_t n_bytes;
  uint64_t id;
  self->has_vocab = true;
  gemma4_json_reader_enter_object (&self->json);
  while (gemma4_json_reader_next_member (&self->json, &text, &n_bytes)
      && gemma4_json_reader_count (&self->json, &id))
    gemma4_json_reader_check (&self->json, gemma4_vocabulary_set (&self->bpe->vocabulary, id, text,
            n_bytes, GEMMA4_PIECE_NORMAL, self->json.error));
}

/* Merges need all of the pieces, which may come later. */
static void
mark_merges (void *reader)
{
  Reader *self = reader;
  self->has_merges = true;
  self->merges = self->json;
  gemma4_json_reader_skip (&self->json);
}

static void
read_unknown (void *reader)
{
  Reader *self = reader;
  read_name (self, self->unknown);
}

static void
read_byte_fallback (void *reader)
{
  Reader *self = reader;
  gemma4_json_reader_boolean (&self->json, &self->byte_fallback);
}

static void
read_fuse_unknown (void *reader)
{
  Reader *self = reader;
  gemma4_json_reader_boolean (&self->json, &self->bpe->fuse_unknown);
}

static void
read_ignore_merges (void *reader)
{
  Reader *self = reader;
  gemma4_json_reader_boolean (&self->json, &self->bpe->ignore_merges);
}

static void
refuse_affix (void *reader)
{
  Reader *self = reader;
  Name affix;
  read_name (self, affix);
  if (affix[0])
    gemma4_json_reader_fail (&self->json, "the model marks parts of words with \"%s\", "
        "expected none: give the tokenizer of a Gemma 4 model", affix);
}

static void
read_model (void *reader)
{
  Reader *self = reader;
  static const Gemma4JsonReaderMember members[] = {
    {"type", read_model_type}, {"vocab", read_vocab}, {"merges", mark_merges},
    {"unk_token", read_unknown}, {"byte_fallback", read_byte_fallback},
    {"fuse_unk", read_fuse_unknown}, {"ignore_merges", read_ignore_merges},
    {"continuing_subword_prefix", refuse_affix}, {"end_of_word_suffix", refuse_affix},
  };
  self->has_model = true;
  GEMMA4_JSON_READER_MEMBERS (&self->json, members, self);
}

/* The added tokens. */

static void
read_token_id (void *reader)
{
  Reader *self = reader;
  gemma4_json_reader_count (&self->json, &self->token.id);
}

static void
read_token_content (void *reader)
{
  Reader *self = reader;
  const char *text;
  size_t n_bytes;
  self->token.content.n_bytes = 0;
  if (gemma4_json_reader_string (&self->json, &text, &n_bytes))
    gemma4_strbuf_append_bytes (&self->token.content, text, n_bytes);
}

static void
read_token_normalized (void *reader)
{
  Reader *self = reader;
  gemma4_json_reader_boolean (&self->json, &self->token.normalized);
}

static void
read_token_special (void *reader)
{
  Reader *self = reader;
  gemma4_json_reader_boolean (&self->json, &self->token.special);
}

/* What else a token may ask for: that blanks around it go, or letters are not there. */
static void
refuse_true (void *reader)
{
  Reader *self = reader;
  bool value = false;
  gemma4_json_reader_boolean (&self->json, &value);
  if (value)
    gemma4_json_reader_fail (&self->json, "an added token has single_word, lstrip or rstrip, "
        "which is not supported: give the tokenizer of a Gemma 4 model");
}

/* Makes the piece a whole one, or adds it. */
static Gemma4Status
add_token (Gemma4Vocabulary *vocabulary, const AddedToken *token, Gemma4Error *error)
{
  Gemma4PieceKind kind = token->normalized ? GEMMA4_PIECE_WHOLE_SPACED : GEMMA4_PIECE_WHOLE;
  const char *text = token->content.text;
  size_t n_bytes = token->content.n_bytes;
  if (token->content.failed)
    return GEMMA4_NO_MEMORY;
  Gemma4Status status = GEMMA4_OK;
  if (token->id >= vocabulary->n_pieces
      || vocabulary->pieces[token->id].kind == GEMMA4_PIECE_NONE)
    status = gemma4_vocabulary_set (vocabulary, token->id, text, n_bytes, kind, error);
  else if (!gemma4_vocabulary_is (vocabulary, token->id, text, n_bytes))
    status = gemma4_fail (error, GEMMA4_BAD_DATA, "an added token has the id of another piece: %u",
        (unsigned) token->id);
  if (status != GEMMA4_OK)
    return status;
  vocabulary->pieces[token->id].kind = kind;
  vocabulary->pieces[token->id].special = token->special;
  return GEMMA4_OK;
}

static void
read_added_token (Reader *self)
{
  static const Gemma4JsonReaderMember members[] = {
    {"id", read_token_id}, {"content", read_token_content},
    {"normalized", read_token_normalized}, {"special", read_token_special},
    {"single_word", refuse_true}, {"lstrip", refuse_true}, {"rstrip", refuse_true},
  };
  self->token.id = UINT64_MAX;
  self->token.content.n_bytes = 0;
  self->token.normalized = self->token.special = false;
  GEMMA4_JSON_READER_MEMBERS (&self->json, members, self);
  if (self->token.id == UINT64_MAX || self->token.content.n_bytes == 0)
    gemma4_json_reader_fail (&self->json, "an added token lacks its id or its content");
  if (self->json.status == GEMMA4_OK)
    gemma4_json_reader_check (&self->json,
        add_token (&self->bpe->vocabulary, &self->token, self->json.error));
}

static void
read_added_tokens (Reader *self)
{
  gemma4_json_reader_enter_array (&self->json);
  while (gemma4_json_reader_next_element (&self->json))
    read_added_token (self);
}

/* Added tokens may be among the pieces of the model, which come later. */
static void
mark_added_tokens (void *reader)
{
  Reader *self = reader;
  self->added_tokens = self->json;
  gemma4_json_reader_skip (&self->json);
}

/* Reads the whole file but for what is marked. */
static void
read_outline (Reader *self)
{
  static const Gemma4JsonReaderMember members[] = {
    {"added_tokens", mark_added_tokens}, {"normalizer", read_normalizer},
    {"pre_tokenizer", read_pre_tokenizer}, {"model", read_model},
  };
  GEMMA4_JSON_READER_MEMBERS (&self->json, members, self);
  gemma4_json_reader_end (&self->json);
  if (!self->has_model)
    gemma4_json_reader_fail (&self->json, "it has no \"model\": expected a checkpoint's "
        "tokenizer.json (that of a KerasHub preset holds settings only: give its vocabulary.spm)");
  else if (!self->has_vocab || !self->merges.start)
    gemma4_json_reader_fail (&self->json, "the model has no %s",
        self->has_vocab ? "merges" : "vocab");
  else if (!self->has_normalizer)
    gemma4_json_reader_fail (&self->json, "it has no normalizer, expected one that replaces a "
        "space by U+2581: give the tokenizer of a Gemma 4 model");
}

/* Goes back to what was marked. */
static void
go_to (Reader *self, const Gemma4JsonReader *bookmark)
{
  if (self->json.status == GEMMA4_OK)
    self->json = *bookmark;
}

/* What becomes of characters that are no piece. */
static void
find_fallback (Reader *self)
{
  Gemma4Bpe *bpe = self->bpe;
  bool all = self->byte_fallback && gemma4_bpe_use_bytes (bpe);
  bpe->unknown = gemma4_vocabulary_find (&bpe->vocabulary, self->unknown, strlen (self->unknown));
  if (!all && bpe->unknown < 0)
    gemma4_json_reader_fail (&self->json, "unk_token is \"%s\", expected a piece", self->unknown);
  for (size_t i = 0; i < sizeof bpe->byte_ids / sizeof *bpe->byte_ids; i++)
    if (bpe->byte_ids[i] >= 0)
      bpe->vocabulary.pieces[bpe->byte_ids[i]].kind = GEMMA4_PIECE_BYTE;
}

static void
read (Reader *self)
{
  read_outline (self);
  if (self->added_tokens.start) {
    go_to (self, &self->added_tokens);
    read_added_tokens (self);
  }
  if (self->json.status == GEMMA4_OK)
    gemma4_json_reader_check (&self->json,
        gemma4_vocabulary_finish (&self->bpe->vocabulary, self->json.error));
  if (self->json.status == GEMMA4_OK)
    find_fallback (self);
  go_to (self, &self->merges);
  gemma4_merges_read_json (self->bpe, &self->json);
}

bool
gemma4_tokenizer_json_looks (const void *file, size_t n_bytes)
{
  Gemma4JsonReader reader = { file, file, (const char *) file + n_bytes, .error = NULL };
  return gemma4_json_reader_peek (&reader) == GEMMA4_JSON_READER_OBJECT;
}

Gemma4Status
gemma4_tokenizer_json_read (const void *file, size_t n_bytes, Gemma4Bpe *bpe,
    Gemma4Error *error)
{
  Gemma4StrBuf unescaped = { 0 };
  Reader reader = {
    .json = { file, file, (const char *) file + n_bytes, .unescaped = &unescaped, .error = error },
    .bpe = bpe,
  };
  read (&reader);
  gemma4_strbuf_clear (&reader.token.content);
  gemma4_strbuf_clear (&unescaped);
  return reader.json.status;
}
