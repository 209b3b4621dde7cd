/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

void
gemma4_packer_unlock (GstGemma4Packer *self)
{
  GQueue notes = self->notes;
  gboolean posts = !g_queue_is_empty (&notes);
  g_queue_init (&self->notes);
  self->n_posting += posts;
  g_mutex_unlock (&self->lock);
  if (!posts)
    return;
  GstMessage *message;
  while ((message = g_queue_pop_head (&notes)))
    gst_element_post_message (GST_ELEMENT (self), message);
  g_mutex_lock (&self->lock);
  self->n_posting--;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

void
gemma4_packer_note (GstGemma4Packer *self, GstMessage *message)
{
  g_queue_push_tail (&self->notes, message);
}

/* Notes an error: the stream ends. What goes wrong because of it is not said. */
void
gemma4_packer_error (GstGemma4Packer *self, GQuark domain, gint code, const gchar *debug,
    const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  GST_ERROR_OBJECT (self, "%s", text);
  if (self->flow < GST_FLOW_OK)
    return;
  g_autoptr (GError) error = g_error_new_literal (domain, code, text);
  gemma4_packer_note (self, gst_message_new_error (GST_OBJECT (self), error, debug));
  self->flow = GST_FLOW_ERROR;
  g_cond_broadcast (&self->cond);
}

void
gemma4_packer_warn (GstGemma4Packer *self, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *text = g_strdup_vprintf (format, args);
  va_end (args);
  GST_WARNING_OBJECT (self, "%s", text);
  g_autoptr (GError) error = g_error_new_literal (GST_STREAM_ERROR,
      GST_STREAM_ERROR_FAILED, text);
  gemma4_packer_note (self, gst_message_new_warning (GST_OBJECT (self), error, NULL));
}

GstMessage *
gemma4_packer_dropped_of (GstGemma4Packer *self, const gchar *pad_name, const gchar *why,
    guint64 needed, guint64 allowed)
{
  GstStructure *s = gst_structure_new ("gemma4-dropped", "why", G_TYPE_STRING, why, NULL);
  if (pad_name)
    gst_structure_set (s, "pad", G_TYPE_STRING, pad_name, NULL);
  if (needed || allowed)
    gst_structure_set (s, "needed", G_TYPE_UINT64, needed, "allowed", G_TYPE_UINT64,
        allowed, NULL);
  return gst_message_new_element (GST_OBJECT (self), s);
}

GstMessage *
gemma4_packer_dropped (GstGemma4Packer *self, GstGemma4PackerPad *pad, const gchar *why,
    guint64 needed, guint64 allowed)
{
  return gemma4_packer_dropped_of (self, pad ? GST_PAD_NAME (pad) : NULL, why, needed,
      allowed);
}

/* What a message says, in words: what is lost, and what to do. Both may stand in front of
 * them: the pad, and how much was needed and allowed behind. */
static const struct
{
  const gchar *why, *sentence;
} sentences[] = {
  {"audio-too-short", "the prompt has no sound: what there is of it gives no row of a spectrogram"},
  {"ended", "the prompt has no sound: it has ended, and what is left, if anything, gives no row"},
  {"size-changed", "frames of another width than the newest were left out, because KerasHub takes "
      "pictures of one width only: target=transformers takes all"},
  {"videos-of-different-length", "frames were left out, because transformers takes videos of one "
      "length only: give all as many frames"},
  {"caps-changed", "the frames that waited were given up, because others of another size come now"},
  {"target-changed", "what waited for another target was given up"},
  {"truncated", "the prompt was cut at its end: a larger sequence-length or overflow=grow keeps all"},
  {"history", "earlier turns, or their media, were left out: they did not fit beside the prompt"},
  {"no-media", "there was no media to pack"},
  {"no-picture", "the prompt has no picture of it: there was none before its time that no prompt had"},
  {"no-sound", "the prompt has no sound of it: there was none before its time that no prompt had"},
};

static void
warn_of_lost (GstGemma4Packer *self, const GstStructure *s)
{
  const gchar *state = gst_structure_get_string (s, "state");
  const gchar *why = g_strcmp0 (state, "ended") ? gst_structure_get_string (s, "why") : state;
  const gchar *sentence = why;
  const gchar *pad_name = gst_structure_get_string (s, "pad");
  guint64 needed = 0, allowed = 0;
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    sentence = g_str_equal (sentences[i].why, why) ? sentences[i].sentence : sentence;
  gboolean counts = gst_structure_get (s, "needed", G_TYPE_UINT64, &needed, "allowed",
      G_TYPE_UINT64, &allowed, NULL);
  g_autofree gchar *numbers = counts ? g_strdup_printf (" (there were %" G_GUINT64_FORMAT
      ", kept are %" G_GUINT64_FORMAT ")", needed, allowed) : NULL;
  gemma4_packer_warn (self, "%s: %s%s.", pad_name ? pad_name : "A pack", sentence,
      numbers ? numbers : "");
}

void
gemma4_packer_lost (GstGemma4Packer *self, GstMessage *dropped)
{
  if (!gemma4_packer_is_live (self))
    warn_of_lost (self, gst_message_get_structure (dropped));
  gemma4_packer_note (self, dropped);
}

void
gemma4_packer_post_lost (GstGemma4Packer *self, GstMessage *dropped)
{
  g_mutex_lock (&self->lock);
  gemma4_packer_lost (self, dropped);
  gemma4_packer_unlock (self);
}

/* A prompt that cannot be packed ends a recording and not a live stream,
 * unless on-bad-prompt says otherwise. */
void
gemma4_packer_bad_prompt (GstGemma4Packer *self, const gchar *pad_name, const gchar *why,
    const gchar *sentence, guint64 needed, guint64 allowed)
{
  self->counts.n_refused++;
  Gemma4BadPrompt rule = self->settings.on_bad_prompt;
  if (rule == GEMMA4_BAD_PROMPT_AUTO)
    rule = gemma4_packer_is_live (self) ? GEMMA4_BAD_PROMPT_DROP :
        GEMMA4_BAD_PROMPT_ERROR;
  if (rule == GEMMA4_BAD_PROMPT_DROP) {
    gemma4_packer_warn (self, "%s", sentence);
    gemma4_packer_note (self, gemma4_packer_dropped_of (self, pad_name, why, needed, allowed));
    return;
  }
  gemma4_packer_error (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, why, "%s",
      sentence);
}
