/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The conversation: what is said again before a prompt, and the answers that come
 * back. */

#include "gemma4packer.h"

#include "gemma4answer.h"
#include "gemma4markup.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

static gboolean
takes_answers (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    if (((GstGemma4PackerPad *) g_ptr_array_index (self->pads, i))->kind == GEMMA4_PAD_ANSWER)
      return TRUE;
  }
  return FALSE;
}

/* The fewest frames of the videos, but for stills, which are as long as others want them;
 * 0 if there are none. */
static guint
fewest_frames (const GPtrArray *takes)
{
  guint fewest = G_MAXUINT;
  for (guint i = 0; i < takes->len; i++) {
    const Gemma4Take *take = g_ptr_array_index (takes, i);
    if (take->kind == GEMMA4_MEDIA_VIDEO && !take->is_still)
      fewest = MIN (fewest, take->frames->len);
  }
  return fewest == G_MAXUINT ? 0 : fewest;
}

/* Media of another target is of no use, and a short video of before must not thin the
 * one that is asked about: transformers has all of a pack equally long. */
static void
drop_unfit_media (GstGemma4Packer *self, Gemma4Asked *asked)
{
  guint n_frames = asked->taken.target == GEMMA4_TARGET_TRANSFORMERS ?
      fewest_frames (asked->taken.takes) : 0;
  for (guint i = 0; i < asked->turns->len; i++) {
    Gemma4PastTurn *turn = g_ptr_array_index (asked->turns, i);
    guint n = fewest_frames (turn->takes);
    gboolean is_short = n && n < n_frames;
    if (!turn->takes->len || (turn->target == asked->taken.target && !is_short))
      continue;
    gint kind = turn->target == asked->taken.target ? (gint) GEMMA4_MEDIA_VIDEO : -1;
    g_autofree gchar *pad_name = g_strdup (gemma4_past_turn_pad (turn, kind));
    if (kind < 0)
      gemma4_past_turn_drop_media (turn);
    else
      gemma4_past_turn_drop_kind (turn, GEMMA4_MEDIA_VIDEO);
    gemma4_packer_post_lost (self, gemma4_packer_dropped_of (self, pad_name, "history",
            is_short ? n_frames : 0, is_short ? n : 0));
  }
}

void
gemma4_packer_recall (GstGemma4Packer *self, Gemma4Asked *asked)
{
  g_mutex_lock (&self->lock);
  asked->turns = gemma4_history_recall (&self->history, self->settings.history);
  g_mutex_unlock (&self->lock);
  drop_unfit_media (self, asked);
}

void
gemma4_packer_remember (GstGemma4Packer *self, const Gemma4Asked *asked)
{
  g_mutex_lock (&self->lock);
  if (!self->settings.history && !takes_answers (self) && !self->history.turns->len) {
    g_mutex_unlock (&self->lock);
    return;
  }
  gemma4_history_adopt (&self->history, asked->turns);
  gemma4_history_add (&self->history, asked->prompt,
      self->settings.history_media ? asked->taken.takes : NULL, asked->taken.target,
      asked->taken.origin_ns, self->settings.history);
  g_mutex_unlock (&self->lock);
}

void
gemma4_packer_forget_history (GstGemma4Packer *self)
{
  g_mutex_lock (&self->lock);
  gemma4_history_forget (&self->history);
  g_mutex_unlock (&self->lock);
}

void
gemma4_packer_answer_event (GstGemma4Packer *self, GstGemma4PackerPad *pad, GstEvent *event)
{
  guint64 number;
  if (pad->kind != GEMMA4_PAD_ANSWER || !gemma4_answer_event_parse (event, &number))
    return;
  g_mutex_lock (&self->lock);
  gemma4_history_count (&self->history, number);
  g_mutex_unlock (&self->lock);
}

/* With the lock held. */
static void
take_answer (GstGemma4Packer *self, GstGemma4PackerPad *pad, const gchar *text, gsize n_bytes)
{
  g_autofree gchar *plain = pad->markup ? gemma4_markup_to_text (text, n_bytes, &n_bytes)
      : NULL;
  const gchar *why = gemma4_history_answer (&self->history, plain ? plain : text, n_bytes);
  if (!why)
    return;
  gemma4_packer_warn (self, "Text of an answer was left out: %s.", why);
  gemma4_packer_note (self, gemma4_packer_dropped (self, pad, "answer", 0, 0));
}

/* Answers never wait, nor does anything wait for them. */
GstFlowReturn
gemma4_packer_answer_chain (GstPad *gstpad, GstObject *parent, GstBuffer *buffer)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  GstGemma4PackerPad *pad = GST_GEMMA4_PACKER_PAD (gstpad);
  GstMapInfo map;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  g_mutex_lock (&self->lock);
  GstFlowReturn flow = pad->flushing ? GST_FLOW_FLUSHING : GST_FLOW_OK;
  if (flow == GST_FLOW_OK)
    take_answer (self, pad, (const gchar *) map.data, map.size);
  gemma4_packer_unlock (self);
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return flow;
}
