/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether media goes on over a new SEGMENT. Demuxers send one that only corrects the
 * last one, and `concat` sends one for each stream that it joins. Media goes on if its
 * rate stays and its first buffer begins, in running time, within one DURATION and
 * 100 ms of the end of the last one; so the first buffer decides. A flush, SEGMENT_DONE,
 * EOS or a STREAM_START with another id ends media, but for a stream whose SEGMENT's
 * base appends it to the last one, as that of `concat` does.
 *
 * Media that goes on stays in the SEGMENT that it began in: downstream gets no other
 * one, and its times are moved there, so that running times stay what they are. */

#include <gst/gst.h>

typedef struct
{
  GstSegment in;                /* that the last buffer lay in; UNDEFINED: none came */
  GstSegment out;               /* that downstream has */
  gint64 shift_ns;              /* from times of @in to times of @out */
  GstEvent *waiting;            /* the SEGMENT that the next buffer decides on; or NULL */
  GstClockTime begin_ns, end_ns;        /* of the last buffer, in running time; or NONE */
  gchar *stream_id;
  gboolean other_stream;        /* a STREAM_START with another id came after the last buffer */
} Gemma4Joint;

typedef enum
{
  GEMMA4_JOINT_GOES_ON,         /* hand on the event */
  GEMMA4_JOINT_WAITS,           /* do not, the next buffer decides */
  GEMMA4_JOINT_BEGINS,          /* new media: end what came, then hand on the event */
} Gemma4JointVerdict;

/* Forgets what came: at a flush, and when the element stops. */
void gemma4_joint_clear (Gemma4Joint * self);

/* EOS or SEGMENT_DONE: what follows is new media. */
void gemma4_joint_end (Gemma4Joint * self);

/* STREAM_START. */
Gemma4JointVerdict gemma4_joint_stream_start (Gemma4Joint * self, GstEvent * event);

/* SEGMENT. Where it waits, @self has its own reference. */
Gemma4JointVerdict gemma4_joint_segment (Gemma4Joint * self, GstEvent * event);

/* Before a buffer or GAP at @pts, NONE if it has no time. @segment: (out): the SEGMENT to
 * send downstream now, or NULL. Never says WAITS. */
Gemma4JointVerdict gemma4_joint_decide (Gemma4Joint * self, GstClockTime pts,
    GstEvent ** segment);

/* After a buffer, in times of the SEGMENT that it came in. */
void gemma4_joint_show (Gemma4Joint * self, GstClockTime pts, GstClockTime duration);

/* The SEGMENT that still waits at the end of media, or NULL. */
GstEvent *gemma4_joint_steal (Gemma4Joint * self);

/* A time of the current SEGMENT in that of downstream; NONE stays NONE. */
GstClockTime gemma4_joint_time (const Gemma4Joint * self, GstClockTime time);

/* A GAP event, taken over, with such a time. */
GstEvent *gemma4_joint_move_gap (const Gemma4Joint * self, GstEvent * gap);
