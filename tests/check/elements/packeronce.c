/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* window=0: every frame and every row is in exactly one pack, whatever their times say. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND

static const Gemma4Target targets[] = { GEMMA4_TARGET_KERASHUB, GEMMA4_TARGET_TRANSFORMERS };

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video, *audio;
} Rig;

static Rig
rig_new (Gemma4Target target, gboolean live)
{
  Rig rig = { feed_new ("chat", FALSE, "target", target, "max-pending", 16, "window",
        (gint64) 0, NULL) };
  rig.prompt = feed_pad (rig.feed, "prompt");
  rig.video = feed_pad (rig.feed, "video_0");
  rig.audio = feed_pad (rig.feed, "audio_0");
  feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, rig.video, live);
  feed_begin (rig.feed, rig.audio, live);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig.feed->packer, "prompt");
  gst_util_set_object_arg (G_OBJECT (pad), "prompt-time", "pts");
  return rig;
}

static void
show (GstHarness *pad, GstClockTime pts, GstClockTime duration, gboolean chosen)
{
  if (!chosen) {
    feed_gap (pad, pts, duration);
    return;
  }
  GstBuffer *buffer = feed_frame_buffer (3, 3, pts / S);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  fail_unless_equals_int (gst_harness_push (pad, buffer), GST_FLOW_OK);
}

/* The rows of the next pack: how many, and that they go on from *@row. */
static void
assert_rows_go_on (Feed *feed, Gemma4Target target, guint64 *row)
{
  gboolean keras = target == GEMMA4_TARGET_KERASHUB;
  GstMapInfo mel, mask;
  GstBuffer *pack = feed_pull (feed);
  feed_tensor (pack, keras ? "audio_mel" : "input_features", &mel);
  feed_tensor (pack, keras ? "audio_mel_mask" : "input_features_mask", &mask);
  guint n = mel.size / sizeof (gfloat) / 128, n_valid = 0;
  for (guint t = 0; t < n; t++)
    n_valid += keras ? ((gint32 *) mask.data)[t] : ((guint8 *) mask.data)[t];
  fail_unless (n_valid > 0);
  for (guint t = 0; t < n_valid; t++)
    fail_unless_equals_float (((gfloat *) mel.data)[t * 128], *row + t);
  *row += n_valid;
  gst_memory_unmap (mel.memory, &mel);
  gst_memory_unmap (mask.memory, &mask);
  gst_buffer_unref (pack);
}

/* A frame that comes after the question begins before the end of the last one: jitter,
 * or a nominal duration that is too long. It is the next question's. */
GST_START_TEST (test_durations_overlap)
{
  static const gchar *const pads[] = { "video_0", "image_0" };
  static const gchar *const frames[] = { "0 1", "2", "3" };
  Feed *feed = feed_new ("chat", FALSE, "target", targets[MIN (__i__, 1)], NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *pad = feed_pad (feed, pads[__i__ / 2]);
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, pad, TRUE);
  for (guint i = 0; i < 40; i++) {
    show (pad, (i * 100 + (i % 10 == 9 ? 10 : 0)) * MS, 100 * MS, i % 10 == 0);
    if (i % 10 != 9 || i == 9)
      continue;
    feed_prompt (prompt, __i__ < 2 ? "<|video|>" : i == 19 ? "<|image|><|image|>" : "<|image|>",
        GST_CLOCK_TIME_NONE);
    feed_assert_pack (feed, (i * 100 + 110) * MS, frames[i / 10 - 1], 0);
  }
  feed_free (feed);
}

GST_END_TEST;

/* mm:ss counts from the late frame, and window-start says where it begins. */
GST_START_TEST (test_a_late_frame_is_the_origin)
{
  Rig rig = rig_new (GEMMA4_TARGET_KERASHUB, TRUE);
  feed_sound (rig.audio, 0, 4 * S);
  show (rig.video, 0, 1 * S, TRUE);
  show (rig.video, 1 * S, 1010 * MS, TRUE);
  show (rig.video, 2010 * MS, 10 * MS, FALSE);
  feed_prompt (rig.prompt, "<|video|><|audio|>", 2010 * MS);
  GstBuffer *pack = feed_pull (rig.feed);
  fail_unless_equals_uint64 (feed_uint64 (pack, "window-start"), 0);
  gst_buffer_unref (pack);
  show (rig.video, 1990 * MS, 10 * MS, TRUE);
  show (rig.video, 3 * S, 40 * MS, TRUE);
  show (rig.video, 3040 * MS, 40 * MS, FALSE);
  feed_prompt (rig.prompt, "<|video|><|audio|>", 3020 * MS);
  pack = feed_pull (rig.feed);
  feed_assert_prompt_matches (pack, "00:00 <|image>*00:01 <|image>*");
  fail_unless_equals_uint64 (feed_uint64 (pack, "window-start"), 1990 * MS);
  fail_unless_equals_uint64 (feed_uint64 (pack, "window-stop"), 3020 * MS);
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Cuts inside a row: it is the next pack's, for both framings. Live or not, questions
 * with a time. */
GST_START_TEST (test_rows_go_on)
{
  static const guint cuts_ms[] = { 1005, 1025, 1999, 2016, 3000, 3039, 4000 };
  Gemma4Target target = targets[__i__ % 2];
  Rig rig = rig_new (target, __i__ / 2);
  guint64 row = 0;
  feed_eos (rig.video);
  for (guint i = 0; i < G_N_ELEMENTS (cuts_ms); i++)
    feed_prompt (rig.prompt, "<|audio|>", cuts_ms[i] * MS);
  feed_sound (rig.audio, 0, 5 * S);
  for (guint i = 0; i < G_N_ELEMENTS (cuts_ms); i++)
    assert_rows_go_on (rig.feed, target, &row);
  fail_unless_equals_uint64 (row, target == GEMMA4_TARGET_KERASHUB ? 400 : 399);
  feed_free (rig.feed);
}

GST_END_TEST;

/* The picture's duration reaches past the sound that has come. */
GST_START_TEST (test_sound_behind_the_picture)
{
  Gemma4Target target = targets[__i__];
  Rig rig = rig_new (target, TRUE);
  guint64 row = 0;
  for (guint i = 0; i < 4; i++) {
    show (rig.video, i * S, 1300 * MS, TRUE);
    feed_sound (rig.audio, i * S, (i + 1) * S);
    feed_prompt (rig.prompt, "<|video|><|audio|>", GST_CLOCK_TIME_NONE);
    assert_rows_go_on (rig.feed, target, &row);
  }
  fail_unless_equals_uint64 (row, target == GEMMA4_TARGET_KERASHUB ? 400 : 399);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Intervals have their own frames, and each row once. */
GST_START_TEST (test_intervals)
{
  static const gchar *const frames[] = { "0 0.5", "1 1.5", "2 2.5" };
  Gemma4Target target = targets[__i__ % 2];
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", "interval", 1 * S, "target",
      target, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, __i__ / 2);
  feed_frames (video, 0, 3 * S, 500 * MS);
  feed_gap (video, 3 * S, 40 * MS);
  for (guint i = 0; i < 3; i++)
    feed_assert_pack (feed, (i + 1) * S, frames[i], 0);
  feed_free (feed);

  guint64 row = 0;
  feed = feed_new ("chat", FALSE, "prompt", "<|audio|>", "interval", 1005 * MS, "target", target,
      NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, __i__ / 2);
  feed_sound (audio, 0, 5040 * MS);
  for (guint i = 0; i < 5; i++)
    assert_rows_go_on (feed, target, &row);
  fail_unless_equals_uint64 (row, 502);
  feed_free (feed);
}

GST_END_TEST;

/* Prompts of a batch, and those that are refused, use up what they asked about. */
GST_START_TEST (test_batches_and_refused_prompts)
{
  Feed *feed = feed_new ("chat", FALSE, "target", targets[__i__], "batch-size", 2, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, TRUE);
  for (guint i = 0; i < 3; i++) {
    feed_frames (video, i * S, (i + 1) * S, S);
    feed_prompt (prompt, i == 1 ? "<|image|>" : "<|video|>", GST_CLOCK_TIME_NONE);
  }
  feed_assert_dropped (feed, "media-mismatch");
  feed_assert_pack (feed, 2040 * MS, "0 2", 0);
  feed_free (feed);
}

GST_END_TEST;

/* A window with a length goes by time, and repeats what earlier ones had. */
GST_START_TEST (test_windows_with_a_length)
{
  Feed *feed = feed_new ("chat", FALSE, "window", __i__ ? (gint64) (2 * S) : (gint64) -1, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, TRUE);
  feed_frames (video, 0, 3 * S, S);
  feed_prompt (prompt, "<|video|>", 3 * S);
  feed_frames (video, 3 * S, 5 * S, S);
  feed_assert_pack (feed, 3 * S, __i__ ? "1 2" : "0 1 2", 0);
  feed_prompt (prompt, "<|video|>", 4 * S);
  feed_assert_pack (feed, 4 * S, __i__ ? "2 3" : "0 1 2 3", 0);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packeronce_suite (void)
{
  Suite *s = suite_create ("packeronce");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_durations_overlap, 0, 3);
  tcase_add_test (t, test_a_late_frame_is_the_origin);
  tcase_add_loop_test (t, test_rows_go_on, 0, 4);
  tcase_add_loop_test (t, test_sound_behind_the_picture, 0, 2);
  tcase_add_loop_test (t, test_intervals, 0, 4);
  tcase_add_loop_test (t, test_batches_and_refused_prompts, 0, 2);
  tcase_add_loop_test (t, test_windows_with_a_length, 0, 2);
  return s;
}

GST_CHECK_MAIN (packeronce);
