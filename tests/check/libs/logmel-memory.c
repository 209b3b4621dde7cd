/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The log-mel of a stream allocates in gemma4_logmel_new() and nowhere else. */

#include "allocations.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/logmel.h>

#define N_SAMPLES 20000

static Gemma4LogMelParams
params_of (guint i)
{
  static const float means[128] = { 1.0f };
  Gemma4LogMelParams p = i == 1 ? gemma4_logmel_params_card : gemma4_logmel_params_default;
  if (i == 2) {
    p.preemphasis = 0.97;
    p.dither = 0.01;
    p.per_bin_mean = means;
  } else if (i == 3) {
    p.fft_length = 48000;
    p.frame_length = 1001;
    p.hop_length = 7;
  }
  return p;
}

GST_START_TEST (test_stream)
{
  static float samples[N_SAMPLES], rows[64 * 128];
  Gemma4LogMelParams params = params_of (__i__);
  Gemma4LogMel *self;
  guint64 before = n_allocations;
  fail_unless (gemma4_logmel_new (&params, &self, NULL) == GEMMA4_OK);
  fail_unless (n_allocations > before, "nothing is counted");
  /* The last of them is loud, and some are no numbers. */
  for (guint i = 0; i < N_SAMPLES; i++)
    samples[i] = i % 997 == 0 ? (float) NAN : i > N_SAMPLES / 2 ? 1e15f : (float) (i % 3) - 1.0f;
  before = n_allocations;
  gsize n_rows = 0;
  for (guint round = 0; round < 2; round++) {
    gemma4_logmel_reset (self);
    for (gsize at = 0; at < N_SAMPLES;) {
      at += gemma4_logmel_push (self, samples + at, MIN (777, N_SAMPLES - at));
      n_rows += gemma4_logmel_pull (self, rows, 1 + n_rows % 64);
    }
    gemma4_logmel_end (self);
    n_rows += gemma4_logmel_pull (self, rows, 64);
  }
  guint64 n = n_allocations - before;
  fail_unless (n_rows > 100, "only %zu rows", n_rows);
  fail_unless (n == 0, "%" G_GUINT64_FORMAT " allocations for %zu rows", n, n_rows);
  gemma4_logmel_free (self);
}
GST_END_TEST;

int
main (int argc, char **argv)
{
  if (!COUNTS_ALLOCATIONS)
    return 77;
  gst_check_init (&argc, &argv);
  Suite *s = suite_create ("logmel-memory");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_stream, 0, 4);
  return gst_check_run_suite (s, "logmel-memory", __FILE__);
}
