/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which tensors of a buffer are ids, and what they say. */

#include "gemma4tensors.h"

/* What carries ids: static tensors, or one that says in a head of its own what it is. */
#define GEMMA4_TEXT_IDS_CAPS GEMMA4_TENSORS_CAPS "; other/tensors, " \
  "format=(string)flexible, framerate=(fraction)[0/1, 2147483647/1]"

typedef struct
{
  gboolean flexible;            /* what follows is of the buffer that was read last */
  guint ids;                    /* index of the tensor with the ids */
  guint mask;                   /* of the mask beside it, or G_MAXUINT */
  Gemma4TensorSpec ids_spec, mask_spec;
  guint64 n_rows, n_columns;    /* of the ids; the last dimension is a row */
} Gemma4TextIds;

/* Finds the ids in complete caps: the tensor token_ids or input_ids, else the only
 * tensor; int32 or int64. padding_mask or attention_mask of the same shape is their
 * mask. FALSE, with a sentence in @error, if there are none. Flexible caps say nothing:
 * ids are the first tensor, without a mask. */
gboolean gemma4_text_ids_from_caps (Gemma4TextIds * self, const GstCaps * caps,
    Gemma4Error * error);

/* Whether every row is a sequence of its own: there is a mask, or several rows. */
gboolean gemma4_text_ids_are_whole (const Gemma4TextIds * self);

/* All ids row by row, those that the mask hides are GEMMA4_TEXT_MASKED; g_free()
 * them. NULL, with a sentence in @error, if a memory is not what caps or head say. */
#define GEMMA4_TEXT_MASKED G_MININT64
gint64 *gemma4_text_ids_read (Gemma4TextIds * self, GstBuffer * buffer,
    Gemma4Error * error);
