/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer's intervals, windows and the action signal; and frames without
 * times. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND

/* Intervals begin with the first media; what is left at the end is packed too. */
GST_START_TEST (test_intervals)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|><|audio|>", "interval", 2 * S,
      NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, __i__);
  feed_begin (feed, audio, __i__);
  feed_sound (audio, 1 * S, 2 * S);
  feed_frames (video, 1 * S, 4 * S, S);
  feed_assert_no_pack (feed);
  feed_sound (audio, 2 * S, 4 * S);
  feed_assert_pack (feed, 3 * S, "1 2", 50);
  feed_frames (video, 4 * S, 6 * S, S);
  feed_sound (audio, 4 * S, 6 * S);
  feed_assert_pack (feed, 5 * S, "3 4", 50);
  feed_eos (video);
  feed_assert_no_pack (feed);
  feed_eos (audio);
  feed_assert_pack (feed, 6 * S, "5", 25);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Nothing is left: the last interval is whole. */
GST_START_TEST (test_no_remainder)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|audio|>", "interval", 1 * S, NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  feed_sound (audio, 0, 2 * S);
  feed_eos (audio);
  feed_assert_pack (feed, 1 * S, "", 25);
  feed_assert_pack (feed, 2 * S, "", 25);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Intervals in which nothing came are told and not packed. */
GST_START_TEST (test_interval_without_media)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", "interval", 1 * S, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 1 * S, S);
  feed_frames (video, 3 * S, 4 * S, S);
  feed_eos (video);
  feed_assert_pack (feed, 1 * S, "0", 0);
  feed_assert_dropped (feed, "no-media");
  feed_assert_dropped (feed, "no-media");
  feed_assert_pack (feed, 3040 * MS, "3", 0);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A window that is longer than the interval overlaps the one before; a shorter
 * one leaves something out. */
GST_START_TEST (test_windows_and_intervals)
{
  static const gchar *const overlapping[] = { "0 1", "0 1 2 3", "2 3 4 5" };
  static const gchar *const apart[] = { "1", "3", "5" };
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|><|audio|>", "interval", 2 * S,
      "window", __i__ ? (gint64) (1 * S) : (gint64) (4 * S), NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  feed_frames (video, 0, 7 * S, S);
  feed_sound (audio, 0, 6 * S);
  for (guint i = 0; i < 3; i++)
    feed_assert_pack (feed, (i + 1) * 2 * S, __i__ ? apart[i] : overlapping[i],
        __i__ ? 25 : i == 0 ? 50 : 100);
  feed_free (feed);
}

GST_END_TEST;

/* mm:ss counts from the window's first frame. */
GST_START_TEST (test_stamps_in_a_window)
{
  Feed *feed = feed_new ("chat", FALSE, "window", (gint64) (2 * S), NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 70 * S, S);
  feed_prompt (prompt, "<|video|>", 68 * S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|><image|> 00:01 <|image><|video|><image|>");
  fail_unless_equals_uint64 (feed_uint64 (pack, "window-start"), 66 * S);
  fail_unless_equals_uint64 (feed_uint64 (pack, "window-stop"), 68 * S);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static gboolean
emit_pack (Feed *feed, const gchar *prompt, GstClockTime time_ns)
{
  gboolean ok = FALSE;
  g_signal_emit_by_name (feed->packer, "pack", prompt, (guint64) time_ns, &ok);
  return ok;
}

/* The application asks: at a time, for what has arrived, for the property. */
GST_START_TEST (test_pack_signal)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "property <|audio|>", NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", "prompt");
  fail_if (emit_pack (feed, "too early", 0));
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, TRUE);
  feed_sound (audio, 0, 3 * S);
  fail_if (emit_pack (feed, "\xff", GST_CLOCK_TIME_NONE));
  fail_unless (emit_pack (feed, "said <|audio|>", 1 * S));
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "said <|audio><|audio|>*25<audio|>");
  gst_buffer_unref (pack);
  fail_unless (emit_pack (feed, NULL, GST_CLOCK_TIME_NONE));
  pack = feed_pull (feed);
  feed_assert_prompt (pack, "property <|audio><|audio|>*50<audio|>");
  gst_buffer_unref (pack);
  feed_eos (audio);
  feed_assert_eos (feed);
  fail_if (emit_pack (feed, "too late", GST_CLOCK_TIME_NONE));
  feed_free (feed);
}

GST_END_TEST;

/* In a recording a full queue is refused, and nothing waits. */
GST_START_TEST (test_pack_signal_is_refused)
{
  Feed *feed = feed_new ("chat", FALSE, "max-pending", 2, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", "prompt");
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  fail_unless (emit_pack (feed, "one <|audio|>", 1 * S));
  fail_unless (emit_pack (feed, "two <|audio|>", 2 * S));
  fail_if (emit_pack (feed, "three <|audio|>", 3 * S));
  feed_sound (audio, 0, 3 * S);
  feed_assert_pack (feed, 1 * S, "", 25);
  feed_assert_pack (feed, 2 * S, "", 50);
  g_autofree gchar *too_long = g_strnfill (GEMMA4_MAX_TEXT_BYTES + 1, 'a');
  fail_if (emit_pack (feed, too_long, 3 * S));
  fail_if (emit_pack (feed, "\xff", 3 * S));
  fail_unless (emit_pack (feed, "three <|audio|>", 3 * S));
  feed_assert_pack (feed, 3 * S, "", 75);
  feed_free (feed);
}

GST_END_TEST;

static const struct
{
  gboolean offsets;
  gdouble fps;
  const gchar *prompt;
} timeless[] = {
  {FALSE, 24, "00:00 <|image><|video|><image|> 00:00 <|image><|video|><image|> "
        "00:00 <|image><|video|><image|>"},
  {FALSE, 0.5, "00:00 <|image><|video|><image|> 00:02 <|image><|video|><image|> "
        "00:04 <|image><|video|><image|>"},
  {TRUE, 24, "00:00 <|image><|video|><image|> 00:01 <|image><|video|><image|> "
        "00:02 <|image><|video|><image|>"},
};

/* Buffers without a PTS: their offset or number, by video-fps. */
GST_START_TEST (test_frames_without_times)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", "video-fps",
      timeless[__i__].fps, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *buffer = feed_frame_buffer (3, 3, 1);
    if (timeless[__i__].offsets)
      GST_BUFFER_OFFSET (buffer) = i * 24;
    fail_unless_equals_int (gst_harness_push (video, buffer), GST_FLOW_OK);
  }
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, timeless[__i__].prompt);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* trigger=interval needs one. */
GST_START_TEST (test_interval_is_missing)
{
  Feed *feed = feed_new ("prompt", "a", NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", "interval");
  fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  fail_unless (strstr (text, "interval=") != NULL, "the error says: %s", text);
  feed_free (feed);
}

GST_END_TEST;

/* While it plays nothing can make intervals of a clip; in READY it can. */
GST_START_TEST (test_interval_comes_late)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  g_object_set (feed->packer, "interval", 2 * S, NULL);
  g_autofree gchar *warning = feed_message (feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (warning, "interval stays 0"), "%s", warning);
  feed_frames (video, 0, 3 * S, S);
  feed_eos (video);
  feed_assert_pack (feed, 2040 * MS, "0 1 2", 0);
  feed_assert_eos (feed);
  gst_element_set_state (feed->packer, GST_STATE_READY);
  g_object_set (feed->packer, "interval", 2 * S, NULL);
  gst_element_set_state (feed->packer, GST_STATE_PLAYING);
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 3 * S, S);
  feed_eos (video);
  feed_assert_pack (feed, 2 * S, "0 1", 0);
  feed_assert_pack (feed, 2040 * MS, "2", 0);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerwindows_suite (void)
{
  Suite *s = suite_create ("packerwindows");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_intervals, 0, 2);
  tcase_add_test (t, test_no_remainder);
  tcase_add_test (t, test_interval_without_media);
  tcase_add_loop_test (t, test_windows_and_intervals, 0, 2);
  tcase_add_test (t, test_stamps_in_a_window);
  tcase_add_test (t, test_pack_signal);
  tcase_add_test (t, test_pack_signal_is_refused);
  tcase_add_loop_test (t, test_frames_without_times, 0, G_N_ELEMENTS (timeless));
  tcase_add_test (t, test_interval_is_missing);
  tcase_add_test (t, test_interval_comes_late);
  return s;
}

GST_CHECK_MAIN (packerwindows);
