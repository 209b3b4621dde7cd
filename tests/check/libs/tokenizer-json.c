/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which tokenizer.json files are taken, and what they mean. */

#include "tokenizers.h"

#include <gst/check/gstcheck.h>

#define JSON "tokenizer/tokenizer.json"

#define NORMALIZER "\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, " \
  "\"content\": \"\xe2\x96\x81\"}"
#define VOCAB "\"vocab\": {\"<unk>\": 0, \"a\": 1, \"b\": 2, \"c\": 3, \"ab\": 4, \"bc\": 5, " \
  "\"abc\": 6}"
#define MERGES "\"merges\": [[\"b\", \"c\"], [\"a\", \"b\"], [\"a\", \"bc\"], [\"ab\", \"c\"]]"
#define SOME_BYTES "\"byte_fallback\": true, \"vocab\": {\"<unk>\": 0, \"a\": 1, \"<0xC3>\": 2, " \
  "\"<0xA9>\": 3, \"\\t\": 4}, \"merges\": []"
#define MODEL(more) "\"model\": {\"type\": \"BPE\", \"unk_token\": \"<unk>\"" more "}"
#define FILE_OF(model) "{" NORMALIZER ", " model "}"

/* Files with the ids of one text. */
static const struct
{
  const gchar *what;
  const gchar *json;
  const gchar *text;
  gint32 ids[8];
  gsize n_ids;
} good[] = {
  { "the first merge goes first", FILE_OF (MODEL (", " VOCAB ", " MERGES)), "abab", {4, 4}, 2 },
  { "and makes others possible", FILE_OF (MODEL (", " VOCAB ", " MERGES)), "abc", {6}, 1 },
  { "merges before pieces, model before normalizer",
      "{" MODEL (", " MERGES ", " VOCAB) ", " NORMALIZER "}", "ababc", {4, 6}, 2 },
  { "merges as strings", FILE_OF (MODEL (", " VOCAB ", \"merges\": [\"b c\", \"a bc\"]")),
      "abcab", {6, 1, 2}, 3 },
  { "no merges", FILE_OF (MODEL (", " VOCAB ", \"merges\": []")), "abc", {1, 2, 3}, 3 },
  { "merges whose result is no piece", FILE_OF (MODEL (", " VOCAB
        ", \"merges\": [[\"c\", \"a\"], \"b a\", [\"b\", \"c\"]]")), "cabac", {3, 1, 2, 1, 3}, 5 },
  { "merges of what is no piece", FILE_OF (MODEL (", " VOCAB
        ", \"merges\": [[\"x\", \"a\"], \"a x\", \"a b\"]")), "ab", {4}, 1 },
  { "of a merge that is there twice the last one counts", FILE_OF (MODEL (", " VOCAB
        ", \"merges\": [[\"a\", \"b\"], [\"b\", \"c\"], [\"a\", \"b\"]]")), "abc", {1, 5}, 2 },
  { "unknown characters", FILE_OF (MODEL (", " VOCAB ", " MERGES)), "x\xc3\xa9", {0, 0}, 2 },
  { "one id for several", FILE_OF (MODEL (", \"fuse_unk\": true, " VOCAB ", " MERGES)),
      "x x\xc3\xa9" "a", {0, 1}, 2 },
  { "bytes, of which one is a piece by its character", FILE_OF (MODEL (", " SOME_BYTES)),
      "\t\xc3\xa9" "a\t", {4, 2, 3, 1, 4}, 5 },
  { "bytes, as far as they are there", FILE_OF (MODEL (", " SOME_BYTES)), "a\xc3\xa9xa",
      {1, 2, 3, 0, 1}, 5 },
  { "an unknown character goes behind the bytes of the next, as upstream",
      FILE_OF (MODEL (", " SOME_BYTES)), "x\xc3\xa9" "a", {2, 3, 0, 1}, 4 },
  { "the same, several", FILE_OF (MODEL (", " SOME_BYTES)), "xy\xc3\xa9z\ta",
      {0, 2, 3, 0, 0, 4, 1}, 7 },
  { "the same, one id for several", FILE_OF (MODEL (", \"fuse_unk\": true, " SOME_BYTES)),
      "xy\xc3\xa9z\ta", {2, 3, 0, 4, 1}, 5 },
  { "text that is a piece", FILE_OF (MODEL (", \"ignore_merges\": true, " VOCAB
        ", \"merges\": []")), "abc", {6}, 1 },
  { "text that is none", FILE_OF (MODEL (", \"ignore_merges\": true, " VOCAB
        ", \"merges\": []")), "abcc", {1, 2, 3, 3}, 4 },
  { "escapes", FILE_OF (MODEL (", \"vocab\": {\"<unk>\": 0, \"\\\"\": 1, \"\\u0041\": 2, "
        "\"\\ud83d\\ude00\": 3, \"\\u00e9\": 4, \"\\u2581\": 5, \"\\n\\t\\\\\\/\": 6, \"\\n\": 7, "
        "\"\\t\\\\\\/\": 8, \"\\t\": 9, \"\\\\\\/\": 10, \"\\\\\": 11, \"\\/\": 12}, "
        "\"merges\": [\"\\\\ \\/\", [\"\\t\", \"\\\\\\u002f\"], \"\\n \\t\\\\/\"]")),
      "\"A\xf0\x9f\x98\x80\xc3\xa9 \n\t\\/", {1, 2, 3, 4, 5, 6}, 6 },
  { "keys that mean nothing to us", "{\"version\": \"1.0\", \"padding\": null, \"x\": [[{}, \"]\"], "
        "-1.5e+3, true, {\"y\": \"\\\"}\"}]," NORMALIZER "," MODEL (", " VOCAB ", " MERGES) "} \n",
      "ab", {4}, 1 },
  { "a pre-tokenizer without effect", "{" NORMALIZER ", \"pre_tokenizer\": {\"type\": \"Split\", "
        "\"pattern\": {\"String\": \" \"}, \"behavior\": \"MergedWithPrevious\"}, "
        MODEL (", " VOCAB ", " MERGES) "}", "ab", {4}, 1 },
  { "added tokens", "{\"added_tokens\": [{\"id\": 7, \"content\": \"bca\", \"normalized\": false}, "
        "{\"id\": 5, \"content\": \"bc\"}, {\"id\": 8, \"content\": \"c a\", \"normalized\": true}], "
        NORMALIZER ", " MODEL (", " VOCAB ", " MERGES) "}", "abcabcc a", {1, 7, 5, 8}, 4 },
  { "<|video|> that is a piece, but not added", FILE_OF (MODEL (", \"vocab\": {\"<unk>\": 0, "
        "\"<|video|>\": 1, \"a\": 2}, \"merges\": []")), "a<|video|>a", {2, 1, 2}, 3 },
};

GST_START_TEST (test_good)
{
  Gemma4Tokenizer *tokenizer = tokenizer_open_contents (good[__i__].json,
      strlen (good[__i__].json));
  Gemma4Ids got = { 0 };
  tokenizer_encode (tokenizer, good[__i__].text, strlen (good[__i__].text), &got);
  tokenizer_check_ids (good[__i__].what, &got, good[__i__].ids, good[__i__].n_ids);
  gemma4_ids_clear (&got);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

#define ADDED(token) "{\"added_tokens\": [" token "], " NORMALIZER ", " \
  MODEL (", " VOCAB ", " MERGES) "}"

static const struct
{
  const gchar *json;
  const gchar *word;
} bad[] = {
  { "{", "line 1: expected a string, but the file ends: it is cut short" },
  { "{}", "no \"model\"" },
  { "{\"class_name\": \"Gemma4Tokenizer\", \"config\": {}}", "KerasHub" },
  { "{\"model\": []}", "expected an object, found '['" },
  { FILE_OF (MODEL (", " VOCAB)), "the model has no merges" },
  { FILE_OF (MODEL (", " MERGES)), "the model has no vocab" },
  { FILE_OF ("\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", 0.0]]}"),
      "type \"Unigram\", expected \"BPE\"" },
  { FILE_OF (MODEL (", \"vocab\": [\"a\"], " MERGES)), "expected an object, found '['" },
  { "{" MODEL (", " VOCAB ", " MERGES) "}", "no normalizer" },
  { "{\"normalizer\": null, " MODEL (", " VOCAB ", " MERGES) "}", "the normalizer is \"\"" },
  { "{\"normalizer\": {\"type\": \"NFKC\"}, " MODEL (", " VOCAB ", " MERGES) "}", "\"NFKC\"" },
  { "{" NORMALIZER ", \"pre_tokenizer\": {\"type\": \"ByteLevel\"}, "
        MODEL (", " VOCAB ", " MERGES) "}", "the pre_tokenizer is \"ByteLevel\"" },
  { FILE_OF (MODEL (", \"continuing_subword_prefix\": \"##\", " VOCAB ", " MERGES)), "\"##\"" },
  { FILE_OF (MODEL (", \"end_of_word_suffix\": \"</w>\", " VOCAB ", " MERGES)), "\"</w>\"" },
  { FILE_OF ("\"model\": {\"unk_token\": null, " VOCAB ", " MERGES "}"), "unk_token is \"\"" },
  { FILE_OF ("\"model\": {\"unk_token\": \"<u>\", " VOCAB ", " MERGES "}"), "unk_token is \"<u>\"" },
  { FILE_OF (MODEL (", \"fuse_unk\": 1, " VOCAB ", " MERGES)), "expected true or false, found '1'" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 0, \"b\": 0}, " MERGES)), "two pieces have the id 0" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 0, \"a\": 1}, " MERGES)), "0 and 1 are both \"a\"" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 0, \"b\": 2}, " MERGES)), "no piece has the id 1" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 99999999}, " MERGES)), "the id 99999999, expected 0 to" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 99999999999999999999}, " MERGES)), "over 2^53" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": -1}, " MERGES)), "not negative" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 0.5}, " MERGES)), "the end of a whole number, found '.'" },
  { FILE_OF (MODEL (", \"vocab\": {\"\": 0}, " MERGES)), "piece 0 is empty" },
  { FILE_OF (MODEL (", \"vocab\": {\"\xff\": 0}, " MERGES)), "piece 0 is not UTF-8" },
  { FILE_OF (MODEL (", \"vocab\": {}, " MERGES)), "it has no pieces" },
  { FILE_OF (MODEL (", \"vocab\": {\"\\ud83d\": 0}, " MERGES)), "\\u escape is not a character" },
  { FILE_OF (MODEL (", \"vocab\": {\"\\x\": 0}, " MERGES)), "expected an escape such as \\n" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\n\": 0}, " MERGES)), "expected '\"', found byte 0x0a" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 0 \"b\": 1}, " MERGES)), "expected ',' or '}', found '\"'" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\": 0,}, " MERGES)), "expected a string, found '}'" },
  { FILE_OF (MODEL (", \"vocab\": {\"a\" 0}, " MERGES)), "expected ':', found '0'" },
  { FILE_OF (MODEL (", " VOCAB ", \"merges\": [\"ab\"]")), "not two pieces" },
  { FILE_OF (MODEL (", " VOCAB ", \"merges\": [\"a b c\"]")), "not two pieces" },
  { FILE_OF (MODEL (", " VOCAB ", \"merges\": [[\"a\"]]")), "a merge has less than two pieces" },
  { FILE_OF (MODEL (", " VOCAB ", \"merges\": [[\"a\", \"b\", \"c\"]]")), "more than two pieces" },
  { FILE_OF (MODEL (", " VOCAB ", \"merges\": [7]")), "expected an array, found '7'" },
  { FILE_OF (MODEL (", " VOCAB ", \"merges\": [[\"a\", \"b\"],]")), "expected a value, found ']'" },
  { FILE_OF (MODEL (", \"vocab\": {\"<unk>\": 0, \"a\": 1, \"<unk>a\": 2}, "
            "\"merges\": [\"<unk> a\"]")), "a merge is of a byte or of unk_token" },
  { FILE_OF (MODEL (", " VOCAB ", " MERGES)) "x", "nothing behind the last bracket, found 'x'" },
  { ADDED ("{\"id\": 7}"), "lacks its id or its content" },
  { ADDED ("{\"content\": \"x\"}"), "lacks its id or its content" },
  { ADDED ("{\"id\": 1, \"content\": \"b\"}"), "has the id of another piece: 1" },
  { ADDED ("{\"id\": 7, \"content\": \"b\"}"), "pieces 2 and 7 are both \"b\"" },
  { ADDED ("{\"id\": 9, \"content\": \"x\"}"), "no piece has the id 7" },
  { ADDED ("{\"id\": 1, \"content\": \"a\", \"lstrip\": true}"), "lstrip" },
};

GST_START_TEST (test_bad)
{
  tokenizer_check_refused_contents (bad[__i__].json, strlen (bad[__i__].json), bad[__i__].word);
}
GST_END_TEST;

/* Wherever it is cut short. */
GST_START_TEST (test_cut_short)
{
  GString *json = tokenizer_contents (JSON);
  for (gsize n = 1; n < json->len - 1; n += 1 + n / 20)
    tokenizer_check_refused_contents (json->str, n, "cut short");
  g_string_free (json, TRUE);
}
GST_END_TEST;

/* Errors say the line. */
GST_START_TEST (test_line)
{
  GString *json = tokenizer_contents (JSON);
  gchar *at = g_strstr_len (json->str, json->len, "\"id\": 1,");
  fail_unless (at != NULL);
  at[6] = '?';
  tokenizer_check_refused_contents (json->str, json->len, "line 16: ");
  g_string_free (json, TRUE);
}
GST_END_TEST;

static Suite *
tokenizer_json_suite (void)
{
  Suite *s = suite_create ("tokenizer-json");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_good, 0, G_N_ELEMENTS (good));
  tcase_add_loop_test (t, test_bad, 0, G_N_ELEMENTS (bad));
  tcase_add_test (t, test_cut_short);
  tcase_add_test (t, test_line);
  return s;
}

GST_CHECK_MAIN (tokenizer_json);
