/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videocaps.h"

void
gemma4_video_specs (const Gemma4VisionParams *params, Gemma4DType dtype,
    Gemma4TensorSpec specs[2])
{
  guint64 n_rows = gemma4_max_patches (params);
  specs[0] = (Gemma4TensorSpec) {
    "pixel_values", dtype, 2, {n_rows, gemma4_patch_values (params)}
  };
  specs[1] = (Gemma4TensorSpec) {
    "pixel_position_ids", GEMMA4_INT32, 2, {n_rows, 2}
  };
}

GstCaps *
gemma4_video_caps_fixate (GstCaps *caps, Gemma4Target usual)
{
  caps = gst_caps_make_writable (gst_caps_truncate (caps));
  GstStructure *s = gst_caps_get_structure (caps, 0);
  const gchar *target = gemma4_target_name (usual);
  if (gst_structure_has_field (s, "target"))
    gst_structure_fixate_field_string (s, "target", target);
  else
    gst_structure_set (s, "target", G_TYPE_STRING, target, NULL);
  return gst_caps_fixate (caps);
}

void
gemma4_video_caps_fixate_n_frames (GstCaps *caps, guint n_frames, gboolean is_users)
{
  GstStructure *s = gst_caps_get_structure (caps, 0);
  if (!gst_structure_has_field (s, "num-frames"))
    return;
  if (is_users)
    gst_structure_set (s, "num-frames", G_TYPE_INT, (gint) n_frames, NULL);
  else
    gst_structure_fixate_field_nearest_int (s, "num-frames", n_frames);
}

guint
gemma4_video_caps_n_frames (const GstCaps *caps)
{
  gint n_frames;
  return gst_structure_get_int (gst_caps_get_structure (caps, 0), "num-frames", &n_frames)
      && n_frames > 0 ? n_frames : 0;
}

Gemma4DType
gemma4_video_caps_dtype (const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const gchar *types = gst_structure_get_string (s, "types");
  return g_str_has_prefix (types, "uint8") ? GEMMA4_UINT8 : GEMMA4_FLOAT32;
}
