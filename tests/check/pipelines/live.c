/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Live media, as from a camera and a microphone: prompts are packed while it
 * runs, with the times of the clock. */

#include "line.h"

#include "ref-sampler.h"

#include <string.h>

#define N_PROMPTS 3
#define SAMPLE (GST_SECOND / 16000)
#define VIDEO "videotestsrc is-live=true %s ! video/x-raw,width=320,height=240," \
    "framerate=30/1 ! gemma4videoconv ! p.video_0 "
#define SOUND "audiotestsrc is-live=true samplesperbuffer=800 %s ! audio/x-raw,rate=16000," \
    "channels=1 ! gemma4audioconv ! p.audio_0 "

static GstElement *
live_new (const gchar *media_settings, const gchar *settings, const gchar *more)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *video = g_strdup_printf (VIDEO, media_settings);
  g_autofree gchar *sound = g_strdup_printf (SOUND, media_settings);
  g_autofree gchar *line = g_strdup_printf ("%s %s %s gemma4packer name=p tokenizer=%s %s ! "
      "appsink name=out sync=false async=false", video, sound, more, tokenizer, settings);
  return line_parse (line);
}

static GstClockTime
now (GstElement *pipeline)
{
  g_autoptr (GstClock) clock = gst_pipeline_get_clock (GST_PIPELINE (pipeline));
  return gst_clock_get_time (clock) - gst_element_get_base_time (pipeline);
}

static void
say (GstElement *pipeline, const gchar *words)
{
  g_autoptr (GstElement) prompt = gst_bin_get_by_name (GST_BIN (pipeline), "prompt");
  GstBuffer *buffer = gst_buffer_new_memdup (words, strlen (words));
  GstFlowReturn flow;
  g_signal_emit_by_name (prompt, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (flow, GST_FLOW_OK);
}

static void
check_frames (GstBuffer *pack, GstClockTime start, GstClockTime cut)
{
  guint n = pack_meta_length (pack, "frame-running-times");
  gint64 span_s = (cut - start) / GST_SECOND;
  gint64 least = MAX (start == 0 ? span_s - 1 : span_s, 1);
  fail_unless (n >= least && n <= span_s + 2, "%u frames in %" GST_TIME_FORMAT
      ", want one a second", n, GST_TIME_ARGS (cut - start));
  for (guint i = 0; i < n; i++) {
    GstClockTime time = pack_meta_uint64 (pack, "frame-running-times", i);
    fail_unless (time >= start && time < cut, "frame %u is of %" GST_TIME_FORMAT
        ", outside its window %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT, i,
        GST_TIME_ARGS (time), GST_TIME_ARGS (start), GST_TIME_ARGS (cut));
    /* Stamps count from the first frame of 30 a second that was in the window, in
     * the first one from the first of all. */
    GstClockTime latest = time - start;
    GstClockTime frame = start == 0 ? GST_SECOND : GST_SECOND / 30 + GST_MSECOND;
    gchar stamp[24], early[24];
    ref_stamp (latest, stamp);
    ref_stamp (latest > frame ? latest - frame : 0, early);
    const gchar *got = pack_meta_string (pack, "frame-stamps", i);
    fail_unless (g_str_equal (got, stamp) || g_str_equal (got, early),
        "frame %u at %" GST_TIME_FORMAT " has the stamp %s, want %s", i,
        GST_TIME_ARGS (latest), got, stamp);
  }
}

/* Sound fills the window but for a row at its end, which the next pack has, and ends at a
 * whole sample; a source takes a while to begin. */
static void
check_sound (GstBuffer *pack, GstClockTime start, GstClockTime cut)
{
  GstClockTime begin = pack_meta_uint64 (pack, "audio-running-times", 0);
  GstClockTime end = begin + pack_meta_uint64 (pack, "audio-durations", 0);
  GstClockTime late = start == 0 ? GST_SECOND : 10 * GST_MSECOND;
  fail_unless (begin + 10 * GST_MSECOND >= start && begin <= start + late, "sound begins at %"
      GST_TIME_FORMAT ", its window at %" GST_TIME_FORMAT, GST_TIME_ARGS (begin),
      GST_TIME_ARGS (start));
  fail_unless (end <= cut + SAMPLE && end + 10 * GST_MSECOND >= cut, "sound ends at %"
      GST_TIME_FORMAT ", its window at %" GST_TIME_FORMAT, GST_TIME_ARGS (end), GST_TIME_ARGS (cut));
}

static void
check_prompt (GstBuffer *pack, const gchar *words)
{
  const gchar *prompt = gst_structure_get_string (pack_meta (pack), "prompt");
  g_autofree gchar *end = g_strdup_printf ("%s<turn|>\n<|turn>model\n", words);
  fail_unless (g_str_has_suffix (prompt, end), "the prompt is %s, want it to end in %s",
      prompt, end);
}

GST_START_TEST (test_prompts_while_media_runs)
{
  static const gchar *const words[N_PROMPTS] = { "What is there?", "And now?", "Thanks." };
  GstElement *pipeline = live_new ("", "", "appsrc name=prompt is-live=true "
      "format=time do-timestamp=true caps=text/x-raw,format=utf8 ! p.prompt");
  GstClockTime start = 0;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < N_PROMPTS; i++) {
    g_usleep (1100 * 1000);
    GstClockTime before = now (pipeline);
    say (pipeline, words[i]);
    GstSample *sample = line_pull (pipeline);
    GstClockTime after = now (pipeline);
    fail_unless (sample != NULL, "EOS instead of pack %u", i);
    GstBuffer *pack = gst_sample_get_buffer (sample);
    GstClockTime cut = GST_BUFFER_PTS (pack);
    fail_unless (cut >= before && cut <= after, "pack %u is of %" GST_TIME_FORMAT
        ", its prompt of %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT, i, GST_TIME_ARGS (cut),
        GST_TIME_ARGS (before), GST_TIME_ARGS (after));
    fail_unless (after - before < 2 * GST_SECOND, "pack %u took %" GST_TIME_FORMAT, i,
        GST_TIME_ARGS (after - before));
    check_prompt (pack, words[i]);
    check_frames (pack, start, cut);
    check_sound (pack, start, cut);
    start = cut;
    gst_sample_unref (sample);
  }
  g_autoptr (GstElement) prompt = gst_bin_get_by_name (GST_BIN (pipeline), "prompt");
  GstFlowReturn flow;
  g_signal_emit_by_name (prompt, "end-of-stream", &flow);
  fail_unless (line_pull (pipeline) == NULL, "a pack that nobody asked for");
  g_autofree gchar *error = line_wait (pipeline);
  fail_unless (error == NULL, "%s", error);
  line_free (pipeline);
}

GST_END_TEST;

/* A take of a camera: 45 frames and 1.5 s of sound, packed when they end. */
GST_START_TEST (test_trigger_eos)
{
  GstElement *pipeline = live_new ("num-buffers=45", "trigger=eos prompt=Well?", "");
  g_object_set (line_find (pipeline, "audiotestsrc"), "num-buffers", 30, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a pack");
  GstBuffer *pack = gst_sample_get_buffer (sample);
  check_prompt (pack, "Well?");
  fail_unless_equals_int (pack_meta_length (pack, "frame-running-times"), 32);
  GstClockTime origin = pack_meta_uint64 (pack, "frame-running-times", 0);
  for (guint i = 0; i < 32; i++) {
    GstClockTime got = pack_meta_uint64 (pack, "frame-running-times", i);
    GstClockTime want = origin + gst_util_uint64_scale (ref_linspace_index (i, 32, 45),
        GST_SECOND, 30);
    fail_unless (got + 2 >= want && got <= want + 2, "frame %u is of %" GST_TIME_FORMAT
        ", want %" GST_TIME_FORMAT, i, GST_TIME_ARGS (got), GST_TIME_ARGS (want));
  }
  fail_unless_equals_uint64 (pack_meta_uint64 (pack, "audio-durations", 0),
      1500 * GST_MSECOND);
  gst_sample_unref (sample);
  fail_unless (line_pull (pipeline) == NULL, "more than one pack");
  line_free (pipeline);
}

GST_END_TEST;

static Suite *
live_suite (void)
{
  Suite *s = suite_create ("live");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_prompts_while_media_runs);
  tcase_add_test (t, test_trigger_eos);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("videotestsrc", "audiotestsrc", "appsrc", "appsink", NULL);
  return gst_check_run_suite (live_suite (), "live", __FILE__);
}
