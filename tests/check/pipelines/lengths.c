/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files whose length upstream does not know or tells wrongly, and H.264 in Matroska as
 * ffmpeg writes it: the frames that gemma4videoconv takes, by the numbers in them. */

#include "numbered.h"

#define N 32
#define CONV "gemma4videoconv patch-size=4 num-frames=32 ! appsink name=out sync=false " \
  "caps=\"other/tensors,types=(string)\\\"uint8,int32\\\",target=kerashub,role=(string)clip\""

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

static gboolean
is_there (const gchar *element)
{
  GstElementFactory *factory = gst_element_factory_find (element);
  if (!factory)
    return FALSE;
  gst_object_unref (factory);
  return TRUE;
}

/* 300 numbered frames of I420. */
static gchar *
raw_file (void)
{
  gchar *raw = in_folder ("frames.i420");
  g_autofree gchar *line = g_strdup_printf ("appsrc name=src ! filesink location=%s", raw);
  if (!g_file_test (raw, G_FILE_TEST_EXISTS))
    numbered_make (line, 300, 30, NULL);
  return raw;
}

/* Frames [@first, @last) of them at @rate a second, coded by @settings. No filter cuts them: in
 * ffmpeg 7 setpts takes the last one's duration, and so the file ends before it. The sound is no
 * longer than the picture: it decides about the length of the file. */
static gchar *
make (const gchar *name, guint rate, guint first, guint last, const gchar *settings)
{
  g_autofree gchar *raw = raw_file ();
  gchar *path = in_folder (name);
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -v error -y -f lavfi -i sine=d=%g -f "
      "rawvideo -pix_fmt yuv420p -s %dx%d -r %u -skip_initial_bytes %u -i %s -frames:v %u -map 1:v "
      "%s %s", (gdouble) (last - first) / rate - 0.05, NUMBERED_SIDE, NUMBERED_SIDE, rate,
      first * NUMBERED_SIDE * NUMBERED_SIDE * 3 / 2, raw, last - first, settings, path);
  fail_unless (run (command), "%s", command);
  return path;
}

/* One message gemma4-video, of @count frames. */
static void
check_message (GstElement *pipeline, const gchar *what, guint64 count, gboolean estimated)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  guint n = 0;
  guint64 seen = 0;
  gboolean got = FALSE;
  for (GstMessage *message; (message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT));
      gst_message_unref (message)) {
    const GstStructure *s = gst_message_get_structure (message);
    if (!gst_structure_has_name (s, "gemma4-video"))
      continue;
    gst_structure_get (s, "frames-seen", G_TYPE_UINT64, &seen, "estimated", G_TYPE_BOOLEAN,
        &got, NULL);
    n++;
  }
  fail_unless (n == 1 && seen == count && got == estimated, "%s: %u messages, the last of %"
      G_GUINT64_FORMAT " frames, estimated %d", what, n, seen, got);
}

/* The frames of the rule of @count, the first being number @from; with @stride each within
 * it. */
static void
check (const gchar *line, guint64 count, guint64 stride)
{
  GstElement *pipeline = line_parse (line);
  g_autoptr (GArray) got = numbered_play (pipeline);
  check_message (pipeline, line, count, stride > 0);
  line_free (pipeline);
  fail_unless (got->len == N, "%s: %u frames", line, got->len);
  for (guint i = 0; i < N; i++) {
    gint64 away = g_array_index (got, guint64, i) - i * (count - 1) / (N - 1);
    fail_unless (ABS (away) <= (gint64) stride, "%s: place %u is %" G_GINT64_FORMAT " off", line,
        i, away);
  }
}

GST_START_TEST (test_matroska)
{
  const struct
  {
    const gchar *sound;
    guint rate, count;
  } cases[] = {
    {"aac -ar 44100", 10, 100}, {"libopus -ar 48000", 10, 100}, {"aac -ar 44100", 30, 300},
  };
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++) {
    g_autofree gchar *settings = g_strdup_printf ("-map 0:a -c:v libx264 -bf 3 -c:a %s",
        cases[c].sound);
    g_autofree gchar *path = make ("a.mkv", cases[c].rate, 0, cases[c].count, settings);
    g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! matroskademux name=d "
        "d.video_0 ! queue ! avdec_h264 ! " CONV " d.audio_0 ! queue ! fakesink async=false",
        path);
    check (line, cases[c].count, 0);
  }
}

GST_END_TEST;

/* The same through the packer, with its sound. */
GST_START_TEST (test_packed)
{
  g_autofree gchar *path = make ("p.mkv", 10, 0, 100, "-map 0:a -c:v libx264 -bf 3 -c:a aac");
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! matroskademux name=d "
      "d.video_0 ! queue ! avdec_h264 ! gemma4videoconv ! p.video_0 d.audio_0 ! queue ! "
      "avdec_aac ! audioconvert ! audioresample quality=10 ! gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p prompt=What? tokenizer=%s ! appsink name=out sync=false", path,
      tokenizer);
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *pack = line_pull (pipeline);
  check_message (pipeline, "packed", 100, FALSE);
  GstBuffer *buffer = gst_sample_get_buffer (pack);
  fail_unless_equals_int (pack_meta_length (buffer, "frame-running-times"), N);
  for (guint i = 0; i < N; i++) {
    gint64 away = pack_meta_uint64 (buffer, "frame-running-times", i)
        - i * 99 / 31 * GST_SECOND / 10;
    fail_unless (away >= 0 && away <= 24 * GST_MSECOND, "frame %u is %" G_GINT64_FORMAT " ns off",
        i, away);
  }
  gst_sample_unref (pack);
  line_free (pipeline);
}

GST_END_TEST;

/* Files that were joined by cat report less than there is. */
GST_START_TEST (test_joined_by_cat)
{
  const struct
  {
    const gchar *ending, *codec, *demux;
  } cases[] = {
    {"ts", "libx264", "tsdemux ! h264parse ! avdec_h264"},
    {"mpg", "mpeg2video", "mpegpsdemux ! mpegvideoparse ! avdec_mpeg2video"},
  };
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++) {
    g_autofree gchar *settings = g_strconcat ("-c:v ", cases[c].codec, " -q:v 2", NULL);
    g_autofree gchar *first = g_strconcat ("a.", cases[c].ending, NULL);
    g_autofree gchar *second = g_strconcat ("b.", cases[c].ending, NULL);
    g_autofree gchar *a = make (first, 25, 0, 10, settings);
    g_autofree gchar *b = make (second, 25, 10, 100, settings);
    g_autofree gchar *joined = in_folder ("joined");
    g_autofree gchar *command = g_strdup_printf ("sh -c 'cat %s %s > %s'", a, b, joined);
    g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! %s ! " CONV, joined,
        cases[c].demux);
    fail_unless (run (command), "%s", command);
    if (is_there ("tsdemux") && is_there ("mpegpsdemux") && is_there ("mpegvideoparse"))
      check (line, 100, 0);
  }
}

GST_END_TEST;

/* Parsers know a length only after some frames. */
GST_START_TEST (test_parsed)
{
  g_autofree gchar *raw = raw_file ();
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! rawvideoparse width=%d "
      "height=%d format=i420 framerate=30/1 ! " CONV, raw, NUMBERED_SIDE, NUMBERED_SIDE);
  check (line, 300, 0);
  g_autofree gchar *h264 = make ("a.h264", 25, 0, 100, "-c:v libx264 -bf 3");
  g_autofree gchar *parsed = g_strdup_printf ("filesrc location=%s ! h264parse ! avdec_h264 ! "
      CONV, h264);
  if (is_there ("h264parse"))
    check (parsed, 100, 0);
}

GST_END_TEST;

/* concat knows the length of one stream at a time. */
GST_START_TEST (test_concat)
{
  g_autofree gchar *a = make ("a.webm", 10, 0, 10, "-c:v libvpx -b:v 1M");
  g_autofree gchar *b = make ("b.webm", 10, 10, 100, "-c:v libvpx -b:v 1M");
  g_autofree gchar *line = g_strdup_printf ("concat name=c ! " CONV " filesrc location=%s ! "
      "matroskademux ! vp8dec ! c. filesrc location=%s ! matroskademux ! vp8dec ! c.", a, b);
  check (line, 100, 0);

  /* In MP4 each has a SEGMENT with an end. */
  g_autofree gchar *c = make ("a.mp4", 10, 0, 10, "-c:v libx264 -bf 3");
  g_autofree gchar *d = make ("b.mp4", 10, 10, 100, "-c:v libx264 -bf 3");
  g_autofree gchar *mp4 = g_strdup_printf ("concat name=c ! queue ! " CONV " filesrc location=%s ! "
      "qtdemux ! avdec_h264 ! c. filesrc location=%s ! qtdemux ! avdec_h264 ! c.", c, d);
  check (mp4, 100, 0);
}

GST_END_TEST;

/* Ogg gives each track a SEGMENT as long as the file. */
GST_START_TEST (test_ogg)
{
  g_autofree gchar *raw = raw_file (), *path = in_folder ("a.ogv");
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -v error -y -f lavfi -i sine=d=43 -f "
      "rawvideo -pix_fmt yuv420p -s %dx%d -r 10 -i %s -frames:v 100 -c:v libtheora -q:v 8 -c:a "
      "libvorbis %s", NUMBERED_SIDE, NUMBERED_SIDE, raw, path);
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! oggdemux name=d d. ! "
      "queue ! theoradec ! " CONV " d. ! audio/x-vorbis ! queue ! fakesink async=false", path);
  if (!is_there ("oggdemux") || !is_there ("theoradec") || !run (command))
    return;
  check (line, 100, 0);
}

GST_END_TEST;

static Suite *
lengths_suite (void)
{
  Suite *s = suite_create ("lengths");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_matroska);
  tcase_add_test (t, test_packed);
  tcase_add_test (t, test_joined_by_cat);
  tcase_add_test (t, test_parsed);
  tcase_add_test (t, test_concat);
  tcase_add_test (t, test_ogg);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("appsrc", "matroskademux", "qtdemux", "avdec_h264", "avdec_aac", "rawvideoparse",
      "vp8dec", "concat", NULL);
  if (!run ("ffmpeg -v error -f lavfi -i color=s=16x16:d=0.1 -c:v libx264 -f null -")) {
    g_print ("SKIP: there is no ffmpeg with libx264\n");
    return 77;
  }
  folder = numbered_folder ();
  gint status = gst_check_run_suite (lengths_suite (), "lengths", __FILE__);
  numbered_clear (folder);
  g_free (folder);
  return status;
}
