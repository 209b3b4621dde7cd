/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the pieces of a tokenizer, whatever file they came from. */

#include <gst/gemma4/index.h>
#include <gst/gemma4/status.h>
#include <gst/gemma4/strbuf.h>

/* What pieces have for a space: U+2581. */
#define GEMMA4_SPACE "\xe2\x96\x81"

/* Eight times what Gemma 4 has. */
#define GEMMA4_MAX_PIECES (UINT32_C (1) << 21)

/* How text becomes a piece. */
typedef enum
{
  GEMMA4_PIECE_NONE,            /* no piece has this id yet */
  GEMMA4_PIECE_NORMAL,          /* by merges */
  GEMMA4_PIECE_UNUSED,          /* by merges, but its two parts are written instead */
  GEMMA4_PIECE_BYTE,            /* it stands for a byte that nothing else stands for */
  GEMMA4_PIECE_WHOLE,           /* wherever it is written */
  GEMMA4_PIECE_WHOLE_SPACED,    /* the same, once spaces have become U+2581 */
} Gemma4PieceKind;

typedef struct
{
  uint32_t start, n_bytes;      /* where its text is */
  uint32_t rank;                /* in a SentencePiece model: low ones are made first */
  Gemma4PieceKind kind;
  bool special;                 /* the file says that it is no text of an answer */
} Gemma4Piece;

/* Zero-initialise, set pieces, finish; then any number of threads may read. */
typedef struct
{
  Gemma4StrBuf text;            /* of all pieces, U+2581 for the space */
  Gemma4Piece *pieces;          /* [n_pieces], by id */
  uint32_t n_pieces;
  uint32_t capacity;
  Gemma4Index index;
} Gemma4Vocabulary;

/**
 * gemma4_vocabulary_set:
 * Gives an id its piece.
 * @text: [n_bytes], copied
 * Returns: GEMMA4_OK, GEMMA4_NO_MEMORY, or GEMMA4_BAD_DATA if the id is over
 *   GEMMA4_MAX_PIECES or taken, or if @text is empty or no UTF-8.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_vocabulary_set (Gemma4Vocabulary * self, uint64_t id,
    const char *text, size_t n_bytes, Gemma4PieceKind kind, Gemma4Error * error);

/**
 * gemma4_vocabulary_finish:
 * Makes pieces findable.
 * Returns: GEMMA4_OK, GEMMA4_NO_MEMORY, or GEMMA4_BAD_DATA if there are no pieces,
 *   if an id below the largest one has none, or if two have the same text.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_vocabulary_finish (Gemma4Vocabulary * self,
    Gemma4Error * error);

void gemma4_vocabulary_clear (Gemma4Vocabulary * self);

/* The text of piece @id < n_pieces, [n_bytes], not NUL-terminated. */
const char *gemma4_vocabulary_piece (const Gemma4Vocabulary * self, uint32_t id,
    size_t *n_bytes);

/* Whether the text of piece @id < n_pieces is this. */
bool gemma4_vocabulary_is (const Gemma4Vocabulary * self, uint32_t id, const char *text,
    size_t n_bytes);

/* The id of the piece with this text, or -1. */
int32_t gemma4_vocabulary_find (const Gemma4Vocabulary * self, const char *text,
    size_t n_bytes);

/* Appends text as pieces spell it: with U+2581 for the space. */
void gemma4_vocabulary_append_spaced (Gemma4StrBuf * to, const char *text, size_t n_bytes);
