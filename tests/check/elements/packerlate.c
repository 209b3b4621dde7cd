/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer says which pad a live pack did not wait for, and why a question waits. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define PROMPT "What?"

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video, *audio;
} Rig;

static Rig
rig_new (gint64 latency_ns, gboolean live)
{
  Rig rig = { feed_new ("latency", latency_ns, NULL) };
  rig.prompt = feed_pad (rig.feed, "prompt");
  gst_harness_use_testclock (rig.prompt);
  rig.video = feed_pad (rig.feed, "video_0");
  rig.audio = feed_pad (rig.feed, "audio_0");
  feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, rig.video, live);
  feed_begin (rig.feed, rig.audio, live);
  return rig;
}

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

static GstMessage *
find_dropped (Feed *feed, const gchar *why)
{
  for (;;) {
    GstMessage *message = feed_element_message (feed, "gemma4-dropped");
    if (g_str_equal (gst_structure_get_string (gst_message_get_structure (message), "why"), why))
      return message;
    gst_message_unref (message);
  }
}

/* Every pack that goes out without the late pad says so: the default waits 100 ms. */
GST_START_TEST (test_late_pad)
{
  Rig rig = rig_new (__i__ ? 0 : -1, TRUE);
  guint64 n_late = 0;
  g_autoptr (GstStructure) stats = NULL;
  feed_frames (rig.video, 0, 4 * S, S);
  feed_sound (rig.audio, 0, 3 * S + 200 * MS);
  for (guint i = 0; i < 2; i++) {
    GstClockTime cut = 3500 * MS + i * 200 * MS, since = 0;
    feed_frames (rig.video, (4 + i) * S, (5 + i) * S, S);
    feed_prompt (rig.prompt, PROMPT, cut);
    ring_alarm (&rig, cut + (__i__ ? 0 : 100 * MS));
    gst_buffer_unref (feed_pull (rig.feed));
    g_autoptr (GstMessage) message = find_dropped (rig.feed, "late");
    const GstStructure *s = gst_message_get_structure (message);
    fail_unless_equals_string (gst_structure_get_string (s, "pad"), "audio_0");
    fail_unless (gst_structure_get_uint64 (s, "missing-since", &since));
    fail_unless_equals_uint64 (since, 3200 * MS);
  }
  g_object_get (rig.feed->packer, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "late", &n_late);
  fail_unless_equals_uint64 (n_late, 2);
  feed_free (rig.feed);
}

GST_END_TEST;

GST_START_TEST (test_late_sentence)
{
  Rig rig = rig_new (0, TRUE);
  feed_frames (rig.video, 0, 5 * S, S);
  feed_sound (rig.audio, 0, 3 * S + 200 * MS);
  feed_prompt (rig.prompt, PROMPT, 3500 * MS);
  ring_alarm (&rig, 3500 * MS);
  gst_buffer_unref (feed_pull (rig.feed));
  g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "audio_0 was late: this pack has no sound after 3.2 s")
      && strstr (text, "latency="), "the warning says: %s", text);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A pad of pictures that shows one now and then is late when one comes that belongs to a
 * pack which is gone, and not before. */
GST_START_TEST (test_pictures)
{
  guint64 since = 0;
  Rig rig = { feed_new ("latency", G_GINT64_CONSTANT (0), "num-vision-tokens-per-image", 0, NULL) };
  rig.prompt = feed_pad (rig.feed, "prompt");
  gst_harness_use_testclock (rig.prompt);
  GstHarness *image = feed_pad (rig.feed, "image_0");
  feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, image, TRUE);
  feed_frame (image, 1 * S, 3, 3, 1);
  for (guint i = 2; i < 6; i++) {
    feed_prompt (rig.prompt, i == 2 || i == 5 ? "<|image|>" : PROMPT, i * S);
    ring_alarm (&rig, i * S);
    gst_buffer_unref (feed_pull (rig.feed));
    if (i == 4) {
      feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
      feed_frame (image, 3900 * MS, 3, 3, 2);
    }
  }
  g_autoptr (GstMessage) message = find_dropped (rig.feed, "late");
  fail_unless (gst_structure_get_uint64 (gst_message_get_structure (message), "missing-since",
          &since));
  fail_unless_equals_uint64 (since, 1 * S);
  g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "image_0 was late: the last pack has no picture after 1.0 s"),
      "the warning says: %s", text);
  feed_free (rig.feed);
}

GST_END_TEST;

/* The pipeline's clock is a test clock that nobody moves. */
GST_START_TEST (test_clock_stands_still)
{
  Rig rig = rig_new (-1, TRUE);
  feed_frames (rig.video, 0, 2 * S, S);
  feed_sound (rig.audio, 0, 400 * MS);
  gint64 begun_us = g_get_monotonic_time ();
  feed_prompt (rig.prompt, "Why?", 900 * MS);
  g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "\"Why?\"") && strstr (text, "clock has stood still"),
      "the warning says: %s", text);
  fail_unless (g_get_monotonic_time () - begun_us >= 2 * G_USEC_PER_SEC);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Why there is too little sound for a row. */
static const struct
{
  const gchar *state;
  gboolean live, eos;
} shorts[] = { {"late", TRUE, FALSE}, {"ended", TRUE, TRUE} };

GST_START_TEST (test_too_short)
{
  Rig rig = rig_new (0, shorts[__i__].live);
  feed_frames (rig.video, 0, 4 * S, S);
  feed_rows (rig.audio, 0, 100, 0);
  if (shorts[__i__].eos)
    feed_eos (rig.audio);
  feed_prompt (rig.prompt, PROMPT, 2 * S);
  if (!shorts[__i__].eos)
    ring_alarm (&rig, 2 * S);
  gst_buffer_unref (feed_pull (rig.feed));
  g_autoptr (GstMessage) message = find_dropped (rig.feed, "audio-too-short");
  fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message),
          "state"), shorts[__i__].state);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A recording whose end has come already had not ended at the time of the question: what
 * is said of it does not depend on who was faster. */
GST_START_TEST (test_ended_later)
{
  Feed *feed = feed_new (NULL, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  GstHarness *media[] = { feed_pad (feed, "audio_0"), feed_pad (feed, "video_0") };
  feed_begin_bytes (feed, prompt);
  for (guint i = 0; i < 2; i++)
    feed_begin (feed, media[i], FALSE);
  feed_sound (media[0], 0, 2 * S);
  feed_frames (media[1], 0, 2 * S, S);
  for (guint i = 0; i < 2 && __i__; i++)
    feed_eos (media[i]);
  feed_prompt (prompt, PROMPT, 0);
  gst_buffer_unref (feed_pull (feed));
  gst_message_unref (find_dropped (feed, "no-picture"));
  gst_message_unref (find_dropped (feed, "no-sound"));
  feed_free (feed);
}

GST_END_TEST;

/* A default that is not said; what is set is. */
GST_START_TEST (test_reported_latency)
{
  Rig rig = rig_new (__i__ ? (gint64) (300 * MS) : -1, TRUE);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean live;
  GstClockTime min;
  fail_unless (gst_pad_peer_query (rig.feed->out->sinkpad, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  fail_unless (live);
  fail_unless_equals_uint64 (min, __i__ ? 300 * MS : 0);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A prompt pad without a stream is as none: trigger=eos asks the property. */
GST_START_TEST (test_prompt_property_of_a_silent_pad)
{
  Feed *feed = feed_new ("startup-timeout", 100 * GST_MSECOND, "chat", FALSE, "trigger", 3,
      "prompt", "<|video|>", NULL);
  feed_pad (feed, "prompt");
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 2 * GST_SECOND, GST_SECOND);
  feed_eos (video);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "prompt (no stream") && strstr (text, "packs go out without"), "%s",
      text);
  feed_assert_pack (feed, GST_SECOND + 40 * GST_MSECOND, "0 1", 0);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerlate_suite (void)
{
  Suite *suite = suite_create ("packerlate");
  TCase *tcase = tcase_create ("general");
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_late_pad, 0, 2);
  tcase_add_test (tcase, test_late_sentence);
  tcase_add_test (tcase, test_pictures);
  tcase_add_test (tcase, test_clock_stands_still);
  tcase_add_loop_test (tcase, test_too_short, 0, G_N_ELEMENTS (shorts));
  tcase_add_loop_test (tcase, test_ended_later, 0, 2);
  tcase_add_loop_test (tcase, test_reported_latency, 0, 2);
  tcase_add_test (tcase, test_prompt_property_of_a_silent_pad);
  return suite;
}

GST_CHECK_MAIN (packerlate);
