/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer's threads wait for each other, and never for themselves. */

#include "feed.h"

#include <gst/check/gstcheck.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define N_PROMPTS 10

/* One thread brings more questions than may wait, then the media that they want; and
 * media before it says that no question comes so early. */
GST_START_TEST (test_one_thread_brings_all)
{
  gboolean timed = __i__ & 1, response = __i__ & 2;
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  GstHarness *answer = response ? feed_pad (feed, "response") : NULL;
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  if (answer)
    feed_begin (feed, answer, FALSE);
  feed_frames (video, 0, 3 * S, 1 * S);
  for (guint i = 0; i < N_PROMPTS; i++)
    feed_prompt (prompt, "<|video|>", timed ? 3 * S : GST_CLOCK_TIME_NONE);
  for (guint i = 0; answer && i < N_PROMPTS; i++)
    feed_prompt (answer, "three", GST_CLOCK_TIME_NONE);
  feed_frames (video, 3 * S, 20 * S, 1 * S);
  feed_eos (video);
  feed_eos (prompt);
  for (guint i = 0; i < N_PROMPTS; i++)
    feed_assert_pack (feed, timed ? 3 * S : 19 * S + 40 * MS, timed ? "0 1 2" :
        "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19", 0);
  feed_free (feed);
}

GST_END_TEST;

/* Responses come first. */
GST_START_TEST (test_one_thread_brings_responses_first)
{
  Feed *feed = feed_new ("chat", FALSE, "mode", 1, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *answer = feed_pad (feed, "response");
  feed_begin_bytes (feed, prompt);
  feed_begin_bytes (feed, answer);
  for (guint i = 0; i < N_PROMPTS; i++)
    feed_prompt (answer, "an answer", GST_CLOCK_TIME_NONE);
  for (guint i = 0; i < N_PROMPTS; i++)
    feed_prompt (prompt, "a question", GST_CLOCK_TIME_NONE);
  for (guint i = 0; i < N_PROMPTS; i++)
    gst_buffer_unref (feed_pull (feed));
  feed_eos (prompt);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

static gpointer
push_frames (gpointer video)
{
  feed_frames (video, 0, 20 * S, 1 * S);
  return NULL;
}

/* Media waits for a prompt pad that is unlinked, or gone. */
GST_START_TEST (test_prompt_pad_goes)
{
  Feed *feed = feed_new ("chat", FALSE, "trigger", 1, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  GThread *thread = g_thread_new ("media", push_frames, video);
  g_usleep (20000);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (feed->packer, "prompt");
  gst_pad_unlink (prompt->srcpad, pad);
  if (__i__)
    gst_element_release_request_pad (feed->packer, pad);
  g_thread_join (thread);
  feed_free (feed);
}

GST_END_TEST;

/* What is said of a line that cannot be packed is heard while its thread waits. */
GST_START_TEST (test_warning_before_waiting)
{
  Feed *feed = feed_new ("chat", FALSE, "max-pending", 1, "text-mode", 1,
      "on-bad-prompt", 2, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  feed_prompt (prompt, "one\n\xff\ntwo\nthree\nfour\nfive\n", GST_CLOCK_TIME_NONE);
  g_free (feed_message (feed, GST_MESSAGE_WARNING));
  feed_assert_dropped_of (feed, "not-utf8", "prompt");
  for (guint i = 0; i < 5; i++)
    gst_buffer_unref (feed_pull (feed));
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerwaits_suite (void)
{
  Suite *suite = suite_create ("packerwaits");
  TCase *tcase = tcase_create ("general");
  tcase_set_timeout (tcase, 20);
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_one_thread_brings_all, 0, 4);
  tcase_add_test (tcase, test_one_thread_brings_responses_first);
  tcase_add_loop_test (tcase, test_prompt_pad_goes, 0, 2);
  tcase_add_test (tcase, test_warning_before_waiting);
  return suite;
}

GST_CHECK_MAIN (packerwaits);
