/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json-reader.h"

#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_COUNT (UINT64_C (1) << 53)

void
gemma4_json_reader_fail (Gemma4JsonReader *self, const char *format, ...)
{
  char sentence[400];
  size_t line = 1;
  va_list args;
  if (self->status != GEMMA4_OK)
    return;
  va_start (args, format);
  vsnprintf (sentence, sizeof sentence, format, args);
  va_end (args);
  for (const char *at = self->start; at < self->at; at++)
    line += *at == '\n';
  self->status = gemma4_fail (self->error, GEMMA4_BAD_DATA, "line %zu: %s", line, sentence);
}

/* Says that @wanted was expected. */
static bool
fail_expected (Gemma4JsonReader *self, const char *wanted)
{
  if (self->at == self->end)
    gemma4_json_reader_fail (self, "expected %s, but the file ends: it is cut short", wanted);
  else if (*self->at > 0x20 && *self->at < 0x7f)
    gemma4_json_reader_fail (self, "expected %s, found '%c'", wanted, *self->at);
  else
    gemma4_json_reader_fail (self, "expected %s, found byte 0x%02x", wanted, (uint8_t) *self->at);
  return false;
}

static bool
is_blank (char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The next character that is no blank, or NUL at the end. With one value a line
 * most of a file is indents. */
static char
next_char (Gemma4JsonReader *self)
{
  const char *at = self->at;
  const char *end = self->end;
  while (at < end && is_blank (*at))
    at += end - at >= 4 && memcmp (at, "    ", 4) == 0 ? 4 : 1;
  self->at = at;
  return at < end && self->status == GEMMA4_OK ? *at : '\0';
}

Gemma4JsonReaderType
gemma4_json_reader_peek (Gemma4JsonReader *self)
{
  char c = next_char (self);
  switch (c) {
    case '{':
      return GEMMA4_JSON_READER_OBJECT;
    case '[':
      return GEMMA4_JSON_READER_ARRAY;
    case '"':
      return GEMMA4_JSON_READER_STRING;
    case 't':
    case 'f':
      return GEMMA4_JSON_READER_BOOLEAN;
    case 'n':
      return GEMMA4_JSON_READER_NULL;
    default:
      return c == '-' || (c >= '0' && c <= '9') ? GEMMA4_JSON_READER_NUMBER
          : GEMMA4_JSON_READER_NONE;
  }
}

/* Reads over the character @c, if it follows. */
static bool
take (Gemma4JsonReader *self, char c)
{
  if (next_char (self) != c || self->status != GEMMA4_OK)
    return false;
  self->at++;
  return true;
}

static bool
enter (Gemma4JsonReader *self, char bracket, const char *wanted)
{
  if (!take (self, bracket))
    return fail_expected (self, wanted);
  self->first = true;
  return true;
}

/* Whether something of the list follows, past the comma. */
static bool
next (Gemma4JsonReader *self, char bracket, const char *wanted)
{
  bool first = self->first;
  self->first = false;
  if (self->status != GEMMA4_OK || take (self, bracket))
    return false;
  return first || take (self, ',') || fail_expected (self, wanted);
}

bool
gemma4_json_reader_enter_object (Gemma4JsonReader *self)
{
  return enter (self, '{', "an object");
}

bool
gemma4_json_reader_enter_array (Gemma4JsonReader *self)
{
  return enter (self, '[', "an array");
}

bool
gemma4_json_reader_next_member (Gemma4JsonReader *self, const char **key, size_t *n_bytes)
{
  if (!next (self, '}', "',' or '}'") || !gemma4_json_reader_string (self, key, n_bytes))
    return false;
  return take (self, ':') || fail_expected (self, "':'");
}

bool
gemma4_json_reader_next_element (Gemma4JsonReader *self)
{
  if (!next (self, ']', "',' or ']'"))
    return false;
  return gemma4_json_reader_peek (self) != GEMMA4_JSON_READER_NONE
      || fail_expected (self, "a value");
}

/* Four hexadecimal digits as a number, or -1. */
static int
read_hex (Gemma4JsonReader *self)
{
  int value = 0;
  for (int i = 0; i < 4; i++, self->at++) {
    char c = self->at < self->end ? *self->at : '\0';
    if (c >= '0' && c <= '9')
      value = value << 4 | (c - '0');
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
      value = value << 4 | ((c | 0x20) - 'a' + 10);
    else
      return -1;
  }
  return value;
}

/* Appends the character of a \u escape, whose digits follow. */
static bool
read_unicode_escape (Gemma4JsonReader *self)
{
  int32_t c = read_hex (self);
  if (c >= 0xd800 && c < 0xdc00 && self->end - self->at > 2 && memcmp (self->at, "\\u", 2) == 0) {
    self->at += 2;
    int32_t low = read_hex (self);
    c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : -1;
  }
  if (c < 0 || (c >= 0xd800 && c < 0xe000)) {
    gemma4_json_reader_fail (self, "a \\u escape is not a character");
    return false;
  }
  char bytes[4] = { c };
  size_t n_bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n_bytes - 1; i > 0; i--, c >>= 6)
    bytes[i] = 0x80 | (c & 0x3f);
  if (n_bytes > 1)
    bytes[0] = (0xf00 >> n_bytes) | c;
  gemma4_strbuf_append_bytes (self->unescaped, bytes, n_bytes);
  return true;
}

static bool
read_escape (Gemma4JsonReader *self)
{
  static const char names[] = "\"\\/bfnrt";
  static const char values[] = "\"\\/\b\f\n\r\t";
  char c = self->at < self->end ? *self->at : '\0';
  const char *name = c ? strchr (names, c) : NULL;
  if (c != 'u' && !name)
    return fail_expected (self, "an escape such as \\n");
  self->at++;
  if (c == 'u')
    return read_unicode_escape (self);
  gemma4_strbuf_append_bytes (self->unescaped, &values[name - names], 1);
  return true;
}

/* Moves to the end of the string, an escape, or what does not belong there. */
static char
scan_string (Gemma4JsonReader *self)
{
  while (self->at < self->end && *self->at != '"' && *self->at != '\\'
      && (unsigned char) *self->at >= 0x20)
    self->at++;
  return self->at < self->end ? *self->at : '\0';
}

bool
gemma4_json_reader_string (Gemma4JsonReader *self, const char **text, size_t *n_bytes)
{
  if (!take (self, '"'))
    return fail_expected (self, "a string");
  const char *start = self->at;
  char stop = scan_string (self);
  if (stop == '"') {
    *text = start;
    *n_bytes = self->at++ - start;
    return true;
  }

  self->unescaped->n_bytes = 0;
  gemma4_strbuf_append_bytes (self->unescaped, start, self->at - start);
  while (stop == '\\') {
    self->at++;
    if (!read_escape (self))
      return false;
    start = self->at;
    stop = scan_string (self);
    gemma4_strbuf_append_bytes (self->unescaped, start, self->at - start);
  }
  if (stop != '"')
    return fail_expected (self, "'\"'");
  self->at++;
  if (self->unescaped->failed)
    gemma4_json_reader_check (self, GEMMA4_NO_MEMORY);
  *text = self->unescaped->text;
  *n_bytes = self->unescaped->n_bytes;
  return self->status == GEMMA4_OK;
}

bool
gemma4_json_reader_count (Gemma4JsonReader *self, uint64_t *value)
{
  uint64_t read = 0;
  if (gemma4_json_reader_peek (self) != GEMMA4_JSON_READER_NUMBER || *self->at == '-')
    return fail_expected (self, "a whole number that is not negative");
  do
    read = read * 10 + (*self->at++ - '0');
  while (read > 0 && read < MAX_COUNT && self->at < self->end && *self->at >= '0'
      && *self->at <= '9');
  if (read >= MAX_COUNT) {
    gemma4_json_reader_fail (self, "a number is over 2^53");
    return false;
  }
  if (self->at == self->end || *self->at == '.' || (*self->at | 0x20) == 'e')
    return fail_expected (self, "the end of a whole number");
  *value = read;
  return true;
}

/* Reads over @word, if it follows. */
static bool
take_word (Gemma4JsonReader *self, const char *word)
{
  size_t n_bytes = strlen (word);
  next_char (self);
  if (self->status != GEMMA4_OK || (size_t) (self->end - self->at) < n_bytes
      || memcmp (self->at, word, n_bytes) != 0)
    return false;
  self->at += n_bytes;
  return true;
}

bool
gemma4_json_reader_boolean (Gemma4JsonReader *self, bool *value)
{
  bool is_true = take_word (self, "true");
  if (!is_true && !take_word (self, "false"))
    return fail_expected (self, "true or false");
  *value = is_true;
  return true;
}

/* Moves to the end of a string that is not needed, whose quote is read. */
static bool
skip_string (Gemma4JsonReader *self)
{
  char stop;
  while ((stop = scan_string (self)) == '\\' && self->end - self->at > 1)
    self->at += 2;
  return stop == '"' ? take (self, '"') : fail_expected (self, "'\"'");
}

/* Whether it may be in a number, true, false or null. */
static bool
is_word (char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-'
      || c == '.';
}

/* Of a value that nobody needs only strings are looked into; brackets must be
 * as many as closing ones. */
bool
gemma4_json_reader_skip (Gemma4JsonReader *self)
{
  size_t depth = 0;
  if (gemma4_json_reader_peek (self) == GEMMA4_JSON_READER_NONE)
    return fail_expected (self, "a value");
  do {
    char c = next_char (self);
    if (c == '\0')
      return fail_expected (self, "']' or '}'");
    self->at++;
    if (c == '"' && !skip_string (self))
      return false;
    depth += c == '{' || c == '[';
    depth -= c == '}' || c == ']';
    while (is_word (c) && self->at < self->end && is_word (*self->at))
      self->at++;
  } while (depth > 0);
  return true;
}

bool
gemma4_json_reader_end (Gemma4JsonReader *self)
{
  if (next_char (self) != '\0' || self->at < self->end)
    return fail_expected (self, "nothing behind the last bracket");
  return self->status == GEMMA4_OK;
}

void
gemma4_json_reader_members (Gemma4JsonReader *self, const Gemma4JsonReaderMember *members,
    size_t n_members, void *user_data)
{
  const char *key;
  size_t n_bytes;
  gemma4_json_reader_enter_object (self);
  while (gemma4_json_reader_next_member (self, &key, &n_bytes)) {
    size_t i = 0;
    while (i < n_members && (n_bytes != strlen (members[i].key)
            || memcmp (key, members[i].key, n_bytes) != 0))
      i++;
    if (i < n_members)
      members[i].read (user_data);
    else
      gemma4_json_reader_skip (self);
  }
}

void
gemma4_json_reader_check (Gemma4JsonReader *self, Gemma4Status status)
{
  if (self->status != GEMMA4_OK)
    return;
  if (status == GEMMA4_NO_MEMORY)
    gemma4_fail (self->error, status, "out of memory");
  self->status = status;
}
