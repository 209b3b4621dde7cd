/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The buffers of a converter's sink pad under the watch of gemma4jump.h: what waits for
 * its verdict is held here, and what was wrong is dropped and announced. Recorded media,
 * and live media without a clock that runs, go through as they come. Everything runs
 * under the stream lock. */

#include "gemma4jump.h"

/* How a buffer continues the one before. */
typedef enum
{
  GEMMA4_LIVE_IN_ORDER,
  GEMMA4_LIVE_RESUMES,          /* after a pause that the clock explains */
  GEMMA4_LIVE_NEW,              /* it begins a new timeline */
} Gemma4LiveStart;

typedef struct
{
  GstElement *element;          /* not owned; announces */
  GstPad *sinkpad;              /* not owned */
  GstPad *gap_pad;              /* where a GAP tells of a lost buffer; NULL: nowhere */
  const GstSegment *gap_segment;        /* that stands there */
  gboolean exact;
  gboolean post_messages;       /* the user's */

  Gemma4Jump watch;
  GQueue waiting;               /* of GstBuffer */
  GstBuffer *first_ready;       /* or NULL: most are alone, and a queue allocates */
  GQueue ready;                 /* behind it */
  Gemma4LiveStart start;        /* of the first one that is ready */
  GstClockTime pause;           /* before it; RESUMES */
  gboolean asked, live;         /* upstream */
  GstClockTime latency;         /* of it */
} Gemma4Live;

/* @exact: durations are, see gemma4_jump_init(). Then set gap_pad and gap_segment. */
void gemma4_live_init (Gemma4Live * self, GstElement * element, GstPad * sinkpad,
    gboolean exact);

/* Begins anew with the next buffer; what waits is dropped without a word. */
void gemma4_live_reset (Gemma4Live * self);

/* Takes over @buffer, whose times are those of @segment. Then ask gemma4_live_next().
 * @duration: or NONE */
void gemma4_live_push (Gemma4Live * self, const GstSegment * segment, GstBuffer * buffer,
    GstClockTime duration);

/* A GAP: take what gemma4_live_next() gives first. Returns whether the GAP counts. */
gboolean gemma4_live_gap (Gemma4Live * self, const GstSegment * segment, GstClockTime pts,
    GstClockTime duration);

/* What ends the media or changes its format comes: nothing waits any longer. Take what
 * gemma4_live_next() gives before. */
void gemma4_live_end (Gemma4Live * self, const GstSegment * segment);

/* The next buffer that is ready, NULL if there is none. @start: (out) (optional) */
GstBuffer *gemma4_live_next (Gemma4Live * self, Gemma4LiveStart * start);
