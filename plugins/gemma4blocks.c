/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4blocks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN_BYTES 64

/* A page of x86-64 and arm64 that the kernel gives to those who ask. */
#define HUGE_PAGE_BYTES (2 << 20)

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
  gsize block_bytes;            /* 0: each as asked */
  guint n_waiting;              /* at most */
  GMutex lock;
  Block *waiting;               /* the one that came back last is first */
  gboolean is_short;            /* a block could not be prepared */
};

Gemma4Blocks *
gemma4_blocks_new (gsize block_bytes, guint n_waiting)
{
  Gemma4Blocks *self = g_new0 (Gemma4Blocks, 1);
  self->block_bytes = block_bytes;
  self->n_waiting = n_waiting;
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

/* Memory that fills little of a block is malloc's own affair. */
static gboolean
is_kept (const Gemma4Blocks *self, gsize size)
{
  return size >= self->block_bytes / 16;
}

static Block *
find (Gemma4Blocks *self, gsize size)
{
  if (!is_kept (self, size))
    return NULL;
  g_mutex_lock (&self->lock);
  Block **place = &self->waiting;
  while (*place && ((*place)->size < size
          || (*place)->size > MAX (size, self->block_bytes)))
    place = &(*place)->next;
  Block *block = *place;
  if (block)
    *place = block->next;
  g_mutex_unlock (&self->lock);
  return block;
}

/* Cuts off those that have waited longest. */
static Block *
cut (Block *first, guint n_waiting)
{
  Block *last = first;
  for (guint i = 1; i < n_waiting && last; i++)
    last = last->next;
  if (!last)
    return NULL;
  Block *rest = last->next;
  last->next = NULL;
  return rest;
}

static void
keep (Gemma4Blocks *self, Block *block)
{
  g_mutex_lock (&self->lock);
  block->next = self->waiting;
  self->waiting = block;
  Block *rest = cut (block, self->n_waiting);
  g_mutex_unlock (&self->lock);
  free (rest);                  /* at most one */
}

static void
put_back (gpointer data)
{
  Block *block = data;
  Gemma4Blocks *self = block->owner;
  if (is_kept (self, block->size))
    keep (self, block);
  else
    free (block);
  gemma4_blocks_unref (self);
}

static Block *
new_block (gsize size)
{
  gsize whole, align = size < HUGE_PAGE_BYTES ? ALIGN_BYTES : HUGE_PAGE_BYTES;
  if (!g_size_checked_add (&whole, size, ALIGN_BYTES + align))
    return NULL;
  whole = whole / align * align;
  Block *block = aligned_alloc (align, whole);
  if (!block)
    return NULL;
#ifdef MADV_HUGEPAGE
  if (align == HUGE_PAGE_BYTES)
    madvise (block, whole, MADV_HUGEPAGE);
#endif
  block->size = size;
  return block;
}

GstMemory *
gemma4_blocks_take (Gemma4Blocks *self, gsize size)
{
  Block *block = find (self, size);
  if (!block)
    block = new_block (is_kept (self, size) ? MAX (size, self->block_bytes) : size);
  if (!block)
    return NULL;
  g_atomic_ref_count_inc (&self->n_refs);
  block->owner = self;
  return gst_memory_new_wrapped (0, (guint8 *) block + ALIGN_BYTES, size, 0, size, block,
      put_back);
}

gboolean
gemma4_blocks_are_ready (Gemma4Blocks *self)
{
  g_mutex_lock (&self->lock);
  gboolean ready = self->waiting || self->is_short;
  g_mutex_unlock (&self->lock);
  return ready;
}

void
gemma4_blocks_prepare (Gemma4Blocks *self)
{
  Block *block = new_block (self->block_bytes);
  if (block) {
    memset ((guint8 *) block + ALIGN_BYTES, 0, block->size);
    keep (self, block);
    return;
  }
  g_mutex_lock (&self->lock);
  self->is_short = TRUE;
  g_mutex_unlock (&self->lock);
}
