/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "strbuf.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

/* Makes room for @n_more bytes and a NUL. */
static bool
reserve (Gemma4StrBuf *self, size_t n_more)
{
  size_t needed;
  if (self->failed || __builtin_add_overflow (self->n_bytes, n_more, &needed)
      || __builtin_add_overflow (needed, 1, &needed)) {
    self->failed = true;
    return false;
  }
  if (needed <= self->capacity)
    return true;

  size_t capacity = self->capacity > needed / 2 ? self->capacity * 2 : needed;
  char *text = realloc (self->text, capacity);
  if (!text) {
    self->failed = true;
    return false;
  }
  self->text = text;
  self->capacity = capacity;
  return true;
}

void
gemma4_strbuf_append_bytes (Gemma4StrBuf *self, const char *text, size_t n_bytes)
{
  if (!reserve (self, n_bytes))
    return;
  memcpy (self->text + self->n_bytes, text, n_bytes);
  self->n_bytes += n_bytes;
  self->text[self->n_bytes] = '\0';
}

void
gemma4_strbuf_append (Gemma4StrBuf *self, const char *text)
{
  gemma4_strbuf_append_bytes (self, text, strlen (text));
}

void
gemma4_strbuf_repeat (Gemma4StrBuf *self, const char *text, size_t n_times)
{
  size_t n_bytes;
  if (__builtin_mul_overflow (strlen (text), n_times, &n_bytes))
    self->failed = true;
  if (!reserve (self, n_bytes))
    return;
  for (size_t i = 0; i < n_times; i++)
    gemma4_strbuf_append (self, text);
}

Gemma4Status
gemma4_strbuf_take (Gemma4StrBuf *self, char **text, Gemma4Error *error)
{
  gemma4_strbuf_append (self, "");
  if (self->failed) {
    gemma4_strbuf_clear (self);
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory for the text");
  }
  *text = self->text;
  *self = (Gemma4StrBuf) { 0 };
  return GEMMA4_OK;
}

void
gemma4_strbuf_clear (Gemma4StrBuf *self)
{
  free (self->text);
  *self = (Gemma4StrBuf) { 0 };
}
