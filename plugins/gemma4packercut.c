/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which prompt is packed next, and whether its media is complete. Everything
 * here runs with the packer's lock held. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* How long the task sleeps if nothing changes. */
typedef struct
{
  GstClockTime alarm_ns;        /* to this running time of a live pipeline, or NONE */
  gint64 until_us;              /* to this monotonic time, or 0 */
  gboolean endless;             /* the application is told of what is waited for */
} Sleep;

/* A new stream begins: at the start and after a flush. Prompts that were said
 * at a time of the old one are forgotten. */
void
gemma4_packer_begin (GstGemma4Packer *self)
{
  if (!gemma4_packer_prompts_are_new (self))
    gemma4_packer_forget_cuts (self, TRUE);
  self->flushing = self->finished = self->asked = self->segment_over = FALSE;
  gst_clear_event (&self->segment_done);
  self->flow = GST_FLOW_OK;
  self->last_cut_ns = self->pass_ns = 0;
  self->n_intervals = 0;
  self->last_pts = 0;
  self->need_segment = TRUE;
  self->grace_us = 0;
  self->told_endless = FALSE;
  g_cond_broadcast (&self->cond);
}

gboolean
gemma4_packer_is_live (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->live)
      return TRUE;
  }
  return FALSE;
}

/* A pad that has ended and has nothing left says nothing while others flow: their time may
 * have begun anew. */
GstClockTime
gemma4_packer_end_of_media (GstGemma4Packer *self)
{
  GstClockTime end = 0, all = 0;
  gboolean flows = FALSE;
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (!gemma4_pad_is_media (pad))
      continue;
    flows |= pad->has_shown && !pad->end;
    all = MAX (all, pad->end_ns);
    if (!pad->end || !gemma4_packer_pad_is_used_up (pad))
      end = MAX (end, pad->end_ns);
  }
  return flows ? end : all;
}

gboolean
gemma4_packer_all_media_has_shown (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (gemma4_pad_is_media (pad) && !pad->has_shown && !pad->end)
      return FALSE;
  }
  return TRUE;
}

/* Whether it takes what has arrived. */
gboolean
gemma4_cut_is_now (GstGemma4Packer *self, const Gemma4Cut *cut)
{
  return cut->kind == GEMMA4_CUT_NOW
      || (cut->kind == GEMMA4_CUT_ARRIVED && gemma4_packer_is_live (self));
}

/* A prompt pad to which no stream ever came is as none. */
static gboolean
listens (GstGemma4PackerPad *pad)
{
  return pad->kind == GEMMA4_PAD_PROMPT && (pad->started || pad->end
      || (gemma4_pad_is_linked (pad) && !pad->left_out));
}

static gboolean
has_prompt_pad (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    if (listens (g_ptr_array_index (self->pads, i)))
      return TRUE;
  }
  return FALSE;
}

gboolean
gemma4_packer_pad_has_shown (GstGemma4Packer *self, GstGemma4PackerPad *pad, const Gemma4Cut *cut)
{
  if (pad->end || !gemma4_pad_is_media (pad) || (pad->left_out && !pad->started))
    return TRUE;
  if (cut->kind == GEMMA4_CUT_END || !pad->has_shown)
    return FALSE;
  return cut->kind == GEMMA4_CUT_TIME ? pad->shown_ns >= cut->time_ns
      : gemma4_cut_is_now (self, cut);
}

/* Running time until which a live cut waits for a pad. */
static GstClockTime
deadline (GstGemma4Packer *self, const GstGemma4PackerPad *pad, const Gemma4Cut *cut)
{
  GstClockTime cut_ns = cut->kind == GEMMA4_CUT_TIME ? cut->time_ns : 0;
  GstClockTime latest = cut_ns + gemma4_packer_latency (self) + pad->upstream_latency_ns;
  return pad->has_shown ? latest
      : MAX (latest, pad->since_ns + self->settings.startup_timeout_ns);
}

/* What a cut still waits for. */
typedef struct
{
  guint n_media;                /* media pads */
  guint n_started;              /* of these have a stream, or had one */
  guint n_missing;              /* of these have not shown the cut */
  guint n_unstarted;            /* missing ones that have no stream */
  guint n_linked;               /* of those are linked, so that one may come */
  GstClockTime deadline_ns;     /* live: when the last missing one is given up */
} Missing;

static Missing
find_missing (GstGemma4Packer *self, const Gemma4Cut *cut)
{
  Missing missing = { 0 };
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    missing.n_media += gemma4_pad_is_media (pad);
    missing.n_started += gemma4_pad_is_media (pad) && (pad->started || pad->end);
    if (gemma4_packer_pad_has_shown (self, pad, cut))
      continue;
    missing.n_missing++;
    missing.deadline_ns = MAX (missing.deadline_ns, deadline (self, pad, cut));
    missing.n_unstarted += !pad->started;
    missing.n_linked += !pad->started && gemma4_pad_is_linked (pad);
  }
  return missing;
}

gboolean
gemma4_packer_has_shown (GstGemma4Packer *self, const Gemma4Cut *cut)
{
  return find_missing (self, cut).n_missing == 0;
}

/* A little time, counted from the moment when it is first asked for. */
static gboolean
grace_is_over (GstGemma4Packer *self, Sleep *sleep)
{
  gint64 now = g_get_monotonic_time ();
  if (!self->grace_us)
    self->grace_us = now + self->settings.startup_timeout_ns / GST_USECOND;
  sleep->until_us = self->grace_us;
  return now >= self->grace_us;
}

/* Pads without a stream are given up when they are all that a pack waits for;
 * but a pipeline that is still starting up may take as long as it needs. A
 * packer without media pads gives an application time to ask for some. */
static gboolean
unstarted_are_over (GstGemma4Packer *self, const Missing *missing, Sleep *sleep)
{
  if (missing->n_missing == missing->n_unstarted
      && (missing->n_started || !missing->n_linked))
    return grace_is_over (self, sleep);
  self->grace_us = 0;
  return FALSE;
}

static gboolean
deadline_is_over (GstGemma4Packer *self, const Gemma4Cut *cut, const Missing *missing,
    Sleep *sleep)
{
  if (self->playing && gemma4_packer_now (self) >= missing->deadline_ns)
    return TRUE;
  sleep->until_us = gemma4_packer_watch_clock (self, cut, missing->deadline_ns);
  if (self->playing)
    sleep->alarm_ns = MIN (sleep->alarm_ns, missing->deadline_ns);
  return FALSE;
}

static void
be_patient (GstGemma4Packer *self, const Gemma4Cut *cut, Sleep *sleep)
{
  gint64 until_us = gemma4_packer_patience_ends (self, cut);
  sleep->endless = until_us && g_get_monotonic_time () >= until_us;
  if (until_us && (!sleep->until_us || until_us < sleep->until_us))
    sleep->until_us = until_us;
}

static gboolean
cut_is_complete (GstGemma4Packer *self, const Gemma4Cut *cut, Sleep *sleep)
{
  if (!gemma4_packer_find_response (self, cut->number))
    return FALSE;
  Missing missing = find_missing (self, cut);
  if (!missing.n_missing && (missing.n_media || cut->prompt))
    return TRUE;
  gboolean timed = cut->kind != GEMMA4_CUT_END && gemma4_packer_is_live (self);
  gboolean over = timed ? deadline_is_over (self, cut, &missing, sleep)
      : unstarted_are_over (self, &missing, sleep);
  if (!over) {
    be_patient (self, cut, sleep);
    return FALSE;
  }
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (!gemma4_packer_pad_has_shown (self, pad, cut))
      gemma4_packer_leave_out (self, pad, timed ? cut : NULL);
  }
  return TRUE;
}

/* Whether no prompt can come any more. */
static gboolean
prompts_ended (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (listens (pad) && !pad->end)
      return FALSE;
  }
  return TRUE;
}

static gboolean
media_ended (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (gemma4_pad_is_media (pad) && !pad->end)
      return FALSE;
  }
  return TRUE;
}

/* Another segment may follow a SEGMENT_DONE. */
static gboolean
may_go_on (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->end == GEMMA4_PAD_SEGMENT_DONE || pad->end == GEMMA4_PAD_SEGMENT_TOLD)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_finished (GstGemma4Packer *self)
{
  return prompts_ended (self) && !may_go_on (self) && (self->asked || has_prompt_pad (self)
      || (self->pads->len && media_ended (self)));
}

/* All media has ended and the prompt pad is linked, but no stream came to it. Returns
 * whether it is given up now. */
static gboolean
give_up_prompt_pad (GstGemma4Packer *self, Sleep *sleep)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (listens (pad) && !pad->started && !pad->end && grace_is_over (self, sleep)) {
      gemma4_packer_leave_out (self, pad, NULL);
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
gemma4_packer_has_prompt_property (GstGemma4Packer *self)
{
  GST_OBJECT_LOCK (self);
  gboolean has = self->wanted.prompt != NULL || self->file_prompts->len;
  GST_OBJECT_UNLOCK (self);
  return has;
}

void
gemma4_packer_tell_unused_prompt (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  if (self->told_unused_prompt || !gemma4_packer_has_prompt_property (self)
      || gemma4_packer_trigger (self) == GEMMA4_TRIGGER_INTERVAL)
    return;
  self->told_unused_prompt = TRUE;
  gemma4_packer_warn (self, "prompt= or prompt-location= is set, and texts come to the pad %s: only "
      "those are asked. Leave out one of both.", GST_PAD_NAME (pad));
}

GstClockTime
gemma4_packer_begin_of_media (GstGemma4Packer *self)
{
  GstClockTime begin = GST_CLOCK_TIME_NONE;
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (gemma4_pad_is_media (pad) && pad->has_shown)
      begin = MIN (begin, pad->first_ns);
  }
  return begin;
}

/* Whether a pack would have something that none had. */
static gboolean
something_is_left (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == GEMMA4_PAD_AUDIO ? gemma4_packer_sound_is_left (self, pad)
        : gemma4_frame_store_has_untaken (&pad->frames))
      return TRUE;
  }
  return FALSE;
}

/* The interval that comes next; what is left at the end of all media is one too. */
static gboolean
next_interval (GstGemma4Packer *self, Gemma4Cut *cut)
{
  GstClockTime length = self->settings.interval_ns;
  if (self->n_intervals == 0)
    self->intervals_ns = gemma4_packer_begin_of_media (self);
  if (!GST_CLOCK_TIME_IS_VALID (self->intervals_ns))
    return FALSE;
  GstClockTime begin = self->intervals_ns;
  GstClockTime end = gemma4_packer_end_of_media (self);
  gboolean last = media_ended (self) && begin + length >= end;
  cut->needs_media = TRUE;
  if (!last) {
    cut->kind = GEMMA4_CUT_TIME;
    cut->time_ns = begin + length;
  }
  return !last || (begin < end && (self->n_intervals == 0 || something_is_left (self)));
}

/* The cut that is due without anybody asking: the prompt property is packed for
 * every interval, or once, when all media has ended. */
static gboolean
scheduled_cut (GstGemma4Packer *self, Gemma4Cut *cut)
{
  *cut = (Gemma4Cut) {
    .number = self->n_prompts,
    .kind = GEMMA4_CUT_END,
    .time_ns = GST_CLOCK_TIME_NONE,
  };
  if (self->asked || !gemma4_packer_has_prompt_property (self))
    return FALSE;
  switch (gemma4_packer_trigger (self)) {
    case GEMMA4_TRIGGER_INTERVAL:
      return next_interval (self, cut);
    case GEMMA4_TRIGGER_EOS:
      return !has_prompt_pad (self);
    default:
      return FALSE;
  }
}

static Gemma4Cut *
take_scheduled (GstGemma4Packer *self, const Gemma4Cut *cut)
{
  self->n_intervals++;
  self->intervals_ns += self->settings.interval_ns;
  self->n_prompts++;
  self->asked = cut->kind == GEMMA4_CUT_END;
  return g_memdup2 (cut, sizeof *cut);
}

/* The next cut if its media is complete; the caller owns it. */
static Gemma4Cut *
next_cut (GstGemma4Packer *self, Sleep *sleep)
{
  const Gemma4Cut *next = g_queue_peek_head (&self->cuts);
  Gemma4Cut scheduled;
  gboolean due = scheduled_cut (self, &scheduled);
  if (next && cut_is_complete (self, next, sleep))
    return gemma4_packer_with_response (self, g_queue_pop_head (&self->cuts));
  if (due && cut_is_complete (self, &scheduled, sleep))
    return gemma4_packer_with_response (self, take_scheduled (self, &scheduled));
  if (next || due)
    return NULL;
  if (self->pads->len > 1 && media_ended (self) && give_up_prompt_pad (self, sleep))
    return next_cut (self, sleep);
  self->segment_over = gemma4_packer_segment_is_over (self);
  self->finished = is_finished (self);
  return NULL;
}

static void
wait_for_change (GstGemma4Packer *self, const Sleep *sleep)
{
  if (sleep->endless && g_queue_is_empty (&self->notes)) {
    gemma4_packer_tell_endless (self);
    return;
  }
  if (g_queue_is_empty (&self->notes) && gemma4_packer_prepare (self))
    return;
  if (!GST_CLOCK_TIME_IS_VALID (sleep->alarm_ns)
      || !gemma4_packer_arm (self, sleep->alarm_ns))
    gemma4_packer_wait (self, sleep->until_us);
}

/* Waits for the next cut whose media is complete; the caller owns it. NULL if
 * there will be none (self->finished) or none in this segment (self->segment_over), on
 * an error, or when flushing. */
Gemma4Cut *
gemma4_packer_wait_cut (GstGemma4Packer *self)
{
  while (!self->flushing && self->flow >= GST_FLOW_OK) {
    Sleep sleep = { GST_CLOCK_TIME_NONE, 0, FALSE };
    gemma4_packer_adopt_settings (self);
    Gemma4Cut *cut = self->n_seeks ? NULL : next_cut (self, &sleep);
    if (cut || self->finished || self->segment_over) {
      gemma4_packer_disarm (self);
      self->clock_us = 0;
      g_cond_broadcast (&self->cond);
      return cut;
    }
    wait_for_change (self, &sleep);
  }
  return NULL;
}
