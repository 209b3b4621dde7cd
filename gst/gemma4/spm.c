/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spm.h"

#include "error.h"
#include "protobuf.h"

#include <inttypes.h>
#include <string.h>

/* Numbers of the fields that are read. */
#define MODEL_PIECE 1
#define MODEL_TRAINER_SPEC 2
#define PIECE_TEXT 1
#define PIECE_SCORE 2
#define PIECE_TYPE 3
#define TRAINER_MODEL_TYPE 3
#define TRAINER_BYTE_FALLBACK 35

/* ModelProto.SentencePiece.Type */
enum { NORMAL = 1, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE };

/* TrainerSpec.ModelType */
enum { UNIGRAM = 1, BPE };

typedef struct
{
  Gemma4Bpe *bpe;
  uint64_t model_type;
  bool byte_fallback;
  Gemma4Error *error;
} Reader;

static Gemma4Status
fail_damaged (const Reader *self)
{
  return gemma4_fail (self->error, GEMMA4_BAD_DATA, "it is damaged, or neither a SentencePiece "
      "model (tokenizer.model, vocabulary.spm) nor a checkpoint's tokenizer.json");
}

/* The higher the score, the lower the rank; equal scores are equal ranks. */
static uint32_t
rank_of (float score)
{
  uint32_t bits;
  score += 0.0f;                /* -0 is 0 */
  memcpy (&bits, &score, sizeof bits);
  return bits & 0x80000000 ? bits : 0x7fffffff - bits;
}

static Gemma4PieceKind
kind_of (uint64_t type, const char *text, size_t n_bytes)
{
  switch (type) {
    case UNKNOWN:
    case CONTROL:
      return GEMMA4_PIECE_WHOLE;
    case USER_DEFINED:
      return memmem (text, n_bytes, GEMMA4_SPACE, strlen (GEMMA4_SPACE)) ? GEMMA4_PIECE_WHOLE_SPACED
          : GEMMA4_PIECE_WHOLE;
    case UNUSED:
      return GEMMA4_PIECE_UNUSED;
    case BYTE:
      return GEMMA4_PIECE_BYTE;
    default:
      return GEMMA4_PIECE_NORMAL;
  }
}

static Gemma4Status
read_piece (Reader *self, Gemma4Protobuf message)
{
  Gemma4Field field, text = { 0 };
  float score = 0.0f;
  uint64_t type = NORMAL;
  Gemma4Vocabulary *vocabulary = &self->bpe->vocabulary;
  uint32_t id = vocabulary->n_pieces;
  while (gemma4_protobuf_next (&message, &field)) {
    if (field.number == PIECE_TEXT && field.wire == GEMMA4_WIRE_BYTES)
      text = field;
    else if (field.number == PIECE_SCORE && field.wire == GEMMA4_WIRE_32_BITS)
      memcpy (&score, field.bytes, sizeof score);
    else if (field.number == PIECE_TYPE && field.wire == GEMMA4_WIRE_VARINT)
      type = field.value;
  }
  if (message.bad)
    return fail_damaged (self);
  if (type == UNKNOWN && self->bpe->unknown >= 0)
    return gemma4_fail (self->error, GEMMA4_BAD_DATA, "pieces %d and %u are both of type UNKNOWN",
        self->bpe->unknown, id);
  if (type == UNKNOWN)
    self->bpe->unknown = id;
  Gemma4Status status = gemma4_vocabulary_set (vocabulary, id, (const char *) text.bytes,
      text.n_bytes, kind_of (type, (const char *) text.bytes, text.n_bytes), self->error);
  if (status == GEMMA4_OK)
    vocabulary->pieces[id].rank = rank_of (score);
  return status;
}

static void
read_trainer_spec (Reader *self, Gemma4Protobuf *outer, Gemma4Protobuf message)
{
  Gemma4Field field;
  while (gemma4_protobuf_next (&message, &field)) {
    if (field.wire != GEMMA4_WIRE_VARINT)
      continue;
    if (field.number == TRAINER_MODEL_TYPE)
      self->model_type = field.value;
    else if (field.number == TRAINER_BYTE_FALLBACK)
      self->byte_fallback = field.value != 0;
  }
  outer->bad |= message.bad;
}

static Gemma4Status
read_model (Reader *self, Gemma4Protobuf message)
{
  Gemma4Field field;
  while (gemma4_protobuf_next (&message, &field)) {
    Gemma4Protobuf inner = { field.bytes, field.bytes + field.n_bytes, false };
    if (field.wire == GEMMA4_WIRE_BYTES && field.number == MODEL_TRAINER_SPEC)
      read_trainer_spec (self, &message, inner);
    if (field.wire != GEMMA4_WIRE_BYTES || field.number != MODEL_PIECE)
      continue;
    Gemma4Status status = read_piece (self, inner);
    if (status != GEMMA4_OK)
      return status;
  }
  if (message.bad || self->bpe->vocabulary.n_pieces == 0)
    return fail_damaged (self);
  if (self->model_type != BPE)
    return gemma4_fail (self->error, GEMMA4_BAD_DATA,
        "it is a SentencePiece model of type %" PRIu64 ", expected BPE (2): "
        "give the tokenizer of a Gemma 4 model", self->model_type);
  if (self->bpe->unknown < 0)
    return gemma4_fail (self->error, GEMMA4_BAD_DATA, "it has no piece of type UNKNOWN");
  return GEMMA4_OK;
}

Gemma4Status
gemma4_spm_read (const void *file, size_t n_bytes, Gemma4Bpe *bpe, Gemma4Error *error)
{
  Reader reader = { .bpe = bpe, .model_type = UNIGRAM, .error = error };
  bpe->fuse_unknown = true;
  bpe->ranks_pieces = true;
  Gemma4Status status = read_model (&reader, (Gemma4Protobuf) { file,
        (const uint8_t *) file + n_bytes, false });
  if (status == GEMMA4_OK)
    status = gemma4_vocabulary_finish (&bpe->vocabulary, error);
  if (status == GEMMA4_OK && reader.byte_fallback && !gemma4_bpe_use_bytes (bpe))
    status = gemma4_fail (error, GEMMA4_BAD_DATA, "it has byte_fallback, but not all of the "
        "pieces <0x00> to <0xFF>");
  return status;
}
