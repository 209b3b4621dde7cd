/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The oracle (tests/ref) proves the core's choice of frames and its stamps on
 * totals and times that no golden file has. */

#include "golden.h"
#include "ref-sampler.h"
#include "seed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/sampler.h>
#include <gst/gemma4/stamp.h>
#include <string.h>

static void
check_index (guint64 i, guint64 n_frames, guint64 n_total)
{
  guint64 want[] = { ref_linspace_index (i, n_frames, n_total),
    ref_arange_index (i, n_frames, n_total)
  };
  guint64 got[] = {
    gemma4_clip_index (GEMMA4_TARGET_KERASHUB, i, n_frames, n_total),
    gemma4_clip_index (GEMMA4_TARGET_TRANSFORMERS, i, n_frames, n_total)
  };
  for (guint target = 0; target < 2; target++)
    if (got[target] != want[target])
      fail ("%s: place %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " from %"
          G_GUINT64_FORMAT " is %" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT
          " (seed %u)", target ? "transformers" : "kerashub", i, n_frames,
          n_total, got[target], want[target], test_seed ());
}

GST_START_TEST (test_clip_index)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  for (guint64 n_total = 1; n_total <= 1500; n_total++)
    for (guint64 n_frames = 1; n_frames <= 66; n_frames++)
      for (guint64 i = 0; i < MIN (n_frames, n_total); i++)
        check_index (i, n_frames, n_total);
  for (guint j = 0; j < test_rounds (100000); j++) {
    guint64 n_total = 1 + (((guint64) g_rand_int (rand) << 32
            | g_rand_int (rand)) >> g_rand_int_range (rand, 24, 60));
    guint64 n_frames = g_rand_int_range (rand, 1, 5000);
    guint64 n = MIN (n_frames, n_total);
    check_index (g_rand_int_range (rand, 0, n), n_frames, n_total);
    check_index (n - 1, n_frames, n_total);
  }
  g_rand_free (rand);
}

GST_END_TEST;

/* The slot lies less than 1 ns from duration * i / parts. */
GST_START_TEST (test_clip_time)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  for (guint j = 0; j < test_rounds (200000); j++) {
    guint64 duration = ((guint64) g_rand_int (rand) << 32
        | g_rand_int (rand)) >> g_rand_int_range (rand, 8, 60);
    guint64 n = j % 50 == 0 ? 1 : g_rand_int_range (rand, 1, 3000);
    guint64 i = g_rand_int_range (rand, 0, n);
    for (guint target = 0; target < 2; target++) {
      guint64 parts = target == GEMMA4_TARGET_KERASHUB ? MAX (n - 1, 1) : n;
      guint64 got = gemma4_clip_time (target, i, n, duration);
      __int128 off = (__int128) got * parts - (__int128) duration * i;
      if (off <= -(__int128) parts || off >= (__int128) parts)
        fail ("target %u: slot %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
            " in %" G_GUINT64_FORMAT " ns is %" G_GUINT64_FORMAT " (seed %u)",
            target, i, n, duration, got, test_seed ());
    }
  }
  g_rand_free (rand);
}

GST_END_TEST;

#define GRID_FRAMES 400

static void
check_grid (const guint64 *times, guint32 rate_n, guint32 rate_d)
{
  bool want[GRID_FRAMES];
  Gemma4Grid grid = { 0 };
  ref_grid (times, GRID_FRAMES, rate_n, rate_d, want);
  for (guint i = 0; i < GRID_FRAMES; i++) {
    bool got = gemma4_grid_take (&grid, times[i], rate_n, rate_d);
    if (got != want[i])
      fail ("rate %u/%u: frame %u at %" G_GUINT64_FORMAT " ns, %"
          G_GUINT64_FORMAT " ns after the first, is %staken (seed %u)",
          rate_n, rate_d, i, times[i], times[i] - times[0], got ? "" : "not ",
          test_seed ());
  }
}

/* Videos of fixed rate, whose times are rounded down, and of varying rate. */
GST_START_TEST (test_grid)
{
  static const guint32 rates[][2] = { {1, 1}, {2, 1}, {3, 1}, {1, 3}, {1, 10},
  {7, 5}, {10, 1}, {30, 1}, {30000, 1001}, {24000, 1001}, {60, 1}, {1000, 1} };
  GRand *rand = g_rand_new_with_seed (test_seed ());
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    for (guint j = 0; j < 60; j++) {
      guint64 times[GRID_FRAMES];
      guint64 start = g_rand_boolean (rand) ? 0 : g_rand_int (rand) * 1000ull;
      guint video = g_rand_int_range (rand, 0, G_N_ELEMENTS (rates));
      for (guint k = 0; k < GRID_FRAMES; k++) {
        times[k] = start + gst_util_uint64_scale (k,
            GST_SECOND * rates[video][1], rates[video][0]);
        if (j % 2)
          times[k] = (k ? times[k - 1] : start)
              + g_rand_int_range (rand, 0, 400000000);
      }
      check_grid (times, rates[i][0], rates[i][1]);
    }
  g_rand_free (rand);
}

GST_END_TEST;

static void
check_stamp (guint64 time_ns)
{
  char want[24], got[GEMMA4_STAMP_BYTES];
  ref_stamp (time_ns, want);
  gsize n = gemma4_stamp_format (got, time_ns);
  if (strcmp (got, want) != 0 || n != strlen (want))
    fail ("%" G_GUINT64_FORMAT " ns is %s in %" G_GSIZE_FORMAT " bytes, not %s "
        "(seed %u)", time_ns, got, n, want, test_seed ());
}

GST_START_TEST (test_stamp)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  for (guint64 second = 0; second < 20000; second++)
    for (gint64 off = -2; off <= 2; off++) {
      check_stamp (second * GST_SECOND + GST_SECOND + off);
      check_stamp (second * GST_SECOND + 999500000 + off);
    }
  for (guint i = 0; i < 100000; i++)
    check_stamp (((guint64) g_rand_int (rand) << 32 | g_rand_int (rand))
        >> g_rand_int_range (rand, 0, 64));
  check_stamp (0);
  check_stamp (G_MAXUINT64);
  check_stamp (G_MAXUINT64 - 499999);
  g_rand_free (rand);
}

GST_END_TEST;

static Suite *
oracle_sampler_suite (void)
{
  Suite *s = suite_create ("oracle-sampler");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_clip_index);
  tcase_add_test (t, test_clip_time);
  tcase_add_test (t, test_grid);
  tcase_add_test (t, test_stamp);
  return s;
}

GST_CHECK_MAIN (oracle_sampler);
