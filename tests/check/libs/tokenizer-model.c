/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which model files the tokenizer takes, and what it makes of their pieces. */

#include <gst/gemma4/tokenizer.h>

#include "golden.h"

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#define MODEL "tokenizer/gemma4_tiny.model"

static void
check_encodes (const Gemma4Tokenizer *tokenizer, const gchar *text, const gint32 *want,
    gsize n_want)
{
  Gemma4Ids got = { 0 };
  Gemma4Error error = { "" };
  Gemma4Status status =
      gemma4_tokenizer_encode (tokenizer, text, strlen (text), &got, &error);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
  for (gsize i = 0; i < MIN (got.n_ids, n_want); i++)
    fail_unless (got.ids[i] == want[i], "'%s': id %zu is %d, want %d", text, i, got.ids[i],
        want[i]);
  fail_unless (got.n_ids == n_want, "'%s': %zu ids, want %zu", text, got.n_ids, n_want);
  gemma4_ids_clear (&got);
}

static void
check_refused (const gchar *path, Gemma4Status want, const gchar *word)
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

static GString *
load_model (void)
{
  g_autofree gchar *path = golden_path (MODEL);
  g_autofree gchar *model = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (path, &model, &n_bytes, NULL));
  return g_string_new_len (model, n_bytes);
}

/* Writes a temporary file; returns its path. */
static gchar *
write_file (gconstpointer contents, gsize n_bytes)
{
  gchar *path = NULL;
  gint fd = g_file_open_tmp ("gemma4-XXXXXX.model", &path, NULL);
  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (path, contents, n_bytes, NULL));
  return path;
}

static void
check_refused_contents (const gchar *contents, gsize n_bytes, const gchar *word)
{
  g_autofree gchar *path = write_file (contents, n_bytes);
  check_refused (path, GEMMA4_BAD_DATA, word);
  g_unlink (path);
}

GST_START_TEST (test_open_refuses)
{
  GString *model = load_model ();
  check_refused ("/nowhere/tokenizer.model", GEMMA4_NOT_FOUND, "No such file");
  check_refused ("/", GEMMA4_BAD_DATA, "directory");
  check_refused ("/dev/null", GEMMA4_BAD_DATA, "regular");
  check_refused_contents ("", 0, "empty");
  check_refused_contents ("hello, world\n", 13, "no SentencePiece model");
  check_refused_contents ("{ \"version\": \"1.0\" }", 20, "no SentencePiece model");
  check_refused_contents (model->str, model->len / 2, "SentencePiece");
  check_refused_contents (model->str, 11, "SentencePiece");
  check_refused_contents ("\x0a\x03\x0a\x01" "a", 5, "expected BPE");

  /* "a" twice in a BPE model: only libsentencepiece notices. */
  check_refused_contents ("\x0a\x03\x0a\x01" "a" "\x0a\x03\x0a\x01" "a" "\x12\x02\x18\x02", 14,
      "libsentencepiece");
  g_string_free (model, TRUE);
}
GST_END_TEST;

static Gemma4Tokenizer *
open_contents (const GString *contents)
{
  g_autofree gchar *path = write_file (contents->str, contents->len);
  Gemma4Tokenizer *tokenizer = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_tokenizer_open (path, &tokenizer, &error);
  g_unlink (path);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
  return tokenizer;
}

/* Opens the model with @more fields behind its own. */
static Gemma4Tokenizer *
open_with (const gchar *more, gsize n_more)
{
  GString *contents = g_string_append_len (load_model (), more, n_more);
  Gemma4Tokenizer *tokenizer = open_contents (contents);
  g_string_free (contents, TRUE);
  return tokenizer;
}

/* A model file that asks for a dummy prefix and for trimming, as
 * SentencePiece's defaults do: transformers' GemmaTokenizer does neither. */
GST_START_TEST (test_normalizer_is_ignored)
{
  Gemma4Tokenizer *plain = open_with ("", 0);
  Gemma4Tokenizer *other = open_with ("\x1a\x04\x18\x01\x20\x01", 6);
  static const gchar text[] = "  two  spaces ";
  Gemma4Ids want = { 0 };
  fail_unless_equals_int (gemma4_tokenizer_encode (plain, text, strlen (text), &want, NULL),
      GEMMA4_OK);
  fail_unless (want.n_ids > 0);
  check_encodes (other, text, want.ids, want.n_ids);
  gemma4_ids_clear (&want);
  gemma4_tokenizer_free (other);
  gemma4_tokenizer_free (plain);
}
GST_END_TEST;

/* More user-defined pieces: runs of newlines as the real vocabulary has them,
 * the longest first, and a normal one that is special by name. */
GST_START_TEST (test_longest_first)
{
  static const gchar more[] =
      "\x0a\x0a\x0a\x01\n\x15\0\0\0\0\x18\x04"
      "\x0a\x0b\x0a\x02\n\n\x15\0\0\0\0\x18\x04"
      "\x0a\x0d\x0a\x04\n\n\n\n\x15\0\0\0\0\x18\x04";
  static const gint32 want[] = { 2050, 2050, 2049, 2048, 5, 2048 };
  static const gchar text[] = "\n\n\n\n\n\n\n\n\n\n\n<|turn>\n";
  Gemma4Tokenizer *tokenizer = open_with (more, sizeof more - 1);
  fail_unless_equals_int (gemma4_tokenizer_n_pieces (tokenizer), 2051);
  check_encodes (tokenizer, text, want, G_N_ELEMENTS (want));
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

/* A `<|video|>` that is a normal piece, as in the published vocabulary. */
GST_START_TEST (test_normal_video_token)
{
  GString *contents = load_model ();
  gchar *piece = memmem (contents->str, contents->len, "\x0a\x09<|video|>", 11);
  fail_unless (piece != NULL);
  gchar *type = memchr (piece + 11, 0x18, 16);
  fail_unless (type && type[1] == 4, "not user-defined");
  type[1] = 1;
  Gemma4Tokenizer *tokenizer = open_contents (contents);
  g_string_free (contents, TRUE);

  static const gint32 want[] = { 13, 13, 9 };
  static const gchar text[] = "<|video|><|video|><image|>";
  check_encodes (tokenizer, text, want, G_N_ELEMENTS (want));
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

static Suite *
tokenizer_model_suite (void)
{
  Suite *s = suite_create ("tokenizer-model");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_open_refuses);
  tcase_add_test (t, test_normalizer_is_ignored);
  tcase_add_test (t, test_longest_first);
  tcase_add_test (t, test_normal_video_token);
  return s;
}

GST_CHECK_MAIN (tokenizer_model);
