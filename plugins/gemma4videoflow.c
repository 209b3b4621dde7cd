/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videoflow.h"

#include "gemma4videoupstream.h"

GST_DEBUG_CATEGORY_EXTERN (gemma4videoconv_debug);
#define GST_CAT_DEFAULT gemma4videoconv_debug

/* The frame rate of video that has neither time stamps nor a frame rate. */
#define ASSUMED_FPS 24

static void
set_frame (Gemma4NumberedFrame *frame, GstBuffer *buffer, guint64 number)
{
  g_clear_pointer (&frame->buffer, gst_buffer_unref);
  *frame = (Gemma4NumberedFrame) {.buffer = buffer,.number = number };
}

void
gemma4_video_flow_restart (GstGemma4VideoConv *self)
{
  self->selecting = FALSE;
  set_frame (&self->chosen, NULL, 0);
  set_frame (&self->held, NULL, 0);
  g_ptr_array_set_size (self->kept, 0);
}

void
gemma4_video_flow_reset (GstGemma4VideoConv *self)
{
  gemma4_video_flow_restart (self);
  gemma4_select_reset (&self->select);
  self->n_taken = 0;
}

static guint
n_frames_wanted (const GstGemma4VideoConv *self)
{
  if (self->caps_n_frames)
    return self->caps_n_frames;
  return self->n_frames_is_users || !self->preset_n_frames ? self->active.num_frames
      : self->preset_n_frames;
}

void
gemma4_video_flow_change (GstGemma4VideoConv *self)
{
  if (self->selecting && self->select.params.rule == GEMMA4_SELECT_THINNED)
    gemma4_select_want (&self->select, n_frames_wanted (self));
  else
    gemma4_video_flow_restart (self);
}

/* Recorded media ends here; a live source goes on without the frame. */
static GstFlowReturn
fail (GstGemma4VideoConv *self, const Gemma4Error *error)
{
  if (self->live) {
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("%s It is left out.", error->text), (NULL));
    return GST_FLOW_OK;
  }
  GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", error->text), (NULL));
  return GST_FLOW_ERROR;
}

static void
count (GstGemma4VideoConv *self, guint64 *counter)
{
  GST_OBJECT_LOCK (self);
  (*counter)++;
  GST_OBJECT_UNLOCK (self);
}

static void
count_selected (GstGemma4VideoConv *self)
{
  self->n_taken++;
  count (self, &self->n_selected);
}

/* @out: (out): the frame as tensors; NULL if it cannot be read */
static GstFlowReturn
convert (GstGemma4VideoConv *self, const Gemma4NumberedFrame *frame,
    const Gemma4TensorSpec *specs, GstBuffer **out)
{
  if (frame->converted) {
    *out = gst_buffer_ref (frame->buffer);
    return GST_FLOW_OK;
  }
  Gemma4Error error = { 0 };
  GstClockTime start = gst_util_get_timestamp ();
  *out = gemma4_frame_buffer_new (self->converter, frame->buffer, frame->number, specs,
      &self->allocation, &error);
  GST_OBJECT_LOCK (self);
  self->busy_ns += gst_util_get_timestamp () - start;
  GST_OBJECT_UNLOCK (self);
  return *out ? GST_FLOW_OK : fail (self, &error);
}

static void
push_gap (GstGemma4VideoConv *self, GstBuffer *frame)
{
  if (GST_BUFFER_PTS_IS_VALID (frame))
    gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (self),
        gst_event_new_gap (GST_BUFFER_PTS (frame), GST_BUFFER_DURATION (frame)));
}

GstFlowReturn
gemma4_video_flow_next (GstGemma4VideoConv *self, GstBuffer **out)
{
  *out = NULL;
  if (!self->chosen.buffer)
    return GST_FLOW_OK;
  GstFlowReturn ret = convert (self, &self->chosen, self->specs, out);
  if (*out)
    count_selected (self);
  else
    push_gap (self, self->chosen.buffer);
  set_frame (&self->chosen, NULL, 0);
  return ret;
}

void
gemma4_video_flow_settle (GstGemma4VideoConv *self)
{
  GstBuffer *tensors;
  if (!self->held.buffer || self->held.converted)
    return;
  convert (self, &self->held, self->specs, &tensors);
  set_frame (&self->held, tensors, self->held.number);
  self->held.converted = TRUE;
}

static GstFlowReturn
keep (GstGemma4VideoConv *self, const Gemma4NumberedFrame *frame, gboolean halve)
{
  for (guint place = 1; halve && place < self->kept->len; place++)
    g_ptr_array_remove_index (self->kept, place);

  Gemma4TensorSpec specs[2] = { self->specs[0], self->specs[1] };
  specs[0].dtype = GEMMA4_UINT8;
  GstBuffer *buffer;
  GstFlowReturn ret = convert (self, frame, specs, &buffer);
  if (buffer)
    g_ptr_array_add (self->kept, buffer);
  return ret;
}

static GstFlowReturn
push_kept (GstGemma4VideoConv *self, guint64 place)
{
  GstBuffer *buffer = g_ptr_array_index (self->kept, place);
  Gemma4Error error = { 0 };
  if (self->specs[0].dtype == GEMMA4_UINT8)
    gst_buffer_ref (buffer);
  else if (!(buffer = gemma4_frame_buffer_widen (self->converter, buffer, self->specs,
              &self->allocation, &error)))
    return fail (self, &error);
  count_selected (self);
  return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer);
}

static GstFlowReturn
push_held (GstGemma4VideoConv *self)
{
  GstBuffer *buffer;
  GstFlowReturn ret = convert (self, &self->held, self->specs, &buffer);
  if (!buffer)
    return ret;
  count_selected (self);
  return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer);
}

static void
resolve_clip (GstGemma4VideoConv *self, GstClockTime length_ns, Gemma4SelectParams *params)
{
  gint fps_n = GST_VIDEO_INFO_FPS_N (&self->info), fps_d = GST_VIDEO_INFO_FPS_D (&self->info);
  params->total = self->active.total_frames;
  if (!params->total && !length_ns) {
    params->rule = GEMMA4_SELECT_THINNED;
  } else if (!params->total && fps_n == 0) {
    params->rule = GEMMA4_SELECT_TIME;
    params->start_ns = gemma4_joint_time (&self->joint,
        GST_BASE_TRANSFORM (self)->segment.start);
    params->duration_ns = length_ns;
  } else {
    params->rule = GEMMA4_SELECT_INDEX;
    if (params->total)
      return;
    params->fps_n = fps_n;
    params->fps_d = fps_d;
    params->total = MAX (gst_util_uint64_scale_round (length_ns, fps_n,
            fps_d * GST_SECOND), 1);
  }
}

static void
start_selection (GstGemma4VideoConv *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  const Gemma4VideoSettings *set = &self->active;
  GstClockTime length_ns = gemma4_upstream_length (trans->sinkpad, &trans->segment);
  gboolean length_known = set->total_frames || length_ns;
  self->live = gemma4_upstream_is_live (trans->sinkpad);
  Gemma4Sampling sampling = set->sampling;
  if (sampling == GEMMA4_SAMPLING_AUTO) {
    if (self->role == GEMMA4_ROLE_IMAGE)
      sampling = GEMMA4_SAMPLING_ALL;
    else if (self->role == GEMMA4_ROLE_CLIP || (self->role != GEMMA4_ROLE_STREAM
            && length_known && !self->live))
      sampling = GEMMA4_SAMPLING_UNIFORM;
    else
      sampling = GEMMA4_SAMPLING_RATE;
  }

  Gemma4SelectParams params = {
    .rule = sampling == GEMMA4_SAMPLING_ALL ? GEMMA4_SELECT_ALL : GEMMA4_SELECT_RATE,
    .target = self->target,
    .n_frames = n_frames_wanted (self),
    .rate_n = set->sample_rate[0],
    .rate_d = set->sample_rate[1],
  };
  if (sampling == GEMMA4_SAMPLING_UNIFORM)
    resolve_clip (self, length_ns, &params);
  GST_DEBUG_OBJECT (self, "role %s, rule %d, %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
      " frames", gemma4_role_name (self->role), params.rule, params.n_frames, params.total);
  gemma4_select_start (&self->select, &params);
  self->selecting = TRUE;
}

static void
post_summary (GstGemma4VideoConv *self, gboolean estimated)
{
  const Gemma4Select *select = &self->select;
  gboolean counted = select->params.rule == GEMMA4_SELECT_INDEX;
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("gemma4-video", "frames-seen", G_TYPE_UINT64, select->n_seen,
              "frames-selected", G_TYPE_UINT64, self->n_taken,
              "total", G_TYPE_UINT64, counted ? select->params.total : select->n_seen,
              "estimated", G_TYPE_BOOLEAN, estimated, NULL)));
}

void
gemma4_video_flow_finish (GstGemma4VideoConv *self)
{
  if (!self->selecting)
    return;
  GstFlowReturn ret = GST_FLOW_OK;
  gboolean estimated;
  if (gemma4_select_end (&self->select, &estimated) && self->held.buffer)
    ret = push_held (self);
  guint64 n_chosen = self->kept->len ? gemma4_select_n_chosen (&self->select, self->kept->len)
      : 0;
  for (guint64 i = 0; i < n_chosen && ret == GST_FLOW_OK; i++)
    ret = push_kept (self, gemma4_select_kept_place (&self->select, i, self->kept->len));
  if (self->active.post_messages)
    post_summary (self, estimated);
  gemma4_video_flow_reset (self);
}

void
gemma4_video_flow_join (GstGemma4VideoConv *self, GstClockTime pts)
{
  GstEvent *segment;
  if (gemma4_joint_decide (&self->joint, pts, &segment) == GEMMA4_JOINT_BEGINS)
    gemma4_video_flow_finish (self);
  if (segment)
    gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (self), segment);
}

/* Shows the frame to the joint and gives it the time that it has downstream. */
static void
move_frame (GstGemma4VideoConv *self, GstBuffer **frame)
{
  GstClockTime pts = GST_BUFFER_PTS (*frame), duration = GST_BUFFER_DURATION (*frame);
  gemma4_video_flow_join (self, pts);
  gemma4_joint_show (&self->joint, pts, duration);
  if (self->joint.shift_ns == 0)
    return;
  *frame = gst_buffer_make_writable (*frame);
  GST_BUFFER_PTS (*frame) = gemma4_joint_time (&self->joint, pts);
}

static GstClockTime
frame_time (const GstGemma4VideoConv *self, const Gemma4NumberedFrame *frame)
{
  if (GST_BUFFER_PTS_IS_VALID (frame->buffer))
    return GST_BUFFER_PTS (frame->buffer);
  gint fps_n = GST_VIDEO_INFO_FPS_N (&self->info), fps_d = GST_VIDEO_INFO_FPS_D (&self->info);
  guint64 number = GST_BUFFER_OFFSET_IS_VALID (frame->buffer)
      ? GST_BUFFER_OFFSET (frame->buffer) : frame->number;
  return fps_n ? gst_util_uint64_scale (number, fps_d * GST_SECOND, fps_n)
      : gst_util_uint64_scale (number, GST_SECOND, ASSUMED_FPS);
}

/* Cuts the times of @frame to the segment; FALSE if it lies outside. */
static gboolean
clip_to_segment (const GstSegment *segment, GstBuffer **frame)
{
  GstClockTime pts = GST_BUFFER_PTS (*frame), duration = GST_BUFFER_DURATION (*frame);
  if (segment->format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (pts))
    return TRUE;
  GstClockTime end = GST_CLOCK_TIME_IS_VALID (duration) ? pts + duration : pts;
  guint64 from, to;
  if (!gst_segment_clip (segment, GST_FORMAT_TIME, pts, end, &from, &to))
    return FALSE;
  if (from != pts || to != end) {
    *frame = gst_buffer_make_writable (*frame);
    GST_BUFFER_PTS (*frame) = from;
    if (GST_CLOCK_TIME_IS_VALID (duration))
      GST_BUFFER_DURATION (*frame) = to - from;
  }
  return TRUE;
}

GstFlowReturn
gemma4_video_flow_push (GstGemma4VideoConv *self, GstBuffer *buffer)
{
  if (!clip_to_segment (&GST_BASE_TRANSFORM (self)->segment, &buffer)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  move_frame (self, &buffer);
  if (!self->selecting)
    start_selection (self);
  count (self, &self->n_seen);

  GstFlowReturn ret = GST_FLOW_OK;
  Gemma4NumberedFrame frame = {.buffer = buffer,.number = self->select.n_seen };
  Gemma4Verdict verdict = gemma4_select_frame (&self->select, frame_time (self, &frame),
      GST_BUFFER_DURATION (frame.buffer));
  Gemma4NumberedFrame held = self->held;
  self->held = (Gemma4NumberedFrame) { 0 };
  switch (verdict) {
    case GEMMA4_SELECT_TAKE:
      set_frame (&self->chosen, g_steal_pointer (&frame.buffer), frame.number);
      break;
    case GEMMA4_SELECT_TAKE_HELD:
      self->chosen = held;
      held.buffer = NULL;
      /* FALLTHROUGH */
    case GEMMA4_SELECT_HOLD:
      set_frame (&self->held, g_steal_pointer (&frame.buffer), frame.number);
      break;
    case GEMMA4_SELECT_KEEP:
    case GEMMA4_SELECT_KEEP_HALVED:
      ret = keep (self, &frame, verdict == GEMMA4_SELECT_KEEP_HALVED);
      break;
    case GEMMA4_SELECT_PASS:
      if (self->select.params.rule == GEMMA4_SELECT_RATE)
        push_gap (self, frame.buffer);
      break;
  }
  g_clear_pointer (&held.buffer, gst_buffer_unref);
  g_clear_pointer (&frame.buffer, gst_buffer_unref);
  return ret;
}
