/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files whose sound ends before their picture: demuxers send GAPs for it, and the
 * resampler's last samples come behind them. */

#include "line.h"

#include <glib/gstdio.h>

#define S GST_SECOND

static const gchar *const queues[] = { "", "queue !" };
static const gchar *const targets[] = { "kerashub", "transformers" };

/* Three seconds of tone, in each kind of file. */
static const struct
{
  const gchar *name, *mux, *encode, *demux, *decode;
} files[] = {
  {"webm", "webmmux", "opusenc", "matroskademux", "opusdec"},
  {"mkv", "matroskamux", "flacenc", "matroskademux", "flacparse ! flacdec"},
  {"ogg", "oggmux", "opusenc", "oggdemux", "opusdec"},
  {"avi", "avimux", "audioconvert", "avidemux", "audioconvert"},
};

/* Made once for each number of frames, ten a second. */
static gchar *
file_of (guint kind, guint n_frames)
{
  g_autofree gchar *name = g_strdup_printf ("gemma4-soundends-%d-%u.%s", getpid (), n_frames,
      files[kind].name);
  gchar *path = g_build_filename (g_get_tmp_dir (), name, NULL);
  g_autofree gchar *line = g_strdup_printf ("videotestsrc num-buffers=%u ! "
      "video/x-raw,width=96,height=96,framerate=10/1 ! vp8enc deadline=1 ! queue ! %s name=m ! "
      "filesink location=%s audiotestsrc num-buffers=150 samplesperbuffer=960 ! "
      "audio/x-raw,rate=48000,channels=1 ! %s ! queue ! m.", n_frames, files[kind].mux, path,
      files[kind].encode);
  GstElement *pipeline = line_parse (line);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  return path;
}

static GstElement *
line_new (guint kind, const gchar *path, const gchar *queue, const gchar *settings)
{
  const gchar *demux = files[kind].demux;
  gboolean ogg = g_str_equal (demux, "oggdemux");
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! %s name=d "
      "d.%s ! %s vp8dec ! gemma4videoconv num-frames=4 ! p.video_0 "
      "d.%s ! %s %s ! audioconvert ! audioresample quality=10 ! gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p num-frames-per-video=4 prompt=What? %s ! "
      "appsink name=out sync=false async=false", path, demux, ogg ? "" : "video_0", queue,
      ogg ? "" : "audio_0", queue, files[kind].decode, settings);
  return line_parse (line);
}

static gchar *
with_demo_tokenizer (const gchar *settings)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  return g_strdup_printf ("tokenizer=%s %s", tokenizer, settings);
}

static guint64
audio_tokens (GstBuffer *pack)
{
  guint64 n = 0;
  fail_unless (gst_structure_get_uint64 (pack_meta (pack), "n-audio-tokens", &n));
  return n;
}

static void
assert_tokens (GstElement *pipeline, guint64 n_tokens)
{
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a pack");
  fail_unless_equals_uint64 (audio_tokens (gst_sample_get_buffer (sample)), n_tokens);
  gst_sample_unref (sample);
}

static void
assert_eos (GstElement *pipeline)
{
  fail_unless (line_pull (pipeline) == NULL, "a pack too many");
}

/* Whether the picture is 7 or 40 s longer than the sound. */
GST_START_TEST (test_whole_file)
{
  guint kind = __i__ / 4;
  g_autofree gchar *settings = g_strdup_printf ("target=%s", targets[__i__ % 2]);
  g_autofree gchar *all = with_demo_tokenizer (settings);
  for (guint n_frames = 100; n_frames <= 430; n_frames += 330) {
    g_autofree gchar *path = file_of (kind, n_frames);
    GstElement *pipeline = line_new (kind, path, queues[__i__ / 2 % 2], all);
    g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    assert_tokens (pipeline, 75);
    assert_eos (pipeline);
    fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "there is a warning");
    line_free (pipeline);
    g_unlink (path);
  }
}

GST_END_TEST;

/* 12B: 75 rows of 640 samples. */
GST_START_TEST (test_raw_rows)
{
  g_autofree gchar *path = file_of (0, 430);
  g_autofree gchar *all = with_demo_tokenizer ("preset=gemma4_instruct_12b");
  GstElement *pipeline = line_new (0, path, queues[__i__], all);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  assert_tokens (pipeline, 75);
  assert_eos (pipeline);
  line_free (pipeline);
  g_unlink (path);
}

GST_END_TEST;

/* Intervals behind the sound have no clip. */
GST_START_TEST (test_intervals)
{
  g_autofree gchar *path = file_of (0, 100);
  g_autofree gchar *all = with_demo_tokenizer ("interval=2000000000");
  GstElement *pipeline = line_new (0, path, queues[__i__], all);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  assert_tokens (pipeline, 50);
  assert_tokens (pipeline, 25);
  for (guint i = 0; i < 3; i++)
    assert_tokens (pipeline, 0);
  assert_eos (pipeline);
  line_free (pipeline);
  g_unlink (path);
}

GST_END_TEST;

static Suite *
soundends_suite (void)
{
  Suite *s = suite_create ("soundends");
  TCase *t = line_tcase (100);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_whole_file, 0, 4 * G_N_ELEMENTS (files));
  tcase_add_loop_test (t, test_raw_rows, 0, 2);
  tcase_add_loop_test (t, test_intervals, 0, 2);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("vp8enc", "opusenc", "flacenc", "oggmux", "avimux", "webmmux", NULL);
  return gst_check_run_suite (soundends_suite (), "soundends", __FILE__);
}
