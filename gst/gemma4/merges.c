/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "merges.h"

#include <stdlib.h>

static uint64_t
hash_pair (uint32_t left, uint32_t right)
{
  return gemma4_index_mix ((uint64_t) left << 32 | right);
}

static bool
is_merge (const void *owner, uint32_t number, const void *key)
{
  const Gemma4Merge *merge = &((const Gemma4Merges *) owner)->merges[number];
  const Gemma4Merge *wanted = key;
  return merge->left == wanted->left && merge->right == wanted->right;
}

Gemma4Status
gemma4_merges_add (Gemma4Merges *self, Gemma4Merge merge)
{
  if (self->n_merges == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 1024;
    Gemma4Merge *grown = capacity <= GEMMA4_INDEX_MAX_NUMBERS
        ? reallocarray (self->merges, capacity, sizeof *grown) : NULL;
    if (!grown)
      return GEMMA4_NO_MEMORY;
    self->merges = grown;
    self->capacity = capacity;
  }
  self->merges[self->n_merges++] = merge;
  return GEMMA4_OK;
}

Gemma4Status
gemma4_merges_finish (Gemma4Merges *self)
{
  if (gemma4_index_init (&self->index, self->n_merges) != GEMMA4_OK)
    return GEMMA4_NO_MEMORY;
  for (size_t i = 0; i < self->n_merges; i++) {
    const Gemma4Merge *merge = &self->merges[i];
    gemma4_index_put (&self->index, hash_pair (merge->left, merge->right), is_merge, self,
        merge, i);
  }
  return GEMMA4_OK;
}

void
gemma4_merges_clear (Gemma4Merges *self)
{
  free (self->merges);
  gemma4_index_clear (&self->index);
  *self = (Gemma4Merges) { 0 };
}

int64_t
gemma4_merges_find (const Gemma4Merges *self, uint32_t left, uint32_t right)
{
  const Gemma4Merge key = { left, right, 0 };
  return gemma4_index_find (&self->index, hash_pair (left, right), is_merge, self, &key);
}
