/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "index.h"

#include <stdlib.h>
#include <string.h>

#define EMPTY UINT32_MAX

/* The number in a slot, or -1. */
static int64_t
number_of (const Gemma4Index *self, uint32_t slot)
{
  uint32_t mask = (UINT32_C (1) << self->n_bits) - 1;
  return slot == EMPTY ? -1 : (int64_t) (slot & mask);
}

Gemma4Status
gemma4_index_init (Gemma4Index *self, size_t n_numbers)
{
  unsigned n_bits = 4;
  while ((size_t) 1 << n_bits < 2 * n_numbers)
    n_bits++;
  self->slots = malloc (sizeof *self->slots << n_bits);
  if (!self->slots)
    return GEMMA4_NO_MEMORY;
  memset (self->slots, 0xff, sizeof *self->slots << n_bits);
  self->n_bits = n_bits;
  return GEMMA4_OK;
}

void
gemma4_index_clear (Gemma4Index *self)
{
  free (self->slots);
  *self = (Gemma4Index) { 0 };
}

/* The slot of the thing, or the empty one where it belongs. Half of the slots
 * are empty, and no number has all bits set. */
static inline uint32_t *
locate (const Gemma4Index *self, uint64_t hash, Gemma4IndexIs is, const void *owner,
    const void *key)
{
  uint32_t mask = (UINT32_C (1) << self->n_bits) - 1;
  uint32_t tag = (uint32_t) hash & ~mask;
  uint32_t at = hash >> (64 - self->n_bits);
  for (;; at = (at + 1) & mask) {
    uint32_t *slot = &self->slots[at];
    if (*slot == EMPTY || ((*slot & ~mask) == tag && is (owner, *slot & mask, key)))
      return slot;
  }
}

int64_t
gemma4_index_find (const Gemma4Index *self, uint64_t hash, Gemma4IndexIs is,
    const void *owner, const void *key)
{
  if (!self->slots)
    return -1;
  return number_of (self, *locate (self, hash, is, owner, key));
}

int64_t
gemma4_index_put (Gemma4Index *self, uint64_t hash, Gemma4IndexIs is, const void *owner,
    const void *key, uint32_t number)
{
  uint32_t *slot = locate (self, hash, is, owner, key);
  uint32_t mask = (UINT32_C (1) << self->n_bits) - 1;
  int64_t before = number_of (self, *slot);
  *slot = ((uint32_t) hash & ~mask) | number;
  return before;
}
