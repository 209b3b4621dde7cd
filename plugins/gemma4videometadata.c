/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videometadata.h"

#include <math.h>

GstStructure *
gemma4_video_metadata_of (const GstStructure *metadata, guint number)
{
  const GValue *samples = metadata ? gst_structure_get_value (metadata, "samples") : NULL;
  if (!samples)
    return metadata ? gst_structure_copy (metadata) : NULL;
  if (!GST_VALUE_HOLDS_ARRAY (samples) || number >= gst_value_array_get_size (samples))
    return NULL;
  const GValue *sample = gst_value_array_get_value (samples, number);
  return GST_VALUE_HOLDS_STRUCTURE (sample)
      ? gst_structure_copy (gst_value_get_structure (sample)) : NULL;
}

static const GValue *
indices_of (const GstStructure *metadata)
{
  const GValue *indices = gst_structure_get_value (metadata, "frames-indices");
  return indices && GST_VALUE_HOLDS_ARRAY (indices) ? indices : NULL;
}

guint
gemma4_video_metadata_n_frames (const GstStructure *metadata)
{
  const GValue *indices = indices_of (metadata);
  return indices ? gst_value_array_get_size (indices) : 0;
}

/* A number of whatever type as double; @otherwise if it is none. */
static gdouble
number_of (const GValue *value, gdouble otherwise)
{
  GValue number = G_VALUE_INIT;
  g_value_init (&number, G_TYPE_DOUBLE);
  return value && g_value_transform (value, &number) ? g_value_get_double (&number)
      : otherwise;
}

guint64
gemma4_video_metadata_stamp_ns (const GstStructure *metadata, guint i, gdouble video_fps)
{
  const GValue *index = gst_value_array_get_value (indices_of (metadata), i);
  gdouble fps = number_of (gst_structure_get_value (metadata, "fps"), video_fps);
  gdouble seconds = floor (number_of (index, 0) / fps);
  return seconds > 0 && seconds < G_MAXINT ? (guint64) seconds * GST_SECOND : 0;
}
