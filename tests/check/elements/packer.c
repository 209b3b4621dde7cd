/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer: what a pack holds, when it leaves, and how a stream ends. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <math.h>
#include <string.h>

static const gfloat silence = -6.9077554f;

GST_START_TEST (test_video_and_sound_at_eos)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  for (guint i = 0; i < 3; i++)
    feed_frame (video, i * GST_SECOND, 33, 18, i + 1);
  for (guint i = 0; i < 10; i++)
    feed_rows (audio, i * 40 * GST_MSECOND, 640, i * 4);
  fail_unless_equals_int (gst_harness_buffers_in_queue (feed->out), 0);
  gst_harness_push_event (video, gst_event_new_eos ());
  gst_harness_push_event (audio, gst_event_new_eos ());

  GstBuffer *pack = feed_pull (feed);
  GstMapInfo map;
  feed_assert_prompt (pack, "<|turn>user\n00:00 <|image><|video|>*66<image|> 00:01 <|image>"
      "<|video|>*66<image|> 00:02 <|image><|video|>*66<image|><|audio><|audio|>*10<audio|>"
      "What?<turn|>\n<|turn>model\n");
  feed_tensor (pack, "pixel_values", &map);
  fail_unless_equals_int (map.size, 3 * FEED_ROWS * 768 * 4);
  const gfloat *pixels = (const gfloat *) map.data;
  fail_unless_equals_float (pixels[0], 1 / 255.0f);
  fail_unless_equals_float (pixels[FEED_ROWS * 768], 2 / 255.0f);
  fail_unless_equals_float (pixels[594 * 768], 0);
  gst_memory_unmap (map.memory, &map);
  feed_tensor (pack, "audio_mel", &map);
  fail_unless_equals_int (map.size, 3000 * 128 * 4);
  const gfloat *mel = (const gfloat *) map.data;
  for (guint t = 0; t < 40; t++)
    fail_unless_equals_float (mel[t * 128], t);
  fail_unless (fabsf (mel[40 * 128] - silence) < 1e-6, "row 40 is %g", mel[40 * 128]);
  gst_memory_unmap (map.memory, &map);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), 2040 * GST_MSECOND);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Stamps come from PTS: a camera that stalls and hurries. */
GST_START_TEST (test_variable_frame_rate)
{
  static const gdouble times_s[] = { 0, 0.1, 0.5, 2.0, 59.99, 61.2 };
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (times_s); i++)
    feed_frame (video, times_s[i] * GST_SECOND, 3, 3, 9);
  gst_harness_push_event (video, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|><image|> 00:00 <|image><|video|><image|> "
      "00:00 <|image><|video|><image|> 00:02 <|image><|video|><image|> "
      "00:59 <|image><|video|><image|> 01:01 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* The window's first thing may be a gap, and the media may begin late. */
GST_START_TEST (test_stamps_count_from_the_first_thing_shown)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_gap (video, 100 * GST_SECOND, GST_SECOND);
  feed_frame (video, 103 * GST_SECOND, 3, 3, 9);
  gst_harness_push_event (video, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:03 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_stamps_as_stream_time)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "timestamp-base", "stream");
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frame (video, 75 * GST_SECOND, 3, 3, 9);
  gst_harness_push_event (video, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "01:15 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_more_frames_than_a_video_may_have)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, "num-frames-per-video", 3,
      NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  for (guint i = 0; i < 7; i++)
    feed_frame (video, i * GST_SECOND, 3, 3, i);
  gst_harness_push_event (video, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|><image|> 00:03 <|image><|video|><image|> "
      "00:06 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* An hour of frames that all wait: the store stays bounded, and what is in it
 * still spans the hour. */
GST_START_TEST (test_store_is_bounded)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, "num-frames-per-video", 2,
      NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  for (guint i = 0; i <= 100; i++)
    feed_frame (video, i * 36 * GST_SECOND, 3, 3, i);
  gst_harness_push_event (video, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "00:00 <|image><|video|><image|> 5[0-9]:.. *");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_a_line_without_sound)
{
  Feed *feed = feed_new ("prompt", "What?", "startup-timeout", 200 * GST_MSECOND, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_request (feed, "audio_0");
  feed_begin (feed, video, FALSE);
  feed_frame (video, 0, 3, 3, 1);
  gst_harness_push_event (video, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "<|turn>user\n00:00 <|image><|video|><image|>What?<turn|>\n"
      "<|turn>model\n");
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "audio_0") != NULL, "the warning says: %s", text);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_sound_of_no_whole_row_is_left_out)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  feed_rows (audio, 0, 100, 0);
  gst_harness_push_event (audio, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "<|turn>user\nWhat?<turn|>\n<|turn>model\n");
  feed_assert_dropped_of (feed, "audio-too-short", "audio_0");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* A hole in the sound is silent rows, and later rows stay where they belong. */
GST_START_TEST (test_hole_in_the_sound)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  GstMapInfo map;
  feed_begin (feed, audio, FALSE);
  feed_rows (audio, 0, 640, 1);
  feed_rows (audio, 200 * GST_MSECOND, 640, 50);
  gst_harness_push_event (audio, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_tensor (pack, "audio_mel", &map);
  const gfloat *mel = (const gfloat *) map.data;
  fail_unless_equals_float (mel[3 * 128], 4);
  for (guint t = 4; t < 20; t++)
    fail_unless (fabsf (mel[t * 128] - silence) < 1e-6, "row %u is %g", t, mel[t * 128]);
  fail_unless_equals_float (mel[20 * 128], 50);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_long_sound_keeps_its_beginning)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  GstMapInfo map;
  feed_begin (feed, audio, FALSE);
  for (guint i = 0; i < 2000; i++)
    feed_rows (audio, i * 40 * GST_MSECOND, 640, 4 * i);
  gst_harness_push_event (audio, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_tensor (pack, "audio_mel", &map);
  const gfloat *mel = (const gfloat *) map.data;
  for (guint t = 0; t < 3000; t++)
    fail_unless_equals_float (mel[t * 128], t);
  gst_memory_unmap (map.memory, &map);
  feed_assert_dropped_of (feed, "audio-too-long", "audio_0");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_several_pads_of_each_kind)
{
  Feed *feed = feed_new ("prompt", "A <|audio|> b <|video|> c <|video|> d <|audio|>",
      "chat", FALSE, "target", GEMMA4_TARGET_TRANSFORMERS, NULL);
  GstHarness *v1 = feed_pad (feed, "video_1"), *v0 = feed_pad (feed, "video_0");
  GstHarness *a0 = feed_pad (feed, "audio_0"), *a1 = feed_pad (feed, "audio_1");
  GstHarness *all[] = { v0, v1, a0, a1 };
  GstMapInfo map;
  for (guint i = 0; i < 4; i++)
    feed_begin (feed, all[i], FALSE);
  feed_frame (v0, 0, 3, 3, 10);
  feed_frame (v1, 0, 6, 3, 20);
  feed_frame (v1, GST_SECOND, 6, 3, 21);
  feed_rows (a0, 0, 640, 1);
  feed_rows (a1, 0, 640, 100);
  feed_rows (a1, 40 * GST_MSECOND, 640, 104);
  for (guint i = 0; i < 4; i++)
    gst_harness_push_event (all[i], gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  /* one frame each, because transformers stacks videos; 3 rows of 4 are valid */
  feed_assert_prompt (pack, "A <|audio><|audio|><audio|> b 00:00 <|image><|video|><image|> c "
      "00:00 <|image><|video|>*2<image|> d <|audio><|audio|>*2<audio|>");
  feed_tensor (pack, "pixel_values_videos", &map);
  fail_unless_equals_int (map.size, 2 * FEED_ROWS * 768 * 4);
  fail_unless_equals_float (((gfloat *) map.data)[0], 10 / 255.0f);
  fail_unless_equals_float (((gfloat *) map.data)[FEED_ROWS * 768], 20 / 255.0f);
  gst_memory_unmap (map.memory, &map);
  feed_tensor (pack, "input_features", &map);
  fail_unless_equals_float (((gfloat *) map.data)[0], 1);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_images)
{
  Feed *feed = feed_new ("prompt", "Compare.", "num-vision-tokens-per-image", 0, NULL);
  GstHarness *i0 = feed_pad (feed, "image_0"), *i1 = feed_pad (feed, "image_1");
  GstMapInfo map;
  feed_begin (feed, i0, FALSE);
  feed_begin (feed, i1, FALSE);
  feed_frame (i1, 0, 6, 3, 51);
  feed_frame (i0, 0, 6, 6, 102);
  gst_harness_push_event (i0, gst_event_new_eos ());
  gst_harness_push_event (i1, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "<|turn>user\n<|image><|image|>*4<image|><|image><|image|>*2<image|>"
      "Compare.<turn|>\n<|turn>model\n");
  feed_tensor (pack, "pixel_values", &map);
  fail_unless_equals_float (((gfloat *) map.data)[0], 102 * (gfloat) (1 / 255.0));
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packer_suite (void)
{
  Suite *s = suite_create ("packer");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_video_and_sound_at_eos);
  tcase_add_test (t, test_variable_frame_rate);
  tcase_add_test (t, test_stamps_count_from_the_first_thing_shown);
  tcase_add_test (t, test_stamps_as_stream_time);
  tcase_add_test (t, test_more_frames_than_a_video_may_have);
  tcase_add_test (t, test_store_is_bounded);
  tcase_add_test (t, test_a_line_without_sound);
  tcase_add_test (t, test_sound_of_no_whole_row_is_left_out);
  tcase_add_test (t, test_hole_in_the_sound);
  tcase_add_test (t, test_long_sound_keeps_its_beginning);
  tcase_add_test (t, test_several_pads_of_each_kind);
  tcase_add_test (t, test_images);
  return s;
}

GST_CHECK_MAIN (packer);
