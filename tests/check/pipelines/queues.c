/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What hangs or loses data in elements that wait for a buffer on every pad: sparse
 * video beside sound, silent prompts, seeks, a busy consumer. Each with a queue in the
 * branches, and without one: then one thread feeds all pads. */

#include "line.h"

#include <glib/gstdio.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define N_SECONDS 6

static const gchar *const queues[] = { "", "queue !" };

/* What @line makes. */
static gchar *
make_file_by (const gchar *line)
{
  gchar *path = NULL;
  gint fd = g_file_open_tmp ("gemma4-XXXXXX.mkv", &path, NULL);
  fail_unless (fd >= 0 && g_close (fd, NULL));
  g_autofree gchar *whole = g_strdup_printf ("%s ! filesink location=%s", line, path);
  GstElement *pipeline = line_parse (whole);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  return path;
}

static gchar *
make_file (const gchar *rate, guint n_frames, gboolean streamable)
{
  g_autofree gchar *line = g_strdup_printf ("audiotestsrc num-buffers=%u samplesperbuffer=960 ! "
      "audio/x-raw,rate=48000,channels=1 ! opusenc ! queue ! m. "
      "videotestsrc num-buffers=%u ! video/x-raw,width=96,height=96,framerate=%s ! "
      "vp8enc deadline=1 ! queue ! webmmux name=m streamable=%d", N_SECONDS * 50, n_frames, rate,
      streamable);
  return make_file_by (line);
}

static GstElement *
line_new (const gchar *path, const gchar *queue, const gchar *settings)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! matroskademux name=d "
      "d.video_0 ! %s vp8dec ! gemma4videoconv ! p.video_0 "
      "d.audio_0 ! %s opusdec ! audioconvert ! audioresample ! gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p tokenizer=%s ! appsink name=out sync=false async=false %s", path,
      queue, queue, tokenizer, settings);
  return line_parse (line);
}

static void
assert_pack (GstElement *pipeline, guint n_frames, GstClockTime sound)
{
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a pack");
  GstBuffer *pack = gst_sample_get_buffer (sample);
  fail_unless_equals_int (pack_meta_length (pack, "frame-pads"), n_frames);
  fail_unless_equals_int (pack_meta_length (pack, "audio-pads"), 1);
  GstClockTime heard = pack_meta_uint64 (pack, "audio-durations", 0);
  fail_unless (heard + 50 * MS > sound && heard < sound + 50 * MS, "%" GST_TIME_FORMAT
      " of sound, want %" GST_TIME_FORMAT, GST_TIME_ARGS (heard), GST_TIME_ARGS (sound));
  gst_sample_unref (sample);
}

static const struct
{
  const gchar *rate;
  guint n_frames, n_packed;
  gboolean streamable;          /* no length is known: frames come at the end */
} files[] = {
  {"3/1", 3 * N_SECONDS, 3 * N_SECONDS, FALSE},
  {"1/1", N_SECONDS, N_SECONDS, FALSE},
  {"1/3", N_SECONDS / 3, N_SECONDS / 3, FALSE},
  {"25/1", 25 * N_SECONDS, 32, TRUE},
};

/* Few frames a second beside 25 buffers of sound, and frames only at the end. */
GST_START_TEST (test_sparse_video)
{
  g_autofree gchar *path = make_file (files[__i__].rate, files[__i__].n_frames,
      files[__i__].streamable);
  for (guint q = 0; q < G_N_ELEMENTS (queues); q++) {
    GstElement *pipeline = line_new (path, queues[q], "");
    g_autoptr (GstElement) packer = gst_bin_get_by_name (GST_BIN (pipeline), "p");
    g_object_set (packer, "prompt", "What?", NULL);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    assert_pack (pipeline, files[__i__].n_packed, N_SECONDS * S);
    fail_unless (line_pull (pipeline) == NULL, "more than one pack");
    line_free (pipeline);
  }
  g_unlink (path);
}

GST_END_TEST;

#define PROMPT_PAD "appsrc name=prompt format=time caps=text/x-raw,format=utf8 ! p.prompt"

static void
say_at (GstElement *pipeline, const gchar *text, GstClockTime pts)
{
  GstFlowReturn flow;
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (text, strlen (text));
  g_autoptr (GstElement) prompt = gst_bin_get_by_name (GST_BIN (pipeline), "prompt");
  GST_BUFFER_PTS (buffer) = pts;
  g_signal_emit_by_name (prompt, "push-buffer", buffer, &flow);
}

static void
say (GstElement *pipeline, const gchar *text)
{
  say_at (pipeline, text, GST_CLOCK_TIME_NONE);
}

static void
say_no_more (GstElement *pipeline)
{
  GstFlowReturn flow;
  g_autoptr (GstElement) prompt = gst_bin_get_by_name (GST_BIN (pipeline), "prompt");
  g_signal_emit_by_name (prompt, "end-of-stream", &flow);
}

/* A prompt pad that is silent for a while, two questions about one file, a seek while
 * an appsrc stands on the prompt pad, and the end. */
GST_START_TEST (test_prompts)
{
  g_autofree gchar *path = make_file ("3/1", 3 * N_SECONDS, FALSE);
  GstElement *pipeline = line_new (path, queues[__i__], PROMPT_PAD);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_usleep (300 * 1000);
  say (pipeline, "What is there?");
  assert_pack (pipeline, N_SECONDS, N_SECONDS * S);     /* one a second is seen */
  say (pipeline, "And what is that?");
  assert_pack (pipeline, N_SECONDS, N_SECONDS * S);
  fail_unless (gst_element_seek_simple (pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH
          | GST_SEEK_FLAG_ACCURATE, 4 * S));
  say (pipeline, "And now?");
  assert_pack (pipeline, N_SECONDS - 4, (N_SECONDS - 4) * S);
  say_no_more (pipeline);
  fail_unless (line_pull (pipeline) == NULL, "a pack that nobody asked for");
  line_free (pipeline);
  g_unlink (path);
}

GST_END_TEST;

static void
hold_file (GstElement *pipeline, gboolean hold)
{
  static const gchar *const names[] = { "d", "file" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (pipeline), names[i]);
    gst_element_set_locked_state (element, hold);
    if (!hold)
      gst_element_sync_state_with_parent (element);
  }
}

static const struct
{
  GstClockTime time;
  guint n_frames;               /* before it, one a second */
} prompts[] = {
  {1300 * MS, 2},
  {1319 * MS, 2},
  {4020 * MS, 5},
};

static GstElement *
raw_line_new (const gchar *path, const gchar *queue)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("filesrc name=file location=%s ! "
      "matroskademux name=d d.video_0 ! %s jpegdec ! gemma4videoconv ! p.video_0 "
      "d.audio_0 ! %s audioconvert ! audioresample quality=10 ! gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p tokenizer=%s ! appsink name=out sync=false async=false "
      PROMPT_PAD, path, queue, queue, tokenizer);
  return line_parse (line);
}

/* A prompt at a time, and no word of what comes after it: sound is there a little later
 * than the pictures of the same time. */
GST_START_TEST (test_timed_prompt)
{
  g_autofree gchar *path = make_file_by ("videotestsrc num-buffers=150 ! "
      "video/x-raw,width=96,height=96,framerate=25/1 ! jpegenc ! queue ! m.video_0 "
      "audiotestsrc samplesperbuffer=480 num-buffers=600 ! audio/x-raw,rate=48000,channels=1 ! "
      "queue ! m.audio_0 matroskamux name=m");
  for (guint q = 0; q < G_N_ELEMENTS (queues); q++) {
    GstElement *pipeline = raw_line_new (path, queues[q]);
    hold_file (pipeline, TRUE);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    say_at (pipeline, "What?", prompts[__i__].time);
    g_usleep (200 * 1000);      /* the packer has it */
    hold_file (pipeline, FALSE);
    assert_pack (pipeline, prompts[__i__].n_frames, prompts[__i__].time);
    say_no_more (pipeline);
    fail_unless (line_pull (pipeline) == NULL, "a pack that nobody asked for");
    line_free (pipeline);
  }
  g_unlink (path);
}

GST_END_TEST;

static void
ask (GstElement *packer)
{
  gboolean taken;
  g_signal_emit_by_name (packer, "pack", "Hm?", GST_CLOCK_TIME_NONE, &taken);
  fail_unless (taken);
}

/* A consumer that is busy for 3 s: what the microphone heard meanwhile is in the packs
 * of the questions of that time, without a hole. */
GST_START_TEST (test_busy)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("audiotestsrc is-live=true ! %s audioconvert ! "
      "audioresample ! gemma4audioconv ! gemma4packer name=p trigger=prompt tokenizer=%s ! "
      "appsink name=out sync=false async=false max-buffers=1", queues[__i__], tokenizer);
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstElement) packer = gst_bin_get_by_name (GST_BIN (pipeline), "p");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 5; i++) {
    g_usleep (750 * 1000);
    ask (packer);
  }
  GstClockTime end = 0;
  for (guint i = 0; i < 5; i++) {
    GstSample *sample = line_pull (pipeline);
    fail_unless (sample != NULL, "EOS instead of pack %u", i);
    GstBuffer *pack = gst_sample_get_buffer (sample);
    GstClockTime begin = pack_meta_uint64 (pack, "audio-running-times", 0);
    fail_unless (i == 0 || (begin <= end + 10 * MS && begin + 10 * MS >= end), "pack %u begins at %"
        GST_TIME_FORMAT ", the one before ends at %" GST_TIME_FORMAT, i, GST_TIME_ARGS (begin),
        GST_TIME_ARGS (end));
    end = begin + pack_meta_uint64 (pack, "audio-durations", 0);
    gst_sample_unref (sample);
  }
  fail_unless (end > 3 * S, "sound ends at %" GST_TIME_FORMAT, GST_TIME_ARGS (end));
  line_free (pipeline);
}

GST_END_TEST;

static Suite *
queues_suite (void)
{
  Suite *s = suite_create ("queues");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_sparse_video, 0, G_N_ELEMENTS (files));
  tcase_add_loop_test (t, test_prompts, 0, G_N_ELEMENTS (queues));
  tcase_add_loop_test (t, test_timed_prompt, 0, G_N_ELEMENTS (prompts));
  tcase_add_loop_test (t, test_busy, 0, G_N_ELEMENTS (queues));
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("vp8enc", "vp8dec", "opusenc", "opusdec", "jpegenc", "jpegdec", "webmmux",
      "matroskamux", "matroskademux", "videotestsrc", "audiotestsrc", "audioconvert", "audioresample", "appsrc", "appsink", NULL);
  return gst_check_run_suite (queues_suite (), "queues", __FILE__);
}
