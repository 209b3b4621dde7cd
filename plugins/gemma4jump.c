/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4jump.h"

/* A jump, and so many after it, are a new timeline. */
#define PROOF 3

/* Sound that comes this much later than it should comes without a pause. */
#define JITTER (100 * GST_MSECOND)

void
gemma4_jump_init (Gemma4Jump *self, gboolean exact)
{
  *self = (Gemma4Jump) {.exact = exact,.from = GST_CLOCK_TIME_NONE,.to = GST_CLOCK_TIME_NONE };
}

static GstClockTime
end_of (GstClockTime start, GstClockTime duration)
{
  if (!GST_CLOCK_TIME_IS_VALID (duration))
    return start;
  return start + MIN (duration, GST_CLOCK_TIME_NONE - 1 - start);
}

static void
begin (Gemma4JumpMark *mark, GstClockTime start, GstClockTime duration, GstClockTime wall)
{
  GstClockTime end = end_of (start, duration);
  *mark = (Gemma4JumpMark) { start, end, end, wall };
}

/* One that steps back a little does not move the mark back: steps add up. */
static void
extend (Gemma4JumpMark *mark, GstClockTime start, GstClockTime duration, GstClockTime wall)
{
  mark->start = MAX (mark->start, start);
  mark->end = MAX (mark->end, end_of (start, duration));
  mark->shown = MAX (mark->shown, mark->end);
  mark->wall = wall;
}

/* Media can come behind a GAP that belongs before it: a decoder's last. */
static void
extend_by_gap (Gemma4JumpMark *mark, GstClockTime start, GstClockTime duration)
{
  mark->shown = MAX (mark->shown, end_of (start, duration));
}

/* Where the next one is expected, if time goes on as it did for whoever waited here. */
static GstClockTime
expected (const Gemma4JumpMark *mark, GstClockTime wall)
{
  GstClockTime passed = wall > mark->wall ? wall - mark->wall : 0;
  return MAX (mark->shown, mark->start + passed);
}

static gboolean
is_before (const Gemma4Jump *self, const Gemma4JumpMark *mark, GstClockTime start)
{
  GstClockTime newest = self->exact ? mark->end : mark->start;
  return newest > start && newest - start > GEMMA4_JUMP_SLACK;
}

static gboolean
is_behind (GstClockTime start, GstClockTime end)
{
  return start > end && start - end > GEMMA4_JUMP_SLACK;
}

static gboolean
follows (const Gemma4Jump *self, const Gemma4JumpMark *mark, GstClockTime start,
    GstClockTime wall)
{
  return !is_before (self, mark, start) && !is_behind (start, expected (mark, wall));
}

static GstClockTime
distance (GstClockTime a, GstClockTime b)
{
  return a > b ? a - b : b - a;
}

static gboolean
is_near (GstClockTime start, const Gemma4JumpClock *clock)
{
  return GST_CLOCK_TIME_IS_VALID (clock->now)
      && distance (start, clock->now) <= GEMMA4_JUMP_SLACK + clock->latency;
}

/* What is near the clock, but comes later than the latency allows, would be late for good. */
static gboolean
is_in_time (GstClockTime start, const Gemma4JumpClock *clock)
{
  return is_near (start, clock) && start + clock->latency >= clock->now;
}

/* A single wrong time can fit both timelines: the nearer one counts. */
static gboolean
follows_next (const Gemma4Jump *self, GstClockTime start, GstClockTime wall)
{
  if (self->n_next == 0 || !follows (self, &self->next, start, wall))
    return FALSE;
  return !self->begun || !follows (self, &self->line, start, wall)
      || distance (start, expected (&self->next, wall))
      < distance (start, expected (&self->line, wall));
}

static void
forget_next (Gemma4Jump *self)
{
  self->n_waiting = self->n_next = 0;
}

void
gemma4_jump_forget (Gemma4Jump *self)
{
  forget_next (self);
  self->n_alone = 0;
}

/* What waits was wrong. */
static void
give_up_next (Gemma4Jump *self)
{
  self->n_alone = self->n_waiting;
  self->from = self->begun ? self->line.end : GST_CLOCK_TIME_NONE;
  forget_next (self);
}

static void
note_pause (Gemma4Jump *self, GstClockTime start)
{
  self->from = self->line.shown;
  self->to = start;
}

/* In order: goes on, perhaps after a pause. */
static Gemma4JumpVerdict
go_on (Gemma4Jump *self, GstClockTime start, GstClockTime duration, GstClockTime wall)
{
  gboolean pause = is_behind (start, self->line.shown);
  note_pause (self, start);
  extend (&self->line, start, duration, wall);
  return pause ? GEMMA4_JUMP_RESUMES : GEMMA4_JUMP_TAKE;
}

/* Where the new timeline would have begun in the old one. A wall clock is not as exact as
 * the durations of sound. */
static GstClockTime
due (const Gemma4Jump *self, GstClockTime wall)
{
  GstClockTime time = expected (&self->line, wall);
  return self->exact && time - self->line.shown < JITTER ? self->line.shown : time;
}

/* @wall: when it began */
static Gemma4JumpVerdict
begin_line (Gemma4Jump *self, const Gemma4JumpMark *mark, GstClockTime to, GstClockTime wall)
{
  self->from = self->begun ? self->line.end : GST_CLOCK_TIME_NONE;
  self->due = self->begun ? due (self, wall) : GST_CLOCK_TIME_NONE;
  self->to = to;
  self->line = *mark;
  self->begun = TRUE;
  forget_next (self);
  return GEMMA4_JUMP_GOES_ON;
}

static Gemma4JumpVerdict
begin_here (Gemma4Jump *self, GstClockTime start, GstClockTime duration, GstClockTime wall)
{
  Gemma4JumpMark mark;
  gboolean first = !self->begun;
  begin (&mark, start, duration, wall);
  begin_line (self, &mark, start, wall);
  return first ? GEMMA4_JUMP_TAKE : GEMMA4_JUMP_GOES_ON;
}

/* The clock says that this is now. */
static Gemma4JumpVerdict
jump_to_clock (Gemma4Jump *self, GstClockTime start, GstClockTime duration,
    const Gemma4JumpClock *clock)
{
  self->explained = is_in_time (start, clock);
  if (self->begun && !is_before (self, &self->line, start))
    return go_on (self, start, duration, clock->wall);
  return begin_here (self, start, duration, clock->wall);
}

static Gemma4JumpVerdict
prove (Gemma4Jump *self, GstClockTime start, const Gemma4JumpClock *clock)
{
  self->n_next++;
  self->explained = is_in_time (start, clock);
  if (self->n_next < PROOF && clock->wall < self->next_wall + GEMMA4_JUMP_WAIT_NS
      && !is_near (start, clock))
    return GEMMA4_JUMP_WAIT;
  return begin_line (self, &self->next, self->to, self->next_wall);
}

/* Without a time: right behind what came last. */
static GstClockTime
guess (const Gemma4Jump *self, const Gemma4JumpClock *clock)
{
  if (self->n_next > 0)
    return self->next.end;
  if (self->begun)
    return self->line.end;
  return GST_CLOCK_TIME_IS_VALID (clock->now) ? clock->now : 0;
}

gboolean
gemma4_jump_is_plain (Gemma4Jump *self, GstClockTime start, GstClockTime duration,
    GstClockTime wall)
{
  if (!self->begun || self->n_next > 0)
    return FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = self->line.end;
  if (is_before (self, &self->line, start) || is_behind (start, self->line.shown))
    return FALSE;
  self->n_alone = 0;
  extend (&self->line, start, duration, wall);
  return TRUE;
}

Gemma4JumpVerdict
gemma4_jump_judge (Gemma4Jump *self, GstClockTime start, GstClockTime duration,
    const Gemma4JumpClock *clock)
{
  self->n_alone = 0;
  self->explained = FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = guess (self, clock);
  if (follows_next (self, start, clock->wall)) {
    extend (&self->next, start, duration, clock->wall);
    Gemma4JumpVerdict verdict = prove (self, start, clock);
    self->n_waiting += verdict == GEMMA4_JUMP_WAIT;
    return verdict;
  }
  give_up_next (self);
  if (self->begun && follows (self, &self->line, start, clock->wall))
    return go_on (self, start, duration, clock->wall);
  if (is_near (start, clock))
    return jump_to_clock (self, start, duration, clock);
  if (!self->begun && !GST_CLOCK_TIME_IS_VALID (clock->now))
    return begin_here (self, start, duration, clock->wall);
  begin (&self->next, start, duration, clock->wall);
  self->next_wall = clock->wall;
  self->to = start;
  self->n_waiting = self->n_next = 1;
  return GEMMA4_JUMP_WAIT;
}

Gemma4JumpVerdict
gemma4_jump_judge_gap (Gemma4Jump *self, GstClockTime start, GstClockTime duration,
    const Gemma4JumpClock *clock)
{
  self->n_alone = 0;
  self->explained = FALSE;
  if (follows_next (self, start, clock->wall)) {
    extend_by_gap (&self->next, start, duration);
    return prove (self, start, clock);
  }
  gboolean near = is_near (start, clock) || !GST_CLOCK_TIME_IS_VALID (clock->now);
  if (!self->begun)
    return near && self->n_waiting == 0 ? GEMMA4_JUMP_TAKE : GEMMA4_JUMP_WAIT;
  if (follows (self, &self->line, start, clock->wall)) {
    give_up_next (self);
  } else if (self->n_waiting > 0 || !is_near (start, clock)
      || is_before (self, &self->line, start)) {
    return GEMMA4_JUMP_WAIT;
  } else {
    self->explained = is_in_time (start, clock);
    note_pause (self, start);
  }
  extend_by_gap (&self->line, start, duration);
  return GEMMA4_JUMP_TAKE;
}

Gemma4JumpVerdict
gemma4_jump_accept (Gemma4Jump *self, GstClockTime start, GstClockTime duration,
    const Gemma4JumpClock *clock)
{
  self->n_alone = 0;
  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = guess (self, clock);
  self->explained = is_in_time (start, clock);
  if (follows_next (self, start, clock->wall)) {
    extend (&self->next, start, duration, clock->wall);
    return begin_line (self, &self->next, self->to, self->next_wall);
  }
  give_up_next (self);
  if (self->begun && follows (self, &self->line, start, clock->wall)
      && !is_behind (self->line.shown, start))
    return go_on (self, start, duration, clock->wall);
  return begin_here (self, start, duration, clock->wall);
}

Gemma4JumpVerdict
gemma4_jump_end (Gemma4Jump *self)
{
  self->n_alone = 0;
  self->explained = FALSE;
  if (self->n_waiting == 0)
    return GEMMA4_JUMP_TAKE;
  if (!self->begun || self->n_next > 1)
    return begin_line (self, &self->next, self->to, self->next_wall);
  give_up_next (self);
  return GEMMA4_JUMP_TAKE;
}
