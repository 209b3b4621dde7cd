/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The log-mel rows that an audio pad has shown and no pack has used up. Row k
 * belongs to sample hop * k behind the origin, the running time of the first
 * row; a hole in the sound becomes silent rows. Over its capacity the newest
 * rows stay. */

#include "gemma4window.h"

/* Where the samples from one on lie in time. */
typedef struct
{
  guint64 sample;               /* behind row 0 */
  GstClockTime running_ns, stream_ns;
  gdouble rate;                 /* seconds of sound in a second of running time */
} Gemma4RowAnchor;

typedef struct
{
  guint rate_hz;
  guint hop;                    /* samples from row to row */
  guint n_mels;
  gfloat silence;               /* value of a silent row */
  const gfloat *silent_row;     /* [n_mels], not owned: its values, where they differ; or NULL */
  guint64 capacity;             /* rows at most: there is room for so many */
  guint64 limit;                /* rows at most, up to the capacity */
  gboolean keeps_first;         /* over it rows that come are refused until it is empty, not
                                 * the oldest given up */
  gboolean full;                /* some were refused since */
  guint64 n_refused;

  gfloat *rows;                 /* [2 * capacity][n_mels]; used from begin on */
  guint64 begin;                /* place of the oldest row in rows */
  guint64 first;                /* number of the oldest row */
  guint64 n_rows;               /* rows here, those of the tail included */
  guint64 lost;                 /* rows before this one were given up because it was full */
  guint64 next;                 /* the first row that no pack has had */
  GstClockTime origin_ns;       /* running time of row 0; NONE while empty */
  GArray *anchors;              /* of Gemma4RowAnchor, by sample: where sound began, jumped, or
                                 * changed its rate */
  gdouble rate;                 /* of what comes */
  gboolean live;                /* no hole pushes out what no pack has had */
  guint64 n_late_samples;       /* left out: they lay before what was there */
  guint64 n_samples;            /* end of the sound, in samples behind the origin */
  gboolean has_tail;            /* the newest rows may come again, from tail_first on */
  guint64 tail_first;
} Gemma4RowStore;

/* Returns FALSE if memory is short. */
gboolean gemma4_row_store_init (Gemma4RowStore * store, guint rate_hz, guint hop,
    guint n_mels, gfloat silence, const gfloat * silent_row, guint64 capacity);
void gemma4_row_store_clear (Gemma4RowStore * store);
void gemma4_row_store_empty (Gemma4RowStore * store);

/* Makes room for @capacity rows, of which the newest stay; FALSE if memory is short, and
 * nothing has changed. */
gboolean gemma4_row_store_resize (Gemma4RowStore * store, guint64 capacity);

/* Appends [n_rows][n_mels] @rows that begin at @running_ns and cover
 * @n_samples of sound; fewer than n_rows * hop when the stream ended. Those that lie before
 * what is there are left out, jitter within a row aside. */
void gemma4_row_store_push (Gemma4RowStore * store, const gfloat * rows, guint n_rows,
    guint64 n_samples, GstClockTime running_ns, GstClockTime stream_ns);

/* The same for rows that come again if sound follows: those of a gemma4-tail. */
void gemma4_row_store_push_tail (Gemma4RowStore * store, const gfloat * rows,
    guint n_rows, guint64 n_samples, GstClockTime running_ns, GstClockTime stream_ns);

/* The first row that @window asks for, whether it is here, was given up, or is still to
 * come. */
guint64 gemma4_row_store_begin_of (const Gemma4RowStore * store,
    const Gemma4Window * window);

/* Notes that a pack has had all rows before @k. */
void gemma4_row_store_took (Gemma4RowStore * store, guint64 k);

/* Sound goes on at @running_ns, before or far behind what is there: what is there moves
 * next to it, so that the jump is no hole. Before a push. */
void gemma4_row_store_jump (Gemma4RowStore * store, GstClockTime running_ns,
    GstClockTime stream_ns);

/* Forgets the rows that begin before @running_ns, and those that a pack has had. */
void gemma4_row_store_drop_before (Gemma4RowStore * store, GstClockTime running_ns);
void gemma4_row_store_drop_taken (Gemma4RowStore * store);

/* Sound from @running_ns on is played at @rate; the pad's segment says so. Before a
 * push. */
void gemma4_row_store_set_rate (Gemma4RowStore * store, gdouble rate,
    GstClockTime running_ns, GstClockTime stream_ns);

/* The sample that is played at @running_ns; 0 for times before the origin. */
guint64 gemma4_row_store_sample_at (const Gemma4RowStore * store, GstClockTime running_ns);

GstClockTime gemma4_row_store_stream_time (const Gemma4RowStore * store, guint64 k);

/* Running time of row @k, and the first row at or after a running time. */
GstClockTime gemma4_row_store_time (const Gemma4RowStore * store, guint64 k);
guint64 gemma4_row_store_row_at (const Gemma4RowStore * store, GstClockTime running_ns);

/* Row @k, which must be here: first <= k < first + n_rows. */
const gfloat *gemma4_row_store_row (const Gemma4RowStore * store, guint64 k);
