/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "protobuf.h"

static uint64_t
read_varint (Gemma4Protobuf *self)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (self->at == self->end)
      break;
    uint8_t byte = *self->at++;
    value |= (uint64_t) (byte & 0x7f) << shift;
    if (byte < 0x80)
      return value;
  }
  self->bad = true;
  return 0;
}

bool
gemma4_protobuf_next (Gemma4Protobuf *self, Gemma4Field *field)
{
  if (self->bad || self->at == self->end)
    return false;

  uint64_t n_bytes = 0;
  uint64_t tag = read_varint (self);
  *field = (Gemma4Field) { .number = tag >> 3, .wire = tag & 7 };
  switch (field->wire) {
    case GEMMA4_WIRE_VARINT:
      field->value = read_varint (self);
      break;
    case GEMMA4_WIRE_64_BITS:
      n_bytes = 8;
      break;
    case GEMMA4_WIRE_BYTES:
      n_bytes = read_varint (self);
      break;
    case GEMMA4_WIRE_32_BITS:
      n_bytes = 4;
      break;
    default:
      self->bad = true;
  }
  if (field->number == 0 || n_bytes > (uint64_t) (self->end - self->at))
    self->bad = true;
  if (self->bad)
    return false;
  field->bytes = self->at;
  field->n_bytes = n_bytes;
  self->at += n_bytes;
  return true;
}
