/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4live.h"

void
gemma4_live_init (Gemma4Live *self, GstElement *element, GstPad *sinkpad, gboolean exact)
{
  *self = (Gemma4Live) {.element = element,.sinkpad = sinkpad,.exact = exact };
  g_queue_init (&self->waiting);
  g_queue_init (&self->ready);
  gemma4_live_reset (self);
}

void
gemma4_live_reset (Gemma4Live *self)
{
  g_queue_clear_full (&self->waiting, (GDestroyNotify) gst_buffer_unref);
  gst_clear_buffer (&self->first_ready);
  g_queue_clear_full (&self->ready, (GDestroyNotify) gst_buffer_unref);
  gemma4_jump_init (&self->watch, self->exact);
  self->start = GEMMA4_LIVE_IN_ORDER;
  self->asked = self->live = FALSE;
}

static void
push_ready (Gemma4Live *self, GstBuffer *buffer)
{
  if (!self->first_ready && g_queue_is_empty (&self->ready))
    self->first_ready = buffer;
  else
    g_queue_push_tail (&self->ready, buffer);
}

static gboolean
is_live (Gemma4Live *self)
{
  if (self->asked)
    return self->live;
  self->asked = TRUE;
  GstQuery *query = gst_query_new_latency ();
  if (gst_pad_peer_query (self->sinkpad, query))
    gst_query_parse_latency (query, &self->live, &self->latency, NULL);
  gst_query_unref (query);
  return self->live;
}

/* A clock that has not moved yet tells nothing. */
static GstClockTime
running_time_now (GstElement *element)
{
  GstClock *clock = gst_element_get_clock (element);
  if (!clock)
    return GST_CLOCK_TIME_NONE;
  GstClockTime time = gst_clock_get_time (clock), base = gst_element_get_base_time (element);
  gst_object_unref (clock);
  return GST_CLOCK_TIME_IS_VALID (time) && time > base ? time - base : GST_CLOCK_TIME_NONE;
}

/* Without a clock media is taken as it comes: what jumps is a first buffer then. */
static Gemma4JumpClock
ask_clock (Gemma4Live *self, GstClockTime wall)
{
  Gemma4JumpClock clock = { running_time_now (self->element), self->latency, wall };
  if (!GST_CLOCK_TIME_IS_VALID (clock.now) && g_queue_is_empty (&self->waiting))
    gemma4_jump_init (&self->watch, self->exact);
  return clock;
}

/* @running: (out): NONE if @pts is. Returns FALSE outside the segment. */
static gboolean
running_time (const GstSegment *segment, GstClockTime pts, GstClockTime duration,
    GstClockTime *running)
{
  *running = GST_CLOCK_TIME_NONE;
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return TRUE;
  if (pts < segment->start && GST_CLOCK_TIME_IS_VALID (duration)
      && segment->start - pts < duration)
    pts = segment->start;
  if (pts < segment->start || (GST_CLOCK_TIME_IS_VALID (segment->stop) && pts >= segment->stop))
    return FALSE;
  guint64 time;
  *running = gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, pts, &time) > 0
      ? time : 0;
  return TRUE;
}

static gdouble
seconds (GstClockTime time)
{
  return (gdouble) time / GST_SECOND;
}

static void
post (Gemma4Live *self, GstStructure *structure)
{
  if (self->post_messages)
    gst_element_post_message (self->element,
        gst_message_new_element (GST_OBJECT (self->element), structure));
  else
    gst_structure_free (structure);
}

/* The place of a lost buffer is where it was expected, not where it said. */
static void
push_gap (Gemma4Live *self, GstClockTime duration)
{
  GstClockTime running = self->watch.from;
  if (!self->gap_pad || !GST_CLOCK_TIME_IS_VALID (running)
      || self->gap_segment->format != GST_FORMAT_TIME)
    return;
  GstClockTime pts = gst_segment_position_from_running_time (self->gap_segment,
      GST_FORMAT_TIME, running);
  if (GST_CLOCK_TIME_IS_VALID (pts))
    gst_pad_push_event (self->gap_pad, gst_event_new_gap (pts, duration));
}

static void
drop_alone (Gemma4Live *self, const GstSegment *segment)
{
  for (guint i = 0; i < self->watch.n_alone; i++) {
    GstBuffer *buffer = g_queue_pop_head (&self->waiting);
    GstClockTime expected = self->watch.from, found;
    running_time (segment, GST_BUFFER_PTS (buffer), GST_CLOCK_TIME_NONE, &found);
    g_autofree gchar *where = GST_CLOCK_TIME_IS_VALID (expected)
        ? g_strdup_printf ("where %.3f s was expected", seconds (expected))
        : g_strdup ("which the clock does not explain");
    GST_ELEMENT_WARNING (self->element, STREAM, FAILED, ("A buffer has the time %.3f s, %s, and "
            "none goes on from it: it is left out. If the source is right, let it stamp its "
            "buffers with the clock's time (do-timestamp=true).", seconds (found), where), (NULL));
    post (self, gst_structure_new ("gemma4-dropped", "why", G_TYPE_STRING, "jump",
            "time", G_TYPE_UINT64, found, "expected", G_TYPE_UINT64, expected, NULL));
    push_gap (self, GST_BUFFER_DURATION (buffer));
    gst_buffer_unref (buffer);
  }
}

/* Without a timeline before there is nothing to say, and nothing to begin. */
static void
begin_timeline (Gemma4Live *self)
{
  GstClockTime from = self->watch.from, to = self->watch.to;
  if (!GST_CLOCK_TIME_IS_VALID (from))
    return;
  self->start = GEMMA4_LIVE_NEW;
  GST_ELEMENT_WARNING (self->element, STREAM, FAILED, ("The time stamps jumped from %.3f s to "
          "%.3f s, and the media goes on from there: it is taken as new media.",
          seconds (from), seconds (to)), (NULL));
  post (self, gst_structure_new ("gemma4-jump", "from", G_TYPE_UINT64, from,
          "to", G_TYPE_UINT64, to, NULL));
}

/* Does with what waits what the watch says. */
static void
settle (Gemma4Live *self, const GstSegment *segment, Gemma4JumpVerdict verdict)
{
  drop_alone (self, segment);
  if (verdict == GEMMA4_JUMP_WAIT)
    return;
  if (verdict == GEMMA4_JUMP_GOES_ON)
    begin_timeline (self);
  if (verdict == GEMMA4_JUMP_RESUMES) {
    self->start = GEMMA4_LIVE_RESUMES;
    self->pause = self->watch.to - self->watch.from;
  }
  while (!g_queue_is_empty (&self->waiting))
    push_ready (self, g_queue_pop_head (&self->waiting));
}

void
gemma4_live_push (Gemma4Live *self, const GstSegment *segment, GstBuffer *buffer,
    GstClockTime duration)
{
  GstClockTime running, wall;
  if (!is_live (self) || segment->format != GST_FORMAT_TIME
      || !running_time (segment, GST_BUFFER_PTS (buffer), duration, &running)) {
    push_ready (self, buffer);
    return;
  }
  wall = gst_util_get_timestamp ();
  if (gemma4_jump_is_plain (&self->watch, running, duration, wall)) {
    push_ready (self, buffer);
    return;
  }
  Gemma4JumpClock clock = ask_clock (self, wall);
  Gemma4JumpVerdict verdict = gemma4_jump_judge (&self->watch, running, duration, &clock);
  settle (self, segment, verdict);
  if (verdict == GEMMA4_JUMP_WAIT)
    g_queue_push_tail (&self->waiting, buffer);
  else
    push_ready (self, buffer);
}

gboolean
gemma4_live_gap (Gemma4Live *self, const GstSegment *segment, GstClockTime pts,
    GstClockTime duration)
{
  GstClockTime running;
  if (!is_live (self) || segment->format != GST_FORMAT_TIME
      || !running_time (segment, pts, duration, &running))
    return TRUE;
  Gemma4JumpClock clock = ask_clock (self, gst_util_get_timestamp ());
  Gemma4JumpVerdict verdict = gemma4_jump_judge_gap (&self->watch, running, duration, &clock);
  settle (self, segment, verdict);
  return verdict != GEMMA4_JUMP_WAIT;
}

void
gemma4_live_end (Gemma4Live *self, const GstSegment *segment)
{
  settle (self, segment, gemma4_jump_end (&self->watch));
}

GstBuffer *
gemma4_live_next (Gemma4Live *self, Gemma4LiveStart *start)
{
  GstBuffer *buffer = self->first_ready ? g_steal_pointer (&self->first_ready)
      : g_queue_pop_head (&self->ready);
  if (start)
    *start = self->start;
  if (buffer)
    self->start = GEMMA4_LIVE_IN_ORDER;
  return buffer;
}
