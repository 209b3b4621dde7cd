/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: how its functions fail with a sentence. */

#include <gst/gemma4/status.h>

/* Writes the printf-style sentence to @error, if there is one, and returns
 * @status, so that callers can `return gemma4_fail (...)`. */
__attribute__ ((format (printf, 3, 4)))
Gemma4Status gemma4_fail (Gemma4Error * error, Gemma4Status status,
    const char *format, ...);

/* The same for GEMMA4_LIMIT, with the two numbers besides the sentence. */
__attribute__ ((format (printf, 4, 5)))
Gemma4Status gemma4_fail_limit (Gemma4Error * error, uint64_t needed, uint64_t allowed,
    const char *format, ...);
