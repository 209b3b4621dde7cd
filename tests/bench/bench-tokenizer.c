/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a tokenizer of a released one's size costs, and libsentencepiece beside it.
 *
 *   bench-tokenizer FOLDER   FOLDER is where tests/tokenizer/generate.py wrote.
 *                            Processor time, medians, everything in turn
 */

#include <gst/gemma4/tokenizer.h>

#include "ref-sentencepiece.h"
#include "report.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_HOT 200
#define PROMPT_BYTES 200
#define LONG_BYTES 1000000

typedef struct
{
  gchar *spm_path, *json_path;
  gchar *model;                 /* [n_model_bytes], the contents of the .spm */
  gsize n_model_bytes;
  Gemma4Tokenizer *spm, *json;
  RefSentencePiece *ref;
  GString *text;                /* words of the vocabulary */
  Gemma4Ids ids;
} Bench;

static void
need (gboolean good, const gchar *what)
{
  if (good)
    return;
  fprintf (stderr, "bench-tokenizer: %s\n", what);
  exit (1);
}

static Gemma4Tokenizer *
open_tokenizer (const gchar *path)
{
  Gemma4Tokenizer *tokenizer;
  Gemma4Error error = { "" };
  need (gemma4_tokenizer_open (path, &tokenizer, &error) == GEMMA4_OK, error.text);
  return tokenizer;
}

static void
make_text (Bench *self)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  self->text = g_string_new (NULL);
  while (self->text->len < LONG_BYTES) {
    gsize n_bytes;
    const gchar *piece =
        gemma4_tokenizer_piece (self->spm, g_rand_int_range (rand, 494, 20000), &n_bytes);
    gsize space = n_bytes > 3 && memcmp (piece, "\xe2\x96\x81", 3) == 0 ? 3 : 0;
    g_string_append_c (self->text, ' ');
    if (g_ascii_isalpha (piece[space]))
      g_string_append_len (self->text, piece + space, n_bytes - space);
  }
}

static void
bench_init (Bench *self, const gchar *folder)
{
  self->spm_path = g_build_filename (folder, "big.spm", NULL);
  self->json_path = g_build_filename (folder, "big.json", NULL);
  self->spm = open_tokenizer (self->spm_path);
  self->json = open_tokenizer (self->json_path);
  need (g_file_get_contents (self->spm_path, &self->model, &self->n_model_bytes, NULL), "no .spm");
  self->ref = ref_sentencepiece_new (self->model, self->n_model_bytes);
  need (self->ref != NULL, "libsentencepiece refuses the model");
  make_text (self);
}

static void
bench_clear (Bench *self)
{
  gemma4_ids_clear (&self->ids);
  g_string_free (self->text, TRUE);
  ref_sentencepiece_free (self->ref);
  gemma4_tokenizer_free (self->json);
  gemma4_tokenizer_free (self->spm);
  g_free (self->model);
  g_free (self->json_path);
  g_free (self->spm_path);
}

static void
encode (Bench *self, const Gemma4Tokenizer *tokenizer, gsize n_bytes)
{
  self->ids.n_ids = 0;
  need (gemma4_tokenizer_encode (tokenizer, self->text->str, n_bytes, &self->ids, NULL)
      == GEMMA4_OK, "encoding failed");
}

static void
encode_ref (Bench *self, gsize n_bytes)
{
  gsize n_ids;
  free (ref_sentencepiece_encode (self->ref, self->text->str, n_bytes, &n_ids));
}

static void
open_spm (Bench *self)
{
  gemma4_tokenizer_free (open_tokenizer (self->spm_path));
}

static void
open_json (Bench *self)
{
  gemma4_tokenizer_free (open_tokenizer (self->json_path));
}

static void
open_ref (Bench *self)
{
  ref_sentencepiece_free (ref_sentencepiece_new (self->model, self->n_model_bytes));
}

/* What reading it with json-glib would begin with; once, for it leaves the heap in
 * a million parts. */
static void
report_json_glib (Bench *self)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  double start_s = report_cpu_s ();
  need (json_parser_load_from_mapped_file (parser, self->json_path, NULL), "no .json");
  report_print ("tokenizer-tree-json-glib", 1e3 * (report_cpu_s () - start_s), "ms");
}

static void
encode_spm (Bench *self)
{
  encode (self, self->spm, PROMPT_BYTES);
}

static void
encode_json (Bench *self)
{
  encode (self, self->json, PROMPT_BYTES);
}

static void
encode_prompt_ref (Bench *self)
{
  encode_ref (self, PROMPT_BYTES);
}

static void
encode_spm_hot (Bench *self)
{
  for (guint i = 0; i < N_HOT; i++)
    encode (self, self->spm, PROMPT_BYTES);
}

static void
encode_json_hot (Bench *self)
{
  for (guint i = 0; i < N_HOT; i++)
    encode (self, self->json, PROMPT_BYTES);
}

static void
encode_ref_hot (Bench *self)
{
  for (guint i = 0; i < N_HOT; i++)
    encode_ref (self, PROMPT_BYTES);
}

static void
encode_spm_long (Bench *self)
{
  encode (self, self->spm, LONG_BYTES);
}

static void
encode_json_long (Bench *self)
{
  encode (self, self->json, LONG_BYTES);
}

static void
encode_long_ref (Bench *self)
{
  encode_ref (self, LONG_BYTES);
}

/* A prompt comes when other work has filled the caches, so opening goes first. */
static const struct
{
  const gchar *name;
  void (*run) (Bench * self);
  gdouble unit_s;
  const gchar *unit;
} workloads[] = {
  { "tokenizer-open-spm", open_spm, 1e-3, "ms" },
  { "tokenize-200-spm", encode_spm, 1e-6, "us" },
  { "tokenizer-open-json", open_json, 1e-3, "ms" },
  { "tokenize-200-json", encode_json, 1e-6, "us" },
  { "tokenizer-open-libsentencepiece", open_ref, 1e-3, "ms" },
  { "tokenize-200-libsentencepiece", encode_prompt_ref, 1e-6, "us" },
  { "tokenize-200-again-spm", encode_spm_hot, N_HOT * 1e-6, "us" },
  { "tokenize-200-again-json", encode_json_hot, N_HOT * 1e-6, "us" },
  { "tokenize-200-again-libsentencepiece", encode_ref_hot, N_HOT * 1e-6, "us" },
  { "tokenize-1-mb-spm", encode_spm_long, 1e-3, "ms" },
  { "tokenize-1-mb-json", encode_json_long, 1e-3, "ms" },
  { "tokenize-1-mb-libsentencepiece", encode_long_ref, 1e-3, "ms" },
};

int
main (int argc, char **argv)
{
  double times_s[G_N_ELEMENTS (workloads)][REPORT_N_RUNS];
  Bench bench = { 0 };
  need (argc == 2, "give the folder that tests/tokenizer/generate.py wrote to");
  bench_init (&bench, argv[1]);
  for (gint run = -1; run < REPORT_N_RUNS; run++) {
    for (guint i = 0; i < G_N_ELEMENTS (workloads); i++) {
      double start_s = report_cpu_s ();
      workloads[i].run (&bench);
      if (run >= 0)
        times_s[i][run] = report_cpu_s () - start_s;
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (workloads); i++)
    report_print (workloads[i].name, report_median (times_s[i], REPORT_N_RUNS)
        / workloads[i].unit_s, workloads[i].unit);
  report_json_glib (&bench);
  bench_clear (&bench);
  return 0;
}
