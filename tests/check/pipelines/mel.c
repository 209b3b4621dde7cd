/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* examples/mel.sh over real speech: the colours at some places of its picture
 * must be those of silence and of sound. */

#include <gst/check/gstcheck.h>
#include <cairo.h>
#include <glib/gstdio.h>

#include <sys/wait.h>

#include "golden.h"
#include "line.h"

static guint
brightness (cairo_surface_t *page, guint x, guint y)
{
  const guint8 *pixel = cairo_image_surface_get_data (page)
      + y * cairo_image_surface_get_stride (page) + 4 * x;
  return pixel[0] + pixel[1] + pixel[2];
}

/* Only the system's plugins, and a registry of its own: a sanitized one of ours
 * could not be loaded. */
static gint
run (const gchar *dir, const gchar *sound, const gchar *png, gchar **out, gchar **err)
{
  g_autofree gchar *script = line_example ("mel.sh");
  const gchar *argv[] = { "bash", script, sound, png, NULL };
  gint status;
  g_autofree gchar *registry = g_build_filename (dir, "registry", NULL);
  g_auto (GStrv) env = g_environ_unsetenv (g_get_environ (), "GST_PLUGIN_PATH_1_0");
  env = g_environ_setenv (env, "GST_REGISTRY_1_0", registry, TRUE);
  fail_unless (g_spawn_sync (NULL, (gchar **) argv, env, G_SPAWN_SEARCH_PATH, NULL, NULL, out,
          err, &status, NULL));
  g_unlink (registry);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

GST_START_TEST (test_picture)
{
  g_autofree gchar *wav = golden_path ("audio/speech_en.wav");
  g_autofree gchar *dir = g_dir_make_tmp ("gemma4-XXXXXX", NULL);
  g_autofree gchar *png = g_build_filename (dir, "mel.png", NULL);
  g_autofree gchar *out = NULL, *err = NULL;
  gint status = run (dir, wav, png, &out, &err);
  fail_unless (status == 0, "mel.sh: %.2000s", err);
  fail_unless (strstr (out, "812 rows, 8.12 s") != NULL, "it says: %s", out);

  cairo_surface_t *page = cairo_image_surface_create_from_png (png);
  fail_unless_equals_int (cairo_surface_status (page), CAIRO_STATUS_SUCCESS);
  fail_unless_equals_int (cairo_image_surface_get_width (page), 1200);
  fail_unless_equals_int (cairo_image_surface_get_height (page), 540);
  /* Silence at 0.7 s and at 5.6 s, a vowel at 0.3 s, a hiss at 6.45 s. */
  fail_unless (brightness (page, 162, 300) < 60, "0.7 s is not dark");
  fail_unless (brightness (page, 762, 300) < 60, "5.6 s is not dark");
  fail_unless (brightness (page, 113, 400) > 300, "0.3 s is dark at 400 Hz");
  fail_unless (brightness (page, 867, 80) > 300, "6.45 s is dark at 6500 Hz");
  fail_unless (brightness (page, 600, 530) == 3 * 255, "the margin is not white");
  cairo_surface_destroy (page);
  g_unlink (png);
  g_rmdir (dir);
}
GST_END_TEST;

/* One sentence says what is wrong. */
GST_START_TEST (test_no_sound)
{
  g_autofree gchar *dir = g_dir_make_tmp ("gemma4-XXXXXX", NULL);
  g_autofree gchar *video = g_build_filename (dir, "a.y4m", NULL);
  g_autofree gchar *png = g_build_filename (dir, "mel.png", NULL);
  g_autofree gchar *text = line_example ("mel.sh"), *sample = line_example ("sample.webm");
  g_autofree gchar *make = g_strdup_printf ("videotestsrc num-buffers=5 ! y4menc ! "
      "filesink location=%s", video);
  const gchar *const cases[][2] = {
    {video, "a.y4m: there is no sound in it"}, {text, "it is no media"}, {"/", "/ is a directory"},
    {"/nowhere", "cannot read /nowhere"}, {sample, "no decoder for Opus"},
  };
  GstElement *pipeline = line_parse (make);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  g_setenv ("GST_PLUGIN_FEATURE_RANK", "opusdec:0,avdec_opus:0", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *out = NULL, *err = NULL;
    fail_unless_equals_int (run (dir, cases[i][0], png, &out, &err), 1);
    fail_unless (strstr (err, cases[i][1]) && strchr (err, '\n') == strrchr (err, '\n'), "%s", err);
  }
  g_unsetenv ("GST_PLUGIN_FEATURE_RANK");
  g_unlink (video);
  g_rmdir (dir);
}
GST_END_TEST;

static Suite *
mel_suite (void)
{
  line_need ("wavparse", "decodebin", "y4menc", "matroskademux", NULL);
  Suite *s = suite_create ("mel");
  TCase *t = tcase_create ("example");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_picture);
  tcase_add_test (t, test_no_sound);
  return s;
}

GST_CHECK_MAIN (mel);
