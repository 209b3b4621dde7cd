/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and what is downstream of it: busy, refusing, flushing, and
 * states that come and go. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND

/* The consumer is busy for a while: sound goes on being stored, and the prompts
 * of that time find all of theirs. */
GST_START_TEST (test_busy_consumer_loses_no_sound)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, TRUE);
  gst_harness_set_blocking_push_mode (feed->out);
  for (guint i = 0; i < 3; i++) {
    feed_sound (audio, i * S, (i + 1) * S);
    feed_prompt (prompt, "<|audio|>", GST_CLOCK_TIME_NONE);
  }
  feed_sound (audio, 3 * S, 9 * S);
  for (guint i = 0; i < 3; i++) {
    GstMapInfo map;
    GstBuffer *pack = feed_pull (feed);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), (i + 1) * S);
    fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 25);
    feed_tensor (pack, "audio_mel", &map);
    for (guint t = 0; t < 100; t++)
      fail_unless_equals_float (((gfloat *) map.data)[t * 128], i * 100 + t);
    gst_memory_unmap (map.memory, &map);
    gst_buffer_unref (pack);
  }
  feed_free (feed);
}

GST_END_TEST;

/* Beyond max-pending the oldest prompt that waits is dropped. */
GST_START_TEST (test_max_pending)
{
  Feed *feed = feed_new ("chat", FALSE, "max-pending", 2, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, TRUE);
  feed_sound (audio, 0, 1 * S);
  gst_harness_set_blocking_push_mode (feed->out);
  feed_prompt (prompt, "first <|audio|>", GST_CLOCK_TIME_NONE);
  while (gst_harness_buffers_received (feed->out) == 0)
    g_usleep (1000);
  for (guint i = 2; i <= 5; i++) {
    g_autofree gchar *text = g_strdup_printf ("prompt %u <|audio|>", i);
    feed_sound (audio, (i - 1) * S, i * S);
    feed_prompt (prompt, text, GST_CLOCK_TIME_NONE);
  }
  g_autofree gchar *warning = feed_message (feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (warning, "\"prompt 2 ") && strstr (warning, "max-pending, 2"),
      "the warning says: %s", warning);
  feed_assert_dropped_of (feed, "busy", "prompt");
  feed_assert_dropped_of (feed, "busy", "prompt");
  static const gchar *const left[] = { "first", "prompt 4", "prompt 5" };
  for (guint i = 0; i < G_N_ELEMENTS (left); i++) {
    g_autofree gchar *pattern = g_strdup_printf ("^%s ", left[i]);
    GstBuffer *pack = feed_pull (feed);
    feed_assert_prompt_matches (pack, pattern);
    gst_buffer_unref (pack);
  }
  feed_assert_no_pack (feed);
  feed_free (feed);
}

GST_END_TEST;

static GstFlowReturn
refuse (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (pad), "flow"));
}

static const struct
{
  GstFlowReturn flow;
  gboolean is_error;
} flows[] = {
  {GST_FLOW_EOS, FALSE}, {GST_FLOW_FLUSHING, FALSE}, {GST_FLOW_ERROR, TRUE},
  {GST_FLOW_NOT_NEGOTIATED, TRUE}, {GST_FLOW_NOT_LINKED, TRUE},
};

/* What downstream says reaches every upstream; an error is posted once. */
GST_START_TEST (test_downstream_refuses)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, FALSE);
  g_object_set_data (G_OBJECT (feed->out->sinkpad), "flow",
      GINT_TO_POINTER (flows[__i__].flow));
  gst_pad_set_chain_function (feed->out->sinkpad, refuse);
  feed_sound (audio, 0, 1 * S);
  feed_prompt (prompt, "<|audio|>", 1 * S);
  GstFlowReturn flow = GST_FLOW_OK;
  for (guint i = 25; flow == GST_FLOW_OK && i < 1025; i++) {
    GstBuffer *buffer = feed_rows_buffer (640, 0);
    GST_BUFFER_PTS (buffer) = i * 40 * MS;
    flow = gst_harness_push (audio, buffer);
    g_usleep (1000);
  }
  fail_unless_equals_int (flow, flows[__i__].flow);
  fail_unless_equals_int (gst_harness_push (prompt, gst_buffer_new_memdup ("a", 1)),
      flows[__i__].flow);
  if (flows[__i__].is_error) {
    g_free (feed_message (feed, GST_MESSAGE_ERROR));
    feed_assert_eos (feed);
  }
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

static void
flush (GstHarness *const *pads, guint n_pads)
{
  guint32 seqnum = gst_util_seqnum_next ();
  for (guint stop = 0; stop < 2; stop++) {
    for (guint i = 0; i < n_pads; i++) {
      GstEvent *event = stop ? gst_event_new_flush_stop (TRUE) : gst_event_new_flush_start ();
      gst_event_set_seqnum (event, seqnum);
      fail_unless (gst_harness_push_event (pads[i], event));
    }
  }
}

static void
push_segment (GstHarness *pad, GstClockTime start)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = segment.position = start;
  fail_unless (gst_harness_push_event (pad, gst_event_new_segment (&segment)));
}

static guint
count_events (Feed *feed, GstEventType type)
{
  guint n = 0;
  for (;;) {
    g_autoptr (GstEvent) event = gst_harness_try_pull_event (feed->out);
    if (!event)
      return n;
    n += GST_EVENT_TYPE (event) == type;
  }
}

/* A seek: stores are emptied, the flush goes on once, and the recording is
 * packed again from there, even if it had ended. */
GST_START_TEST (test_flushing_seek)
{
  gboolean ended = __i__ == 1;
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|><|audio|>", NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "timestamp-base", "stream");
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  GstHarness *both[] = { video, audio };
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  feed_frames (video, 0, 3 * S, S);
  feed_sound (audio, 0, 3 * S);
  if (ended) {
    feed_eos (video);
    feed_eos (audio);
    feed_assert_pack (feed, 3 * S, "0 1 2", 75);
    feed_assert_eos (feed);
  }
  count_events (feed, GST_EVENT_FLUSH_START);
  flush (both, 2);
  fail_unless_equals_int (count_events (feed, GST_EVENT_FLUSH_STOP), 1);
  push_segment (video, 60 * S);
  push_segment (audio, 60 * S);
  feed_frames (video, 60 * S, 62 * S, S);
  feed_sound (audio, 60 * S, 61 * S);
  feed_eos (video);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "01:00 <|image><|video|><image|> 01:01 <|image><|video|><image|>"
      "<|audio><|audio|>*25<audio|>");
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), 1040 * MS);
  gst_buffer_unref (pack);
  fail_unless_equals_int (count_events (feed, GST_EVENT_SEGMENT), 1);
  feed_free (feed);
}

GST_END_TEST;

/* While one pad is flushed the others go on: a microphone that was told of a flush
 * would stop for good. */
GST_START_TEST (test_flush_of_one_pad)
{
  Feed *feed = feed_new ("chat", FALSE, "max-pending", 1, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, TRUE);
  feed_frames (video, 0, 2 * S, S);
  feed_sound (audio, 0, 1 * S);
  fail_unless (gst_harness_push_event (video, gst_event_new_flush_start ()));
  feed_sound (audio, 1 * S, 2 * S);
  feed_prompt (prompt, "<|audio|>", GST_CLOCK_TIME_NONE);
  fail_unless (gst_harness_push_event (video, gst_event_new_flush_stop (TRUE)));
  push_segment (video, 0);
  feed_frame (video, 2 * S, 3, 3, 1);
  feed_sound (audio, 2 * S, 3 * S);
  feed_prompt (prompt, "<|video|><|audio|>", 3 * S);
  feed_gap (video, 3 * S, S);
  feed_assert_pack (feed, 3 * S, "2", 75);
  feed_free (feed);
}

GST_END_TEST;

static GstFlowReturn
take_a_while (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstPadChainFunction chain = g_object_get_data (G_OBJECT (pad), "chain");
  g_usleep (2000);
  return chain (pad, parent, buffer);
}

/* Seeks while packs wait, are made and are on their way. */
GST_START_TEST (test_flush_while_busy)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, FALSE);
  g_object_set_data (G_OBJECT (feed->out->sinkpad), "chain",
      GST_PAD_CHAINFUNC (feed->out->sinkpad));
  gst_pad_set_chain_function (feed->out->sinkpad, take_a_while);
  for (guint i = 0; i < 40; i++) {
    feed_prompt (prompt, "old <|audio|>", 500 * MS);
    feed_prompt (prompt, "old too <|audio|>", 700 * MS);
    feed_sound (audio, 0, 1 * S);
    g_usleep (i % 8 * 700);
    flush (&audio, 1);
    push_segment (audio, 0);
  }
  feed_sound (audio, 0, 1 * S);
  while (gst_harness_buffers_in_queue (feed->out))
    gst_buffer_unref (feed_pull (feed));
  feed_prompt (prompt, "new <|audio|>", 1 * S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "^new ");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* A flush of the prompt pad forgets what was said and touches no media. */
GST_START_TEST (test_flush_of_the_prompt_pad)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "text-mode", "lines");
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, FALSE);
  feed_sound (audio, 0, 1 * S);
  feed_prompt (prompt, "said <|audio|>\nand half", GST_CLOCK_TIME_NONE);
  flush (&prompt, 1);
  fail_unless_equals_int (count_events (feed, GST_EVENT_FLUSH_START), 0);
  feed_begin_bytes (feed, prompt);
  feed_prompt (prompt, "now <|audio|>\n", GST_CLOCK_TIME_NONE);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "now <|audio><|audio|>*25<audio|>");
  gst_buffer_unref (pack);
  feed_assert_no_pack (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Down and up again, in the middle of everything, several times. */
GST_START_TEST (test_states)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|><|audio|>", NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  for (guint i = 0; i < 6; i++) {
    gst_element_set_state (feed->packer, GST_STATE_PLAYING);
    feed_begin (feed, video, i % 2);
    feed_begin (feed, audio, i % 2);
    feed_frames (video, 0, 2 * S, S);
    feed_sound (audio, 0, 2 * S);
    if (i % 3) {
      feed_eos (video);
      feed_eos (audio);
      feed_assert_pack (feed, 2 * S, "0 1", 50);
      feed_assert_eos (feed);
    }
    gst_element_set_state (feed->packer, GST_STATE_NULL);
  }
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

/* QOS of a late sink does not reach decoders; a seek reaches them all. */
GST_START_TEST (test_upstream_events)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  GstHarness *both[] = { video, audio };
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  for (guint i = 0; i < 2; i++) {
    while (gst_harness_upstream_events_in_queue (both[i]))
      gst_event_unref (gst_harness_pull_upstream_event (both[i]));
  }
  fail_unless (gst_harness_push_upstream_event (feed->out,
          gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 0.5, 1 * S, 1 * S)));
  gst_harness_push_upstream_event (feed->out, gst_event_new_seek (1, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0));
  for (guint i = 0; i < 2; i++) {
    fail_unless_equals_int (gst_harness_upstream_events_in_queue (both[i]), 1);
    g_autoptr (GstEvent) event = gst_harness_pull_upstream_event (both[i]);
    fail_unless_equals_string (GST_EVENT_TYPE_NAME (event), "seek");
  }
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerbusy_suite (void)
{
  Suite *s = suite_create ("packerbusy");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_busy_consumer_loses_no_sound);
  tcase_add_test (t, test_max_pending);
  tcase_add_loop_test (t, test_downstream_refuses, 0, G_N_ELEMENTS (flows));
  tcase_add_loop_test (t, test_flushing_seek, 0, 2);
  tcase_add_test (t, test_flush_while_busy);
  tcase_add_test (t, test_flush_of_one_pad);
  tcase_add_test (t, test_flush_of_the_prompt_pad);
  tcase_add_test (t, test_states);
  tcase_add_test (t, test_upstream_events);
  return s;
}

GST_CHECK_MAIN (packerbusy);
