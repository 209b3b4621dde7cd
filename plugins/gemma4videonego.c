/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videonego.h"

#include "gemma4videocaps.h"
#include "gemma4videoflow.h"

/* The preset that counts: the user's, else the packer's, else NULL for the default. */
static const gchar *
preset_name (const GstGemma4VideoConv *self, const GstCaps *caps)
{
  return gemma4_props_is_set (&gemma4_video_props, "preset", self->active_set)
      ? self->active.preset : gemma4_preset_from_caps (caps);
}

static gboolean
vision_params (const GstGemma4VideoConv *self, const GstCaps *caps,
    Gemma4VisionParams *params, Gemma4Error *error)
{
  return gemma4_video_params (&self->active, self->active_set, preset_name (self, caps),
      gemma4_role_from_caps (caps), params, error);
}

GstCaps *
gemma4_video_nego_fixate (GstGemma4VideoConv *self, GstCaps *caps)
{
  caps = gst_caps_make_writable (gst_caps_truncate (caps));
  gemma4_video_caps_fixate_n_frames (caps, self->active.num_frames, self->n_frames_is_users);
  const gchar *preset = preset_name (self, caps);
  caps = gemma4_video_caps_fixate (caps,
      gemma4_props_is_set (&gemma4_video_props, "preset", self->active_set) ? preset : NULL,
      gemma4_video_usual_target (&self->active, preset));
  Gemma4VisionParams params = gemma4_vision_params_video;
  Gemma4Error error;            /* set_caps reports it */
  vision_params (self, caps, &params, &error);
  Gemma4TensorSpec specs[2];
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
  if (role != self->role || target != self->target
      || specs[0].dtype != self->specs[0].dtype || specs[0].dims[0] != self->specs[0].dims[0]
      || specs[0].dims[1] != self->specs[0].dims[1])
    gemma4_video_flow_restart (self);
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

/* Whether the settings go together with what downstream takes. */
static gboolean
check_output (const GstGemma4VideoConv *self, const GstCaps *out, Gemma4VisionParams *params,
    Gemma4Error *error)
{
  const Gemma4VideoSettings *set = &self->active;
  const gchar *preset = preset_name (self, out);
  Gemma4Target target = GEMMA4_TARGET_KERASHUB;
  gemma4_target_from_caps (out, &target);
  if (!vision_params (self, out, params, error))
    return FALSE;
  if (target != GEMMA4_TARGET_TRANSFORMERS
      && gemma4_video_usual_target (set, preset) == GEMMA4_TARGET_TRANSFORMERS) {
    g_snprintf (error->text, sizeof error->text, "preset %s is for target transformers only, "
        "KerasHub does not have this model; set target=transformers",
        preset ? preset : set->preset);
    return FALSE;
  }
  if (gemma4_video_caps_dtype (out) == GEMMA4_UINT8 && !gemma4_video_scale_is_usual (set)) {
    g_snprintf (error->text, sizeof error->text, "scale=%g and offset=%g are for float32 "
        "pixels, but downstream takes bytes and scales them itself, as gemma4packer does; "
        "leave scale and offset at 1/255 and 0, or take types=\"float32,int32\"", set->scale,
        set->offset);
    return FALSE;
  }
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
  if (!check_output (self, out, &params.vision, &error))
    return refuse_settings (self, &error);
  gemma4_video_pixel_table (&self->active, params.table);
  g_clear_pointer (&self->converter, gemma4_frame_converter_free);
  self->converter = gemma4_frame_converter_new (&self->info, &params, &error);
  if (!self->converter)
    return refuse (self, error.text, in);
  gemma4_frame_converter_set_orientation (self->converter, self->orientation);
  set_output (self, out, &params.vision);
  self->refused = FALSE;
  return TRUE;
}

/* Only the allocator matters: a pool's buffers have one memory, ours two. */
void
gemma4_video_nego_decide_allocation (GstGemma4VideoConv *self, GstQuery *query)
{
  gemma4_allocation_from_query (&self->allocation, query);
  while (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
}
