/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of live media whose running time jumps share. A test clock says what time
 * it is; frames are one a 100 ms or a second, sound comes in rows of 10 ms. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define HOUR (3600 * S)

static const Gemma4Target targets[] = { GEMMA4_TARGET_KERASHUB, GEMMA4_TARGET_TRANSFORMERS };

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video, *audio;
  GstClockTime start;           /* of the clock */
} Rig;

static inline Rig
rig_with (Gemma4Target target, GstClockTime start, gboolean picture)
{
  Rig rig = { feed_new ("chat", FALSE, "target", target, NULL) };
  rig.start = start;
  rig.prompt = feed_pad (rig.feed, "prompt");
  gst_harness_use_testclock (rig.prompt);
  gst_harness_set_time (rig.prompt, start);
  rig.video = picture ? feed_pad (rig.feed, "video_0") : NULL;
  rig.audio = feed_pad (rig.feed, "audio_0");
  feed_begin_bytes (rig.feed, rig.prompt);
  if (picture)
    feed_begin (rig.feed, rig.video, TRUE);
  feed_begin (rig.feed, rig.audio, TRUE);
  return rig;
}

static inline Rig
rig_new (Gemma4Target target, GstClockTime start)
{
  return rig_with (target, start, TRUE);
}

static inline void
frame_at (Rig *rig, GstClockTime pts)
{
  feed_frame (rig->video, pts, 3, 3, 1);
}

static inline void
sound_at (Rig *rig, GstClockTime pts, gfloat value)
{
  feed_rows (rig->audio, pts, 640, value);
}

/* Sound in [from, to), whose rows count from 0 on where it begins. */
static inline void
sound (Rig *rig, GstClockTime from, GstClockTime to)
{
  for (GstClockTime at = from; at < to; at += 40 * MS)
    sound_at (rig, at, (at - from) / (10 * MS));
}

static inline void
ask (Rig *rig, const gchar *text)
{
  feed_prompt (rig->prompt, text, GST_CLOCK_TIME_NONE);
}

/* Time that this program slept is a pause of its source. */
static inline void
assert_at (GstBuffer *pack, GstClockTime want)
{
  GstClockTime got = GST_BUFFER_PTS (pack);
  fail_unless (got >= want && got < want + S, "a pack of %" G_GUINT64_FORMAT ", want %"
      G_GUINT64_FORMAT, got, want);
}
