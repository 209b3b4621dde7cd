/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv: time stamps of live sound that jump. */

#include "audiotest.h"

#define S GST_SECOND
#define MS GST_MSECOND
#define HOUR (3600 * S)
#define STEP (20 * MS)
#define SAMPLES 320
#define START ((GstClockTime) 10 * S)

typedef struct
{
  GstHarness *h;
  GstBus *bus;
} Live;

static Live
live_new (const gchar *settings, gboolean is_live)
{
  Live t = {.h = make_harness (settings, NULL, NULL) };
  gst_harness_set_live (t.h, is_live);
  gst_harness_set_src_caps_str (t.h, S16);
  t.bus = watch (t.h->element);
  return t;
}

static void
live_free (Live *t)
{
  gst_harness_teardown (t->h);
  unwatch (t->bus);
}

/* Sound of one loudness comes at @now with @pts. */
static void
play (Live *t, GstClockTime now, GstClockTime pts)
{
  gint16 samples[SAMPLES];
  for (guint i = 0; i < SAMPLES; i++)
    samples[i] = i % 16 < 8 ? 8000 : -8000;
  fail_unless (gst_harness_set_time (t->h, now));
  fail_unless_equals_int (gst_harness_push (t->h, make_buffer (samples, sizeof samples, pts)),
      GST_FLOW_OK);
}

/* How many warnings came; each has both times. */
static guint
count_warnings (Live *t, GstClockTime first, GstClockTime second)
{
  guint n = 0;
  GstMessage *message;
  g_autofree gchar *a = g_strdup_printf ("%.3f s", (gdouble) first / S);
  g_autofree gchar *b = g_strdup_printf ("%.3f s", (gdouble) second / S);
  while ((message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING))) {
    g_autoptr (GError) error = NULL;
    gst_message_parse_warning (message, &error, NULL);
    fail_unless (strstr (error->message, a) && strstr (error->message, b), "\"%s\" has not %s "
        "and %s", error->message, a, b);
    gst_message_unref (message);
    n++;
  }
  return n;
}

/* The samples that rows stand for, in times from @from to @to. */
static guint64
samples_within (const Output *out, GstClockTime from, GstClockTime to)
{
  guint64 n = 0;
  for (guint i = 0; i < out->pts->len; i++)
    if (AT (out->pts, GstClockTime, i) >= from && AT (out->pts, GstClockTime, i) < to)
      n += AT (out->samples, guint64, i);
  return n;
}

/* One wrong buffer in two seconds: everything else is heard, at its time, and no rows are
 * made of an hour. */
GST_START_TEST (single_outlier)
{
  static const guint places[] = { 1, 50, 98, 99 };
  guint place = places[__i__ / 2];
  GstClockTime wrong = __i__ % 2 ? 3 * S : HOUR;
  Live t = live_new (NULL, TRUE);
  for (guint i = 0; i < 100; i++)
    play (&t, START + i * STEP, i == place ? wrong : START + i * STEP);
  gst_harness_push_event (t.h, gst_event_new_eos ());
  Output out = pull_all (t.h);
  guint64 n = samples_within (&out, START, START + 3 * S), all = out.n_samples;
  fail_unless (n >= 98 * SAMPLES && n <= 101 * SAMPLES, "%" G_GUINT64_FORMAT " samples", n);
  fail_unless (n == all, "%" G_GUINT64_FORMAT " samples elsewhere", all - n);
  fail_unless_equals_int (count_warnings (&t, wrong, START + place * STEP), 1);
  output_clear (&out);
  live_free (&t);
}

GST_END_TEST;

/* Back by 7 s, to 0, forwards by an hour: no sample is lost, and a new sound begins. */
GST_START_TEST (media_goes_on)
{
  static const GstClockTime places[] = { START - 7 * S, 0, HOUR };
  GstClockTime to = places[__i__ % 3], from = START + 50 * STEP;
  Live t = live_new (__i__ < 3 ? NULL : "mode=clip", TRUE);
  for (guint i = 0; i < 50; i++)
    play (&t, START + i * STEP, START + i * STEP);
  for (guint i = 0; i < 100; i++)
    play (&t, START + (50 + i) * STEP, to + i * STEP);
  gst_harness_push_event (t.h, gst_event_new_eos ());
  Output out = pull_all (t.h);
  fail_unless_equals_uint64 (samples_within (&out, START, from), 50 * SAMPLES);
  fail_unless_equals_uint64 (samples_within (&out, to, to + 3 * S), 100 * SAMPLES);
  fail_unless_equals_uint64 (out.n_samples, 150 * SAMPLES);
  guint place = 0;
  while (place < out.pts->len && AT (out.pts, GstClockTime, place) != to)
    place++;
  fail_unless (place < out.pts->len, "no buffer begins at %" GST_TIME_FORMAT, GST_TIME_ARGS (to));
  fail_unless (AT (out.disconts, gboolean, place));
  fail_unless_equals_uint64 (AT (out.offsets, guint64, place), 0);
  fail_unless_equals_int (count_warnings (&t, from, to), 1);
  output_clear (&out);
  live_free (&t);
}

GST_END_TEST;

/* The clock explains it: sound behind a pause is heard at once. */
GST_START_TEST (pause_of_an_hour)
{
  Live t = live_new (NULL, TRUE);
  GstClockTime again = START + HOUR;
  for (guint i = 0; i < 50; i++)
    play (&t, START + i * STEP, START + i * STEP);
  for (guint i = 0; i < 50; i++)
    play (&t, again + i * STEP, again + i * STEP);
  Output out = pull_all (t.h);
  guint64 n = samples_within (&out, again, again + S);
  fail_unless (n >= 45 * SAMPLES, "%" G_GUINT64_FORMAT " samples", n);
  fail_unless (out.pts->len < 4000, "%u buffers of silence", out.pts->len);
  fail_unless_equals_int (count_warnings (&t, 0, 0), 0);
  output_clear (&out);
  live_free (&t);
}

GST_END_TEST;

/* Up to a second back the order rule leaves out what was there before, and says so. */
GST_START_TEST (small_step_back)
{
  Live t = live_new (NULL, TRUE);
  for (guint i = 0; i < 100; i++)
    play (&t, START + i * STEP, START + i * STEP - (i < 50 ? 0 : 400 * MS));
  gst_harness_push_event (t.h, gst_event_new_eos ());
  Output out = pull_all (t.h);
  fail_unless_equals_uint64 (out.n_samples, 80 * SAMPLES);
  g_autoptr (GstMessage) warning = gst_bus_pop_filtered (t.bus, GST_MESSAGE_WARNING);
  fail_unless (warning != NULL);
  output_clear (&out);
  live_free (&t);
}

GST_END_TEST;

GST_START_TEST (offset_and_jitter)
{
  static const gint off[] = { 0, 10, -10, 100, -100, 30 };
  Live t = live_new (NULL, TRUE);
  for (guint i = 0; i < 200; i++)
    play (&t, HOUR + i * STEP, START + i * STEP);
  Output out = pull_all (t.h);
  fail_unless (out.n_samples >= 190 * SAMPLES);
  fail_unless_equals_int (count_warnings (&t, 0, 0), 0);
  output_clear (&out);
  for (guint i = 200; i < 400; i++)
    play (&t, HOUR + i * STEP, START + i * STEP + off[i % G_N_ELEMENTS (off)] * (gint) MS);
  out = pull_all (t.h);
  GstClockTime last = AT (out.pts, GstClockTime, out.pts->len - 1);
  fail_unless (last > START + 380 * STEP, "the sound ends at %" GST_TIME_FORMAT, GST_TIME_ARGS (last));
  g_autoptr (GstMessage) jump = NULL;
  while ((jump = gst_bus_pop_filtered (t.bus, GST_MESSAGE_ELEMENT))) {
    fail_if (gst_message_has_name (jump, "gemma4-jump"));
    gst_clear_message (&jump);
  }
  output_clear (&out);
  live_free (&t);
}

GST_END_TEST;

/* Only the first buffer has a time, and the clock is elsewhere. */
GST_START_TEST (first_time_only)
{
  Live t = live_new (NULL, TRUE);
  for (guint i = 0; i < 50; i++)
    play (&t, HOUR + i * STEP, i == 0 ? 0 : GST_CLOCK_TIME_NONE);
  gst_harness_push_event (t.h, gst_event_new_eos ());
  Output out = pull_all (t.h);
  fail_unless_equals_uint64 (out.n_samples, 50 * SAMPLES);
  fail_unless_equals_int (count_warnings (&t, 0, 0), 0);
  output_clear (&out);
  live_free (&t);
}

GST_END_TEST;

/* A flush drops what waits without a word; a GAP in order proves it wrong. */
GST_START_TEST (events_while_one_waits)
{
  Live t = live_new (NULL, TRUE);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  play (&t, START, START);
  play (&t, START + STEP, HOUR);
  gst_harness_push_event (t.h, gst_event_new_flush_start ());
  gst_harness_push_event (t.h, gst_event_new_flush_stop (FALSE));
  gst_harness_push_event (t.h, gst_event_new_segment (&segment));
  fail_unless_equals_int (count_warnings (&t, 0, 0), 0);
  play (&t, START + S, START + S);
  play (&t, START + S + STEP, HOUR);
  gst_harness_push_event (t.h, gst_event_new_gap (START + S + STEP, STEP));
  fail_unless_equals_int (count_warnings (&t, HOUR, START + S + STEP), 1);
  live_free (&t);
}

GST_END_TEST;

/* Recorded sound keeps its order rule. */
GST_START_TEST (recorded)
{
  Live t = live_new (NULL, FALSE);
  for (guint i = 0; i < 100; i++)
    play (&t, START + i * STEP, i == 50 ? 30 * S : START + i * STEP);
  gst_harness_push_event (t.h, gst_event_new_eos ());
  Output out = pull_all (t.h);
  fail_unless_equals_uint64 (out.n_samples, 1000 * SAMPLES + SAMPLES);
  output_clear (&out);
  live_free (&t);
}

GST_END_TEST;

static Suite *
audiojumps_suite (void)
{
  Suite *suite = suite_create ("audiojumps");
  TCase *tc = tcase_create ("general");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, single_outlier, 0, 8);
  tcase_add_loop_test (tc, media_goes_on, 0, 6);
  tcase_add_test (tc, pause_of_an_hour);
  tcase_add_test (tc, small_step_back);
  tcase_add_test (tc, offset_and_jitter);
  tcase_add_test (tc, first_time_only);
  tcase_add_test (tc, events_while_one_waits);
  tcase_add_test (tc, recorded);
  return suite;
}

GST_CHECK_MAIN (audiojumps);
