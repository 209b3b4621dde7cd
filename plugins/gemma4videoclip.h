/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is held, converted, of a clip until its end tells how many frames it had: an
 * evenly thinned set of at most 4 * num-frames, and, beside it, those that upstream's
 * length would choose. While the set has every frame it gives exactly those of the
 * rule, whatever upstream says. When it first must be thinned upstream is asked how much
 * is still to come: if that was right, the frames chosen by it are those of the rule too.
 * If it was wrong, or unknown, the set gives frames that are within a stride of theirs. */

#include "gemma4videoselect.h"

typedef struct
{
  GArray *kept, *chosen;        /* of frames as uint8 tensors, and their places in the clip */
  Gemma4Select select;          /* those that the told length chooses */
  guint64 told;                 /* frames that upstream's length means; 0: unknown */
  gboolean choosing;
  gboolean kept_now, chosen_now;        /* what becomes of the newest frame */
  gboolean first_is_sent;
  gboolean incomplete;          /* frames of the clip were given up */
} Gemma4VideoClip;

void gemma4_video_clip_init (Gemma4VideoClip * self);
void gemma4_video_clip_free (Gemma4VideoClip * self);

/* Forgets all frames. */
void gemma4_video_clip_empty (Gemma4VideoClip * self);

/* The clip goes on, but what it kept cannot be used any more. Returns how many that was. */
guint gemma4_video_clip_give_up (Gemma4VideoClip * self);

/* Other frames are wanted than before: those chosen so far are given up. */
void gemma4_video_clip_change (Gemma4VideoClip * self);

/* Whether the next frame is the first that the set has no room for. Then upstream must be
 * asked. */
gboolean gemma4_video_clip_is_full (const Gemma4VideoClip * self, const Gemma4Select * clip);

/* @total: frames of the clip by what upstream said; 0: it said nothing */
void gemma4_video_clip_tell (Gemma4VideoClip * self, const Gemma4Select * clip, guint64 total);

/* Shows the next frame of @clip, whose rule is THINNED. Returns whether to add it. */
gboolean gemma4_video_clip_next (Gemma4VideoClip * self, Gemma4Select * clip, GstClockTime time_ns,
    GstClockTime duration_ns);

/* Adds that frame, taken over; NULL: it could not be read. */
void gemma4_video_clip_add (Gemma4VideoClip * self, const Gemma4Select * clip, GstBuffer * tensors);

/* The end: whether the frames are exactly those of the rule. */
gboolean gemma4_video_clip_is_exact (const Gemma4VideoClip * self, const Gemma4Select * clip);

/* Frame 0, which every rule takes, to be sent at once: who plays a file sees that frames
 * come. NULL if it is not there, or was asked for before. */
GstBuffer *gemma4_video_clip_first (Gemma4VideoClip * self);

/* At the end: the frames in their order, but the one that was sent; by reference. */
GPtrArray *gemma4_video_clip_frames (const Gemma4VideoClip * self, const Gemma4Select * clip);
