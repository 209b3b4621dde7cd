/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4audiotime.h"

void
gemma4_audio_time_init (Gemma4AudioTime *self, guint rate_hz)
{
  gemma4_audio_time_clear (self);
  self->rate_hz = rate_hz;
  self->align = gst_audio_stream_align_new (rate_hz, GEMMA4_AUDIO_ALIGNMENT_THRESHOLD, 0);
}

void
gemma4_audio_time_clear (Gemma4AudioTime *self)
{
  g_clear_pointer (&self->align, gst_audio_stream_align_free);
  *self = (Gemma4AudioTime) {.start = GST_CLOCK_TIME_NONE };
}

GstClockTime
gemma4_audio_time_of (const Gemma4AudioTime *self, guint64 n)
{
  return self->start + gst_util_uint64_scale (n, GST_SECOND, self->rate_hz);
}

guint64
gemma4_audio_time_sample_at (const Gemma4AudioTime *self, GstClockTime time)
{
  if (time <= self->start)
    return 0;
  return gst_util_uint64_scale_round (time - self->start, self->rate_hz, GST_SECOND);
}

/* How many samples lie from sample 0 back to @time. */
static guint64
samples_before (const Gemma4AudioTime *self, GstClockTime time)
{
  if (time >= self->start)
    return 0;
  return gst_util_uint64_scale_round (self->start - time, self->rate_hz, GST_SECOND);
}

static guint
samples_between (const Gemma4AudioTime *self, GstClockTime begin, GstClockTime end)
{
  return gst_util_uint64_scale_round (end - begin, self->rate_hz, GST_SECOND);
}

guint
gemma4_audio_time_clip (const Gemma4AudioTime *self, const GstSegment *segment,
    GstClockTime *pts, guint n_samples, guint *n_before)
{
  guint64 begin, end, length = gst_util_uint64_scale (n_samples, GST_SECOND, self->rate_hz);
  *n_before = 0;
  if (!GST_CLOCK_TIME_IS_VALID (*pts))
    return n_samples;
  GstClockTime stop = *pts + MIN (length, GST_CLOCK_TIME_NONE - 1 - *pts);
  if (!gst_segment_clip (segment, segment->format, *pts, stop, &begin, &end))
    return 0;
  *n_before = samples_between (self, *pts, begin);
  guint n_behind = samples_between (self, end, stop);
  *pts = begin;
  return n_samples > *n_before + n_behind ? n_samples - *n_before - n_behind : 0;
}

static GstClockTime
expected_time (const Gemma4AudioTime *self, guint64 position)
{
  return gemma4_audio_time_of (self,
      position > self->n_overlap ? position - self->n_overlap : 0);
}

gboolean
gemma4_audio_time_place (Gemma4AudioTime *self, GstClockTime time, guint n_samples,
    guint64 position, guint64 *n_missing, guint *n_late)
{
  /* a GAP may have come before all sound that it lies behind */
  if (!GST_CLOCK_TIME_IS_VALID (self->start)
      || (position == 0 && GST_CLOCK_TIME_IS_VALID (time) && time < self->start))
    self->start = time;
  if (!GST_CLOCK_TIME_IS_VALID (time))
    time = expected_time (self, position);

  *n_missing = 0;
  gboolean discont = gst_audio_stream_align_process (self->align, FALSE, time, n_samples,
      NULL, NULL, NULL);
  if (discont) {
    guint64 target = gemma4_audio_time_sample_at (self, time);
    self->n_overlap = samples_before (self, time);
    if (target >= position)
      *n_missing = target - position;
    else
      self->n_overlap += position - target;
  }
  *n_late = MIN (self->n_overlap, n_samples);
  self->n_overlap -= *n_late;
  return discont;
}
