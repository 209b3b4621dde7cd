/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videoflow.h"

#include "gemma4videosend.h"
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

static void
forget_frames (GstGemma4VideoConv *self)
{
  self->selecting = FALSE;
  set_frame (&self->chosen, NULL, 0);
  set_frame (&self->held, NULL, 0);
}

void
gemma4_video_flow_restart (GstGemma4VideoConv *self)
{
  guint n = gemma4_video_clip_give_up (&self->clip);
  forget_frames (self);
  if (n > 0)
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("The role or the size of the tensors changed "
            "in the midst of a clip: the %u frames that were kept of it are given up, and the "
            "rest is spread anew. Change max-soft-tokens between clips.", n), (NULL));
}

/* What may be set depends on it, see gemma4_video_props. */
static void
set_clip_is_on (GstGemma4VideoConv *self, gboolean is_on)
{
  GST_OBJECT_LOCK (self);
  self->clip_is_on = is_on;
  GST_OBJECT_UNLOCK (self);
}

void
gemma4_video_flow_reset (GstGemma4VideoConv *self)
{
  forget_frames (self);
  set_clip_is_on (self, FALSE);
  gemma4_video_clip_empty (&self->clip);
  self->first_total = 0;
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

static gboolean
holds_clip (const GstGemma4VideoConv *self)
{
  return self->selecting && self->select.params.rule == GEMMA4_SELECT_THINNED;
}

void
gemma4_video_flow_change (GstGemma4VideoConv *self)
{
  guint n_frames = n_frames_wanted (self);
  if (!holds_clip (self)) {
    gemma4_video_flow_restart (self);
  } else if (n_frames != self->select.params.n_frames) {
    gemma4_select_want (&self->select, n_frames);
    gemma4_video_clip_change (&self->clip);
  }
}

void
gemma4_video_flow_retarget (GstGemma4VideoConv *self, Gemma4Target target)
{
  if (!holds_clip (self)) {
    gemma4_video_flow_restart (self);
  } else if (target != self->select.params.target) {
    self->select.params.target = target;
    gemma4_video_clip_change (&self->clip);
  }
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
  GstFlowReturn ret = gemma4_video_send_convert (self, &self->chosen, self->specs, out);
  if (*out)
    gemma4_video_send_count (self);
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
  gemma4_video_send_convert (self, &self->held, self->specs, &tensors);
  set_frame (&self->held, tensors, self->held.number);
  self->held.converted = TRUE;
}

/* A DURATION may be wrong; the end of the SEGMENT is that of the video itself. */
static void
resolve_clip (GstGemma4VideoConv *self, GstClockTime length_ns, Gemma4SelectParams *params)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  gint fps_n = GST_VIDEO_INFO_FPS_N (&self->info), fps_d = GST_VIDEO_INFO_FPS_D (&self->info);
  params->total = self->active.total_frames;
  if (!params->total && (!length_ns || !GST_CLOCK_TIME_IS_VALID (segment->stop)
          || gemma4_upstream_stop_is_vague (GST_BASE_TRANSFORM_SINK_PAD (self)))) {
    params->rule = GEMMA4_SELECT_THINNED;
  } else if (!params->total && fps_n == 0) {
    params->rule = GEMMA4_SELECT_TIME;
    params->start_ns = gemma4_joint_time (&self->joint, segment->start);
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
  self->length_is_told = length_ns > 0;
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
  set_clip_is_on (self, sampling == GEMMA4_SAMPLING_UNIFORM);
}

/* By its own rate, or where its caps name none by that of the frames before it, as many
 * frames as upstream says are still to come. */
static guint64
ask_total (GstGemma4VideoConv *self, GstClockTime time_ns)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  guint64 n = self->select.thinner.n_seen;
  gint fps_n = GST_VIDEO_INFO_FPS_N (&self->info), fps_d = GST_VIDEO_INFO_FPS_D (&self->info);
  GstClockTimeDiff left;
  if (!gemma4_upstream_left (trans->sinkpad, &trans->segment,
          time_ns - self->joint.shift_ns, &left))
    return 0;
  guint64 period_n = fps_d * GST_SECOND, period_d = fps_n;
  if (fps_n == 0) {
    period_n = time_ns > self->select.first_ns ? time_ns - self->select.first_ns : 1;
    period_d = self->select.n_seen;
  }
  guint64 more = gst_util_uint64_scale_round (ABS (left), period_d, period_n);
  return left >= 0 ? n + more : n > more ? n - more : 1;
}

static GstFlowReturn
hold_for_clip (GstGemma4VideoConv *self, const Gemma4NumberedFrame *frame, GstClockTime time_ns)
{
  GstBuffer *tensors;
  if (gemma4_video_clip_is_full (&self->clip, &self->select))
    gemma4_video_clip_tell (&self->clip, &self->select, ask_total (self, time_ns));
  if (!gemma4_video_clip_next (&self->clip, &self->select, time_ns,
          GST_BUFFER_DURATION (frame->buffer)))
    return GST_FLOW_OK;
  Gemma4TensorSpec specs[2] = { self->specs[0], self->specs[1] };
  specs[0].dtype = GEMMA4_UINT8;
  GstFlowReturn ret = gemma4_video_send_convert (self, frame, specs, &tensors);
  gemma4_video_clip_add (&self->clip, &self->select, tensors);
  GstBuffer *first = self->length_is_told ? gemma4_video_clip_first (&self->clip) : NULL;
  return first && ret == GST_FLOW_OK ? gemma4_video_send_tensors (self, first) : ret;
}

static void
post_summary (GstGemma4VideoConv *self, guint64 total, gboolean estimated)
{
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("gemma4-video", "frames-seen", G_TYPE_UINT64, self->select.n_seen,
              "frames-selected", G_TYPE_UINT64, self->n_taken,
              "total", G_TYPE_UINT64, total, "estimated", G_TYPE_BOOLEAN, estimated, NULL)));
}

/* Frames of the clip before it began anew, if it did. */
static guint64
n_before (const GstGemma4VideoConv *self)
{
  return self->select.n_seen - self->select.thinner.n_seen;
}

/* Frames of the whole clip by upstream's length. */
static guint64
told_total (const GstGemma4VideoConv *self)
{
  return self->clip.told ? n_before (self) + self->clip.told : 0;
}

static void
warn_of_length (GstGemma4VideoConv *self, guint64 told)
{
  guint64 n_seen = self->select.n_seen, stride = self->select.thinner.stride;
  g_autofree gchar *where = n_before (self) ? g_strdup ("before and after it began anew")
      : g_strdup_printf ("spread over all, each under %" G_GUINT64_FORMAT " frames off", stride);
  GST_ELEMENT_WARNING (self, STREAM, FAILED, ("Upstream's length means %" G_GUINT64_FORMAT
          " frames, but %" G_GUINT64_FORMAT " came: %" G_GUINT64_FORMAT " of them were taken, "
          "%s. total-frames=%" G_GUINT64_FORMAT " takes the exact ones.", told, n_seen,
          self->n_taken, where, n_seen), (NULL));
}

/* The end of a clip whose length was not certain. */
static void
finish_held (GstGemma4VideoConv *self)
{
  const Gemma4VideoClip *clip = &self->clip;
  gboolean exact = gemma4_video_clip_is_exact (clip, &self->select);
  g_autoptr (GPtrArray) frames = gemma4_video_clip_frames (clip, &self->select);
  GstFlowReturn ret = GST_FLOW_OK;
  for (guint i = 0; i < frames->len && ret == GST_FLOW_OK; i++)
    ret = gemma4_video_send_tensors (self, g_ptr_array_index (frames, i));
  guint64 n_seen = self->select.n_seen, told = told_total (self);
  if (!exact && told && told != n_seen)
    warn_of_length (self, told);
  if (self->active.post_messages)
    post_summary (self, !exact && told ? told : n_seen, !exact);
}

/* Where frames left before the end. */
static void
warn_of_total (GstGemma4VideoConv *self, guint64 total)
{
  guint64 n_seen = self->select.n_seen;
  gboolean by_time = !self->first_total && !self->active.total_frames;
  GST_ELEMENT_WARNING (self, STREAM, FAILED, ("%" G_GUINT64_FORMAT " frames were announced, but "
          "%" G_GUINT64_FORMAT " came: the %" G_GUINT64_FORMAT " that were taken are spread %s. "
          "total-frames=%" G_GUINT64_FORMAT " takes those of the rule.", total, n_seen,
          self->n_taken, by_time ? "over their times, and not by their count"
          : "by what was announced", n_seen), (NULL));
}

static void
finish_planned (GstGemma4VideoConv *self)
{
  const Gemma4Select *select = &self->select;
  gboolean estimated, counted = select->params.rule == GEMMA4_SELECT_INDEX;
  guint64 total = self->first_total ? self->first_total : select->params.total;
  if (gemma4_select_end (&self->select, &estimated) && self->held.buffer)
    gemma4_video_send_frame (self, &self->held);
  estimated |= self->first_total > 0;
  if (counted && estimated)
    warn_of_total (self, total);
  if (self->active.post_messages)
    post_summary (self, counted ? select->params.total : select->n_seen, estimated);
}

void
gemma4_video_flow_finish (GstGemma4VideoConv *self)
{
  if (!self->selecting)
    return;
  if (holds_clip (self))
    finish_held (self);
  else
    finish_planned (self);
  gemma4_video_flow_reset (self);
}

/* A clip goes on behind the end of the SEGMENT that its length came from. Frames have
 * left by that length; those to come are chosen by the new one. */
static void
prolong (GstGemma4VideoConv *self, GstClockTime pts)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  Gemma4SelectParams params = self->select.params;
  gboolean by_rate = params.rule == GEMMA4_SELECT_INDEX && params.fps_n;
  if (!self->selecting || (!by_rate && params.rule != GEMMA4_SELECT_TIME))
    return;
  GstClockTime begun_ns = gemma4_joint_time (&self->joint, pts) - self->select.first_ns;
  GstClockTime length_ns = gemma4_upstream_length (trans->sinkpad, &trans->segment);
  if (!self->first_total)
    self->first_total = by_rate ? params.total : self->select.n_seen;
  if (!length_ns) {
    params.rule = GEMMA4_SELECT_THINNED;
    self->clip.incomplete = TRUE;
  } else if (by_rate) {
    params.total = MAX (gst_util_uint64_scale_round (begun_ns + length_ns, params.fps_n,
            params.fps_d * GST_SECOND), 1);
  } else {
    params.duration_ns = begun_ns + length_ns;
  }
  gemma4_select_start (&self->select, &params);
}

void
gemma4_video_flow_join (GstGemma4VideoConv *self, GstClockTime pts)
{
  GstEvent *segment;
  gboolean waits = self->joint.waiting != NULL;
  if (gemma4_joint_decide (&self->joint, pts, &segment) == GEMMA4_JOINT_BEGINS)
    gemma4_video_flow_finish (self);
  else if (waits)
    prolong (self, pts);
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
  gemma4_video_count (self, &self->n_seen);

  Gemma4NumberedFrame frame = {.buffer = buffer,.number = self->select.n_seen };
  GstClockTime time_ns = frame_time (self, &frame);
  if (holds_clip (self)) {
    GstFlowReturn ret = hold_for_clip (self, &frame, time_ns);
    gst_buffer_unref (buffer);
    return ret;
  }
  Gemma4Verdict verdict = gemma4_select_frame (&self->select, time_ns,
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
    default:
      if (self->select.params.rule == GEMMA4_SELECT_RATE)
        push_gap (self, frame.buffer);
      break;
  }
  g_clear_pointer (&held.buffer, gst_buffer_unref);
  g_clear_pointer (&frame.buffer, gst_buffer_unref);
  return GST_FLOW_OK;
}
