/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4joint.h"

/* How far from the end of the last buffer, beside its DURATION, the next may begin. */
#define TOLERANCE (100 * GST_MSECOND)

void
gemma4_joint_end (Gemma4Joint *self)
{
  gst_clear_event (&self->waiting);
  self->begin_ns = self->end_ns = GST_CLOCK_TIME_NONE;
  self->other_stream = FALSE;
  self->shift_ns = 0;
  gst_segment_init (&self->in, GST_FORMAT_UNDEFINED);
}

void
gemma4_joint_clear (Gemma4Joint *self)
{
  gemma4_joint_end (self);
  gst_segment_init (&self->out, GST_FORMAT_UNDEFINED);
  g_clear_pointer (&self->stream_id, g_free);
}

/* Every source gives its streams a group; a stream without one stands alone. */
Gemma4JointVerdict
gemma4_joint_stream_start (Gemma4Joint *self, GstEvent *event)
{
  const gchar *id;
  guint group;
  gst_event_parse_stream_start (event, &id);
  gboolean other = self->stream_id && g_strcmp0 (self->stream_id, id) != 0;
  g_free (self->stream_id);
  self->stream_id = g_strdup (id);
  if (!other || !GST_CLOCK_TIME_IS_VALID (self->end_ns))
    return GEMMA4_JOINT_GOES_ON;
  if (!gst_event_parse_group_id (event, &group)) {
    gemma4_joint_end (self);
    return GEMMA4_JOINT_BEGINS;
  }
  self->other_stream = TRUE;
  return GEMMA4_JOINT_GOES_ON;
}

static gboolean
running_time (const GstSegment *segment, GstClockTime time, GstClockTime *running_ns)
{
  guint64 running = 0;
  gboolean ok = GST_CLOCK_TIME_IS_VALID (time)
      && gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, time, &running) > 0;
  *running_ns = ok ? running : GST_CLOCK_TIME_NONE;
  return ok;
}

/* Whether times mean after @to what they meant in @from. At an equal rate one tells. */
static gboolean
maps_alike (const GstSegment *from, const GstSegment *to)
{
  guint64 time = to->start, running[2] = { 0, 0 }, stream[2] = { 0, 0 };
  return gst_segment_to_running_time_full (from, GST_FORMAT_TIME, time, &running[0])
      == gst_segment_to_running_time_full (to, GST_FORMAT_TIME, time, &running[1])
      && gst_segment_to_stream_time_full (from, GST_FORMAT_TIME, time, &stream[0])
      == gst_segment_to_stream_time_full (to, GST_FORMAT_TIME, time, &stream[1])
      && running[0] == running[1] && stream[0] == stream[1];
}

static gboolean
rate_stays (const GstSegment *from, const GstSegment *to)
{
  return from->format == GST_FORMAT_TIME && to->format == GST_FORMAT_TIME
      && from->rate == to->rate && from->applied_rate == to->applied_rate;
}

static gboolean
is_near_end (const Gemma4Joint *self, GstClockTime running_ns)
{
  GstClockTime most = self->end_ns - self->begin_ns + TOLERANCE;
  return running_ns <= self->end_ns + most && running_ns + most >= self->end_ns;
}

/* Whether the segment puts its media behind the last one, as concat does. */
static gboolean
is_appended (const Gemma4Joint *self, const GstSegment *segment)
{
  return segment->base + TOLERANCE >= self->end_ns && segment->base <= self->end_ns + TOLERANCE;
}

static gboolean
skips_media (const Gemma4Joint *self, const GstSegment *segment)
{
  guint64 end_ns = gst_segment_to_stream_time (&self->in, GST_FORMAT_TIME,
      gst_segment_position_from_running_time (&self->in, GST_FORMAT_TIME, self->end_ns));
  return GST_CLOCK_TIME_IS_VALID (end_ns) && GST_CLOCK_TIME_IS_VALID (segment->time)
      && segment->time > end_ns + self->end_ns - self->begin_ns + TOLERANCE;
}

/* A segment's buffers begin between its base and its stop. */
static gboolean
can_be_near_end (const Gemma4Joint *self, const GstSegment *segment)
{
  GstClockTime most = self->end_ns - self->begin_ns + TOLERANCE, last_ns;
  if (segment->base > self->end_ns + most
      || (!is_appended (self, segment) && skips_media (self, segment)))
    return FALSE;
  return !running_time (segment, segment->stop, &last_ns) || last_ns + most >= self->end_ns;
}

static void
replace (Gemma4Joint *self, const GstSegment *segment)
{
  gemma4_joint_end (self);
  self->in = self->out = *segment;
}

Gemma4JointVerdict
gemma4_joint_segment (Gemma4Joint *self, GstEvent *event)
{
  GstSegment segment;
  gst_event_copy_segment (event, &segment);
  gst_clear_event (&self->waiting);
  gboolean same_rate = rate_stays (&self->in, &segment);
  if (same_rate && !self->other_stream && maps_alike (&self->in, &segment)) {
    self->in = segment;
    if (self->shift_ns)
      return GEMMA4_JOINT_WAITS;        /* for nothing: downstream has another one */
    self->out = segment;
    return GEMMA4_JOINT_GOES_ON;
  }
  if (!same_rate || !GST_CLOCK_TIME_IS_VALID (self->end_ns)
      || (self->other_stream && !is_appended (self, &segment))
      || !can_be_near_end (self, &segment)) {
    replace (self, &segment);
    return GEMMA4_JOINT_BEGINS;
  }
  self->waiting = gst_event_ref (event);
  return GEMMA4_JOINT_WAITS;
}

/* Finds the shift to the SEGMENT that downstream has. That one may end too early for
 * what comes. */
static gboolean
join (Gemma4Joint *self, const GstSegment *segment, GstClockTime pts, GstEvent **update)
{
  GstClockTime running_ns;
  guint64 position;
  if (!running_time (segment, pts, &running_ns) || !is_near_end (self, running_ns)
      || gst_segment_position_from_running_time_full (&self->out, GST_FORMAT_TIME, running_ns,
          &position) <= 0)
    return FALSE;
  self->shift_ns = GST_CLOCK_DIFF (pts, position);
  self->in = *segment;
  self->other_stream = FALSE;
  if (GST_CLOCK_TIME_IS_VALID (self->out.stop)) {
    self->out.stop = self->out.duration = GST_CLOCK_TIME_NONE;
    *update = gst_event_new_segment (&self->out);
  }
  return TRUE;
}

Gemma4JointVerdict
gemma4_joint_decide (Gemma4Joint *self, GstClockTime pts, GstEvent **segment)
{
  *segment = NULL;
  if (!self->waiting)
    return GEMMA4_JOINT_GOES_ON;
  g_autoptr (GstEvent) event = g_steal_pointer (&self->waiting);
  GstSegment next;
  gst_event_copy_segment (event, &next);
  if (join (self, &next, pts, segment))
    return GEMMA4_JOINT_GOES_ON;
  replace (self, &next);
  *segment = g_steal_pointer (&event);
  return GEMMA4_JOINT_BEGINS;
}

/* A buffer without a DURATION lasts as long as the one before it took to come. */
void
gemma4_joint_show (Gemma4Joint *self, GstClockTime pts, GstClockTime duration)
{
  GstClockTime begin_ns, end_ns, last_ns = self->begin_ns;
  if (self->in.format != GST_FORMAT_TIME || !running_time (&self->in, pts, &begin_ns))
    return;
  if (!GST_CLOCK_TIME_IS_VALID (duration) || !running_time (&self->in, pts + duration, &end_ns))
    end_ns = begin_ns + (GST_CLOCK_TIME_IS_VALID (last_ns) && begin_ns > last_ns
        ? begin_ns - last_ns : 0);
  self->begin_ns = begin_ns;
  self->end_ns = MAX (end_ns, begin_ns);
}

GstEvent *
gemma4_joint_steal (Gemma4Joint *self)
{
  return g_steal_pointer (&self->waiting);
}

GstClockTime
gemma4_joint_time (const Gemma4Joint *self, GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID (time) ? time + self->shift_ns : time;
}

GstEvent *
gemma4_joint_move_gap (const Gemma4Joint *self, GstEvent *gap)
{
  if (self->shift_ns == 0)
    return gap;
  GstClockTime time, duration;
  gst_event_parse_gap (gap, &time, &duration);
  GstEvent *moved = gst_event_new_gap (gemma4_joint_time (self, time), duration);
  gst_event_set_seqnum (moved, gst_event_get_seqnum (gap));
  gst_event_unref (gap);
  return moved;
}
