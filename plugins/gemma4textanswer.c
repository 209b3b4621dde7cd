/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ids into text, and where an answer ends. */

#include "gemma4textdec.h"

#include "gemma4answer.h"

#define GST_CAT_DEFAULT gst_gemma4_text_dec_debug

/* Downstream learns which answer the text behind this belongs to. */
static void
announce (GstGemma4TextDec *self)
{
  if (!self->announced)
    gst_pad_push_event (self->srcpad, gemma4_answer_event_new (self->number));
  self->announced = TRUE;
}

static GstFlowReturn
push_text (GstGemma4TextDec *self, const GString *text, GstClockTime pts,
    GstClockTime duration)
{
  announce (self);
  GstBuffer *buffer = gst_buffer_new_memdup (text->str, text->len);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  if (self->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  return gst_pad_push (self->srcpad, buffer);
}

/* Pushes the new text with the times of the ids that completed it. An answer that
 * is shown as a whole is shown again where nothing new came. */
static GstFlowReturn
push_fresh (GstGemma4TextDec *self)
{
  gboolean whole = self->settings.accumulate;
  if (!self->fresh->len && !(whole && self->answer->len && !self->answered))
    return GST_FLOW_OK;
  GstFlowReturn flow = push_text (self, whole ? self->answer : self->fresh, self->pts,
      self->duration);
  g_string_truncate (self->fresh, 0);
  self->answered = TRUE;
  return flow;
}

static void
append (GstGemma4TextDec *self, const char *text, size_t n_bytes)
{
  g_string_append_len (self->fresh, text, n_bytes);
  g_string_append_len (self->answer, text, n_bytes);
}

/* Says what had to be made up or left out. */
static void
warn_of_answer (GstGemma4TextDec *self)
{
  guint64 n = gemma4_detokenizer_n_replaced (self->detokenizer) - self->n_replaced;
  if (n)
    GST_ELEMENT_WARNING (self, STREAM, DECODE, ("%" G_GUINT64_FORMAT " bytes of an answer "
            "belong to no character and became U+FFFD: it was cut, or its ids are not of "
            "this tokenizer.", n), (NULL));
  if (self->n_bad_ids)
    GST_ELEMENT_WARNING (self, STREAM, DECODE, ("%" G_GUINT64_FORMAT " ids of an answer are "
            "not in the vocabulary and were left out: take the tokenizer of the model that "
            "answers.", self->n_bad_ids), (NULL));
}

static void
post_end (GstGemma4TextDec *self, const gchar *reason)
{
  GstClockTime running = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME,
      self->pts);
  GstStructure *s = gst_structure_new ("gemma4-end-of-turn",
      "text", G_TYPE_STRING, self->answer->str,
      "number", G_TYPE_UINT64, self->number,
      "n-tokens", G_TYPE_UINT64, self->n_ids,
      "running-time", G_TYPE_UINT64, running,
      "reason", G_TYPE_STRING, reason, NULL);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), s));
}

static void
begin_answer (GstGemma4TextDec *self)
{
  g_string_truncate (self->answer, 0);
  g_string_truncate (self->fresh, 0);
  self->n_ids = self->n_bad_ids = 0;
  self->in_answer = FALSE;
  self->n_replaced = gemma4_detokenizer_n_replaced (self->detokenizer);
}

static GstFlowReturn
end_answer (GstGemma4TextDec *self, const gchar *reason)
{
  const char *text;
  size_t n_bytes;
  gemma4_detokenizer_finish (self->detokenizer, &text, &n_bytes);
  append (self, text, n_bytes);
  warn_of_answer (self);
  GstFlowReturn flow = push_fresh (self);
  post_end (self, reason);
  begin_answer (self);
  announce (self);
  self->number++;
  self->announced = FALSE;
  announce (self);
  return flow;
}

void
gemma4_text_dec_reset (GstGemma4TextDec *self)
{
  const char *text;
  size_t n_bytes;
  gemma4_detokenizer_finish (self->detokenizer, &text, &n_bytes);
  begin_answer (self);
  self->pts = self->duration = GST_CLOCK_TIME_NONE;
}

static void
push_id (GstGemma4TextDec *self, gint64 id)
{
  const char *text;
  size_t n_bytes;
  Gemma4Error error = { "" };
  self->n_ids++;
  if (gemma4_detokenizer_push (self->detokenizer, id, &text, &n_bytes, &error) == GEMMA4_OK) {
    append (self, text, n_bytes);
    return;
  }
  if (!self->n_bad_ids++)
    GST_WARNING_OBJECT (self, "%s", error.text);
}

static gboolean
is_stop (GstGemma4TextDec *self, gint64 id)
{
  for (guint i = 0; i < self->stops->len; i++) {
    if (g_array_index (self->stops, gint32, i) == id)
      return TRUE;
  }
  return FALSE;
}

/* Ids as a model says them, one answer behind the other. Padding between answers, and
 * stop tokens behind the first in the same buffer, belong to none. */
static GstFlowReturn
decode_stream (GstGemma4TextDec *self, const gint64 *ids)
{
  gint32 pad = gemma4_tokenizer_special_ids (self->tokenizer)->pad;
  gboolean ended = FALSE;
  GstFlowReturn flow = GST_FLOW_OK;
  for (guint64 i = 0; i < self->layout.n_columns && flow == GST_FLOW_OK; i++) {
    gboolean stop = is_stop (self, ids[i]);
    if ((ended && stop) || (!self->in_answer && ids[i] == pad))
      continue;
    ended = stop;
    push_id (self, ids[i]);
    self->in_answer = TRUE;
    if (stop || self->answer->len > GEMMA4_MAX_TEXT_BYTES)
      flow = end_answer (self, stop ? "stop-token" : "limit");
  }
  return flow == GST_FLOW_OK ? push_fresh (self) : flow;
}

/* Rows that are whole sequences: prompt, answer and padding. */
static GstFlowReturn
decode_rows (GstGemma4TextDec *self, const gint64 *ids)
{
  GstFlowReturn flow = self->in_answer ? end_answer (self, "sequence") : GST_FLOW_OK;
  for (guint64 row = 0; row < self->layout.n_rows && flow == GST_FLOW_OK; row++) {
    for (guint64 i = 0; i < self->layout.n_columns; i++, ids++) {
      if (*ids != GEMMA4_TEXT_MASKED)
        push_id (self, *ids);
    }
    flow = end_answer (self, "sequence");
  }
  return flow;
}

GstFlowReturn
gemma4_text_dec_decode (GstGemma4TextDec *self, GstBuffer *buffer)
{
  Gemma4Error error = { "" };
  g_autofree gint64 *ids = gemma4_text_ids_read (&self->layout, buffer, &error);
  if (!ids) {
    GST_ELEMENT_ERROR (self, STREAM, DECODE, ("%s", error.text), (NULL));
    return GST_FLOW_ERROR;
  }
  if (!self->in_answer)
    gemma4_text_dec_adopt (self);
  self->pts = GST_BUFFER_PTS (buffer);
  self->duration = GST_BUFFER_DURATION (buffer);
  self->discont |= GST_BUFFER_IS_DISCONT (buffer);
  self->answered = FALSE;
  GstFlowReturn flow = gemma4_text_ids_are_whole (&self->layout) ? decode_rows (self, ids)
      : decode_stream (self, ids);
  if (flow == GST_FLOW_OK && !self->answered && GST_CLOCK_TIME_IS_VALID (self->pts))
    gst_pad_push_event (self->srcpad, gst_event_new_gap (self->pts, self->duration));
  return flow;
}

gboolean
gemma4_text_dec_gap (GstGemma4TextDec *self, GstEvent *gap)
{
  GstClockTime pts, duration;
  gst_event_parse_gap (gap, &pts, &duration);
  if (!self->settings.accumulate || !self->answer->len
      || !GST_CLOCK_TIME_IS_VALID (duration))
    return gst_pad_push_event (self->srcpad, gap);
  gst_event_unref (gap);
  return push_text (self, self->answer, pts, duration) == GST_FLOW_OK;
}

GstFlowReturn
gemma4_text_dec_drain (GstGemma4TextDec *self)
{
  return self->in_answer ? end_answer (self, "eos") : GST_FLOW_OK;
}
