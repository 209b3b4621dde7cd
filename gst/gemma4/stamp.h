/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/visibility.h>

#include <stddef.h>
#include <stdint.h>

/* Room for the longest stamp and its NUL. */
#define GEMMA4_STAMP_BYTES 24

/**
 * gemma4_stamp_format:
 * Writes a time as the model reads it, mm:ss: rounded to the nearest
 * millisecond (4.99999995 s is 00:05), then truncated to seconds (59.99 s is
 * 00:59). Minutes go on past 99: 100 minutes is 100:00.
 * @text: (out): at least GEMMA4_STAMP_BYTES
 * @time_ns: since the clip's start; half a millisecond rounds up
 * Returns: bytes written without the NUL.
 * Source: transformers 5.17 processing_gemma4.py
 * Test: tests/check/libs/stamp.c
 */
GEMMA4_API size_t gemma4_stamp_format (char *text, uint64_t time_ns);
