/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command gemma4-presets: what it lists and checks, and its exit status. */

#include "tree.h"

#include <gst/check/gstcheck.h>
#include <string.h>
#include <sys/wait.h>

static gchar *tree, *text;      /* what the command printed last, errors too */

static void
setup (void)
{
  tree = tree_new ();
}

static void
teardown (void)
{
  g_clear_pointer (&text, g_free);
  tree_free (tree);
}

/* With the caches in the tree. */
static gint
run (const gchar *first, ...)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *out = NULL, *err = NULL, *hub = g_build_filename (tree, "hub", NULL);
  g_autofree gchar *kaggle = g_build_filename (tree, "kaggle", NULL);
  g_auto (GStrv) environment = g_get_environ ();
  gint status;
  va_list more;
  environment = g_environ_setenv (environment, "HF_HUB_CACHE", hub, TRUE);
  environment = g_environ_setenv (environment, "KAGGLEHUB_CACHE", kaggle, TRUE);
  g_ptr_array_add (args, (gpointer) g_getenv ("GEMMA4_PRESETS"));
  va_start (more, first);
  for (const gchar *arg = first; arg; arg = va_arg (more, const gchar *))
    g_ptr_array_add (args, (gpointer) arg);
  va_end (more);
  g_ptr_array_add (args, NULL);
  fail_unless (g_spawn_sync (NULL, (gchar **) args->pdata, environment, 0, NULL, NULL, &out, &err,
          &status, &error), "%s", error ? error->message : "");
  fail_unless (WIFEXITED (status));
  g_free (text);
  text = g_strconcat (out, err, NULL);
  return WEXITSTATUS (status);
}

static void
assert_line (const gchar *pattern)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (g_pattern_match_simple (pattern, lines[i]))
      return;
  fail ("no line is like \"%s\" in:\n%s", pattern, text);
}

/* Built-in names, and what the caches have. */
GST_START_TEST (test_list)
{
  fail_unless_equals_int (run (NULL), 0);
  assert_line ("preset * size * audio * vision * found");
  assert_line ("gemma4_instruct_2b * 5.1 B * yes * yes * -");
  assert_line ("gemma4_31b * 31.0 B * no * yes * -");
  assert_line ("gemma4_instruct_12b * 12.0 B * yes * yes * -");
  assert_line ("card * - * yes * yes * -");
  g_autofree gchar *kaggle = g_build_filename (tree,
      "kaggle/models/keras/gemma4/keras/gemma4_instruct_2b/2", NULL);
  g_autofree gchar *snapshot = g_build_filename (tree, "hub/models--me--mine/snapshots/abc", NULL);
  tree_write_keras (kaggle);
  tree_write_checkpoint (snapshot);
  tree_write (tree, "hub/models--me--mine/refs/main", "abc");
  tree_write (tree, "hub/models--other--model/snapshots/abc/config.json", "{\"model_type\": \"bert\"}");
  tree_write (tree, "hub/models--other--model/refs/main", "abc");
  fail_unless_equals_int (run (NULL), 0);
  assert_line ("gemma4_instruct_2b * yes * yes */gemma4_instruct_2b/2/assets/tokenizer/vocabulary.spm");
  assert_line ("hf://me/mine * 5.1 B * yes * yes */models--me--mine/snapshots/abc/tokenizer.json");
  assert_line ("kaggle://keras/gemma4/keras/gemma4_instruct_2b * yes * yes *");
  fail_unless (!strstr (text, "other/model"), "%s", text);
}
GST_END_TEST;

GST_START_TEST (test_check)
{
  tree_write_keras (tree);
  tree_replace (tree, "preprocessor.json", "\"mel_floor\": 0.001", "\"mel_floor\": 0.25, \"foo\": 1");
  fail_unless_equals_int (run (tree, NULL), 0);
  assert_line ("Gemma 4 E2B instruction-tuned model*");
  assert_line ("parameters: 5104297504");
  assert_line ("audio: 128 mel filters of 0 to 8000 Hz, 16000 Hz, window 320, FFT 512, hop 160, "
      "floor 0.25, at most 30 s");
  assert_line ("image: at most 280 soft tokens, patches of 16 px, pooling 3, pixels v / 255");
  assert_line ("video: at most 70 soft tokens, patches of 16 px, pooling 3, pixels v / 255");
  assert_line ("vocabulary: */assets/tokenizer/vocabulary.spm, 2048 pieces");
  assert_line ("note: */preprocessor.json: config.audio_converter.config.foo is not known *");
  fail_unless_equals_int (run ("--config-file", "tokenizer.json", tree, NULL), 1);
  assert_line ("*tokenizer.json: registered_name must be keras_hub>Gemma4CausalLMPreprocessor*");
}
GST_END_TEST;

GST_START_TEST (test_faults)
{
  tree_write_keras (tree);
  tree_remove (tree, "assets");
  fail_unless_equals_int (run (tree, NULL), 1);
  assert_line ("vocabulary: none; *looked for */vocabulary.spm*");
  tree_write (tree, "assets/tokenizer/vocabulary.spm", "nonsense");
  fail_unless_equals_int (run (tree, NULL), 1);
  assert_line ("cannot open the tokenizer */vocabulary.spm*");
  fail_unless_equals_int (run ("gemma4_4b", "/no/such/place", NULL), 1);
  assert_line ("gemma4_4b");
  assert_line ("*no preset \"/no/such/place\"*");
  fail_unless_equals_int (run ("gemma4_4b", NULL), 0);
  fail_unless_equals_int (run ("--what", NULL), 2);
  assert_line ("usage: *");
  fail_unless_equals_int (run ("--config-file", "x.json", NULL), 2);
  fail_unless_equals_int (run ("--help", NULL), 0);
}
GST_END_TEST;

static Suite *
presets_command_suite (void)
{
  Suite *s = suite_create ("presets-command");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_test (t, test_list);
  tcase_add_test (t, test_check);
  tcase_add_test (t, test_faults);
  return s;
}

GST_CHECK_MAIN (presets_command);
