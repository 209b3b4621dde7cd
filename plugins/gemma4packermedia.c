/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The media pads: buffers into the stores. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

static void
warn_thinned (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  if (pad->thinned || !pad->frames.n_dropped)
    return;
  pad->thinned = TRUE;
  GST_WARNING_OBJECT (pad, "more than %u frames wait for a pack: every second one goes",
      pad->frames.capacity);
}

static GstFlowReturn
refuse_buffer (GstGemma4Packer *self, GstGemma4PackerPad *pad, const gchar *why)
{
  gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, NULL,
      "%s: %s.", GST_PAD_NAME (pad), why);
  return GST_FLOW_ERROR;
}

/* Where what begins at @running_ns ends: not behind the segment, as its data may. */
static GstClockTime
end_of (const GstGemma4PackerPad *pad, GstClockTime running_ns, GstClockTime lasts_ns)
{
  const GstSegment *segment = &pad->segment;
  GstClockTime stop = segment->format == GST_FORMAT_TIME ? segment->stop : GST_CLOCK_TIME_NONE;
  GstClockTime stop_ns = gst_segment_to_running_time (segment, GST_FORMAT_TIME, stop);
  GstClockTime end_ns = running_ns + lasts_ns;
  if (!GST_CLOCK_TIME_IS_VALID (stop_ns))
    return end_ns;
  stop_ns = gemma4_packer_pad_place (pad, stop_ns);
  return stop_ns > running_ns ? MIN (end_ns, stop_ns) : end_ns;
}

static GstFlowReturn
store_frame (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer,
    GstClockTime running_ns, GstClockTime stream_ns)
{
  Gemma4StoredFrame frame = {
    .running_ns = running_ns,
    .stream_ns = stream_ns,
    .rate = ABS (pad->segment.rate * pad->segment.applied_rate),
  };
  if (!gemma4_stored_frame_read (&frame, buffer, pad->specs))
    return refuse_buffer (self, pad, "a buffer is smaller than its caps say, or its "
        "positions are no grid");
  if (pad->kind == GEMMA4_PAD_IMAGE)
    gemma4_packer_image_came (self, pad, running_ns);
  gemma4_frame_store_push (&pad->frames, &frame);
  pad->n_frames++;
  warn_thinned (self, pad);
  /* one without a duration is there all the same */
  gemma4_packer_pad_show (self, pad, (Gemma4Shown) {
      running_ns, running_ns, end_of (pad, running_ns,
          MAX (gemma4_packer_pad_lasts (pad, GST_BUFFER_DURATION (buffer)), 1))});
  return GST_FLOW_OK;
}

/* Of sound, or of a @tail, which may come again. */
static GstFlowReturn
store_rows (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer,
    GstClockTime running_ns, GstClockTime stream_ns, gboolean tail)
{
  GstMapInfo map;
  GstClockTime media = GST_BUFFER_DURATION_IS_VALID (buffer) ? GST_BUFFER_DURATION (buffer) : 0;
  GstClockTime duration = gemma4_packer_pad_lasts (pad, media);
  guint64 n_samples = gst_util_uint64_scale_round (media, pad->rows.rate_hz, GST_SECOND);
  if (!gemma4_tensors_map (buffer, 0, gemma4_tensor_bytes (&pad->specs[0]), &map,
          GST_MAP_READ))
    return refuse_buffer (self, pad, "a buffer is smaller than its caps say");
  gemma4_packer_limit_sound (self, pad);
  pad->rows.live = pad->live;
  gemma4_row_store_set_rate (&pad->rows, ABS (pad->segment.rate), running_ns, stream_ns);
  (tail ? gemma4_row_store_push_tail : gemma4_row_store_push) (&pad->rows,
      (const gfloat *) map.data, pad->specs[0].dims[0], n_samples, running_ns, stream_ns);
  gst_memory_unmap (map.memory, &map);
  gemma4_packer_tell_overlap (self, pad, running_ns);
  gemma4_packer_pad_show (self, pad, (Gemma4Shown) {
      running_ns, running_ns + duration, running_ns + duration});
  return GST_FLOW_OK;
}

/* Where a buffer without a PTS is: a frame by its number, sound right behind what
 * came before. */
static void
guess_time (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer,
    GstClockTime *running_ns, GstClockTime *stream_ns)
{
  guint64 number = GST_BUFFER_OFFSET_IS_VALID (buffer) ? GST_BUFFER_OFFSET (buffer)
      : pad->n_frames;
  *running_ns = *stream_ns = pad->kind == GEMMA4_PAD_AUDIO ? pad->end_ns
      : (GstClockTime) (number * (GST_SECOND / self->settings.video_fps) + 0.5);
}

GstFlowReturn
gemma4_packer_pad_take (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer,
    GstClockTime running_ns, GstClockTime stream_ns)
{
  if (pad->stale) {
    gemma4_packer_pad_show (self, pad, (Gemma4Shown) { running_ns, running_ns, running_ns});
    return GST_FLOW_OK;
  }
  return pad->kind == GEMMA4_PAD_AUDIO
      ? store_rows (self, pad, buffer, running_ns, stream_ns, FALSE)
      : store_frame (self, pad, buffer, running_ns, stream_ns);
}

static GstFlowReturn
take_buffer (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer *buffer)
{
  GstClockTime running, stream;
  if (gemma4_packer_pad_is_behind (pad)) {
    GST_DEBUG_OBJECT (pad, "left of a segment that is over: %" GST_PTR_FORMAT, buffer);
    return GST_FLOW_OK;
  }
  gboolean timed = gemma4_packer_pad_running_time (pad, GST_BUFFER_PTS (buffer), &running,
      &stream);
  if (!timed)
    guess_time (self, pad, buffer, &running, &stream);
  if (!pad->n_specs)
    return GST_FLOW_NOT_NEGOTIATED;
  GstFlowReturn flow = gemma4_packer_pad_wait (self, pad, running);
  if (flow != GST_FLOW_OK)
    return flow;
  return (timed ? gemma4_packer_watch : gemma4_packer_pad_take) (self, pad, buffer, running,
      stream);
}

static void
begin_chain (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  gemma4_packer_pad_lock (self, pad);
  pad->thread = gemma4_packer_this_thread ();
}

static GstFlowReturn
end_chain (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstFlowReturn flow)
{
  /* a source's own error must not overtake the one that another thread is posting */
  while (flow == GST_FLOW_ERROR && self->n_posting && !gemma4_pad_is_flushing (self, pad))
    gemma4_packer_wait (self, 0);
  gemma4_packer_unlock (self);
  return flow;
}

GstFlowReturn
gemma4_packer_media_chain (GstPad *gstpad, GstObject *parent, GstBuffer *buffer)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (gstpad);
  begin_chain (self, pad);
  GstFlowReturn flow = end_chain (self, pad, take_buffer (self, pad, buffer));
  gst_buffer_unref (buffer);
  return flow;
}

/* The silence of a hole and what is behind: a cut that comes while one of them waits, and
 * reaches further than what is there, has none of it. */
GstFlowReturn
gemma4_packer_media_chain_list (GstPad *gstpad, GstObject *parent, GstBufferList *list)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (gstpad);
  GstFlowReturn flow = GST_FLOW_OK;
  begin_chain (self, pad);
  pad->list_from = pad->rows.n_samples;
  for (guint i = 0; i < gst_buffer_list_length (list) && flow == GST_FLOW_OK; i++)
    flow = take_buffer (self, pad, gst_buffer_list_get (list, i));
  pad->list_from = G_MAXUINT64;
  flow = end_chain (self, pad, flow);
  gst_buffer_list_unref (list);
  return flow;
}

void
gemma4_packer_pad_take_tail (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    GstBuffer *buffer)
{
  GstClockTime running, stream;
  gemma4_packer_pad_lock (self, pad);
  if (pad->kind == GEMMA4_PAD_AUDIO && pad->n_specs && !pad->stale
      && !gemma4_packer_pad_is_behind (pad) && g_queue_is_empty (&pad->waiting)
      && gemma4_packer_pad_running_time (pad, GST_BUFFER_PTS (buffer), &running, &stream)
      && gemma4_packer_pad_wait (self, pad, running) == GST_FLOW_OK)
    store_rows (self, pad, buffer, gemma4_packer_pad_place (pad, running), stream, TRUE);
  gemma4_packer_unlock (self);
}
