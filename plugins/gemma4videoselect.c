/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videoselect.h"

/* Kept frames for each one wanted: the error of a chosen place is at most a
 * quarter of the distance between two chosen frames. */
#define KEPT_PER_FRAME 4

void
gemma4_select_reset (Gemma4Select *self)
{
  *self = (Gemma4Select) { 0 };
}

void
gemma4_select_start (Gemma4Select *self, const Gemma4SelectParams *params)
{
  *self = (Gemma4Select) {
    .params = *params,
    .n_seen = self->n_seen,
    .first_ns = self->first_ns,
    .joined = self->n_seen > 0,
    .last_end_ns = GST_CLOCK_TIME_NONE,
  };
  gemma4_thinner_init (&self->thinner, KEPT_PER_FRAME * params->n_frames);
}

static guint64
n_slots (const Gemma4Select *self)
{
  const Gemma4SelectParams *p = &self->params;
  return p->rule == GEMMA4_SELECT_INDEX ? MIN (p->n_frames, p->total) : p->n_frames;
}

static guint64
slot_index (const Gemma4Select *self)
{
  const Gemma4SelectParams *p = &self->params;
  return gemma4_clip_index (p->target, self->slot, p->n_frames, p->total);
}

static GstClockTime
slot_time (const Gemma4Select *self)
{
  const Gemma4SelectParams *p = &self->params;
  return p->start_ns + gemma4_clip_time (p->target, self->slot, p->n_frames,
      p->duration_ns);
}

/* The place of a frame among the total. Frames of a variable rate are fewer than their
 * nominal rate promises, so their times count. At a constant rate that is their number. */
static guint64
frame_index (const Gemma4Select *self, guint64 number, GstClockTime time_ns)
{
  const Gemma4SelectParams *p = &self->params;
  if (!p->fps_n)
    return number;
  return time_ns <= self->first_ns ? 0 : gst_util_uint64_scale_round
      (time_ns - self->first_ns, p->fps_n, p->fps_d * GST_SECOND);
}

static Gemma4Verdict
by_index (Gemma4Select *self, guint64 index)
{
  while (self->joined && self->slot < n_slots (self) && slot_index (self) < index)
    self->slot++;               /* it went by before the selection began */
  self->joined = FALSE;
  if (self->slot == n_slots (self))
    return GEMMA4_SELECT_PASS;
  if (slot_index (self) > index)
    return GEMMA4_SELECT_HOLD;
  while (self->slot < n_slots (self) && slot_index (self) <= index)
    self->slot++;
  return GEMMA4_SELECT_TAKE;
}

/* A frame is shown until the next one begins, so each is judged by its
 * successor; what lies before the first frame is the first frame's. */
static Gemma4Verdict
by_time (Gemma4Select *self, GstClockTime time_ns)
{
  while (self->joined && self->slot < n_slots (self) && slot_time (self) < time_ns)
    self->slot++;               /* it went by before the selection began */
  self->joined = FALSE;
  guint64 before = self->slot;
  while (self->holding && self->slot < n_slots (self) && slot_time (self) < time_ns)
    self->slot++;
  if (self->slot > before)
    return GEMMA4_SELECT_TAKE_HELD;
  return self->slot < n_slots (self) ? GEMMA4_SELECT_HOLD : GEMMA4_SELECT_PASS;
}

static Gemma4Verdict
thinned (Gemma4Select *self)
{
  bool halve;
  if (!gemma4_thinner_next (&self->thinner, &halve))
    return GEMMA4_SELECT_PASS;
  return halve ? GEMMA4_SELECT_KEEP_HALVED : GEMMA4_SELECT_KEEP;
}

static Gemma4Verdict
judge (Gemma4Select *self, guint64 number, GstClockTime time_ns)
{
  const Gemma4SelectParams *p = &self->params;
  switch (p->rule) {
    case GEMMA4_SELECT_ALL:
      return GEMMA4_SELECT_TAKE;
    case GEMMA4_SELECT_RATE:
      return gemma4_grid_take (&self->grid, time_ns, p->rate_n, p->rate_d)
          ? GEMMA4_SELECT_TAKE : GEMMA4_SELECT_PASS;
    case GEMMA4_SELECT_INDEX:
      return by_index (self, frame_index (self, number, time_ns));
    case GEMMA4_SELECT_TIME:
      return by_time (self, time_ns);
    case GEMMA4_SELECT_THINNED:
      return thinned (self);
  }
  g_return_val_if_reached (GEMMA4_SELECT_PASS);
}

Gemma4Verdict
gemma4_select_frame (Gemma4Select *self, GstClockTime time_ns, GstClockTime duration_ns)
{
  if (self->n_seen == 0)
    self->first_ns = time_ns;
  Gemma4Verdict verdict = judge (self, self->n_seen++, time_ns);
  self->holding = verdict == GEMMA4_SELECT_HOLD || verdict == GEMMA4_SELECT_TAKE_HELD;
  self->last_end_ns = GST_CLOCK_TIME_IS_VALID (duration_ns)
      ? time_ns + duration_ns : GST_CLOCK_TIME_NONE;
  return verdict;
}

static gboolean
length_was_wrong (const Gemma4Select *self)
{
  switch (self->params.rule) {
    case GEMMA4_SELECT_INDEX:
      return self->n_seen != self->params.total;
    case GEMMA4_SELECT_TIME:{
      Gemma4Select last = *self;
      last.slot = n_slots (self) - 1;
      return self->slot < n_slots (self) && GST_CLOCK_TIME_IS_VALID (self->last_end_ns)
          && slot_time (&last) > self->last_end_ns;
    }
    default:
      return FALSE;
  }
}

gboolean
gemma4_select_end (Gemma4Select *self, gboolean *estimated)
{
  *estimated = length_was_wrong (self);
  gboolean take_held = self->holding && self->slot < n_slots (self);
  self->slot = n_slots (self);
  return take_held;
}

/* The capacity never shrinks, because the thinner halves when it is reached. */
void
gemma4_select_want (Gemma4Select *self, guint64 n_frames)
{
  self->params.n_frames = n_frames;
  self->thinner.capacity = MAX (self->thinner.capacity, KEPT_PER_FRAME * n_frames);
}
