/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tokenizers.h"

#include "golden.h"

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

GString *
tokenizer_contents (const gchar *name)
{
  g_autofree gchar *path = golden_path (name);
  g_autofree gchar *contents = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (path, &contents, &n_bytes, NULL), "%s", path);
  return g_string_new_len (contents, n_bytes);
}

Gemma4Tokenizer *
tokenizer_open (const gchar *path)
{
  Gemma4Tokenizer *tokenizer = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_tokenizer_open (path, &tokenizer, &error);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
  return tokenizer;
}

void
tokenizer_write (const gchar *path, gconstpointer contents, gsize n_bytes)
{
  FILE *file = fopen (path, "wb");
  fail_unless (file && fwrite (contents, 1, n_bytes, file) == n_bytes && fclose (file) == 0, "%s",
      path);
}

/* Writes a temporary file; returns its path. */
static gchar *
write_file (gconstpointer contents, gsize n_bytes)
{
  gchar *path = NULL;
  gint fd = g_file_open_tmp ("gemma4-XXXXXX.tokenizer", &path, NULL);
  fail_unless (fd >= 0);
  g_close (fd, NULL);
  tokenizer_write (path, contents, n_bytes);
  return path;
}

Gemma4Tokenizer *
tokenizer_open_contents (const gchar *contents, gsize n_bytes)
{
  g_autofree gchar *path = write_file (contents, n_bytes);
  Gemma4Tokenizer *tokenizer = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_tokenizer_open (path, &tokenizer, &error);
  g_unlink (path);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
  return tokenizer;
}

void
tokenizer_check_refused (const gchar *path, Gemma4Status want, const gchar *word)
{
  Gemma4Tokenizer *const untouched = (Gemma4Tokenizer *) &want;
  Gemma4Tokenizer *tokenizer = untouched;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_tokenizer_open (path, &tokenizer, &error);
  fail_unless (status == want, "%s: %s: %s", path, gemma4_status_string (status), error.text);
  fail_unless (tokenizer == untouched);
  fail_unless (strstr (error.text, path), "does not name %s: %s", path, error.text);
  fail_unless (strstr (error.text, word), "no '%s' in: %s", word, error.text);
  fail_unless (g_utf8_validate (error.text, -1, NULL), "%s", error.text);
  fail_unless_equals_int (gemma4_tokenizer_open (path, &tokenizer, NULL), want);
}

void
tokenizer_check_refused_contents (const gchar *contents, gsize n_bytes, const gchar *word)
{
  g_autofree gchar *path = write_file (contents, n_bytes);
  tokenizer_check_refused (path, GEMMA4_BAD_DATA, word);
  g_unlink (path);
}

void
tokenizer_encode (const Gemma4Tokenizer *tokenizer, const gchar *text, gsize n_bytes,
    Gemma4Ids *ids)
{
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_tokenizer_encode (tokenizer, text, n_bytes, ids, &error);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
}

void
tokenizer_check_ids (const gchar *what, const Gemma4Ids *got, const gint32 *want, gsize n_want)
{
  for (gsize i = 0; i < MIN (got->n_ids, n_want); i++)
    fail_unless (got->ids[i] == want[i], "%s: id %zu is %d, want %d", what, i, got->ids[i],
        want[i]);
  fail_unless (got->n_ids == n_want, "%s: %zu ids, want %zu", what, got->n_ids, n_want);
}

void
tokenizer_check_encodes (const Gemma4Tokenizer *tokenizer, const gchar *text,
    const gint32 *want, gsize n_want)
{
  Gemma4Ids got = { 0 };
  tokenizer_encode (tokenizer, text, strlen (text), &got);
  tokenizer_check_ids (text, &got, want, n_want);
  gemma4_ids_clear (&got);
}

gchar *
generated_path (const gchar *name)
{
  const gchar *folder = g_getenv ("GEMMA4_TEST_TOKENIZERS");
  g_autofree gchar *path = folder ? g_build_filename (folder, name, NULL) : NULL;
  return path && g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

Texts
texts_load (const gchar *name)
{
  Texts texts = { 0 };
  g_autofree gchar *path = generated_path (name);
  fail_unless (path && g_file_get_contents (path, &texts.contents, &texts.n_bytes, NULL), "%s",
      name);
  return texts;
}

gboolean
texts_next (Texts *texts, const gchar **text, gsize *n_bytes)
{
  guint32 n;
  if (texts->at == texts->n_bytes)
    return FALSE;
  memcpy (&n, texts->contents + texts->at, sizeof n);
  *text = texts->contents + texts->at + sizeof n;
  *n_bytes = GUINT32_FROM_LE (n);
  texts->at += sizeof n + *n_bytes;
  return TRUE;
}

void
texts_clear (Texts *texts)
{
  g_free (texts->contents);
  *texts = (Texts) { 0 };
}
