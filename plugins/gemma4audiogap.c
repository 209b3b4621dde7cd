/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* GAP events. Demuxers send them for a track that has ended too, and samples come
 * behind them that belong before them, such as what a resampler still had. So a GAP
 * is silence only when a sample behind it has come; downstream is told at once that
 * time goes on. */

#include "gemma4audioconv-private.h"

#include "gemma4gap.h"
#include "gemma4tail.h"

#define GST_CAT_DEFAULT gemma4_audio_conv_debug

/* Up to this length jitter hides on which side of a hole a sample belongs: behind. */
#define SHORT_HOLE (20 * GST_MSECOND)

/* Tells what the unfinished buffer holds, so that a cut in the gap has it. */
static GstFlowReturn
send_tail (GstGemma4AudioConv *self)
{
  Gemma4AudioChunk *chunk = &self->chunk;
  guint64 position = gemma4_audio_chunk_position (chunk);
  if (position == self->told_position)
    return GST_FLOW_OK;
  GstFlowReturn flow = GST_FLOW_OK;
  Gemma4AudioPause pause = gemma4_audio_chunk_pause (chunk);
  while (flow == GST_FLOW_OK && gemma4_audio_chunk_is_complete (chunk)) {
    GstBuffer *buffer = gemma4_audio_conv_make_buffer (self);
    gemma4_audio_chunk_next (chunk);
    if (!buffer)
      flow = GST_FLOW_ERROR;
    else
      gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (self), gemma4_tail_event_new (buffer));
  }
  gemma4_audio_chunk_go_on (chunk, &pause);
  self->told_position = position;
  return flow;
}

static void
note_hole (GstGemma4AudioConv *self, GstClockTime pts, GstClockTime duration)
{
  if (!gemma4_gap_clip (&GST_BASE_TRANSFORM (self)->segment, &pts, &duration))
    return;
  GstClockTime last = pts + duration;
  gemma4_audio_conv_join (self, &pts);
  gemma4_joint_show (&self->joint, last, 0);
  GstClockTime end = pts + duration;
  if (!GST_CLOCK_TIME_IS_VALID (self->time.start))
    self->time.start = pts;
  if (!GST_CLOCK_TIME_IS_VALID (self->hole_end) || end > self->hole_end)
    self->hole_end = end;
}

gboolean
gemma4_audio_conv_take_gap (GstGemma4AudioConv *self, GstClockTime pts,
    GstClockTime duration)
{
  note_hole (self, pts, duration);
  return self->chunk.plan.clip || send_tail (self) == GST_FLOW_OK;
}

/* Whether sound at @pts belongs behind the hole from @here on. */
static gboolean
is_behind (const GstGemma4AudioConv *self, GstClockTime pts, GstClockTime here)
{
  GstClockTime hole = self->hole_end - here;
  if (!GST_CLOCK_TIME_IS_VALID (pts) || hole <= SHORT_HOLE)
    return TRUE;
  return pts > here + hole / 2 && pts + GEMMA4_AUDIO_ALIGNMENT_THRESHOLD >= self->hole_end;
}

guint64
gemma4_audio_conv_hole_before (GstGemma4AudioConv *self, GstClockTime pts)
{
  if (!GST_CLOCK_TIME_IS_VALID (self->hole_end))
    return 0;
  guint64 position = gemma4_audio_chunk_position (&self->chunk);
  GstClockTime here = gemma4_audio_time_of (&self->time, position);
  if (self->hole_end > here && !is_behind (self, pts, here))
    return 0;
  guint64 end = gemma4_audio_time_sample_at (&self->time, self->hole_end);
  self->hole_end = GST_CLOCK_TIME_NONE;
  return end > position ? end - position : 0;
}

void
gemma4_audio_conv_end_pass (GstGemma4AudioConv *self)
{
  self->between = TRUE;
  self->pass_end = GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (self->time.start))
    self->pass_end = gemma4_audio_time_of (&self->time,
        gemma4_audio_chunk_position (&self->chunk));
}

static gboolean
are_near (GstClockTime a, GstClockTime b)
{
  return ABS (GST_CLOCK_DIFF (a, b)) < (GstClockTimeDiff) GEMMA4_AUDIO_ALIGNMENT_THRESHOLD;
}

/* It comes before the next segment or, as its first buffer, behind it. A clip of the
 * pass has left. */
gboolean
gemma4_audio_conv_is_left_over (GstGemma4AudioConv *self, GstClockTime pts)
{
  if (self->between)
    return self->chunk.plan.clip;
  gboolean left_over = GST_CLOCK_TIME_IS_VALID (self->pass_end) && GST_CLOCK_TIME_IS_VALID (pts)
      && are_near (pts, self->pass_end)
      && !are_near (pts, GST_BASE_TRANSFORM (self)->segment.start);
  self->pass_end = GST_CLOCK_TIME_NONE;
  return left_over;
}
