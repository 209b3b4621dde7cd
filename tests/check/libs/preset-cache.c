/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* preset.h: handles, and where huggingface_hub and kagglehub keep their files. */

#include "presets.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static const gchar *const variables[] = { "HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME",
  "KAGGLEHUB_CACHE", "HOME"
};

static gchar *before[G_N_ELEMENTS (variables)];
static gchar *tree;

/* A machine on which nothing was downloaded. */
static void
setup (void)
{
  tree = tree_new ();
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++) {
    before[i] = g_strdup (g_getenv (variables[i]));
    g_unsetenv (variables[i]);
  }
  g_setenv ("HOME", tree, TRUE);
}

static void
teardown (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++) {
    if (before[i])
      g_setenv (variables[i], before[i], TRUE);
    else
      g_unsetenv (variables[i]);
    g_free (before[i]);
  }
  tree_free (tree);
}

/* The cache of huggingface_hub: blobs, a snapshot of links to them, and a ref. */
static void
write_hub (const gchar *hub, const gchar *id, const gchar *commit)
{
  static const gchar *const names[] = { "config.json", "processor_config.json",
    "tokenizer.json", "chat_template.jinja"
  };
  g_autofree gchar *repository = g_strdup_printf ("%s/models--%s", hub, id);
  g_autofree gchar *blobs = g_build_filename (tree, repository, "blobs", NULL);
  g_autofree gchar *ref = g_build_filename (repository, "refs/main", NULL);
  tree_write_checkpoint (blobs);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *link = g_strdup_printf ("%s/snapshots/%s/%s", repository, commit, names[i]);
    g_autofree gchar *target = g_strdup_printf ("../../blobs/%s", names[i]);
    tree_link (tree, link, target);
  }
  tree_write (tree, ref, commit);
}

static void
set_path (const gchar *variable, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (tree, name, NULL);
  g_setenv (variable, path, TRUE);
}

/* The first variable that is set decides. */
static const struct
{
  const gchar *hub;
  const gchar *variables[3], *values[3];
} hubs[] = {
  { ".cache/huggingface/hub", {NULL}, {NULL} },
  { "xdg/huggingface/hub", {"XDG_CACHE_HOME"}, {"xdg"} },
  { "home/hub", {"HF_HOME", "XDG_CACHE_HOME"}, {"home", "xdg"} },
  { "cache", {"HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"}, {"cache", "home", "xdg"} },
};

GST_START_TEST (test_hub)
{
  write_hub (hubs[__i__].hub, "google--gemma-4-E2B-it", COMMIT);
  for (guint i = 0; i < 3 && hubs[__i__].variables[i]; i++)
    set_path (hubs[__i__].variables[i], hubs[__i__].values[i]);
  Gemma4Preset *preset = preset_open ("hf://google/gemma-4-E2B-it", NULL);
  fail_unless_equals_string (preset->name, "hf://google/gemma-4-E2B-it");
  fail_unless (g_str_has_suffix (preset->directory, "/snapshots/" COMMIT), "%s", preset->directory);
  fail_unless (preset->instruct && preset->tokenizer);
  gemma4_preset_free (preset);
}
GST_END_TEST;

/* A variable that no shell has expanded. */
GST_START_TEST (test_tilde)
{
  write_hub ("home/hub", "user--name", COMMIT);
  g_setenv ("HF_HOME", "~/home", TRUE);
  gemma4_preset_free (preset_open ("hf://user/name", NULL));
  g_setenv ("HF_HOME", "~home", TRUE);
  preset_assert_refused ("hf://user/name", NULL, GEMMA4_NOT_FOUND, " ~home/hub/models--user--name");
}
GST_END_TEST;

/* Of several snapshots the one that refs/main names counts; a newline behind it is
 * nothing. */
GST_START_TEST (test_refs)
{
  write_hub ("cache", "user--name", "aaaa");
  write_hub ("cache", "user--name", "bbbb");
  set_path ("HF_HUB_CACHE", "cache");
  tree_write (tree, "cache/models--user--name/refs/main", "aaaa\n");
  Gemma4Preset *preset = preset_open ("hf://user/name", NULL);
  fail_unless (g_str_has_suffix (preset->directory, "/snapshots/aaaa"), "%s", preset->directory);
  gemma4_preset_free (preset);

  tree_write (tree, "cache/models--user--name/refs/main", "cccc");
  preset_assert_refused ("hf://user/name", NULL, GEMMA4_NOT_FOUND,
      "hf://user/name|/cache/models--user--name|refs/main|hf download user/name");
  tree_write (tree, "cache/models--user--name/refs/main", "../../../..");
  preset_assert_refused ("hf://user/name", NULL, GEMMA4_NOT_FOUND, "hf download");
  tree_remove (tree, "cache/models--user--name/refs/main");
  preset_assert_refused ("hf://user/name", NULL, GEMMA4_NOT_FOUND, "hf download");
}
GST_END_TEST;

/* What was downloaded in part: the link leads nowhere. */
GST_START_TEST (test_broken_link)
{
  write_hub ("cache", "user--name", COMMIT);
  set_path ("HF_HUB_CACHE", "cache");
  tree_remove (tree, "cache/models--user--name/blobs/config.json");
  preset_assert_refused ("hf://user/name", NULL, GEMMA4_NOT_FOUND, "no config.json|" COMMIT);
}
GST_END_TEST;

#define KAGGLE_PLACE "models/keras/gemma4/keras/gemma4_instruct_4b"

static void
write_kaggle (const gchar *cache, const gchar *version)
{
  g_autofree gchar *place = g_build_filename (tree, cache, KAGGLE_PLACE, version, NULL);
  tree_write_keras (place);
}

/* With and without a version, which then is the newest: 10 is newer than 9. */
GST_START_TEST (test_kaggle)
{
  const gchar *cache = __i__ ? "kaggle" : ".cache/kagglehub";
  write_kaggle (cache, "9");
  write_kaggle (cache, "10");
  write_kaggle (cache, "11.incomplete");
  if (__i__)
    set_path ("KAGGLEHUB_CACHE", "kaggle");
  Gemma4Preset *preset = preset_open ("kaggle://keras/gemma4/keras/gemma4_instruct_4b", NULL);
  fail_unless (g_str_has_suffix (preset->directory, KAGGLE_PLACE "/10"), "%s", preset->directory);
  gemma4_preset_free (preset);
  preset = preset_open ("kaggle://keras/gemma4/keras/gemma4_instruct_4b/9", NULL);
  fail_unless (g_str_has_suffix (preset->directory, KAGGLE_PLACE "/9"), "%s", preset->directory);
  gemma4_preset_free (preset);
  preset_assert_refused ("kaggle://keras/gemma4/keras/gemma4_instruct_4b/2", NULL, GEMMA4_NOT_FOUND,
      KAGGLE_PLACE "/2|kagglehub.model_download");
}
GST_END_TEST;

/* A built-in name finds its vocabulary there and keeps its settings. */
GST_START_TEST (test_builtin)
{
  const gchar *path;
  Gemma4Error error = { "" };
  const Gemma4Preset *builtin;
  set_path ("KAGGLEHUB_CACHE", "kaggle");
  Gemma4Preset *preset = preset_open ("gemma4_instruct_4b", NULL);
  fail_unless (!preset->directory && !preset->tokenizer);
  fail_unless_equals_int (gemma4_preset_get_tokenizer (preset, &path, &error), GEMMA4_NOT_FOUND);
  preset_assert_says (error.text, "gemma4_instruct_4b|kaggle/" KAGGLE_PLACE
      "/2/assets/tokenizer/vocabulary.spm|kagglehub.model_download");
  gemma4_preset_free (preset);

  write_kaggle ("kaggle", "3");
  write_kaggle ("kaggle", "2");
  tree_replace (tree, "kaggle/" KAGGLE_PLACE "/2/preprocessor.json", "\"num_mels\": 128",
      "\"num_mels\": 64");
  preset = preset_open ("gemma4_instruct_4b", NULL);
  fail_unless_equals_int (gemma4_preset_find ("gemma4_instruct_4b", &builtin, NULL), GEMMA4_OK);
  preset_assert_same_settings (preset, builtin);
  fail_unless (g_str_has_suffix (preset->tokenizer, KAGGLE_PLACE
          "/2/assets/tokenizer/vocabulary.spm"), "%s", preset->tokenizer);
  gemma4_preset_free (preset);
  g_autofree gchar *second = g_build_filename ("kaggle", KAGGLE_PLACE, "2", NULL);
  tree_remove (tree, second);
  preset = preset_open ("gemma4_instruct_4b", NULL);
  fail_unless (g_str_has_suffix (preset->directory, "/3"), "%s", preset->directory);
  gemma4_preset_free (preset);
}
GST_END_TEST;

/* What KerasHub does not have has no vocabulary there. */
GST_START_TEST (test_no_vocabulary)
{
  static const gchar *const names[] = { "card", "gemma4_12b" };
  const gchar *path;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    Gemma4Error error = { "" };
    Gemma4Preset *preset = preset_open (names[i], NULL);
    fail_unless_equals_int (gemma4_preset_get_tokenizer (preset, &path, &error), GEMMA4_NOT_FOUND);
    preset_assert_says (error.text, names[i]);
    preset_assert_says (error.text, "tokenizer=|checkpoint");
    gemma4_preset_free (preset);
  }
}
GST_END_TEST;

static const struct
{
  const gchar *name, *config_file;
  Gemma4Status status;
  const gchar *says;
} errors[] = {
  { "hf://", NULL, GEMMA4_BAD_ARGUMENT, "hf://USER/NAME" },
  { "hf://a/b/c", NULL, GEMMA4_BAD_ARGUMENT, "hf://a/b/c|hf://USER/NAME" },
  { "hf://../../etc", NULL, GEMMA4_BAD_ARGUMENT, "hf://USER/NAME" },
  { "hf://a//b", NULL, GEMMA4_BAD_ARGUMENT, "hf://USER/NAME" },
  { "hf://google/gemma-4-E4B-it", NULL, GEMMA4_NOT_FOUND,
        ".cache/huggingface/hub/models--google--gemma-4-E4B-it|HF_HOME|hf download google/gemma-4-E4B-it" },
  { "kaggle://keras/gemma4", NULL, GEMMA4_BAD_ARGUMENT, "kaggle://OWNER/MODEL/keras/NAME/VERSION" },
  { "kaggle://keras/gemma4/keras/x", NULL, GEMMA4_NOT_FOUND,
        ".cache/kagglehub/models/keras/gemma4/keras/x|KAGGLEHUB_CACHE|model_download" },
  { "modelscope://a/b", NULL, GEMMA4_BAD_ARGUMENT, "modelscope://a/b|hf://" },
  { "gemma5", NULL, GEMMA4_NOT_FOUND, "\"gemma5\"|gemma4_instruct_2b|gemma4-presets|hf://" },
  { "gemma4_2b", "x.json", GEMMA4_BAD_ARGUMENT, "gemma4_2b|built in|x.json" },
  { "/dev/null", NULL, GEMMA4_BAD_ARGUMENT, "/dev/null|no directory" },
};

GST_START_TEST (test_errors)
{
  preset_assert_refused (errors[__i__].name, errors[__i__].config_file, errors[__i__].status,
      errors[__i__].says);
}
GST_END_TEST;

static void
collect (const char *handle, void *data)
{
  g_string_append_printf (data, "%s ", handle);
}

/* What is there, by the handles that open it. */
GST_START_TEST (test_each_cached)
{
  g_autoptr (GString) all = g_string_new (NULL);
  gemma4_preset_each_cached (collect, all);
  fail_unless_equals_string (all->str, "");
  write_hub (".cache/huggingface/hub", "google--gemma-4-E2B-it", COMMIT);
  write_hub (".cache/huggingface/hub", "gpt2", COMMIT);
  write_kaggle (".cache/kagglehub", "2");
  gemma4_preset_each_cached (collect, all);
  fail_unless_equals_string (all->str, "hf://google/gemma-4-E2B-it hf://gpt2 "
      "kaggle://keras/gemma4/keras/gemma4_instruct_4b ");
  g_auto (GStrv) handles = g_strsplit (g_strchomp (all->str), " ", -1);
  for (guint i = 0; handles[i]; i++)
    gemma4_preset_free (preset_open (handles[i], NULL));
}
GST_END_TEST;

static Suite *
preset_cache_suite (void)
{
  Suite *s = suite_create ("preset-cache");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_loop_test (t, test_hub, 0, G_N_ELEMENTS (hubs));
  tcase_add_test (t, test_tilde);
  tcase_add_test (t, test_refs);
  tcase_add_test (t, test_broken_link);
  tcase_add_loop_test (t, test_kaggle, 0, 2);
  tcase_add_test (t, test_builtin);
  tcase_add_test (t, test_no_vocabulary);
  tcase_add_test (t, test_each_cached);
  tcase_add_loop_test (t, test_errors, 0, G_N_ELEMENTS (errors));
  return s;
}

GST_CHECK_MAIN (preset_cache);
