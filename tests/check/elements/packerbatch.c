/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer with batch-size: prompts that leave together. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define S GST_SECOND
#define FRAME "<|image><|video|><image|>"

/* Whether row @i of a tensor of bytes has a value that is not 0. */
static gboolean
row_is_set (GstBuffer *pack, const gchar *name, guint i, guint n_rows)
{
  GstMapInfo map;
  gboolean set = FALSE;
  feed_tensor (pack, name, &map);
  gsize n = map.size / n_rows;
  for (gsize k = i * n; k < (i + 1) * n; k++)
    set |= map.data[k] != 0;
  gst_memory_unmap (map.memory, &map);
  return set;
}

/* Three prompts in twos: the third is a batch of one. */
GST_START_TEST (test_remainder)
{
  Feed *feed = feed_new ("batch-size", 2, "chat", FALSE, "sequence-length", 320, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  GstMapInfo map;
  feed_begin (feed, prompt, FALSE);
  feed_prompt (prompt, "One?", 0);
  feed_assert_no_pack (feed);
  feed_prompt (prompt, "Two, a longer one?", S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "One?\nTwo, a longer one?");
  fail_unless_equals_uint64 (feed_uint64 (pack, "n-prompts"), 2);
  feed_tensor (pack, "token_ids", &map);
  fail_unless_equals_int (map.size, 2 * 320 * 4);
  fail_unless (memcmp (map.data, map.data + 320 * 4, 320 * 4) != 0, "both rows are alike");
  gst_memory_unmap (map.memory, &map);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), S);
  gst_buffer_unref (pack);

  feed_prompt (prompt, "Three?", 2 * S);
  feed_assert_no_pack (feed);
  feed_eos (prompt);
  pack = feed_pull (feed);
  feed_assert_prompt (pack, "Three?");
  feed_tensor (pack, "token_ids", &map);
  fail_unless_equals_int (map.size, 320 * 4);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* One prompt has two frames, the other none: it gets empty pictures. */
GST_START_TEST (test_one_without_media)
{
  Feed *feed = feed_new ("batch-size", 2, "chat", FALSE, "window", (gint64) 0, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  feed_prompt (prompt, "<|video|>", 2 * S);
  feed_prompt (prompt, "And now?", 3 * S);
  feed_eos (prompt);
  feed_frame (video, 0, 3, 3, 1);
  feed_frame (video, S, 3, 3, 2);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 " FRAME " 00:01 " FRAME "\nAnd now?");
  fail_unless (row_is_set (pack, "vision_mask", 0, 2), "no mask in the row with a video");
  fail_unless (!row_is_set (pack, "vision_mask", 1, 2), "a mask in the row without");
  fail_unless (row_is_set (pack, "pixel_values", 0, 2), "no pixels in the row with a video");
  fail_unless (!row_is_set (pack, "pixel_values", 1, 2), "pixels in the row without");
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* transformers pads on the left and stacks all videos, as long as the shortest. */
GST_START_TEST (test_transformers)
{
  Feed *feed = feed_new ("batch-size", 2, "chat", FALSE, "window", (gint64) 0, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", "transformers");
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  GstMapInfo map;
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  feed_prompt (prompt, "<|video|>", 4 * S);
  feed_prompt (prompt, "<|video|> What is it?", 6 * S);
  feed_eos (prompt);
  feed_frames (video, 0, 6 * S, S);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_dropped_limit (feed, "videos-of-different-length", 4, 2);
  feed_assert_prompt (pack, "00:00 " FRAME " 00:02 " FRAME "\n00:00 " FRAME " 00:01 " FRAME
      " What is it?");
  feed_tensor (pack, "pixel_values_videos", &map);
  fail_unless_equals_int (map.size, 2 * 2 * FEED_ROWS * 768 * 4);
  gst_memory_unmap (map.memory, &map);
  feed_tensor (pack, "attention_mask", &map);
  fail_unless_equals_int (((gint64 *) map.data)[0], 0);
  fail_unless_equals_int (((gint64 *) map.data)[map.size / 16], 1);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* A prompt that cannot be packed does not take the others with it. */
GST_START_TEST (test_bad_prompt_leaves_alone)
{
  Feed *feed = feed_new ("batch-size", 2, "chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  feed_prompt (prompt, "One?", 0);
  feed_prompt (prompt, "Two <|image|>?", S);
  feed_prompt (prompt, "Three?", 2 * S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "One?\nThree?");
  feed_assert_dropped_of (feed, "media-mismatch", "prompt");
  gst_buffer_unref (pack);
  feed_eos (prompt);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A flush gives up what waits for the batch to be full. */
GST_START_TEST (test_flush)
{
  Feed *feed = feed_new ("batch-size", 2, "chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_prompt (prompt, "<|video|> One?", GST_CLOCK_TIME_NONE);
  feed_assert_no_pack (feed);
  gst_harness_push_event (video, gst_event_new_flush_start ());
  gst_harness_push_event (video, gst_event_new_flush_stop (TRUE));
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (video, gst_event_new_segment (&segment));
  for (guint i = 0; i < 2; i++) {
    feed_frame (video, i * S, 3, 3, 1);
    feed_prompt (prompt, i ? "<|video|> Three?" : "<|video|> Two?", GST_CLOCK_TIME_NONE);
    if (!i)
      feed_assert_no_pack (feed);
  }
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 " FRAME " Two?\n00:00 " FRAME " Three?");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Each prompt of a batch has its own video-metadata. */
GST_START_TEST (test_video_metadata)
{
  Feed *feed = feed_new ("batch-size", 2, "chat", FALSE, "window", (gint64) 0, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  g_autoptr (GstStructure) metadata = gst_structure_from_string ("metadata,samples="
      "<[m,frames-indices=<30,60>,fps=30.0],[m,frames-indices=<240,480>]>", NULL);
  fail_unless (metadata != NULL, "the structure cannot be read");
  gst_child_proxy_set (GST_CHILD_PROXY (feed->packer), "video_0::video-metadata", metadata,
      NULL);
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  feed_prompt (prompt, "<|video|>", 2 * S);
  feed_prompt (prompt, "<|video|>", 4 * S);
  feed_eos (prompt);
  feed_frames (video, 0, 4 * S, S);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:01 " FRAME " 00:02 " FRAME "\n00:10 " FRAME " 00:20 " FRAME);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerbatch_suite (void)
{
  Suite *s = suite_create ("packerbatch");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_remainder);
  tcase_add_test (t, test_one_without_media);
  tcase_add_test (t, test_transformers);
  tcase_add_test (t, test_bad_prompt_leaves_alone);
  tcase_add_test (t, test_flush);
  tcase_add_test (t, test_video_metadata);
  return s;
}

GST_CHECK_MAIN (packerbatch);
