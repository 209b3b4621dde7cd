/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: which two pieces may become one, and which go first. */

#include <gst/gemma4/index.h>
#include <gst/gemma4/status.h>

typedef struct
{
  uint32_t left, right;         /* ids of two pieces side by side */
  uint32_t result;              /* the id of the piece that takes their place */
} Gemma4Merge;

/* Zero-initialise, add merges, finish; then any number of threads may read. */
typedef struct
{
  Gemma4Merge *merges;          /* [n_merges], the lower number goes first */
  size_t n_merges;
  size_t capacity;
  Gemma4Index index;
} Gemma4Merges;

/* Adds a merge behind the others; returns GEMMA4_OK or GEMMA4_NO_MEMORY. Of a
 * pair that is added twice the last one counts. */
GEMMA4_NODISCARD Gemma4Status gemma4_merges_add (Gemma4Merges * self, Gemma4Merge merge);

/* Makes merges findable; returns GEMMA4_OK or GEMMA4_NO_MEMORY. */
GEMMA4_NODISCARD Gemma4Status gemma4_merges_finish (Gemma4Merges * self);

void gemma4_merges_clear (Gemma4Merges * self);

/* The number of the merge of two pieces, or -1. */
int64_t gemma4_merges_find (const Gemma4Merges * self, uint32_t left, uint32_t right);
