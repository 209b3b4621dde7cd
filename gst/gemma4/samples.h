/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: samples of sound as they come in. Addresses need not be
 * aligned. */

#include <stddef.h>
#include <stdint.h>

/* Writes [n] 16-bit samples, each divided by 32768, to @dst. */
void gemma4_samples_from_s16 (float *dst, const int16_t * src, size_t n);

/* Writes 0 over every NaN, infinity and value beyond 1e18 of [n] @samples, and
 * returns how many there were. */
size_t gemma4_samples_replace_faults (float *samples, size_t n);
