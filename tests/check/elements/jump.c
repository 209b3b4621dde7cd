/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The watch over the times of a live stream, without elements. */

#include "../common/seed.h"
#include "gemma4jump.h"

#include <gst/check/gstcheck.h>

#define MS GST_MSECOND
#define S GST_SECOND
#define NONE GST_CLOCK_TIME_NONE
#define HOUR (3600 * S)

typedef struct
{
  Gemma4Jump watch;
  GstClockTime wall;
  gboolean clocked;
  GstClockTimeDiff offset;      /* what the clock is ahead of right times */
  GPtrArray *waiting;           /* numbers, as pointers */
  GString *log;                 /* what became of each */
} Watched;

static void
watched_init (Watched *w, gboolean exact, gboolean clocked)
{
  *w = (Watched) {.clocked = clocked,.wall = 7 * S };
  w->waiting = g_ptr_array_new ();
  w->log = g_string_new (NULL);
  gemma4_jump_init (&w->watch, exact);
}

static void
watched_clear (Watched *w)
{
  g_ptr_array_unref (w->waiting);
  g_string_free (w->log, TRUE);
}

static void
settle (Watched *w, Gemma4JumpVerdict verdict)
{
  fail_unless (w->watch.n_alone == 0 || w->watch.n_alone == w->waiting->len,
      "%u alone of %u", w->watch.n_alone, w->waiting->len);
  for (guint i = 0; i < w->watch.n_alone; i++)
    g_string_append_printf (w->log, "x%u ", GPOINTER_TO_UINT (w->waiting->pdata[i]));
  if (w->watch.n_alone)
    g_ptr_array_set_size (w->waiting, 0);
  if (verdict == GEMMA4_JUMP_WAIT)
    return;
  if (verdict == GEMMA4_JUMP_GOES_ON)
    g_string_append (w->log, GST_CLOCK_TIME_IS_VALID (w->watch.from) ? "new " : "first ");
  else
    fail_unless (w->waiting->len == 0, "%u wait behind what was taken", w->waiting->len);
  for (guint i = 0; i < w->waiting->len; i++)
    g_string_append_printf (w->log, "%u ", GPOINTER_TO_UINT (w->waiting->pdata[i]));
  g_ptr_array_set_size (w->waiting, 0);
  if (verdict == GEMMA4_JUMP_RESUMES)
    g_string_append (w->log, "pause ");
}

/* Buffer @n comes when the right time is @now, and says @start. */
static void
show (Watched *w, guint n, GstClockTime now, GstClockTime start, GstClockTime duration)
{
  Gemma4JumpClock clock = { w->clocked ? now + w->offset : NONE, 0, w->wall + now };
  Gemma4JumpVerdict verdict = GEMMA4_JUMP_TAKE;
  if (!gemma4_jump_is_plain (&w->watch, start, duration, clock.wall))
    verdict = gemma4_jump_judge (&w->watch, start, duration, &clock);
  settle (w, verdict);
  if (verdict == GEMMA4_JUMP_WAIT)
    g_ptr_array_add (w->waiting, GUINT_TO_POINTER (n));
  else
    g_string_append_printf (w->log, "%u ", n);
  fail_unless_equals_int (w->waiting->len, w->watch.n_waiting);
  fail_unless (w->waiting->len <= GEMMA4_JUMP_MAX_WAITING);
}

static void
show_gap (Watched *w, GstClockTime now, GstClockTime start)
{
  Gemma4JumpClock clock = { w->clocked ? now + w->offset : NONE, 0, w->wall + now };
  settle (w, gemma4_jump_judge_gap (&w->watch, start, NONE, &clock));
}

static void
expect (Watched *w, const gchar *want)
{
  settle (w, gemma4_jump_end (&w->watch));
  g_strchomp (w->log->str);
  fail_unless (g_str_equal (w->log->str, want), "got \"%s\", wanted \"%s\"", w->log->str, want);
  watched_clear (w);
}

/* A stream every @step; @says are times in ms for the steps from 0 on, -1: the right one. */
static void
run (gboolean exact, gboolean clocked, GstClockTimeDiff offset, GstClockTime step,
    const gint *says, guint n, const gchar *want)
{
  Watched w;
  watched_init (&w, exact, clocked);
  w.offset = offset;
  for (guint i = 0; i < n; i++)
    show (&w, i, i * step, says[i] < 0 ? i * step : (guint) says[i] * MS, step);
  expect (&w, want);
}

#define RUN(exact, clocked, offset, step, want, ...) G_STMT_START { \
  const gint says[] = { __VA_ARGS__ }; \
  run (exact, clocked, offset, step, says, G_N_ELEMENTS (says), want); \
} G_STMT_END

GST_START_TEST (single_outliers)
{
  for (guint clocked = 0; clocked < 2; clocked++) {
    RUN (TRUE, clocked, 0, 10 * MS, "0 1 x2 3 4", -1, -1, 3600000, -1, -1);
    RUN (FALSE, clocked, 0, 100 * MS, "0 1 x2 3 4", -1, -1, 3600000, -1, -1);
    RUN (FALSE, clocked, 0, 5 * S, "0 1 x2 pause 3 4", -1, -1, 3600000, -1, -1);
    RUN (FALSE, clocked, 0, 2 * S, "0 1 2 x3 pause 4", -1, -1, -1, 0, -1);
    /* Two in a row, equal and not; the last of all. */
    RUN (FALSE, clocked, 0, 100 * MS, "0 x1 x2 3", -1, 3600000, 9000, -1);
    RUN (FALSE, clocked, 0, 100 * MS, "0 x1 x2 3", -1, 3600000, 3600100, -1);
    RUN (FALSE, clocked, 0, 100 * MS, "0 1 x2", -1, -1, 3600000);
    /* By turns. */
    RUN (TRUE, clocked, 0, 10 * MS, "0 x1 2 x3 4", -1, 9000, -1, 9000, -1);
  }
  /* The first of all: only a clock can tell. */
  RUN (FALSE, TRUE, 0, 100 * MS, "x0 1 2 3", 3600000, -1, -1, -1);
  RUN (FALSE, FALSE, 0, 100 * MS, "0 new 1 2 3", 3600000, -1, -1, -1);
}

GST_END_TEST;

GST_START_TEST (media_that_goes_on)
{
  for (guint clocked = 0; clocked < 2; clocked++) {
    RUN (TRUE, clocked, 0, 10 * MS, "0 1 new 2 3 4 5", -1, -1, 9000, 9010, 9020, 9030);
    RUN (FALSE, clocked, 0, 500 * MS, "0 1 new 2 3 4", -1, -1, 9000, 9500, 10000);
    /* Half a second decides a slow one. */
    RUN (FALSE, clocked, 0, 1 * S, "0 1 new 2 3 4", -1, -1, 90000, 91000, 92000);
    RUN (FALSE, clocked, 0, 1 * S, "0 1 2 3 new 4 5 6", -1, -1, -1, -1, 0, 1000, 2000);
    RUN (FALSE, clocked, 0, 100 * MS, "0 x1 new 2 3 4", -1, 60000, 9000, 9100, 9200);
    RUN (FALSE, clocked, 0, 100 * MS, "0 new 1 2", -1, 9000, 9100);
  }
}

GST_END_TEST;

GST_START_TEST (offsets_and_the_clock)
{
  RUN (FALSE, TRUE, 100 * S, 100 * MS, "first 0 1 2 3", -1, -1, -1, -1);
  RUN (FALSE, TRUE, 100 * S, 100 * MS, "first 0 1 2 x3 4", -1, -1, -1, 3600000, -1);
  /* The clock explains this one: it is taken at once. */
  RUN (FALSE, TRUE, 100 * S, 100 * MS, "first 0 1 2 pause 3 4", -1, -1, -1, 100300, 100400);
  RUN (FALSE, TRUE, 100 * S, 100 * MS, "first 0 1 2 x3 pause 4 5", -1, -1, -1, 50000,
      100400, 100500);
}

GST_END_TEST;

GST_START_TEST (pauses)
{
  for (guint clocked = 0; clocked < 2; clocked++) {
    Watched w;
    watched_init (&w, FALSE, clocked);
    show (&w, 0, 0, 0, 40 * MS);
    show (&w, 1, HOUR, HOUR, 40 * MS);
    show (&w, 2, HOUR + 40 * MS, HOUR + 40 * MS, 40 * MS);
    expect (&w, "0 pause 1 2");
  }
  /* Without durations. */
  Watched w;
  watched_init (&w, FALSE, TRUE);
  for (guint i = 0; i < 3; i++)
    show (&w, i, i * 5 * S, i * 5 * S + 50 * S, NONE);
  show (&w, 3, 15 * S, HOUR, NONE);
  show (&w, 4, 20 * S, 70 * S, NONE);
  expect (&w, "first 0 1 pause 2 x3 pause 4");
}

GST_END_TEST;

GST_START_TEST (gaps)
{
  Watched w;
  watched_init (&w, FALSE, FALSE);
  show (&w, 0, 0, 0, 100 * MS);
  show_gap (&w, 100 * MS, HOUR);        /* alone it does nothing */
  show_gap (&w, 100 * MS, 100 * MS);
  show (&w, 1, 200 * MS, HOUR, 100 * MS);
  show_gap (&w, 300 * MS, 50 * S);      /* neither: decides nothing */
  show_gap (&w, 300 * MS, 300 * MS);
  show (&w, 2, 400 * MS, HOUR, 100 * MS);
  show_gap (&w, 500 * MS, HOUR + 100 * MS);
  show_gap (&w, 600 * MS, HOUR + 200 * MS);
  show (&w, 3, 700 * MS, HOUR + 300 * MS, 100 * MS);
  expect (&w, "0 x1 new 2 3");
}

GST_END_TEST;

GST_START_TEST (without_times)
{
  Watched w;
  watched_init (&w, TRUE, TRUE);
  w.offset = 50 * S;
  show (&w, 0, 0, 0, 20 * MS);
  for (guint i = 1; i < 4; i++)
    show (&w, i, i * 20 * MS, NONE, 20 * MS);
  show (&w, 4, 80 * MS, 80 * MS, 20 * MS);
  expect (&w, "first 0 1 2 3 4");

  watched_init (&w, TRUE, TRUE);
  show (&w, 0, 0, G_MAXUINT64 - 1, 20 * MS);
  show (&w, 1, 20 * MS, 20 * MS, 20 * MS);
  expect (&w, "x0 1");
}

GST_END_TEST;

GST_START_TEST (accepted_elsewhere)
{
  Watched w;
  watched_init (&w, FALSE, FALSE);
  show (&w, 0, 9 * S, 9 * S, 40 * MS);
  show (&w, 1, 9 * S, HOUR, 40 * MS);
  Gemma4JumpClock clock = { NONE, 0, w.wall + 10 * S };
  settle (&w, gemma4_jump_accept (&w.watch, 1 * S, 40 * MS, &clock));
  fail_unless_equals_uint64 (w.watch.from, 9 * S + 40 * MS);
  fail_unless_equals_uint64 (w.watch.to, 1 * S);
  expect (&w, "0 x1 new");
}

GST_END_TEST;

typedef struct
{
  GRand *rand;
  GstClockTime step, duration;
  GstClockTimeDiff line;        /* the time of step 0 */
  Watched w;
  GString *want;
} Random;

static void
random_begin (Random *r, GRand *rand)
{
  static const gdouble rates[] = { 0.2, 1, 5, 10, 25, 30, 60 };
  gboolean exact = g_rand_boolean (rand);
  r->rand = rand;
  r->step = S / rates[g_rand_int_range (rand, 0, G_N_ELEMENTS (rates))];
  r->duration = exact || g_rand_boolean (rand) ? r->step : NONE;
  r->line = 500000 * S;
  watched_init (&r->w, exact, g_rand_boolean (rand));
  gboolean offset = g_rand_boolean (rand);
  r->w.offset = r->line + (offset ? g_rand_int_range (rand, 2, 10000) * S : 0);
  r->want = g_string_new (r->w.clocked && offset ? "first " : NULL);
}

/* A distance that is a jump, forwards or back. */
static GstClockTimeDiff
random_jump (Random *r)
{
  GstClockTimeDiff far = g_rand_int_range (r->rand, 1200, 9000000) * (GstClockTimeDiff) MS
      + 2 * r->step;
  return g_rand_boolean (r->rand) ? -far : far;
}

/* Whether the clock says so, or nearly. */
static gboolean
is_now (const Random *r, GstClockTime now, GstClockTimeDiff time)
{
  GstClockTimeDiff off = time - (GstClockTimeDiff) now - r->w.offset;
  return r->w.clocked && ABS (off) < 2 * (GstClockTimeDiff) S;
}

/* Streams of any rate and offset, with jitter up to 100 ms; wrong times and new timelines
 * among them, never closer than a proof needs. Every right buffer comes out, in order. */
GST_START_TEST (random_streams)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  g_autoptr (GRegex) pauses = g_regex_new ("pause ", 0, 0, NULL);
  for (guint round = 0; round < 3000; round++) {
    Random r;
    random_begin (&r, rand);
    guint what = 9;
    for (guint i = 0, calm = 0; i < 60; i++, calm++) {
      GstClockTime now = i * r.step;
      GstClockTimeDiff time = r.line + now + g_rand_int_range (rand, 0, 100) * MS;
      GstClockTimeDiff far = random_jump (&r);
      /* A wrong time before a new timeline could be near it by chance. */
      guint most = what == 0 ? 1 : 2;
      what = calm < 4 || i > 52 || is_now (&r, now, time + far) ? 9
          : g_rand_int_range (rand, 0, 10);
      if (what >= most)
        what = 9;
      else
        time += far;
      if (what == 1) {
        r.line += far;
        g_string_append (r.want, "new ");
        calm = 0;
      }
      g_string_append_printf (r.want, what == 0 ? "x%u " : "%u ", i);
      show (&r.w, i, now, time, r.duration);
    }
    settle (&r.w, gemma4_jump_end (&r.w.watch));
    g_autofree gchar *got = g_regex_replace_literal (pauses, r.w.log->str, -1, 0, "", 0, NULL);
    fail_unless (g_str_equal (got, r.want->str), "seed %u round %u: step %" GST_TIME_FORMAT
        ", clock %d\n got \"%s\"\nwant \"%s\"", test_seed (), round,
        GST_TIME_ARGS (r.step), r.w.clocked, got, r.want->str);
    g_string_free (r.want, TRUE);
    watched_clear (&r.w);
  }
  g_rand_free (rand);
}

GST_END_TEST;

static Suite *
jump_suite (void)
{
  Suite *suite = suite_create ("jump");
  TCase *tc = tcase_create ("watch");
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, single_outliers);
  tcase_add_test (tc, media_that_goes_on);
  tcase_add_test (tc, offsets_and_the_clock);
  tcase_add_test (tc, pauses);
  tcase_add_test (tc, gaps);
  tcase_add_test (tc, without_times);
  tcase_add_test (tc, accepted_elsewhere);
  tcase_add_test (tc, random_streams);
  return suite;
}

GST_CHECK_MAIN (jump);
