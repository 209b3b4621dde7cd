/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which model files the tokenizer takes, and what it makes of their pieces. */

#include "tokenizers.h"

#include <gst/check/gstcheck.h>

#define MODEL "tokenizer/gemma4_tiny.model"

GST_START_TEST (test_open_refuses)
{
  GString *model = tokenizer_contents (MODEL);
  tokenizer_check_refused ("/nowhere/tokenizer.model", GEMMA4_NOT_FOUND, "No such file");
  tokenizer_check_refused ("/", GEMMA4_BAD_DATA, "directory");
  tokenizer_check_refused ("/dev/null", GEMMA4_BAD_DATA, "regular");
  tokenizer_check_refused_contents ("", 0, "empty");
  tokenizer_check_refused_contents ("hello, world\n", 13, "neither a SentencePiece model");
  tokenizer_check_refused_contents (model->str, model->len / 2, "damaged");
  tokenizer_check_refused_contents (model->str, 11, "damaged");
  g_string_free (model, TRUE);
}
GST_END_TEST;

#define PIECE(text_bytes, text) "\x0a" text_bytes "\x0a" text
#define UNKNOWN "\x0a\x05\x0a\x01u\x18\x02"
#define BPE "\x12\x02\x18\x02"

/* Small models, one thing wrong with each. */
static const struct
{
  const gchar *model;
  const gchar *word;
} wrong[] = {
  { UNKNOWN, "type 1, expected BPE" },
  { UNKNOWN "\x12\x02\x18\x03", "type 3, expected BPE" },
  { PIECE ("\x03", "\x01" "a") BPE, "no piece of type UNKNOWN" },
  { UNKNOWN UNKNOWN BPE, "0 and 1 are both of type UNKNOWN" },
  { UNKNOWN PIECE ("\x03", "\x01" "a") PIECE ("\x03", "\x01" "a") BPE, "pieces 1 and 2 are both \"a\"" },
  { UNKNOWN "\x0a\x05\x15zzzz" BPE, "piece 1 is empty" },
  { UNKNOWN PIECE ("\x03", "\x01\xff") BPE, "piece 1 is not UTF-8" },
  { UNKNOWN BPE "\x12\x03\x98\x02\x01", "not all of the pieces <0x00> to <0xFF>" },
};

GST_START_TEST (test_wrong_models)
{
  tokenizer_check_refused_contents (wrong[__i__].model, strlen (wrong[__i__].model),
      wrong[__i__].word);
}
GST_END_TEST;

/* Opens the model with @more fields behind its own. */
static Gemma4Tokenizer *
open_with (const gchar *more, gsize n_more)
{
  GString *contents = g_string_append_len (tokenizer_contents (MODEL), more, n_more);
  Gemma4Tokenizer *tokenizer = tokenizer_open_contents (contents->str, contents->len);
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
  tokenizer_check_encodes (other, text, want.ids, want.n_ids);
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
  tokenizer_check_encodes (tokenizer, text, want, G_N_ELEMENTS (want));
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

/* A `<|video|>` that is a normal piece, as in the published vocabulary. */
GST_START_TEST (test_normal_video_token)
{
  GString *contents = tokenizer_contents (MODEL);
  gchar *piece = memmem (contents->str, contents->len, "\x0a\x09<|video|>", 11);
  fail_unless (piece != NULL);
  gchar *type = memchr (piece + 11, 0x18, 16);
  fail_unless (type && type[1] == 4, "not user-defined");
  type[1] = 1;
  Gemma4Tokenizer *tokenizer = tokenizer_open_contents (contents->str, contents->len);
  g_string_free (contents, TRUE);

  static const gint32 want[] = { 13, 13, 9 };
  static const gchar text[] = "<|video|><|video|><image|>";
  tokenizer_check_encodes (tokenizer, text, want, G_N_ELEMENTS (want));
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
  tcase_add_loop_test (t, test_wrong_models, 0, G_N_ELEMENTS (wrong));
  tcase_add_test (t, test_normalizer_is_ignored);
  tcase_add_test (t, test_longest_first);
  tcase_add_test (t, test_normal_video_token);
  return s;
}

GST_CHECK_MAIN (tokenizer_model);
