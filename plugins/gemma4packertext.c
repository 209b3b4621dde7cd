/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The text pads: the bytes that come become prompts, and every prompt a cut; or
 * responses, each of which goes with the prompt of the same number. */

#include "gemma4packer.h"

#include "gemma4markup.h"

#include <string.h>

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* A prompt may come before the first media does. */
static void
ask_silent_media (GstGemma4Packer *self)
{
  g_autoptr (GPtrArray) pads = gemma4_packer_media_pads (self);
  for (guint i = 0; i < pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (pads, i);
    g_mutex_lock (&self->lock);
    gboolean known = pad->latency_known;
    g_mutex_unlock (&self->lock);
    if (!known)
      gemma4_packer_ask_latency (self, pad);
  }
}

static void
drop_oldest (GstGemma4Packer *self)
{
  Gemma4Cut *oldest = g_queue_pop_head (&self->cuts);
  gemma4_packer_warn (self, "The prompt \"%s\" was dropped: it waited for its media or for "
      "downstream, and more came than max-pending, %u.", oldest->prompt ? oldest->prompt : "",
      self->settings.max_pending);
  gemma4_packer_note (self, gemma4_packer_dropped_of (self, oldest->pad_name, "busy",
          self->settings.max_pending + 1, self->settings.max_pending));
  self->counts.n_busy++;
  gemma4_cut_free (oldest);
}

/* Live prompts never wait, nor does a thread that must bring what the others wait for. */
static GstFlowReturn
make_room (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  gboolean prompts = pad->kind == GEMMA4_PAD_PROMPT;
  const GQueue *queue = prompts ? &self->cuts : &self->responses;
  while (queue->length >= self->settings.max_pending) {
    GstFlowReturn flow = gemma4_packer_pad_flow (self, pad);
    if (flow < GST_FLOW_OK)
      return flow;
    if (prompts && gemma4_packer_is_live (self))
      drop_oldest (self);
    else if (gemma4_packer_waits_for_this_thread (self))
      return GST_FLOW_OK;
    else
      gemma4_packer_wait (self, 0);
  }
  return GST_FLOW_OK;
}

/* Whether media may still turn out to be live, and another thread brings it. */
static gboolean
may_be_live (GstGemma4Packer *self)
{
  gboolean may = FALSE;
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (!gemma4_pad_is_media (pad) || pad->has_shown || pad->end)
      continue;
    if (gemma4_pad_is_fed_here (pad))
      return FALSE;
    may |= gemma4_pad_is_linked (pad);
  }
  return may;
}

/* What cannot be asked ends a recording and not a live stream: a text that comes while the
 * pipeline starts waits a little to learn which this is. */
static void
wait_for_media (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  gint64 until = g_get_monotonic_time () + self->settings.startup_timeout_ns / GST_USECOND;
  while (self->settings.on_bad_prompt == GEMMA4_BAD_PROMPT_AUTO && may_be_live (self)
      && !gemma4_packer_is_live (self) && gemma4_packer_pad_flow (self, pad) >= GST_FLOW_OK
      && g_get_monotonic_time () < until)
    gemma4_packer_wait (self, until);
}

/* One that is dropped still counts, so that the next ones find each other. */
static GstFlowReturn
refuse_text (GstGemma4Packer *self, GstGemma4PackerPad *pad, const gchar *why,
    const gchar *sentence, gsize needed, gsize allowed)
{
  wait_for_media (self, pad);
  GstFlowReturn flow = gemma4_packer_pad_flow (self, pad);
  if (flow < GST_FLOW_OK)
    return flow;
  gemma4_packer_bad_prompt (self, GST_PAD_NAME (pad), why, sentence, needed, allowed);
  if (pad->kind == GEMMA4_PAD_PROMPT)
    self->n_prompts++;
  else
    gemma4_packer_add_response (self, NULL);
  return self->flow;
}

static GstFlowReturn
refuse_bytes (GstGemma4Packer *self, GstGemma4PackerPad *pad, gsize place, gsize n_bytes)
{
  g_autofree gchar *sentence = g_strdup_printf ("A %s is not valid UTF-8 at byte %"
      G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ": convert it before it comes here.",
      GST_PAD_NAME (pad), place, n_bytes);
  return refuse_text (self, pad, "not-utf8", sentence, 0, 0);
}

static GstFlowReturn
refuse_length (GstGemma4Packer *self, GstGemma4PackerPad *pad, gsize n_bytes)
{
  g_autofree gchar *sentence = g_strdup_printf ("A %s has %" G_GSIZE_FORMAT " bytes or more, "
      "%d allowed: shorten it, or separate its lines.", GST_PAD_NAME (pad), n_bytes,
      GEMMA4_MAX_TEXT_BYTES);
  return refuse_text (self, pad, "over-limit", sentence, n_bytes, GEMMA4_MAX_TEXT_BYTES);
}

/* Whether the text is white space alone, or nothing; it is valid UTF-8. */
gboolean
gemma4_text_is_blank (const gchar *text, gsize n_bytes)
{
  const gchar *end = text + n_bytes;
  while (text < end && g_unichar_isspace (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  return text == end;
}

static GstFlowReturn
add_text (GstGemma4Packer *self, GstGemma4PackerPad *pad, const gchar *text,
    gsize n_bytes, Gemma4TextTime when)
{
  if (n_bytes && text[n_bytes - 1] == '\n')
    n_bytes--;
  if (n_bytes && text[n_bytes - 1] == '\r')
    n_bytes--;
  if (!n_bytes)
    return GST_FLOW_OK;
  const gchar *bad;
  if (n_bytes > GEMMA4_MAX_TEXT_BYTES)
    return refuse_length (self, pad, n_bytes);
  if (!g_utf8_validate (text, n_bytes, &bad))
    return refuse_bytes (self, pad, bad - text, n_bytes);
  /* prompts and responses find each other by their numbers: every line of them counts */
  if (gemma4_text_is_blank (text, n_bytes)
      && !gemma4_packer_find_pad (self, GEMMA4_PAD_RESPONSE))
    return GST_FLOW_OK;
  GstFlowReturn flow = make_room (self, pad);
  if (flow != GST_FLOW_OK)
    return flow;
  g_autofree gchar *copy = g_strndup (text, n_bytes);
  if (pad->kind == GEMMA4_PAD_PROMPT) {
    Gemma4Cut *cut = gemma4_packer_cut_of (self, pad, copy, when);
    cut->pad_name = gst_pad_get_name (GST_PAD (pad));
    gemma4_packer_add_cut (self, cut);
  } else {
    gemma4_packer_add_response (self, g_steal_pointer (&copy));
  }
  return GST_FLOW_OK;
}

/* A line that does not end is given up; the next newline ends it. */
static GstFlowReturn
append_line (GstGemma4Packer *self, GstGemma4PackerPad *pad, const guint8 *data,
    gsize n_bytes, Gemma4TextTime when)
{
  gsize sum = pad->text->len + n_bytes;
  if (pad->text_too_long)
    return self->flow;
  if (sum <= GEMMA4_MAX_TEXT_BYTES) {
    if (!pad->text->len)
      pad->text_time = when;
    g_byte_array_append (pad->text, data, n_bytes);
    return GST_FLOW_OK;
  }
  pad->text_too_long = TRUE;
  g_byte_array_set_size (pad->text, 0);
  return refuse_length (self, pad, sum);
}

static GstFlowReturn
end_line (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  GstFlowReturn flow = add_text (self, pad, (gchar *) pad->text->data, pad->text->len,
      pad->text_time);
  g_byte_array_set_size (pad->text, 0);
  pad->text_too_long = FALSE;
  return flow;
}

static GstFlowReturn
add_lines (GstGemma4Packer *self, GstGemma4PackerPad *pad, const guint8 *data,
    gsize n_bytes, Gemma4TextTime when)
{
  GstFlowReturn flow = GST_FLOW_OK;
  while (n_bytes && flow == GST_FLOW_OK) {
    const guint8 *end = memchr (data, '\n', n_bytes);
    gsize n = end ? (gsize) (end - data) + 1 : n_bytes;
    flow = append_line (self, pad, data, n, when);
    if (end && flow == GST_FLOW_OK)
      flow = end_line (self, pad);
    data += n;
    n_bytes -= n;
  }
  return flow;
}

/* Why a prompt that an application says cannot be packed, and the word for it; NULL if
 * it can. */
static gchar *
why_not (GstGemma4Packer *self, const gchar *prompt, const gchar **why)
{
  gsize n_bytes = prompt ? strlen (prompt) : 0;
  const gchar *bad;
  *why = "over-limit";
  if (n_bytes > GEMMA4_MAX_TEXT_BYTES)
    return g_strdup_printf ("it has %" G_GSIZE_FORMAT " bytes, %d allowed: shorten it", n_bytes,
        GEMMA4_MAX_TEXT_BYTES);
  *why = "not-utf8";
  if (prompt && !g_utf8_validate (prompt, n_bytes, &bad))
    return g_strdup_printf ("it is not valid UTF-8 at byte %" G_GSIZE_FORMAT ": convert it",
        (gsize) (bad - prompt));
  *why = "not-running";
  if (!self->running)
    return g_strdup ("the element is not running: set it to PAUSED or PLAYING first");
  if (self->flushing)
    return g_strdup ("a seek or a flush is on its way, or the element stops: ask again");
  if (self->finished || self->flow == GST_FLOW_EOS)
    return g_strdup ("the stream has ended, EOS went downstream: seek, or start again");
  if (self->flow < GST_FLOW_OK)
    return g_strdup_printf ("the stream has stopped (%s): the message before says why",
        gst_flow_get_name (self->flow));
  *why = "busy";
  if (!gemma4_packer_is_live (self) && self->cuts.length >= self->settings.max_pending)
    return g_strdup_printf ("%u prompts wait already, as many as max-pending allows: ask again "
        "when one was packed, or raise it", self->cuts.length);
  return NULL;
}

/* A prompt that an application says, NULL for the property's. FALSE if it cannot
 * be packed, and then the bus says why. */
gboolean
gemma4_packer_pack (GstGemma4Packer *self, const gchar *prompt, guint64 running_time_ns)
{
  const gchar *why;
  ask_silent_media (self);
  g_mutex_lock (&self->lock);
  g_autofree gchar *reason = why_not (self, prompt, &why);
  if (!reason && self->cuts.length >= self->settings.max_pending)
    drop_oldest (self);
  if (reason) {
    gemma4_packer_warn (self, "pack(): the prompt is not packed: %s.", reason);
    gemma4_packer_note (self, gemma4_packer_dropped (self, NULL, why, 0, 0));
  } else {
    gemma4_packer_add_cut (self, GST_CLOCK_TIME_IS_VALID (running_time_ns)
        ? gemma4_cut_new (prompt, GEMMA4_CUT_TIME, running_time_ns)
        : gemma4_packer_cut_of (self, NULL, prompt, (Gemma4TextTime) { running_time_ns}));
  }
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  return !reason;
}

/* The stream ended: what was written without a newline is a line too. */
void
gemma4_packer_text_end (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  end_line (self, pad);
}

/* With the lock held. @whole: no line of it goes on in the next buffer, as of a subtitle. */
static GstFlowReturn
take_text (GstGemma4Packer *self, GstGemma4PackerPad *pad, const guint8 *data,
    gsize n_bytes, Gemma4TextTime when, gboolean whole)
{
  g_autofree gchar *plain = pad->markup ?
      gemma4_markup_to_text ((const gchar *) data, n_bytes, &n_bytes) : NULL;
  if (plain)
    data = (const guint8 *) plain;
  if (self->settings.text_mode != GEMMA4_TEXT_LINES)
    return add_text (self, pad, (const gchar *) data, n_bytes, when);
  GstFlowReturn flow = add_lines (self, pad, data, n_bytes, when);
  return flow == GST_FLOW_OK && whole ? end_line (self, pad) : flow;
}

GstFlowReturn
gemma4_packer_text_chain (GstPad *gstpad, GstObject *parent, GstBuffer *buffer)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (gstpad);
  GstMapInfo map;
  g_mutex_lock (&self->lock);
  gboolean belongs = gemma4_packer_clip_text (self, pad, &buffer);
  gemma4_packer_unlock (self);
  if (!belongs || !gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    gst_buffer_unref (buffer);
    return belongs ? GST_FLOW_ERROR : GST_FLOW_OK;
  }

  ask_silent_media (self);
  g_mutex_lock (&self->lock);
  pad->thread = gemma4_packer_this_thread ();
  Gemma4TextTime when = gemma4_packer_text_time (self, pad, buffer);
  GstFlowReturn flow = self->finished ? GST_FLOW_EOS : self->flow;
  if (flow >= GST_FLOW_OK)
    flow = take_text (self, pad, map.data, map.size, when, GST_BUFFER_DURATION_IS_VALID (buffer));
  pad->has_shown = TRUE;
  if (GST_CLOCK_TIME_IS_VALID (when.time_ns))
    pad->shown_ns = MAX (pad->shown_ns, gemma4_packer_end_of_text (pad, buffer,
            when.time_ns));
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);

  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return flow;
}
