/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* H.264 with B-frames in MP4, and files as a telephone writes them: held upright, and of
 * a variable frame rate. ffmpeg makes them; gemma4videoconv must take the right frames,
 * upright. */

#include "numbered.h"

#define N_FRAMES 100

static gchar *folder;

static gchar *
in_folder (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

static gboolean
run (const gchar *command)
{
  gint status;
  g_autofree gchar *output = NULL;
  return g_spawn_command_line_sync (command, NULL, &output, &status, NULL)
      && g_spawn_check_wait_status (status, NULL);
}

/* The frames of a file with gaps, and so with a variable rate. */
static gboolean
survives (guint number)
{
  return number % 10 < 4 || number >= 70;
}

#define SURVIVES "lt(mod(n\\,10)\\,4)+gte(n\\,70)"

/* The first of them that is @number or comes after it. */
static guint
first_after (guint number)
{
  while (!survives (number))
    number++;
  return number;
}

static void
encode (const gchar *raw, const gchar *filter, const gchar *path)
{
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -v error -y -f rawvideo -pix_fmt "
      "yuv420p -s %dx%d -r 30 -i %s -vf '%s' -fps_mode vfr -c:v libx264 -preset fast -bf 3 "
      "-x264-params b-adapt=0 %s", NUMBERED_SIDE, NUMBERED_SIDE, raw, filter, path);
  fail_unless (run (command), "%s", command);
}

/* The older way is without effect in newer versions, which know the other. */
static void
turn (const gchar *from, const gchar *to)
{
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -v error -y -display_rotation -90 "
      "-i %s -c copy %s", from, to);
  g_autofree gchar *older = g_strdup_printf ("ffmpeg -v error -y -i %s -c copy "
      "-metadata:s:v rotate=90 %s", from, to);
  fail_unless (run (command) || run (older), "%s", older);
}

/* All files, made once. */
static void
make_files (void)
{
  g_autofree gchar *raw = in_folder ("frames.i420"), *plain = in_folder ("plain.mp4");
  g_autofree gchar *turned = in_folder ("turned.mp4"), *varied = in_folder ("varied.mp4");
  if (g_file_test (turned, G_FILE_TEST_EXISTS))
    return;
  g_autofree gchar *line = g_strdup_printf ("appsrc name=src ! filesink location=%s", raw);
  numbered_make (line, N_FRAMES, 30, NULL);
  encode (raw, "null", plain);
  encode (raw, "select=" SURVIVES, varied);
  turn (plain, turned);
}

/* Frames leave the encoder in another order than they are shown in. */
static GstPadProbeReturn
see_order (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstClockTime *last = user_data, pts = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  if (last[0] != GST_CLOCK_TIME_NONE && pts < last[0])
    last[1]++;
  last[0] = pts;
  return GST_PAD_PROBE_OK;
}

static GstElement *
open_file (const gchar *name, const gchar *settings)
{
  g_autofree gchar *path = in_folder (name);
  make_files ();
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! qtdemux ! avdec_h264 ! "
      "gemma4videoconv patch-size=4 %s ! appsink name=out sync=false "
      "caps=\"other/tensors,types=(string)\\\"uint8,int32\\\"\"", path, settings);
  return line_parse (line);
}

GST_START_TEST (test_b_frames)
{
  GstElement *pipeline = open_file ("plain.mp4", "num-frames=8");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (line_find (pipeline, "avdec_h264"), "sink");
  GstClockTime order[2] = { GST_CLOCK_TIME_NONE, 0 };
  GstClockTime origin = GST_CLOCK_TIME_NONE;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, see_order, order, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 8; i++) {
    GstSample *sample = line_pull (pipeline);
    guint64 want = i * (N_FRAMES - 1) / 7;
    fail_unless (sample != NULL, "only %u frames", i);
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    guint number = numbered_read (buffer);
    fail_unless (number == want, "place %u: frame %u, want %" G_GUINT64_FORMAT, i, number, want);
    if (i == 0)
      origin = GST_BUFFER_PTS (buffer);
    gint64 off = GST_BUFFER_PTS (buffer) - origin - gst_util_uint64_scale (want, GST_SECOND, 30);
    fail_unless (ABS (off) < GST_MSECOND, "frame %u is %" G_GINT64_FORMAT " ns off", number, off);
    gst_sample_unref (sample);
  }
  fail_unless (line_pull (pipeline) == NULL, "more than 8 frames");
  line_free (pipeline);
  fail_unless (order[1] > N_FRAMES / 10, "the file has no B-frames");
}

GST_END_TEST;

/* The rate that the caps name: qtdemux guesses it of such a file, 30 frames a second in
 * GStreamer 1.22 and 25 in 1.26. */
static guint
nominal_rate (GstElement *pipeline)
{
  gint n = 0, d = 1;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (line_find (pipeline, "avdec_h264"), "src");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  fail_unless (caps && gst_structure_get_fraction (gst_caps_get_structure (caps, 0), "framerate",
          &n, &d) && n > 0 && n % d == 0, "no whole rate: %" GST_PTR_FORMAT, caps);
  return n / d;
}

/* Many frames are missing of those that the rate in the caps promises. Places are counted at
 * that rate over the whole duration; one takes the first frame whose time, rounded to a place,
 * is not before it. */
static void
spread_by_time (guint64 *want, guint n, guint rate)
{
  guint total = N_FRAMES * rate / 30, frame = 0;
  for (guint i = 0; i < n; i++) {
    while (!survives (frame)
        || gst_util_uint64_scale_round (frame, rate, 30) < i * (total - 1) / (n - 1))
      frame++;
    want[i] = frame;
  }
}

GST_START_TEST (test_variable_rate)
{
  guint64 want[8];
  GstElement *pipeline = open_file ("varied.mp4", "num-frames=6");
  g_autoptr (GArray) spread = numbered_play (pipeline);
  spread_by_time (want, 6, nominal_rate (pipeline));
  line_free (pipeline);
  numbered_check ("num-frames=6", spread, want, 6);

  for (guint i = 0; i < 7; i++)
    want[i] = first_after (i * 15);     /* half a second */
  pipeline = open_file ("varied.mp4", "sampling=rate sample-rate=2/1");
  g_autoptr (GArray) rated = numbered_play (pipeline);
  line_free (pipeline);
  numbered_check ("sampling=rate", rated, want, 7);
}

GST_END_TEST;

/* What the squares of frame @i say as ffmpeg shows the file, turned or not. */
static guint
shown_by_ffmpeg (const gchar *name, guint i)
{
  g_autofree gchar *path = in_folder (name), *raw = in_folder ("shown.grey");
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -v error -y -i %s -f rawvideo "
      "-pix_fmt gray %s", path, raw);
  g_autofree gchar *grey = NULL;
  gsize n_bytes;
  const guint side = NUMBERED_SIDE, square = NUMBERED_SIDE / 4;
  fail_unless (run (command), "%s", command);
  fail_unless (g_file_get_contents (raw, &grey, &n_bytes, NULL));
  fail_unless_equals_uint64 (n_bytes, N_FRAMES * side * side);
  const guint8 *frame = (const guint8 *) grey + i * side * side;
  guint number = 0;
  for (guint bit = 0; bit < 16; bit++)
    number |= (frame[(bit / 4 * square + square / 2) * side + bit % 4 * square + square / 2]
        > 127) << bit;
  return number;
}

GST_START_TEST (test_turned)
{
  for (guint on = 0; on < 2; on++) {
    GstElement *pipeline = open_file ("turned.mp4", on ? "num-frames=4" :
        "num-frames=4 auto-rotate=false");
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    for (guint i = 0; i < 4; i++) {
      GstSample *sample = line_pull (pipeline);
      fail_unless (sample != NULL, "only %u frames", i);
      guint want = shown_by_ffmpeg (on ? "turned.mp4" : "plain.mp4", i * 33);
      guint number = numbered_read (gst_sample_get_buffer (sample));
      fail_unless (number == want, "auto-rotate %u, frame %u: got %u, want %u", on, i * 33,
          number, want);
      fail_unless (i == 0 || on == (number != i * 33), "ffmpeg did not turn the file");
      gst_sample_unref (sample);
    }
    line_free (pipeline);
  }
}

GST_END_TEST;

static Suite *
videomp4_suite (void)
{
  Suite *s = suite_create ("videomp4");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_b_frames);
  tcase_add_test (t, test_variable_rate);
  tcase_add_test (t, test_turned);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("appsrc", "qtdemux", "avdec_h264", NULL);
  if (!run ("ffmpeg -v error -f lavfi -i color=s=16x16:d=0.1 -c:v libx264 -f null -")) {
    g_print ("SKIP: there is no ffmpeg with libx264\n");
    return 77;
  }
  folder = numbered_folder ();
  gint status = gst_check_run_suite (videomp4_suite (), "videomp4", __FILE__);
  numbered_clear (folder);
  g_free (folder);
  return status;
}
