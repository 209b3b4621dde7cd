/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory for tensors that is used again: blocks that begin at multiples of 64 bytes.
 * A few that came back wait for the next of their size. */

#include <gst/gst.h>

typedef struct Gemma4Blocks Gemma4Blocks;

Gemma4Blocks *gemma4_blocks_new (void);

/* Memory that is still in use stays valid. */
void gemma4_blocks_unref (Gemma4Blocks * self);

/* Memory of @size bytes, contents undefined; NULL if memory is short. From any
 * thread, as are its last references. */
GstMemory *gemma4_blocks_take (Gemma4Blocks * self, gsize size);
