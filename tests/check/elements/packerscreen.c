/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer: what is on the screen belongs to every live prompt, and what history
 * gives up for it. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define NONE GST_CLOCK_TIME_NONE
#define FOLDED(stamp) stamp " <|image><|video|><image|>"
#define USER(words) "<|turn>user\n" words "<turn|>\n"
#define ASK "<|turn>model\n"

static const gchar *const targets[] = { "kerashub", "transformers" };

static Feed *
new_feed (const gchar *target, const gchar *first, ...)
{
  Feed *feed = feed_new ("latency", (guint64) 0, NULL);
  va_list args;
  va_start (args, first);
  g_object_set_valist (G_OBJECT (feed->packer), first, args);
  va_end (args);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", target);
  return feed;
}

static GstHarness *
begin (Feed *feed, const gchar *name, gboolean live)
{
  GstHarness *pad = feed_pad (feed, name);
  if (g_str_equal (name, "prompt"))
    feed_begin_bytes (feed, pad);
  else
    feed_begin (feed, pad, live);
  return pad;
}

static void
assert_nothing_dropped (Feed *feed)
{
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (feed->bus, GST_MESSAGE_ELEMENT))) {
    const GstStructure *s = gst_message_get_structure (message);
    fail_if (gst_structure_has_name (s, "gemma4-dropped"), "why=%s pad=%s",
        gst_structure_get_string (s, "why"), gst_structure_get_string (s, "pad"));
    gst_message_unref (message);
  }
}

/* One frame a second: a follow-up sees the last one again, at its real time. */
GST_START_TEST (test_follow_up)
{
  const gchar *target = targets[__i__ % 2];
  gboolean timed = __i__ / 2;
  Feed *feed = new_feed (target, NULL, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  feed_frames (video, 0, 3 * S, S);
  feed_gap (video, 2 * S, 500 * MS);
  feed_prompt (prompt, "One?", timed ? 2500 * MS : NONE);
  feed_assert_pack (feed, 2500 * MS, "0 1 2", 0);
  for (guint i = 0; i < 2; i++) {
    GstClockTime now = (2600 + 100 * i) * MS;
    feed_gap (video, now, 0);
    feed_prompt (prompt, "Two?", timed ? now : NONE);
    g_autoptr (GstBuffer) pack = feed_pull (feed);
    feed_assert_prompt (pack, USER (FOLDED ("00:00") "Two?") ASK);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), now);
  }
  feed_frames (video, 3 * S, 4 * S, S);
  feed_gap (video, 3 * S, 500 * MS);
  feed_prompt (prompt, "Three?", timed ? 3500 * MS : NONE);
  feed_assert_pack (feed, 3500 * MS, "3", 0);
  assert_nothing_dropped (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A picture of before the window is seen too, and mm:ss counts from it. */
GST_START_TEST (test_before_the_window)
{
  Feed *feed = new_feed ("kerashub", "window", (gint64) S, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  GstHarness *other = begin (feed, "video_1", TRUE);
  feed_frame (video, 2 * S, 3, 3, 1);
  for (guint i = 1; i < 3; i++) {
    feed_gap (video, 5 * i * S, 0);
    feed_frame (other, 5 * i * S - 500 * MS, 3, 3, 2);
    feed_gap (other, 5 * i * S, 0);
    feed_prompt (prompt, "?", 5 * i * S);
    g_autoptr (GstBuffer) pack = feed_pull (feed);
    feed_assert_prompt (pack, i == 1 ? USER (FOLDED ("00:00") FOLDED ("00:02") "?") ASK
        : USER (FOLDED ("00:00") FOLDED ("00:07") "?") ASK);
    fail_unless_equals_uint64 (feed_uint64 (pack, "window-start"), (5 * i - 1) * S);
  }
  assert_nothing_dropped (feed);
  feed_free (feed);
}

GST_END_TEST;

/* What plays and has nothing to give is named, once a prompt. */
GST_START_TEST (test_blind)
{
  Feed *feed = new_feed ("kerashub", NULL, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  GstHarness *audio = begin (feed, "audio_0", TRUE);
  feed_gap (video, 0, 1 * S);
  feed_gap (audio, 0, 1 * S);
  for (guint i = 0; i < 2; i++) {
    feed_prompt (prompt, "?", 1 * S);
    feed_assert_pack (feed, 1 * S, "", 0);
    feed_assert_dropped_of (feed, "no-picture", "video_0");
    feed_assert_dropped_of (feed, "no-sound", "audio_0");
    assert_nothing_dropped (feed);
  }
  feed_frame (video, 1 * S, 3, 3, 1);
  feed_sound (audio, 1 * S, 2 * S);
  feed_gap (video, 2 * S, 0);
  feed_prompt (prompt, "?", 2 * S);
  feed_assert_pack (feed, 2 * S, "1", 25);
  feed_prompt (prompt, "?", 2 * S);
  feed_assert_pack (feed, 2 * S, "1", 0);
  feed_assert_dropped_of (feed, "no-sound", "audio_0");
  assert_nothing_dropped (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A video that has ended shows nothing, nor does one that is recorded or unplugged. */
GST_START_TEST (test_nothing_on_the_screen)
{
  Feed *feed = new_feed ("kerashub", "window", (gint64) 0, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *audio = begin (feed, "audio_0", TRUE);
  GstHarness *ended = begin (feed, "video_0", TRUE), *recorded = begin (feed, "video_1", FALSE);
  GstHarness *silent = begin (feed, "video_2", TRUE);
  feed_frame (ended, 0, 3, 3, 1);
  feed_frame (recorded, 0, 3, 3, 1);
  feed_frame (silent, 0, 3, 3, 1);
  feed_sound (audio, 0, 1 * S);
  feed_prompt (prompt, "?", NONE);
  feed_assert_pack (feed, 1 * S, "0 0 0", 25);
  feed_eos (ended);
  feed_gap (recorded, 1 * S, 4 * S);
  feed_sound (audio, 1 * S, 4 * S);
  assert_nothing_dropped (feed);
  feed_prompt (prompt, "?", NONE);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "user\n<.audio>");
  feed_assert_dropped_of (feed, "no-picture", "video_1");
  feed_assert_dropped_of (feed, "no-picture", "video_2");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Intervals are not questions: each frame is in one. */
GST_START_TEST (test_intervals)
{
  Feed *feed = new_feed ("kerashub", "prompt", "?", "interval", (guint64) S, NULL);
  GstHarness *video = begin (feed, "video_0", TRUE), *audio = begin (feed, "audio_0", TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_gap (video, 0, 3 * S);
  feed_sound (audio, 0, 2 * S);
  feed_assert_pack (feed, 1 * S, "0", 25);
  feed_assert_pack (feed, 2 * S, "", 25);
  assert_nothing_dropped (feed);
  feed_gap (audio, 2 * S, 1 * S);
  feed_assert_dropped_of (feed, "audio-too-short", "audio_0");
  feed_free (feed);
}

GST_END_TEST;

static const struct
{
  const gchar *target;
  guint n_frames;
  const gchar *wanted;
} limits[] = {
  {"kerashub", 1, "7"}, {"kerashub", 3, "0 3 7"},
  {"transformers", 1, "7"}, {"transformers", 3, "0 2 7"},
};

/* The newest frame counts as one of num-frames-per-video. */
GST_START_TEST (test_limit)
{
  Feed *feed = new_feed (limits[__i__].target, "num-frames-per-video",
      limits[__i__].n_frames, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  feed_frames (video, 0, 8 * S, S);
  feed_gap (video, 7 * S, 1 * S);
  feed_prompt (prompt, "?", 8 * S);
  feed_assert_pack (feed, 8 * S, limits[__i__].wanted, 0);
  feed_free (feed);
}

GST_END_TEST;

/* For KerasHub all videos together have so many frames. */
GST_START_TEST (test_limit_of_two)
{
  Feed *feed = new_feed ("kerashub", "num-frames-per-video", 3, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  GstHarness *other = begin (feed, "video_1", TRUE);
  feed_frame (other, 0, 3, 3, 1);
  feed_gap (other, 0, 9 * S);
  feed_gap (video, 0, 1 * S);
  feed_prompt (prompt, "?", 1 * S);
  feed_assert_pack (feed, 1 * S, "0", 0);
  feed_frames (video, 1 * S, 9 * S, S);
  feed_prompt (prompt, "?", 8500 * MS);
  feed_gap (video, 8500 * MS, 0);
  feed_assert_pack (feed, 8500 * MS, "1 8 0", 0);
  feed_free (feed);
}

GST_END_TEST;

/* transformers has all videos equally long: a still is repeated, and thins none. */
GST_START_TEST (test_still_beside_a_video)
{
  Feed *feed = new_feed ("transformers", NULL, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  GstHarness *other = begin (feed, "video_1", TRUE);
  feed_frame (other, 0, 3, 3, 1);
  feed_gap (other, 0, 9 * S);
  feed_gap (video, 0, 1 * S);
  feed_prompt (prompt, "?", 1 * S);
  feed_assert_pack (feed, 1 * S, "0", 0);
  feed_assert_dropped_of (feed, "no-picture", "video_0");
  feed_frames (video, 1 * S, 4 * S, S);
  feed_gap (video, 3 * S, 1 * S);
  feed_prompt (prompt, "?", 4 * S);
  feed_assert_pack (feed, 4 * S, "1 2 3 0 0 0", 0);
  feed_gap (video, 4 * S, 1 * S);
  feed_prompt (prompt, "?", 5 * S);
  feed_assert_pack (feed, 5 * S, "3 0", 0);
  assert_nothing_dropped (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A prompt that names no media takes none (chat=false), and is not refused. */
GST_START_TEST (test_prompt_without_placeholder)
{
  Feed *feed = new_feed ("kerashub", "chat", FALSE, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_gap (video, 0, 1 * S);
  feed_prompt (prompt, "<|video|>", 1 * S);
  feed_assert_pack (feed, 1 * S, "0", 0);
  feed_prompt (prompt, "And so?", 1 * S);
  feed_assert_pack (feed, 1 * S, "", 0);
  feed_assert_dropped_of (feed, "no-picture", "video_0");
  feed_prompt (prompt, "<|video|> still", 1 * S);
  feed_assert_pack (feed, 1 * S, "0", 0);
  feed_free (feed);
}

GST_END_TEST;

/* What an earlier turn shows is not repeated, and KerasHub, which takes one sound, gives
 * up the earlier one and not its picture. */
GST_START_TEST (test_history)
{
  gboolean keras = __i__ == 0;
  Feed *feed = new_feed (targets[__i__], "history", 4, "history-media", TRUE, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  GstHarness *audio = begin (feed, "audio_0", TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_gap (video, 0, 1 * S);
  feed_sound (audio, 0, 1 * S);
  feed_prompt (prompt, "A?", 1 * S);
  feed_assert_pack (feed, 1 * S, "0", 25);
  for (guint i = 1; i < 3; i++) {
    feed_gap (video, 1 * S, i * S);
    feed_sound (audio, i * S, (i + 1) * S);
    feed_prompt (prompt, "B?", (i + 1) * S);
    feed_assert_pack (feed, (i + 1) * S, "0", keras ? 25 : 25 * (i + 1));
    if (keras)
      feed_assert_dropped_of (feed, "history", "audio_0");
  }
  assert_nothing_dropped (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Pictures go from the oldest turn on, and only as many as must; a picture that history
 * gave up is that of the prompt again. */
GST_START_TEST (test_history_of_pictures)
{
  Feed *feed = new_feed ("kerashub", "history", 4, "history-media", TRUE,
      "num-frames-per-video", 2, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  static const gchar *const wanted[] = { "0", "0 1", "1 2" };
  for (guint i = 0; i < 3; i++) {
    feed_frame (video, i * S, 3, 3, 1);
    feed_gap (video, i * S, 1 * S);
    feed_prompt (prompt, "?", (i + 1) * S);
    feed_assert_pack (feed, (i + 1) * S, wanted[i], 0);
  }
  feed_assert_dropped_of (feed, "history", "video_0");
  feed_prompt (prompt, "?", 3 * S);
  feed_assert_pack (feed, 3 * S, "1 2", 0);
  feed_prompt (prompt, "Where is <|video|>?", 3 * S);   /* named: it is there */
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "Where is 00:00 <.image><.video.><image.>\\?");
  gst_buffer_unref (pack);
  feed_frame (video, 3 * S, 3, 6, 1);
  feed_frame (video, 4 * S, 6, 3, 1);   /* the camera turned: other widths do not fit */
  feed_gap (video, 4 * S, 1 * S);
  feed_prompt (prompt, "?", 5 * S);
  feed_assert_pack (feed, 5 * S, "4", 0);
  feed_prompt (prompt, "?", 5 * S);
  feed_assert_pack (feed, 5 * S, "4", 0);
  feed_free (feed);
}

GST_END_TEST;

/* Words only: the picture comes with each question. */
GST_START_TEST (test_history_of_words)
{
  Feed *feed = new_feed (targets[__i__], "history", 4, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_gap (video, 0, 3 * S);
  for (guint i = 1; i < 4; i++) {
    feed_prompt (prompt, "?", i * S);
    feed_assert_pack (feed, i * S, "0", 0);
  }
  assert_nothing_dropped (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A flush forgets what was on the screen. */
GST_START_TEST (test_flush)
{
  Feed *feed = new_feed ("kerashub", NULL, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_gap (video, 0, 1 * S);
  feed_prompt (prompt, "?", 1 * S);
  feed_assert_pack (feed, 1 * S, "0", 0);
  gst_harness_push_event (video, gst_event_new_flush_start ());
  gst_harness_push_event (video, gst_event_new_flush_stop (TRUE));
  feed_begin (feed, video, TRUE);
  feed_gap (video, 0, 2 * S);
  feed_prompt (prompt, "?", 2 * S);
  feed_assert_pack (feed, 2 * S, "", 0);
  feed_assert_dropped_of (feed, "no-picture", "video_0");
  feed_free (feed);
}

GST_END_TEST;

/* Two questions of one batch have the same picture. */
GST_START_TEST (test_batch)
{
  Feed *feed = new_feed (targets[__i__], "batch-size", 2, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  feed_frames (video, 0, 2 * S, S);
  feed_gap (video, 1 * S, 1 * S);
  feed_prompt (prompt, "A?", 2 * S);
  feed_prompt (prompt, "B?", 2 * S);
  feed_assert_pack (feed, 2 * S, __i__ ? "0 1 1 1" : "0 1 1", 0);
  feed_free (feed);
}

GST_END_TEST;

/* One that names no media takes none in a batch either, and it is said. */
GST_START_TEST (test_batch_without_placeholder)
{
  Feed *feed = new_feed (targets[__i__], "batch-size", 2, "chat", FALSE, NULL);
  GstHarness *prompt = begin (feed, "prompt", TRUE), *video = begin (feed, "video_0", TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_gap (video, 0, 2 * S);
  feed_prompt (prompt, "<|video|>", 1 * S);
  feed_prompt (prompt, "And so?", 2 * S);
  feed_assert_pack (feed, 2 * S, "0", 0);
  feed_assert_dropped_of (feed, "no-picture", "video_0");
  assert_nothing_dropped (feed);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerscreen_suite (void)
{
  Suite *s = suite_create ("packerscreen");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_follow_up, 0, 4);
  tcase_add_test (t, test_before_the_window);
  tcase_add_test (t, test_blind);
  tcase_add_test (t, test_nothing_on_the_screen);
  tcase_add_test (t, test_intervals);
  tcase_add_loop_test (t, test_limit, 0, G_N_ELEMENTS (limits));
  tcase_add_test (t, test_limit_of_two);
  tcase_add_test (t, test_still_beside_a_video);
  tcase_add_test (t, test_prompt_without_placeholder);
  tcase_add_loop_test (t, test_history, 0, 2);
  tcase_add_test (t, test_history_of_pictures);
  tcase_add_loop_test (t, test_history_of_words, 0, 2);
  tcase_add_test (t, test_flush);
  tcase_add_loop_test (t, test_batch, 0, 2);
  tcase_add_loop_test (t, test_batch_without_placeholder, 0, 2);
  return s;
}

GST_CHECK_MAIN (packerscreen);
