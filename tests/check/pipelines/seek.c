/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A flushing seek to a part of examples/sample.webm: no hang, and a pack of that
 * part with its own frames and times. */

#include "line.h"

#include "ref-sampler.h"

#include <string.h>

#define START (3 * GST_SECOND)
#define STOP (6 * GST_SECOND)
#define N_FRAMES 32
/* Frames of 25 a second in [START, STOP). */
#define N_TOTAL 75

/* What of the sound came since the last flush. */
typedef struct
{
  GstClockTime first;           /* PTS of the first buffer */
  guint64 n_samples;
} Sound;

static GstPadProbeReturn
hear (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Sound *sound = user_data;
  if (info->type & GST_PAD_PROBE_TYPE_EVENT_FLUSH) {
    *sound = (Sound) { 0 };
    return GST_PAD_PROBE_OK;
  }
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  if (!sound->n_samples)
    sound->first = GST_BUFFER_PTS (buffer);
  sound->n_samples += gst_buffer_get_size (buffer) / sizeof (gint16);
  return GST_PAD_PROBE_OK;
}

static GstElement *
sample_line (const gchar *settings, Sound *sound)
{
  g_autofree gchar *line = line_sample (settings, "appsink name=out sync=false");
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (line_find (pipeline,
          "gemma4audioconv"), "sink");
  *sound = (Sound) { 0 };
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_FLUSH, hear,
      sound, NULL);
  return pipeline;
}

static void
seek (GstElement *pipeline)
{
  fail_unless (gst_element_seek (pipeline, 1.0, GST_FORMAT_TIME,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET, START,
          GST_SEEK_TYPE_SET, STOP), "the seek was refused");
}

/* Frames and sound of the part alone, in running time from 0 and stream time
 * from START. */
static void
check_part (GstBuffer *pack, const Sound *sound)
{
  guint n = pack_meta_length (pack, "frame-running-times");
  fail_unless (n == N_FRAMES, "%u frames, want %u", n, N_FRAMES);
  for (guint i = 0; i < n; i++) {
    GstClockTime want = ref_linspace_index (i, N_FRAMES, N_TOTAL) * 40 * GST_MSECOND;
    GstClockTime running = pack_meta_uint64 (pack, "frame-running-times", i);
    GstClockTime stream = pack_meta_uint64 (pack, "frame-stream-times", i);
    gchar stamp[24];
    ref_stamp (want, stamp);
    fail_unless (running == want && stream == START + want, "frame %u: running time %"
        GST_TIME_FORMAT ", stream time %" GST_TIME_FORMAT ", want %" GST_TIME_FORMAT, i,
        GST_TIME_ARGS (running), GST_TIME_ARGS (stream), GST_TIME_ARGS (want));
    fail_unless_equals_string (pack_meta_string (pack, "frame-stamps", i), stamp);
  }
  /* The demuxer leaves out the packet that begins before START. */
  fail_unless (sound->first - START < 20 * GST_MSECOND, "sound begins at %" GST_TIME_FORMAT,
      GST_TIME_ARGS (sound->first));
  fail_unless_equals_uint64 (pack_meta_uint64 (pack, "audio-stream-times", 0),
      sound->first);
  fail_unless_equals_uint64 (pack_meta_uint64 (pack, "audio-running-times", 0),
      sound->first - START);
  fail_unless_equals_uint64 (pack_meta_uint64 (pack, "audio-durations", 0),
      gst_util_uint64_scale (sound->n_samples, GST_SECOND, 16000));
}

static void
pull_part (GstElement *pipeline, const Sound *sound)
{
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a pack");
  check_part (gst_sample_get_buffer (sample), sound);
  gst_sample_unref (sample);
  fail_unless (line_pull (pipeline) == NULL, "more than one pack");
}

/* The pack is made and waits in the sink, which is paused. */
GST_START_TEST (test_seek_while_paused)
{
  Sound sound;
  GstElement *pipeline = sample_line ("", &sound);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL, LINE_TIMEOUT),
      GST_STATE_CHANGE_SUCCESS);
  seek (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  pull_part (pipeline, &sound);
  line_free (pipeline);
}

GST_END_TEST;

/* Before the first pack: 1, 21 or 41 frames have come. */
static GstPadProbeReturn
begun (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_atomic_int_inc ((gint *) user_data);
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (test_seek_while_media_comes)
{
  Sound sound;
  GstElement *pipeline = sample_line ("", &sound);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (line_find (pipeline,
          "gemma4videoconv"), "sink");
  gint n = 0;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, begun, &n, NULL);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  while (g_atomic_int_get (&n) < 1 + 20 * __i__)
    g_usleep (200);
  seek (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  pull_part (pipeline, &sound);
  line_free (pipeline);
}

GST_END_TEST;

/* After the pack of the whole clip and its EOS. */
GST_START_TEST (test_seek_after_the_first_pack)
{
  Sound sound;
  GstElement *pipeline = sample_line (__i__ ? "target=transformers" : "", &sound);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a pack");
  GstClockTime last = pack_meta_uint64 (gst_sample_get_buffer (sample),
      "frame-running-times", N_FRAMES - 1);
  fail_unless (last > 11 * GST_SECOND, "the last frame is of %" GST_TIME_FORMAT,
      GST_TIME_ARGS (last));
  gst_sample_unref (sample);
  fail_unless (line_pull (pipeline) == NULL, "more than one pack");
  seek (pipeline);
  sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a pack of the part");
  if (__i__ == 0)
    check_part (gst_sample_get_buffer (sample), &sound);
  gst_sample_unref (sample);
  line_free (pipeline);
}

GST_END_TEST;

static void
play_segment (GstElement *pipeline, GstSeekFlags flags)
{
  fail_unless (gst_element_seek (pipeline, 1.0, GST_FORMAT_TIME,
          GST_SEEK_FLAG_SEGMENT | GST_SEEK_FLAG_ACCURATE | flags, GST_SEEK_TYPE_SET, START,
          GST_SEEK_TYPE_SET, STOP), "the seek was refused");
}

static void
wait_for_segment_done (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, LINE_TIMEOUT,
      GST_MESSAGE_SEGMENT_DONE | GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_SEGMENT_DONE,
      "no SEGMENT_DONE, but %s", message ? GST_MESSAGE_TYPE_NAME (message) : "nothing");
}

/* A part that is played again and again without a flush: one pack of each pass, of the
 * same frames. */
GST_START_TEST (test_segment_seek)
{
  Sound sound;
  GstElement *pipeline = sample_line ("", &sound);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL, LINE_TIMEOUT),
      GST_STATE_CHANGE_SUCCESS);
  GstClockTime end = 0;
  play_segment (pipeline, GST_SEEK_FLAG_FLUSH);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint pass = 0; pass < 3; pass++) {
    GstSample *sample = line_pull (pipeline);
    fail_unless (sample != NULL, "EOS without pack %u", pass);
    GstBuffer *pack = gst_sample_get_buffer (sample);
    for (guint i = 0; i < N_FRAMES; i++)
      fail_unless_equals_uint64 (pack_meta_uint64 (pack, "frame-stream-times", i),
          START + ref_linspace_index (i, N_FRAMES, N_TOTAL) * 40 * GST_MSECOND);
    /* the demuxer goes on where its last packet ended */
    GstClockTime begin = pack_meta_uint64 (pack, "frame-running-times", 0);
    GstClockTime last = pack_meta_uint64 (pack, "frame-running-times", N_FRAMES - 1);
    fail_unless (pass ? begin > end && begin < end + 200 * GST_MSECOND : begin == 0,
        "pass %u begins at %" GST_TIME_FORMAT, pass, GST_TIME_ARGS (begin));
    end = last;
    fail_unless_equals_int (pack_meta_length (pack, "audio-pads"), 1);
    gst_sample_unref (sample);
    wait_for_segment_done (pipeline);
    play_segment (pipeline, 0);
  }
  line_free (pipeline);
}

GST_END_TEST;

static Suite *
seek_suite (void)
{
  Suite *s = suite_create ("seek");
  TCase *t = line_tcase (40);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_seek_while_paused);
  tcase_add_loop_test (t, test_seek_while_media_comes, 0, 3);
  tcase_add_loop_test (t, test_seek_after_the_first_pack, 0, 2);
  tcase_add_test (t, test_segment_seek);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("matroskademux", "vp8dec", "opusdec", "audioconvert", "audioresample",
      "appsink", NULL);
  return gst_check_run_suite (seek_suite (), "seek", __FILE__);
}
