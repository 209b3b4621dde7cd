/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A watch over the times of one live stream: tells a wrong time stamp from media that
 * goes on from another time. It sees times only; its user holds the buffers that wait.
 *
 * A time is in order if it lies at most a second before the newest, and at most a second
 * behind where that ends (or behind as much as has passed since it came). A time out of
 * order is a jump. The clock explains it if it lies within a second and the latency of
 * the clock. Any other waits. Two more that go on from it prove a new timeline, or one
 * that comes half a second or more after it. Until then one that is in order, or that
 * goes on from neither, proves it wrong. */

#include <gst/gst.h>

#define GEMMA4_JUMP_SLACK (1 * GST_SECOND)
#define GEMMA4_JUMP_WAIT_NS (GST_SECOND / 2)

/* At most so many wait. */
#define GEMMA4_JUMP_MAX_WAITING 2

/* What becomes of a buffer. See n_waiting and n_alone for those that waited. */
typedef enum
{
  GEMMA4_JUMP_TAKE,             /* it is in order */
  GEMMA4_JUMP_RESUMES,          /* it is in order after a pause of over a second */
  GEMMA4_JUMP_WAIT,             /* hold it behind those that wait */
  GEMMA4_JUMP_GOES_ON,          /* what waits (less n_alone) and it are a new timeline */
} Gemma4JumpVerdict;

/* The clocks when a buffer comes. */
typedef struct
{
  GstClockTime now;             /* running time of the pipeline; NONE: no clock */
  GstClockTime latency;
  GstClockTime wall;            /* gst_util_get_timestamp () */
} Gemma4JumpClock;

typedef struct
{
  GstClockTime start, end;      /* the newest of a timeline, running time */
  GstClockTime shown;           /* up to where GAPs came too */
  GstClockTime wall;            /* when its last buffer came */
} Gemma4JumpMark;

typedef struct
{
  gboolean exact;               /* see gemma4_jump_init() */
  gboolean begun;               /* there is a timeline */
  Gemma4JumpMark line;          /* it */
  Gemma4JumpMark next;          /* the one that waits to be proved */
  GstClockTime next_wall;       /* when its first one came */
  guint n_next;                 /* what waits, and GAPs that go on from it */

  /* For the user: */
  guint n_waiting;              /* buffers that wait after the last verdict */
  guint n_alone;                /* those that waited before it, all or none, were wrong:
                                 * drop them and say so */
  GstClockTime from, to;        /* GOES_ON: where the old timeline ended (NONE: there was
                                 * none, nothing to say) and the new one begins;
                                 * n_alone > 0: from is what was expected; RESUMES: they
                                 * are the ends of the pause */
  GstClockTime due;             /* GOES_ON: what would be to, had time not jumped; or NONE */
  gboolean explained;           /* GOES_ON, RESUMES, TAKE of a GAP: it was no time in order, but
                                 * the clock and the latency say that it is right */
} Gemma4Jump;

/* Forgets everything, as after a flush or in a new segment. What waits is the user's.
 * @exact: durations are exact, as those of sound: one that begins over a second before
 *   the newest ends is a jump, and not only over a second before the newest begins */
void gemma4_jump_init (Gemma4Jump * self, gboolean exact);

/* The same for what waits alone. */
void gemma4_jump_forget (Gemma4Jump * self);

/**
 * gemma4_jump_is_plain:
 * The short way: takes a buffer that begins where it was expected. It needs no clock.
 * @start: running time; NONE is right behind the last one
 * @duration: or NONE
 * @wall: gst_util_get_timestamp ()
 * Returns: FALSE if gemma4_jump_judge() must be asked; nothing has changed then.
 */
gboolean gemma4_jump_is_plain (Gemma4Jump * self, GstClockTime start, GstClockTime duration,
    GstClockTime wall);

/* Judges a buffer, and what waits. First n_alone of those that wait are dropped. Then
 * what is left of them and the buffer are taken, or the buffer waits too. */
Gemma4JumpVerdict gemma4_jump_judge (Gemma4Jump * self, GstClockTime start,
    GstClockTime duration, const Gemma4JumpClock * clock);

/* The same for a GAP, which shows time too but never waits: WAIT means to drop it.
 * It proves what waits wrong only if it is in order itself. */
Gemma4JumpVerdict gemma4_jump_judge_gap (Gemma4Jump * self, GstClockTime start,
    GstClockTime duration, const Gemma4JumpClock * clock);

/* The buffer begins a new timeline, whatever its time: someone else knows. GOES_ON, or
 * TAKE and RESUMES if it is in order. */
Gemma4JumpVerdict gemma4_jump_accept (Gemma4Jump * self, GstClockTime start,
    GstClockTime duration, const Gemma4JumpClock * clock);

/* Nothing more comes: at EOS, or before what ends the media. GOES_ON: take what waits.
 * TAKE: nothing waits (n_alone is 0), or it is dropped (n_alone). */
Gemma4JumpVerdict gemma4_jump_end (Gemma4Jump * self);
