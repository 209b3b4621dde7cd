/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videolive.h"

#include "gemma4videoflow.h"

#define SEGMENT(self) (&GST_BASE_TRANSFORM (self)->segment)

void
gemma4_video_live_push (GstGemma4VideoConv *self, GstBuffer *frame)
{
  self->incoming.post_messages = self->active.post_messages;
  gemma4_live_push (&self->incoming, SEGMENT (self), frame, GST_BUFFER_DURATION (frame));
}

/* After a pause of several points of the grid it begins where the video does. */
static void
resume (GstGemma4VideoConv *self)
{
  const Gemma4SelectParams *params = &self->select.params;
  if (self->selecting && params->rule == GEMMA4_SELECT_RATE
      && self->incoming.pause > gst_util_uint64_scale (2 * GST_SECOND, params->rate_d,
          params->rate_n))
    self->select.grid = (Gemma4Grid) { 0 };
}

GstFlowReturn
gemma4_video_live_next (GstGemma4VideoConv *self, GstBuffer **out)
{
  GstFlowReturn ret = gemma4_video_flow_next (self, out);
  while (ret == GST_FLOW_OK && !*out) {
    Gemma4LiveStart start;
    GstBuffer *frame = gemma4_live_next (&self->incoming, &start);
    if (!frame)
      return GST_FLOW_OK;
    if (start == GEMMA4_LIVE_RESUMES)
      resume (self);
    if (start == GEMMA4_LIVE_NEW) {
      gemma4_video_flow_finish (self);
      self->discont = TRUE;
    }
    ret = gemma4_video_flow_push (self, frame);
    if (ret == GST_FLOW_OK)
      ret = gemma4_video_flow_next (self, out);
  }
  if (*out && self->discont) {
    *out = gst_buffer_make_writable (*out);
    GST_BUFFER_FLAG_SET (*out, GST_BUFFER_FLAG_DISCONT);
    self->discont = FALSE;
  }
  return ret;
}

/* Outside the chain function nobody asks for the next buffer. */
static void
send_ready (GstGemma4VideoConv *self)
{
  GstBuffer *out;
  while (gemma4_video_live_next (self, &out) == GST_FLOW_OK && out)
    if (gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), out) != GST_FLOW_OK)
      return;
}

gboolean
gemma4_video_live_gap (GstGemma4VideoConv *self, GstEvent *event)
{
  GstClockTime pts, duration;
  gst_event_parse_gap (event, &pts, &duration);
  gboolean counts = gemma4_live_gap (&self->incoming, SEGMENT (self), pts, duration);
  send_ready (self);
  return counts;
}

void
gemma4_video_live_end (GstGemma4VideoConv *self)
{
  gemma4_live_end (&self->incoming, SEGMENT (self));
  send_ready (self);
}
