/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The prompts that wait, and the responses that go with them. Everything here
 * runs with the packer's lock held. */

#include "gemma4packer.h"

Gemma4Cut *
gemma4_cut_new (const gchar *prompt, Gemma4CutKind kind, GstClockTime time_ns)
{
  Gemma4Cut *cut = g_new (Gemma4Cut, 1);
  *cut = (Gemma4Cut) {
    .prompt = g_strdup (prompt),
    .kind = kind,
    .time_ns = time_ns,
    .since_us = g_get_monotonic_time (),
  };
  return cut;
}

void
gemma4_cut_free (Gemma4Cut *cut)
{
  g_free (cut->prompt);
  g_free (cut->response);
  g_free (cut->pad_name);
  g_free (cut);
}

void
gemma4_packer_forget_cuts (GstGemma4Packer *self, gboolean timed_only)
{
  for (GList * l = self->cuts.head, *next; l; l = next) {
    next = l->next;
    Gemma4Cut *cut = l->data;
    if (timed_only && !GST_CLOCK_TIME_IS_VALID (cut->time_ns))
      continue;
    g_queue_delete_link (&self->cuts, l);
    gemma4_cut_free (cut);
  }
}

/* Takes the cut of a prompt that has come. */
void
gemma4_packer_add_cut (GstGemma4Packer *self, Gemma4Cut *cut)
{
  cut->number = self->n_prompts++;
  g_queue_push_tail (&self->cuts, cut);
  g_cond_broadcast (&self->cond);
}

void
gemma4_packer_add_response (GstGemma4Packer *self, gchar *response)
{
  g_queue_push_tail (&self->responses, response);
  self->n_responses++;
  g_cond_broadcast (&self->cond);
}

void
gemma4_packer_forget_responses (GstGemma4Packer *self)
{
  g_queue_clear_full (&self->responses, g_free);
  self->n_responses = self->n_prompts;
}

/* The response that goes with a prompt; those of prompts that were dropped are
 * given up. FALSE if it is still to come. */
gboolean
gemma4_packer_find_response (GstGemma4Packer *self, guint64 number)
{
  guint64 first = self->n_responses - self->responses.length;
  while (first < number && !g_queue_is_empty (&self->responses)) {
    g_free (g_queue_pop_head (&self->responses));
    first++;
    g_cond_broadcast (&self->cond);
  }
  if (!g_queue_is_empty (&self->responses))
    return TRUE;
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == GEMMA4_PAD_RESPONSE && !pad->end
        && (pad->started || gemma4_pad_is_linked (pad)))
      return FALSE;
  }
  return TRUE;
}

Gemma4Cut *
gemma4_packer_with_response (GstGemma4Packer *self, Gemma4Cut *cut)
{
  guint64 first = self->n_responses - self->responses.length;
  if (first == cut->number)
    cut->response = g_queue_pop_head (&self->responses);
  return cut;
}
