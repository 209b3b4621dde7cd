/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One prompt of a pack, from its words and media to ids. */

#include "gemma4assemble.h"

/* What one take is to the prompt and to the pack; or, without a take, what
 * stands for media that is missing. */
typedef struct
{
  const Gemma4Take *take;       /* NULL: missing */
  Gemma4MediaKind kind;
  guint number;
  GstMapInfo *maps;             /* [n_frames], of the patches */
  Gemma4Frame *frames;          /* [n_frames] */
  guint32 *n_tokens;            /* [n_frames]; NULL: a missing sound */
  guint64 *stamps_ns;           /* [n_frames] */
  guint n_frames;               /* a sound counts as one */
  guint n_mapped;
} Gemma4Medium;

typedef struct
{
  const Gemma4AssembleParams *params;
  const GPtrArray *turns;       /* of Gemma4PastTurn, or NULL */
  GArray *media;                /* of Gemma4Medium: those of earlier turns, of the takes, the missing */
  size_t *order;                /* [n_order]: media in the order of the prompt */
  size_t n_order;
  Gemma4PackMedia *pack_media;  /* [n_pack_media], in the order of the prompt */
  guint n_pack_media;
  char *expanded;
  Gemma4Ids ids;
  Gemma4Ids response_ids;
} Gemma4Row;

/* @row is zero before; clear it after an error, too. */
Gemma4Status gemma4_row_read (Gemma4Row * row, const Gemma4AssembleParams * params,
    const Gemma4AssembleItem * item, Gemma4Error * error);
void gemma4_row_clear (Gemma4Row * row);

/* Valid as long as @row. */
Gemma4PackItem gemma4_row_item (const Gemma4Row * row);

/* Appends what the frames and sounds of the prompt are to a pack's meta. */
void gemma4_row_describe (const Gemma4Row * row, GstStructure * meta);
