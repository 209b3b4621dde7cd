/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and playback rates: running time goes by at another speed than the time
 * of the media, which is what a model reads. */

#include "feed.h"

#include <gst/check/gstcheck.h>

#define S GST_SECOND
#define MS GST_MSECOND

static const gdouble rates[] = { 0.5, 1.0, 1.5, 2.0 };

#define N_RATES G_N_ELEMENTS (rates)

static const gchar *const targets[] = { "kerashub", "transformers" };

static void
begin (Feed *feed, GstHarness *pad, gboolean live, gdouble rate)
{
  GstSegment segment;
  feed_begin (feed, pad, live);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  segment.stop = 3 * S;
  gst_harness_push_event (pad, gst_event_new_segment (&segment));
}

/* Three seconds of media: frames of a tenth, of 100 ms each. */
static void
play (GstHarness *video, GstHarness *audio)
{
  for (guint i = 0; i < 30; i++) {
    GstBuffer *frame = feed_frame_buffer (3, 3, i);
    GST_BUFFER_PTS (frame) = i * 100 * MS;
    GST_BUFFER_DURATION (frame) = 100 * MS;
    fail_unless_equals_int (gst_harness_push (video, frame), GST_FLOW_OK);
  }
  feed_sound (audio, 0, 3 * S);
}

static GstClockTime
running (GstClockTime media, gdouble rate)
{
  return media / rate;
}

static void
assert_near (GstClockTime got, GstClockTime want)
{
  fail_unless (got <= want + 1 && want <= got + 1, "%" G_GUINT64_FORMAT ", want %"
      G_GUINT64_FORMAT, got, want);
}

static guint64
packed_time (Feed *feed, const gchar *field)
{
  g_autoptr (GstMessage) message = feed_element_message (feed, "gemma4-packed");
  guint64 time = 0;
  fail_unless (gst_structure_get_uint64 (gst_message_get_structure (message), field, &time));
  return time;
}

/* A whole recording ends where its media does, in both times. */
GST_START_TEST (test_whole)
{
  gdouble rate = rates[__i__ % N_RATES];
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|><|audio|>", NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", targets[__i__ / N_RATES]);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  begin (feed, video, FALSE, rate);
  begin (feed, audio, FALSE, rate);
  play (video, audio);
  feed_eos (video);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  assert_near (GST_BUFFER_PTS (pack), running (3 * S, rate));
  assert_near (feed_uint64 (pack, "window-stop"), running (3 * S, rate));
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 75);
  feed_assert_prompt_matches (pack, "00:00 .*00:01 .*00:02 ");
  assert_near (packed_time (feed, "stream-time"), 3 * S);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Cuts are in running time, and take the media of that time. */
GST_START_TEST (test_prompts)
{
  gdouble rate = rates[__i__ % N_RATES];
  gboolean live = __i__ / N_RATES % 2;
  Feed *feed = feed_new ("chat", FALSE, "window", (gint64) -1, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", targets[__i__ / N_RATES / 2]);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  begin (feed, video, live, rate);
  begin (feed, audio, live, rate);
  play (video, audio);
  for (guint at_s = 1; at_s < 3; at_s++) {
    feed_prompt (prompt, "<|video|><|audio|>", running (at_s * S, rate));
    GstBuffer *pack = feed_pull (feed);
    fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 25 * at_s);
    g_autofree gchar *last = g_strdup_printf ("00:0%u [^:]*$", at_s - 1);
    feed_assert_prompt_matches (pack, last);
    assert_near (packed_time (feed, "stream-time"), at_s * S);
    gst_buffer_unref (pack);
  }
  feed_eos (prompt);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A gap lasts as long as its media would. */
GST_START_TEST (test_gaps)
{
  gdouble rate = rates[__i__];
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, prompt);
  begin (feed, video, FALSE, rate);
  feed_frame (video, 0, 3, 3, 1);
  feed_gap (video, 500 * MS, 1500 * MS);
  feed_prompt (prompt, "<|video|>", running (2 * S, rate) + 2);
  feed_assert_no_pack (feed);
  feed_prompt (prompt, "<|video|>", running (2 * S, rate) + 3);
  feed_gap (video, 2 * S, 500 * MS);
  feed_assert_pack (feed, running (2 * S, rate) + 2, "0", 0);
  feed_free (feed);
}

GST_END_TEST;

/* The last frame and GAP cross the end of the segment, as demuxers let them: packs end
 * there, and no interval lies behind. */
GST_START_TEST (test_beyond_the_segment)
{
  gdouble rate = rates[__i__ % N_RATES];
  gboolean intervals = __i__ / N_RATES;
  Feed *feed = feed_new ("prompt", "What?", "interval",
      intervals ? running (S, rate) : (guint64) 0, NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  begin (feed, video, FALSE, rate);
  begin (feed, audio, FALSE, rate);
  play (video, audio);
  GstBuffer *frame = feed_frame_buffer (3, 3, 1);
  GST_BUFFER_PTS (frame) = 2980 * MS;
  GST_BUFFER_DURATION (frame) = 100 * MS;
  fail_unless_equals_int (gst_harness_push (video, frame), GST_FLOW_OK);
  feed_gap (video, 2990 * MS, 500 * MS);
  feed_gap (audio, 3 * S, 500 * MS);
  feed_eos (video);
  feed_eos (audio);
  for (guint i = intervals ? 1 : 3; i <= 3; i++) {
    GstBuffer *pack = feed_pull (feed);
    assert_near (GST_BUFFER_PTS (pack), intervals ? i * running (S, rate) : running (3 * S, rate));
    gst_buffer_unref (pack);
  }
  feed_assert_eos (feed);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

/* A rate that changes on the way: sound stays where it was heard. */
GST_START_TEST (test_rate_changes)
{
  const gdouble pairs[][2] = { {1.0, 2.0}, {2.0, 1.0}, {0.5, 1.5} };
  gdouble before = pairs[__i__][0], after = pairs[__i__][1];
  Feed *feed = feed_new ("chat", FALSE, "window", (gint64) -1, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  GstSegment segment;
  feed_begin_bytes (feed, prompt);
  begin (feed, audio, FALSE, before);
  feed_sound (audio, 0, 1 * S);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = after;
  segment.start = segment.time = 1 * S;
  segment.base = running (1 * S, before);
  gst_harness_push_event (audio, gst_event_new_segment (&segment));
  feed_sound (audio, 1 * S, 3 * S);
  feed_prompt (prompt, "<|audio|>", segment.base + running (1 * S, after));
  GstBuffer *pack = feed_pull (feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 50);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerrates_suite (void)
{
  Suite *s = suite_create ("packerrates");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_whole, 0, 2 * N_RATES);
  tcase_add_loop_test (t, test_prompts, 0, 4 * N_RATES);
  tcase_add_loop_test (t, test_gaps, 0, N_RATES);
  tcase_add_loop_test (t, test_beyond_the_segment, 0, 2 * N_RATES);
  tcase_add_loop_test (t, test_rate_changes, 0, 3);
  return s;
}

GST_CHECK_MAIN (packerrates);
