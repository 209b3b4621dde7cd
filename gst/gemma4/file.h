/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: reads small files whole. */

#include <gst/gemma4/status.h>

#include <stddef.h>
#include <stdint.h>

/**
 * gemma4_file_read:
 * @path: of a regular file of 1 byte to 1 GiB
 * @contents: (out): [n_bytes], to be freed with free()
 * @error: (out) (nullable): what is wrong with the file, without its name
 * Returns: GEMMA4_OK; GEMMA4_NOT_FOUND if it cannot be opened; GEMMA4_BAD_DATA
 *   if it is no regular file, empty, too large or cannot be read;
 *   GEMMA4_NO_MEMORY.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_file_read (const char *path, void **contents,
    size_t * n_bytes, Gemma4Error * error);

/* FNV-1a, to tell whether contents are the same. */
uint64_t gemma4_file_hash (const void *contents, size_t n_bytes);
