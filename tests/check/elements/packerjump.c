/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and live media whose running time jumps: what it costs. */

#include "packerjump.h"

#include <string.h>

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
  return s;
}

GST_CHECK_MAIN (packerjump);
