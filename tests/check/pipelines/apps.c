/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* apps PROGRAM [ARGUMENT...]
 * An example that prints the tensors of a file, run over examples/sample.webm and
 * over what is none. Ends with 77 if the program says what must be installed for it. */

#include "line.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gchar **program;         /* and its first arguments, NULL at the end */

typedef struct
{
  gint status;
  gchar *out, *err;
} Run;

static Run
run (const gchar *file, const gchar *tokenizer)
{
  Run r = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  for (gchar **arg = program; *arg; arg++)
    g_ptr_array_add (args, *arg);
  g_ptr_array_add (args, (gpointer) file);
  g_ptr_array_add (args, (gpointer) tokenizer);
  g_ptr_array_add (args, (gpointer) LINE_QUESTION);
  g_ptr_array_add (args, NULL);
  gboolean ran = g_spawn_sync (NULL, (gchar **) args->pdata, NULL, 0, NULL, NULL, &r.out,
      &r.err, &r.status, &error);
  if (!ran)
    g_error ("%s does not start: %s", program[0], error->message);
  return r;
}

static void
run_clear (Run *r)
{
  g_free (r->out);
  g_free (r->err);
}

static gboolean
lacks_modules (void)
{
  Run r = run ("", "");
  gboolean lacks = strstr (r.err, "apt install") != NULL;
  if (lacks)
    g_print ("%s", r.err);
  run_clear (&r);
  return lacks;
}

GST_START_TEST (test_sample)
{
  static const gchar *const lines[] = {
    "prompt: <|turn>user\n00:00 <|image><|video|>*66<image|> 00:00 <|image>",
    "<|audio|>*300<audio|>" LINE_QUESTION "<turn|>\n<|turn>model\n",
    "of them 0 of images, 2112 of video, 300 of sound\n",
    "token_ids              int32    [1, ",
    "padding_mask           bool     [1, ",
    "pixel_values           float32  [1, 32, 630, 768]",
    "audio_mel              float32  [1, 1, 3000, 128]",
    "audio_indices          int32    [1, 300]",
  };
  g_autofree gchar *file = line_example ("sample.webm");
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  Run r = run (file, tokenizer);
  fail_unless (r.status == 0, "status %d: %s", r.status, r.err);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    fail_unless (strstr (r.out, lines[i]) != NULL, "no \"%s\" in: %s", lines[i], r.out);
  run_clear (&r);
}

GST_END_TEST;

/* A file that no type finder of any GStreamer takes for something. */
static gchar *
write_zeros (void)
{
  const gchar zeros[4096] = { 0 };
  gchar *path;
  gint file = g_file_open_tmp ("gemma4-zeros-XXXXXX", &path, NULL);
  fail_unless (file >= 0 && write (file, zeros, sizeof zeros) == sizeof zeros);
  close (file);
  return path;
}

/* What is wrong is told, and the program ends. */
GST_START_TEST (test_faults)
{
  g_autofree gchar *sample = line_example ("sample.webm");
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *folder = line_example ("");
  g_autofree gchar *zeros = write_zeros ();
  g_autofree gchar *no_media = g_strdup_printf ("%s is no media", zeros);
  const struct
  {
    const gchar *file, *tokenizer, *words;
  } cases[] = {
    {"/no/such.webm", tokenizer, "there is no file /no/such.webm"},
    {sample, "/no/such.spm", "p: cannot open the tokenizer /no/such.spm"},
    {sample, sample, "neither a SentencePiece model"},
    {zeros, tokenizer, no_media},
    {folder, tokenizer, "is a directory"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Run r = run (cases[i].file, cases[i].tokenizer);
    fail_unless (WIFEXITED (r.status) && WEXITSTATUS (r.status) == 1
        && strstr (r.err, cases[i].words), "%s: status %d: %s", cases[i].words, r.status, r.err);
    run_clear (&r);
  }
  g_unlink (zeros);
}

GST_END_TEST;

/* A stream without a decoder is named, and the other one is packed. */
GST_START_TEST (test_no_decoder)
{
  g_autofree gchar *file = line_example ("sample.webm");
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_setenv ("GST_PLUGIN_FEATURE_RANK", "opusdec:0,avdec_opus:0", TRUE);
  Run r = run (file, tokenizer);
  g_unsetenv ("GST_PLUGIN_FEATURE_RANK");
  fail_unless (r.status == 0 && strstr (r.out, "pixel_values"), "status %d: %s", r.status, r.err);
  fail_unless (strstr (r.err, "no Opus decoder") && strstr (r.err, "gstreamer1.0-libav")
      && strstr (r.err, "or no sound"), "%s", r.err);
  run_clear (&r);
}

GST_END_TEST;

static Suite *
apps_suite (void)
{
  Suite *s = suite_create ("apps");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_set_timeout (t, 40);
  tcase_add_test (t, test_sample);
  tcase_add_test (t, test_faults);
  tcase_add_test (t, test_no_decoder);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  program = argv + 1;
  if (!program[0]) {
    g_printerr ("usage: %s PROGRAM [ARGUMENT...]\n", argv[0]);
    return 2;
  }
  line_need ("decodebin", "matroskademux", "vp8dec", "opusdec", "audioconvert",
      "audioresample", NULL);
  if (lacks_modules ())
    return 77;
  return gst_check_run_suite (apps_suite (), "apps", __FILE__);
}
