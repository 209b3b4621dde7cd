/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-gemma4videoconv
 *
 * Chooses frames of a video and cuts them into the patches that Gemma 4 models
 * take: for each frame one buffer with `pixel_values` [P, 768] and
 * `pixel_position_ids` [P, 2], with the frame's own PTS, DURATION and OFFSET.
 *
 * Frames without a PTS count as shown at (OFFSET, else their number) / (frame rate of
 * the caps, else 24); their PTS stays unset, and OFFSET is their number.
 *
 * Frames stand upright by the image-orientation tag. sample-rate, max-soft-tokens and
 * post-messages may change while playing, num-frames between clips.
 *
 * Live, a single frame whose time jumps is left out (gemma4-dropped {why=jump, time,
 * expected: ns}), and video that goes on from another time begins a new count
 * (gemma4-jump {from, to: ns}, DISCONT), both with a warning.
 *
 * |[
 * gst-launch-1.0 filesrc location=cat.jpg ! jpegdec ! gemma4videoconv max-soft-tokens=280 ! fakesink
 * ]|
 */

#include "gstgemma4videoconv.h"

#include "gemma4timing.h"
#include "gemma4videocaps.h"
#include "gemma4videoflow.h"
#include "gemma4videolive.h"
#include "gemma4videonego.h"

GST_DEBUG_CATEGORY (gemma4videoconv_debug);
#define GST_CAT_DEFAULT gemma4videoconv_debug

/* Pixels and positions of four frames. */
#define BLOCKS_WAITING 8

enum
{
  PROP_N_SEEN = 64,
  PROP_N_SELECTED,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GEMMA4_VIDEO_SINK_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GEMMA4_VIDEO_SRC_CAPS));

G_DEFINE_TYPE (GstGemma4VideoConv, gst_gemma4_video_conv, GST_TYPE_BASE_TRANSFORM);
GST_ELEMENT_REGISTER_DEFINE (gemma4videoconv, "gemma4videoconv", GST_RANK_NONE,
    gst_gemma4_video_conv_get_type ());

#define parent_class \
  GST_BASE_TRANSFORM_CLASS (gst_gemma4_video_conv_parent_class)

static GstFlowReturn
generate_output (GstBaseTransform *trans, GstBuffer **out)
{
  return gemma4_video_live_next (GST_GEMMA4_VIDEO_CONV (trans), out);
}

/* Without this function the base class believes that the element works in place,
 * and asks nobody for an allocator. */
static GstFlowReturn
transform (GstBaseTransform *trans, GstBuffer *in, GstBuffer *out)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (trans);
  Gemma4Error error = { 0 };
  if (gemma4_frame_buffer_fill (self->converter, in, out, self->specs, &error))
    return GST_FLOW_OK;
  GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", error.text), (NULL));
  return GST_FLOW_ERROR;
}

/* Whether the same frames are chosen, and become the same caps. */
static gboolean
choose_alike (const Gemma4VideoSettings *a, const Gemma4VideoSettings *b)
{
  return a->num_frames == b->num_frames && a->max_soft_tokens == b->max_soft_tokens
      && a->sample_rate[0] == b->sample_rate[0] && a->sample_rate[1] == b->sample_rate[1];
}

/* With the object lock held. A number that was set while the first frame of a clip came
 * waits for the next clip. Returns whether other frames are chosen. */
static gboolean
copy_changes (GstGemma4VideoConv *self)
{
  const Gemma4VideoSettings before = self->active;
  gboolean was_users = self->n_frames_is_users;
  if (self->changed)
    gemma4_props_copy_mutable (&gemma4_video_props, &self->active, &self->settings);
  if (self->clip_is_on)
    self->active.num_frames = before.num_frames;
  else
    self->n_frames_is_users = gemma4_video_n_frames_is_set (self->user_set);
  self->changed = self->active.num_frames != self->settings.num_frames;
  return was_users != self->n_frames_is_users || !choose_alike (&before, &self->active);
}

/* Takes over what the user has set since the last frame. The base class asks for new
 * caps with this frame if they change. */
static void
take_changes (GstGemma4VideoConv *self)
{
  GST_OBJECT_LOCK (self);
  guint budget = self->active.max_soft_tokens;
  gboolean chooses = copy_changes (self), is_users = self->n_frames_is_users;
  GST_OBJECT_UNLOCK (self);
  if (!chooses)
    return;
  gemma4_video_flow_change (self);
  if (budget != self->active.max_soft_tokens || (is_users && self->caps_n_frames))
    gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

static GstFlowReturn
submit_input_buffer (GstBaseTransform *trans, gboolean discont, GstBuffer *in)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (trans);
  take_changes (self);
  GstFlowReturn ret = parent_class->submit_input_buffer (trans, discont, in);
  if (ret != GST_FLOW_OK)
    return ret;

  g_autoptr (GstBuffer) frame = g_steal_pointer (&trans->queued_buf);
  if (trans->segment.rate < 0) {
    GST_ELEMENT_ERROR (self, STREAM, NOT_IMPLEMENTED, ("Frames cannot be chosen while "
            "the video plays backwards; seek with a rate above 0."), (NULL));
    return GST_FLOW_ERROR;
  }
  gemma4_video_live_push (self, g_steal_pointer (&frame));
  return GST_FLOW_OK;
}

/* A SEGMENT that waits for its first frame is not sent yet. */
static gboolean
segment_event (GstGemma4VideoConv *self, GstEvent *event)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  gemma4_video_live_end (self);
  Gemma4JointVerdict verdict = gemma4_joint_segment (&self->joint, event);
  if (verdict == GEMMA4_JOINT_WAITS) {
    gst_event_copy_segment (event, &trans->segment);
    gst_event_unref (event);
    return TRUE;
  }
  if (verdict == GEMMA4_JOINT_BEGINS)
    gemma4_video_flow_finish (self);
  return parent_class->sink_event (trans, event);
}

static void
end_media (GstGemma4VideoConv *self)
{
  gemma4_video_live_end (self);
  gemma4_video_flow_finish (self);
  GstEvent *waiting = gemma4_joint_steal (&self->joint);
  gemma4_joint_end (&self->joint);
  if (waiting)
    gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (self), waiting);
}

/* A frame that is held was upright by the tags before. */
static void
update_orientation (GstGemma4VideoConv *self)
{
  Gemma4Orientation orientation = gemma4_video_tags_orientation (&self->tags);
  if (!self->active.auto_rotate || orientation == self->orientation)
    return;
  gemma4_video_live_end (self);
  gemma4_video_flow_settle (self);
  self->orientation = orientation;
  if (self->converter)
    gemma4_frame_converter_set_orientation (self->converter, orientation);
}

static gboolean
sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (trans);
  GstTagList *tags;
  GstClockTime time;
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gemma4_video_live_end (self);
      break;
    case GST_EVENT_STREAM_START:
      gemma4_video_live_end (self);
      if (gemma4_joint_stream_start (&self->joint, event) == GEMMA4_JOINT_BEGINS)
        gemma4_video_flow_finish (self);
      gemma4_video_tags_start_stream (&self->tags);
      update_orientation (self);
      break;
    case GST_EVENT_TAG:
      gst_event_parse_tag (event, &tags);
      gemma4_video_tags_take (&self->tags, tags);
      update_orientation (self);
      if (self->active.auto_rotate)
        event = gemma4_video_tags_strip (event);
      break;
    case GST_EVENT_SEGMENT:
      return segment_event (self, event);
    case GST_EVENT_GAP:
      if (!gemma4_video_live_gap (self, event)) {
        gst_event_unref (event);
        return TRUE;
      }
      gst_event_parse_gap (event, &time, NULL);
      gemma4_video_flow_join (self, time);
      event = gemma4_joint_move_gap (&self->joint, event);
      break;
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_EOS:
      end_media (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      gemma4_live_reset (&self->incoming);
      gemma4_video_flow_reset (self);
      gemma4_joint_clear (&self->joint);
      break;
    default:
      break;
  }
  return parent_class->sink_event (trans, event);
}

/* A late sink must not make the decoder skip frames that the model should see. */
static gboolean
src_event (GstBaseTransform *trans, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_QOS)
    return parent_class->src_event (trans, event);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
query (GstBaseTransform *trans, GstPadDirection direction, GstQuery *query)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (trans);
  GST_OBJECT_LOCK (self);
  GstClockTime busy_ns = self->busy_ns;
  GST_OBJECT_UNLOCK (self);
  if (direction == GST_PAD_SRC
      && gemma4_timing_query_answer (query, GST_ELEMENT (self), busy_ns))
    return TRUE;
  return parent_class->query (trans, direction, query);
}

static GstCaps *
transform_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps,
    GstCaps *filter)
{
  GstPad *other = direction == GST_PAD_SINK ? trans->srcpad : trans->sinkpad;
  GstCaps *all = gst_pad_get_pad_template_caps (other);
  if (!filter)
    return all;
  GstCaps *some = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref (all);
  return some;
}

static GstCaps *
fixate_caps (GstBaseTransform *trans, GstPadDirection direction, GstCaps *caps,
    GstCaps *other)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (trans);
  if (direction != GST_PAD_SINK)
    return parent_class->fixate_caps (trans, direction, caps, other);

  return gemma4_video_nego_fixate (self, other);
}

static gboolean
set_caps (GstBaseTransform *trans, GstCaps *in, GstCaps *out)
{
  return gemma4_video_nego_set_caps (GST_GEMMA4_VIDEO_CONV (trans), in, out);
}

static gboolean
decide_allocation (GstBaseTransform *trans, GstQuery *query)
{
  gemma4_video_nego_decide_allocation (GST_GEMMA4_VIDEO_CONV (trans), query);
  return TRUE;
}

static gboolean
propose_allocation (GstBaseTransform *trans, GstQuery *decided, GstQuery *query)
{
  gemma4_video_nego_propose_allocation (query);
  return TRUE;
}

static gboolean
start (GstBaseTransform *trans)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (trans);
  GST_OBJECT_LOCK (self);
  gemma4_props_copy (&gemma4_video_props, &self->active, &self->settings);
  self->active_set = self->user_set;
  self->n_frames_is_users = gemma4_video_n_frames_is_set (self->user_set);
  self->started = TRUE;
  self->changed = FALSE;
  self->n_seen = self->n_selected = self->busy_ns = 0;
  GST_OBJECT_UNLOCK (self);
  self->refused = FALSE;

  Gemma4Error error = { 0 };
  if (gemma4_video_settings_check (&self->active, &error)
      && gemma4_video_nego_check (self, &error))
    return TRUE;
  GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("%s", error.text), (NULL));
  return FALSE;
}

static gboolean
stop (GstBaseTransform *trans)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (trans);
  GST_OBJECT_LOCK (self);
  self->started = FALSE;
  GST_OBJECT_UNLOCK (self);
  gemma4_live_reset (&self->incoming);
  gemma4_video_flow_reset (self);
  self->discont = FALSE;
  gemma4_joint_clear (&self->joint);
  gemma4_video_tags_reset (&self->tags);
  self->orientation = GEMMA4_ORIENT_NONE;
  g_clear_pointer (&self->converter, gemma4_frame_converter_free);
  gemma4_allocation_clear (&self->allocation);
  return TRUE;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (object);
  GST_OBJECT_LOCK (self);
  gchar *refused = gemma4_props_set (&gemma4_video_props, spec, &self->settings,
      &self->user_set, value, self->started ? self : NULL);
  self->changed |= self->started && !refused;
  GST_OBJECT_UNLOCK (self);
  gemma4_props_warn (self, refused);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (object);
  GST_OBJECT_LOCK (self);
  if (id == PROP_N_SEEN)
    g_value_set_uint64 (value, self->n_seen);
  else if (id == PROP_N_SELECTED)
    g_value_set_uint64 (value, self->n_selected);
  else
    gemma4_props_get (&gemma4_video_props, id, &self->settings, value);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject *object)
{
  GstGemma4VideoConv *self = GST_GEMMA4_VIDEO_CONV (object);
  gemma4_props_clear (&gemma4_video_props, &self->settings);
  gemma4_props_clear (&gemma4_video_props, &self->active);
  gemma4_joint_clear (&self->joint);
  gemma4_video_clip_free (&self->clip);
  gemma4_blocks_unref (self->allocation.blocks);
  G_OBJECT_CLASS (gst_gemma4_video_conv_parent_class)->finalize (object);
}

static void
install_counter (GObjectClass *klass, guint id, const gchar *name, const gchar *blurb)
{
  g_object_class_install_property (klass, id, g_param_spec_uint64 (name, name, blurb, 0,
          G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_gemma4_video_conv_class_init (GstGemma4VideoConvClass *klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *base = GST_BASE_TRANSFORM_CLASS (klass);
  GST_DEBUG_CATEGORY_INIT (gemma4videoconv_debug, "gemma4videoconv", 0,
      "video to the patches of Gemma 4");

  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  gemma4_props_install (object, &gemma4_video_props, &gemma4_video_defaults);
  install_counter (object, PROP_N_SEEN, "frames-seen",
      "Frames inside the segment that came in since the element started");
  install_counter (object, PROP_N_SELECTED, "frames-selected",
      "Frames that went out as tensors since the element started");

  gst_element_class_set_static_metadata (element, "Gemma 4 video converter",
      "Filter/Converter/Video",
      "Chooses frames of a video and cuts them into patches for Gemma 4 models",
      "the gst-gemma4 authors");
  gst_element_class_add_static_pad_template (element, &sink_template);
  gst_element_class_add_static_pad_template (element, &src_template);

  base->transform_caps = transform_caps;
  base->fixate_caps = fixate_caps;
  base->set_caps = set_caps;
  base->decide_allocation = decide_allocation;
  base->propose_allocation = propose_allocation;
  base->start = start;
  base->stop = stop;
  base->sink_event = sink_event;
  base->src_event = src_event;
  base->query = query;
  base->submit_input_buffer = submit_input_buffer;
  base->generate_output = generate_output;
  base->transform = transform;
}

static void
gst_gemma4_video_conv_init (GstGemma4VideoConv *self)
{
  gemma4_props_copy (&gemma4_video_props, &self->settings, &gemma4_video_defaults);
  gemma4_joint_clear (&self->joint);
  gemma4_allocation_clear (&self->allocation);
  self->allocation.blocks = gemma4_blocks_new (0, BLOCKS_WAITING);
  gemma4_video_clip_init (&self->clip);
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  gemma4_live_init (&self->incoming, GST_ELEMENT (self), trans->sinkpad, FALSE);
  self->incoming.gap_pad = trans->srcpad;
  self->incoming.gap_segment = &self->joint.out;
  gst_base_transform_set_qos_enabled (trans, FALSE);
}
