/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What was asked and answered before. Answers come in the order of the prompts; one
 * ends when the event gemma4-answer counts on (gemma4answer.h), or, where no such
 * event ever came, when the next prompt is packed. */

#include "gemma4take.h"

typedef struct
{
  guint64 id;
  gchar *prompt;
  GPtrArray *takes;             /* of Gemma4Take: its media, or what is left of it */
  Gemma4Target target;          /* for which they were taken */
  GstClockTime origin_ns;       /* mm:ss of its videos counts from here */
  GString *answer;              /* NULL: none came */
  gboolean ended;               /* nothing more is appended to the answer */
  gboolean hidden;              /* is only here for its answer to find it */
} Gemma4PastTurn;

typedef struct
{
  GPtrArray *turns;             /* of Gemma4PastTurn, oldest first */
  guint64 n_turns;              /* that there ever were */
  gboolean counted;             /* the event came */
  guint64 number;               /* that it said last */
} Gemma4History;

/* The pad of its first media of a kind, or of any (-1); NULL if it has none. */
const gchar *gemma4_past_turn_pad (const Gemma4PastTurn * turn, gint kind);

/* Only its words stay, or all but its media of one kind; FALSE if it has none. */
void gemma4_past_turn_drop_media (Gemma4PastTurn * turn);
gboolean gemma4_past_turn_drop_kind (Gemma4PastTurn * turn, Gemma4MediaKind kind);

void gemma4_history_init (Gemma4History * self);
void gemma4_history_clear (Gemma4History * self);

/* Adds a turn, and forgets turns that are over and not among the last @n_kept. Takes a
 * reference of @takes. */
void gemma4_history_add (Gemma4History * self, const gchar * prompt, GPtrArray * takes,
    Gemma4Target target, GstClockTime origin_ns, guint n_kept);

/* Appends text of an answer; NULL, or why it cannot be. */
const gchar *gemma4_history_answer (Gemma4History * self, const gchar * text, gsize n_bytes);

/* The event gemma4-answer came: text behind it belongs to answer @number. */
void gemma4_history_count (Gemma4History * self, guint64 number);

/* What is on its way is lost: of all turns so far nothing more comes. */
void gemma4_history_end_answers (Gemma4History * self);

/* Nothing that was said so far will be recalled. */
void gemma4_history_forget (Gemma4History * self);

/* Whether one of the last @n turns, which will be recalled, has media of the pad. */
gboolean gemma4_history_has_pad (const Gemma4History * self, guint n, const gchar * pad_name);

/* Copies of the last @n turns, which share their media; g_ptr_array_unref() them. */
GPtrArray *gemma4_history_recall (const Gemma4History * self, guint n);

/* Gives up the media of @kind of the oldest recalled turn that has some; FALSE if none
 * has. */
gboolean gemma4_history_shorten (GPtrArray * turns, Gemma4MediaKind kind);

/* Recalled turns without their media of @kind; NULL if they have none. */
GPtrArray *gemma4_history_without (const GPtrArray * turns, Gemma4MediaKind kind);

/* Whether a video of recalled turns has the frame @buffer. */
gboolean gemma4_history_shows (const GPtrArray * turns, const GstBuffer * buffer);

/* Takes back what was given up of recalled @turns. */
void gemma4_history_adopt (Gemma4History * self, const GPtrArray * turns);
