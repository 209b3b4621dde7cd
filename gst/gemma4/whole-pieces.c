/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "whole-pieces.h"

#include <stdlib.h>
#include <string.h>

Gemma4Status
gemma4_whole_pieces_add (Gemma4WholePieces *self, const char *text, size_t n_bytes, int32_t id)
{
  if (self->n_pieces == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 64;
    Gemma4WholePiece *grown = reallocarray (self->pieces, capacity, sizeof *grown);
    if (!grown)
      return GEMMA4_NO_MEMORY;
    self->pieces = grown;
    self->capacity = capacity;
  }
  self->pieces[self->n_pieces++] = (Gemma4WholePiece) { text, n_bytes, id };
  return GEMMA4_OK;
}

static int
compare (const void *left, const void *right)
{
  const Gemma4WholePiece *a = left;
  const Gemma4WholePiece *b = right;
  size_t n_bytes = a->n_bytes < b->n_bytes ? a->n_bytes : b->n_bytes;
  int order = memcmp (a->text, b->text, n_bytes);
  return order ? order : (a->n_bytes > b->n_bytes) - (a->n_bytes < b->n_bytes);
}

void
gemma4_whole_pieces_sort (Gemma4WholePieces *self)
{
  if (self->n_pieces > 0)
    qsort (self->pieces, self->n_pieces, sizeof *self->pieces, compare);
  size_t i = 0;
  for (int byte = 0; byte < 256; byte++) {
    self->starts[byte] = i;
    while (i < self->n_pieces && (unsigned char) self->pieces[i].text[0] == byte)
      i++;
  }
  self->starts[256] = i;
}

void
gemma4_whole_pieces_clear (Gemma4WholePieces *self)
{
  free (self->pieces);
  *self = (Gemma4WholePieces) { 0 };
}

/* The first piece of [first, last) whose byte at @depth is not below @byte. All
 * of them are longer than @depth and agree in the bytes before it. */
static const Gemma4WholePiece *
lower_bound (const Gemma4WholePiece *first, const Gemma4WholePiece *last, size_t depth,
    int byte)
{
  while (first < last) {
    const Gemma4WholePiece *middle = first + (last - first) / 2;
    if ((unsigned char) middle->text[depth] < byte)
      first = middle + 1;
    else
      last = middle;
  }
  return first;
}

const Gemma4WholePiece *
gemma4_whole_pieces_match (const Gemma4WholePieces *self, const char *text, size_t n_bytes)
{
  unsigned char byte = text[0];
  const Gemma4WholePiece *first = self->pieces + self->starts[byte];
  const Gemma4WholePiece *last = self->pieces + self->starts[byte + 1];
  const Gemma4WholePiece *longest = NULL;

  for (size_t depth = 1; first < last; depth++) {
    if (first->n_bytes == depth)
      longest = first++;
    if (depth == n_bytes)
      break;
    byte = text[depth];
    first = lower_bound (first, last, depth, byte);
    last = lower_bound (first, last, depth, byte + 1);
  }
  return longest;
}
