/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Questions from sources that know no times, and from those that do, beside live sound. */

#include "line.h"

static const gchar *const sources[] = {
  "appsrc name=ask caps=text/x-raw,format=utf8",
  "appsrc name=ask is-live=true caps=text/x-raw,format=utf8",
  "appsrc name=ask is-live=true format=time caps=text/x-raw,format=utf8",
  "appsrc name=ask format=time caps=text/x-raw,format=utf8",
  "appsrc name=ask do-timestamp=true caps=text/x-raw,format=utf8",
  "appsrc name=ask is-live=true format=time do-timestamp=true caps=text/x-raw,format=utf8",
};

static void
ask (GstElement *pipeline)
{
  static const gchar text[] = "What do you hear?\n";
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "ask");
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (text, sizeof text - 1);
  GstFlowReturn flow;
  g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
}

/* The sound of the next pack, in seconds; checks that it is about @seconds. */
static void
check_pack (GstElement *pipeline, gdouble seconds)
{
  g_autoptr (GstSample) sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a pack");
  GstBuffer *pack = gst_sample_get_buffer (sample);
  fail_unless_equals_int (pack_meta_length (pack, "audio-durations"), 1);
  gdouble got = pack_meta_uint64 (pack, "audio-durations", 0) / 1e9;
  fail_unless (got > seconds / 2 && got < seconds + 2, "%g s of sound, want about %g", got,
      seconds);
}

/* Each question hears what came since the last one: with and without a queue, in both
 * ways to cut text. */
GST_START_TEST (test_sources)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  const gchar *queue = __i__ % 2 ? "! queue" : "";
  const gchar *text_mode = __i__ / 2 % 2 ? "lines" : "buffer";
  g_autofree gchar *line = g_strdup_printf ("audiotestsrc is-live=true ! audioconvert ! "
      "audioresample quality=10 ! gemma4audioconv ! p.audio_0 %s %s ! p.prompt "
      "gemma4packer name=p text-mode=%s tokenizer=%s ! appsink name=out sync=false",
      sources[__i__ / 4], queue, text_mode, tokenizer);
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 2; i++) {
    g_usleep (800000);
    ask (pipeline);
    check_pack (pipeline, 0.8);
  }
  line_free (pipeline);
}

GST_END_TEST;

/* A question that is asked in a long pause, with do-timestamp. */
GST_START_TEST (test_pause)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("audiotestsrc is-live=true ! audioconvert ! "
      "audioresample quality=10 ! gemma4audioconv ! p.audio_0 %s ! p.prompt "
      "gemma4packer name=p tokenizer=%s ! appsink name=out sync=false async=false",
      sources[4], tokenizer);
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_usleep (800000);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  gst_element_get_state (pipeline, NULL, NULL, 2 * GST_SECOND);
  g_usleep (4000000);
  ask (pipeline);
  g_usleep (200000);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstSample) sample = NULL;
  g_signal_emit_by_name (sink, "try-pull-sample", 2 * GST_SECOND, &sample);
  fail_unless (sample != NULL, "no pack within 2 s after the pause");
  gst_object_unref (sink);
  GstBuffer *pack = gst_sample_get_buffer (sample);
  fail_unless_equals_int (pack_meta_length (pack, "audio-durations"), 1);
  line_free (pipeline);
}

GST_END_TEST;

static Suite *
questions_suite (void)
{
  Suite *s = suite_create ("questions");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_sources, 0, 4 * G_N_ELEMENTS (sources));
  tcase_add_test (t, test_pause);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("audiotestsrc", "appsrc", "appsink", NULL);
  return gst_check_run_suite (questions_suite (), "questions", __FILE__);
}
