/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "guard.h"
#include "seed.h"

#include <float.h>
#include <gst/check/gstcheck.h>
#include <gst/gemma4/logmel-batch.h>
#include <math.h>
#include <string.h>

#define N_FRAMES GEMMA4_MAX_LANES
#define MAX_LENGTH (2 * GEMMA4_FFT_MAX_LENGTH)
#define CANARY 1234.5f

/* A plan of which all parts belong to it. */
typedef struct
{
  Gemma4LogMelPlan plan;
  Gemma4Fft *fft;
  Gemma4MelBank *bank;
  float *window;
} Setting;

static void
setting_clear (Setting *self)
{
  gemma4_fft_free (self->fft);
  gemma4_melbank_free (self->bank);
  g_free (self->window);
}

static void
setting_init (Setting *self, guint length, guint frame_length, guint n_filters)
{
  self->fft = gemma4_fft_new (length);
  self->bank = calloc (1, sizeof *self->bank);
  self->bank->n_filters = n_filters;
  self->bank->segments = calloc (n_filters + 1, sizeof self->bank->segments[0]);
  self->window = g_new (float, frame_length);
  for (guint i = 0; i < frame_length; i++)
    self->window[i] = 0.5f;
  self->plan = (Gemma4LogMelPlan) {
    .fft = self->fft,.bank = self->bank,.window = self->window,.frame_length = frame_length,
    .adds_floor = true,
  };
}

/* Segments of any width, some empty, on a part of the bins. */
static void
fill_bank (Gemma4MelBank *bank, guint n_bins, GRand *rand)
{
  guint n = 0;
  bank->first_bin = g_rand_int_range (rand, 0, n_bins);
  for (guint i = 0; i <= bank->n_filters; i++) {
    guint width = g_rand_int_range (rand, 0, g_rand_int_range (rand, 1, 100));
    bank->segments[i] = MIN (width, n_bins - bank->first_bin - n);
    n += bank->segments[i];
  }
  bank->weights = malloc ((2 * n + 1) * sizeof bank->weights[0]);
  for (guint i = 0; i < 2 * n; i++)
    bank->weights[i] = g_rand_double (rand);
}

/* Filter m is bin m. */
static void
fill_identity (Gemma4MelBank *bank)
{
  bank->weights = calloc (bank->n_filters, 2 * sizeof bank->weights[0]);
  for (guint m = 0; m < bank->n_filters; m++) {
    bank->segments[m] = 1;
    bank->weights[2 * m + 1] = 1.0f;
  }
}

/* Rows of @n_frames frames that lie @hop samples apart, a batch at a time. */
static void
compute_rows (const Gemma4LogMelBatch *batch, const Gemma4LogMelPlan *plan, const float *samples,
    guint hop, const Gemma4LogMelFrames *all, float *rows)
{
  guint n_mels = plan->bank->n_filters;
  float *work = aligned_alloc (GEMMA4_LANES_ALIGNMENT, gemma4_logmel_work_bytes (batch, plan->fft));
  for (guint first = 0; first < N_FRAMES; first += batch->n_lanes) {
    Gemma4LogMelFrames frames;
    for (guint lane = 0; lane < batch->n_lanes; lane++) {
      frames.frames[lane] = samples + (first + lane) * hop;
      frames.floors[lane] = all->floors[first + lane];
      frames.exponents[lane] = all->exponents[first + lane];
      frames.rows[lane] = rows + (first + lane) * (n_mels + 1);
      frames.rows[lane][n_mels] = CANARY;
    }
    batch->compute (plan, &frames, work);
  }
  free (work);
}

static void
expect_same (Gemma4CpuLevel level, const float *got, const float *want, guint n_mels)
{
  for (guint k = 0; k < N_FRAMES; k++) {
    for (guint m = 0; m <= n_mels; m++) {
      gsize i = k * (n_mels + 1) + m;
      fail_unless (memcmp (got + i, want + i, sizeof got[i]) == 0,
          "%s, seed %u: frame %u, mel %u of %u: got %a, plain C %a",
          gemma4_cpu_level_name (level), test_seed (), k, m, n_mels, got[i], want[i]);
    }
  }
}

static float
random_sample (GRand *rand, guint kind)
{
  double level = kind == 0 ? 1.0 : kind == 1 ? 0x1p40 : kind == 2 ? 1e-41 : 0.0;
  return kind == 4 ? 1.0f : (float) g_rand_double_range (rand, -level, level);
}

/* All levels, bytes, on random settings: odd frame lengths, filters with many
 * weights, any number of filters, samples of all sizes, floors and exponents. */
GST_START_TEST (test_levels)
{
  static const guint lengths[] = { 4, 6, 10, 12, 18, 30, 50, 64, 128, 250, 270, 400, 512, 960,
    2048,
  };
  static const guint filters[] = { 1, 7, 8, 9, 16, 128, 257 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed () + __i__);
  guint length = lengths[__i__ % G_N_ELEMENTS (lengths)];
  guint frame_length = g_rand_int_range (rand, 2, length + 1);
  guint hop = g_rand_int_range (rand, 1, 300);
  guint n_mels = filters[g_rand_int_range (rand, 0, G_N_ELEMENTS (filters))];
  float *mean_stddev = g_new (float, 2 * n_mels);
  Setting setting;
  Guard guard;
  Gemma4LogMelFrames all;
  setting_init (&setting, length, frame_length, n_mels);
  fill_bank (setting.bank, length / 2 + 1, rand);
  for (guint m = 0; m < 2 * n_mels; m++)
    mean_stddev[m] = 0.5 + g_rand_double (rand);
  setting.plan.power = g_rand_boolean (rand);
  setting.plan.adds_floor = g_rand_boolean (rand);
  if (g_rand_int_range (rand, 0, 4) == 0) {
    setting.plan.mean = mean_stddev;
    setting.plan.stddev = mean_stddev + n_mels;
  }
  gsize n_samples = (N_FRAMES - 1) * hop + frame_length;
  float *samples = guard_new (&guard, n_samples * sizeof (float));
  guint kind = g_rand_int_range (rand, 0, 5);
  for (gsize i = 0; i < n_samples; i++)
    samples[i] = random_sample (rand, kind);
  for (guint k = 0; k < N_FRAMES; k++) {
    all.floors[k] = k % 5 == 0 ? FLT_MIN : ldexp (1.0, g_rand_int_range (rand, -40, 40));
    all.exponents[k] = g_rand_int_range (rand, -300, 300);
  }
  float *want = g_new0 (float, N_FRAMES * (n_mels + 1));
  float *got = g_new0 (float, N_FRAMES * (n_mels + 1));
  compute_rows (&gemma4_logmel_batch_c, &setting.plan, samples, hop, &all, want);
  for (gsize i = 0; i < N_FRAMES * (n_mels + 1); i++)
    fail_unless (isfinite (want[i]), "seed %u: value %" G_GSIZE_FORMAT " is %g", test_seed (), i,
        want[i]);
  for (int level = 1; level <= (int) gemma4_cpu_level_detect (); level++) {
    compute_rows (gemma4_logmel_batch (level), &setting.plan, samples, hop, &all, got);
    expect_same (level, got, want, n_mels);
  }
  g_free (want);
  g_free (got);
  g_free (mean_stddev);
  guard_free (&guard);
  setting_clear (&setting);
}

GST_END_TEST;

/* Magnitude of bin @k of @samples, by the definition. */
static double
bin_magnitude (const float *samples, guint n, guint k, guint length)
{
  double re = 0.0, im = 0.0;
  for (guint i = 0; i < n; i++) {
    double angle = 2.0 * G_PI * ((guint64) i * k % length) / length;
    re += samples[i] * cos (angle);
    im += samples[i] * sin (angle);
  }
  return sqrt (re * re + im * im);
}

static void
check_length (guint length, GRand *rand)
{
  const double floor = 1e-3;
  guint n_bins = length / 2 + 1;
  guint n = g_rand_int_range (rand, length / 2, length + 1);
  const Gemma4LogMelBatch *batch = gemma4_logmel_batch (gemma4_cpu_level_detect ());
  g_autofree float *samples = g_new (float, n);
  g_autofree float *rows = g_new (float, N_FRAMES * (n_bins + 1));
  Gemma4LogMelFrames all;
  Setting setting;
  double largest = 0.0;
  setting_init (&setting, length, n, n_bins);
  fill_identity (setting.bank);
  for (guint i = 0; i < n; i++)
    samples[i] = random_sample (rand, 0);
  for (guint k = 0; k < N_FRAMES; k++) {
    all.floors[k] = floor;
    all.exponents[k] = 0;
  }
  compute_rows (batch, &setting.plan, samples, 0, &all, rows);
  for (guint k = 0; k < n_bins; k++)
    largest = MAX (largest, exp (rows[k]));
  for (guint j = 0; j < 6; j++) {
    guint k = j == 0 ? 0 : j == 1 ? n_bins - 1 : (guint) g_rand_int_range (rand, 0, n_bins);
    double want = bin_magnitude (samples, n, k, length) + floor;
    fail_unless (fabs (exp (rows[k]) - want) <= 1e-6 * largest,
        "seed %u, length %u, %u samples, bin %u: got %.9g, want %.9g, largest %.9g", test_seed (),
        length, n, k, exp (rows[k]), want, largest);
  }
  setting_clear (&setting);
}

/* Every length there is, and twice the last ones (overdrive), by the definition
 * of the transform. */
GST_START_TEST (test_lengths)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  guint n = 0;
  for (guint length = 4; length <= GEMMA4_FFT_MAX_LENGTH; length += 2) {
    if (!gemma4_fft_is_good_length (length))
      continue;
    check_length (length, rand);
    n++;
  }
  check_length (120000, rand);
  check_length (MAX_LENGTH, rand);
  g_print ("%u lengths\n", n + 2);
}

GST_END_TEST;

/* One value above the limit, at every place; none. */
GST_START_TEST (test_any_above)
{
  static const gsize sizes[] = { 0, 1, 7, 8, 9, 257 };
  static const float bad[] = { 1.5f, -1.5f, INFINITY, -INFINITY, NAN, -NAN };
  for (int level = 0; level <= (int) gemma4_cpu_level_detect (); level++) {
    const Gemma4LogMelBatch *batch = gemma4_logmel_batch (level);
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      Guard guard;
      gsize n = sizes[s];
      float *samples = guard_new (&guard, n * sizeof (float));
      for (gsize i = 0; i < n; i++)
        samples[i] = i % 2 ? -1.25f : 1.25f;
      fail_unless (!batch->any_above (samples, n, 1.25f), "%s: %" G_GSIZE_FORMAT " good ones",
          gemma4_cpu_level_name (level), n);
      for (gsize i = 0; i < n; i++) {
        float old = samples[i];
        samples[i] = bad[i % G_N_ELEMENTS (bad)];
        fail_unless (batch->any_above (samples, n, 1.25f), "%s: %g at %" G_GSIZE_FORMAT " of %"
            G_GSIZE_FORMAT, gemma4_cpu_level_name (level), samples[i], i, n);
        samples[i] = old;
      }
      guard_free (&guard);
    }
  }
}

GST_END_TEST;

static Suite *
logmel_batch_suite (void)
{
  Suite *s = suite_create ("logmel-batch");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  g_print ("%s, seed %u\n", gemma4_cpu_level_name (gemma4_cpu_level_detect ()), test_seed ());
  tcase_add_loop_test (t, test_levels, 0, 150);
  tcase_add_test (t, test_lengths);
  tcase_add_test (t, test_any_above);
  return s;
}

GST_CHECK_MAIN (logmel_batch);
