/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tokenizer files with random damage: refused with a sentence, or taken and then
 * able to encode. Sanitizers see the rest. */

#include "golden.h"
#include "tokenizers.h"

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

static const gchar *const files[] = {
  "tokenizer/gemma4_tiny.model", "tokenizer/tokenizer.json"
};

/* Overwrites, removes, repeats or moves some bytes. */
static void
damage (GString *contents, GRand *rand)
{
  static const gchar likely[] = "\"[]{},:\\ \n0919u\x0a\x18\x15\x12\xff\x80";
  gsize at = g_rand_int_range (rand, 0, contents->len);
  gsize n = MIN ((gsize) g_rand_int_range (rand, 1, 40), contents->len - at);
  g_autofree gchar *some = g_memdup2 (contents->str + at, n);
  switch (g_rand_int_range (rand, 0, 6)) {
    case 0:
      contents->str[at] = g_rand_int (rand);
      break;
    case 1:
      contents->str[at] = likely[g_rand_int_range (rand, 0, sizeof likely - 1)];
      break;
    case 2:
      contents->str[at] ^= 1 << g_rand_int_range (rand, 0, 8);
      break;
    case 3:
      g_string_erase (contents, at, n);
      break;
    case 4:
      g_string_insert_len (contents, at, some, n);
      break;
    default:
      g_string_insert_len (contents, g_rand_int_range (rand, 0, contents->len), some, n);
  }
}

/* Opens the file, and encodes if it can. */
static gboolean
try_file (const gchar *path, const gchar *what)
{
  static const gchar text[] = "The quick <|turn>brown\n\n fox \xe2\x96\x81\xf0\x9f\x98\x80<bos>\t.";
  Gemma4Tokenizer *tokenizer = NULL;
  Gemma4Ids ids = { 0 };
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_tokenizer_open (path, &tokenizer, &error);
  if (status != GEMMA4_OK) {
    fail_unless (status == GEMMA4_BAD_DATA, "%s: %s", what, gemma4_status_string (status));
    fail_unless (strstr (error.text, path) && g_utf8_validate (error.text, -1, NULL), "%s: %s",
        what, error.text);
    return FALSE;
  }
  tokenizer_encode (tokenizer, text, strlen (text), &ids);
  fail_unless (ids.n_ids > 0, "%s", what);
  for (gsize i = 0; i < ids.n_ids; i++)
    fail_unless (ids.ids[i] >= 0 && (guint) ids.ids[i] < gemma4_tokenizer_n_pieces (tokenizer),
        "%s: id %zu is %d", what, i, ids.ids[i]);
  gemma4_ids_clear (&ids);
  gemma4_tokenizer_free (tokenizer);
  return TRUE;
}

GST_START_TEST (test_damaged)
{
  g_autofree gchar *path = NULL;
  gint fd = g_file_open_tmp ("gemma4-XXXXXX.tokenizer", &path, NULL);
  GString *whole = tokenizer_contents (files[__i__]);
  guint n_taken = 0, n_rounds = test_rounds (3000);
  fail_unless (fd >= 0);
  g_close (fd, NULL);
  for (guint32 seed = 0; seed < n_rounds; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
    g_autofree gchar *what = g_strdup_printf ("%s, seed %u", files[__i__], seed);
    GString *contents = g_string_new_len (whole->str, whole->len);
    for (guint n = g_rand_int_range (rand, 1, 4); n > 0; n--)
      damage (contents, rand);
    tokenizer_write (path, contents->str, contents->len);
    n_taken += try_file (path, what);
    g_string_free (contents, TRUE);
  }
  g_unlink (path);
  g_string_free (whole, TRUE);
  fail_unless (n_taken > 0 && n_taken < n_rounds, "%u of %u were taken", n_taken, n_rounds);
}
GST_END_TEST;

static Suite *
tokenizer_damaged_suite (void)
{
  Suite *s = suite_create ("tokenizer-damaged");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_damaged, 0, G_N_ELEMENTS (files));
  return s;
}

GST_CHECK_MAIN (tokenizer_damaged);
