/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Seeks: through every sink pad but answers, which come from downstream. Media is told
 * first, and each pad flushes by itself: questions that were asked before a flush are
 * forgotten, and those that come behind it are not, whichever pad is told last. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* Responses before prompts, so that the first of each find each other. */
static const Gemma4PadKind order[] = { GEMMA4_PAD_IMAGE, GEMMA4_PAD_VIDEO, GEMMA4_PAD_AUDIO,
  GEMMA4_PAD_RESPONSE, GEMMA4_PAD_PROMPT
};

static GPtrArray *
pads_in_order (GstGemma4Packer *self)
{
  GPtrArray *pads = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_lock (&self->lock);
  for (guint k = 0; k < G_N_ELEMENTS (order); k++) {
    for (guint i = 0; i < self->pads->len; i++) {
      GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
      if (pad->kind == order[k])
        g_ptr_array_add (pads, gst_object_ref (pad));
    }
  }
  g_mutex_unlock (&self->lock);
  return pads;
}

static gboolean
is_seekable (GstPad *pad, GstFormat format)
{
  gboolean seekable = FALSE;
  g_autoptr (GstQuery) query = gst_query_new_seeking (format);
  if (gst_pad_peer_query (pad, query))
    gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  return seekable;
}

/* The seek goes on without the pad, whose questions stay as they are. */
static void
leave_where_it_is (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  g_mutex_lock (&self->lock);
  if (pad->started && !pad->told_unseekable && !gemma4_packer_is_live (self)) {
    pad->told_unseekable = TRUE;
    gemma4_packer_warn (self, "%s cannot be seeked (its source knows no times): the media goes "
        "to another place, and what was asked there is not asked again. Questions that shall "
        "come back at their times need a source that seeks, such as subtitles through subparse.",
        GST_PAD_NAME (pad));
    gemma4_packer_note (self, gemma4_packer_dropped (self, pad, "not-seekable", 0, 0));
  }
  gemma4_packer_unlock (self);
}

/* Asks a text pad, if it can be seeked. subparse lets its source go on before it takes up
 * a seek, and may give texts by the segment of before: a second one finds it taken up. A
 * demuxer that media has seeked already does not flush for this pad. */
static gboolean
seek_text (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  GstFormat format;
  GstSeekFlags flags;
  gst_event_parse_seek (event, NULL, &format, &flags, NULL, NULL, NULL, NULL);
  if (!is_seekable (GST_PAD (pad), format)) {
    leave_where_it_is (self, pad);
    return FALSE;
  }
  g_mutex_lock (&self->lock);
  pad->seek = event;
  pad->flushed_by_seek = FALSE;
  pad->seeked = TRUE;
  pad->segment_seeked = (flags & GST_SEEK_FLAG_SEGMENT) != 0;
  g_mutex_unlock (&self->lock);
  gboolean sent = gst_pad_push_event (GST_PAD (pad), gst_event_ref (event));
  g_mutex_lock (&self->lock);
  gboolean flushed = pad->flushed_by_seek;
  g_mutex_unlock (&self->lock);
  if (sent && flushed)
    gst_pad_push_event (GST_PAD (pad), gst_event_ref (event));
  g_mutex_lock (&self->lock);
  pad->seek = NULL;
  pad->segment_seeked &= sent;
  g_mutex_unlock (&self->lock);
  return sent;
}

/* Whether media that could be seeked was not, or nobody knows yet whether it can. */
static gboolean
has_refused (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  GstFormat format;
  gst_event_parse_seek (event, NULL, &format, NULL, NULL, NULL, NULL, NULL);
  g_mutex_lock (&self->lock);
  gboolean early = !pad->started && gemma4_pad_is_linked (pad);
  g_mutex_unlock (&self->lock);
  return early || is_seekable (GST_PAD (pad), format);
}

/* Text follows media, or goes alone where no media can be seeked. */
static gboolean
send_seek (GstGemma4Packer *self, GstEvent *event)
{
  g_autoptr (GPtrArray) pads = pads_in_order (self);
  gboolean sent = FALSE, refused = FALSE;
  for (guint i = 0; i < pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (pads, i);
    gboolean is_media = gemma4_pad_is_media (pad);
    if (!is_media && refused && !sent)
      return FALSE;
    gboolean taken = is_media ? gst_pad_push_event (GST_PAD (pad), gst_event_ref (event))
        : seek_text (self, pad, event);
    if (is_media)
      refused |= !taken && has_refused (self, pad, event);
    sent |= taken;
    g_mutex_lock (&self->lock);
    self->media_seeked = sent;
    g_mutex_unlock (&self->lock);
  }
  return sent;
}

/* A source may flush and end before the next one is told: until all know of the
 * seek, no pack goes out. */
gboolean
gemma4_packer_seek (GstGemma4Packer *self, GstEvent *event)
{
  g_mutex_lock (&self->lock);
  self->n_seeks++;
  self->media_seeked = FALSE;
  g_mutex_unlock (&self->lock);
  gboolean sent = send_seek (self, event);
  gst_event_unref (event);
  g_mutex_lock (&self->lock);
  self->n_seeks--;
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  return sent;
}

GstGemma4PackerPad *
gemma4_packer_find_pad (GstGemma4Packer *self, Gemma4PadKind kind)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == kind)
      return pad;
  }
  return NULL;
}

static gboolean
has_flushed (const GstGemma4PackerPad *pad, guint32 seqnum)
{
  return pad && pad->flush_seqnum == seqnum && !pad->flushing;
}

/* Whether what waits was said behind a flush that media goes through now. */
gboolean
gemma4_packer_prompts_are_new (GstGemma4Packer *self)
{
  const GstGemma4PackerPad *pad = gemma4_packer_find_pad (self, GEMMA4_PAD_PROMPT);
  return pad && self->flush_seqnum && pad->flush_seqnum == self->flush_seqnum;
}

void
gemma4_packer_text_flushed (GstGemma4Packer *self, GstGemma4PackerPad *pad, guint32 seqnum)
{
  if (pad->kind == GEMMA4_PAD_PROMPT) {
    gemma4_packer_forget_cuts (self, FALSE);
    self->n_flushed = self->n_prompts;
    if (has_flushed (gemma4_packer_find_pad (self, GEMMA4_PAD_RESPONSE), seqnum))
      self->n_responses = self->n_prompts + self->responses.length;
  } else if (pad->kind == GEMMA4_PAD_RESPONSE) {
    gemma4_packer_forget_responses (self);
    if (has_flushed (gemma4_packer_find_pad (self, GEMMA4_PAD_PROMPT), seqnum))
      self->n_responses = self->n_flushed;
  } else if (pad->kind == GEMMA4_PAD_ANSWER) {
    gemma4_history_end_answers (&self->history);
  }
}

/* What a demuxer finds before the place of a seek was asked before, unless it is still
 * on the screen. subparse gives such a text from that place on. */
gboolean
gemma4_packer_clip_text (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstBuffer **buffer)
{
  const GstSegment *segment = &pad->segment;
  GstClockTime begin = GST_BUFFER_PTS (*buffer), end = begin;
  if (pad->kind != GEMMA4_PAD_PROMPT || !segment->start
      || segment->format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (begin)
      || !GST_BUFFER_DURATION_IS_VALID (*buffer))
    return TRUE;
  end += GST_BUFFER_DURATION (*buffer);
  if (end <= segment->start || (GST_CLOCK_TIME_IS_VALID (segment->stop)
          && begin >= segment->stop))
    return FALSE;
  if (begin > segment->start || (begin == segment->start && !pad->seeked))
    return TRUE;
  *buffer = gst_buffer_make_writable (*buffer);
  GST_BUFFER_PTS (*buffer) = segment->start;
  GST_BUFFER_DURATION (*buffer) = end - segment->start;
  gemma4_packer_warn (self, "A question was on the screen where the seek began, at "
      "%" GST_TIME_FORMAT ": it is asked there, and no media before it is packed.",
      GST_TIME_ARGS (segment->start));
  return TRUE;
}
