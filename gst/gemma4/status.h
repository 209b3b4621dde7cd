/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/visibility.h>

#include <stdint.h>

/**
 * Gemma4Status:
 * What a function of the core library says about its outcome. Outputs are
 * untouched unless it is GEMMA4_OK.
 */
typedef enum
{
  GEMMA4_OK = 0,
  GEMMA4_BAD_ARGUMENT,          /* a parameter is outside its documented range */
  GEMMA4_NO_MEMORY,             /* an allocation failed */
  GEMMA4_NOT_FOUND,             /* a file, a preset or a token does not exist */
  GEMMA4_BAD_DATA,              /* a file was read but is not what it should be */
  GEMMA4_BAD_UTF8,              /* text is not valid UTF-8 */
  GEMMA4_MEDIA_MISMATCH,        /* placeholders and media do not belong together */
  GEMMA4_LIMIT,                 /* more media or tokens than the settings allow */
  GEMMA4_BAD_SIZE,              /* pictures of shapes that cannot stand together */
} Gemma4Status;

/**
 * Gemma4Error:
 * One sentence for the user: what was expected, what came, what to do. The
 * caller owns it, usually on the stack; functions that take one accept NULL.
 */
typedef struct
{
  char text[512];               /* NUL-terminated UTF-8, empty if nothing went wrong */
  uint64_t needed, allowed;     /* GEMMA4_LIMIT: what of which there was too much; else 0 */
} Gemma4Error;

/* The name of @status in lower case, such as "bad argument". Never NULL. */
GEMMA4_API const char *gemma4_status_string (Gemma4Status status);
