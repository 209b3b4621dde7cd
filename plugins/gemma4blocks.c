/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4blocks.h"

#include <stdlib.h>

#define ALIGN_BYTES 64

/* Pixels and positions of four frames. */
#define MAX_WAITING 8

/* Lies before the data. */
typedef struct Block
{
  Gemma4Blocks *owner;
  struct Block *next;           /* while it waits: the one that came back before it */
  gsize size;
} Block;

G_STATIC_ASSERT (sizeof (Block) <= ALIGN_BYTES);

struct Gemma4Blocks
{
  gatomicrefcount n_refs;       /* the element's and one for each block in use */
  GMutex lock;
  Block *waiting;               /* the one that came back last is first */
};

Gemma4Blocks *
gemma4_blocks_new (void)
{
  Gemma4Blocks *self = g_new0 (Gemma4Blocks, 1);
  g_atomic_ref_count_init (&self->n_refs);
  g_mutex_init (&self->lock);
  return self;
}

void
gemma4_blocks_unref (Gemma4Blocks *self)
{
  if (!g_atomic_ref_count_dec (&self->n_refs))
    return;
  for (Block *next, *block = self->waiting; block; block = next) {
    next = block->next;
    free (block);
  }
  g_mutex_clear (&self->lock);
  g_free (self);
}

static Block *
find (Gemma4Blocks *self, gsize size)
{
  g_mutex_lock (&self->lock);
  Block **place = &self->waiting;
  while (*place && (*place)->size != size)
    place = &(*place)->next;
  Block *block = *place;
  if (block)
    *place = block->next;
  g_mutex_unlock (&self->lock);
  return block;
}

/* Cuts off those that have waited longest. */
static Block *
cut (Block *first)
{
  Block *last = first;
  for (guint i = 1; i < MAX_WAITING && last; i++)
    last = last->next;
  if (!last)
    return NULL;
  Block *rest = last->next;
  last->next = NULL;
  return rest;
}

static void
put_back (gpointer data)
{
  Block *block = data;
  Gemma4Blocks *self = block->owner;
  g_mutex_lock (&self->lock);
  block->next = self->waiting;
  self->waiting = block;
  Block *rest = cut (block);
  g_mutex_unlock (&self->lock);
  free (rest);                  /* at most one */
  gemma4_blocks_unref (self);
}

static Block *
new_block (gsize size)
{
  gsize whole;
  if (!g_size_checked_add (&whole, size, 2 * ALIGN_BYTES))
    return NULL;
  Block *block = aligned_alloc (ALIGN_BYTES, whole / ALIGN_BYTES * ALIGN_BYTES);
  if (block)
    block->size = size;
  return block;
}

GstMemory *
gemma4_blocks_take (Gemma4Blocks *self, gsize size)
{
  Block *block = find (self, size);
  if (!block)
    block = new_block (size);
  if (!block)
    return NULL;
  g_atomic_ref_count_inc (&self->n_refs);
  block->owner = self;
  return gst_memory_new_wrapped (0, (guint8 *) block + ALIGN_BYTES, size, 0, size, block,
      put_back);
}
