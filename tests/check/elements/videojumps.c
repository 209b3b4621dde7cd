/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: time stamps of live video that jump. Ten frames a second, and the model
 * is shown all of them: what comes out is what came in, less what was lost. */

#include "videotest.h"

#define NONE GST_CLOCK_TIME_NONE
#define S GST_SECOND
#define MS GST_MSECOND
#define HOUR (3600 * S)
#define FRAME (100 * MS)
#define START ((GstClockTime) 10 * S)         /* of the clock when the first frame comes */

static VideoTest *
live_new (gboolean live)
{
  VideoTest *t = video_test_new ("sample-rate=10/1 sampling=rate", NULL);
  gst_harness_set_live (t->h, live);
  video_test_begin (t, "10/1", 0, NONE);
  return t;
}

/* A frame that comes at @now with @pts. */
static void
show (VideoTest *t, GstClockTime now, GstClockTime pts)
{
  fail_unless (gst_harness_set_time (t->h, now));
  fail_unless_equals_int (video_test_push (t, pts, FRAME), GST_FLOW_OK);
}

static void
expect_out (VideoTest *t, guint number, GstClockTime pts, gboolean discont)
{
  g_autoptr (GstBuffer) out = gst_harness_try_pull (t->h);
  fail_unless (out != NULL, "frame %u of %" GST_TIME_FORMAT " is missing", number,
      GST_TIME_ARGS (pts));
  fail_unless (GST_BUFFER_PTS (out) == pts, "frame %u: got %" GST_TIME_FORMAT ", want %"
      GST_TIME_FORMAT, number, GST_TIME_ARGS (GST_BUFFER_PTS (out)), GST_TIME_ARGS (pts));
  if (number > 0)
    fail_unless_equals_int (GST_BUFFER_IS_DISCONT (out), discont);
}

static void
expect_nothing (VideoTest *t)
{
  g_autoptr (GstBuffer) out = gst_harness_try_pull (t->h);
  fail_unless (out == NULL, "a frame too much: %" GST_TIME_FORMAT,
      GST_TIME_ARGS (out ? GST_BUFFER_PTS (out) : 0));
}

/* A warning that has both times, and the message called @name with them. */
static void
expect_said (VideoTest *t, const gchar *name, const gchar *first, GstClockTime from,
    const gchar *second, GstClockTime to)
{
  g_autoptr (GstMessage) warning = gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;
  fail_unless (warning != NULL, "no warning of %s", name);
  gst_message_parse_warning (warning, &error, NULL);
  g_autofree gchar *a = g_strdup_printf ("%.3f s", (gdouble) from / S);
  g_autofree gchar *b = g_strdup_printf ("%.3f s", (gdouble) to / S);
  fail_unless (strstr (error->message, a) && strstr (error->message, b), "\"%s\" has not %s "
      "and %s", error->message, a, b);
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_ELEMENT))) {
    const GstStructure *s = gst_message_get_structure (message);
    guint64 got_from, got_to;
    gboolean found = gst_structure_has_name (s, name);
    if (found) {
      fail_unless (gst_structure_get (s, first, G_TYPE_UINT64, &got_from, second, G_TYPE_UINT64,
              &got_to, NULL));
      fail_unless_equals_uint64 (got_from, from);
      fail_unless_equals_uint64 (got_to, to);
    }
    gst_message_unref (message);
    if (found)
      return;
  }
  fail ("no message %s", name);
}

static void
expect_silence (VideoTest *t)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING);
  if (message)
    fail ("an unwanted warning: %s", gst_structure_to_string (gst_message_get_structure (message)));
}

static void
expect_dropped (VideoTest *t, GstClockTime time, GstClockTime expected)
{
  expect_said (t, "gemma4-dropped", "expected", expected, "time", time);
}

static void
expect_jump (VideoTest *t, GstClockTime from, GstClockTime to)
{
  expect_said (t, "gemma4-jump", "from", from, "to", to);
}

static void
expect_gap (VideoTest *t, GstClockTime pts, GstClockTime duration)
{
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (t->h))) {
    GstClockTime got = NONE, length;
    if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
      gst_event_parse_gap (event, &got, &length);
      fail_unless_equals_uint64 (got, pts);
      fail_unless_equals_uint64 (length, duration);
    }
    gst_event_unref (event);
    if (GST_CLOCK_TIME_IS_VALID (got))
      return;
  }
  fail ("no GAP for the lost frame");
}

/* The case: 60 frames, the 20th an hour late; also earlier, and at both ends. */
GST_START_TEST (single_outlier)
{
  static const guint places[] = { 0, 1, 20, 58, 59 };
  guint place = places[__i__];
  for (guint back = 0; back < 2; back++) {
    GstClockTime wrong = back ? 2 * S : HOUR;
    VideoTest *t = live_new (TRUE);
    for (guint i = 0; i < 60; i++)
      show (t, START + i * FRAME, i == place ? wrong : START + i * FRAME);
    video_test_end (t);
    for (guint i = 0; i < 60; i++)
      if (i != place)
        expect_out (t, i, START + i * FRAME, FALSE);
    expect_nothing (t);
    if (place > 0) {
      expect_dropped (t, wrong, START + place * FRAME);
      expect_gap (t, START + place * FRAME, FRAME);
    } else {
      g_autoptr (GstMessage) warning = gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING);
      fail_unless (warning != NULL);
    }
    expect_silence (t);
    video_test_free (t);
  }
}

GST_END_TEST;

GST_START_TEST (two_outliers)
{
  VideoTest *t = live_new (TRUE);
  for (guint i = 0; i < 20; i++)
    show (t, START + i * FRAME, i == 8 ? HOUR : i == 9 ? 2 * S : START + i * FRAME);
  for (guint i = 0; i < 20; i++)
    if (i != 8 && i != 9)
      expect_out (t, i, START + i * FRAME, FALSE);
  expect_dropped (t, HOUR, START + 8 * FRAME);
  expect_dropped (t, 2 * S, START + 8 * FRAME);
  expect_silence (t);
  video_test_free (t);
}

GST_END_TEST;

/* Back by 5 s, to 0, forwards by an hour: no frame is lost, and one count ends. */
GST_START_TEST (media_goes_on)
{
  static const GstClockTime places[] = { START - 3 * S, 0, HOUR };
  GstClockTime to = places[__i__], from = START + 20 * FRAME;
  VideoTest *t = live_new (TRUE);
  for (guint i = 0; i < 20; i++)
    show (t, START + i * FRAME, START + i * FRAME);
  for (guint i = 0; i < 40; i++)
    show (t, START + (20 + i) * FRAME, to + i * FRAME);
  for (guint i = 0; i < 20; i++)
    expect_out (t, i, START + i * FRAME, FALSE);
  for (guint i = 0; i < 40; i++)
    expect_out (t, 20 + i, to + i * FRAME, i == 0);
  expect_nothing (t);
  expect_jump (t, from, to);
  expect_silence (t);
  video_test_free (t);
}

GST_END_TEST;

/* The clock explains it: nothing waits. The grid begins where the pause ends. */
GST_START_TEST (pause_of_an_hour)
{
  VideoTest *t = live_new (TRUE);
  g_object_set (t->element, "post-messages", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (t->element), "sample-rate", "1/1");
  GstClockTime again = START + HOUR + 370 * MS;
  show (t, START, START);
  expect_out (t, 0, START, FALSE);
  for (guint i = 0; i < 21; i++) {
    show (t, again + i * FRAME, again + i * FRAME);
    if (i % 10 == 0)
      expect_out (t, 1 + i, again + i * FRAME, FALSE);
    expect_nothing (t);
  }
  expect_silence (t);
  video_test_free (t);
}

GST_END_TEST;

/* Every 5 s, every 10 s wanted, no durations: a slow camera has no pauses. */
GST_START_TEST (slow_camera)
{
  VideoTest *t = live_new (TRUE);
  gst_util_set_object_arg (G_OBJECT (t->element), "sample-rate", "1/10");
  for (guint i = 0; i < 10; i++) {
    gst_harness_set_time (t->h, START + i * 5 * S);
    video_test_push (t, START + i * 5 * S, NONE);
    if (i % 2 == 0)
      expect_out (t, i, START + i * 5 * S, FALSE);
    expect_nothing (t);
  }
  expect_silence (t);
  video_test_free (t);
}

GST_END_TEST;

/* Times that are far from the clock from the first frame on are right ones. */
GST_START_TEST (offset_from_the_clock)
{
  VideoTest *t = live_new (TRUE);
  for (guint i = 0; i < 20; i++)
    show (t, HOUR + i * FRAME, i == 10 ? 50 * S : i * FRAME);
  for (guint i = 0; i < 20; i++)
    if (i != 10)
      expect_out (t, i, i * FRAME, FALSE);
  expect_dropped (t, 50 * S, 10 * FRAME);
  expect_silence (t);
  video_test_free (t);
}

GST_END_TEST;

GST_START_TEST (jitter)
{
  static const gint off[] = { 0, 90, -90, 100, -100, 50, -50 };
  VideoTest *t = live_new (TRUE);
  guint n = 0;
  for (guint i = 0; i < 200; i++)
    show (t, START + i * FRAME, START + i * FRAME + off[i % G_N_ELEMENTS (off)] * (gint) MS);
  for (GstBuffer * out; (out = gst_harness_try_pull (t->h)); n++)
    gst_buffer_unref (out);
  fail_unless (n > 100, "%u frames", n);
  expect_silence (t);
  video_test_free (t);
}

GST_END_TEST;

/* What comes while a frame waits. */
GST_START_TEST (events_while_one_waits)
{
  VideoTest *t = live_new (TRUE);
  show (t, START, START);
  show (t, START + FRAME, HOUR);
  expect_out (t, 0, START, FALSE);
  expect_nothing (t);
  gst_harness_push_event (t->h, gst_event_new_flush_start ());
  gst_harness_push_event (t->h, gst_event_new_flush_stop (FALSE));
  expect_silence (t);

  const GstClockTime again = START + S;
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  show (t, again, again);
  show (t, again + FRAME, HOUR);
  gst_harness_push_event (t->h, gst_event_new_gap (again + FRAME, FRAME));
  expect_dropped (t, HOUR, again + FRAME);
  show (t, again + 2 * FRAME, again + 2 * FRAME);
  show (t, again + 3 * FRAME, HOUR);
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=48,height=48,framerate=5/1");
  expect_dropped (t, HOUR, again + 3 * FRAME);
  show (t, again + 4 * FRAME, again + 4 * FRAME);
  for (guint i = 0; i < 5; i += 2)
    expect_out (t, 0, again + i * FRAME, FALSE);
  expect_nothing (t);
  expect_silence (t);

  show (t, again + 5 * FRAME, HOUR);    /* two are proof enough before other caps */
  show (t, again + 6 * FRAME, HOUR + FRAME);
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=48,height=48,framerate=6/1");
  expect_out (t, 1, HOUR, TRUE);
  expect_out (t, 1, HOUR + FRAME, FALSE);
  video_test_free (t);
}

GST_END_TEST;

/* A role whose end chooses the frames: the jump ends one clip and begins the next. */
GST_START_TEST (clip)
{
  VideoTest *t = video_test_new ("num-frames=3", "other/tensors,target=kerashub,role=clip");
  gst_harness_set_live (t->h, TRUE);
  video_test_begin (t, "10/1", 0, NONE);
  for (guint i = 0; i < 20; i++)
    show (t, START + i * FRAME, i < 10 ? START + i * FRAME : i * FRAME);
  video_test_end (t);
  const GstClockTime want[] = { START, START + 4 * FRAME, START + 9 * FRAME, 10 * FRAME,
    14 * FRAME, 19 * FRAME };
  for (guint i = 0; i < 6; i++)
    expect_out (t, 0, want[i], FALSE);
  expect_nothing (t);
  expect_jump (t, START + 10 * FRAME, 10 * FRAME);
  video_test_free (t);
}

GST_END_TEST;

/* Recorded media keeps its order rule. */
GST_START_TEST (recorded)
{
  VideoTest *t = live_new (FALSE);
  for (guint i = 0; i < 20; i++)
    show (t, START + i * FRAME, i == 10 ? HOUR : i * FRAME);
  for (guint i = 0; i <= 10; i++)
    expect_out (t, i, i == 10 ? HOUR : i * FRAME, FALSE);
  expect_nothing (t);
  expect_silence (t);
  video_test_free (t);
}

GST_END_TEST;

static Suite *
videojumps_suite (void)
{
  Suite *suite = suite_create ("videojumps");
  TCase *tc = tcase_create ("general");
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, single_outlier, 0, 5);
  tcase_add_test (tc, two_outliers);
  tcase_add_loop_test (tc, media_goes_on, 0, 3);
  tcase_add_test (tc, pause_of_an_hour);
  tcase_add_test (tc, slow_camera);
  tcase_add_test (tc, offset_from_the_clock);
  tcase_add_test (tc, jitter);
  tcase_add_test (tc, events_while_one_waits);
  tcase_add_test (tc, clip);
  tcase_add_test (tc, recorded);
  return suite;
}

GST_CHECK_MAIN (videojumps);
