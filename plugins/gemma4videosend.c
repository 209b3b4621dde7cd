/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videosend.h"

GST_DEBUG_CATEGORY_EXTERN (gemma4videoconv_debug);
#define GST_CAT_DEFAULT gemma4videoconv_debug

/* Recorded media ends here; a live source goes on without the frame. */
static GstFlowReturn
fail (GstGemma4VideoConv *self, const Gemma4Error *error)
{
  if (self->live) {
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("%s It is left out.", error->text), (NULL));
    return GST_FLOW_OK;
  }
  GST_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", error->text), (NULL));
  return GST_FLOW_ERROR;
}

void
gemma4_video_count (GstGemma4VideoConv *self, guint64 *counter)
{
  GST_OBJECT_LOCK (self);
  (*counter)++;
  GST_OBJECT_UNLOCK (self);
}

void
gemma4_video_send_count (GstGemma4VideoConv *self)
{
  self->n_taken++;
  gemma4_video_count (self, &self->n_selected);
}

GstFlowReturn
gemma4_video_send_convert (GstGemma4VideoConv *self, const Gemma4NumberedFrame *frame,
    const Gemma4TensorSpec *specs, GstBuffer **out)
{
  if (frame->converted) {
    *out = gst_buffer_ref (frame->buffer);
    return GST_FLOW_OK;
  }
  Gemma4Error error = { 0 };
  GstClockTime start = gst_util_get_timestamp ();
  *out = gemma4_frame_buffer_new (self->converter, frame->buffer, frame->number, specs,
      &self->allocation, &error);
  GST_OBJECT_LOCK (self);
  self->busy_ns += gst_util_get_timestamp () - start;
  GST_OBJECT_UNLOCK (self);
  return *out ? GST_FLOW_OK : fail (self, &error);
}

GstFlowReturn
gemma4_video_send_tensors (GstGemma4VideoConv *self, GstBuffer *buffer)
{
  Gemma4Error error = { 0 };
  if (self->specs[0].dtype == GEMMA4_UINT8)
    gst_buffer_ref (buffer);
  else if (!(buffer = gemma4_frame_buffer_widen (self->converter, buffer, self->specs,
              &self->allocation, &error)))
    return fail (self, &error);
  gemma4_video_send_count (self);
  return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer);
}

GstFlowReturn
gemma4_video_send_frame (GstGemma4VideoConv *self, const Gemma4NumberedFrame *frame)
{
  GstBuffer *buffer;
  GstFlowReturn ret = gemma4_video_send_convert (self, frame, self->specs, &buffer);
  if (!buffer)
    return ret;
  gemma4_video_send_count (self);
  return gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer);
}
