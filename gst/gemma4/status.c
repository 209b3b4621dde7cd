/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "error.h"

#include <stdarg.h>
#include <stdio.h>

const char *
gemma4_status_string (Gemma4Status status)
{
  switch (status) {
    case GEMMA4_OK:
      return "ok";
    case GEMMA4_BAD_ARGUMENT:
      return "bad argument";
    case GEMMA4_NO_MEMORY:
      return "out of memory";
    case GEMMA4_NOT_FOUND:
      return "not found";
    case GEMMA4_BAD_DATA:
      return "bad data";
    case GEMMA4_BAD_UTF8:
      return "not valid UTF-8";
    case GEMMA4_MEDIA_MISMATCH:
      return "placeholders and media do not match";
    case GEMMA4_LIMIT:
      return "over a limit";
    case GEMMA4_BAD_SIZE:
      return "shapes of pictures do not match";
  }
  return "unknown status";
}

static void
set_error (Gemma4Error *error, uint64_t needed, uint64_t allowed, const char *format,
    va_list args)
{
  if (!error)
    return;
  vsnprintf (error->text, sizeof error->text, format, args);
  error->needed = needed;
  error->allowed = allowed;
}

Gemma4Status
gemma4_fail (Gemma4Error *error, Gemma4Status status, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  set_error (error, 0, 0, format, args);
  va_end (args);
  return status;
}

Gemma4Status
gemma4_fail_limit (Gemma4Error *error, uint64_t needed, uint64_t allowed,
    const char *format, ...)
{
  va_list args;
  va_start (args, format);
  set_error (error, needed, allowed, format, args);
  va_end (args);
  return GEMMA4_LIMIT;
}
