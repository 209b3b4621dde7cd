/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* examples/patches.sh over examples/sample.webm: the PNGs show the frames taken, each
 * like the decoded frame; any decoder will do, and what is no video is an error. */

#include "line.h"
#include "numbered.h"

#include <math.h>
#include <sys/wait.h>

static gint
run (const gchar *file, const gchar *folder, gchar **err)
{
  g_autofree gchar *script = line_example ("patches.sh");
  const gchar *argv[] = { "bash", script, file, folder, "num-frames=3", NULL };
  gint status = -1;
  g_autofree gchar *out = NULL, *words = NULL;
  fail_unless (g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
          &out, &words, &status, NULL));
  if (err)
    *err = g_steal_pointer (&words);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

/* The mean of every channel of the first picture of @line at or after @time. What
 * videoconvert makes of Y'CbCr is up to 6 levels off. */
static void
mean_of (const gchar *line, GstClockTime time, gdouble mean[3])
{
  GstElement *pipeline = line_parse (line);
  GstSample *sample;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = line_pull (pipeline)) && GST_BUFFER_PTS (gst_sample_get_buffer (sample)) < time)
    gst_sample_unref (sample);
  fail_unless (sample != NULL, "%s: no picture", line);
  GstMapInfo map;
  gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
  mean[0] = mean[1] = mean[2] = 0;
  for (gsize i = 0; i + 2 < map.size; i += 3)
    for (guint c = 0; c < 3; c++)
      mean[c] += map.data[i + c] * 3.0 / map.size;
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  gst_sample_unref (sample);
  line_free (pipeline);
}

GST_START_TEST (test_sample)
{
  const gchar *names[] = { "frame-000-00m00s.png", "frame-001-00m05s.png", "frame-002-00m11s.png" };
  const guint64 frames[] = { 0, 149, 299 };
  g_autofree gchar *folder = numbered_folder (), *file = line_example ("sample.webm");
  fail_unless_equals_int (run (file, folder, NULL), 0);
  for (guint i = 0; i < 3; i++) {
    gdouble got[3], want[3];
    g_autofree gchar *png = g_strdup_printf ("filesrc location=%s/%s ! pngdec ! videoconvert ! "
        "video/x-raw,format=RGB,width=528,height=288 ! appsink name=out sync=false", folder, names[i]);
    g_autofree gchar *video = g_strdup_printf ("filesrc location=%s ! matroskademux ! vp8dec ! "
        "videoconvert ! videoscale ! video/x-raw,format=RGB,width=528,height=288 ! "
        "appsink name=out sync=false", file);
    mean_of (png, 0, got);
    mean_of (video, frames[i] * 40 * GST_MSECOND, want);
    for (guint c = 0; c < 3; c++)
      fail_unless (fabs (got[c] - want[c]) < 6, "%s: mean of channel %u is %.2f, want %.2f",
          names[i], c, got[c], want[c]);
  }
  numbered_clear (folder);
}

GST_END_TEST;

static gchar *
make_msmpeg4 (const gchar *folder)
{
  gchar *file = g_build_filename (folder, "a.avi", NULL);
  g_autofree gchar *make = g_strdup_printf ("videotestsrc num-buffers=10 ! avenc_msmpeg4 ! "
      "avimux ! filesink location=%s", file);
  GstElement *pipeline = line_parse (make);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  return file;
}

/* libav's decoders may give memory that is not the system's, so their caps name features. */
GST_START_TEST (test_decoder_with_features)
{
  g_autofree gchar *folder = numbered_folder (), *file = make_msmpeg4 (folder);
  g_autofree gchar *png = g_build_filename (folder, "frame-002-00m00s.png", NULL);
  fail_unless_equals_int (run (file, folder, NULL), 0);
  fail_unless (g_file_test (png, G_FILE_TEST_EXISTS), "there is no %s", png);
  numbered_clear (folder);
}

GST_END_TEST;

/* What is missing has a name. */
GST_START_TEST (test_no_decoder)
{
  g_autofree gchar *folder = numbered_folder (), *file = make_msmpeg4 (folder), *err = NULL;
  g_setenv ("GST_PLUGIN_FEATURE_RANK", "avdec_msmpeg4:0", TRUE);
  fail_unless_equals_int (run (file, folder, &err), 1);
  g_unsetenv ("GST_PLUGIN_FEATURE_RANK");
  fail_unless (strstr (err, "no Microsoft MPEG-4") && strstr (err, "apt install gstreamer1.0-libav"),
      "%s", err);
  numbered_clear (folder);
}

GST_END_TEST;

/* One sentence says what is wrong; none of the packages is at fault. */
GST_START_TEST (test_no_video)
{
  g_autofree gchar *folder = numbered_folder (), *text = line_example ("patches.sh");
  g_autofree gchar *sound = g_build_filename (folder, "a.wav", NULL);
  g_autofree gchar *make = g_strdup_printf ("audiotestsrc num-buffers=10 ! wavenc ! "
      "filesink location=%s", sound);
  const gchar *const cases[][2] = {
    {sound, "there is no video in it"}, {text, "it is no media"}, {"/", "is a directory"},
    {"/nowhere", "cannot read /nowhere"},
  };
  GstElement *pipeline = line_parse (make);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *err = NULL;
    fail_unless_equals_int (run (cases[i][0], folder, &err), 1);
    fail_unless (strstr (err, cases[i][1]) && strchr (err, '\n') == strrchr (err, '\n'), "%s", err);
  }
  numbered_clear (folder);
}

GST_END_TEST;

GST_START_TEST (test_no_build)
{
  g_autofree gchar *folder = numbered_folder (), *file = line_example ("sample.webm");
  g_autofree gchar *build = g_strdup (g_getenv ("GEMMA4_BUILD")), *err = NULL;
  g_setenv ("GEMMA4_BUILD", "/nowhere", TRUE);
  gint status = run (file, folder, &err);
  g_setenv ("GEMMA4_BUILD", build, TRUE);
  fail_unless_equals_int (status, 1);
  fail_unless (strstr (err, "there is no build in /nowhere") != NULL, "%s", err);
  numbered_clear (folder);
}

GST_END_TEST;

static Suite *
patches_suite (void)
{
  Suite *s = suite_create ("patches");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_sample);
  tcase_add_test (t, test_decoder_with_features);
  tcase_add_test (t, test_no_decoder);
  tcase_add_test (t, test_no_video);
  tcase_add_test (t, test_no_build);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("uridecodebin", "vp8dec", "pngenc", "pngdec", "avimux", "avenc_msmpeg4", "wavenc", NULL);
  return gst_check_run_suite (patches_suite (), "patches", __FILE__);
}
