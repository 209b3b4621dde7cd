/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The frames that a video or image pad has shown and no pack has used up: a
 * bounded list of buffers with their times. When it is full, every second frame
 * goes, so that what stays is spread evenly over the time it covers. */

#include "gemma4tensors.h"
#include "gemma4window.h"

typedef struct
{
  GstBuffer *buffer;            /* owned: uint8 patches, int32 positions */
  guint n_columns, n_lines;     /* patches a line, lines of patches */
  GstClockTime running_ns;
  gdouble rate;                 /* seconds of media in a second of running time */
  GstClockTime stream_ns;       /* GST_CLOCK_TIME_NONE outside the segment */
  gboolean taken;               /* a pack has had it */
} Gemma4StoredFrame;

typedef struct
{
  GArray *frames;               /* of Gemma4StoredFrame, oldest first */
  GArray *shown;                /* of guint64: running times of buffers and gaps */
  guint capacity;               /* frames at most */
  gboolean thin;                /* when full: drop every second frame, or else the oldest */
  guint64 n_dropped;            /* frames given up because it was full */
} Gemma4FrameStore;

void gemma4_frame_store_init (Gemma4FrameStore * store, guint capacity, gboolean thin);
void gemma4_frame_store_clear (Gemma4FrameStore * store);
void gemma4_frame_store_empty (Gemma4FrameStore * store);

/* What is there stays until the next frame comes. */
void gemma4_frame_store_resize (Gemma4FrameStore * store, guint capacity);

/* Puts a reference of @buffer and its grid into @frame; FALSE if its memories are
 * smaller than @specs (pixels, positions) say, or its positions are no grid. */
gboolean gemma4_stored_frame_read (Gemma4StoredFrame * frame, GstBuffer * buffer,
    const Gemma4TensorSpec specs[2]);

/* Takes the frame's buffer. */
void gemma4_frame_store_push (Gemma4FrameStore * store, const Gemma4StoredFrame * frame);

/* A gap says that time went on without a frame. */
void gemma4_frame_store_gap (Gemma4FrameStore * store, GstClockTime running_ns);

/* The time of what came has jumped by @shift_ns: what is there moves along. */
void gemma4_frame_store_shift (Gemma4FrameStore * store, gint64 shift_ns);

/* Takes the frames of @window: a new array of Gemma4StoredFrame with references of
 * their own, oldest first. */
GArray *gemma4_frame_store_take (Gemma4FrameStore * store, const Gemma4Window * window);

gboolean gemma4_frame_store_has_untaken (const Gemma4FrameStore * store);

/* Forgets what lies before @running_ns. */
void gemma4_frame_store_drop_before (Gemma4FrameStore * store, GstClockTime running_ns);

/* Forgets what was taken, and what was shown before @stop_ns. */
void gemma4_frame_store_drop_taken (Gemma4FrameStore * store, GstClockTime stop_ns);

/* The earliest time in [start, stop) that a buffer or gap has shown; GST_CLOCK_TIME_NONE
 * if there is none. */
GstClockTime gemma4_frame_store_first_shown (const Gemma4FrameStore * store,
    GstClockTime start_ns, GstClockTime stop_ns);
