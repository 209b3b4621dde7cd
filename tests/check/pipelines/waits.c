/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* More lines in one buffer than may wait, again and again: who waits is woken. */

#include "line.h"

#include <glib/gstdio.h>

#define N_RUNS 100
#define N_LINES 40

static gchar *folder, *questions, *answers;

static gchar *
write_lines (const gchar *name, const gchar *format)
{
  GString *text = g_string_new (NULL);
  gchar *path = g_build_filename (folder, name, NULL);
  for (guint i = 1; i <= N_LINES; i++)
    g_string_append_printf (text, format, i);
  fail_unless (g_file_set_contents (path, text->str, -1, NULL));
  g_string_free (text, TRUE);
  return path;
}

static void
setup (void)
{
  folder = g_dir_make_tmp ("waits-XXXXXX", NULL);
  questions = write_lines ("q.txt", "What is number %u\n");
  answers = write_lines ("a.txt", "It is %u\n");
}

static void
teardown (void)
{
  g_remove (questions);
  g_remove (answers);
  g_rmdir (folder);
  g_clear_pointer (&questions, g_free);
  g_clear_pointer (&answers, g_free);
  g_clear_pointer (&folder, g_free);
}

static const struct
{
  gboolean queue, audio, response;
} lines[] = {
  {FALSE, FALSE, FALSE}, {TRUE, FALSE, FALSE}, {FALSE, TRUE, FALSE}, {TRUE, TRUE, FALSE},
  {FALSE, FALSE, TRUE}, {TRUE, FALSE, TRUE}, {FALSE, TRUE, TRUE}, {TRUE, TRUE, TRUE},
};

static void
run_once (const gchar *line, guint run)
{
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstStructure) stats = NULL;
  guint64 n_packs = 0;
  line_play_to_eos (pipeline);
  g_object_get (line_find (pipeline, "gemma4packer"), "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "packs", &n_packs);
  fail_unless (n_packs == N_LINES, "run %u: %" G_GUINT64_FORMAT " packs, want %u", run,
      n_packs, N_LINES);
  line_free (pipeline);
}

GST_START_TEST (test_lines_of_one_buffer)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  const gchar *queue = lines[__i__].queue ? "queue !" : "";
  g_autofree gchar *response = g_strdup_printf ("filesrc location=%s ! "
      "text/x-raw,format=utf8 ! %s p.response", answers, queue);
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! text/x-raw,format=utf8 ! "
      "%s p.prompt %s %s gemma4packer name=p text-mode=lines tokenizer=%s mode=%s ! "
      "fakesink sync=false", questions, queue,
      lines[__i__].audio ? "audiotestsrc num-buffers=4 ! audio/x-raw,rate=16000,channels=1 ! "
      "gemma4audioconv ! p.audio_0" : "", lines[__i__].response ? response : "", tokenizer,
      lines[__i__].response ? "train" : "generate");
  for (guint run = 0; run < N_RUNS; run++)
    run_once (line, run);
}

GST_END_TEST;

static Suite *
waits_suite (void)
{
  Suite *suite = suite_create ("waits");
  TCase *tcase = line_tcase (60);
  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_lines_of_one_buffer, 0, G_N_ELEMENTS (lines));
  return suite;
}

GST_CHECK_MAIN (waits);
