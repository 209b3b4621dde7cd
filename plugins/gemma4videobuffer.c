/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videobuffer.h"

#include <string.h>

/* Both tensors of a buffer. */
typedef struct
{
  GstMapInfo pixels, positions;
} Tensors;

static gboolean
map_tensors (Tensors *t, GstBuffer *buffer, const Gemma4TensorSpec specs[2],
    GstMapFlags flags, Gemma4Error *error)
{
  gsize pixel_bytes = gemma4_tensor_bytes (&specs[0]);
  gsize position_bytes = gemma4_tensor_bytes (&specs[1]);
  if (gemma4_tensors_map (buffer, 0, pixel_bytes, &t->pixels, flags)) {
    if (gemma4_tensors_map (buffer, 1, position_bytes, &t->positions, flags))
      return TRUE;
    gst_memory_unmap (t->pixels.memory, &t->pixels);
  }
  g_snprintf (error->text, sizeof error->text, "the memory of a frame's tensors (%"
      G_GSIZE_FORMAT " bytes) cannot be mapped", pixel_bytes + position_bytes);
  return FALSE;
}

static void
unmap_tensors (Tensors *t)
{
  gst_memory_unmap (t->positions.memory, &t->positions);
  gst_memory_unmap (t->pixels.memory, &t->pixels);
}

static GstBuffer *
new_tensors (const Gemma4TensorSpec specs[2], const Gemma4Allocation *allocation,
    Gemma4Error *error)
{
  GstBuffer *buffer = gemma4_tensors_buffer_new (specs, 2, allocation);
  if (!buffer)
    g_snprintf (error->text, sizeof error->text, "no memory for the tensors of a frame "
        "(%" G_GSIZE_FORMAT " bytes)", gemma4_tensor_bytes (&specs[0]));
  return buffer;
}

/* What a picture carries into any form. */
static void
copy_metadata (GstBuffer *out, GstBuffer *in)
{
  const guint flags = GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC
      | GST_BUFFER_FLAG_CORRUPTED | GST_BUFFER_FLAG_LIVE;
  gst_buffer_copy_into (out, in, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  GST_BUFFER_FLAG_SET (out, GST_BUFFER_FLAGS (in) & flags);

  gpointer state = NULL;
  GstMeta *meta;
  while ((meta = gst_buffer_iterate_meta_filtered (in, &state,
              GST_REFERENCE_TIMESTAMP_META_API_TYPE))) {
    GstReferenceTimestampMeta *time = (GstReferenceTimestampMeta *) meta;
    gst_buffer_add_reference_timestamp_meta (out, time->reference, time->timestamp,
        time->duration);
  }
}

gboolean
gemma4_frame_buffer_fill (Gemma4FrameConverter *converter, GstBuffer *in, GstBuffer *out,
    const Gemma4TensorSpec specs[2], Gemma4Error *error)
{
  Tensors t;
  if (!map_tensors (&t, out, specs, GST_MAP_WRITE, error))
    return FALSE;
  gboolean ok = gemma4_frame_converter_run (converter, in, specs[0].dtype, t.pixels.data,
      (gint32 *) t.positions.data, error);
  unmap_tensors (&t);
  return ok;
}

GstBuffer *
gemma4_frame_buffer_new (Gemma4FrameConverter *converter, GstBuffer *in, guint64 number,
    const Gemma4TensorSpec specs[2], const Gemma4Allocation *allocation,
    Gemma4Error *error)
{
  g_autoptr (GstBuffer) out = new_tensors (specs, allocation, error);
  if (!out || !gemma4_frame_buffer_fill (converter, in, out, specs, error))
    return NULL;
  copy_metadata (out, in);
  if (!GST_BUFFER_OFFSET_IS_VALID (out))
    GST_BUFFER_OFFSET (out) = number;
  return g_steal_pointer (&out);
}

GstBuffer *
gemma4_frame_buffer_widen (const Gemma4FrameConverter *converter, GstBuffer *in,
    const Gemma4TensorSpec specs[2], const Gemma4Allocation *allocation, Gemma4Error *error)
{
  Gemma4TensorSpec narrow[2] = { specs[0], specs[1] };
  narrow[0].dtype = GEMMA4_UINT8;
  g_autoptr (GstBuffer) out = new_tensors (specs, allocation, error);
  Tensors from, to;
  if (!out || !map_tensors (&from, in, narrow, GST_MAP_READ, error))
    return NULL;
  gboolean ok = map_tensors (&to, out, specs, GST_MAP_WRITE, error);
  if (ok) {
    gemma4_frame_converter_widen (converter, (gfloat *) to.pixels.data, from.pixels.data,
        (const gint32 *) from.positions.data);
    memcpy (to.positions.data, from.positions.data, gemma4_tensor_bytes (&specs[1]));
    copy_metadata (out, in);
    unmap_tensors (&to);
  }
  unmap_tensors (&from);
  return ok ? g_steal_pointer (&out) : NULL;
}
