/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer when things change while it plays: its target, the caps and the
 * latency of what comes. */

#include "feed.h"
#include "golden.h"

#include <gst/check/gstcheck.h>

#define S GST_SECOND
#define FRAME "<|image><|video|><image|>"
#define FRAMES_OF "other/tensors,format=(string)static,num_tensors=(int)2," \
    "types=(string)\"uint8,int32\",framerate=(fraction)0/1,"

static Feed *
new_feed (GstHarness **prompt, GstHarness **video, gboolean live)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  *prompt = feed_pad (feed, "prompt");
  *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, *prompt);
  feed_begin (feed, *video, live);
  return feed;
}

static gboolean
has_reconfigure (GstHarness *pad)
{
  g_autoptr (GstEvent) event = NULL;
  while ((event = gst_harness_try_pull_upstream_event (pad))) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
      return TRUE;
    gst_clear_event (&event);
  }
  return FALSE;
}

/* What waits is given up; a frame of a converter that does not know yet, too. */
GST_START_TEST (test_target)
{
  GstHarness *prompt, *video;
  Feed *feed = new_feed (&prompt, &video, TRUE);
  gst_harness_set_src_caps_str (video, FRAMES_OF
      "dimensions=(string)\"768:630,2:630\",target=(string)kerashub");
  feed_frame (video, 0, 3, 3, 1);
  has_reconfigure (video);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", "transformers");
  feed_assert_dropped_limit (feed, "target-changed", 1, 0);
  fail_unless (has_reconfigure (video), "upstream was not told");
  feed_frame (video, S, 3, 3, 2);
  gst_harness_set_src_caps_str (video, FRAMES_OF
      "dimensions=(string)\"768:630,2:630\",target=(string)transformers");
  feed_frame (video, 2 * S, 3, 3, 3);
  feed_prompt (prompt, "<|video|>", GST_CLOCK_TIME_NONE);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 " FRAME);
  feed_assert_caps (feed, "other/tensors,target=transformers,names=\"input_ids,"
      "attention_mask,mm_token_type_ids,pixel_values_videos,video_position_ids\"");
  gst_buffer_unref (pack);

  has_reconfigure (video);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", "transformers");
  fail_unless (!has_reconfigure (video), "nothing changed, but upstream was told");
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

static guint64
n_waiting (Feed *feed)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 n = 0;
  g_object_get (feed->packer, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "prompts-waiting", &n);
  return n;
}

/* So are prompts of a batch that is not full. */
GST_START_TEST (test_target_of_a_batch)
{
  GstHarness *prompt, *video;
  Feed *feed = new_feed (&prompt, &video, TRUE);
  g_object_set (feed->packer, "batch-size", 2, NULL);
  feed_gap (video, 0, 1 * S);
  feed_prompt (prompt, "One?", GST_CLOCK_TIME_NONE);
  while (n_waiting (feed))
    g_usleep (1000);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", "transformers");
  feed_assert_dropped_of (feed, "no-picture", "video_0");
  feed_assert_dropped_of (feed, "target-changed", "video_0");
  feed_prompt (prompt, "Two?", 1 * S);
  feed_gap (video, 1 * S, 1 * S);
  feed_assert_dropped_of (feed, "no-picture", "video_0");
  feed_assert_dropped_of (feed, "target-changed", "prompt");
  feed_free (feed);
}

GST_END_TEST;

/* Converters of a live pipeline follow. */
GST_START_TEST (test_target_of_a_pipeline)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *tokenizer = golden_path ("tokenizer/gemma4_tiny.model");
  g_autofree gchar *text = g_strdup_printf ("videotestsrc is-live=true ! "
      "video/x-raw,width=48,height=48,framerate=30/1 ! gemma4videoconv sample-rate=10/1 ! "
      "p.video_0 audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=16000 ! "
      "gemma4audioconv ! p.audio_0 gemma4packer name=p trigger=prompt chat=false "
      "tokenizer=\"%s\" ! appsink name=s sync=false async=false", tokenizer);
  g_autoptr (GstElement) pipeline = gst_parse_launch (text, &error);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  g_autoptr (GstElement) packer = gst_bin_get_by_name (GST_BIN (pipeline), "p");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  static const gchar *const targets[] = { "kerashub", "transformers", "kerashub" };
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
    gboolean taken = FALSE;
    gst_util_set_object_arg (G_OBJECT (packer), "target", targets[i]);
    g_usleep (500000);
    g_signal_emit_by_name (packer, "pack", "<|video|><|audio|>", GST_CLOCK_TIME_NONE, &taken);
    fail_unless (taken, "the prompt for %s was not taken", targets[i]);
    g_autoptr (GstSample) sample = NULL;
    g_signal_emit_by_name (sink, "try-pull-sample", 10 * S, &sample);
    fail_unless (sample != NULL, "no pack for %s", targets[i]);
    const GstStructure *caps = gst_caps_get_structure (gst_sample_get_caps (sample), 0);
    fail_unless_equals_string (gst_structure_get_string (caps, "target"), targets[i]);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

/* Frames of another budget do not go into one tensor with those before. */
GST_START_TEST (test_caps_changed)
{
  GstHarness *prompt, *video;
  Feed *feed = new_feed (&prompt, &video, TRUE);
  feed_frame (video, 0, 3, 3, 1);
  feed_frame (video, S, 3, 3, 2);
  gst_harness_set_src_caps_str (video, FRAMES_OF "dimensions=(string)\"768:315,2:315\"");
  feed_assert_dropped_limit (feed, "caps-changed", 2, 0);
  feed_frame (video, 2 * S, 3, 3, 3);
  feed_prompt (prompt, "<|video|>", GST_CLOCK_TIME_NONE);
  GstBuffer *pack = feed_pull (feed);
  GstMapInfo map;
  feed_assert_prompt (pack, "00:00 " FRAME);
  feed_tensor (pack, "pixel_values", &map);
  fail_unless_equals_int (map.size, 315 * 768 * 4);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static GstPadProbeReturn
count_latency_queries (GstPad *pad, GstPadProbeInfo *info, gpointer n)
{
  if (GST_QUERY_TYPE (GST_PAD_PROBE_INFO_QUERY (info)) == GST_QUERY_LATENCY)
    g_atomic_int_inc ((gint *) n);
  return GST_PAD_PROBE_OK;
}

/* Upstream is asked at its first buffer, and again when the latency was set anew. */
GST_START_TEST (test_latency_is_asked_again)
{
  GstHarness *prompt, *video;
  Feed *feed = new_feed (&prompt, &video, TRUE);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (feed->packer, "video_0");
  gint n = 0;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH,
      count_latency_queries, &n, NULL);
  feed_frame (video, 0, 3, 3, 1);
  gint n_once = g_atomic_int_get (&n);
  fail_unless (n_once > 0, "upstream was not asked");
  feed_frame (video, S, 3, 3, 1);
  fail_unless_equals_int (g_atomic_int_get (&n), n_once);
  gst_harness_push_upstream_event (feed->out, gst_event_new_latency (30 * GST_MSECOND));
  feed_frame (video, 2 * S, 3, 3, 1);
  fail_unless_equals_int (g_atomic_int_get (&n), 2 * n_once);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packertarget_suite (void)
{
  Suite *s = suite_create ("packertarget");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_target);
  tcase_add_test (t, test_target_of_a_batch);
  tcase_add_test (t, test_target_of_a_pipeline);
  tcase_add_test (t, test_caps_changed);
  tcase_add_test (t, test_latency_is_asked_again);
  return s;
}

GST_CHECK_MAIN (packertarget);
