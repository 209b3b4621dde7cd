/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "guard.h"
#include "seed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/resize-rows.h>
#include <string.h>

#define CANARY 0xa5

/* Noise, or 0 and 255 only, which reach the ends of the sums. */
static void
fill_pixels (guint8 *pixels, gsize n, GRand *rand)
{
  gboolean extreme = g_rand_boolean (rand);
  for (gsize i = 0; i < n; i++)
    pixels[i] = extreme ? (g_rand_boolean (rand) ? 255 : 0) : g_rand_int_range (rand, 0, 256);
}

static void
init_pass (Gemma4ResizePass *pass, guint n_in, guint n_out)
{
  *pass = (Gemma4ResizePass) { 0 };
  fail_unless (gemma4_resize_pass_init (pass, n_in, n_out) == GEMMA4_OK);
}

/* Rows that end at forbidden pages; what follows them must not be read or
 * written. */
typedef struct
{
  guint n;
  Guard guards[GEMMA4_RESIZE_INPUT_ROWS];
  guint8 *rows[GEMMA4_RESIZE_INPUT_ROWS];
} Rows;

static void
rows_init (Rows *self, guint n, gsize n_bytes)
{
  self->n = n;
  for (guint i = 0; i < n; i++)
    self->rows[i] = guard_new (&self->guards[i], n_bytes);
}

static void
rows_clear (Rows *self)
{
  for (guint i = 0; i < self->n; i++)
    guard_free (&self->guards[i]);
}

/* As many rows as one call of @kernels makes. */
static void
run_horizontal (const Gemma4ResizeRows *kernels, Rows *pairs, const Rows *in,
    const Gemma4ResizePass *pass)
{
  gsize work_bytes = gemma4_resize_work_bytes (kernels, pass->n_inputs);
  void *work = aligned_alloc (GEMMA4_RESIZE_ALIGN, work_bytes);
  memset (work, CANARY, work_bytes);
  for (guint i = 0; i < in->n; i += kernels->n_rows)
    kernels->horizontal (pairs->rows + i / 2, (const guint8 * const *) in->rows + i, pass, work);
  free (work);
}

static void
check_horizontal (Gemma4CpuLevel level, guint n_in, guint n_out, GRand *rand)
{
  const Gemma4ResizeRows *kernels = gemma4_resize_rows (level);
  gsize pair_bytes = gemma4_resize_pair_bytes (n_out);
  guint n_rows = kernels->n_rows;
  Gemma4ResizePass pass;
  Rows in, got, want;
  init_pass (&pass, n_in, n_out);
  rows_init (&in, n_rows, 3 * n_in);
  rows_init (&got, n_rows / 2, pair_bytes);
  rows_init (&want, n_rows / 2, pair_bytes);
  for (guint i = 0; i < n_rows; i++)
    fill_pixels (in.rows[i], 3 * n_in, rand);
  run_horizontal (&gemma4_resize_rows_c, &want, &in, &pass);
  run_horizontal (kernels, &got, &in, &pass);
  for (guint i = 0; i < n_rows / 2; i++)
    for (guint x = 0; memcmp (got.rows[i], want.rows[i], 6 * n_out) != 0 && x < 6 * n_out; x++)
      fail_unless (got.rows[i][x] == want.rows[i][x],
          "%s, seed %u, %u to %u: row %u byte %u: got %u, plain C %u",
          gemma4_cpu_level_name (level), test_seed (), n_in, n_out, 2 * i + x % 2, x / 2,
          got.rows[i][x], want.rows[i][x]);
  rows_clear (&in);
  rows_clear (&got);
  rows_clear (&want);
  gemma4_resize_pass_clear (&pass);
}

/* With sanitizers a tenth of the random sizes is enough. */
static guint
n_random (guint n)
{
  return g_getenv ("GEMMA4_TEST_QUICK") ? n / 10 : n;
}

GST_START_TEST (test_horizontal)
{
  static const guint sizes[] = { 1, 2, 7, 8, 9, 16, 17, 31, 48, 257, 528, 1920 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  for (int level = 0; level <= (int) gemma4_cpu_level_detect (); level++) {
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      for (guint j = 0; j < G_N_ELEMENTS (sizes); j++)
        check_horizontal (level, sizes[i], sizes[j], rand);
    for (guint i = 0; i < n_random (300); i++)
      check_horizontal (level, g_rand_int_range (rand, 1, 400), g_rand_int_range (rand, 1, 400),
          rand);
    check_horizontal (level, 65535, 7, rand);
    check_horizontal (level, 7, 65535, rand);
  }
}

GST_END_TEST;

/* @n_out outputs of @n_in rows of @n_px pixels, all of their spans. */
static void
check_vertical (Gemma4CpuLevel level, guint n_in, guint n_out, guint n_px, GRand *rand)
{
  Gemma4ResizePass pass;
  Rows in;
  gsize n_values = 3 * n_px;
  g_autofree guint8 *want = g_malloc (n_values + 1);
  g_autofree guint8 *got = g_malloc (n_values + 2);
  init_pass (&pass, n_in, n_out);
  rows_init (&in, GEMMA4_RESIZE_INPUT_ROWS, gemma4_resize_pair_bytes (n_px));
  for (guint i = 0; i < in.n; i++)
    fill_pixels (in.rows[i], gemma4_resize_pair_bytes (n_px), rand);
  g_autofree const guint8 **span_pairs = g_new (const guint8 *, pass.max_pairs);
  for (guint y = 0; y < n_out; y++) {
    guint8 *out = got + y % 2;  /* misaligned every other time */
    for (guint j = 0; j < pass.spans[y].n_pairs; j++)
      span_pairs[j] = in.rows[g_rand_int_range (rand, 0, in.n)];
    out[n_values] = want[n_values] = CANARY;
    gemma4_resize_rows_c.vertical (want, span_pairs, n_values, &pass, &pass.spans[y]);
    gemma4_resize_rows (level)->vertical (out, span_pairs, n_values, &pass, &pass.spans[y]);
    for (gsize x = 0; memcmp (out, want, n_values + 1) != 0 && x <= n_values; x++)
      fail_unless (out[x] == want[x], "%s, seed %u, %u to %u: row %u byte %" G_GSIZE_FORMAT " of %"
          G_GSIZE_FORMAT ": got %u, plain C %u", gemma4_cpu_level_name (level), test_seed (), n_in,
          n_out, y, x, n_values, out[x], want[x]);
  }
  gemma4_resize_pass_clear (&pass);
  rows_clear (&in);
}

GST_START_TEST (test_vertical)
{
  static const guint sizes[] = { 1, 7, 8, 9, 21, 22, 31, 32, 33, 42, 43, 85, 86, 528 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  for (int level = 0; level <= (int) gemma4_cpu_level_detect (); level++) {
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      check_vertical (level, 108, 29, sizes[i], rand);
      check_vertical (level, 9, 48, sizes[i], rand);
      check_vertical (level, 100, 1, sizes[i], rand);
      check_vertical (level, 1, 5, sizes[i], rand);
    }
    for (guint i = 0; i < n_random (100); i++)
      check_vertical (level, g_rand_int_range (rand, 1, 80), g_rand_int_range (rand, 1, 80),
          g_rand_int_range (rand, 1, 300), rand);
  }
}

GST_END_TEST;

static Suite *
resize_rows_suite (void)
{
  Suite *s = suite_create ("resize-rows");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  g_print ("%s, seed %u\n", gemma4_cpu_level_name (gemma4_cpu_level_detect ()), test_seed ());
  tcase_add_test (t, test_horizontal);
  tcase_add_test (t, test_vertical);
  return s;
}

GST_CHECK_MAIN (resize_rows);
