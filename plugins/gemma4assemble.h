/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From prompts and what was taken for them to the tensors: chat form, soft
 * tokens, ids, then one pass that writes every tensor into its memory. */

#include "gemma4history.h"
#include "gemma4tensors.h"

typedef struct
{
  Gemma4PackParams pack;
  const Gemma4Tokenizer *tokenizer;
  gboolean chat;
  Gemma4ChatParams chat_params;
  gboolean stamps_from_stream;  /* mm:ss is stream time, not time in the window */
  gdouble video_fps;            /* of video-metadata without fps, and of missing video */
  guint num_vision_tokens_per_frame;    /* of missing video */
} Gemma4AssembleParams;

/* One prompt of a batch. */
typedef struct
{
  const gchar *prompt;
  const gchar *response;        /* what the model should answer, or NULL */
  GPtrArray *takes;             /* of Gemma4Take, sorted by kind, then number */
  GstClockTime origin_ns;       /* running time that mm:ss counts from */
  const GPtrArray *turns;       /* of Gemma4PastTurn: said before, or NULL; chat only */
  const GstStructure *video_metadata;   /* of missing video, or NULL */
} Gemma4AssembleItem;

typedef struct Gemma4Assembly Gemma4Assembly;

/**
 * gemma4_assemble:
 * Lays the pack out. @params and the takes must live as long as the assembly.
 * Returns: GEMMA4_OK, or what the core says, with its sentence in @error.
 */
Gemma4Status gemma4_assemble (const Gemma4AssembleParams * params,
    const Gemma4AssembleItem * items, guint n_items, Gemma4Assembly ** assembly,
    Gemma4Error * error);
void gemma4_assembly_free (Gemma4Assembly * self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gemma4Assembly, gemma4_assembly_free)

/* Complete caps, with `target`. */
GstCaps *gemma4_assembly_caps (const Gemma4Assembly * self);

/* The pack with its meta; the caller adds window and times. NULL if memory is
 * short. */
GstBuffer *gemma4_assembly_write (const Gemma4Assembly * self,
    const Gemma4Allocation * allocation);

/* Ids in the longest prompt, before padding; and those that overflow=truncate
 * has cut. */
guint64 gemma4_assembly_n_tokens (const Gemma4Assembly * self);
guint64 gemma4_assembly_n_truncated (const Gemma4Assembly * self);
