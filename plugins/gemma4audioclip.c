/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Clips whose length decides how many rows they have: GstBaseTransform would
 * send caps as soon as it sees any, so CAPS and SEGMENT wait here until the first
 * clip ends. The caps of a later clip of another length follow on their own. */

#include "gemma4audioconv-private.h"

#define GST_CAT_DEFAULT gemma4_audio_conv_debug

static gboolean
pass_on (GstGemma4AudioConv *self, GstEvent *event)
{
  GstBaseTransformClass *base = g_type_class_peek (GST_TYPE_BASE_TRANSFORM);
  return base->sink_event (GST_BASE_TRANSFORM (self), event);
}

static gboolean
pass_on_segment (GstGemma4AudioConv *self)
{
  GstEvent *segment = g_steal_pointer (&self->held_segment);
  return !segment || pass_on (self, segment);
}

gboolean
gemma4_audio_conv_take_caps (GstGemma4AudioConv *self, GstEvent *event)
{
  Gemma4AudioPlan plan;
  GstCaps *caps;
  gst_event_parse_caps (event, &caps);
  if (self->settings.mode != GEMMA4_AUDIO_MODE_CLIP)
    return pass_on (self, event);
  gboolean good = gemma4_audio_conv_plan_with_peer (self, &plan);
  if (good && !gemma4_audio_conv_goes_by (self, &plan))
    gemma4_audio_conv_drain (self);
  if (good && !gemma4_audio_plan_rows_vary (&plan)) {
    gst_clear_event (&self->held_caps);
    return pass_on (self, event) && pass_on_segment (self);
  }
  if (good && gemma4_audio_conv_configure (self, caps, &plan))
    gst_event_replace (&self->held_caps, event);
  else
    good = FALSE;
  gst_event_unref (event);
  return good;
}

gboolean
gemma4_audio_conv_take_segment (GstGemma4AudioConv *self, GstEvent *event)
{
  if (!self->held_caps)
    return pass_on (self, event);
  gst_event_copy_segment (event, &GST_BASE_TRANSFORM (self)->segment);
  gst_event_replace (&self->held_segment, event);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
send_new_rows (GstGemma4AudioConv *self)
{
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (self);
  GstCaps *caps = gst_pad_get_current_caps (pad);
  if (!caps)
    return FALSE;
  caps = gst_caps_make_writable (caps);
  gemma4_tensors_set_caps (caps, self->specs, GEMMA4_AUDIO_N_TENSORS);
  gboolean good = gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  return good;
}

GstFlowReturn
gemma4_audio_conv_send_caps (GstGemma4AudioConv *self, guint n_rows)
{
  gboolean same = n_rows == self->specs[0].dims[0], good = TRUE;
  self->n_rows = n_rows;
  gemma4_audio_conv_describe (&self->chunk.plan, n_rows, self->specs);
  self->sending = TRUE;
  if (self->held_caps)
    good = pass_on (self, g_steal_pointer (&self->held_caps)) && pass_on_segment (self);
  else if (!same)
    good = send_new_rows (self);
  self->sending = FALSE;
  if (good)
    return GST_FLOW_OK;
  g_autofree gchar *text = g_strdup_printf ("Downstream does not take a clip of %u rows.",
      n_rows);
  g_autoptr (GstCaps) caps = gemma4_tensors_caps (self->specs, GEMMA4_AUDIO_N_TENSORS);
  if (GST_PAD_IS_FLUSHING (GST_BASE_TRANSFORM_SRC_PAD (self)))
    return GST_FLOW_FLUSHING;
  gemma4_audio_conv_refuse (self, text, caps);
  return GST_FLOW_NOT_NEGOTIATED;
}

void
gemma4_audio_conv_drop_held (GstGemma4AudioConv *self, gboolean all)
{
  gst_clear_event (&self->held_segment);
  if (all)
    gst_clear_event (&self->held_caps);
}

static void
post (GstGemma4AudioConv *self, GstStructure *structure)
{
  GST_OBJECT_LOCK (self);
  gboolean wanted = self->settings.post_messages;
  GST_OBJECT_UNLOCK (self);
  if (wanted)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_element (GST_OBJECT (self), structure));
  else
    gst_structure_free (structure);
}

static void
announce_trimmed (GstGemma4AudioConv *self)
{
  guint rate_hz = self->chunk.plan.rate_hz;
  gdouble kept_s = (gdouble) self->chunk.plan.longest / rate_hz;
  GstClockTime trimmed = gst_util_uint64_scale (self->n_trimmed, GST_SECOND, rate_hz);
  gdouble trimmed_s = (gdouble) self->n_trimmed / rate_hz;
  GST_ELEMENT_WARNING (self, STREAM, FAILED, ("The sound is %.3f s long, and the longest clip "
          "%g s: the last %.3f s were cut. clip-overflow=split makes further clips of them.",
          kept_s + trimmed_s, kept_s, trimmed_s), (NULL));
  post (self, gst_structure_new ("gemma4-audio-trimmed",
          "start", G_TYPE_UINT64, self->clip_pts,
          "trimmed", G_TYPE_UINT64, trimmed,
          "samples", G_TYPE_UINT64, self->n_trimmed, NULL));
}

static void
announce_short (GstGemma4AudioConv *self, guint64 n_samples)
{
  GST_ELEMENT_WARNING (self, STREAM, FAILED, ("A clip of %" G_GUINT64_FORMAT " samples has no "
          "row, and was left out.", n_samples), (NULL));
  post (self, gst_structure_new ("gemma4-dropped",
          "why", G_TYPE_STRING, "too-short",
          "start", G_TYPE_UINT64, gemma4_audio_time_of (&self->time,
              gemma4_audio_chunk_begin (&self->chunk)),
          "samples", G_TYPE_UINT64, n_samples, NULL));
}

void
gemma4_audio_conv_announce (GstGemma4AudioConv *self)
{
  guint64 n_samples = gemma4_audio_chunk_n_samples (&self->chunk);
  if (self->n_trimmed > 0)
    announce_trimmed (self);
  else if (self->chunk.ended && n_samples > 0 && self->chunk.n_rows == 0)
    announce_short (self, n_samples);
}
