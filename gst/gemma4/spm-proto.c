/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "spm-proto.h"

#include "error.h"

#include <stdbool.h>
#include <stdlib.h>

/* Numbers of the fields that are read. */
#define MODEL_PIECE 1
#define MODEL_TRAINER_SPEC 2
#define PIECE_TYPE 3
#define TRAINER_MODEL_TYPE 3

/* How a field is written. */
#define WIRE_VARINT 0
#define WIRE_64_BITS 1
#define WIRE_BYTES 2
#define WIRE_32_BITS 5

/* The part of a message that is still to be read. */
typedef struct
{
  const uint8_t *at;
  const uint8_t *end;
  bool bad;
} Reader;

typedef struct
{
  uint64_t number;
  unsigned wire;
  uint64_t value;               /* of a WIRE_VARINT */
  const uint8_t *bytes;         /* of the others: [n_bytes] */
  uint64_t n_bytes;
} Field;

static uint64_t
read_varint (Reader *reader)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (reader->at == reader->end)
      break;
    uint8_t byte = *reader->at++;
    value |= (uint64_t) (byte & 0x7f) << shift;
    if (byte < 0x80)
      return value;
  }
  reader->bad = true;
  return 0;
}

/* Reads the next field; false at the end or when the message is damaged. */
static bool
read_field (Reader *reader, Field *field)
{
  if (reader->at == reader->end)
    return false;

  uint64_t tag = read_varint (reader);
  *field = (Field) { .number = tag >> 3, .wire = tag & 7 };
  switch (field->wire) {
    case WIRE_VARINT:
      field->value = read_varint (reader);
      break;
    case WIRE_64_BITS:
      field->n_bytes = 8;
      break;
    case WIRE_BYTES:
      field->n_bytes = read_varint (reader);
      break;
    case WIRE_32_BITS:
      field->n_bytes = 4;
      break;
    default:
      reader->bad = true;
  }
  if (field->number == 0 || field->n_bytes > (uint64_t) (reader->end - reader->at))
    reader->bad = true;
  if (reader->bad)
    return false;
  field->bytes = reader->at;
  reader->at += field->n_bytes;
  return true;
}

/* The last value of number field @number in the message that @field is, or
 * @missing. */
static uint64_t
read_enum (Reader *outer, const Field *field, uint64_t number, uint64_t missing)
{
  Reader reader = { field->bytes, field->bytes + field->n_bytes, false };
  Field inner;
  uint64_t value = missing;
  while (read_field (&reader, &inner))
    if (inner.number == number && inner.wire == WIRE_VARINT)
      value = inner.value;
  outer->bad |= reader.bad;
  return value;
}

/* Walks over the model: counts the pieces, and writes their types unless
 * proto->types is NULL. */
static bool
walk (const uint8_t *file, size_t n_bytes, Gemma4SpmProto *proto)
{
  Reader reader = { file, file + n_bytes, false };
  Field field;
  proto->n_pieces = 0;
  proto->model_type = GEMMA4_SPM_UNIGRAM;
  while (!reader.bad && read_field (&reader, &field)) {
    if (field.wire != WIRE_BYTES)
      continue;
    if (field.number == MODEL_PIECE) {
      uint64_t type = read_enum (&reader, &field, PIECE_TYPE, GEMMA4_SPM_NORMAL);
      if (proto->types)
        proto->types[proto->n_pieces] = type <= GEMMA4_SPM_BYTE ? type : GEMMA4_SPM_NORMAL;
      proto->n_pieces++;
    } else if (field.number == MODEL_TRAINER_SPEC) {
      proto->model_type = read_enum (&reader, &field, TRAINER_MODEL_TYPE, proto->model_type);
    }
  }
  return !reader.bad && proto->n_pieces > 0;
}

Gemma4Status
gemma4_spm_proto_read (const void *file, size_t n_bytes, Gemma4SpmProto *proto,
    Gemma4Error *error)
{
  Gemma4SpmProto read = { 0 };
  if (n_bytes > INT32_MAX || !walk (file, n_bytes, &read))
    return gemma4_fail (error, GEMMA4_BAD_DATA, "it is damaged or no SentencePiece model: "
        "expected a file such as tokenizer.model or vocabulary.spm");
  read.types = malloc (read.n_pieces);
  if (!read.types)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory for %u pieces", read.n_pieces);
  walk (file, n_bytes, &read);
  *proto = read;
  return GEMMA4_OK;
}

void
gemma4_spm_proto_clear (Gemma4SpmProto *self)
{
  free (self->types);
  *self = (Gemma4SpmProto) { 0 };
}
