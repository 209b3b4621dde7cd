/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/detokenizer.h>

#include "golden.h"
#include "seed.h"
#include "tokenizers.h"

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>

static Gemma4Tokenizer *tokenizer;

static void
setup (void)
{
  g_autofree gchar *path = golden_path ("tokenizer/gemma4_tiny.model");
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_tokenizer_open (path, &tokenizer, &error);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
}

static void
teardown (void)
{
  g_clear_pointer (&tokenizer, gemma4_tokenizer_free);
}

static Gemma4Detokenizer *
new_detokenizer (Gemma4Strip strip, gboolean strip_thinking)
{
  Gemma4Detokenizer *self = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status =
      gemma4_detokenizer_new (tokenizer, strip, strip_thinking, &self, &error);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
  return self;
}

/* Appends what comes of one id, which must be whole characters. */
static void
push (Gemma4Detokenizer *self, gint64 id, GString *all)
{
  const char *text;
  size_t n_bytes;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_detokenizer_push (self, id, &text, &n_bytes, &error);
  fail_unless (status == GEMMA4_OK, "id %" G_GINT64_FORMAT ": %s", id, error.text);
  fail_unless (g_utf8_validate_len (text, n_bytes, NULL) || memchr (text, 0, n_bytes),
      "id %" G_GINT64_FORMAT ": cut characters", id);
  g_string_append_len (all, text, n_bytes);
}

static GString *
decode (Gemma4Strip strip, gboolean strip_thinking, const gint32 *ids, gsize n_ids)
{
  Gemma4Detokenizer *self = new_detokenizer (strip, strip_thinking);
  GString *all = g_string_new (NULL);
  const char *text;
  size_t n_bytes;
  for (gsize i = 0; i < n_ids; i++)
    push (self, ids[i], all);
  gemma4_detokenizer_finish (self, &text, &n_bytes);
  g_string_append_len (all, text, n_bytes);
  gemma4_detokenizer_free (self);
  return all;
}

static void
check (const gchar *what, Gemma4Strip strip, gboolean strip_thinking, const gint32 *ids,
    gsize n_ids, const gchar *want, gsize n_want)
{
  GString *got = decode (strip, strip_thinking, ids, n_ids);
  fail_unless (got->len == n_want && memcmp (got->str, want, n_want) == 0,
      "%s: got '%s' (%zu bytes), want '%s' (%zu bytes)", what, got->str, got->len, want,
      n_want);
  g_string_free (got, TRUE);
}

/* The ids of pieces separated by blanks. */
static gsize
find_ids (const gchar *names, gint32 *ids)
{
  g_auto (GStrv) each = g_strsplit (names, " ", -1);
  gsize n = 0;
  for (; each[n]; n++) {
    ids[n] = gemma4_tokenizer_find (tokenizer, each[n]);
    fail_unless (ids[n] >= 0, "there is no piece %s", each[n]);
  }
  return n;
}

static const struct
{
  const gchar *pieces;
  const gchar *special, *kerashub, *none;
} cases[] = {
  {"a", "a", "a", "a"},
  {"<0xE2> <0x82> <0xAC>", "€", "€", "€"},
  {"a <0xF0> <0x9F> <0x98> <0x80> b", "a😀b", "a😀b", "a😀b"},
  {"<bos> a <eos> <pad>", "a", "a", "<bos>a<eos><pad>"},
  {"<|image> <|image|> <image|> <|video|> <|audio> <|audio|> <audio|>", "", "<|image>",
        "<|image><|image|><image|><|video|><|audio><|audio|><audio|>"},
  {"<|turn> a <turn|> <mask>", "a", "<|turn>a<turn|><mask>", "<|turn>a<turn|><mask>"},
  {"a <unk> b", "ab", "a \xe2\x81\x87 b", "a<unk>b"},
  {"<|channel> a <channel|> b", "ab", "<|channel>a<channel|>b", "<|channel>a<channel|>b"},
  {"<|think|> <|tool> <tool|> <|tool_call> <tool_call|> <|tool_response> <tool_response|> a",
        "a", "<|think|><|tool><tool|><|tool_call><tool_call|><|tool_response>"
        "<tool_response|>a", "<|think|><|tool><tool|><|tool_call><tool_call|><|tool_response>"
        "<tool_response|>a"},
  /* a token without text does not come between the bytes of a character */
  {"<0xE2> <bos> <0x82> <0xAC>", "€", "€", "\xef\xbf\xbd<bos>\xef\xbf\xbd\xef\xbf\xbd"},
};

GST_START_TEST (test_strip)
{
  gint32 ids[32];
  gsize n = find_ids (cases[__i__].pieces, ids);
  const gchar *wanted[] = { cases[__i__].special, cases[__i__].kerashub, cases[__i__].none };
  for (guint strip = 0; strip < 3; strip++)
    check (cases[__i__].pieces, strip, FALSE, ids, n, wanted[strip], strlen (wanted[strip]));
}
GST_END_TEST;

static const struct
{
  const gchar *pieces;
  const gchar *special, *none;
} thoughts[] = {
  {"<|channel> a <0x41> <channel|> b", "b", "b"},
  {"a <|channel> b <channel|> a <turn|>", "aa", "aa<turn|>"},
  {"a <channel|> b", "ab", "ab"},
  {"a <|channel> b <|channel> c <channel|> d", "ad", "ad"},
  {"a <|channel> b <turn|>", "a", "a"},
};

GST_START_TEST (test_thinking)
{
  gint32 ids[32];
  gsize n = find_ids (thoughts[__i__].pieces, ids);
  check (thoughts[__i__].pieces, GEMMA4_STRIP_SPECIAL, TRUE, ids, n, thoughts[__i__].special,
      strlen (thoughts[__i__].special));
  check (thoughts[__i__].pieces, GEMMA4_STRIP_NONE, TRUE, ids, n, thoughts[__i__].none,
      strlen (thoughts[__i__].none));
}
GST_END_TEST;

/* Every byte that cannot belong to a character is one U+FFFD, as early as that
 * is known, and the characters around it stay. */
static const struct
{
  const gchar *bytes;
  guint n_bytes;
  const gchar *at_once;         /* before the end of the ids */
  const gchar *at_end;
  guint n_replaced;
} malformed[] = {
#define R "\xef\xbf\xbd"
  {"\x80", 1, R, "", 1},
  {"\xc3", 1, "", R, 1},
  {"\xe2\x82", 2, "", R R, 2},
  {"\xf0\x9f\x98", 3, "", R R R, 3},
  {"\xc0\x80", 2, R R, "", 2},
  {"\xe0\x80\x80", 3, R R R, "", 3},
  {"\xed\xa0\x80", 3, R R R, "", 3},
  {"\xf4\x90\x80\x80", 4, R R R R, "", 4},
  {"\xf5", 1, R, "", 1},
  {"\xe2\x41", 2, R "A", "", 1},
  {"\xe2\xc3\xa9", 3, R "\xc3\xa9", "", 1},
  {"\xf0\x9f\xe2\x82\xac", 5, R R "\xe2\x82\xac", "", 2},
};

GST_START_TEST (test_malformed)
{
  Gemma4Detokenizer *self = new_detokenizer (GEMMA4_STRIP_SPECIAL, FALSE);
  g_autoptr (GString) all = g_string_new (NULL);
  const char *text;
  size_t n_bytes;
  for (guint i = 0; i < malformed[__i__].n_bytes; i++) {
    g_autofree gchar *name = g_strdup_printf ("<0x%02X>", (guchar) malformed[__i__].bytes[i]);
    push (self, gemma4_tokenizer_find (tokenizer, name), all);
  }
  fail_unless_equals_string (all->str, malformed[__i__].at_once);
  gemma4_detokenizer_finish (self, &text, &n_bytes);
  fail_unless_equals_int (n_bytes, strlen (malformed[__i__].at_end));
  fail_unless (memcmp (text, malformed[__i__].at_end, n_bytes) == 0);
  fail_unless_equals_int (gemma4_detokenizer_n_replaced (self), malformed[__i__].n_replaced);
  gemma4_detokenizer_free (self);
}
GST_END_TEST;

/* Lists of ids through transformers' decode() and, for KerasHub, SentencePiece's. Where
 * bytes spell no UTF-8 the two upstreams differ, and we do as SentencePiece. */
static void
check_golden (JsonObject *root, const gchar *member, const gchar *const names[3])
{
  JsonArray *cases = json_object_get_array_member (root, member);
  guint n_cases = json_array_get_length (cases);
  fail_unless (n_cases > 50, "%u cases of %s", n_cases, member);
  for (guint i = 0; i < n_cases; i++) {
    JsonObject *one = json_array_get_object_element (cases, i);
    JsonArray *array = json_object_get_array_member (one, "ids");
    guint n = json_array_get_length (array);
    g_autofree gint32 *ids = g_new (gint32, n + 1);
    for (guint k = 0; k < n; k++)
      ids[k] = json_array_get_int_element (array, k);
    for (guint strip = 0; strip < 3; strip++) {
      if (!names[strip])
        continue;
      const gchar *want = json_object_get_string_member (one, names[strip]);
      g_autofree gchar *what = g_strdup_printf ("%s case %u, %s", member, i, names[strip]);
      check (what, strip, FALSE, ids, n, want, strlen (want));
    }
  }
}

GST_START_TEST (test_golden)
{
  static const gchar *const all[] = { "special", "kerashub", "none" };
  static const gchar *const sentencepiece[] = { NULL, "kerashub", NULL };
  g_autofree gchar *path = golden_path ("tokenizer/decode.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  fail_unless (json_parser_load_from_file (parser, path, &error), "%s",
      error ? error->message : "");
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  check_golden (root, "valid", all);
  check_golden (root, "malformed", sentencepiece);
}
GST_END_TEST;

/* What a tokenizer.json calls special is, whatever its name; other added tokens are
 * text, and names that everybody knows are special all the same. */
GST_START_TEST (test_added_tokens)
{
  static const gchar json[] = "{\"normalizer\": {\"type\": \"Replace\", \"pattern\": "
      "{\"String\": \" \"}, \"content\": \"\xe2\x96\x81\"}, \"added_tokens\": ["
      "{\"id\": 3, \"content\": \"[mine]\", \"normalized\": false, \"special\": true}, "
      "{\"id\": 4, \"content\": \"[text]\", \"normalized\": false, \"special\": false}], "
      "\"model\": {\"type\": \"BPE\", \"unk_token\": \"<unk>\", \"vocab\": {\"<unk>\": 0, "
      "\"a\": 1, \"<eos>\": 2, \"[mine]\": 3}, \"merges\": []}}";
  static const gint32 ids[] = { 1, 3, 4, 2, 0, 1 };
  gemma4_tokenizer_free (tokenizer);
  tokenizer = tokenizer_open_contents (json, strlen (json));
  check ("special", GEMMA4_STRIP_SPECIAL, FALSE, ids, 6, "a[text]a", 8);
  check ("none", GEMMA4_STRIP_NONE, FALSE, ids, 6, "a[mine][text]<eos><unk>a", 24);
  check ("kerashub", GEMMA4_STRIP_KERASHUB, FALSE, ids, 6, "a[mine][text] \xe2\x81\x87 a", 19);
}
GST_END_TEST;

/* An id of another vocabulary changes nothing. */
GST_START_TEST (test_bad_ids)
{
  static const gint64 bad[] = { -1, -100, 2048, G_GINT64_CONSTANT (1) << 32, G_MAXINT64 };
  Gemma4Detokenizer *self = new_detokenizer (GEMMA4_STRIP_SPECIAL, FALSE);
  g_autoptr (GString) all = g_string_new (NULL);
  push (self, gemma4_tokenizer_find (tokenizer, "<0xC3>"), all);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    const char *text = "untouched";
    size_t n_bytes = 7;
    Gemma4Error error = { "" };
    Gemma4Status status = gemma4_detokenizer_push (self, bad[i], &text, &n_bytes, &error);
    g_autofree gchar *number = g_strdup_printf ("id %" G_GINT64_FORMAT " ", bad[i]);
    fail_unless_equals_int (status, GEMMA4_BAD_ARGUMENT);
    fail_unless (g_str_has_prefix (error.text, number) && strstr (error.text, "0 to 2047"),
        "%s", error.text);
    fail_unless (n_bytes == 7 && g_str_equal (text, "untouched"));
  }
  push (self, gemma4_tokenizer_find (tokenizer, "<0xA9>"), all);
  fail_unless_equals_string (all->str, "\xc3\xa9");
  gemma4_detokenizer_free (self);
}
GST_END_TEST;

/* Whatever can be encoded comes back. */
GST_START_TEST (test_round_trip)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  static const guint limits[] = { 0x80, 0x800, 0x10000, 0x110000 };
  for (guint round = 0; round < test_rounds (500); round++) {
    g_autoptr (GString) text = g_string_new (NULL);
    guint n = g_rand_int_range (rand, 0, 40);
    for (guint i = 0; i < n; i++) {
      gunichar c = g_rand_int_range (rand, 0, limits[g_rand_int_range (rand, 0, 4)]);
      if (g_unichar_validate (c) && c != 0x2581)
        g_string_append_unichar (text, g_rand_boolean (rand) ? ' ' : c);
    }
    Gemma4Ids ids = { 0 };
    Gemma4Error error = { "" };
    Gemma4Status status =
        gemma4_tokenizer_encode (tokenizer, text->str, text->len, &ids, &error);
    fail_unless (status == GEMMA4_OK, "round %u: %s", round, error.text);
    g_autofree gchar *what = g_strdup_printf ("round %u, seed %u", round, test_seed ());
    check (what, GEMMA4_STRIP_SPECIAL, FALSE, ids.ids, ids.n_ids, text->str, text->len);
    gemma4_ids_clear (&ids);
  }
  g_rand_free (rand);
}
GST_END_TEST;

static Suite *
detokenizer_suite (void)
{
  Suite *s = suite_create ("detokenizer");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_loop_test (t, test_strip, 0, G_N_ELEMENTS (cases));
  tcase_add_loop_test (t, test_thinking, 0, G_N_ELEMENTS (thoughts));
  tcase_add_loop_test (t, test_malformed, 0, G_N_ELEMENTS (malformed));
  tcase_add_test (t, test_golden);
  tcase_add_test (t, test_added_tokens);
  tcase_add_test (t, test_bad_ids);
  tcase_add_test (t, test_round_trip);
  return s;
}

GST_CHECK_MAIN (detokenizer);
