/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ids that transformers' GemmaTokenizer gave (tests/upstream/tokenizer.py) for
 * the tokenizers and texts of tests/tokenizer/generate.py, and what opening those
 * of a released one's size costs. */

#include "golden.h"
#include "tokenizers.h"

#include <gst/check/gstcheck.h>
#include <sys/resource.h>

static const struct
{
  const gchar *name;            /* of the tokenizer */
  const gchar *texts;
  const gchar *hashes;          /* of the ids of the first texts */
} cases[] = {
  { "big.json", "big.texts", "big" },
  { "tiny.json", "tiny.texts", "tiny" },
  { "tiny-strings.json", "tiny.texts", "tiny" },
  { "tiny-added.json", "tiny.texts", "tiny-added" },
  { "tiny-fused.json", "tiny.texts", "tiny-fused" },
  { "tiny-reversed.json", "tiny.texts", "tiny-reversed" },
  { "tiny-twice.json", "tiny.texts", "tiny-twice" },
  { "tiny-unfused.json", "tiny.texts", "tiny-unfused" },
  { "tiny-whole.json", "tiny.texts", "tiny-whole" },
};

/* FNV-1a of the ids as little-endian int32. */
static guint32
hash_ids (const Gemma4Ids *ids)
{
  guint32 hash = 0x811c9dc5;
  for (gsize i = 0; i < ids->n_ids; i++)
    for (guint shift = 0; shift < 32; shift += 8)
      hash = (hash ^ ((guint32) ids->ids[i] >> shift & 0xff)) * 0x01000193;
  return hash;
}

GST_START_TEST (test_ids)
{
  g_autofree gchar *path = generated_path (cases[__i__].name);
  g_autofree gchar *name =
      g_strdup_printf ("tokenizer/upstream/%s.fnv", cases[__i__].hashes);
  GString *hashes = tokenizer_contents (name);
  Gemma4Tokenizer *tokenizer = tokenizer_open (path);
  Texts texts = texts_load (cases[__i__].texts);
  Gemma4Ids ids = { 0 };
  const gchar *text;
  gsize n_bytes, n_texts = MIN (hashes->len / 4, test_rounds (10000));
  fail_unless (hashes->len >= 4 * 2000);
  for (gsize i = 0; i < n_texts; i++) {
    guint32 want;
    fail_unless (texts_next (&texts, &text, &n_bytes));
    memcpy (&want, hashes->str + 4 * i, 4);
    ids.n_ids = 0;
    tokenizer_encode (tokenizer, text, n_bytes, &ids);
    fail_unless (hash_ids (&ids) == GUINT32_FROM_LE (want),
        "%s: text %zu has other ids, %zu of them: '%.*s'", cases[__i__].name, i, ids.n_ids,
        (int) n_bytes, text);
  }
  gemma4_ids_clear (&ids);
  texts_clear (&texts);
  gemma4_tokenizer_free (tokenizer);
  g_string_free (hashes, TRUE);
}
GST_END_TEST;

static const struct
{
  const gchar *name;
  gdouble most_s;
} sizes[] = {
  { "big.spm", 0.15 },
  { "big.json", 1.5 },
};

static gdouble
processor_s (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
      + 1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The best of several, as other programs run beside. */
GST_START_TEST (test_cost)
{
  g_autofree gchar *path = generated_path (sizes[__i__].name);
  gdouble best_s = G_MAXDOUBLE;
  for (guint i = 0; i < 5; i++) {
    gdouble start_s = processor_s ();
    Gemma4Tokenizer *tokenizer = tokenizer_open (path);
    best_s = MIN (best_s, processor_s () - start_s);
    fail_unless_equals_int (gemma4_tokenizer_n_pieces (tokenizer), 262144);
    gemma4_tokenizer_free (tokenizer);
  }
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  fail_unless (usage.ru_maxrss * 1024.0 < 250e6, "%s: %ld KiB", path, usage.ru_maxrss);
  fail_unless (best_s < sizes[__i__].most_s, "%s: %.3f s, want %.2f", path, best_s,
      sizes[__i__].most_s);
}
GST_END_TEST;

static Suite *
tokenizer_upstream_suite (void)
{
  Suite *s = suite_create ("tokenizer-upstream");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_ids, 0, G_N_ELEMENTS (cases));
  if (!g_getenv ("GEMMA4_TEST_QUICK"))
    tcase_add_loop_test (t, test_cost, 0, G_N_ELEMENTS (sizes));
  return s;
}

int
main (int argc, char **argv)
{
  g_autofree gchar *path = generated_path ("big.json");
  if (!path) {
    g_print ("SKIP: tests/tokenizer/generate.py was not run: no python3\n");
    return 77;
  }
  gst_check_init (&argc, &argv);
  return gst_check_run_suite (tokenizer_upstream_suite (), "tokenizer-upstream", __FILE__);
}
