/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory for tensors that is used again: blocks that begin at multiples of 64 bytes.
 * A few that came back wait for the next who can use them, so that the pages of large
 * ones are faulted in once and not for every buffer. */

#include <gst/gst.h>

typedef struct Gemma4Blocks Gemma4Blocks;

/* Blocks that @n_waiting at most of wait. @block_bytes of 0 makes every block as large
 * as what is asked for, and it waits for the same size. Else all are that large and
 * serve everything from a sixteenth of it on; smaller memory is not kept, and larger
 * gets a block of its own size. */
Gemma4Blocks *gemma4_blocks_new (gsize block_bytes, guint n_waiting);

/* Memory that is still in use stays valid. */
void gemma4_blocks_unref (Gemma4Blocks * self);

/* Memory of @size bytes, contents undefined; NULL if memory is short. From any
 * thread, as are its last references. */
GstMemory *gemma4_blocks_take (Gemma4Blocks * self, gsize size);

/* Whether one waits; or, if memory is short, whether there is no use in waiting. */
gboolean gemma4_blocks_are_ready (Gemma4Blocks * self);

/* Makes one of @block_bytes that waits, its pages faulted in: that takes a while. */
void gemma4_blocks_prepare (Gemma4Blocks * self);
