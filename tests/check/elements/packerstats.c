/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What gemma4packer tells an application: stats, the numbers of its messages,
 * and the bound of a line. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND

static guint64
stat_of (Feed *feed, const gchar *field)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;
  g_object_get (feed->packer, "stats", &stats, NULL);
  fail_unless (stats != NULL, "no stats");
  fail_unless (gst_structure_get_uint64 (stats, field, &value), "no %s in stats", field);
  return value;
}

GST_START_TEST (test_stats)
{
  Feed *feed = feed_new ("chat", FALSE, "window", (gint64) - 1, "num-frames-per-video", 2,
      NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  fail_unless_equals_uint64 (stat_of (feed, "prompts"), 0);
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 9 * S, S);     /* eight are kept, so the ninth halves them */
  fail_unless_equals_uint64 (stat_of (feed, "frames"), 9);
  fail_unless_equals_uint64 (stat_of (feed, "frames-dropped"), 4);
  feed_prompt (prompt, "<|video|>", GST_CLOCK_TIME_NONE);
  feed_prompt (prompt, "<|audio|>", GST_CLOCK_TIME_NONE);
  fail_unless_equals_uint64 (stat_of (feed, "prompts-waiting"), 2);
  feed_eos (video);
  gst_buffer_unref (feed_pull (feed));
  feed_assert_dropped (feed, "media-mismatch");
  feed_eos (prompt);
  feed_assert_eos (feed);
  fail_unless_equals_uint64 (stat_of (feed, "prompts"), 2);
  fail_unless_equals_uint64 (stat_of (feed, "prompts-waiting"), 0);
  fail_unless_equals_uint64 (stat_of (feed, "prompts-refused"), 1);
  fail_unless_equals_uint64 (stat_of (feed, "packs"), 1);
  fail_unless (stat_of (feed, "preparation-time") > 0, "a pack took no time");
  fail_unless_equals_uint64 (stat_of (feed, "max-preparation-time"),
      stat_of (feed, "preparation-time"));
  feed_free (feed);
}

GST_END_TEST;

/* A segment whose stream time is an hour and half as fast again. */
GST_START_TEST (test_stream_time)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  GstSegment segment;
  guint64 running = 0, stream = 0;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = 1.5;
  segment.start = 10 * S;
  segment.time = 3600 * S;
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  gst_harness_push_event (video, gst_event_new_segment (&segment));
  feed_prompt (prompt, "<|video|>", 2 * S);
  feed_eos (prompt);
  feed_frames (video, 10 * S, 14 * S, S);
  feed_eos (video);
  gst_buffer_unref (feed_pull (feed));
  g_autoptr (GstMessage) message = feed_element_message (feed, "gemma4-packed");
  gst_structure_get (gst_message_get_structure (message), "running-time", G_TYPE_UINT64,
      &running, "stream-time", G_TYPE_UINT64, &stream, NULL);
  fail_unless_equals_uint64 (running, 2 * S);
  fail_unless_equals_uint64 (stream, 3603 * S);
  feed_free (feed);
}

GST_END_TEST;

static void
drop_bad_prompts (Feed *feed)
{
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
}

/* Three images where two are allowed; 11 ids with their room where 10 are; 6 columns of
 * patches beside 3. */
GST_START_TEST (test_needed_and_allowed)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|image|><|image|><|image|>",
      "num-vision-tokens-per-image", 0, NULL);
  drop_bad_prompts (feed);
  GstHarness *images = feed_pad (feed, "image_0");
  feed_begin (feed, images, FALSE);
  feed_frames (images, 0, 3 * S, S);
  feed_eos (images);
  feed_assert_dropped_limit (feed, "over-limit", 3, 2);
  feed_free (feed);

  feed = feed_new ("chat", FALSE, "max-images-per-prompt", 0, "answer-room", 10,
      "sequence-length", 10, NULL);
  drop_bad_prompts (feed);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "overflow", "drop");
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  feed_prompt (prompt, "<bos>", 0);
  feed_assert_dropped_limit (feed, "over-limit", 11, 10);
  feed_free (feed);

  feed = feed_new ("chat", FALSE, "prompt", "<|video|>", NULL);
  drop_bad_prompts (feed);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frame (video, 0, 3, 6, 1);
  feed_frame (video, 1 * S, 6, 3, 1);
  feed_eos (video);
  feed_assert_dropped_of (feed, "size", "video_0");
  feed_free (feed);

  feed = feed_new ("prompt", "?", NULL);
  drop_bad_prompts (feed);
  GstHarness *videos[] = { feed_pad (feed, "video_0"), feed_pad (feed, "video_1") };
  for (guint i = 0; i < 2; i++) {
    feed_begin (feed, videos[i], FALSE);
    feed_frame (videos[i], 0, 3 * (i + 1), 6, 1);
    feed_eos (videos[i]);
  }
  feed_assert_dropped_of (feed, "size", "video_1");
  feed_free (feed);
}

GST_END_TEST;

/* A line that is never ended is refused once, and the next one is a prompt. */
GST_START_TEST (test_endless_line)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  drop_bad_prompts (feed);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "text-mode", "lines");
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  const gsize piece = 1 << 20;
  for (guint i = 0; i < 20; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, piece, NULL);
    gst_buffer_memset (buffer, 0, 'a', piece);
    fail_unless_equals_int (gst_harness_push (prompt, buffer), GST_FLOW_OK);
  }
  feed_assert_dropped_limit (feed, "over-limit", GEMMA4_MAX_TEXT_BYTES + piece,
      GEMMA4_MAX_TEXT_BYTES);
  feed_prompt (prompt, "the rest\nNext?\n", GST_CLOCK_TIME_NONE);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "Next?");
  gst_buffer_unref (pack);
  feed_eos (prompt);
  feed_assert_eos (feed);
  fail_unless_equals_uint64 (stat_of (feed, "prompts-refused"), 1);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerstats_suite (void)
{
  Suite *s = suite_create ("packerstats");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_stats);
  tcase_add_test (t, test_stream_time);
  tcase_add_test (t, test_needed_and_allowed);
  tcase_add_test (t, test_endless_line);
  return s;
}

GST_CHECK_MAIN (packerstats);
