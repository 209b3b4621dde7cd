/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: finds pieces that are one token wherever they are
 * written, in time linear in the text. */

#include <gst/gemma4/status.h>
#include <gst/gemma4/strbuf.h>

#include <stddef.h>
#include <stdint.h>

typedef struct
{
  size_t start;                 /* where its text is */
  size_t n_bytes;
  int32_t id;
} Gemma4WholePiece;

/* Zero-initialise, add pieces, sort, then match. */
typedef struct
{
  Gemma4StrBuf text;            /* of all pieces */
  Gemma4WholePiece *pieces;     /* [n_pieces], sorted by their bytes */
  size_t n_pieces;
  size_t capacity;
  size_t starts[257];           /* pieces that begin with byte b: [starts[b], starts[b + 1]) */
} Gemma4WholePieces;

/* Adds a piece that is written as @text: at least one byte, copied; U+2581 for the
 * space if @spaced. */
GEMMA4_NODISCARD Gemma4Status gemma4_whole_pieces_add (Gemma4WholePieces * self,
    const char *text, size_t n_bytes, bool spaced, int32_t id);

void gemma4_whole_pieces_sort (Gemma4WholePieces * self);

void gemma4_whole_pieces_clear (Gemma4WholePieces * self);

/* The longest piece with which @text begins, or NULL. @n_bytes > 0. Looks at no
 * more bytes than the longest piece has. */
const Gemma4WholePiece *gemma4_whole_pieces_match (const Gemma4WholePieces * self,
    const char *text, size_t n_bytes);
