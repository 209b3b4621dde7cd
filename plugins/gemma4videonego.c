/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videonego.h"

#include "gemma4presets.h"
#include "gemma4videocaps.h"
#include "gemma4videoflow.h"

/* The name of the user's preset, NULL if there is none. */
static const gchar *
own_preset (const GstGemma4VideoConv *self)
{
  return gemma4_props_is_set (&gemma4_video_props, "preset", self->active_set)
      ? self->active.preset : NULL;
}

/* The preset that counts: the user's, else the packer's, else the default. */
static const Gemma4Preset *
choose_preset (const GstGemma4VideoConv *self, const GstCaps *caps, Gemma4Error *error)
{
  return gemma4_presets_choose (own_preset (self), self->active.config_file, caps, error);
}

gboolean
gemma4_video_nego_check (const GstGemma4VideoConv *self, Gemma4Error *error)
{
  Gemma4VisionParams params;
  const Gemma4Preset *preset = choose_preset (self, NULL, error);
  return preset && gemma4_video_params (&self->active, self->active_set, preset,
      GEMMA4_ROLE_NONE, &params, error);
}

/* Names the user's preset, unless downstream calls the same one by another name. */
static void
name_own_preset (const GstGemma4VideoConv *self, const Gemma4Preset *preset, GstCaps *caps)
{
  g_autofree gchar *theirs = NULL;
  if ((own_preset (self) || self->active.config_file) && (!gemma4_preset_from_caps (caps)
          || !gemma4_presets_agree (caps, preset, &theirs)))
    gemma4_presets_set_words (caps, own_preset (self), self->active.config_file);
}

GstCaps *
gemma4_video_nego_fixate (GstGemma4VideoConv *self, GstCaps *caps)
{
  Gemma4VisionParams params = gemma4_vision_params_video;
  Gemma4Error error;            /* set_caps reports it */
  Gemma4TensorSpec specs[2];
  caps = gst_caps_make_writable (gst_caps_truncate (caps));
  const Gemma4Preset *preset = choose_preset (self, caps, &error);
  gemma4_video_caps_fixate_n_frames (caps, self->active.num_frames, self->n_frames_is_users);
  if (preset)
    name_own_preset (self, preset, caps);
  caps = gemma4_video_caps_fixate (caps, gemma4_video_usual_target (preset));
  if (preset)
    gemma4_video_params (&self->active, self->active_set, preset,
        gemma4_role_from_caps (caps), &params, &error);
  gemma4_video_specs (&params, gemma4_video_caps_dtype (caps), specs);
  gemma4_tensors_set_caps (caps, specs, 2);
  return caps;
}

/* Takes over what downstream said; frames chosen by other rules are given up. */
static void
set_output (GstGemma4VideoConv *self, const GstCaps *out, const Gemma4VisionParams *params)
{
  Gemma4Role role = gemma4_role_from_caps (out);
  Gemma4Target target = GEMMA4_TARGET_KERASHUB;
  Gemma4TensorSpec specs[2];
  gemma4_target_from_caps (out, &target);
  gemma4_video_specs (params, gemma4_video_caps_dtype (out), specs);
  gboolean same_size = specs[0].dims[0] == self->specs[0].dims[0]
      && specs[0].dims[1] == self->specs[0].dims[1];
  if (role != self->role || !same_size)
    gemma4_video_flow_restart (self);
  else if (target != self->target || specs[0].dtype != self->specs[0].dtype)
    gemma4_video_flow_retarget (self, target);
  guint n_frames = gemma4_video_caps_n_frames (out);
  if (n_frames != self->caps_n_frames) {
    self->caps_n_frames = n_frames;
    gemma4_video_flow_change (self);
  }
  self->role = role;
  self->target = target;
  self->specs[0] = specs[0];
  self->specs[1] = specs[1];
}

/* Upstream sends refused caps again with every buffer: one error is enough. */
static gboolean
refuse (GstGemma4VideoConv *self, const gchar *why, GstCaps *caps)
{
  if (!self->refused)
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", why), ("caps %" GST_PTR_FORMAT, caps));
  self->refused = TRUE;
  return FALSE;
}

static gboolean
refuse_settings (GstGemma4VideoConv *self, const Gemma4Error *error)
{
  if (!self->refused)
    GST_ELEMENT_ERROR (self, LIBRARY, SETTINGS, ("%s", error->text), (NULL));
  self->refused = TRUE;
  return FALSE;
}

/* Whether @preset and the settings go together with what downstream takes. */
static gboolean
check_output (const GstGemma4VideoConv *self, const GstCaps *out, const Gemma4Preset *preset,
    Gemma4FrameParams *params, Gemma4Error *error)
{
  const Gemma4VideoSettings *set = &self->active;
  Gemma4Target target = GEMMA4_TARGET_KERASHUB;
  Gemma4Role role = gemma4_role_from_caps (out);
  gemma4_target_from_caps (out, &target);
  if (!gemma4_video_params (set, self->active_set, preset, role, &params->vision, error))
    return FALSE;
  if (target != GEMMA4_TARGET_TRANSFORMERS && preset->unified) {
    g_snprintf (error->text, sizeof error->text, "preset %s is for target transformers only, "
        "KerasHub does not have this model; set target=transformers", preset->name);
    return FALSE;
  }
  if (gemma4_video_caps_dtype (out) == GEMMA4_UINT8
      && gemma4_video_pixels_are_own (set, self->active_set, preset, role)) {
    g_snprintf (error->text, sizeof error->text, "scale=%g and offset=%g are for float32 "
        "pixels, but downstream takes bytes and scales them itself, as gemma4packer does; "
        "leave scale and offset as the preset has them, usually 1/255 and 0, or take "
        "types=\"float32,int32\"", set->scale, set->offset);
    return FALSE;
  }
  params->pixels = gemma4_video_pixels (set, self->active_set, preset, role);
  return TRUE;
}

static gboolean
is_interlaced (const GstVideoInfo *info, const GstCaps *caps)
{
  return GST_VIDEO_INFO_IS_INTERLACED (info) || gst_caps_features_contains
      (gst_caps_get_features (caps, 0), GST_CAPS_FEATURE_FORMAT_INTERLACED);
}

gboolean
gemma4_video_nego_set_caps (GstGemma4VideoConv *self, GstCaps *in, GstCaps *out)
{
  gemma4_video_flow_settle (self);
  if (!gst_video_info_from_caps (&self->info, in))
    return refuse (self, "Expected video/x-raw caps with a format and a size.", in);
  if (is_interlaced (&self->info, in))
    return refuse (self, "Expected progressive video, got interlaced; put deinterlace "
        "before gemma4videoconv.", in);

  Gemma4FrameParams params = {.n_threads = self->active.n_threads };
  Gemma4Error error = { 0 };
  const Gemma4Preset *preset = choose_preset (self, out, &error);
  if (!preset || !check_output (self, out, preset, &params, &error))
    return refuse_settings (self, &error);
  gemma4_presets_log (self, preset);
  self->preset_n_frames = preset->num_frames;
  g_clear_pointer (&self->converter, gemma4_frame_converter_free);
  self->converter = gemma4_frame_converter_new (&self->info, &params, &error);
  if (!self->converter)
    return refuse (self, error.text, in);
  gemma4_frame_converter_set_orientation (self->converter, self->orientation);
  set_output (self, out, &params.vision);
  self->refused = FALSE;
  return TRUE;
}

/* Of upstream's pool two buffers are taken at most: one that a clip holds, and the next. */
void
gemma4_video_nego_propose_allocation (GstQuery *query)
{
  GstCaps *caps;
  GstVideoInfo info;
  gst_query_parse_allocation (query, &caps, NULL);
  if (caps && gst_video_info_from_caps (&info, caps))
    gst_query_add_allocation_pool (query, NULL, GST_VIDEO_INFO_SIZE (&info), 2, 0);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  gst_query_add_allocation_meta (query, GST_VIDEO_CROP_META_API_TYPE, NULL);
}

/* Only the allocator matters: a pool's buffers have one memory, ours two. */
void
gemma4_video_nego_decide_allocation (GstGemma4VideoConv *self, GstQuery *query)
{
  gemma4_allocation_from_query (&self->allocation, query);
  while (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
}
