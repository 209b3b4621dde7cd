/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "whole-pieces.h"

#include "vocabulary.h"

#include <stdlib.h>
#include <string.h>

Gemma4Status
gemma4_whole_pieces_add (Gemma4WholePieces *self, const char *text, size_t n_bytes, bool spaced,
    int32_t id)
{
  if (self->n_pieces == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 64;
    Gemma4WholePiece *grown = reallocarray (self->pieces, capacity, sizeof *grown);
    if (!grown)
      return GEMMA4_NO_MEMORY;
    self->pieces = grown;
    self->capacity = capacity;
  }
  size_t start = self->text.n_bytes;
  if (spaced)
    gemma4_vocabulary_append_spaced (&self->text, text, n_bytes);
  else
    gemma4_strbuf_append_bytes (&self->text, text, n_bytes);
  self->pieces[self->n_pieces++] =
      (Gemma4WholePiece) { start, self->text.n_bytes - start, id };
  return self->text.failed ? GEMMA4_NO_MEMORY : GEMMA4_OK;
}

static unsigned char
byte_of (const Gemma4WholePieces *self, const Gemma4WholePiece *piece, size_t at)
{
  return self->text.text[piece->start + at];
}

static int
compare (const void *left, const void *right, void *self)
{
  const Gemma4WholePiece *a = left;
  const Gemma4WholePiece *b = right;
  const char *text = ((const Gemma4WholePieces *) self)->text.text;
  size_t n_bytes = a->n_bytes < b->n_bytes ? a->n_bytes : b->n_bytes;
  int order = memcmp (text + a->start, text + b->start, n_bytes);
  return order ? order : (a->n_bytes > b->n_bytes) - (a->n_bytes < b->n_bytes);
}

void
gemma4_whole_pieces_sort (Gemma4WholePieces *self)
{
  if (self->n_pieces > 0)
    qsort_r (self->pieces, self->n_pieces, sizeof *self->pieces, compare, self);
  size_t i = 0;
  for (int byte = 0; byte < 256; byte++) {
    self->starts[byte] = i;
    while (i < self->n_pieces && byte_of (self, &self->pieces[i], 0) == byte)
      i++;
  }
  self->starts[256] = i;
}

void
gemma4_whole_pieces_clear (Gemma4WholePieces *self)
{
  gemma4_strbuf_clear (&self->text);
  free (self->pieces);
  *self = (Gemma4WholePieces) { 0 };
}

/* The first piece of [first, last) whose byte at @depth is not below @byte. All
 * of them are longer than @depth and agree in the bytes before it. */
static const Gemma4WholePiece *
lower_bound (const Gemma4WholePieces *self, const Gemma4WholePiece *first,
    const Gemma4WholePiece *last, size_t depth, int byte)
{
  while (first < last) {
    const Gemma4WholePiece *middle = first + (last - first) / 2;
    if (byte_of (self, middle, depth) < byte)
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
  if (!self->pieces)            /* NULL + 0 is undefined in C */
    return NULL;
  const Gemma4WholePiece *first = self->pieces + self->starts[byte];
  const Gemma4WholePiece *last = self->pieces + self->starts[byte + 1];
  const Gemma4WholePiece *longest = NULL;

  for (size_t depth = 1; first < last; depth++) {
    if (first->n_bytes == depth)
      longest = first++;
    if (depth == n_bytes)
      break;
    byte = text[depth];
    first = lower_bound (self, first, last, depth, byte);
    last = lower_bound (self, first, last, depth, byte + 1);
  }
  return longest;
}
