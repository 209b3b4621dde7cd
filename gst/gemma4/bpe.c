/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bpe.h"

#include "error.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define NONE UINT32_MAX

/* Some of the text: a character at first, later what several have become. */
typedef struct Gemma4Symbol
{
  uint32_t start;
  uint32_t n_bytes;             /* 0: the symbol before it has taken it in */
  int32_t id;                   /* -1: a character that is no piece */
  uint32_t previous, next;      /* symbols, or NONE */
} Symbol;

/* Two neighbours that may merge. */
typedef struct Gemma4Candidate
{
  uint64_t order;               /* the rank, then the number of the left one: low ones first */
  uint32_t n_bytes;             /* of both: another number means that one has changed since */
  int32_t id;                   /* what they become */
} Candidate;

/* Makes room for @n things of [n_bytes] each. */
static Gemma4Status
reserve (void **things, size_t *capacity, size_t n, size_t n_bytes)
{
  if (n <= *capacity)
    return GEMMA4_OK;
  size_t wanted = n < 64 ? 64 : n + n / 2;
  void *grown = reallocarray (*things, wanted, n_bytes);
  if (!grown)
    return GEMMA4_NO_MEMORY;
  *things = grown;
  *capacity = wanted;
  return GEMMA4_OK;
}

static Gemma4Status
heap_push (Gemma4BpeState *state, Candidate candidate)
{
  if (reserve ((void **) &state->heap, &state->heap_capacity, state->n_heap + 1,
          sizeof (Candidate)) != GEMMA4_OK)
    return GEMMA4_NO_MEMORY;
  Candidate *heap = state->heap;
  size_t at = state->n_heap++;
  for (; at > 0 && heap[(at - 1) / 2].order > candidate.order; at = (at - 1) / 2)
    heap[at] = heap[(at - 1) / 2];
  heap[at] = candidate;
  return GEMMA4_OK;
}

static Candidate
heap_pop (Gemma4BpeState *state)
{
  Candidate *heap = state->heap;
  Candidate first = heap[0];
  Candidate last = heap[--state->n_heap];
  size_t at = 0;
  for (size_t child; (child = 2 * at + 1) < state->n_heap; at = child) {
    if (child + 1 < state->n_heap && heap[child + 1].order < heap[child].order)
      child++;
    if (heap[child].order >= last.order)
      break;
    heap[at] = heap[child];
  }
  heap[at] = last;
  return first;
}

/* What two neighbours become, and its rank. */
static bool
find_merge (const Gemma4Bpe *self, const char *text, const Symbol *left, const Symbol *right,
    int32_t *id, uint32_t *rank)
{
  if (self->ranks_pieces) {
    *id = gemma4_vocabulary_find (&self->vocabulary, text + left->start,
        left->n_bytes + right->n_bytes);
    if (*id < 0 || self->vocabulary.pieces[*id].kind == GEMMA4_PIECE_BYTE)
      return false;
    *rank = self->vocabulary.pieces[*id].rank;
    return true;
  }
  if (left->id < 0 || right->id < 0)
    return false;
  int64_t merge = gemma4_merges_find (&self->merges, left->id, right->id);
  if (merge < 0)
    return false;
  *id = self->merges.merges[merge].result;
  *rank = merge;
  return true;
}

/* Notes that symbol @left and the one behind it may merge, if they may. */
static Gemma4Status
consider (const Gemma4Bpe *self, Gemma4BpeState *state, const char *text, uint32_t left)
{
  if (left == NONE || state->symbols[left].next == NONE)
    return GEMMA4_OK;
  const Symbol *one = &state->symbols[left];
  const Symbol *other = &state->symbols[one->next];
  int32_t id;
  uint32_t rank;
  if (!find_merge (self, text, one, other, &id, &rank))
    return GEMMA4_OK;
  return heap_push (state, (Candidate) {
    .order = (uint64_t) rank << 32 | left,
    .n_bytes = one->n_bytes + other->n_bytes,
    .id = id,
  });
}

/* Makes a symbol of each character. */
static Gemma4Status
split (const Gemma4Bpe *self, Gemma4BpeState *state, const char *text, size_t n_bytes,
    uint32_t *n_symbols)
{
  uint32_t n = 0;
  for (size_t at = 0; at < n_bytes; n++) {
    if (reserve ((void **) &state->symbols, &state->symbols_capacity, n + 1, sizeof (Symbol))
        != GEMMA4_OK)
      return GEMMA4_NO_MEMORY;
    size_t length = gemma4_utf8_char_bytes (text + at, n_bytes - at);
    int32_t id = length == 1 ? self->ascii_ids[(uint8_t) text[at]]
        : gemma4_vocabulary_find (&self->vocabulary, text + at, length);
    state->symbols[n] = (Symbol) { at, length, id, n - 1, n + 1 };
    at += length;
  }
  state->symbols[0].previous = NONE;
  state->symbols[n - 1].next = NONE;
  *n_symbols = n;
  return GEMMA4_OK;
}

/* Turns two symbols into one. */
static void
join (Gemma4BpeState *state, uint32_t left, int32_t id)
{
  Symbol *one = &state->symbols[left];
  Symbol *other = &state->symbols[one->next];
  one->n_bytes += other->n_bytes;
  one->id = id;
  one->next = other->next;
  other->n_bytes = 0;
  if (one->next != NONE)
    state->symbols[one->next].previous = left;
}

/* Merges until no two symbols may, or @n_enough are left. */
static Gemma4Status
merge (const Gemma4Bpe *self, Gemma4BpeState *state, const char *text, size_t n_bytes,
    uint32_t n_enough, uint32_t *n_symbols)
{
  Gemma4Status status = split (self, state, text, n_bytes, n_symbols);
  state->n_heap = 0;
  for (uint32_t i = 0; i + 1 < *n_symbols && status == GEMMA4_OK; i++)
    status = consider (self, state, text, i);
  while (status == GEMMA4_OK && state->n_heap > 0 && *n_symbols > n_enough) {
    Candidate best = heap_pop (state);
    uint32_t left = (uint32_t) best.order;
    const Symbol *one = &state->symbols[left];
    if (one->n_bytes == 0 || one->next == NONE
        || one->n_bytes + state->symbols[one->next].n_bytes != best.n_bytes)
      continue;
    join (state, left, best.id);
    --*n_symbols;
    status = consider (self, state, text, one->previous);
    if (status == GEMMA4_OK)
      status = consider (self, state, text, left);
  }
  return status;
}

static Gemma4Status
append_id (Gemma4Ids *ids, int32_t id)
{
  if (gemma4_ids_reserve (ids, 1) != GEMMA4_OK)
    return GEMMA4_NO_MEMORY;
  ids->ids[ids->n_ids++] = id;
  return GEMMA4_OK;
}

Gemma4Status
gemma4_bpe_finish (const Gemma4Bpe *self, Gemma4BpeState *state, Gemma4Ids *ids)
{
  bool waits = state->unknown_waits;
  state->unknown_waits = false;
  return waits ? append_id (ids, self->unknown) : GEMMA4_OK;
}

/* Appends what stands for a character that is no piece. The bytes of one go
 * before an unknown one that waits, as with transformers. */
static Gemma4Status
append_unknown (const Gemma4Bpe *self, Gemma4BpeState *state, const char *text,
    size_t n_bytes, Gemma4Ids *ids)
{
  Gemma4Status status = GEMMA4_OK;
  bool all = true;
  for (size_t i = 0; i < n_bytes; i++)
    all = all && self->byte_ids[(uint8_t) text[i]] >= 0;
  if (all) {
    for (size_t i = 0; i < n_bytes && status == GEMMA4_OK; i++)
      status = append_id (ids, self->byte_ids[(uint8_t) text[i]]);
    return status;
  }
  if (!self->fuse_unknown)
    status = gemma4_bpe_finish (self, state, ids);
  state->unknown_waits = true;
  return status;
}

/* Appends piece @id, of an unused one its parts. */
static Gemma4Status
append (const Gemma4Bpe *self, Gemma4BpeState *state, const char *text, size_t n_bytes,
    int32_t id, Gemma4Ids *ids)
{
  if (id < 0)
    return append_unknown (self, state, text, n_bytes, ids);
  size_t n_left = self->left_bytes ? self->left_bytes[id] : 0;
  Gemma4Status status;
  if (n_left == 0) {
    status = gemma4_bpe_finish (self, state, ids);
    return status == GEMMA4_OK ? append_id (ids, id) : status;
  }
  status = append (self, state, text, n_left,
      gemma4_vocabulary_find (&self->vocabulary, text, n_left), ids);
  if (status != GEMMA4_OK)
    return status;
  return append (self, state, text + n_left, n_bytes - n_left,
      gemma4_vocabulary_find (&self->vocabulary, text + n_left, n_bytes - n_left), ids);
}

Gemma4Status
gemma4_bpe_encode (const Gemma4Bpe *self, Gemma4BpeState *state, const char *text,
    size_t n_bytes, Gemma4Ids *ids)
{
  uint32_t n_symbols;
  if (n_bytes == 0)
    return GEMMA4_OK;
  Gemma4Status status = merge (self, state, text, n_bytes, 1, &n_symbols);
  uint32_t i = 0;
  while (status == GEMMA4_OK && i != NONE) {
    const Symbol *symbol = &state->symbols[i];
    status = append (self, state, text + symbol->start, symbol->n_bytes, symbol->id, ids);
    i = symbol->next;
  }
  return status;
}

void
gemma4_bpe_init (Gemma4Bpe *self)
{
  *self = (Gemma4Bpe) { .unknown = -1 };
  for (size_t i = 0; i < sizeof self->byte_ids / sizeof *self->byte_ids; i++)
    self->byte_ids[i] = -1;
}

bool
gemma4_bpe_use_bytes (Gemma4Bpe *self)
{
  bool all = true;
  for (size_t i = 0; i < sizeof self->byte_ids / sizeof *self->byte_ids; i++) {
    char name[8];
    int n_bytes = snprintf (name, sizeof name, "<0x%02X>", (unsigned) i);
    self->byte_ids[i] = gemma4_vocabulary_find (&self->vocabulary, name, n_bytes);
    all = all && self->byte_ids[i] >= 0;
  }
  return all;
}

static Gemma4Status
split_unused (Gemma4Bpe *self, Gemma4Error *error)
{
  const Gemma4Vocabulary *v = &self->vocabulary;
  Gemma4BpeState state = { 0 };
  Gemma4Status status = GEMMA4_OK;
  for (uint32_t id = 0; id < v->n_pieces && status == GEMMA4_OK; id++) {
    size_t n_bytes;
    uint32_t n_symbols = 0;
    const char *text = gemma4_vocabulary_piece (v, id, &n_bytes);
    if (v->pieces[id].kind != GEMMA4_PIECE_UNUSED)
      continue;
    if (n_bytes > UINT8_MAX)
      status = gemma4_fail (error, GEMMA4_BAD_DATA, "unused piece %u has %zu bytes, at most %d "
          "are supported", id, n_bytes, UINT8_MAX);
    else if (!self->left_bytes && !(self->left_bytes = calloc (v->n_pieces, 1)))
      status = gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory");
    else
      status = merge (self, &state, text, n_bytes, 2, &n_symbols);
    if (status == GEMMA4_OK && n_symbols == 2)
      self->left_bytes[id] = state.symbols[0].n_bytes;
  }
  gemma4_bpe_state_clear (&state);
  return status;
}

Gemma4Status
gemma4_bpe_prepare (Gemma4Bpe *self, Gemma4Error *error)
{
  for (size_t i = 0; i < sizeof self->ascii_ids / sizeof *self->ascii_ids; i++) {
    char c = i;
    self->ascii_ids[i] = gemma4_vocabulary_find (&self->vocabulary, &c, 1);
  }
  return split_unused (self, error);
}

void
gemma4_bpe_clear (Gemma4Bpe *self)
{
  gemma4_vocabulary_clear (&self->vocabulary);
  gemma4_merges_clear (&self->merges);
  free (self->left_bytes);
  gemma4_bpe_init (self);
}

void
gemma4_bpe_state_clear (Gemma4BpeState *self)
{
  free (self->symbols);
  free (self->heap);
  *self = (Gemma4BpeState) { 0 };
}
