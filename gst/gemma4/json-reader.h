/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: reads JSON (RFC 8259) value by value, without a tree. What
 * fails is remembered with a sentence that says where, and everything fails after
 * it, so that callers may ask once, at the end. A copy of a reader is a bookmark. */

#include <gst/gemma4/status.h>
#include <gst/gemma4/strbuf.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  GEMMA4_JSON_READER_NONE,             /* the text ends, or none of these follows */
  GEMMA4_JSON_READER_OBJECT,
  GEMMA4_JSON_READER_ARRAY,
  GEMMA4_JSON_READER_STRING,
  GEMMA4_JSON_READER_NUMBER,
  GEMMA4_JSON_READER_BOOLEAN,
  GEMMA4_JSON_READER_NULL,
} Gemma4JsonReaderType;

typedef struct
{
  const char *start, *at, *end;
  bool first;                   /* a list was entered, and nothing of it is read */
  Gemma4Status status;          /* GEMMA4_OK until something fails */
  Gemma4StrBuf *unescaped;      /* holds a string that had escapes */
  Gemma4Error *error;           /* (nullable) */
} Gemma4JsonReader;

/* What follows. */
Gemma4JsonReaderType gemma4_json_reader_peek (Gemma4JsonReader * self);

/* Goes into the object that follows; false if none does. */
bool gemma4_json_reader_enter_object (Gemma4JsonReader * self);

/* Goes to the next value of the object and reads its key, as
 * gemma4_json_reader_string() does; false behind the last one. */
bool gemma4_json_reader_next_member (Gemma4JsonReader * self, const char **key, size_t *n_bytes);

/* The same for arrays. */
bool gemma4_json_reader_enter_array (Gemma4JsonReader * self);
bool gemma4_json_reader_next_element (Gemma4JsonReader * self);

/* Reads a string: [n_bytes] @text, not NUL-terminated, valid until the next string.
 * Whether it is UTF-8 is not looked at. */
bool gemma4_json_reader_string (Gemma4JsonReader * self, const char **text, size_t *n_bytes);

/* Reads a number that is an integer from 0 to 2^53. */
bool gemma4_json_reader_count (Gemma4JsonReader * self, uint64_t *value);

bool gemma4_json_reader_boolean (Gemma4JsonReader * self, bool *value);

/* Reads over the value that follows, whatever it is. */
bool gemma4_json_reader_skip (Gemma4JsonReader * self);

/* False unless nothing but blanks is left. */
bool gemma4_json_reader_end (Gemma4JsonReader * self);

/* What is read under a key of an object. */
typedef struct
{
  const char *key;
  void (*read) (void *user_data);
} Gemma4JsonReaderMember;

/* Reads the object that follows: the members that are listed with their functions,
 * over the others. */
void gemma4_json_reader_members (Gemma4JsonReader * self, const Gemma4JsonReaderMember * members,
    size_t n_members, void *user_data);

#define GEMMA4_JSON_READER_MEMBERS(self, members, user_data) \
  gemma4_json_reader_members (self, members, sizeof (members) / sizeof (members)[0], user_data)

/* Remembers the printf-style sentence, with the line added, unless something
 * failed before. */
__attribute__ ((format (printf, 2, 3)))
void gemma4_json_reader_fail (Gemma4JsonReader * self, const char *format, ...);

/* Remembers that something else than reading failed, which has said why unless
 * memory ran out. */
void gemma4_json_reader_check (Gemma4JsonReader * self, Gemma4Status status);
