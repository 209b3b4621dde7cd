/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: reads SentencePiece model files. */

#include <gst/gemma4/bpe.h>
#include <gst/gemma4/status.h>

/**
 * gemma4_spm_read:
 * Reads a model of type BPE. Its normalizer's settings are not used: text is
 * normalized as transformers' GemmaTokenizer does it.
 * @file: [n_bytes], a serialized ModelProto
 * @bpe: (out): as gemma4_bpe_init() leaves it; to be cleared, on error too
 * @error: (out) (nullable): what is wrong with the file, without its name
 * Returns: GEMMA4_OK, GEMMA4_BAD_DATA or GEMMA4_NO_MEMORY.
 * Source: sentencepiece_model.proto of SentencePiece 0.1.97
 * Test: tests/check/libs/tokenizer-spm.c
 */
GEMMA4_NODISCARD Gemma4Status gemma4_spm_read (const void *file, size_t n_bytes,
    Gemma4Bpe * bpe, Gemma4Error * error);
