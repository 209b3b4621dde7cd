/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
gemma4_notes_add (Gemma4Notes *notes, const char *format, ...)
{
  char *text;
  va_list args;
  char **texts = realloc (notes->texts, (notes->n + 1) * sizeof *texts);
  if (!texts)
    return;
  notes->texts = texts;
  va_start (args, format);
  if (vasprintf (&text, format, args) >= 0)
    texts[notes->n++] = text;
  va_end (args);
}

void
gemma4_notes_clear (Gemma4Notes *notes)
{
  for (size_t i = 0; i < notes->n; i++)
    free (notes->texts[i]);
  free (notes->texts);
  *notes = (Gemma4Notes) { 0 };
}
