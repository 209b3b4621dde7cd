/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties that are set while the packer runs, and count from the next pack on. */

#include "feed.h"
#include "settingstest.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define S GST_SECOND

/* What a prompt becomes after a property was set. */
static const struct
{
  const gchar *name, *value, *want;
} words[] = {
  {"system-prompt", "Be brief.",
      "<|turn>system\nBe brief.<turn|>\n<|turn>user\nhi<turn|>\n<|turn>model\n"},
  {"thinking", "true", "<|turn>system\n<|think|>\n<turn|>\n<|turn>user\nhi<turn|>\n<|turn>model\n"},
  {"chat", "false", "hi"},
};

GST_START_TEST (test_words)
{
  for (guint live = 0; live < 2; live++) {
    Feed *feed = feed_new ("chat", TRUE, NULL);
    GstHarness *prompt = feed_pad (feed, "prompt");
    feed_begin (feed, prompt, live);
    feed_prompt (prompt, "hi", 0);
    GstBuffer *pack = feed_pull (feed);
    feed_assert_prompt (pack, "<|turn>user\nhi<turn|>\n<|turn>model\n");
    gst_buffer_unref (pack);
    gst_util_set_object_arg (G_OBJECT (feed->packer), words[__i__].name, words[__i__].value);
    feed_prompt (prompt, "hi", S);
    pack = feed_pull (feed);
    feed_assert_prompt (pack, words[__i__].want);
    gst_buffer_unref (pack);
    feed_assert_no_message (feed, GST_MESSAGE_WARNING);
    feed_free (feed);
  }
}

GST_END_TEST;

static void
ask (Feed *feed, GstClockTime time)
{
  gboolean taken;
  g_signal_emit_by_name (feed->packer, "pack", "<|video|>", time, &taken);
  fail_unless (taken, "not taken");
}

/* Ten frames, one a second, and then a question. */
static Feed *
new_video_feed (GstHarness **video)
{
  Feed *feed = feed_new ("chat", FALSE, "trigger", 1 /* prompt */, "window",
      (gint64) - 1, NULL);
  *video = feed_pad (feed, "video_0");
  feed_begin (feed, *video, FALSE);
  feed_frames (*video, 0, 10 * S, S);
  feed_gap (*video, 10 * S, S);
  return feed;
}

GST_START_TEST (test_window)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  ask (feed, 8 * S);
  feed_assert_pack (feed, 8 * S, "0 1 2 3 4 5 6 7", 0);
  g_object_set (feed->packer, "window", (gint64) 3 * S, NULL);
  ask (feed, 10 * S);
  feed_assert_pack (feed, 10 * S, "7 8 9", 0);
  feed_free (feed);
}

GST_END_TEST;

/* What a longer window has left is not what the next one, without a length, begins with. */
GST_START_TEST (test_window_of_news)
{
  static const gint64 before[] = { -1, 3 * S };
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  g_object_set (feed->packer, "window", before[__i__], NULL);
  ask (feed, 17 * S / 2);
  GstBuffer *pack = feed_pull (feed);
  gst_buffer_unref (pack);
  g_object_set (feed->packer, "window", (gint64) 0, NULL);
  ask (feed, 10 * S);
  pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* More frames too: the store grows with the number. */
GST_START_TEST (test_frames)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  g_object_set (feed->packer, "num-frames-per-video", 2, NULL);
  ask (feed, 10 * S);
  feed_assert_pack (feed, 10 * S, "0 9", 0);
  g_object_set (feed->packer, "num-frames-per-video", 20, NULL);
  ask (feed, 10 * S);
  GstBuffer *pack = feed_pull (feed);       /* the store for two frames has thinned them */
  gst_buffer_unref (pack);
  feed_frames (video, 11 * S, 40 * S, S);
  feed_gap (video, 40 * S, S);
  g_object_set (feed->packer, "window", (gint64) 20 * S, NULL);
  ask (feed, 40 * S);
  feed_assert_pack (feed, 40 * S, "20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39",
      0);
  feed_free (feed);
}

GST_END_TEST;

/* The interval that has begun is as long as the new one. */
GST_START_TEST (test_interval)
{
  static const gchar *const longer[] = { "4 5 6 7", "8 9 10 11" };
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", "interval", 2 * S, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 5 * S + 1, S);
  feed_assert_pack (feed, 2 * S, "0 1", 0);
  feed_assert_pack (feed, 4 * S, "2 3", 0);
  if (__i__) {
    g_object_set (feed->packer, "interval", 4 * S, NULL);
    feed_frames (video, 6 * S, 13 * S, S);
    for (guint i = 0; i < 2; i++)
      feed_assert_pack (feed, (8 + 4 * i) * S, longer[i], 0);
  } else {
    g_object_set (feed->packer, "interval", 1 * S, NULL);
    feed_assert_pack (feed, 5 * S, "4", 0);
    feed_frames (video, 6 * S, 7 * S, S);
    feed_assert_pack (feed, 6 * S, "5", 0);
  }
  settings_assert_refused (feed->packer, feed->bus, "interval", "0", "converters were told");
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_stamps)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  g_object_set (feed->packer, "window", (gint64) 1 * S, NULL);
  ask (feed, 9 * S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "timestamp-base", "stream");
  ask (feed, 10 * S);
  pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:09 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static gsize
sequence_length (Feed *feed)
{
  GstMapInfo map;
  ask (feed, 10 * S);
  GstBuffer *pack = feed_pull (feed);
  feed_tensor (pack, "token_ids", &map);
  gsize n = map.size / sizeof (gint32);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  return n;
}

/* What is the sequence's: its length, what is kept free, and what happens beyond. */
GST_START_TEST (test_sequence)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  fail_unless_equals_int (sequence_length (feed), 1024);
  g_object_set (feed->packer, "sequence-length", 2048, NULL);
  fail_unless_equals_int (sequence_length (feed), 2048);
  g_object_set (feed->packer, "answer-room", 4000, NULL);
  fail_unless (sequence_length (feed) > 4000);
  g_object_set (feed->packer, "max-images-per-prompt", 1, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "overflow", "drop");
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
  ask (feed, 10 * S);
  feed_assert_dropped (feed, "over-limit");
  feed_free (feed);
}

GST_END_TEST;

/* From one turn on what was said before is said again; an answer to what was asked
 * while nothing was is no other turn's. */
GST_START_TEST (test_history)
{
  Feed *feed = feed_new ("chat", TRUE, "history", 4, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *answer = feed_pad (feed, "answer");
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, answer, FALSE);
  static const struct
  {
    guint history;
    const gchar *prompt, *want;
  } turns[] = {
    {4, "a", "^<.turn>user\na<turn"},
    {4, "b", "(?s)user\na<turn.*A<turn.*user\nb<turn"},
    {0, "c", "^<.turn>user\nc<turn"},
    {4, "d", "^<.turn>user\nd<turn"},
    {4, "e", "<|turn>user\nd<turn|>*D<turn|>*user\ne<turn|>*"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (turns); i++) {
    g_object_set (feed->packer, "history", turns[i].history, NULL);
    feed_prompt (prompt, turns[i].prompt, i * S);
    GstBuffer *pack = feed_pull (feed);
    feed_assert_prompt_matches (pack, turns[i].want);
    gst_buffer_unref (pack);
    g_autofree gchar *text = g_ascii_strup (turns[i].prompt, -1);
    feed_prompt (answer, text, i * S);
  }
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

/* What does nothing where texts come to a pad is said, once for each change. */
GST_START_TEST (test_beside_a_prompt_pad)
{
  static const struct
  {
    const gchar *name, *value, *words;
  } changes[] = {
    {"prompt", "Unheard?", "prompt="}, {"prompt", "Unheard?", NULL}, {"prompt", "Again?", "prompt="},
    {"interval", "1000000000", "interval="}, {"interval", "1000000000", NULL},
    {"interval", "0", NULL}, {"thinking", "true", NULL},
  };
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    gst_util_set_object_arg (G_OBJECT (feed->packer), changes[i].name, changes[i].value);
    if (changes[i].words) {
      g_autofree gchar *text = feed_message (feed, GST_MESSAGE_WARNING);
      fail_unless (strstr (text, changes[i].words) && strstr (text, "pad prompt"), "%s", text);
    }
    feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  }
  g_object_set (feed->packer, "prompt", NULL, NULL);
  feed_prompt (prompt, "hi", S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "hi");
  gst_buffer_unref (pack);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

/* Where intervals make packs both count. */
GST_START_TEST (test_beside_a_prompt_pad_of_intervals)
{
  Feed *feed = feed_new ("chat", FALSE, "trigger", 2, "interval", 2 * S, "prompt", "a", NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  g_object_set (feed->packer, "prompt", "b", "interval", 3 * S, NULL);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

/* A batch that has begun goes by what counted when it did. */
GST_START_TEST (test_batch)
{
  Feed *feed = feed_new ("chat", FALSE, "batch-size", 2, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  feed_prompt (prompt, "a", 0);
  feed_assert_no_pack (feed);
  g_object_set (feed->packer, "chat", TRUE, "batch-size", 1, NULL);
  feed_prompt (prompt, "b", S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "a\nb");
  gst_buffer_unref (pack);
  feed_prompt (prompt, "c", 2 * S);
  pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "user\nc<turn");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* As many threads as want to, while packs are made. */
static gpointer
set_for_a_while (gpointer data)
{
  GObject *packer = data;
  for (guint i = 0; i < 300; i++) {
    gst_util_set_object_arg (packer, words[i % 3].name, i % 2 ? "true" : "false");
    g_object_set (packer, "num-frames-per-video", 1 + i % 40, "window",
        (gint64) (i % 7) * S - 1, "history", i % 3, "max-pending", 1 + i % 8, NULL);
    gst_util_set_object_arg (packer, "audio-overflow", i % 2 ? "split" : "newest");
    g_object_set (packer, "max-audio-clips-per-prompt", 1 + i % 3, NULL);
  }
  return NULL;
}

GST_START_TEST (test_threads)
{
  Feed *feed = feed_new ("chat", TRUE, "trigger", 1, NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, TRUE);
  feed_begin (feed, audio, TRUE);
  GThread *threads[2];
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new (NULL, set_for_a_while, feed->packer);
  for (guint i = 0; i < 50; i++) {
    gboolean taken;
    feed_frames (video, i * S, (i + 1) * S, S / 2);
    feed_sound (audio, i * S, (i + 1) * S);
    g_signal_emit_by_name (feed->packer, "pack", "hi", (i + 1) * S, &taken);
    GstBuffer *pack = gst_harness_try_pull (feed->out);
    gst_clear_buffer (&pack);
  }
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packersettings_suite (void)
{
  Suite *s = suite_create ("packersettings");
  TCase *t = tcase_create ("settings");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_words, 0, G_N_ELEMENTS (words));
  tcase_add_test (t, test_window);
  tcase_add_loop_test (t, test_window_of_news, 0, 2);
  tcase_add_test (t, test_frames);
  tcase_add_loop_test (t, test_interval, 0, 2);
  tcase_add_test (t, test_stamps);
  tcase_add_test (t, test_sequence);
  tcase_add_test (t, test_history);
  tcase_add_test (t, test_beside_a_prompt_pad);
  tcase_add_test (t, test_beside_a_prompt_pad_of_intervals);
  tcase_add_test (t, test_batch);
  tcase_add_test (t, test_threads);
  return s;
}

GST_CHECK_MAIN (packersettings);
