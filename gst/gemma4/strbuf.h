/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: text that grows. */

#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. A failed allocation is remembered, and everything appended
 * after it is ignored, so that only gemma4_strbuf_take() need be checked. */
typedef struct
{
  char *text;                   /* [n_bytes], NUL-terminated unless NULL */
  size_t n_bytes;
  size_t capacity;
  bool failed;
} Gemma4StrBuf;

void gemma4_strbuf_append_bytes (Gemma4StrBuf * self, const char *text, size_t n_bytes);
void gemma4_strbuf_append (Gemma4StrBuf * self, const char *text);

/* Appends @text @n_times. */
void gemma4_strbuf_repeat (Gemma4StrBuf * self, const char *text, size_t n_times);

/* Moves the text, at least "", into @text, to be freed with free(); or frees it
 * and returns GEMMA4_NO_MEMORY. @self is empty afterwards. */
Gemma4Status gemma4_strbuf_take (Gemma4StrBuf * self, char **text, Gemma4Error * error);

/* Frees the text and leaves @self empty. */
void gemma4_strbuf_clear (Gemma4StrBuf * self);
