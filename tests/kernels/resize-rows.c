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
  Guard guards[GEMMA4_RESIZE_ROWS];
  guint8 *rows[GEMMA4_RESIZE_ROWS];
} Rows;

static void
rows_init (Rows *self, gsize n_bytes)
{
  for (guint i = 0; i < GEMMA4_RESIZE_ROWS; i++)
    self->rows[i] = guard_new (&self->guards[i], n_bytes);
}

static void
rows_clear (Rows *self)
{
  for (guint i = 0; i < GEMMA4_RESIZE_ROWS; i++)
    guard_free (&self->guards[i]);
}

static void
check_horizontal (Gemma4CpuLevel level, guint n_in, guint n_out, GRand *rand)
{
  const Gemma4ResizeRows *kernels = gemma4_resize_rows (level);
  Gemma4ResizePass plain, padded;
  Rows in, got, want;
  init_pass (&plain, n_in, n_out);
  init_pass (&padded, n_in, n_out);
  /* Too narrow for this level: the resizer takes plain C. */
  if (plain.spans && gemma4_resize_pass_pad (&padded, kernels->taps_multiple) == GEMMA4_OK) {
    rows_init (&in, 3 * n_in);
    rows_init (&got, 3 * n_out);
    rows_init (&want, 3 * n_out);
    for (guint i = 0; i < GEMMA4_RESIZE_ROWS; i++)
      fill_pixels (in.rows[i], 3 * n_in, rand);
    gemma4_resize_rows_c.horizontal (want.rows, (const guint8 * const *) in.rows, &plain);
    kernels->horizontal (got.rows, (const guint8 * const *) in.rows, &padded);
    for (guint i = 0; i < GEMMA4_RESIZE_ROWS; i++)
      for (guint x = 0; memcmp (got.rows[i], want.rows[i], 3 * n_out) != 0 && x < 3 * n_out; x++)
        fail_unless (got.rows[i][x] == want.rows[i][x],
            "%s, seed %u, %u to %u: row %u byte %u: got %u, plain C %u",
            gemma4_cpu_level_name (level), test_seed (), n_in, n_out, i, x, got.rows[i][x],
            want.rows[i][x]);
    rows_clear (&in);
    rows_clear (&got);
    rows_clear (&want);
  }
  gemma4_resize_pass_clear (&plain);
  gemma4_resize_pass_clear (&padded);
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

/* @n_out outputs of @n_in rows, all of their spans. */
static void
check_vertical (Gemma4CpuLevel level, guint n_in, guint n_out, gsize n_values, GRand *rand)
{
  Gemma4ResizePass pass;
  Guard in_guard;
  init_pass (&pass, n_in, n_out);
  guint8 *in = guard_new (&in_guard, n_in * n_values);
  g_autofree const guint8 **rows = g_new (const guint8 *, n_in);
  g_autofree guint8 *want = g_malloc (n_values + 1);
  g_autofree guint8 *got = g_malloc (n_values + 2);
  fill_pixels (in, n_in * n_values, rand);
  for (guint y = 0; pass.spans && y < n_out; y++) {
    const Gemma4ResizeSpan *span = &pass.spans[y];
    guint8 *out = got + y % 2;  /* misaligned every other time */
    for (guint j = 0; j < span->n_taps; j++)
      rows[j] = in + (span->first + j) * n_values;
    out[n_values] = want[n_values] = CANARY;
    gemma4_resize_rows_c.vertical (want, rows, n_values, &pass, span);
    gemma4_resize_rows (level)->vertical (out, rows, n_values, &pass, span);
    for (gsize x = 0; memcmp (out, want, n_values + 1) != 0 && x <= n_values; x++)
      fail_unless (out[x] == want[x], "%s, seed %u, %u to %u: row %u byte %" G_GSIZE_FORMAT " of %"
          G_GSIZE_FORMAT ": got %u, plain C %u", gemma4_cpu_level_name (level), test_seed (), n_in,
          n_out, y, x, n_values, out[x], want[x]);
  }
  gemma4_resize_pass_clear (&pass);
  guard_free (&in_guard);
}

GST_START_TEST (test_vertical)
{
  static const gsize sizes[] = { 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 257, 1584 };
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
