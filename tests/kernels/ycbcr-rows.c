/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "guard.h"
#include "seed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/ycbcr-rows.h>
#include <string.h>

#define MAX_PX 300
#define CANARY 0xa5

static const guint sizes[] = { 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 300 };

/* Samples of 16 bits with the room that kernels may use. */
typedef guint16 Row[2 * MAX_PX + GEMMA4_YCBCR_ROOM];

static void
fill (guint16 *row, gsize n, gint max, GRand *rand)
{
  for (gsize i = 0; i < n; i++)
    row[i] = g_rand_boolean (rand) ? g_rand_int_range (rand, 0, max + 1)
        : g_rand_int_range (rand, 0, 2) * max;
}

static void
check_row (const gchar *name, Gemma4CpuLevel level, guint n, const guint16 *got,
    const guint16 *want, guint n_values)
{
  for (guint i = 0; i < n_values; i++)
    fail_unless (got[i] == want[i], "%s, %s, seed %u, %u samples: value %u: got %u, plain C %u",
        name, gemma4_cpu_level_name (level), test_seed (), n, i, got[i], want[i]);
}

static void
check_load (Gemma4CpuLevel level, guint n, const Gemma4SampleLayout *layout, GRand *rand)
{
  Guard guard;
  Row got, want;
  gsize n_bytes = (n - 1) * layout->step_bytes + layout->sample_bytes;
  guint8 *in = guard_new (&guard, n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    in[i] = g_rand_int (rand);
  gemma4_ycbcr_rows_c.load (want, in, n, layout);
  gemma4_ycbcr_rows (level)->load (got, in, n, layout);
  g_autofree gchar *name = g_strdup_printf ("load, %u bytes every %u, shift %u",
      layout->sample_bytes, layout->step_bytes, layout->shift);
  check_row (name, level, n, got, want, n);
  guard_free (&guard);
}

/* 8 bits at all distances; 10 and 12 bits at either end of their 16, alone and in pairs. */
GST_START_TEST (test_load)
{
  static const Gemma4SampleLayout layouts[] = {
    { 1, 1, 0 }, { 2, 1, 0 }, { 3, 1, 0 }, { 4, 1, 0 }, { 2, 2, 0 }, { 2, 2, 4 }, { 2, 2, 6 },
    { 4, 2, 0 }, { 4, 2, 4 }, { 4, 2, 6 }, { 6, 2, 4 }, { 8, 2, 6 },
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  for (int level = 0; level <= (int) gemma4_cpu_level_detect (); level++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      for (guint j = 0; j < G_N_ELEMENTS (layouts); j++)
        check_load (level, sizes[i], &layouts[j], rand);
}

GST_END_TEST;

GST_START_TEST (test_chroma)
{
  static const guint16 weights[][2] = { { 3, 1 }, { 4, 0 }, { 2, 2 }, { 12, 4 }, { 16, 0 } };
  Row near, far, got, want;
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  fill (near, G_N_ELEMENTS (near), 4095, rand);
  fill (far, G_N_ELEMENTS (far), 4095, rand);
  for (int level = 0; level <= (int) gemma4_cpu_level_detect (); level++) {
    const Gemma4YcbcrRows *kernels = gemma4_ycbcr_rows (level);
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      guint n = sizes[i];
      for (guint j = 0; j < G_N_ELEMENTS (weights); j++) {
        gemma4_ycbcr_rows_c.blend (want, near, far, n, weights[j][0], weights[j][1]);
        kernels->blend (got, near, far, n, weights[j][0], weights[j][1]);
        check_row ("blend", level, n, got, want, n);
      }
      for (guint sited = 0; sited < 2; sited++) {
        gemma4_ycbcr_rows_c.spread (want, near + 1, n, sited);
        kernels->spread (got, near + 1, n, sited);
        check_row (sited ? "spread, sited" : "spread", level, n, got, want, 2 * n);
      }
    }
  }
}

GST_END_TEST;

static void
check_matrix (Gemma4CpuLevel level, guint n, guint depth_bits, GRand *rand)
{
  Row y, cb, cr;
  guint8 got[3 * MAX_PX + 1], want[3 * MAX_PX + 1];
  gint max = (1 << depth_bits) - 1;
  Gemma4YcbcrMatrix m = {
    .centre = 16 << (depth_bits - 1),
    .y = g_rand_int_range (rand, 8000, 9600),
    .cr_r = g_rand_int_range (rand, 11000, 18000),
    .cb_g = -g_rand_int_range (rand, 1000, 6000),
    .cr_g = -g_rand_int_range (rand, 1000, 8000),
    .cb_b = g_rand_int_range (rand, 11000, 20000),
    .offset = g_rand_int_range (rand, 0, 1 << 24),
    .fraction_bits = 17 + depth_bits - 8,
  };
  fill (y, n + GEMMA4_YCBCR_ROOM, max, rand);
  fill (cb, n + GEMMA4_YCBCR_ROOM, 16 * max, rand);
  fill (cr, n + GEMMA4_YCBCR_ROOM, 16 * max, rand);
  got[3 * n] = want[3 * n] = CANARY;
  gemma4_ycbcr_rows_c.matrix (want, y, cb, cr, n, &m);
  gemma4_ycbcr_rows (level)->matrix (got, y, cb, cr, n, &m);
  for (guint i = 0; i <= 3 * n; i++)
    fail_unless (got[i] == want[i], "%s, seed %u, %u bits, %u pixels: byte %u: got %u, plain C %u",
        gemma4_cpu_level_name (level), test_seed (), depth_bits, n, i, got[i], want[i]);
}

GST_START_TEST (test_matrix)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  for (int level = 0; level <= (int) gemma4_cpu_level_detect (); level++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      for (guint depth_bits = 8; depth_bits <= 12; depth_bits++)
        for (guint round = 0; round < 10; round++)
          check_matrix (level, sizes[i], depth_bits, rand);
}

GST_END_TEST;

static Suite *
ycbcr_rows_suite (void)
{
  Suite *s = suite_create ("ycbcr-rows");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  g_print ("%s, seed %u\n", gemma4_cpu_level_name (gemma4_cpu_level_detect ()), test_seed ());
  tcase_add_test (t, test_load);
  tcase_add_test (t, test_chroma);
  tcase_add_test (t, test_matrix);
  return s;
}

GST_CHECK_MAIN (ycbcr_rows);
