/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: reads a checkpoint's tokenizer.json. */

#include <gst/gemma4/bpe.h>
#include <gst/gemma4/status.h>

/* Whether the file looks like JSON: its first character that is no blank is '{'. */
bool gemma4_tokenizer_json_looks (const void *file, size_t n_bytes);

/**
 * gemma4_tokenizer_json_read:
 * Reads a tokenizer whose model is BPE and whose normalizer writes U+2581 for
 * spaces. Merges of or into something that is no piece are ignored.
 * @file: [n_bytes], in the format of Hugging Face's tokenizers library
 * @bpe: (out): as gemma4_bpe_init() leaves it; to be cleared, on error too
 * @error: (out) (nullable): what is wrong with the file and in which line, without
 *   its name
 * Returns: GEMMA4_OK, GEMMA4_BAD_DATA or GEMMA4_NO_MEMORY.
 * Source: tokenizers 0.22, transformers 5.17 GemmaTokenizer
 * Test: tests/check/libs/tokenizer-json.c
 */
GEMMA4_NODISCARD Gemma4Status gemma4_tokenizer_json_read (const void *file, size_t n_bytes,
    Gemma4Bpe * bpe, Gemma4Error * error);
