/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and live media whose running time jumps: packs follow the clock. */

#include "packerjump.h"

#include <string.h>

/* An application rebuilds its source, which begins at 0 again. */
GST_START_TEST (test_rebuilt_source)
{
  Rig rig = rig_new (targets[__i__], 100 * S);
  frame_at (&rig, 100 * S);
  sound (&rig, 100 * S, 101 * S);
  ask (&rig, "<|video|><|audio|>");
  feed_assert_pack (rig.feed, 101 * S, "100", 25);
  gst_bus_set_flushing (rig.feed->bus, TRUE);
  gst_bus_set_flushing (rig.feed->bus, FALSE);
  feed_eos (rig.video);
  GstPad *pad = gst_element_get_static_pad (rig.feed->packer, "audio_0");
  GstPad *peer = gst_pad_get_peer (pad);
  gst_pad_unlink (peer, pad);
  gst_element_release_request_pad (rig.feed->packer, pad);
  gst_object_unref (peer);
  gst_object_unref (pad);
  rig.audio = feed_pad (rig.feed, "audio_1");
  feed_begin (rig.feed, rig.audio, TRUE);
  sound (&rig, 0, 2 * S);
  g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "audio_1") && strstr (text, "begins at"), "the warning says: %s", text);
  ask (&rig, "<|audio|>");
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

/* One of two goes an hour ahead for good, or back to 0: a question at the clock's time has
 * its sound as before, without a wait, and one at no time is packed there. */
GST_START_TEST (test_one_of_two)
{
  Gemma4Target target = targets[__i__ % 2];
  gboolean forward = __i__ / 2;
  GstClockTime start = 2 * HOUR;
  Rig rig = rig_new (target, start);
  g_object_set (rig.feed->packer, "latency", G_GINT64_CONSTANT (0), NULL);
  for (guint i = 0; i < 12; i++) {
    GstClockTime at = start + i * S;
    GstClockTime sounds_at = i < 3 ? at : forward ? at + HOUR : (i - 3) * S;
    frame_at (&rig, at);
    sound (&rig, sounds_at, sounds_at + S);
    gst_harness_set_time (rig.prompt, at + S);
    if (i % 3 != 2)
      continue;
    gboolean timed = i % 2;
    if (timed)
      frame_at (&rig, at + 950 * MS);   /* shows that nothing came before */
    feed_prompt (rig.prompt, "<|video|><|audio|>", timed ? at + 900 * MS : GST_CLOCK_TIME_NONE);
    GstBuffer *pack = feed_pull (rig.feed);
    assert_at (pack, timed ? at + 900 * MS : at + S);
    guint n = feed_uint64 (pack, "n-audio-tokens");
    fail_unless (n > 50 && n < 100, "%u tokens of 3 s", n);
    gst_buffer_unref (pack);
  }
  GstStructure *stats;
  guint64 n_late = 1;
  g_object_get (rig.feed->packer, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "late", &n_late);
  gst_structure_free (stats);
  fail_unless_equals_uint64 (n_late, 0);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A converter's grid of one frame a second marks a jump back of 1.5 s (DISCONT), which
 * this pad alone would take for jitter: no question waits for the old time. */
GST_START_TEST (test_marked)
{
  Rig rig = rig_new (targets[__i__], 100 * S);
  g_object_set (rig.feed->packer, "latency", G_GINT64_CONSTANT (0), NULL);
  for (guint i = 0; i <= 30; i++) {
    GstClockTime at = 100 * S + i * 200 * MS, shift = i < 15 ? 0 : 1500 * MS;
    gst_harness_set_time (rig.prompt, at);
    sound (&rig, at, at + 200 * MS);
    GstBuffer *frame = i % 5 ? NULL : feed_frame_buffer (3, 3, 1);
    if (!frame) {
      feed_gap (rig.video, at - shift, 200 * MS);
      continue;
    }
    GST_BUFFER_PTS (frame) = at - shift;
    if (i == 15)
      GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DISCONT);
    fail_unless_equals_int (gst_harness_push (rig.video, frame), GST_FLOW_OK);
  }
  feed_prompt (rig.prompt, "<|video|><|audio|>", 105900 * MS);
  feed_assert_pack (rig.feed, 105900 * MS, "100 101 102 103 104 105", 148);
  feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A source that was wrong for a while is right again, by the clock: no trace is left. */
GST_START_TEST (test_right_again)
{
  gint64 wrong = __i__ ? (gint64) HOUR : -(gint64) HOUR;
  GstClockTime start = 2 * HOUR;
  Rig rig = rig_with (targets[0], start, FALSE);
  for (guint i = 0; i < 9; i++) {
    GstClockTime at = start + i * S;
    GstClockTime sounds_at = at + (i / 3 == 1 ? wrong : 0);
    gst_harness_set_time (rig.prompt, at);
    sound (&rig, sounds_at, sounds_at + S);
  }
  gst_harness_set_time (rig.prompt, start + 9 * S);
  ask (&rig, "<|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), start + 9 * S);
  guint n = feed_uint64 (pack, "n-audio-tokens");
  fail_unless (n >= 225 && n < 250, "%u tokens of 9 s", n);
  gst_buffer_unref (pack);
  sound (&rig, start + 9 * S, start + 10 * S);
  ask (&rig, "<|audio|>");
  feed_assert_pack (rig.feed, start + 10 * S, "", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Media that began an hour ahead comes to the clock: what no pack had comes with it, and
 * packs follow. */
GST_START_TEST (test_comes_to_the_clock)
{
  Rig rig = rig_new (targets[__i__], 10 * S);
  gst_harness_set_time (rig.prompt, 11 * S);
  frame_at (&rig, HOUR);
  sound (&rig, HOUR, HOUR + S);
  ask (&rig, "<|video|><|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), HOUR + S);
  gst_buffer_unref (pack);
  frame_at (&rig, HOUR + S);
  sound (&rig, HOUR + S, HOUR + 2 * S);
  gst_harness_set_time (rig.prompt, 12 * S);
  frame_at (&rig, 12 * S);
  sound (&rig, 12 * S, 14 * S);
  ask (&rig, "<|video|><|audio|>");
  pack = feed_pull (rig.feed);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), 14 * S);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 75);
  feed_assert_prompt_matches (pack, "00:00 <|image>*00:00 <|image>*");
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* The same on the pad that there was: another stream comes to it. Whether a clock runs
 * makes no difference. */
GST_START_TEST (test_rebuilt_behind_a_pad)
{
  GstClockTime clock = __i__ / 2 ? 100 * S : 0;
  Rig rig = rig_with (targets[__i__ % 2], clock, FALSE);
  sound (&rig, 100 * S, 101 * S);
  ask (&rig, "<|audio|>");
  feed_assert_pack (rig.feed, 101 * S, "", 25);
  feed_begin (rig.feed, rig.audio, TRUE);
  sound (&rig, 0, 2 * S);
  g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "audio_0") && strstr (text, "from 101.000 s to 0.000 s"),
      "the warning says: %s", text);
  ask (&rig, "<|audio|>");
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A source that was an hour ahead is replaced by one that is ten minutes ahead: packs
 * follow the clock all the same. */
GST_START_TEST (test_rebuilt_ahead)
{
  Rig rig = rig_with (targets[__i__], 10 * S, FALSE);
  sound (&rig, 10 * S, 12 * S);
  gst_harness_set_time (rig.prompt, 12 * S);
  sound (&rig, 10 * S + HOUR, 12 * S + HOUR);
  gst_harness_set_time (rig.prompt, 14 * S);
  feed_begin (rig.feed, rig.audio, TRUE);
  sound (&rig, 600 * S, 602 * S);
  ask (&rig, "<|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  assert_at (pack, 16 * S);
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Intervals go on. */
GST_START_TEST (test_intervals)
{
  gint64 jump = __i__ ? (gint64) HOUR : -8 * (gint64) S;
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", "interval", 2 * S, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  gst_harness_use_testclock (video);
  gst_harness_set_time (video, 10 * S);
  feed_begin (feed, video, TRUE);
  for (guint i = 0; i < 4; i++)
    feed_frame (video, (10 + i) * S, 3, 3, 1);
  feed_assert_pack (feed, 12 * S, "10 11", 0);
  for (guint i = 4; i < 10; i++)
    feed_frame (video, (10 + i) * S + jump, 3, 3, 1);
  for (guint i = 0; i < 2; i++) {
    GstBuffer *pack = feed_pull (feed);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), (14 + 2 * i) * S);
    gst_buffer_unref (pack);
  }
  feed_free (feed);
}

GST_END_TEST;

/* One of two goes an hour ahead for good: intervals go on by the other. */
GST_START_TEST (test_intervals_of_two)
{
  Feed *feed = feed_new ("chat", TRUE, "prompt", "hi", "interval", 2 * S, NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *other = feed_pad (feed, "video_1");
  gst_harness_use_testclock (video);
  gst_harness_set_time (video, 10 * S);
  feed_begin (feed, video, TRUE);
  feed_begin (feed, other, TRUE);
  for (guint i = 0; i < 10; i++) {
    gst_harness_set_time (video, (11 + i) * S); /* what comes then wakes the packer */
    feed_frame (video, (10 + i) * S, 3, 3, 1);
    feed_frame (other, (10 + i) * S + (i >= 3 ? HOUR : 0), 3, 3, 1);
    if (i < 2 || i % 2)
      continue;
    GstBuffer *pack = feed_pull (feed);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), (10 + i) * S);
    gst_buffer_unref (pack);
  }
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerclock_suite (void)
{
  Suite *s = suite_create ("packerclock");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_rebuilt_source, 0, 2);
  tcase_add_loop_test (t, test_one_of_two, 0, 4);
  tcase_add_loop_test (t, test_marked, 0, 2);
  tcase_add_loop_test (t, test_right_again, 0, 2);
  tcase_add_loop_test (t, test_comes_to_the_clock, 0, 2);
  tcase_add_loop_test (t, test_rebuilt_behind_a_pad, 0, 4);
  tcase_add_loop_test (t, test_rebuilt_ahead, 0, 2);
  tcase_add_loop_test (t, test_intervals, 0, 2);
  tcase_add_test (t, test_intervals_of_two);
  return s;
}

GST_CHECK_MAIN (packerclock);
