/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a pack must hold, worked out by tests/ref from the decoded frames and the
 * samples that went into the converters. */

#include "line.h"

#include <gst/gemma4/gemma4.h>

typedef struct
{
  GPtrArray *frames;            /* of GstBuffer, every decoded frame in order */
  GstCaps *caps;                /* of the frames */
  GArray *sound;                /* of gdouble in [-1, 1] */
} Taps;

/* Collects what goes into gemma4videoconv and gemma4audioconv of @pipeline, each
 * of which is there once. Before it plays. */
void taps_open (Taps * taps, GstElement * pipeline);
void taps_close (Taps * taps);

/* Pixels and positions of a frame as the oracle has them.
 * @pixels: (out): [630][768]; @positions: (out): [630][2]
 * Returns the number of soft tokens. */
#define ORACLE_ROWS 630
#define ORACLE_VALUES 768
guint oracle_frame (const Taps * taps, guint64 number, gfloat * pixels, gint32 * positions);

/* The frames that @target takes of a clip of all frames, at most 32.
 * @numbers: (out): [32] */
guint oracle_chosen (const Taps * taps, Gemma4Target target, guint64 * numbers);

/* The expanded prompt, written by hand: a turn of a chat with the frames, the
 * sound and the question, not folded. g_free() it. */
gchar *oracle_prompt (const Taps * taps, Gemma4Target target, guint n_frame_tokens,
    const gchar * question);

/* The ids of the demo's tokenizer: <bos> and the text. Of gint32. */
GArray *oracle_ids (const gchar * expanded);

/* The id of a piece in the demo's tokenizer. */
gint32 oracle_piece (const gchar * name);

/* Fails unless every row of @got is within GEMMA4_LOGMEL_TOLERANCE.
 * @got: [n_rows][128] */
void oracle_check_mel (const Taps * taps, Gemma4Target target, const gfloat * got,
    guint n_rows);
