/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4packer.h"

#include "gemma4presets.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

Gemma4Trigger
gemma4_packer_trigger_of (GstGemma4Packer *self, const Gemma4PackerSettings *settings)
{
  Gemma4Trigger trigger = settings->trigger;
  gboolean is_auto = trigger == GEMMA4_TRIGGER_AUTO;
  if (is_auto)
    trigger = settings->interval_ns ? GEMMA4_TRIGGER_INTERVAL : GEMMA4_TRIGGER_EOS;
  for (GList *l = GST_ELEMENT (self)->sinkpads; is_auto && l; l = l->next) {
    GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (l->data);
    if (pad->kind == GEMMA4_PAD_PROMPT && gemma4_pad_is_linked (pad))
      trigger = GEMMA4_TRIGGER_PROMPT;
  }
  return trigger;
}

Gemma4Trigger
gemma4_packer_trigger (GstGemma4Packer *self)
{
  GST_OBJECT_LOCK (self);
  Gemma4Trigger trigger = gemma4_packer_trigger_of (self, &self->wanted);
  GST_OBJECT_UNLOCK (self);
  return trigger;
}

static Gemma4Role
pad_role (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  switch (pad->kind) {
    case GEMMA4_PAD_IMAGE:
      return GEMMA4_ROLE_IMAGE;
    case GEMMA4_PAD_AUDIO:
      return GEMMA4_ROLE_AUDIO;
    default:
      return gemma4_packer_trigger (self) == GEMMA4_TRIGGER_EOS ? GEMMA4_ROLE_CLIP :
          GEMMA4_ROLE_STREAM;
  }
}

/* What was asked for, also before the settings are resolved: pads are linked in
 * NULL. Of a @clip the converter keeps it. */
static Gemma4PackParams
wanted_params (GstGemma4Packer *self, gboolean clip, gchar **name, gchar **config_file)
{
  Gemma4Error error;
  GST_OBJECT_LOCK (self);
  guint64 user_set = self->user_set;
  Gemma4PackParams wanted = self->wanted.pack;
  *name = g_strdup (self->wanted.preset);
  *config_file = g_strdup (self->wanted.config_file);
  self->told_clips |= clip && self->started;
  GST_OBJECT_UNLOCK (self);
  const Gemma4Preset *preset = gemma4_presets_get (*name, *config_file, &error);
  if (!preset)
    return wanted;              /* the start will say so */
  Gemma4PackParams of_preset = gemma4_packer_settings_of (preset).pack;
  wanted.raw_audio = of_preset.raw_audio;
  if (!gemma4_props_is_set (&gemma4_packer_props, "target", user_set))
    wanted.target = of_preset.target;
  if (!gemma4_props_is_set (&gemma4_packer_props, "num-frames-per-video", user_set))
    wanted.num_frames_per_video = of_preset.num_frames_per_video;
  return wanted;
}

/* What a converter is told: types, and the words. */
static GstCaps *
pad_caps (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  GstCaps *caps = gst_pad_get_pad_template_caps (GST_PAD (pad));
  if (!gemma4_pad_is_media (pad))
    return caps;

  gboolean audio = pad->kind == GEMMA4_PAD_AUDIO;
  Gemma4Role role = pad_role (self, pad);
  caps = gst_caps_make_writable (caps);
  g_autofree gchar *preset = NULL, *config_file = NULL;
  Gemma4PackParams wanted = wanted_params (self, role == GEMMA4_ROLE_CLIP, &preset,
      &config_file);
  const gchar *rows = wanted.raw_audio ? GEMMA4_NAMES_RAW_AUDIO : GEMMA4_NAMES_AUDIO;
  gst_caps_set_simple (caps, "num_tensors", G_TYPE_INT, 2,
      "names", G_TYPE_STRING, audio ? rows : GEMMA4_NAMES_VIDEO,
      "target", G_TYPE_STRING, gemma4_target_name (wanted.target),
      "role", G_TYPE_STRING, gemma4_role_name (role), NULL);
  gemma4_presets_set_words (caps, preset, config_file);
  if (role == GEMMA4_ROLE_CLIP)
    gst_caps_set_simple (caps, "num-frames", G_TYPE_INT, wanted.num_frames_per_video, NULL);
  return caps;
}

/* With the lock held: caps are refused once. */
static gboolean
check_word (GstGemma4Packer *self, GstPad *pad, const GstCaps *caps, const gchar *field,
    const gchar *ours)
{
  const gchar *theirs =
      gst_structure_get_string (gst_caps_get_structure (caps, 0), field);
  if (!theirs || !ours || g_str_equal (theirs, ours))
    return TRUE;
  g_autofree gchar *debug = gst_caps_to_string (caps);
  gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, debug,
      "%s: upstream makes tensors for %s=%s, this packer wants %s=%s: set the same in "
      "both places, or only here.", GST_PAD_NAME (pad), field, theirs, field, ours);
  return FALSE;
}

/* The same preset may have other names. */
static gboolean
check_preset (GstGemma4Packer *self, GstPad *pad, const GstCaps *caps)
{
  g_autofree gchar *theirs = NULL;
  if (gemma4_presets_agree (caps, self->preset, &theirs))
    return TRUE;
  g_autofree gchar *debug = gst_caps_to_string (caps);
  const gchar *file = self->preset->config_file;
  gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, debug,
      "%s: upstream makes tensors for preset=%s, this packer wants preset=%s%s%s: set the same in "
      "both places, or only here.", GST_PAD_NAME (pad), theirs, self->preset->name,
      file ? ", config-file=" : "", file ? file : "");
  return FALSE;
}

/* Who chooses the frames of a clip must know how many a pack may have. */
static gboolean
check_num_frames (GstGemma4Packer *self, GstGemma4PackerPad *pad, const GstCaps *caps)
{
  GST_OBJECT_LOCK (self);
  gint theirs, ours = self->wanted.pack.num_frames_per_video;
  GST_OBJECT_UNLOCK (self);
  if (pad_role (self, pad) != GEMMA4_ROLE_CLIP
      || !gst_structure_get_int (gst_caps_get_structure (caps, 0), "num-frames", &theirs)
      || theirs == ours)
    return TRUE;
  gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, NULL,
      "%s: upstream chooses num-frames=%d of a clip, this packer takes "
      "num-frames-per-video=%d: set only the packer's, or both to the same.",
      GST_PAD_NAME (pad), theirs, ours);
  return FALSE;
}

static gboolean
is_tensor (const Gemma4TensorSpec *spec, Gemma4DType dtype, guint rank, guint64 inner)
{
  return spec->dtype == dtype && spec->rank == rank
      && (!inner || spec->dims[rank - 1] == inner);
}

static gboolean
specs_fit (GstGemma4Packer *self, GstGemma4PackerPad *pad, const Gemma4TensorSpec *specs,
    guint n_specs)
{
  if (n_specs != 2 || specs[0].dims[0] != specs[1].dims[0])
    return FALSE;
  if (pad->kind == GEMMA4_PAD_AUDIO)
    return is_tensor (&specs[0], GEMMA4_FLOAT32, 2, self->settings.pack.n_mels)
        && is_tensor (&specs[1], GEMMA4_INT32, 1, 0);
  return is_tensor (&specs[0], GEMMA4_UINT8, 2, self->settings.pack.patch_values)
      && is_tensor (&specs[1], GEMMA4_INT32, 2, 2);
}

static gboolean
check_tensors (GstGemma4Packer *self, GstGemma4PackerPad *pad, const GstCaps *caps,
    Gemma4TensorSpec *specs, guint *n_specs)
{
  Gemma4Error error = { "" };
  gboolean audio = pad->kind == GEMMA4_PAD_AUDIO;
  if (gemma4_tensors_from_caps (caps, specs, n_specs, &error)
      && specs_fit (self, pad, specs, *n_specs))
    return TRUE;
  g_autofree gchar *text = gst_caps_to_string (caps);
  g_autofree gchar *debug = g_strdup_printf ("got %s; %s", text, error.text);
  gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, debug,
      "%s wants the tensors of %s: %s values and int32 beside them, %u values a row%s.",
      GST_PAD_NAME (pad), audio ? "gemma4audioconv" : "gemma4videoconv",
      audio ? "float32" : "uint8",
      audio ? self->settings.pack.n_mels : self->settings.pack.patch_values,
      audio ? ", as audio-input-feat-size says and num-mels of the converter must too" : "");
  return FALSE;
}

/* Frames of another budget cannot stand in one tensor with those that come now. */
static void
adopt_specs (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    const Gemma4TensorSpec *specs, guint n_specs)
{
  gemma4_packer_watch_end (self, pad);
  if (pad->frames.frames && pad->frames.frames->len
      && pad->specs[0].dims[0] != specs[0].dims[0]) {
    gemma4_packer_lost (self, gemma4_packer_dropped (self, pad, "caps-changed",
            pad->frames.frames->len, 0));
    gemma4_packer_pad_empty (pad);
  }
  memcpy (pad->specs, specs, n_specs * sizeof *specs);
  pad->n_specs = n_specs;
}

static gboolean
set_text_caps (GstGemma4Packer *self, GstGemma4PackerPad *pad, const GstCaps *caps)
{
  const gchar *format = gst_structure_get_string (gst_caps_get_structure (caps, 0), "format");
  g_mutex_lock (&self->lock);
  pad->markup = g_strcmp0 (format, "pango-markup") == 0;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

gboolean
gemma4_packer_pad_set_caps (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstCaps *caps)
{
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];
  guint n_specs;
  if (!gemma4_pad_is_media (pad))
    return set_text_caps (self, pad, caps);
  const gchar *role = gemma4_role_name (pad_role (self, pad));
  g_mutex_lock (&self->lock);
  const gchar *target = gemma4_target_name (self->target);
  if (gemma4_packer_pad_is_stale (self, pad, caps))
    target = NULL;
  gboolean ok = check_word (self, GST_PAD (pad), caps, "target", target)
      && check_word (self, GST_PAD (pad), caps, "role", role)
      && check_preset (self, GST_PAD (pad), caps)
      && check_num_frames (self, pad, caps)
      && check_tensors (self, pad, caps, specs, &n_specs);
  if (ok)
    adopt_specs (self, pad, specs, n_specs);
  gemma4_packer_unlock (self);
  return ok;
}

static gboolean
answer_caps (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstQuery *query)
{
  GstCaps *filter;
  gst_query_parse_caps (query, &filter);
  g_autoptr (GstCaps) caps = pad_caps (self, pad);
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (caps);
    caps = both;
  }
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

/* By the media type only: what else is wrong gets a sentence when the caps come. */
static gboolean
answer_accept_caps (GstPad *pad, GstQuery *query)
{
  GstCaps *caps;
  gst_query_parse_accept_caps (query, &caps);
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);
  const GstStructure *theirs = gst_caps_get_structure (caps, 0);
  gst_query_set_accept_caps_result (query, gst_structure_has_name (theirs,
          gst_structure_get_name (gst_caps_get_structure (template, 0))));
  return TRUE;
}

static gboolean
answer_allocation (GstQuery *query)
{
  GstAllocationParams params;
  gst_allocation_params_init (&params);
  params.align = GEMMA4_TENSORS_ALIGN;
  gst_query_add_allocation_param (query, NULL, &params);
  return TRUE;
}

/* Nothing is forwarded: downstream of the packer is another stream, and a
 * serialized query must not wait for it. */
gboolean
gemma4_packer_sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      return answer_caps (self, GST_GEMMA4_PACKER_PAD (pad), query);
    case GST_QUERY_ACCEPT_CAPS:
      return answer_accept_caps (pad, query);
    case GST_QUERY_ALLOCATION:
      return gemma4_pad_is_media (GST_GEMMA4_PACKER_PAD (pad))
          && answer_allocation (query);
    case GST_QUERY_DRAIN:
      return TRUE;
    default:
      return FALSE;
  }
}
