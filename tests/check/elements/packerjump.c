/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and live media whose running time jumps. A test clock says what time it
 * is; frames are one a 100 ms or a second, sound comes in rows of 10 ms. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define HOUR (3600 * S)

static const Gemma4Target targets[] = { GEMMA4_TARGET_KERASHUB, GEMMA4_TARGET_TRANSFORMERS };

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video, *audio;
  GstClockTime start;           /* of the clock */
} Rig;

static Rig
rig_with (Gemma4Target target, GstClockTime start, gboolean picture)
{
  Rig rig = { feed_new ("chat", FALSE, "target", target, NULL) };
  rig.start = start;
  rig.prompt = feed_pad (rig.feed, "prompt");
  gst_harness_use_testclock (rig.prompt);
  gst_harness_set_time (rig.prompt, start);
  rig.video = picture ? feed_pad (rig.feed, "video_0") : NULL;
  rig.audio = feed_pad (rig.feed, "audio_0");
  feed_begin_bytes (rig.feed, rig.prompt);
  if (picture)
    feed_begin (rig.feed, rig.video, TRUE);
  feed_begin (rig.feed, rig.audio, TRUE);
  return rig;
}

static Rig
rig_new (Gemma4Target target, GstClockTime start)
{
  return rig_with (target, start, TRUE);
}

static void
frame_at (Rig *rig, GstClockTime pts)
{
  feed_frame (rig->video, pts, 3, 3, 1);
}

static void
sound_at (Rig *rig, GstClockTime pts, gfloat value)
{
  feed_rows (rig->audio, pts, 640, value);
}

/* Sound in [from, to), whose rows count from 0 on where it begins. */
static void
sound (Rig *rig, GstClockTime from, GstClockTime to)
{
  for (GstClockTime at = from; at < to; at += 40 * MS)
    sound_at (rig, at, (at - from) / (10 * MS));
}

static void
ask (Rig *rig, const gchar *text)
{
  feed_prompt (rig->prompt, text, GST_CLOCK_TIME_NONE);
}

/* The first values of the sound's rows of a pack; how many rows are valid. */
static guint
rows_of (GstBuffer *pack, Gemma4Target target, gfloat *values, guint n_values)
{
  gboolean keras = target == GEMMA4_TARGET_KERASHUB;
  GstMapInfo mel, mask;
  feed_tensor (pack, keras ? "audio_mel" : "input_features", &mel);
  feed_tensor (pack, keras ? "audio_mel_mask" : "input_features_mask", &mask);
  guint n = mel.size / sizeof (gfloat) / 128, n_valid = 0;
  for (guint t = 0; t < n; t++)
    n_valid += keras ? ((gint32 *) mask.data)[t] : ((guint8 *) mask.data)[t];
  for (guint t = 0; t < n_values; t++)
    values[t] = t < n_valid ? ((gfloat *) mel.data)[t * 128] : -1;
  gst_memory_unmap (mel.memory, &mel);
  gst_memory_unmap (mask.memory, &mask);
  return n_valid;
}

/* Time that this program slept is a pause of its source. */
static void
assert_at (GstBuffer *pack, GstClockTime want)
{
  GstClockTime got = GST_BUFFER_PTS (pack);
  fail_unless (got >= want && got < want + S, "a pack of %" G_GUINT64_FORMAT ", want %"
      G_GUINT64_FORMAT, got, want);
}

/* One frame and one sound of an hour later: each costs itself, and says so. */
GST_START_TEST (test_outlier)
{
  GstClockTime jumps[] = { HOUR, 4 * S, 90 * 60 * S };
  Rig rig = rig_new (targets[__i__ % 2], 10 * S);
  GstClockTime wrong = 10 * S + jumps[__i__ / 2];
  for (guint i = 0; i < 20; i++) {
    frame_at (&rig, i == 9 ? wrong : (GstClockTime) (10 * S + i * 100 * MS));
    gst_harness_set_time (rig.prompt, 10 * S + i * 100 * MS);
  }
  for (guint i = 0; i < 50; i++)
    sound_at (&rig, i == 20 ? wrong : (GstClockTime) (10 * S + i * 40 * MS), i * 4);
  feed_assert_dropped_of (rig.feed, "jump", "video_0");
  feed_assert_dropped_of (rig.feed, "jump", "audio_0");
  ask (&rig, "<|video|><|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), 12 * S);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 50);
  feed_assert_prompt_matches (pack, "00:00 <|image>*00:01 <|image>*");
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Back by 5 s, or to 0 after an hour: nothing is lost, and packs follow the clock: what
 * comes is right behind what was there. */
GST_START_TEST (test_goes_back)
{
  Gemma4Target target = targets[__i__ % 2];
  GstClockTime begin = __i__ / 2 ? HOUR : 20 * S, to = __i__ / 2 ? 0 : 15 * S;
  Rig rig = rig_new (target, begin);
  frame_at (&rig, begin);
  sound (&rig, begin, begin + S);
  ask (&rig, "<|video|><|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), begin + S);
  gst_buffer_unref (pack);
  frame_at (&rig, begin + S);
  frame_at (&rig, begin + 2 * S);
  sound (&rig, begin + S, begin + 2 * S);
  gst_harness_set_time (rig.prompt, begin + 3 * S);
  for (guint i = 0; i < 4; i++)
    frame_at (&rig, to + i * S);
  sound (&rig, to, to + 4 * S);
  GstMessage *jump = feed_element_message (rig.feed, "gemma4-jump");
  guint64 from_ns, to_ns;
  gst_structure_get (gst_message_get_structure (jump), "from", G_TYPE_UINT64, &from_ns, "to",
      G_TYPE_UINT64, &to_ns, NULL);
  fail_unless_equals_uint64 (to_ns, to);
  fail_unless (from_ns >= begin + 2 * S && from_ns < begin + 3 * S);
  gst_message_unref (jump);
  ask (&rig, "<|video|><|audio|>");
  pack = feed_pull (rig.feed);
  assert_at (pack, begin + 6 * S);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 125);
  gfloat rows[102];
  rows_of (pack, target, rows, 102);
  guint left = target == GEMMA4_TARGET_TRANSFORMERS;    /* the first pack's last row */
  fail_unless_equals_float (rows[left + 99], 99);
  fail_unless_equals_float (rows[left + 100], 0);
  feed_assert_prompt_matches (pack, "00:00 <|image>*00:01 <|image>*00:01 <|image>*00:02 "
      "<|image>*00:03 <|image>*00:04 <|image>*");
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* An hour forward for good: no hour of silence, and nothing that no pack had is lost. */
GST_START_TEST (test_goes_forward)
{
  Gemma4Target target = targets[__i__];
  Rig rig = rig_with (target, 10 * S, FALSE);
  sound (&rig, 10 * S, 12 * S);
  gst_harness_set_time (rig.prompt, 12 * S);
  sound (&rig, 10 * S + HOUR, 11 * S + HOUR);
  ask (&rig, "<|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 75);
  gfloat rows[201];
  rows_of (pack, target, rows, 201);
  fail_unless_equals_float (rows[0], 0);
  fail_unless_equals_float (rows[199], 199);
  fail_unless_equals_float (rows[200], 0);
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A hole of a minute that the clock explains is silence, but only as much as there is
 * room for beside what no question has had. */
GST_START_TEST (test_long_hole)
{
  Gemma4Target target = targets[__i__];
  Rig rig = rig_with (target, 10 * S, FALSE);
  sound (&rig, 10 * S, 20 * S);
  gst_harness_set_time (rig.prompt, 20 * S + HOUR);
  sound (&rig, 20 * S + HOUR, 21 * S + HOUR);
  g_object_set (rig.feed->packer, "audio-overflow", 1 /* first */ , NULL);
  feed_prompt (rig.prompt, "<|audio|>", 21 * S);
  GstBuffer *pack = feed_pull (rig.feed);
  gfloat rows[1];
  fail_unless (rows_of (pack, target, rows, 1) >= 1000, "the sound before the hole is gone");
  fail_unless_equals_float (rows[0], 0);
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A pad's offset of -0.4 s: what lies before what is there is left out, so that what
 * follows is where it belongs. */
GST_START_TEST (test_small_step_back)
{
  Gemma4Target target = targets[__i__ % 2];
  gboolean offset = __i__ / 2;
  Rig rig = rig_with (target, 10 * S, FALSE);
  sound (&rig, 10 * S, 12 * S);
  if (offset)
    gst_pad_set_offset (rig.audio->srcpad, -400 * (gint64) MS);
  GstClockTime base = offset ? 12 * S : 12 * S - 400 * MS;
  for (guint i = 0; i < 35; i++)
    sound_at (&rig, base + i * 40 * MS, 1000 + 4 * i);
  feed_assert_dropped_of (rig.feed, "overlap", "audio_0");
  ask (&rig, "<|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 75);
  gfloat rows[201];
  rows_of (pack, target, rows, 201);
  fail_unless_equals_float (rows[199], 199);
  fail_unless_equals_float (rows[200], 1040);
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Jitter within a row is absorbed, without a word. */
GST_START_TEST (test_jitter)
{
  Rig rig = rig_with (targets[__i__], 10 * S, FALSE);
  for (guint i = 0; i < 100; i++)
    sound_at (&rig, 10 * S + i * 40 * MS + (i % 3) * 4 * MS, 4 * i);
  ask (&rig, "<|audio|>");
  GstBuffer *pack = feed_pull (rig.feed);
  gfloat rows[390];
  fail_unless (rows_of (pack, targets[__i__], rows, 390) >= 399);
  for (guint t = 0; t < 390; t++)
    fail_unless_equals_float (rows[t], t);
  gst_buffer_unref (pack);
  feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
  feed_free (rig.feed);
}

GST_END_TEST;

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
packerjump_suite (void)
{
  Suite *s = suite_create ("packerjump");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_outlier, 0, 6);
  tcase_add_loop_test (t, test_goes_back, 0, 4);
  tcase_add_loop_test (t, test_goes_forward, 0, 2);
  tcase_add_loop_test (t, test_long_hole, 0, 2);
  tcase_add_loop_test (t, test_small_step_back, 0, 4);
  tcase_add_loop_test (t, test_jitter, 0, 2);
  tcase_add_loop_test (t, test_rebuilt_source, 0, 2);
  tcase_add_loop_test (t, test_one_of_two, 0, 4);
  tcase_add_loop_test (t, test_marked, 0, 2);
  tcase_add_loop_test (t, test_right_again, 0, 2);
  tcase_add_loop_test (t, test_rebuilt_behind_a_pad, 0, 4);
  tcase_add_loop_test (t, test_comes_to_the_clock, 0, 2);
  tcase_add_loop_test (t, test_intervals, 0, 2);
  tcase_add_test (t, test_intervals_of_two);
  return s;
}

GST_CHECK_MAIN (packerjump);
