/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ids of libsentencepiece for the same model and text. */

#include "golden.h"
#include "ref-sentencepiece.h"
#include "tokenizers.h"

#include <gst/check/gstcheck.h>

#define MODEL "tokenizer/gemma4_tiny.model"

/* A model, in ours and in the library. */
typedef struct
{
  Gemma4Tokenizer *tokenizer;
  RefSentencePiece *ref;
} Pair;

static Pair
pair_open (const gchar *model, gsize n_bytes)
{
  Pair pair = { tokenizer_open_contents (model, n_bytes), ref_sentencepiece_new (model, n_bytes) };
  fail_unless (pair.ref != NULL, "libsentencepiece refuses the model");
  return pair;
}

static void
pair_close (Pair *pair)
{
  gemma4_tokenizer_free (pair->tokenizer);
  ref_sentencepiece_free (pair->ref);
}

static void
pair_compare (const Pair *pair, const gchar *what, const gchar *text, gsize n_bytes)
{
  Gemma4Ids got = { 0 };
  gsize n_want;
  int *want = ref_sentencepiece_encode (pair->ref, text, n_bytes, &n_want);
  fail_unless (want != NULL);
  tokenizer_encode (pair->tokenizer, text, n_bytes, &got);
  tokenizer_check_ids (what, &got, want, n_want);
  gemma4_ids_clear (&got);
  free (want);
}

/* The library spells these out where they are written. */
static gboolean
has_control_piece (const gchar *text, gsize n_bytes)
{
  static const gchar *const names[] = { "<pad>", "<eos>", "<bos>", "<unk>" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (memmem (text, n_bytes, names[i], strlen (names[i])))
      return TRUE;
  return FALSE;
}

static void
compare_texts (const Pair *pair, const gchar *name, guint n_texts)
{
  Texts texts = texts_load (name);
  const gchar *text;
  gsize n_bytes;
  guint n_compared = 0;
  for (guint i = 0; i < n_texts && texts_next (&texts, &text, &n_bytes); i++) {
    g_autofree gchar *what = g_strdup_printf ("%s, text %u: '%.*s'", name, i, (int) n_bytes, text);
    if (has_control_piece (text, n_bytes))
      continue;
    pair_compare (pair, what, text, n_bytes);
    n_compared++;
  }
  fail_unless (n_compared > n_texts / 2);
  texts_clear (&texts);
}

static const struct
{
  const gchar *model;
  const gchar *texts;
} generated[] = {
  { NULL, "tiny.texts" },
  { "big.spm", "tiny.texts" },
  { "big.spm", "big.texts" },
};

GST_START_TEST (test_generated)
{
  g_autofree gchar *path = generated[__i__].model ? generated_path (generated[__i__].model)
      : golden_path (MODEL);
  g_autofree gchar *model = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (path, &model, &n_bytes, NULL), "%s", path);
  Pair pair = pair_open (model, n_bytes);
  compare_texts (&pair, generated[__i__].texts, test_rounds (10000));
  pair_close (&pair);
}
GST_END_TEST;

/* Appends random characters of all planes, and runs of blanks. */
static void
append_characters (GString *text, GRand *rand, guint n)
{
  static const gchar *const runs[] = { " ", "\n", "\xe2\x96\x81", "ab", "  \n", "\r" };
  while (n-- > 0) {
    gunichar c = g_rand_int_range (rand, 0, 17) << 16 | g_rand_int_range (rand, 0, 0x10000);
    const gchar *run = runs[g_rand_int_range (rand, 0, G_N_ELEMENTS (runs))];
    gint n_times = g_rand_int_range (rand, 0, 12);
    if (c < 0xd800 || c >= 0xe000)
      g_string_append_unichar (text, g_rand_boolean (rand) ? c : c & 0xff);
    while (g_rand_int_range (rand, 0, 2) > 0 && n_times-- > 0)
      g_string_append (text, run);
  }
}

static const struct
{
  const gchar *name;
  gboolean no_bytes;            /* no byte fallback, and byte pieces are normal ones */
  gboolean unused;              /* every fifth normal piece becomes an unused one */
} variants[] = {
  { "as it is", FALSE, FALSE },
  { "no byte fallback", TRUE, FALSE },
  { "unused pieces", FALSE, TRUE },
  { "both", TRUE, TRUE },
};

/* The model with changed pieces, whose lengths and types are single bytes. */
static GString *
make_variant (const GString *model, gboolean no_bytes, gboolean unused)
{
  static const gchar no_byte_fallback[] = { 0x12, 3, (gchar) 0x98, 2, 0 };
  GString *made = g_string_new (NULL);
  const gchar *at = model->str;
  for (guint n_normal = 0; at[0] == 0x0a; at += 2 + at[1]) {
    const gchar *piece = at + 2;
    gint n_bytes = at[1];
    gboolean normal = n_bytes == piece[1] + 7;  /* it has a text and a score, no type */
    gboolean to_unused = unused && normal && n_normal++ % 5 == 0;
    g_string_append_c (made, 0x0a);
    g_string_append_c (made, n_bytes + (to_unused ? 2 : 0));
    g_string_append_len (made, piece, n_bytes);
    if (to_unused)
      g_string_append_len (made, "\x18\x05", 2);
    else if (no_bytes && !normal && piece[n_bytes - 1] == 6)
      made->str[made->len - 1] = 1;
  }
  g_string_append_len (made, at, model->str + model->len - at);
  if (no_bytes)
    g_string_append_len (made, no_byte_fallback, sizeof no_byte_fallback);
  return made;
}

GST_START_TEST (test_variants)
{
  guint32 seed = 9000 + __i__;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  GString *model = tokenizer_contents (MODEL);
  GString *variant = make_variant (model, variants[__i__].no_bytes, variants[__i__].unused);
  Pair pair = pair_open (variant->str, variant->len);
  compare_texts (&pair, "tiny.texts", test_rounds (2000));
  for (guint i = 0; i < test_rounds (2000); i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autofree gchar *what =
        g_strdup_printf ("%s, seed %u, text %u", variants[__i__].name, seed, i);
    append_characters (text, rand, g_rand_int_range (rand, 0, 40));
    pair_compare (&pair, what, text->str, text->len);
  }
  pair_close (&pair);
  g_string_free (variant, TRUE);
  g_string_free (model, TRUE);
}
GST_END_TEST;

static Suite *
tokenizer_sentencepiece_suite (void)
{
  Suite *s = suite_create ("tokenizer-sentencepiece");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  /* Sanitized, the library takes a minute to read the big one. */
  tcase_add_loop_test (t, test_generated, 0,
      g_getenv ("GEMMA4_TEST_QUICK") ? 1 : G_N_ELEMENTS (generated));
  tcase_add_loop_test (t, test_variants, 0, G_N_ELEMENTS (variants));
  return s;
}

int
main (int argc, char **argv)
{
  g_autofree gchar *path = generated_path ("big.spm");
  if (!path) {
    g_print ("SKIP: tests/tokenizer/generate.py was not run: no python3\n");
    return 77;
  }
  gst_check_init (&argc, &argv);
  return gst_check_run_suite (tokenizer_sentencepiece_suite (), "tokenizer-sentencepiece",
      __FILE__);
}
