/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: byte pair encoding. Text begins as characters; of all
 * neighbours that may merge the first ones by rank do, the leftmost of several,
 * until none may. */

#include <gst/gemma4/merges.h>
#include <gst/gemma4/tokenizer.h>
#include <gst/gemma4/vocabulary.h>

/* How the pieces of a tokenizer merge. Read-only once a reader has made it. */
typedef struct
{
  Gemma4Vocabulary vocabulary;

  bool ranks_pieces;            /* as a SentencePiece model: neighbours merge that spell one */
  uint8_t *left_bytes;          /* [n_pieces], of the first part of unused ones, or NULL */

  Gemma4Merges merges;          /* of a tokenizer.json, which ranks them */
  bool ignore_merges;           /* text that is a piece is not merged */

  int32_t ascii_ids[128];       /* the most usual characters, or -1 */

  /* What becomes of a character that is no piece. */
  int32_t byte_ids[256];        /* the ids of its bytes, unless one is -1; else */
  int32_t unknown;              /* this id, once for several of them if */
  bool fuse_unknown;
} Gemma4Bpe;

/* What encoding needs besides; zero-initialise, use for one encoding at a time. */
typedef struct
{
  struct Gemma4Symbol *symbols;
  size_t symbols_capacity;
  struct Gemma4Candidate *heap;
  size_t n_heap, heap_capacity;
  bool unknown_waits;           /* for a character that is known, or the end */
} Gemma4BpeState;

/* Makes it empty: no pieces, no unknown id, no ids of bytes. */
void gemma4_bpe_init (Gemma4Bpe * self);

/* Looks the byte pieces <0x00> to <0xFF> up; false if one is missing. */
bool gemma4_bpe_use_bytes (Gemma4Bpe * self);

/**
 * gemma4_bpe_prepare:
 * Makes what is read ready for encoding; finds the two parts of each unused piece.
 * Returns: GEMMA4_OK, GEMMA4_NO_MEMORY, or GEMMA4_BAD_DATA if such a piece is
 *   over 255 bytes long.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_bpe_prepare (Gemma4Bpe * self,
    Gemma4Error * error);

/**
 * gemma4_bpe_encode:
 * Encodes text that no merge reaches out of.
 * @text: [n_bytes], valid UTF-8, U+2581 for the space
 * @ids: the ids are appended
 * Returns: GEMMA4_OK or GEMMA4_NO_MEMORY. Time: n log n.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_bpe_encode (const Gemma4Bpe * self,
    Gemma4BpeState * state, const char *text, size_t n_bytes, Gemma4Ids * ids);

/* Appends the unknown id that waits, behind the last of several texts. */
GEMMA4_NODISCARD Gemma4Status gemma4_bpe_finish (const Gemma4Bpe * self,
    Gemma4BpeState * state, Gemma4Ids * ids);

void gemma4_bpe_clear (Gemma4Bpe * self);

void gemma4_bpe_state_clear (Gemma4BpeState * self);
