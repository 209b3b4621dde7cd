/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: what the tokenizer needs of a vocabulary, whatever file
 * it came from. */

#include <gst/gemma4/status.h>
#include <gst/gemma4/tokenizer.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pieces are UTF-8 with U+2581 for the space; merges only ever make pieces of
 * the vocabulary. All functions but free may be called by many threads at once. */
typedef struct
{
  void *model;                  /* what the functions work on; owned */
  uint32_t n_pieces;

  /* The text of piece @id < n_pieces, [n_bytes], not NUL-terminated, owned by the model. */
  const char *(*piece) (const void *model, uint32_t id, size_t *n_bytes);

  /* Whether piece @id is one token wherever its text is written. */
  bool (*is_whole) (const void *model, uint32_t id);

  /* The id of a piece, or -1. */
  int32_t (*find) (const void *model, const char *piece, size_t n_bytes);

  /* Appends the ids of valid UTF-8 in which no whole piece is written. Every
   * space becomes U+2581, and nothing else is changed or added. */
  Gemma4Status (*encode) (const void *model, const char *text, size_t n_bytes, Gemma4Ids * ids,
      Gemma4Error * error);

  void (*free) (void *model);
} Gemma4Vocabulary;

/**
 * gemma4_sentencepiece_vocabulary:
 * Makes a vocabulary of a SentencePiece model. Its normalizer's settings are
 * not used: text is normalized as transformers' GemmaTokenizer does it.
 * @file: [n_bytes], the contents of the model file
 * @vocabulary: (out)
 * @error: (out) (nullable): what is wrong with the file, without its name
 * Returns: GEMMA4_OK, GEMMA4_BAD_DATA or GEMMA4_NO_MEMORY.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_sentencepiece_vocabulary (const void *file,
    size_t n_bytes, Gemma4Vocabulary * vocabulary, Gemma4Error * error);
