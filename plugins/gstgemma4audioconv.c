/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-gemma4audioconv
 * @title: gemma4audioconv
 *
 * Turns sound into rows of a log-mel spectrogram, as Gemma 4 models hear it, and
 * a mask that tells which rows stand for sound.
 *
 * With mode=stream buffers hold frames-per-buffer rows and leave as soon as their
 * last sample is there; PTS and DURATION are those of the samples from the first
 * row on, OFFSET is the number of the first row. At EOS the rows that still hear
 * the tail follow, masked, with a DURATION that counts real samples only.
 *
 * With mode=clip one buffer holds all rows of a sound, padded and masked as
 * target wants it: KerasHub's converter call, or that of transformers. It leaves
 * when the sound ends or is max-audio-length long; clip-overflow says what becomes
 * of the rest. OFFSET is the number of the clip. Element messages tell what is not
 * in a clip: gemma4-audio-trimmed {start, trimmed: ns; samples} and gemma4-dropped
 * {why=too-short, start: ns, samples}.
 *
 * With preset=gemma4_12b or gemma4_instruct_12b rows are 640 raw samples, and the
 * tensors are called audio_frames and audio_frames_mask.
 *
 * Timestamps within 40 ms of the sample count are jitter. Beyond it, what is
 * missing becomes silence, what was there before is dropped with one warning a
 * stream, and the next buffer carries DISCONT. Of a silence longer than
 * max-audio-length only the ends become rows; it ends a clip that has no limit. GAP
 * buffers are silence. GAP events are when sound follows, and not behind the last
 * sample; downstream gets them at once, and before them the event gemma4-tail with
 * the rows of an unfinished buffer. Live, a single buffer whose time jumps by over a
 * second is left out (gemma4-dropped {why=jump, time, expected: ns}), and sound that goes
 * on from another time is a new one (gemma4-jump {from, to: ns}), both with a warning. A new segment or
 * stream ends the sound unless it begins where the sound ends; a playback rate above 0
 * changes nothing, because rows have
 * the times of the media, and one below 0 is refused.
 *
 * ## Example pipelines
 * |[
 * gst-launch-1.0 filesrc location=speech.wav ! wavparse ! audioconvert !
 *   audioresample quality=10 ! gemma4audioconv ! fakesink dump=true
 * gst-launch-1.0 filesrc location=speech.wav ! wavparse ! audioconvert !
 *   audioresample quality=10 ! gemma4audioconv mode=clip ! safetensorsenc !
 *   filesink location=clip.safetensors
 * ]|
 */

#include "gemma4audioconv-private.h"

#include "gemma4timing.h"

GST_DEBUG_CATEGORY (gemma4_audio_conv_debug);
#define GST_CAT_DEFAULT gemma4_audio_conv_debug

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_AUDIO_CAPS_MAKE ("{ " GST_AUDIO_NE (F32) ", " GST_AUDIO_NE (S16)
            " }") ", layout=(string)interleaved"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("other/tensors, format=(string)static, num_tensors=(int)2, "
        "types=(string)\"float32,int32\", "
        "names=(string){ \"" GEMMA4_NAMES_AUDIO "\", \"" GEMMA4_NAMES_RAW_AUDIO "\" }, "
        "framerate=(fraction)0/1, target=(string){ kerashub, transformers }"));

G_DEFINE_TYPE_WITH_CODE (GstGemma4AudioConv, gst_gemma4_audio_conv, GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gemma4_audio_conv_debug, "gemma4audioconv", 0,
        "Gemma 4 audio converter"));
GST_ELEMENT_REGISTER_DEFINE (gemma4audioconv, "gemma4audioconv", GST_RANK_NONE,
    GST_TYPE_GEMMA4_AUDIO_CONV);

#define PARENT GST_BASE_TRANSFORM_CLASS (gst_gemma4_audio_conv_parent_class)

void
gemma4_audio_conv_update_latency (GstGemma4AudioConv *self,
    const Gemma4AudioPlan *plan)
{
  GstClockTime latency = gst_util_uint64_scale_ceil (gemma4_audio_plan_latency (plan),
      GST_SECOND, plan->rate_hz);

  GST_OBJECT_LOCK (self);
  gboolean changed = self->latency != latency;
  self->latency = latency;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_latency (GST_OBJECT (self)));
}

static void
forget_pass (GstGemma4AudioConv *self)
{
  self->between = FALSE;
  self->pass_end = GST_CLOCK_TIME_NONE;
}

/* Not for start(): the sink pad takes sound before it, from then on in another thread. */
static void
begin_anew (GstGemma4AudioConv *self)
{
  forget_pass (self);
  self->refused = self->warned_of_replaced = self->warned_of_overlap = FALSE;
  self->discont = TRUE;
}

static gboolean
start (GstBaseTransform *trans)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  Gemma4AudioPlan plan;
  Gemma4Error error;
  if (!gemma4_audio_conv_plan (self, NULL, &plan, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error.text), (NULL));
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  self->started = TRUE;
  self->busy = 0;
  GST_OBJECT_UNLOCK (self);
  gemma4_audio_conv_update_latency (self, &plan);
  return TRUE;
}

static gboolean
stop (GstBaseTransform *trans)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  gemma4_live_reset (&self->incoming);
  gemma4_audio_conv_drop_held (self, TRUE);
  gemma4_audio_chunk_clear (&self->chunk);
  gemma4_audio_time_clear (&self->time);
  gemma4_joint_clear (&self->joint);
  gemma4_allocation_clear (&self->allocation);
  begin_anew (self);
  GST_OBJECT_LOCK (self);
  self->started = FALSE;
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

static gboolean
accept_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps)
{
  if (direction != GST_PAD_SINK)
    return PARENT->accept_caps (trans, direction, caps);
  g_autoptr (GstCaps) all = gst_pad_get_pad_template_caps (GST_BASE_TRANSFORM_SINK_PAD (trans));
  return gst_caps_can_intersect (caps, all);
}

/* Only the allocator and its parameters are of use: sizes never change, and a
 * pool cannot give buffers of two memories. */
static gboolean
decide_allocation (GstBaseTransform *trans, GstQuery *query)
{
  gemma4_allocation_from_query (&GST_GEMMA4_AUDIO_CONV (trans)->allocation, query);
  while (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

/* GstBaseTransform asks for an allocator only where there is this function. */
static GstFlowReturn
transform (GstBaseTransform *trans, GstBuffer *inbuf, GstBuffer *outbuf)
{
  return GST_FLOW_NOT_SUPPORTED;
}

/* In clip mode a RECONFIGURE is the same as new caps: what is held back waits on. */
static gboolean
reconfigure_clip (GstGemma4AudioConv *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_BASE_TRANSFORM_SINK_PAD (trans));
  if (caps && gemma4_audio_conv_take_caps (self, gst_event_new_caps (caps)))
    return TRUE;
  gst_pad_mark_reconfigure (GST_BASE_TRANSFORM_SRC_PAD (trans));
  return FALSE;
}

static GstFlowReturn
submit_input_buffer (GstBaseTransform *trans, gboolean discont, GstBuffer *buffer)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  if (!gemma4_audio_chunk_is_ready (&self->chunk) || !self->chunk.plan.clip)
    return PARENT->submit_input_buffer (trans, discont, buffer);
  if (gst_pad_check_reconfigure (GST_BASE_TRANSFORM_SRC_PAD (trans)) && !reconfigure_clip (self)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  trans->queued_buf = buffer;
  return GST_FLOW_OK;
}

static GstFlowReturn
generate_output (GstBaseTransform *trans, GstBuffer **outbuf)
{
  GstBuffer *buffer = g_steal_pointer (&trans->queued_buf);
  *outbuf = NULL;
  if (!buffer)
    return GST_FLOW_OK;
  if (gemma4_audio_conv_is_left_over (GST_GEMMA4_AUDIO_CONV (trans), GST_BUFFER_PTS (buffer))) {
    GST_DEBUG_OBJECT (trans, "left of the pass before: %" GST_PTR_FORMAT, buffer);
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  return gemma4_audio_conv_live_buffer (GST_GEMMA4_AUDIO_CONV (trans), buffer);
}

static gboolean
segment_event (GstGemma4AudioConv *self, GstEvent *event)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  GstSegment segment;
  gst_event_copy_segment (event, &segment);
  if (segment.rate < 0.0) {
    GST_ELEMENT_ERROR (self, STREAM, NOT_IMPLEMENTED, ("Sound cannot be heard backwards: the "
            "playback rate is %g, seek with one above 0.", segment.rate), (NULL));
    gst_event_unref (event);
    return FALSE;
  }
  if (segment.format != GST_FORMAT_TIME) {
    /* Bytes of a raw source: time begins with the first sample. */
    guint32 seqnum = gst_event_get_seqnum (event);
    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_event_unref (event);
    event = gst_event_new_segment (&segment);
    gst_event_set_seqnum (event, seqnum);
  }
  self->between = FALSE;
  gemma4_audio_conv_live_end (self);
  Gemma4JointVerdict verdict = gemma4_joint_segment (&self->joint, event);
  if (verdict == GEMMA4_JOINT_WAITS) {
    trans->segment = segment;
    gst_event_unref (event);
    return TRUE;
  }
  if (verdict == GEMMA4_JOINT_BEGINS)
    gemma4_audio_conv_drain (self);
  return gemma4_audio_conv_take_segment (self, event);
}

/* The event goes on, but not where a clip must end before anything can leave. */
static gboolean
gap_event (GstGemma4AudioConv *self, GstEvent *event)
{
  GstClockTime pts, duration;
  if (!gemma4_audio_chunk_is_ready (&self->chunk) || GST_BASE_TRANSFORM (self)->segment.format != GST_FORMAT_TIME)
    return PARENT->sink_event (GST_BASE_TRANSFORM (self), event);
  gst_event_parse_gap (event, &pts, &duration);
  gboolean counts;
  gboolean good = gemma4_audio_conv_live_gap (self, pts, duration, &counts);
  if (good && counts)
    good = gemma4_audio_conv_take_gap (self, pts, duration);
  if (good && counts && !self->chunk.plan.clip)
    return PARENT->sink_event (GST_BASE_TRANSFORM (self),
        gemma4_joint_move_gap (&self->joint, event));
  gst_event_unref (event);
  return good;
}

static void
end_media (GstGemma4AudioConv *self)
{
  gemma4_audio_conv_live_end (self);
  gemma4_audio_conv_drain (self);
  GstEvent *waiting = gemma4_joint_steal (&self->joint);
  gemma4_joint_end (&self->joint);
  if (waiting)
    gemma4_audio_conv_take_segment (self, waiting);
}

static gboolean
sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      forget_pass (self);
      gemma4_audio_conv_live_end (self);
      if (gemma4_joint_stream_start (&self->joint, event) == GEMMA4_JOINT_BEGINS)
        gemma4_audio_conv_drain (self);
      self->warned_of_replaced = self->warned_of_overlap = FALSE;
      break;
    case GST_EVENT_CAPS:
      gemma4_audio_conv_live_end (self);
      return gemma4_audio_conv_take_caps (self, event);
    case GST_EVENT_SEGMENT_DONE:
      gemma4_audio_conv_end_pass (self);
      end_media (self);
      break;
    case GST_EVENT_EOS:
      end_media (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      gemma4_live_reset (&self->incoming);
      forget_pass (self);
      gemma4_audio_conv_reset (self);
      gemma4_joint_clear (&self->joint);
      gemma4_audio_conv_drop_held (self, FALSE);
      break;
    case GST_EVENT_SEGMENT:
      return segment_event (self, event);
    case GST_EVENT_GAP:
      return gap_event (self, event);
    default:
      break;
  }
  return PARENT->sink_event (trans, event);
}

/* A late sink must not make a decoder skip sound. */
static gboolean
src_event (GstBaseTransform *trans, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_QOS)
    return PARENT->src_event (trans, event);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
latency_query (GstGemma4AudioConv *self, GstQuery *query)
{
  if (!gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (self), query))
    return FALSE;
  gboolean live;
  GstClockTime min, max;
  gst_query_parse_latency (query, &live, &min, &max);
  GST_OBJECT_LOCK (self);
  GstClockTime latency = self->latency;
  GST_OBJECT_UNLOCK (self);
  min += latency;
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += latency;
  gst_query_set_latency (query, live, min, max);
  return TRUE;
}

static gboolean
query (GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return latency_query (self, query);
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE (query) == GST_QUERY_CUSTOM) {
    GST_OBJECT_LOCK (self);
    GstClockTime busy = self->busy;
    GST_OBJECT_UNLOCK (self);
    if (gemma4_timing_query_answer (query, GST_ELEMENT (self), busy))
      return TRUE;
  }
  /* GstBaseTransform would send the caps that wait for the end of the clip */
  if (direction == GST_PAD_SINK && GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION
      && self->held_caps)
    return FALSE;
  return PARENT->query (trans, direction, query);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (object);
  GST_OBJECT_LOCK (self);
  gchar *refused = gemma4_props_set (&gemma4_audio_props, pspec, &self->settings,
      &self->user_set, value, self->started ? self : NULL);
  GST_OBJECT_UNLOCK (self);
  gemma4_props_warn (self, refused);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (object);
  GST_OBJECT_LOCK (self);
  gemma4_props_get (&gemma4_audio_props, id, &self->settings, value);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject *object)
{
  gemma4_props_clear (&gemma4_audio_props, &GST_GEMMA4_AUDIO_CONV (object)->settings);
  gemma4_joint_clear (&GST_GEMMA4_AUDIO_CONV (object)->joint);
  G_OBJECT_CLASS (gst_gemma4_audio_conv_parent_class)->finalize (object);
}

static void
gst_gemma4_audio_conv_class_init (GstGemma4AudioConvClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  Gemma4AudioSettings defaults = gemma4_audio_settings_default ();
  gemma4_props_install (object_class, &gemma4_audio_props, &defaults);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Gemma 4 audio converter",
      "Filter/Converter/Audio", "Turns sound into the log-mel rows and mask that Gemma 4 "
      "models hear, while it streams or clip by clip", "the gst-gemma4 authors");

  trans_class->start = start;
  trans_class->stop = stop;
  trans_class->transform_caps = gemma4_audio_conv_transform_caps;
  trans_class->fixate_caps = gemma4_audio_conv_fixate_caps;
  trans_class->accept_caps = accept_caps;
  trans_class->set_caps = gemma4_audio_conv_set_caps;
  trans_class->decide_allocation = decide_allocation;
  trans_class->transform = transform;
  trans_class->submit_input_buffer = submit_input_buffer;
  trans_class->generate_output = generate_output;
  trans_class->sink_event = sink_event;
  trans_class->src_event = src_event;
  trans_class->query = query;
}

static void
gst_gemma4_audio_conv_init (GstGemma4AudioConv *self)
{
  Gemma4AudioSettings defaults = gemma4_audio_settings_default ();
  gemma4_props_copy (&gemma4_audio_props, &self->settings, &defaults);
  gemma4_audio_time_clear (&self->time);
  gemma4_joint_clear (&self->joint);
  gemma4_allocation_clear (&self->allocation);
  begin_anew (self);
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  gemma4_live_init (&self->incoming, GST_ELEMENT (self), trans->sinkpad, TRUE);
  gst_base_transform_set_qos_enabled (trans, FALSE);
  gst_base_transform_set_gap_aware (trans, TRUE);
}
