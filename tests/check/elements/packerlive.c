/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer in a live pipeline: what has arrived, what is late, and when a
 * pad is left out. A test clock says what time it is. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define PROMPT "<|video|><|audio|>"

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video, *audio;
} Rig;

static Rig
rig_new (guint64 latency_ns)
{
  Rig rig = { feed_new ("chat", FALSE, "latency", latency_ns, NULL) };
  rig.prompt = feed_pad (rig.feed, "prompt");
  gst_harness_use_testclock (rig.prompt);
  rig.video = feed_pad (rig.feed, "video_0");
  rig.audio = feed_pad (rig.feed, "audio_0");
  feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, rig.video, TRUE);
  feed_begin (rig.feed, rig.audio, TRUE);
  return rig;
}

/* Waits until the packer waits for the clock, checks until when, and lets that
 * time come. */
static void
ring_alarm (Rig *rig, GstClockTime expected)
{
  g_autoptr (GstTestClock) clock = gst_harness_get_testclock (rig->prompt);
  GstClockID id;
  gst_test_clock_wait_for_next_pending_id (clock, &id);
  fail_unless_equals_uint64 (gst_clock_id_get_time (id), expected);
  gst_clock_id_unref (id);
  fail_unless (gst_test_clock_crank (clock));
}

/* A prompt without a time takes what is there, the next one the rest: every
 * frame and row once. */
GST_START_TEST (test_what_has_arrived)
{
  Rig rig = rig_new (0);
  feed_frames (rig.video, 0, 3 * S, S);
  feed_sound (rig.audio, 0, 2 * S);
  feed_prompt (rig.prompt, PROMPT, GST_CLOCK_TIME_NONE);
  feed_assert_pack (rig.feed, 2040 * MS, "0 1 2", 50);
  feed_sound (rig.audio, 2 * S, 4 * S);
  feed_frames (rig.video, 3 * S, 4 * S, S);
  feed_prompt (rig.prompt, PROMPT, GST_CLOCK_TIME_NONE);
  feed_assert_pack (rig.feed, 4 * S, "3", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

/* The first question may come before the first frame: the camera has
 * startup-timeout to begin. */
GST_START_TEST (test_prompt_before_the_media)
{
  Rig rig = rig_new (0);
  feed_prompt (rig.prompt, PROMPT, GST_CLOCK_TIME_NONE);
  feed_assert_no_pack (rig.feed);
  feed_sound (rig.audio, 0, 400 * MS);
  feed_assert_no_pack (rig.feed);
  feed_frames (rig.video, 0, 1 * S, S);
  feed_assert_pack (rig.feed, 400 * MS, "0", 10);
  feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Nothing ever comes from the camera. */
GST_START_TEST (test_startup_timeout)
{
  Rig rig = rig_new (0);
  feed_sound (rig.audio, 0, 400 * MS);
  feed_prompt (rig.prompt, "<|audio|>", GST_CLOCK_TIME_NONE);
  feed_assert_no_pack (rig.feed);
  ring_alarm (&rig, 2 * S);
  feed_assert_pack (rig.feed, 400 * MS, "", 10);
  g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "video_0 (no buffer") != NULL, "the warning says: %s", text);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Nothing comes at all, and still the question is packed. */
GST_START_TEST (test_silent_sources)
{
  Rig rig = rig_new (0);
  feed_prompt (rig.prompt, "Anyone?", 500 * MS);
  ring_alarm (&rig, 2 * S);
  feed_assert_pack (rig.feed, 500 * MS, "", 0);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A prompt with a time waits for media of that time, latency long, and what
 * comes later is not in it. */
GST_START_TEST (test_late_media)
{
  Rig rig = rig_new (200 * MS);
  feed_frames (rig.video, 0, 1 * S, S);
  feed_sound (rig.audio, 0, 3 * S);
  feed_prompt (rig.prompt, PROMPT, 2 * S);
  feed_assert_no_pack (rig.feed);
  ring_alarm (&rig, 2200 * MS);
  feed_assert_pack (rig.feed, 2 * S, "0", 50);
  g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "video_0") != NULL, "the warning says: %s", text);
  feed_frames (rig.video, 1 * S, 4 * S, S);
  feed_sound (rig.audio, 3 * S, 4 * S);
  feed_prompt (rig.prompt, PROMPT, 3 * S);
  feed_assert_pack (rig.feed, 3 * S, "1 2", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* The camera is unplugged: every pack waits for its latency only, and says
 * that it did. When it comes back, its frames are packed again. */
GST_START_TEST (test_unplugged_camera)
{
  Rig rig = rig_new (100 * MS);
  feed_frames (rig.video, 0, 1 * S, S);
  for (guint i = 1; i < 4; i++) {
    feed_sound (rig.audio, (i - 1) * S, i * S);
    feed_prompt (rig.prompt, i == 1 ? PROMPT : "<|audio|>", i * S);
    ring_alarm (&rig, i * S + 100 * MS);
    feed_assert_pack (rig.feed, i * S, i == 1 ? "0" : "", 25);
    g_free (feed_message (rig.feed, GST_MESSAGE_WARNING));
  }
  feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
  feed_sound (rig.audio, 3 * S, 4 * S);
  feed_frames (rig.video, 3 * S, 5 * S, S);
  feed_prompt (rig.prompt, PROMPT, 4 * S);
  feed_assert_pack (rig.feed, 4 * S, "3", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A prompt that waits in PAUSED is packed when its time comes in PLAYING. */
GST_START_TEST (test_paused_then_playing)
{
  Rig rig = rig_new (0);
  feed_frames (rig.video, 0, 1 * S, S);
  feed_sound (rig.audio, 0, 1 * S);
  gst_element_set_state (rig.feed->packer, GST_STATE_PAUSED);
  feed_prompt (rig.prompt, PROMPT, 1 * S);
  gst_harness_set_time (rig.prompt, 5 * S);
  feed_assert_no_pack (rig.feed);
  gst_element_set_state (rig.feed->packer, GST_STATE_PLAYING);
  feed_assert_pack (rig.feed, 1 * S, "0", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* After a pause the deadline lies later by as long as the pause was. */
GST_START_TEST (test_base_time_moves)
{
  Rig rig = rig_new (0);
  feed_frames (rig.video, 0, 1 * S, S);
  feed_sound (rig.audio, 0, 1 * S);
  feed_prompt (rig.prompt, PROMPT, 1 * S);
  feed_assert_no_pack (rig.feed);
  gst_element_set_state (rig.feed->packer, GST_STATE_PAUSED);
  gst_element_set_base_time (rig.feed->packer, 10 * S);
  gst_element_set_state (rig.feed->packer, GST_STATE_PLAYING);
  ring_alarm (&rig, 11 * S);
  feed_assert_pack (rig.feed, 1 * S, "0", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* KerasHub's model wants one width: the camera turned, its newest frames stay.
 * The other target takes them all. */
GST_START_TEST (test_frame_size_changes)
{
  gboolean kerashub = __i__ == 0;
  Feed *feed = feed_new ("chat", FALSE, "target", kerashub ? GEMMA4_TARGET_KERASHUB :
      GEMMA4_TARGET_TRANSFORMERS, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, TRUE);
  feed_frame (video, 0, 6, 3, 1);
  feed_frame (video, 1 * S, 3, 6, 1);
  feed_frame (video, 2 * S, 3, 9, 1);
  feed_prompt (prompt, "<|video|>", GST_CLOCK_TIME_NONE);
  feed_assert_pack (feed, 2040 * MS, kerashub ? "1 2" : "0 1 2", 0);
  if (kerashub)
    feed_assert_dropped_limit (feed, "size-changed", 3, 2);
  feed_free (feed);
}

GST_END_TEST;

/* A recording is refused instead: nothing of it may silently be lost. */
GST_START_TEST (test_frame_size_changes_in_a_recording)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frame (video, 0, 6, 3, 1);
  feed_frame (video, 1 * S, 3, 6, 1);
  feed_eos (video);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  fail_unless (strstr (text, "6") && strstr (text, "transformers") && strstr (text,
          "videobox"), "the error says: %s", text);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A live prompt that cannot be packed is dropped, and on it goes. */
GST_START_TEST (test_bad_prompt_is_dropped)
{
  Rig rig = rig_new (0);
  feed_frames (rig.video, 0, 1 * S, S);
  feed_sound (rig.audio, 0, 1 * S);
  feed_prompt (rig.prompt, "<|image|>", GST_CLOCK_TIME_NONE);
  feed_assert_dropped (rig.feed, "media-mismatch");
  feed_prompt (rig.prompt, "\xff\xfe", GST_CLOCK_TIME_NONE);
  feed_assert_dropped (rig.feed, "not-utf8");
  feed_frames (rig.video, 1 * S, 2 * S, S);
  feed_sound (rig.audio, 1 * S, 2 * S);
  feed_prompt (rig.prompt, PROMPT, GST_CLOCK_TIME_NONE);
  feed_assert_pack (rig.feed, 2 * S, "1", 25);
  feed_assert_no_message (rig.feed, GST_MESSAGE_ERROR);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Latency is the packer's own and the most of upstream; windows add none. */
GST_START_TEST (test_latency_query)
{
  Rig rig = rig_new (300 * MS);
  gst_harness_set_upstream_latency (rig.video, 100 * MS);
  gst_harness_set_upstream_latency (rig.audio, 40 * MS);
  fail_unless_equals_uint64 (gst_harness_query_latency (rig.feed->out), 400 * MS);
  feed_free (rig.feed);
}

GST_END_TEST;

static Suite *
packerlive_suite (void)
{
  Suite *s = suite_create ("packerlive");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_what_has_arrived);
  tcase_add_test (t, test_prompt_before_the_media);
  tcase_add_test (t, test_startup_timeout);
  tcase_add_test (t, test_silent_sources);
  tcase_add_test (t, test_late_media);
  tcase_add_test (t, test_unplugged_camera);
  tcase_add_test (t, test_paused_then_playing);
  tcase_add_test (t, test_base_time_moves);
  tcase_add_loop_test (t, test_frame_size_changes, 0, 2);
  tcase_add_test (t, test_frame_size_changes_in_a_recording);
  tcase_add_test (t, test_bad_prompt_is_dropped);
  tcase_add_test (t, test_latency_query);
  return s;
}

GST_CHECK_MAIN (packerlive);
