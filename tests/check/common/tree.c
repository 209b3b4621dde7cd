/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tree.h"

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

gchar *
tree_new (void)
{
  gchar *tree = g_dir_make_tmp ("gemma4-preset-XXXXXX", NULL);
  fail_unless (tree != NULL, "there is no room for a directory");
  return tree;
}

static void
remove_all (const gchar *path)
{
  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && g_file_test (path, G_FILE_TEST_IS_DIR)) {
    const gchar *name;
    GDir *dir = g_dir_open (path, 0, NULL);
    while (dir && (name = g_dir_read_name (dir))) {
      g_autofree gchar *inside = g_build_filename (path, name, NULL);
      remove_all (inside);
    }
    g_clear_pointer (&dir, g_dir_close);
  }
  g_remove (path);
}

void
tree_free (gchar *tree)
{
  remove_all (tree);
  g_free (tree);
}

/* TREE/NAME, whose directory is there afterwards. */
static gchar *
make_place (const gchar *tree, const gchar *name)
{
  gchar *path = g_build_filename (tree, name, NULL);
  g_autofree gchar *directory = g_path_get_dirname (path);
  fail_unless_equals_int (g_mkdir_with_parents (directory, 0700), 0);
  return path;
}

void
tree_write (const gchar *tree, const gchar *name, const gchar *text)
{
  g_autofree gchar *path = make_place (tree, name);
  fail_unless (g_file_set_contents (path, text, -1, NULL), "cannot write %s", path);
}

void
tree_remove (const gchar *tree, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (tree, name, NULL);
  fail_unless (g_file_test (path, G_FILE_TEST_EXISTS), "there is no %s", path);
  remove_all (path);
}

void
tree_link (const gchar *tree, const gchar *name, const gchar *target)
{
  g_autofree gchar *path = make_place (tree, name);
  fail_unless (symlink (target, path) == 0, "cannot link %s", path);
}

void
tree_copy (const gchar *tree, const gchar *name, const gchar *golden)
{
  g_autofree gchar *from = golden_path (golden), *to = make_place (tree, name);
  g_autofree gchar *contents = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (from, &contents, &n_bytes, NULL), "cannot read %s", from);
  fail_unless (g_file_set_contents (to, contents, n_bytes, NULL), "cannot write %s", to);
}

void
tree_replace (const gchar *tree, const gchar *name, const gchar *old, const gchar *new)
{
  g_autofree gchar *path = g_build_filename (tree, name, NULL);
  g_autofree gchar *contents = NULL;
  fail_unless (g_file_get_contents (path, &contents, NULL, NULL), "cannot read %s", path);
  g_auto (GStrv) parts = g_strsplit (contents, old, -1);
  fail_unless (parts[0] && parts[1], "there is no %s in %s", old, path);
  g_autofree gchar *changed = g_strjoinv (new, parts);
  tree_write (tree, name, changed);
}

#define PRESETS "../check/common/presets/"

void
tree_write_keras (const gchar *tree)
{
  static const gchar *const names[] = { "config.json", "metadata.json", "tokenizer.json",
    "preprocessor.json", "image_converter.json", "audio_converter.json", "video_converter.json"
  };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *from = g_strconcat (PRESETS "keras/", names[i], NULL);
    tree_copy (tree, names[i], from);
  }
  tree_copy (tree, "assets/tokenizer/vocabulary.spm", "tokenizer/gemma4_tiny.model");
}

void
tree_write_checkpoint (const gchar *tree)
{
  tree_copy (tree, "config.json", PRESETS "checkpoint/config.json");
  tree_copy (tree, "processor_config.json", "tokenizer/processor_config.json");
  tree_copy (tree, "tokenizer.json", "tokenizer/tokenizer.json");
  tree_write (tree, "chat_template.jinja", "{{- '<|turn>model\\n' -}}\n"
      "{{- '<|channel>thought\\n' -}}\n");
}

void
tree_write_unified (const gchar *tree)
{
  tree_copy (tree, "config.json", PRESETS "unified/config.json");
  tree_copy (tree, "processor_config.json", PRESETS "unified/processor_config.json");
  tree_copy (tree, "tokenizer.json", "tokenizer/tokenizer.json");
  tree_write (tree, "chat_template.jinja", "{{- '<|turn>model\\n' -}}\n"
      "{{- '<|channel>thought\\n<channel|>' -}}\n");
}
