/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the events of the sink pads mean. */

#include "gemma4packer.h"

#include "gemma4gap.h"
#include "gemma4tail.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

static void
handle_gap (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  GstClockTime time, duration, running, stream;
  gst_event_parse_gap (event, &time, &duration);
  if (gemma4_pad_is_media (pad))
    gemma4_packer_pad_lock (self, pad);
  else
    g_mutex_lock (&self->lock);
  if (!gemma4_packer_pad_is_behind (pad) && pad->segment.format == GST_FORMAT_TIME
      && gemma4_gap_clip (&pad->segment, &time, &duration)
      && gemma4_packer_pad_running_time (pad, time, &running, &stream)) {
    GstClockTime end = running + gemma4_packer_pad_lasts (pad, duration);
    if (!gemma4_pad_is_media (pad)
        || (gemma4_packer_pad_wait (self, pad, running) == GST_FLOW_OK
            && gemma4_packer_watch_gap (self, pad, running, end, stream))) {
      running = gemma4_packer_pad_place (pad, running);
      end = gemma4_packer_pad_place (pad, end);
      if (pad->kind == GEMMA4_PAD_VIDEO)
        gemma4_frame_store_gap (&pad->frames, running);
      gemma4_packer_pad_show (self, pad, (Gemma4Shown) { running, end, end});
    }
  }
  gemma4_packer_unlock (self);
}

static void
handle_custom (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  GstBuffer *tail = gemma4_tail_event_parse (event);
  if (tail && gemma4_pad_is_media (pad))
    gemma4_packer_pad_take_tail (self, pad, tail);
}

static gboolean
check_segment (GstGemma4Packer *self, GstGemma4PackerPad *pad, const GstSegment *segment)
{
  if (gemma4_pad_is_media (pad) && segment->format != GST_FORMAT_TIME) {
    gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, NULL,
        "%s needs a segment in time, got one in %s.", GST_PAD_NAME (pad),
        gst_format_get_name (segment->format));
    return FALSE;
  }
  if (segment->rate < 0) {
    gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED, NULL,
        "%s: media played backwards cannot be packed.", GST_PAD_NAME (pad));
    return FALSE;
  }
  return TRUE;
}

static gboolean
handle_segment (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  GstSegment segment;
  gst_event_copy_segment (event, &segment);
  g_mutex_lock (&self->lock);
  gboolean ok = gemma4_packer_pad_begin_again (self, pad)
      && check_segment (self, pad, &segment);
  if (ok) {
    pad->segment = segment;
    pad->text_came = FALSE;
  }
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  return ok;
}

static gboolean
handle_stream_start (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  g_mutex_lock (&self->lock);
  gboolean ok = gemma4_packer_pad_begin_again (self, pad);
  pad->started = pad->begins_again = TRUE;
  pad->left_out = FALSE;
  if (pad->kind == GEMMA4_PAD_PROMPT)
    gemma4_packer_tell_unused_prompt (self, pad);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  return ok;
}

/* EOS, or SEGMENT_DONE, which goes on downstream when all media has ended. */
static void
handle_end (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  gboolean eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  g_mutex_lock (&self->lock);
  if (gemma4_pad_is_media (pad))
    gemma4_packer_watch_end (self, pad);
  if (!gemma4_pad_is_media (pad)) {
    gemma4_packer_text_end (self, pad);
  } else if (!pad->has_shown) {
    gemma4_packer_warn (self, "%s ended before anything came: packs go out without it.",
        GST_PAD_NAME (pad));
    gemma4_packer_note (self, gemma4_packer_dropped (self, pad, "no-media", 0, 0));
  }
  pad->end = eos ? GEMMA4_PAD_EOS : GEMMA4_PAD_SEGMENT_DONE;
  pad->between = !eos;
  if (!eos && (gemma4_pad_is_media (pad) || !self->segment_done))
    gst_event_replace (&self->segment_done, event);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
}

/* The task starts again, unless the element has been stopped meanwhile. */
static void
end_flush (GstGemma4Packer *self, GstEvent *flush_stop)
{
  gst_pad_push_event (self->srcpad, flush_stop);
  g_mutex_lock (&self->lock);
  if (self->active) {
    gemma4_packer_begin (self);
    gst_pad_start_task (self->srcpad, gemma4_packer_loop, self->srcpad, NULL);
  }
  gemma4_packer_unlock (self);
}

/* With the lock held; whether the flush that this pad began ends here: not while its
 * start is still on its way. */
static gboolean
stop_flushing (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  gboolean forward = self->flush_pad == pad;
  if (forward)
    self->flush_pad = NULL;
  return forward && !self->flush_starting;
}

static void
start_flush (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  gst_pad_push_event (self->srcpad, gst_event_ref (event));
  gst_pad_pause_task (self->srcpad);
  g_mutex_lock (&self->lock);
  self->flush_starting = FALSE;
  gboolean gone = self->flush_pad != pad;       /* it was released meanwhile */
  g_mutex_unlock (&self->lock);
  if (gone)
    end_flush (self, gst_event_new_flush_stop (TRUE));
}

/* A flush of media is forwarded once, whatever number of pads it comes to: by
 * the pad that it comes to first, its end too. */
static void
handle_flush_start (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  guint32 seqnum = gst_event_get_seqnum (event);
  g_mutex_lock (&self->lock);
  pad->flushing = TRUE;
  if (pad->seek) {              /* subparse sends one with another number */
    seqnum = gst_event_get_seqnum (pad->seek);
    pad->flushed_by_seek = TRUE;
  }
  pad->flush_seqnum = seqnum;
  gboolean forward = (gemma4_pad_is_media (pad)
      || (pad->seek && !self->media_seeked)) && seqnum != self->flush_seqnum
      && !self->flushing;
  if (forward) {
    self->flush_seqnum = seqnum;
    self->flush_pad = pad;
    self->flushing = self->flush_starting = TRUE;
  }
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  if (forward)
    start_flush (self, pad, event);
}

/* A pad that is gone ends the flush that it began. */
void
gemma4_packer_flush_without (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  g_mutex_lock (&self->lock);
  gboolean forward = stop_flushing (self, pad);
  g_mutex_unlock (&self->lock);
  if (forward)
    end_flush (self, gst_event_new_flush_stop (TRUE));
}

static void
handle_flush_stop (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  g_mutex_lock (&self->lock);
  pad->flushing = FALSE;
  gemma4_packer_pad_reset (pad);
  gemma4_packer_text_flushed (self, pad, pad->flush_seqnum);
  gboolean forward = stop_flushing (self, pad);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  if (forward)
    end_flush (self, gst_event_ref (event));
}

static void
note_thread (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  g_mutex_lock (&self->lock);
  pad->thread = gemma4_packer_this_thread ();
  g_mutex_unlock (&self->lock);
}

gboolean
gemma4_packer_sink_event (GstPad *gstpad, GstObject *parent, GstEvent *event)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (gstpad);
  gboolean ok = TRUE;

  GST_LOG_OBJECT (gstpad, "%" GST_PTR_FORMAT, event);
  if (GST_EVENT_IS_SERIALIZED (event))
    note_thread (self, pad);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      ok = handle_stream_start (self, pad);
      break;
    case GST_EVENT_CAPS:{
      GstCaps *caps;
      gst_event_parse_caps (event, &caps);
      ok = gemma4_packer_pad_set_caps (self, pad, caps);
      break;
    }
    case GST_EVENT_SEGMENT:
      ok = handle_segment (self, pad, event);
      break;
    case GST_EVENT_GAP:
      handle_gap (self, pad, event);
      break;
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_EOS:
      handle_end (self, pad, event);
      break;
    case GST_EVENT_FLUSH_START:
      handle_flush_start (self, pad, event);
      break;
    case GST_EVENT_FLUSH_STOP:
      handle_flush_stop (self, pad, event);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      handle_custom (self, pad, event);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
      gemma4_packer_answer_event (self, pad, event);
      break;
    default:
      break;
  }
  gst_event_unref (event);
  return ok;
}
