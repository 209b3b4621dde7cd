/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the packer's threads wait for each other. There is one condition, self->cond;
 * whoever changes one of these things broadcasts it before it waits or gives the lock
 * back:
 *
 *   who waits                       until                          who changes that
 *   the task, for a cut             a cut's media is complete      what pads show, their ends
 *                                   a prompt or a response comes   gemma4packerqueue.c
 *                                   the deadline of a live cut     the alarm, the state
 *                                   prompts, media, segments end   the pads' events
 *                                   no seek is on its way          the src pad's events
 *   the task, before it sends EOS   nobody posts any more          gemma4_packer_unlock ()
 *   a text pad that is full         a cut or response is taken     the task
 *   a text that cannot be asked     media shows if it is live      media pads, or a timeout
 *   media ahead of a prompt pad     the pad shows so much, or a    text pads, the task,
 *                                   prompt wants more media        links and caps
 *   media of the next segment       the last one was told          the task
 *
 * All but the first also end by a flush, the end or an error. No streaming thread waits
 * for what it must bring itself: where one thread feeds several pads, none would ever
 * come. */

#include "gemma4packer.h"

void
gemma4_packer_wait (GstGemma4Packer *self, gint64 until_us)
{
  if (!g_queue_is_empty (&self->notes)) {
    gemma4_packer_unlock (self);
    g_mutex_lock (&self->lock);
  } else if (until_us) {
    g_cond_wait_until (&self->cond, &self->lock, until_us);
  } else {
    g_cond_wait (&self->cond, &self->lock);
  }
}

/* A GThread's address is used again, and so would be a system's number. */
guint
gemma4_packer_this_thread (void)
{
  static _Thread_local guint number;
  static guint n_threads;
  if (!number)
    number = g_atomic_int_add (&n_threads, 1) + 1;
  return number;
}

/* Whether the next pack wants something of @pad that has not come. */
static gboolean
is_wanted (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  const Gemma4Cut *next = g_queue_peek_head (&self->cuts);
  if (!next)
    return pad->kind == GEMMA4_PAD_PROMPT && !pad->end;
  if (pad->kind == GEMMA4_PAD_RESPONSE)
    return !gemma4_packer_find_response (self, next->number);
  return gemma4_pad_is_media (pad) && !gemma4_packer_pad_has_shown (self, pad, next);
}

gboolean
gemma4_packer_waits_for_this_thread (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (gemma4_pad_is_fed_here (pad) && is_wanted (self, pad))
      return TRUE;
  }
  return FALSE;
}
