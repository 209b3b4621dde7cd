/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: what it must know of UTF-8. */

#include <gst/gemma4/status.h>

#include <stddef.h>

/* Bytes of the character at @text, or 0 if there is none: malformed, overlong,
 * a surrogate, over U+10FFFF or cut short. @n_bytes > 0. */
size_t gemma4_utf8_char_bytes (const char *text, size_t n_bytes);

/* GEMMA4_OK, or GEMMA4_BAD_UTF8 with a sentence that says at which byte.
 * @what: names the text, such as "the prompt" */
Gemma4Status gemma4_utf8_check (const char *what, const char *text, size_t n_bytes,
    Gemma4Error * error);

/* Moves @text and @n_bytes past the blanks at both ends: those that Python's
 * str.strip() removes, since the published chat template trims with it. Valid
 * UTF-8 only. */
void gemma4_utf8_trim (const char **text, size_t *n_bytes);
