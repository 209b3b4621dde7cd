/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: sampling by rate as cameras and networks deliver frames, and
 * settings that change while playing. */

#include "settingstest.h"
#include "videotest.h"

#include "seed.h"

#define NONE GST_CLOCK_TIME_NONE
#define CLIP "other/tensors,target=kerashub,role=clip"
#define STREAM "other/tensors,target=kerashub,role=stream"

/* By the definition: a frame is taken if a point of the grid lies after the last frame
 * that was taken and not after it. Point k is t0 + k * d / n seconds, in whole ns. */
static gboolean
reaches_a_point (GstClockTime t0, GstClockTime last, GstClockTime time, guint n, guint d)
{
  if (time < t0)
    return FALSE;
  guint64 k = gst_util_uint64_scale (time - t0 + 1, n, d * GST_SECOND) + 2;
  GstClockTime point;
  do
    point = t0 + gst_util_uint64_scale (--k, d * GST_SECOND, n);
  while (point > time);
  return point > last;
}

/* Pushes frames at @times and expects the ones taken that the definition takes, and a
 * GAP with its times for each of the others. */
static void
check_times (const gchar *what, const GstClockTime *times, guint n_frames, guint n, guint d)
{
  g_autofree gchar *props = g_strdup_printf ("sample-rate=%u/%u", n, d);
  VideoTest *t = video_test_new (props, STREAM);
  GstClockTime last = NONE;
  video_test_begin (t, "0/1", 0, NONE);
  while (gst_harness_events_in_queue (t->h))
    gst_event_unref (gst_harness_pull_event (t->h));
  for (guint i = 0; i < n_frames; i++) {
    gboolean want = i == 0 || reaches_a_point (times[0], last, times[i], n, d);
    fail_unless_equals_int (video_test_push (t, times[i], 3 * GST_MSECOND), GST_FLOW_OK);
    GstBuffer *out = gst_harness_try_pull (t->h);
    GstEvent *gap = gst_harness_try_pull_event (t->h);
    fail_unless ((out != NULL) == want, "%s, seed %u: frame %u at %" GST_TIME_FORMAT " is %s", what,
        test_seed (), i, GST_TIME_ARGS (times[i]), out ? "taken" : "passed over");
    fail_unless ((gap != NULL) == !want, "%s: frame %u has %s GAP", what, i, gap ? "a" : "no");
    if (out) {
      fail_unless_equals_uint64 (GST_BUFFER_PTS (out), times[i]);
      fail_unless_equals_uint64 (GST_BUFFER_OFFSET (out), i);
      last = times[i];
      gst_buffer_unref (out);
    } else {
      GstClockTime pts, duration;
      fail_unless_equals_int (GST_EVENT_TYPE (gap), GST_EVENT_GAP);
      gst_event_parse_gap (gap, &pts, &duration);
      fail_unless_equals_uint64 (pts, times[i]);
      fail_unless_equals_uint64 (duration, 3 * GST_MSECOND);
      gst_event_unref (gap);
    }
  }
  video_test_free (t);
}

static const guint rates[][2] = { {1, 2}, {1, 1}, {30000, 1001}, {7, 3} };

/* 30 frames a second, each up to 40 % of a frame early or late, one in ten lost. */
GST_START_TEST (test_jitter)
{
  GstClockTime times[200];
  GRand *rand = g_rand_new_with_seed (test_seed () + __i__);
  guint n = 0;
  for (guint i = 0; n < G_N_ELEMENTS (times); i++) {
    gdouble off = g_rand_double_range (rand, -0.4, 0.4);
    if (n == 0 || g_rand_int_range (rand, 0, 10))
      times[n++] = (5 + (i + off) / 30) * GST_SECOND;
  }
  g_rand_free (rand);
  check_times ("jitter", times, n, rates[__i__][0], rates[__i__][1]);
}

GST_END_TEST;

/* Exact frame times: every second frame of 29.97 a second, no drift for hours. */
GST_START_TEST (test_exact_rate)
{
  VideoTest *t = video_test_new ("sample-rate=15000/1001", STREAM);
  video_test_begin (t, "30000/1001", 0, NONE);
  for (guint i = 0; i < 400; i++) {
    guint64 number = i + (i >= 200 ? 2000000 : 0);      /* 18 hours later */
    video_test_push (t, gst_util_uint64_scale (number, 1001 * GST_SECOND, 30000), NONE);
    GstBuffer *out = gst_harness_try_pull (t->h);
    fail_unless ((out != NULL) == (number % 2 == 0), "frame %" G_GUINT64_FORMAT, number);
    gst_clear_buffer (&out);
  }
  video_test_free (t);
}

GST_END_TEST;

/* Time stamps that repeat or go back: a frame counts when its time passes the next
 * point, and not before. */
GST_START_TEST (test_disorder)
{
  const GstClockTime s = GST_SECOND;
  const GstClockTime twice[] = { 0, 0, s, s, s, 2 * s, 2 * s, 7 * s / 2, 7 * s / 2, 4 * s };
  const GstClockTime back[] = { 5 * s, 6 * s, 5 * s, 6 * s, 7 * s, 2 * s, 3 * s, 7 * s, 8 * s };
  const GstClockTime holes[] = { 0, 10 * s + 1, 10 * s + 2, 11 * s - 1, 11 * s, 3600 * s, 3600 * s + 1 };
  check_times ("twice", twice, G_N_ELEMENTS (twice), 1, 1);
  check_times ("back", back, G_N_ELEMENTS (back), 1, 1);
  check_times ("holes", holes, G_N_ELEMENTS (holes), 1, 1);
  check_times ("holes", holes, G_N_ELEMENTS (holes), 1, 2);
}

GST_END_TEST;

GST_START_TEST (test_rate_changes)
{
  const guint64 at_1[] = { 0, 30 }, at_10[] = { 45, 48, 51, 54, 57 }, at_half[] = { 60, 120 };
  VideoTest *t = video_test_new (NULL, STREAM);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 45);
  video_test_expect (t, "1/1", at_1, 2);
  gst_util_set_object_arg (G_OBJECT (t->element), "sample-rate", "10/1");
  video_test_push_30fps (t, 45, 15);
  video_test_expect (t, "10/1", at_10, 5);
  gst_util_set_object_arg (G_OBJECT (t->element), "sample-rate", "1/2");
  video_test_push_30fps (t, 60, 80);
  video_test_expect (t, "1/2", at_half, 2);
  video_test_free (t);
}

GST_END_TEST;

/* Downstream's number changes: a clip goes on with the places of the new one that are still
 * to come. */
GST_START_TEST (test_num_frames_changes)
{
  const guint64 known[] = { 0, 33, 49, 66, 82, 99 };    /* 4, from frame 40 on 7 */
  VideoTest *t = video_test_new ("total-frames=100", CLIP ",num-frames=4");
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 40);
  video_test_want (t, CLIP, 7);
  video_test_push_30fps (t, 40, 60);
  video_test_end (t);
  video_test_expect (t, "known", known, 6);
  video_test_free (t);

  const guint64 fewer[] = { 0, 160, 256 }, more[] = { 0, 64, 128, 192, 256, 320 };
  for (guint c = 0; c < 2; c++) {       /* unknown: what is kept is chosen from anew */
    t = video_test_new (NULL, CLIP ",num-frames=4");
    video_test_begin (t, "30/1", 0, NONE);
    video_test_push_30fps (t, 0, 200);
    video_test_want (t, CLIP, c ? 6 : 3);
    video_test_push_30fps (t, 200, c ? 130 : 65);
    video_test_end (t);
    g_autoptr (GArray) got = video_test_offsets (t);
    const guint64 *want = c ? more : fewer;
    fail_unless_equals_int (got->len, c ? 6 : 3);
    for (guint i = 0; i < got->len; i++) {
      guint64 g = g_array_index (got, guint64, i);
      fail_unless (MAX (g, want[i]) - MIN (g, want[i]) <= 32, "%u frames: place %u is %"
          G_GUINT64_FORMAT, got->len, i, g);
    }
    video_test_free (t);
  }
}

GST_END_TEST;

/* Takes a clip of 300 frames, of known or unknown length, and compares every frame
 * with KerasHub's rule: i * (300 - 1) / (@n - 1), cut to an integer. */
static void
run_n_frames (const gchar *props, const gchar *more, gboolean known, guint n)
{
  g_autofree gchar *sink_caps = g_strconcat (CLIP, more, NULL);
  g_autofree gchar *what = g_strdup_printf ("%s, %s", props ? props : "", sink_caps);
  VideoTest *t = video_test_new (props, sink_caps);
  GST_PAD_SET_ACCEPT_TEMPLATE (t->h->sinkpad);  /* as the packer, which refuses later */
  video_test_begin (t, "30/1", 0, known ? 10 * GST_SECOND : NONE);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (t->h->sinkpad);
  gint field = 0;
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "num-frames", &field);
  fail_unless (field == (*more ? (gint) n : 0), "%s: num-frames=%d in the caps", what, field);

  video_test_push_30fps (t, 0, 300);
  video_test_end (t);
  g_autofree guint64 *want = g_new (guint64, n);
  for (guint i = 0; i < n; i++)
    want[i] = i * 299 / (n - 1);
  if (known)
    video_test_expect (t, what, want, n);
  else
    fail_unless_equals_int (gst_harness_buffers_received (t->h), n);
  video_test_free (t);
}

/* The packer's num-frames counts where the user set none. */
GST_START_TEST (test_n_frames_of_peer)
{
  for (guint known = 0; known < 2; known++) {
    run_n_frames (NULL, ",num-frames=16", known, 16);
    run_n_frames (NULL, ",num-frames=40", known, 40);
    run_n_frames ("num-frames=8", ",num-frames=16", known, 8);
    run_n_frames ("num-frames=32", ",num-frames=16", known, 32);
    run_n_frames (NULL, "", known, 32);
  }
}

GST_END_TEST;

static gint
n_frames_of_caps (VideoTest *t)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (t->h->sinkpad);
  gint field = 0;
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "num-frames", &field);
  return field;
}

/* While a clip is on its number stays, with a warning; between clips one that is set wins
 * over the packer's, and the caps say so. */
GST_START_TEST (test_num_frames_of_next_clip)
{
  const guint64 four[] = { 0, 33, 66, 99 }, three[] = { 0, 49, 99 };
  VideoTest *t = video_test_new ("total-frames=100", CLIP ",num-frames=4");
  GST_PAD_SET_ACCEPT_TEMPLATE (t->h->sinkpad);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 20);
  gst_util_set_object_arg (G_OBJECT (t->element), "sample-rate", "2/1");
  video_test_push_30fps (t, 20, 20);    /* another setting changes nothing */
  settings_assert_refused (t->element, t->bus, "num-frames", "7", "the clip has begun");
  g_object_set (t->element, "num-frames", 32, NULL);    /* what is there is no change */
  video_test_push_30fps (t, 40, 60);
  gst_harness_push_event (t->h, gst_event_new_segment_done (GST_FORMAT_TIME, -1));
  video_test_expect (t, "4", four, 4);
  fail_unless_equals_int (n_frames_of_caps (t), 4);
  g_object_set (t->element, "num-frames", 3, NULL);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 100);
  video_test_end (t);
  video_test_expect (t, "3", three, 3);
  fail_unless_equals_int (n_frames_of_caps (t), 3);
  fail_unless (gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING) == NULL, "another warning");
  video_test_free (t);
}

GST_END_TEST;

/* The same where the clip is held: its length is not known. */
GST_START_TEST (test_num_frames_of_held_clip)
{
  VideoTest *t = video_test_new ("num-frames=3 sampling=uniform", NULL);
  video_test_begin (t, "20/1", 0, NONE);
  video_test_push_30fps (t, 0, 20);
  settings_assert_refused (t->element, t->bus, "num-frames", "30", "the clip has begun");
  video_test_push_30fps (t, 20, 20);
  video_test_end (t);
  fail_unless_equals_int (gst_harness_buffers_received (t->h), 3);
  video_test_free (t);
}

GST_END_TEST;

static void
expect_dimensions (VideoTest *t, const gchar *want)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (t->h->sinkpad);
  fail_unless_equals_string (gst_structure_get_string (gst_caps_get_structure (caps, 0),
          "dimensions"), want);
}

/* The shape changes between two frames, with caps before the first of the new ones. */
GST_START_TEST (test_budget_changes)
{
  VideoTest *t = video_test_new ("sampling=all", NULL);
  const guint budgets[] = { 70, 280, 140 };
  const gchar *dimensions[] = { "768:630,2:630", "768:2520,2:2520", "768:1260,2:1260" };
  video_test_begin (t, "30/1", 0, NONE);
  for (guint i = 0; i < 6; i++) {
    guint budget = budgets[i % 3];
    g_object_set (t->element, "max-soft-tokens", budget, NULL);
    video_test_push_30fps (t, i, 1);
    expect_dimensions (t, dimensions[i % 3]);
    GstBuffer *out = gst_harness_pull (t->h);
    fail_unless_equals_uint64 (gst_buffer_get_sizes (out, NULL, NULL),
        budget * 9 * (768 * 4 + 8));
    gst_buffer_unref (out);
  }
  video_test_free (t);

  const guint64 want[] = { 0, 33, 66, 99 };     /* in the midst of a clip */
  t = video_test_new ("num-frames=4 total-frames=100", CLIP);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 50);
  g_object_set (t->element, "max-soft-tokens", 280, NULL);
  video_test_push_30fps (t, 50, 50);
  video_test_end (t);
  video_test_expect (t, "clip", want, 4);
  expect_dimensions (t, "768:2520,2:2520");
  video_test_free (t);
}

GST_END_TEST;

/* A budget that no model has is warned about, and the one before it stays; it is not in
 * the way of the next change. */
GST_START_TEST (test_bad_change)
{
  VideoTest *t = video_test_new ("sampling=all", NULL);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 1);
  g_object_set (t->element, "max-soft-tokens", 69, NULL);
  video_test_push_30fps (t, 1, 2);
  expect_dimensions (t, "768:630,2:630");
  fail_unless_equals_int (gst_harness_buffers_in_queue (t->h), 3);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL, "no warning");
  g_autoptr (GError) error = NULL;
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, "69") && strstr (error->message, "560"), "%s",
      error->message);
  guint budget;
  g_object_get (t->element, "max-soft-tokens", &budget, NULL);
  fail_unless_equals_int (budget, 0);
  g_object_set (t->element, "max-soft-tokens", 140, NULL);
  video_test_push_30fps (t, 3, 1);
  expect_dimensions (t, "768:1260,2:1260");
  video_test_free (t);
}

GST_END_TEST;

static Suite *
videolive_suite (void)
{
  Suite *s = suite_create ("videolive");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_jitter, 0, G_N_ELEMENTS (rates));
  tcase_add_test (t, test_exact_rate);
  tcase_add_test (t, test_disorder);
  tcase_add_test (t, test_rate_changes);
  tcase_add_test (t, test_num_frames_changes);
  tcase_add_test (t, test_n_frames_of_peer);
  tcase_add_test (t, test_num_frames_of_next_clip);
  tcase_add_test (t, test_num_frames_of_held_clip);
  tcase_add_test (t, test_budget_changes);
  tcase_add_test (t, test_bad_change);
  return s;
}

GST_CHECK_MAIN (videolive);
