/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4audioconv-private.h"

#define GST_CAT_DEFAULT gemma4_audio_conv_debug

gboolean
gemma4_audio_conv_resolve (GstGemma4AudioConv *self, const GstCaps *caps,
    Gemma4LogMelParams *params, Gemma4Error *error)
{
  gboolean some = caps && !gst_caps_is_empty (caps) && !gst_caps_is_any (caps);
  const gchar *preset = some ? gemma4_preset_from_caps (caps) : NULL;
  Gemma4Target target = GEMMA4_TARGET_KERASHUB;
  if (some)
    gemma4_target_from_caps (caps, &target);
  GST_OBJECT_LOCK (self);
  gboolean good = gemma4_audio_settings_resolve (&self->settings, self->user_set, preset,
      target, params, error);
  GST_OBJECT_UNLOCK (self);
  return good;
}

/* Narrow for those who ask; other sound is refused in set_caps(), in words. */
static GstCaps *
sink_caps (GstGemma4AudioConv *self, const GstCaps *src_caps)
{
  Gemma4LogMelParams params;
  Gemma4Error error;
  GstCaps *caps = gst_pad_get_pad_template_caps (GST_BASE_TRANSFORM_SINK_PAD (self));
  if (!gemma4_audio_conv_resolve (self, src_caps, &params, &error))
    return caps;
  caps = gst_caps_make_writable (caps);
  gst_caps_set_simple (caps, "rate", G_TYPE_INT, params.sampling_rate_hz,
      "channels", G_TYPE_INT, 1, NULL);
  return caps;
}

GstCaps *
gemma4_audio_conv_transform_caps (GstBaseTransform *trans, GstPadDirection direction,
    GstCaps *caps, GstCaps *filter)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  GstCaps *other = direction == GST_PAD_SRC ? sink_caps (self, caps)
      : gst_pad_get_pad_template_caps (GST_BASE_TRANSFORM_SRC_PAD (trans));
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, other, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (other);
    other = both;
  }
  return other;
}

static void
describe_tensors (Gemma4TensorSpec specs[GEMMA4_AUDIO_N_TENSORS], guint n_rows,
    guint n_mels)
{
  specs[0] = (Gemma4TensorSpec) {
    .name = "audio_mel", .dtype = GEMMA4_FLOAT32, .rank = 2, .dims = {n_rows, n_mels},
  };
  specs[1] = (Gemma4TensorSpec) {
    .name = "audio_mel_mask", .dtype = GEMMA4_INT32, .rank = 1, .dims = {n_rows},
  };
}

/* An upstream element sends refused caps again with every buffer: one error is
 * enough. */
static void
refuse (GstGemma4AudioConv *self, const gchar *text, const GstCaps *caps)
{
  if (!self->refused)
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", text), ("caps: %" GST_PTR_FORMAT, caps));
  self->refused = TRUE;
}

/* Whether what downstream says about @field is @ours; says so if not. */
static gboolean
agrees (GstGemma4AudioConv *self, const GstCaps *caps, const gchar *field,
    const gchar *ours, const gchar *hint)
{
  const gchar *theirs = gst_structure_get_string (gst_caps_get_structure (caps, 0), field);
  if (!theirs || g_str_equal (theirs, ours))
    return TRUE;
  g_autofree gchar *text = g_strdup_printf ("Downstream wants %s=%s, but %s has %s=%s: %s.",
      field, theirs, GST_OBJECT_NAME (self), field, ours, hint);
  refuse (self, text, caps);
  return FALSE;
}

static gboolean
agree_on_words (GstGemma4AudioConv *self, const GstCaps *caps)
{
  GST_OBJECT_LOCK (self);
  gboolean chosen = gemma4_props_is_set (&gemma4_audio_props, "preset", self->user_set);
  g_autofree gchar *preset = chosen ? g_strdup (self->settings.preset) : NULL;
  GST_OBJECT_UNLOCK (self);
  return agrees (self, caps, "role", gemma4_role_name (GEMMA4_ROLE_AUDIO),
      "link it to a pad that takes audio")
      && (!preset || agrees (self, caps, "preset", preset, "give both the same preset"));
}

/* Makes @caps, one structure with the words of both sides, complete. */
static gboolean
complete_caps (GstGemma4AudioConv *self, GstCaps *caps)
{
  Gemma4LogMelParams params;
  Gemma4Error error;
  Gemma4TensorSpec specs[GEMMA4_AUDIO_N_TENSORS];

  if (!agree_on_words (self, caps))
    return FALSE;
  if (!gemma4_audio_conv_resolve (self, caps, &params, &error)) {
    refuse (self, error.text, caps);
    return FALSE;
  }
  describe_tensors (specs, self->settings.frames_per_buffer, params.n_mels);
  g_autoptr (GstCaps) ours = gemma4_tensors_caps (specs, GEMMA4_AUDIO_N_TENSORS);
  if (!agrees (self, caps, "dimensions",
          gst_structure_get_string (gst_caps_get_structure (ours, 0), "dimensions"),
          "set num-mels or frames-per-buffer"))
    return FALSE;
  gemma4_tensors_set_caps (caps, specs, GEMMA4_AUDIO_N_TENSORS);
  return TRUE;
}

GstCaps *
gemma4_audio_conv_fixate_caps (GstBaseTransform *trans, GstPadDirection direction,
    GstCaps *caps, GstCaps *othercaps)
{
  othercaps = gst_caps_fixate (othercaps);
  if (direction == GST_PAD_SINK
      && !complete_caps (GST_GEMMA4_AUDIO_CONV (trans), othercaps)) {
    gst_caps_unref (othercaps);
    return gst_caps_new_empty ();
  }
  return othercaps;
}

static gboolean
accept_sound (GstGemma4AudioConv *self, const GstCaps *incaps,
    const Gemma4LogMelParams *params)
{
  if (!gst_audio_info_from_caps (&self->info, incaps))
    return FALSE;
  if (GST_AUDIO_INFO_CHANNELS (&self->info) == 1
      && (guint) GST_AUDIO_INFO_RATE (&self->info) == params->sampling_rate_hz)
    return TRUE;
  g_autofree gchar *came = gst_caps_to_string (incaps);
  g_autofree gchar *text = g_strdup_printf ("%s needs 1 channel of %u Hz, but got %s: insert "
      "audioconvert ! audioresample quality=10 before it.", GST_OBJECT_NAME (self),
      params->sampling_rate_hz, came);
  refuse (self, text, incaps);
  return FALSE;
}

static gboolean
goes_on (GstGemma4AudioConv *self, GstCaps *outcaps)
{
  g_autoptr (GstCaps) before =
      gst_pad_get_current_caps (GST_BASE_TRANSFORM_SRC_PAD (self));
  return self->chunk.logmel && before && gst_caps_is_equal (before, outcaps);
}

gboolean
gemma4_audio_conv_set_caps (GstBaseTransform *trans, GstCaps *incaps, GstCaps *outcaps)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  Gemma4LogMelParams params;
  Gemma4Error error;
  if (!gemma4_audio_conv_resolve (self, outcaps, &params, &error)) {
    refuse (self, error.text, outcaps);
    return FALSE;
  }
  if (!accept_sound (self, incaps, &params))
    return FALSE;
  self->refused = FALSE;
  if (goes_on (self, outcaps))
    return TRUE;

  gemma4_audio_conv_drain (self);
  gemma4_mel_chunk_clear (&self->chunk);
  guint n_rows = self->settings.frames_per_buffer;
  if (!gemma4_mel_chunk_init (&self->chunk, &params, n_rows, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED, ("%s", error.text), (NULL));
    return FALSE;
  }
  describe_tensors (self->specs, n_rows, params.n_mels);
  gemma4_audio_conv_reset (self);
  gemma4_audio_conv_update_latency (self, &params);
  return TRUE;
}
