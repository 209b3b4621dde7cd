/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: sentences that are no errors. */

#include <stddef.h>

/* Zero-initialise. A note for which there is no memory is lost. */
typedef struct
{
  char **texts;                 /* [n], each to be freed with free() */
  size_t n;
} Gemma4Notes;

__attribute__ ((format (printf, 2, 3)))
void gemma4_notes_add (Gemma4Notes * notes, const char *format, ...);

/* Frees them and leaves @notes empty. */
void gemma4_notes_clear (Gemma4Notes * notes);
