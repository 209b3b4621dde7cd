/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "utf8.h"

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

static bool
is_continuation (unsigned char byte)
{
  return (byte & 0xc0) == 0x80;
}

size_t
gemma4_utf8_char_bytes (const char *text, size_t n_bytes)
{
  const unsigned char *s = (const unsigned char *) text;
  if (s[0] < 0x80)
    return 1;

  size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
  if (s[0] < 0xc2 || s[0] > 0xf4 || length > n_bytes)
    return 0;
  for (size_t i = 1; i < length; i++)
    if (!is_continuation (s[i]))
      return 0;

  bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
  bool surrogate = s[0] == 0xed && s[1] > 0x9f;
  bool too_large = s[0] == 0xf4 && s[1] > 0x8f;
  return overlong || surrogate || too_large ? 0 : length;
}

Gemma4Status
gemma4_utf8_check (const char *what, const char *text, size_t n_bytes, Gemma4Error *error)
{
  for (size_t at = 0; at < n_bytes;) {
    size_t length = gemma4_utf8_char_bytes (text + at, n_bytes - at);
    if (length == 0)
      return gemma4_fail (error, GEMMA4_BAD_UTF8,
          "%s is not valid UTF-8 at byte %zu (0x%02x): convert it to UTF-8", what, at,
          (unsigned char) text[at]);
    at += length;
  }
  return GEMMA4_OK;
}

/* The character at @text, whose length is @length. */
static uint32_t
code_point (const char *text, size_t length)
{
  const unsigned char *s = (const unsigned char *) text;
  if (length == 1)
    return s[0];
  uint32_t c = s[0] & (0x7f >> length);
  for (size_t i = 1; i < length; i++)
    c = c << 6 | (s[i] & 0x3f);
  return c;
}

static bool
is_blank (uint32_t c)
{
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0
      || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029
      || c == 0x202f || c == 0x205f || c == 0x3000;
}

void
gemma4_utf8_trim (const char **text, size_t *n_bytes)
{
  const char *begin = *text;
  const char *end = begin + *n_bytes;

  while (begin < end) {
    size_t length = gemma4_utf8_char_bytes (begin, end - begin);
    if (!is_blank (code_point (begin, length)))
      break;
    begin += length;
  }
  while (end > begin) {
    const char *last = end - 1;
    while (is_continuation (*last))
      last--;
    if (!is_blank (code_point (last, end - last)))
      break;
    end = last;
  }
  *text = begin;
  *n_bytes = end - begin;
}
