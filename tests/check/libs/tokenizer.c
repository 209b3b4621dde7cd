/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "golden.h"
#include "tokenizers.h"

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <time.h>

/* The same tokenizer in both formats. */
static const gchar *const files[] = {
  "tokenizer/gemma4_tiny.model", "tokenizer/tokenizer.json"
};

#define N_FILES G_N_ELEMENTS (files)

static Gemma4Tokenizer *
open_file (guint i)
{
  g_autofree gchar *path = golden_path (files[i % N_FILES]);
  return tokenizer_open (path);
}

static JsonNode *
load_json (const gchar *name)
{
  g_autofree gchar *path = golden_path (name);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  fail_unless (json_parser_load_from_file (parser, path, &error), "%s",
      error ? error->message : "");
  return json_parser_steal_root (parser);
}

GST_START_TEST (test_golden)
{
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  g_autoptr (JsonNode) root = load_json ("tokenizer/encode.json");
  JsonArray *cases = json_node_get_array (root);
  fail_unless (json_array_get_length (cases) > 0);

  for (guint i = 0; i < json_array_get_length (cases); i++) {
    JsonObject *one = json_array_get_object_element (cases, i);
    const gchar *text = json_object_get_string_member (one, "text");
    JsonArray *ids = json_object_get_array_member (one, "ids");
    guint n_want = json_array_get_length (ids);
    g_autofree gint32 *want = g_new (gint32, n_want + 1);
    for (guint k = 0; k < n_want; k++)
      want[k] = json_array_get_int_element (ids, k);

    Gemma4Ids got = { 0 };
    tokenizer_encode (tokenizer, text, strlen (text), &got);
    tokenizer_check_ids (text, &got, want, n_want);
    gemma4_ids_clear (&got);
  }
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

GST_START_TEST (test_special_ids)
{
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  const Gemma4SpecialIds *s = gemma4_tokenizer_special_ids (tokenizer);
  fail_unless_equals_int (gemma4_tokenizer_n_pieces (tokenizer), 2048);
  fail_unless_equals_int (s->pad, 0);
  fail_unless_equals_int (s->eos, 1);
  fail_unless_equals_int (s->bos, 2);
  fail_unless_equals_int (s->turn_begin, 5);
  fail_unless_equals_int (s->turn_end, 6);
  fail_unless_equals_int (s->think, 18);
  fail_unless_equals_int (s->thought_begin, 16);
  fail_unless_equals_int (s->thought_end, 17);
  fail_unless_equals_int (s->image_begin, 7);
  fail_unless_equals_int (s->image_soft, 8);
  fail_unless_equals_int (s->image_end, 9);
  fail_unless_equals_int (s->audio_begin, 10);
  fail_unless_equals_int (s->audio_soft, 11);
  fail_unless_equals_int (s->audio_end, 12);
  fail_unless_equals_int (s->video_soft, 13);
  fail_unless_equals_int (gemma4_tokenizer_find (tokenizer, "<unk>"), 3);
  fail_unless_equals_int (gemma4_tokenizer_find (tokenizer, "<bos"), -1);
  fail_unless_equals_int (gemma4_tokenizer_find (tokenizer, ""), -1);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

/* Control and unknown pieces are ids too where they are written, which
 * libsentencepiece alone would spell out. Ids as transformers gives them. */
GST_START_TEST (test_written_specials)
{
  static const gchar text[] = "<bos><pad><eos><unk><mask><|image|><image|>a<bos>";
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  const gint32 want[] = { 2, 0, 1, 3, 4, 8, 9, gemma4_tokenizer_find (tokenizer, "a"), 2 };
  Gemma4Ids got = { 0 };
  tokenizer_encode (tokenizer, text, strlen (text), &got);
  tokenizer_check_ids (text, &got, want, G_N_ELEMENTS (want));
  gemma4_ids_clear (&got);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

/* NUL is a character like any other: byte piece <0x00>. */
GST_START_TEST (test_embedded_nul)
{
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  gint32 a = gemma4_tokenizer_find (tokenizer, "a");
  gint32 nul = gemma4_tokenizer_find (tokenizer, "<0x00>");
  const gint32 want[] = { a, nul, a };
  Gemma4Ids got = { 0 };
  tokenizer_encode (tokenizer, "a\0a", 3, &got);
  tokenizer_check_ids ("a NUL a", &got, want, 3);
  gemma4_ids_clear (&got);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

static const struct
{
  const gchar *text;
  gsize n_bytes;
  gsize bad_at;
} bad_utf8[] = {
  { "\x80", 1, 0 },
  { "ab\xff", 3, 2 },
  { "ab\xc0\x80", 4, 2 },       /* overlong NUL */
  { "abc\xe2\x96", 5, 3 },      /* cut short */
  { "\xed\xa0\x80", 3, 0 },     /* a surrogate */
  { "\xc3\xa9\xe0\x80\x80", 5, 2 },     /* overlong */
  { "\xf0\x80\x80\x80", 4, 0 }, /* overlong */
  { "\xf4\x90\x80\x80", 4, 0 }, /* over U+10FFFF */
  { "<bos>\xc3(", 7, 5 },
};

GST_START_TEST (test_bad_utf8)
{
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  Gemma4Ids ids = { 0 };
  Gemma4Error error = { "" };
  tokenizer_encode (tokenizer, "a", 1, &ids);
  Gemma4Status status = gemma4_tokenizer_encode (tokenizer, bad_utf8[__i__ / N_FILES].text,
      bad_utf8[__i__ / N_FILES].n_bytes, &ids, &error);
  g_autofree gchar *want = g_strdup_printf ("at byte %zu ", bad_utf8[__i__ / N_FILES].bad_at);
  fail_unless (status == GEMMA4_BAD_UTF8, "case %d: %s", __i__, gemma4_status_string (status));
  fail_unless (strstr (error.text, want), "case %d: no '%s' in: %s", __i__, want, error.text);
  fail_unless_equals_int (ids.n_ids, 1);
  status = gemma4_tokenizer_encode (tokenizer, bad_utf8[__i__ / N_FILES].text,
      bad_utf8[__i__ / N_FILES].n_bytes, &ids, NULL);
  fail_unless_equals_int (status, GEMMA4_BAD_UTF8);
  gemma4_ids_clear (&ids);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

/* Appends random words, with runs of blanks among them, up to @n_bytes. */
static void
append_words (GString *text, GRand *rand, gsize n_bytes)
{
  static const gchar *const words[] = { " the", " quick", "brown", "  ", " ", " kitchen", "in",
    " at", " noon.", "\xe2\x96\x81", "\xc3\xa9", " 12:30", "\t", " \xe4\xbd\xa0", "t", "he" };
  gsize end = text->len + n_bytes;
  while (text->len < end)
    g_string_append (text, words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))]);
}

/* Text is encoded word by word. No piece but its own has a newline here, so a
 * line has the same ids after any filler, wherever the words end. */
GST_START_TEST (test_words)
{
  guint32 seed = 4000 + __i__;
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GString) filler = g_string_new (NULL);
  g_autoptr (GString) line = g_string_new (NULL);
  append_words (filler, rand, g_rand_int_range (rand, 1000, 1900));
  append_words (line, rand, g_rand_int_range (rand, 1000, 1900));
  g_string_append_c (filler, '\n');

  Gemma4Ids want = { 0 };
  tokenizer_encode (tokenizer, filler->str, filler->len, &want);
  tokenizer_encode (tokenizer, line->str, line->len, &want);
  g_string_append_len (filler, line->str, line->len);
  Gemma4Ids got = { 0 };
  tokenizer_encode (tokenizer, filler->str, filler->len, &got);
  g_autofree gchar *what = g_strdup_printf ("seed %u", seed);
  tokenizer_check_ids (what, &got, want.ids, want.n_ids);
  gemma4_ids_clear (&got);
  gemma4_ids_clear (&want);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

static const gchar *const long_units[] = { "a", "abcdefghij", "the quick ", "<|image|>", "<|",
  "\n", " " };

/* 16 times the text takes less than 64 times the processor time; quadratic would be 256. */
#define LONG_TEXT_BYTES (test_rounds (10) * 104857)

GST_START_TEST (test_linear)
{
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  gdouble seconds[2];
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    while (text->len < (i == 0 ? LONG_TEXT_BYTES / 16 : LONG_TEXT_BYTES))
      g_string_append (text, long_units[__i__ / N_FILES]);
    Gemma4Ids ids = { 0 };
    clock_t start = clock ();
    tokenizer_encode (tokenizer, text->str, text->len, &ids);
    seconds[i] = (gdouble) (clock () - start) / CLOCKS_PER_SEC;
    fail_unless (ids.n_ids > 0);
    gemma4_ids_clear (&ids);
  }
  fail_unless (seconds[1] < 64 * MAX (seconds[0], 0.002), "'%s': %.3f s, 16 times as long %.3f s",
      long_units[__i__ / N_FILES], seconds[0], seconds[1]);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

GST_START_TEST (test_limit)
{
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  Gemma4Ids ids = { 0 };
  Gemma4Error error = { "" };
  Gemma4Status status =
      gemma4_tokenizer_encode (tokenizer, "", GEMMA4_MAX_TEXT_BYTES + 1, &ids, &error);
  fail_unless_equals_int (status, GEMMA4_LIMIT);
  fail_unless (strstr (error.text, "16777217") && strstr (error.text, "16777216"), "%s",
      error.text);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

static gpointer
encode_again (gpointer tokenizer)
{
  static const gchar text[] = "<|turn>user\nWhat do you see?<turn|>\n<|turn>model\n";
  Gemma4Ids *ids = g_new0 (Gemma4Ids, 1);
  for (guint i = 0; i < 200; i++) {
    ids->n_ids = 0;
    if (gemma4_tokenizer_encode (tokenizer, text, strlen (text), ids, NULL) != GEMMA4_OK)
      break;
  }
  return ids;
}

GST_START_TEST (test_threads)
{
  Gemma4Tokenizer *tokenizer = open_file (__i__);
  Gemma4Ids *want = encode_again (tokenizer);
  fail_unless_equals_int (want->n_ids, 16);
  GThread *threads[4];
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("encode", encode_again, tokenizer);
  for (guint i = 0; i < 4; i++) {
    Gemma4Ids *got = g_thread_join (threads[i]);
    tokenizer_check_ids ("thread", got, want->ids, want->n_ids);
    gemma4_ids_clear (got);
    g_free (got);
  }
  gemma4_ids_clear (want);
  g_free (want);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

GST_START_TEST (test_ids)
{
  Gemma4Ids ids = { 0 };
  fail_unless_equals_int (gemma4_ids_reserve (&ids, 3), GEMMA4_OK);
  fail_unless (ids.n_ids == 0 && ids.capacity >= 3);
  ids.n_ids = 3;
  fail_unless_equals_int (gemma4_ids_reserve (&ids, SIZE_MAX), GEMMA4_NO_MEMORY);
  fail_unless_equals_int (gemma4_ids_reserve (&ids, SIZE_MAX / 4), GEMMA4_NO_MEMORY);
  fail_unless_equals_int (ids.n_ids, 3);
  gemma4_ids_clear (&ids);
  fail_unless (ids.ids == NULL && ids.n_ids == 0 && ids.capacity == 0);
}
GST_END_TEST;

static Suite *
tokenizer_suite (void)
{
  Suite *s = suite_create ("tokenizer");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_golden, 0, N_FILES);
  tcase_add_loop_test (t, test_special_ids, 0, N_FILES);
  tcase_add_loop_test (t, test_written_specials, 0, N_FILES);
  tcase_add_loop_test (t, test_embedded_nul, 0, N_FILES);
  tcase_add_loop_test (t, test_bad_utf8, 0, G_N_ELEMENTS (bad_utf8) * N_FILES);
  tcase_add_loop_test (t, test_words, 0, 100);
  tcase_add_loop_test (t, test_linear, 0, G_N_ELEMENTS (long_units) * N_FILES);
  tcase_add_loop_test (t, test_limit, 0, N_FILES);
  tcase_add_loop_test (t, test_threads, 0, N_FILES);
  tcase_add_test (t, test_ids);
  return s;
}

GST_CHECK_MAIN (tokenizer);
