/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: reads the fields of a serialized protocol buffer. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a field is written. */
typedef enum
{
  GEMMA4_WIRE_VARINT = 0,
  GEMMA4_WIRE_64_BITS = 1,
  GEMMA4_WIRE_BYTES = 2,
  GEMMA4_WIRE_32_BITS = 5,
} Gemma4Wire;

/* The part of a message that is still to be read. */
typedef struct
{
  const uint8_t *at, *end;
  bool bad;                     /* the message is damaged */
} Gemma4Protobuf;

typedef struct
{
  uint64_t number;
  Gemma4Wire wire;
  uint64_t value;               /* of a varint */
  const uint8_t *bytes;         /* [n_bytes], of the others */
  size_t n_bytes;
} Gemma4Field;

/* Reads the next field; false at the end or when the message is damaged. */
bool gemma4_protobuf_next (Gemma4Protobuf * self, Gemma4Field * field);
