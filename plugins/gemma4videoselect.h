/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which frames of a stream are taken: the core's sampling rules, asked frame by
 * frame. It sees times and counts only; frames are its user's. */

#include <gst/gemma4/sampler.h>
#include <gst/gst.h>

typedef enum
{
  GEMMA4_SELECT_ALL,            /* every frame */
  GEMMA4_SELECT_RATE,           /* the first frame at or after each point of a grid */
  GEMMA4_SELECT_INDEX,          /* n_frames of a known number, by their number */
  GEMMA4_SELECT_TIME,           /* those shown at n_frames moments of a known duration */
  GEMMA4_SELECT_THINNED,        /* n_frames of a number that only the end tells */
} Gemma4SelectRule;

typedef struct
{
  Gemma4SelectRule rule;
  Gemma4Target target;          /* whose rule spreads the frames of a clip */
  guint64 n_frames;             /* frames wanted of a clip, >= 1 */
  guint64 total;                /* INDEX: frames in all, >= 1 */
  guint fps_n, fps_d;           /* INDEX: the frame rate that @total comes from; 0: it was counted */
  GstClockTime start_ns, duration_ns;   /* TIME: of the clip */
  guint rate_n, rate_d;         /* RATE: frames a second, as a fraction */
} Gemma4SelectParams;

/* What becomes of a frame. "Held" is the frame before it, if that was held. */
typedef enum
{
  GEMMA4_SELECT_PASS,           /* nobody needs it, nor the held one */
  GEMMA4_SELECT_HOLD,           /* hold it instead of the held one */
  GEMMA4_SELECT_TAKE,           /* take it; the held one is done with */
  GEMMA4_SELECT_TAKE_HELD,      /* take the held one, hold this one */
  GEMMA4_SELECT_KEEP,           /* keep it, converted, until the end */
  GEMMA4_SELECT_KEEP_HALVED,    /* give up the kept ones at odd places, then keep it */
} Gemma4Verdict;

typedef struct
{
  Gemma4SelectParams params;
  guint64 n_seen;               /* frames shown since the last reset */
  GstClockTime first_ns;        /* when the first of them was shown */
  guint64 slot;                 /* next place of the clip to be filled */
  GstClockTime last_end_ns;     /* TIME: where the newest frame ends, if known */
  gboolean holding;             /* the newest frame was held */
  gboolean joined;              /* began in the midst of a clip */
  Gemma4Grid grid;
  Gemma4Thinner thinner;
} Gemma4Select;

/* Forgets everything, the count of frames too. */
void gemma4_select_reset (Gemma4Select * self);

/* Begins to select; frames seen before still count. */
void gemma4_select_start (Gemma4Select * self, const Gemma4SelectParams * params);

/* Shows the next frame. @duration_ns may be GST_CLOCK_TIME_NONE. */
Gemma4Verdict gemma4_select_frame (Gemma4Select * self, GstClockTime time_ns,
    GstClockTime duration_ns);

/* The clip has ended. Returns whether the held frame takes the places of frames
 * that never came. @estimated: (out): whether the clip had another length than
 * was said. */
gboolean gemma4_select_end (Gemma4Select * self, gboolean * estimated);

/* THINNED: @n_frames are wanted from now on. */
void gemma4_select_want (Gemma4Select * self, guint64 n_frames);
