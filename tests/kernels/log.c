/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The logarithm of the log-mel kernels, which only they can see. */

#include <gst/gemma4/logmel-batch-c.c>

#include <gst/check/gstcheck.h>

/* Primes: steps over all mantissas. */
#define STEP 211
#define QUICK_STEP 20011

static float
log_of (float x, int32_t exponent)
{
  const float xs[N_LOGS] = { x, x, x, x };
  Log logs[N_LOGS];
  lanes_log (logs, xs, exponent * 0x1p23f);
  return logs[N_LOGS - 1].high + logs[N_LOGS - 1].low;
}

/* Distance of @got from @want in units in the last place of @want. */
static double
ulps (float got, double want)
{
  float near = fabsf ((float) want);
  double unit = near > 0.0f ? (double) nextafterf (near, INFINITY) - near : 0x1p-149;
  return fabs (got - want) / unit;
}

GST_START_TEST (test_accuracy)
{
  double worst = 0.0;
  float worst_at = 0.0f;
  uint32_t step = g_getenv ("GEMMA4_TEST_QUICK") ? QUICK_STEP : STEP;
  for (uint32_t bits = 0x00800000; bits < 0x7f800000; bits += step) {
    float x;
    memcpy (&x, &bits, sizeof x);
    double error = ulps (log_of (x, 0), log (x));
    if (error > worst) {
      worst = error;
      worst_at = x;
    }
    fail_unless (error <= 2.0, "ln (%a) is %a, off by %g units in the last place, allowed 2", x,
        log_of (x, 0), error);
  }
  g_print ("worst %.3f units in the last place, at %a\n", worst, worst_at);
}

GST_END_TEST;

GST_START_TEST (test_exponent)
{
  for (int exponent = -2000; exponent <= 2000; exponent++) {
    double want = log (3.0) + exponent * log (2.0);
    float got = log_of (3.0f, exponent);
    fail_unless (ulps (got, want) <= 2.0, "ln (3 * 2^%d): got %.9g, want %.9g", exponent, got,
        want);
  }
  fail_unless (log_of (1.0f, 0) == 0.0f, "ln (1) is %g", log_of (1.0f, 0));
}

GST_END_TEST;

static Suite *
log_suite (void)
{
  Suite *s = suite_create ("log");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_accuracy);
  tcase_add_test (t, test_exponent);
  return s;
}

GST_CHECK_MAIN (log);
