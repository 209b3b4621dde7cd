/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which tensors of a buffer are ids, and what they say. */

#include "gemma4tensors.h"

typedef struct
{
  guint ids;                    /* index of the tensor with the ids */
  guint mask;                   /* of the mask beside it, or G_MAXUINT */
  Gemma4TensorSpec ids_spec, mask_spec;
  guint64 n_rows, n_columns;    /* of the ids; the last dimension is a row */
} Gemma4TextIds;

/* Finds the ids in complete caps: the tensor token_ids or input_ids, else the only
 * tensor; int32 or int64. padding_mask or attention_mask of the same shape is their
 * mask. FALSE, with a sentence in @error, if there are none. */
gboolean gemma4_text_ids_from_caps (Gemma4TextIds * self, const GstCaps * caps,
    Gemma4Error * error);

/* Whether every row is a sequence of its own: there is a mask, or several rows. */
gboolean gemma4_text_ids_are_whole (const Gemma4TextIds * self);

/* All ids row by row, those that the mask hides are GEMMA4_TEXT_MASKED; g_free()
 * them. NULL if a memory is smaller than its caps say. */
#define GEMMA4_TEXT_MASKED G_MININT64
gint64 *gemma4_text_ids_read (const Gemma4TextIds * self, GstBuffer * buffer);
