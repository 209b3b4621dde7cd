/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The head of a .safetensors file: 8 bytes little-endian length, then JSON with
 * type, shape and place of every tensor, padded with blanks so that the tensors
 * behind it begin at a multiple of 64 bytes. */

#include <gst/gemma4/status.h>
#include <gst/gemma4/tensor.h>

/* Readers refuse a longer JSON. */
#define GEMMA4_SAFETENSORS_MAX_JSON_BYTES 100000000

/* One line of the file's __metadata__. Both are UTF-8. */
typedef struct
{
  const char *key;
  const char *value;
} Gemma4Metadata;

/**
 * gemma4_safetensors_head:
 * Writes everything that stands before the first tensor. The tensors follow it
 * in the order given, each directly behind the one before.
 * @specs: [n_specs], names unique
 * @metadata: [n_metadata], keys unique; may be NULL if @n_metadata is 0
 * @head: (out): [n_bytes], to be freed with free()
 * Equal arguments give equal bytes.
 * Returns: GEMMA4_OK, GEMMA4_BAD_ARGUMENT (two tensors or two lines of one
 *   name, a name that is empty, unterminated or "__metadata__", a shape that is
 *   empty or too large), GEMMA4_BAD_UTF8, GEMMA4_LIMIT (too much metadata) or
 *   GEMMA4_NO_MEMORY.
 * Source: the format's specification in its README
 * Test: tests/check/libs/safetensors.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_safetensors_head (const Gemma4TensorSpec *
    specs, size_t n_specs, const Gemma4Metadata * metadata, size_t n_metadata,
    uint8_t ** head, size_t *n_bytes, Gemma4Error * error);
