/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and recordings: when a cut is complete, what it holds, and how
 * prompts and media end. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video, *audio;
} Rig;

/* A packer with a prompt pad, a video and a sound. @format: of the prompts'
 * segment. */
static Rig
rig_new (GstFormat format)
{
  Rig rig = { feed_new ("chat", FALSE, NULL) };
  rig.prompt = feed_pad (rig.feed, "prompt");
  rig.video = feed_pad (rig.feed, "video_0");
  rig.audio = feed_pad (rig.feed, "audio_0");
  if (format == GST_FORMAT_TIME)
    feed_begin (rig.feed, rig.prompt, FALSE);
  else
    feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, rig.video, FALSE);
  feed_begin (rig.feed, rig.audio, FALSE);
  return rig;
}

#define PROMPT "<|video|><|audio|>"

/* A pack holds what lies before the prompt, and leaves when that has come. */
GST_START_TEST (test_prompt_cuts_at_its_time)
{
  Rig rig = rig_new (GST_FORMAT_TIME);
  feed_prompt (rig.prompt, PROMPT, 2 * S);
  feed_gap (rig.prompt, 2 * S, 8 * S);
  feed_frames (rig.video, 0, 5 * S, S);
  feed_assert_no_pack (rig.feed);
  feed_sound (rig.audio, 0, 1960 * MS);
  feed_assert_no_pack (rig.feed);
  feed_sound (rig.audio, 1960 * MS, 2 * S);
  feed_assert_pack (rig.feed, 2 * S, "0 1", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

static const struct
{
  guint64 cut_ns;
  guint n_rows;
} cuts[] = {
  {80 * MS, 8}, {80 * MS + 5 * MS, 8}, {80 * MS + 10 * MS, 9}, {90 * MS - 1 * MS, 8},
  {20 * MS, 2},
};

/* Rows are those whose samples all lie before the cut. */
GST_START_TEST (test_rows_before_a_cut)
{
  Rig rig = rig_new (GST_FORMAT_TIME);
  GstMapInfo map;
  feed_prompt (rig.prompt, PROMPT, cuts[__i__].cut_ns);
  feed_gap (rig.prompt, 0, 10 * S);
  feed_frames (rig.video, 0, 2 * S, S);
  feed_sound (rig.audio, 0, 1 * S);
  GstBuffer *pack = feed_pull (rig.feed);
  feed_tensor (pack, "audio_mel_mask", &map);
  guint n = 0;
  for (guint t = 0; t < 3000; t++)
    n += ((gint32 *) map.data)[t];
  fail_unless_equals_int (n, cuts[__i__].n_rows);
  gst_memory_unmap (map.memory, &map);
  feed_tensor (pack, "audio_mel", &map);
  const gfloat *mel = (const gfloat *) map.data;
  for (guint t = 0; t < 3000; t++)
    fail_unless (t < n ? mel[t * 128] == t : mel[t * 128] < -6.9, "row %u is %g", t,
        mel[t * 128]);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Several prompts, each about everything so far; then no more can come. */
GST_START_TEST (test_several_prompts)
{
  Rig rig = rig_new (GST_FORMAT_TIME);
  feed_prompt (rig.prompt, PROMPT, 1 * S);
  feed_prompt (rig.prompt, PROMPT, 3 * S);
  feed_eos (rig.prompt);
  for (guint i = 0; i < 4; i++) {
    feed_frames (rig.video, i * S, (i + 1) * S, S);
    if (i < 3)
      feed_sound (rig.audio, i * S, (i + 1) * S);
  }
  feed_assert_pack (rig.feed, 1 * S, "0", 25);
  feed_assert_pack (rig.feed, 3 * S, "0 1 2", 75);
  feed_assert_eos (rig.feed);
  GstBuffer *late = feed_frame_buffer (3, 3, 0);
  GST_BUFFER_PTS (late) = 4 * S;
  fail_unless_equals_int (gst_harness_push (rig.video, late), GST_FLOW_EOS);
  feed_free (rig.feed);
}

GST_END_TEST;

/* window=0: each prompt is about what came since the last one. */
GST_START_TEST (test_window_since_the_last_pack)
{
  Rig rig = rig_new (GST_FORMAT_BYTES);
  g_object_set (rig.feed->packer, "window", G_GINT64_CONSTANT (0), NULL);
  gst_element_set_state (rig.feed->packer, GST_STATE_READY);
  gst_element_set_state (rig.feed->packer, GST_STATE_PLAYING);
  feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, rig.video, FALSE);
  feed_begin (rig.feed, rig.audio, FALSE);
  feed_prompt (rig.prompt, PROMPT, 2 * S);
  feed_prompt (rig.prompt, PROMPT, 3 * S);
  feed_prompt (rig.prompt, PROMPT, GST_CLOCK_TIME_NONE);
  feed_frames (rig.video, 0, 6 * S, S);
  feed_sound (rig.audio, 0, 4 * S);
  feed_assert_pack (rig.feed, 2 * S, "0 1", 50);
  feed_assert_pack (rig.feed, 3 * S, "2", 25);
  feed_assert_no_pack (rig.feed);
  feed_eos (rig.video);
  feed_eos (rig.audio);
  feed_assert_pack (rig.feed, 5040 * MS, "3 4 5", 25);
  feed_eos (rig.prompt);
  feed_assert_eos (rig.feed);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A prompt without a time is about the whole recording, and so is the next. */
GST_START_TEST (test_second_prompt_about_the_same_file)
{
  Rig rig = rig_new (GST_FORMAT_BYTES);
  feed_frames (rig.video, 0, 2 * S, S);
  feed_prompt (rig.prompt, PROMPT, GST_CLOCK_TIME_NONE);
  feed_frames (rig.video, 2 * S, 3 * S, S);
  feed_sound (rig.audio, 0, 2 * S);
  feed_eos (rig.video);
  feed_assert_no_pack (rig.feed);
  feed_eos (rig.audio);
  feed_assert_pack (rig.feed, 2040 * MS, "0 1 2", 50);
  for (guint i = 0; i < 3; i++) {
    feed_prompt (rig.prompt, PROMPT, GST_CLOCK_TIME_NONE);
    feed_assert_pack (rig.feed, 2040 * MS, "0 1 2", 50);
  }
  feed_eos (rig.prompt);
  feed_assert_eos (rig.feed);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A prompt at a time after the media's end is packed at once; PTS stay in order
 * when a prompt about an earlier time follows. */
GST_START_TEST (test_prompts_after_the_end)
{
  Rig rig = rig_new (GST_FORMAT_BYTES);
  feed_frames (rig.video, 0, 2 * S, S);
  feed_sound (rig.audio, 0, 2 * S);
  feed_eos (rig.video);
  feed_eos (rig.audio);
  feed_prompt (rig.prompt, PROMPT, 9 * S);
  feed_assert_pack (rig.feed, 9 * S, "0 1", 50);
  feed_prompt (rig.prompt, PROMPT, 1 * S);
  feed_assert_pack (rig.feed, 9 * S, "0", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A prompt pad that says nothing holds nothing up. */
GST_START_TEST (test_silent_prompt_pad)
{
  Rig rig = rig_new (GST_FORMAT_BYTES);
  feed_frames (rig.video, 0, 50 * S, S);
  feed_sound (rig.audio, 0, 50 * S);
  feed_eos (rig.video);
  feed_eos (rig.audio);
  feed_assert_no_pack (rig.feed);
  feed_eos (rig.prompt);
  feed_assert_eos (rig.feed);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Nor does one to which no stream ever comes: it is left out. */
GST_START_TEST (test_prompt_pad_without_a_stream)
{
  Feed *feed = feed_new ("startup-timeout", 100 * MS, NULL);
  feed_pad (feed, "prompt");
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 50 * S, S);
  feed_eos (video);
  feed_assert_eos (feed);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, "prompt (no stream") && strstr (text, "nothing is packed")
      && strstr (text, "prompt="), "the warning says: %s", text);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

static gint frames_done;

static gpointer
push_frames (gpointer data)
{
  feed_frames (data, 0, 4 * S, S);
  g_atomic_int_set (&frames_done, TRUE);
  return NULL;
}

/* Recorded media waits until the prompts have come that far, by a gap too. */
GST_START_TEST (test_recorded_media_waits_for_prompts)
{
  Rig rig = rig_new (GST_FORMAT_TIME);
  feed_eos (rig.audio);
  GThread *thread = g_thread_new ("frames", push_frames, rig.video);
  feed_gap (rig.prompt, 0, 1 * S);
  feed_prompt (rig.prompt, "<|video|>", 2 * S);
  feed_assert_pack (rig.feed, 2 * S, "0 1", 0);
  g_usleep (50000);
  fail_unless_equals_int (g_atomic_int_get (&frames_done), FALSE);
  feed_gap (rig.prompt, 2 * S, 10 * S);
  g_thread_join (thread);
  fail_unless_equals_int (g_atomic_int_get (&frames_done), TRUE);
  feed_free (rig.feed);
}

GST_END_TEST;

/* What waits for the next prompt shows that nothing comes before it: the pack of the
 * last prompt leaves, or an application that reads it before it asks on would stand still. */
GST_START_TEST (test_waiting_media_completes_a_cut)
{
  Rig rig = rig_new (GST_FORMAT_TIME);
  g_atomic_int_set (&frames_done, FALSE);
  feed_eos (rig.audio);
  GThread *thread = g_thread_new ("frames", push_frames, rig.video);
  feed_prompt (rig.prompt, "<|video|>", 1500 * MS);
  feed_assert_pack (rig.feed, 1500 * MS, "0 1", 0);
  fail_unless_equals_int (g_atomic_int_get (&frames_done), FALSE);
  feed_prompt (rig.prompt, "<|video|>", 2500 * MS);
  feed_assert_pack (rig.feed, 2500 * MS, "0 1 2", 0);
  feed_gap (rig.prompt, 2500 * MS, 10 * S);
  g_thread_join (thread);
  feed_free (rig.feed);
}

GST_END_TEST;

static gpointer
say_five (gpointer prompt)
{
  for (guint i = 0; i < 5; i++)
    feed_prompt (prompt, PROMPT, GST_CLOCK_TIME_NONE);
  return NULL;
}

/* More prompts without a time than may wait: media runs to its end for them. */
GST_START_TEST (test_prompts_without_times)
{
  Rig rig = rig_new (GST_FORMAT_TIME);
  GThread *thread = g_thread_new ("prompts", say_five, rig.prompt);
  feed_frames (rig.video, 0, 3 * S, S);
  feed_sound (rig.audio, 0, 3 * S);
  feed_eos (rig.video);
  feed_eos (rig.audio);
  for (guint i = 0; i < 5; i++)
    feed_assert_pack (rig.feed, 3 * S, "0 1 2", 75);
  g_thread_join (thread);
  feed_free (rig.feed);
}

GST_END_TEST;

/* One frame a second beside 25 buffers of sound, from one thread. */
GST_START_TEST (test_one_frame_a_second)
{
  Rig rig = rig_new (GST_FORMAT_BYTES);
  feed_prompt (rig.prompt, PROMPT, 5 * S);
  for (guint i = 0; i < 10; i++) {
    feed_frames (rig.video, i * S, (i + 1) * S, S);
    feed_sound (rig.audio, i * S, (i + 1) * S);
  }
  feed_assert_pack (rig.feed, 5 * S, "0 1 2 3 4", 125);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Frames may come only when the sound has ended, and the sound may be longer. */
GST_START_TEST (test_frames_only_at_the_end)
{
  Feed *feed = feed_new ("prompt", PROMPT, "chat", FALSE, NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  feed_begin (feed, video, FALSE);
  feed_sound (audio, 0, 4 * S);
  feed_eos (audio);
  feed_assert_no_pack (feed);
  feed_frames (video, 0, 3 * S, S);
  feed_eos (video);
  feed_assert_pack (feed, 4 * S, "0 1 2", 100);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* trigger=eos takes prompts from a pad too, all about the whole recording. */
GST_START_TEST (test_trigger_eos_with_a_prompt_pad)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", "eos");
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  feed_prompt (prompt, "<|video|>", 1 * S);
  feed_prompt (prompt, "<|video|> again", GST_CLOCK_TIME_NONE);
  feed_frames (video, 0, 3 * S, S);
  feed_eos (prompt);
  feed_assert_no_pack (feed);
  feed_eos (video);
  feed_assert_pack (feed, 2040 * MS, "0 1 2", 0);
  feed_assert_pack (feed, 2040 * MS, "0 1 2", 0);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A prompt pad that is not linked is as none: trigger=auto is eos. */
GST_START_TEST (test_unlinked_prompt_pad)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", NULL);
  feed_request (feed, "prompt");
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 2 * S, S);
  feed_eos (video);
  feed_assert_pack (feed, 1040 * MS, "0 1", 0);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Text alone: a prompt pad and nothing else. */
GST_START_TEST (test_text_alone)
{
  Feed *feed = feed_new (NULL, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  feed_prompt (prompt, "Hello\n", GST_CLOCK_TIME_NONE);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "<|turn>user\nHello<turn|>\n<|turn>model\n");
  gst_buffer_unref (pack);
  feed_prompt (prompt, "", GST_CLOCK_TIME_NONE);
  feed_prompt (prompt, "\n", GST_CLOCK_TIME_NONE);
  feed_eos (prompt);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Lines are joined across buffers; the last needs no newline. */
GST_START_TEST (test_lines)
{
  static const gchar *const parts[] = { "one\ntw", "o", "\r\n\n", "thr", "ee" };
  static const gchar *const lines[] = { "one", "two", "three" };
  Feed *feed = feed_new ("chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "text-mode", "lines");
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    feed_prompt (prompt, parts[i], (i + 1) * S);
  feed_eos (prompt);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    static const guint first_byte_s[] = { 1, 1, 4 };
    GstBuffer *pack = feed_pull (feed);
    feed_assert_prompt (pack, lines[i]);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), first_byte_s[i] * S);
    gst_buffer_unref (pack);
  }
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packercuts_suite (void)
{
  Suite *s = suite_create ("packercuts");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_prompt_cuts_at_its_time);
  tcase_add_loop_test (t, test_rows_before_a_cut, 0, G_N_ELEMENTS (cuts));
  tcase_add_test (t, test_several_prompts);
  tcase_add_test (t, test_window_since_the_last_pack);
  tcase_add_test (t, test_second_prompt_about_the_same_file);
  tcase_add_test (t, test_prompts_after_the_end);
  tcase_add_test (t, test_silent_prompt_pad);
  tcase_add_test (t, test_prompt_pad_without_a_stream);
  tcase_add_test (t, test_recorded_media_waits_for_prompts);
  tcase_add_test (t, test_waiting_media_completes_a_cut);
  tcase_add_test (t, test_prompts_without_times);
  tcase_add_test (t, test_one_frame_a_second);
  tcase_add_test (t, test_frames_only_at_the_end);
  tcase_add_test (t, test_trigger_eos_with_a_prompt_pad);
  tcase_add_test (t, test_unlinked_prompt_pad);
  tcase_add_test (t, test_text_alone);
  tcase_add_test (t, test_lines);
  return s;
}

GST_CHECK_MAIN (packercuts);
