/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4audioconv-private.h"

#include "gemma4presets.h"

#define GST_CAT_DEFAULT gemma4_audio_conv_debug

gboolean
gemma4_audio_conv_plan (GstGemma4AudioConv *self, const GstCaps *caps,
    Gemma4AudioPlan *plan, Gemma4Error *error)
{
  Gemma4AudioWords words = { NULL };
  if (caps && !gst_caps_is_empty (caps) && !gst_caps_is_any (caps)) {
    words.caps = caps;
    words.has_target = gemma4_target_from_caps (caps, &words.target);
  }
  GST_OBJECT_LOCK (self);
  gboolean good = gemma4_audio_plan_make (&self->settings, self->user_set, &words, plan,
      error);
  GST_OBJECT_UNLOCK (self);
  return good;
}

/* Narrow for those who have a choice. Other sound is let in too, and refused in
 * set_caps(), in words: "could not link" would not tell what to insert. */
static GstCaps *
sink_caps (GstGemma4AudioConv *self, const GstCaps *src_caps, const GstCaps *filter)
{
  Gemma4AudioPlan plan;
  Gemma4Error error;
  GstCaps *all = gst_pad_get_pad_template_caps (GST_BASE_TRANSFORM_SINK_PAD (self));
  if (!gemma4_audio_conv_plan (self, src_caps, &plan, &error))
    return all;
  GstCaps *caps = gst_caps_copy (all);
  gst_caps_set_simple (caps, "rate", G_TYPE_INT, plan.rate_hz, "channels", G_TYPE_INT, 1,
      NULL);
  if (!filter || !gst_caps_can_intersect (caps, filter))
    return gst_caps_merge (caps, all);
  gst_caps_unref (all);
  return caps;
}

GstCaps *
gemma4_audio_conv_transform_caps (GstBaseTransform *trans, GstPadDirection direction,
    GstCaps *caps, GstCaps *filter)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  GstCaps *other = direction == GST_PAD_SRC ? sink_caps (self, caps, filter)
      : gst_pad_get_pad_template_caps (GST_BASE_TRANSFORM_SRC_PAD (trans));
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, other, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (other);
    other = both;
  }
  return other;
}

void
gemma4_audio_conv_describe (const Gemma4AudioPlan *plan, guint n_rows,
    Gemma4TensorSpec specs[GEMMA4_AUDIO_N_TENSORS])
{
  specs[0] = (Gemma4TensorSpec) {
    .dtype = GEMMA4_FLOAT32, .rank = 2, .dims = {n_rows, plan->n_values},
  };
  specs[1] = (Gemma4TensorSpec) {
    .dtype = GEMMA4_INT32, .rank = 1, .dims = {n_rows},
  };
  g_strlcpy (specs[0].name, plan->raw ? "audio_frames" : "audio_mel", sizeof specs[0].name);
  g_snprintf (specs[1].name, sizeof specs[1].name, "%s_mask", specs[0].name);
}

/* An upstream element sends refused caps again with every buffer: one error is
 * enough. */
void
gemma4_audio_conv_refuse (GstGemma4AudioConv *self, const gchar *text, const GstCaps *caps)
{
  if (!self->refused)
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", text), ("caps: %" GST_PTR_FORMAT, caps));
  self->refused = TRUE;
}

/* Whether what downstream says about @field, if it is one thing, is @ours; says
 * so if not. */
static gboolean
agrees (GstGemma4AudioConv *self, const GstCaps *caps, const gchar *field,
    const gchar *ours, const gchar *hint)
{
  const gchar *theirs = gst_structure_get_string (gst_caps_get_structure (caps, 0), field);
  if (!theirs || g_str_equal (theirs, ours))
    return TRUE;
  g_autofree gchar *text = g_strdup_printf ("Downstream wants %s=%s, but %s has %s=%s: %s.",
      field, theirs, GST_OBJECT_NAME (self), field, ours, hint);
  gemma4_audio_conv_refuse (self, text, caps);
  return FALSE;
}

/* They may call the same preset by different names. */
static gboolean
agree_on_preset (GstGemma4AudioConv *self, const GstCaps *caps, const gchar *ours,
    const gchar *config_file)
{
  Gemma4Error error;
  g_autofree gchar *theirs = NULL;
  const Gemma4Preset *preset = gemma4_presets_choose (ours, config_file, caps, &error);
  if (!preset || gemma4_presets_agree (caps, preset, &theirs))
    return TRUE;                /* the plan will say why there is none */
  g_autofree gchar *text = g_strdup_printf ("Downstream wants preset=%s, but %s has preset=%s%s%s: "
      "give both the same preset.", theirs, GST_OBJECT_NAME (self),
      ours ? ours : preset->name, config_file ? ", config-file=" : "", config_file ? config_file : "");
  gemma4_audio_conv_refuse (self, text, caps);
  return FALSE;
}

static gboolean
agree_on_words (GstGemma4AudioConv *self, const GstCaps *caps)
{
  GST_OBJECT_LOCK (self);
  gboolean chosen = gemma4_props_is_set (&gemma4_audio_props, "preset", self->user_set);
  gboolean clip = self->settings.mode == GEMMA4_AUDIO_MODE_CLIP;
  g_autofree gchar *preset = chosen ? g_strdup (self->settings.preset) : NULL;
  g_autofree gchar *config_file = g_strdup (self->settings.config_file);
  GST_OBJECT_UNLOCK (self);
  if (clip && gst_structure_has_field (gst_caps_get_structure (caps, 0), "role")) {
    g_autofree gchar *text = g_strdup_printf ("%s has mode=clip, but the packer behind it takes "
        "mode=stream and cuts clips itself: leave mode out.", GST_OBJECT_NAME (self));
    gemma4_audio_conv_refuse (self, text, caps);
    return FALSE;
  }
  return agrees (self, caps, "role", gemma4_role_name (GEMMA4_ROLE_AUDIO),
      "link it to a pad that takes audio")
      && ((!preset && !config_file) || agree_on_preset (self, caps, preset, config_file));
}

/* Why a packer cannot take the rows of @plan, or NULL: it knows them by the name of
 * their preset alone, and the model was trained on those. */
static gchar *
why_not_packed (GstGemma4AudioConv *self, const Gemma4AudioPlan *plan)
{
  if (plan->raw)
    return NULL;
  if (plan->preset->audio->framing == GEMMA4_FRAMING_CENTRED)
    return g_strdup_printf ("%s has preset=%s, which is no model's, and the packer behind it "
        "packs for models: take the preset of one, or go without the packer.",
        GST_OBJECT_NAME (self), plan->preset->name);
  g_autofree gchar *ours = NULL;
  g_autofree gchar *theirs = NULL;
  GST_OBJECT_LOCK (self);
  const gchar *name = gemma4_audio_props_first_unlike (&self->settings, self->user_set,
      plan->preset->audio, &ours, &theirs);
  GST_OBJECT_UNLOCK (self);
  if (!name)
    return NULL;
  return g_strdup_printf ("%s has %s=%s, but the packer behind it takes the rows of preset %s, "
      "which has %s: leave %s out, or go without the packer.", GST_OBJECT_NAME (self), name,
      ours, plan->preset->name, theirs, name);
}

/* The plan for @caps, one structure with the words of both sides. */
static gboolean
plan_for (GstGemma4AudioConv *self, const GstCaps *caps, Gemma4AudioPlan *plan)
{
  Gemma4Error error;
  if (!agree_on_words (self, caps))
    return FALSE;
  if (!gemma4_audio_conv_plan (self, caps, plan, &error)) {
    gemma4_audio_conv_refuse (self, error.text, caps);
    return FALSE;
  }
  if (!gst_structure_has_field (gst_caps_get_structure (caps, 0), "role"))
    return TRUE;
  g_autofree gchar *why = why_not_packed (self, plan);
  if (why)
    gemma4_audio_conv_refuse (self, why, caps);
  return !why;
}

gboolean
gemma4_audio_conv_plan_with_peer (GstGemma4AudioConv *self, Gemma4AudioPlan *plan)
{
  GstPad *pad = GST_BASE_TRANSFORM_SRC_PAD (self);
  g_autoptr (GstCaps) all = gst_pad_get_pad_template_caps (pad);
  GstCaps *caps = gst_pad_peer_query_caps (pad, all);
  if (gst_caps_is_empty (caps)) {
    gemma4_audio_conv_refuse (self, "Downstream does not take these tensors: it must take "
        "other/tensors, format=static.", caps);
    gst_caps_unref (caps);
    return FALSE;
  }
  caps = gst_caps_truncate (caps);
  gboolean good = plan_for (self, caps, plan);
  gst_caps_unref (caps);
  return good;
}

/* Names the user's preset where downstream named none. */
static void
name_own_preset (GstGemma4AudioConv *self, GstCaps *caps)
{
  if (gemma4_preset_from_caps (caps))
    return;
  GST_OBJECT_LOCK (self);
  if (gemma4_props_is_set (&gemma4_audio_props, "preset", self->user_set))
    gemma4_presets_set_words (caps, self->settings.preset, self->settings.config_file);
  GST_OBJECT_UNLOCK (self);
}

/* Rows of the buffers to come. */
static guint
n_rows_of (GstGemma4AudioConv *self, const Gemma4AudioPlan *plan)
{
  return gemma4_audio_plan_rows_vary (plan) ? self->n_rows : plan->n_rows;
}

/* Makes @caps, one structure with the words of both sides, complete. */
static gboolean
complete_caps (GstGemma4AudioConv *self, GstCaps *caps)
{
  Gemma4AudioPlan plan;
  Gemma4TensorSpec specs[GEMMA4_AUDIO_N_TENSORS];

  if (!plan_for (self, caps, &plan))
    return FALSE;
  gemma4_audio_conv_describe (&plan, n_rows_of (self, &plan), specs);
  g_autoptr (GstCaps) ours = gemma4_tensors_caps (specs, GEMMA4_AUDIO_N_TENSORS);
  const GstStructure *s = gst_caps_get_structure (ours, 0);
  if (!agrees (self, caps, "names", gst_structure_get_string (s, "names"),
          "give both the same preset")
      || !agrees (self, caps, "dimensions", gst_structure_get_string (s, "dimensions"),
          plan.clip ? "the length of a clip decides how many rows it has"
          : "set num-mels or frames-per-buffer"))
    return FALSE;
  gemma4_tensors_set_caps (caps, specs, GEMMA4_AUDIO_N_TENSORS);
  gst_caps_set_simple (caps, "target", G_TYPE_STRING, gemma4_target_name (plan.target), NULL);
  name_own_preset (self, caps);
  return TRUE;
}

GstCaps *
gemma4_audio_conv_fixate_caps (GstBaseTransform *trans, GstPadDirection direction,
    GstCaps *caps, GstCaps *othercaps)
{
  if (direction != GST_PAD_SINK)
    return gst_caps_fixate (othercaps);
  othercaps = gst_caps_make_writable (gst_caps_truncate (othercaps));
  if (complete_caps (GST_GEMMA4_AUDIO_CONV (trans), othercaps))
    return gst_caps_fixate (othercaps);
  gst_caps_unref (othercaps);
  return gst_caps_new_empty ();
}

static gboolean
accept_sound (GstGemma4AudioConv *self, const GstCaps *incaps, guint rate_hz)
{
  GstAudioInfo info;
  if (!gst_audio_info_from_caps (&info, incaps))
    return FALSE;
  if (GST_AUDIO_INFO_CHANNELS (&info) == 1 && (guint) GST_AUDIO_INFO_RATE (&info) == rate_hz) {
    self->info = info;
    return TRUE;
  }
  g_autofree gchar *came = gst_caps_to_string (incaps);
  g_autofree gchar *text = g_strdup_printf ("%s needs 1 channel of %u Hz, but got %s: insert "
      "audioconvert ! audioresample quality=10 before it.", GST_OBJECT_NAME (self), rate_hz,
      came);
  gemma4_audio_conv_refuse (self, text, incaps);
  return FALSE;
}

gboolean
gemma4_audio_conv_goes_by (const GstGemma4AudioConv *self, const Gemma4AudioPlan *plan)
{
  const Gemma4AudioPlan *now = &self->chunk.plan;
  return gemma4_audio_chunk_is_ready (&self->chunk) && now->preset == plan->preset && now->target == plan->target;
}

gboolean
gemma4_audio_conv_configure (GstGemma4AudioConv *self, const GstCaps *incaps,
    const Gemma4AudioPlan *plan)
{
  Gemma4Error error;
  if (!accept_sound (self, incaps, plan->rate_hz))
    return FALSE;
  self->refused = FALSE;
  if (gemma4_audio_conv_goes_by (self, plan))
    return TRUE;

  gemma4_presets_log (self, plan->preset);
  gemma4_audio_conv_drain (self);
  gemma4_audio_chunk_clear (&self->chunk);
  if (!gemma4_audio_chunk_init (&self->chunk, plan, &self->allocation, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED, ("%s", error.text), (NULL));
    return FALSE;
  }
  gemma4_audio_conv_describe (plan, n_rows_of (self, plan), self->specs);
  gemma4_audio_conv_reset (self);
  gemma4_audio_conv_update_latency (self, plan);
  return TRUE;
}

gboolean
gemma4_audio_conv_set_caps (GstBaseTransform *trans, GstCaps *incaps, GstCaps *outcaps)
{
  GstGemma4AudioConv *self = GST_GEMMA4_AUDIO_CONV (trans);
  Gemma4AudioPlan plan;
  if (!plan_for (self, outcaps, &plan))
    return FALSE;
  if (!self->sending || gemma4_audio_conv_goes_by (self, &plan))
    return gemma4_audio_conv_configure (self, incaps, &plan);
  gemma4_audio_conv_refuse (self, "Downstream asks for another target or preset in the middle "
      "of a clip: change it between clips.", outcaps);
  return FALSE;
}
