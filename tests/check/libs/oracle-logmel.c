/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The oracle (tests/ref) proves the core's log-mel on signals and settings that
 * no golden file has. */

#include "golden.h"
#include "ref-logmel.h"
#include "seed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/logmel.h>
#include <math.h>

#define MAX_MELS 128
#define SIGNALS_PER_SETTING 40

static const gchar *const setting_names[] = {
  "kerashub", "transformers", "card", "kerashub, floor 1e-5",
  "transformers, pre-emphasis HTK", "transformers, pre-emphasis",
  "kerashub, pre-emphasis HTK", "kerashub, pre-emphasis", "overdrive",
  "input scale 2", "80 filters", "per-bin norm", "power, Slaney, max",
  "48 kHz 960/480/1024", "8 kHz 160/80/256", "400/100/480", "512/128/512",
  "4000..8000 Hz", "transformers 400/100/480", "transformers 321/250/512",
};

static const gchar *const signal_names[] = {
  "speech", "noise", "faint noise", "hiss", "square", "click", "denormals",
  "DC", "tone", "silence",
};

typedef enum
{
  SPEECH, NOISE, FAINT_NOISE, HISS, SQUARE, CLICK, DENORMALS, DC, TONE, SILENCE,
  N_SIGNALS
} Signal;

static void
set_lengths (Gemma4LogMelParams *p, guint rate, guint frame, guint hop,
    guint fft)
{
  p->sampling_rate_hz = rate;
  p->max_frequency_hz = rate / 2.0;
  p->frame_length = frame;
  p->hop_length = hop;
  p->fft_length = fft;
}

static void
set_norm (Gemma4LogMelParams *p)
{
  static float mean[MAX_MELS], stddev[MAX_MELS];
  for (guint i = 0; i < MAX_MELS; i++) {
    mean[i] = 0.1f * i - 5.0f;
    stddev[i] = 0.5f + 0.01f * i;
  }
  p->per_bin_mean = mean;
  p->per_bin_stddev = stddev;
}

static void
set_published_card (Gemma4LogMelParams *p)
{
  p->spectrum = GEMMA4_SPECTRUM_POWER;
  p->mel_norm = GEMMA4_MEL_NORM_SLANEY;
  p->floor_rule = GEMMA4_FLOOR_MAX;
}

static Gemma4LogMelParams
get_setting (guint i)
{
  Gemma4LogMelParams p = i == 2 ? gemma4_logmel_params_card
      : gemma4_logmel_params_default;
  if (i == 1 || i == 4 || i == 5)
    p.framing = GEMMA4_FRAMING_TRANSFORMERS;
  if (i == 3)
    p.mel_floor = 0.00001;
  if (i >= 4 && i <= 7)
    p.preemphasis = 0.97;
  p.preemphasis_htk_flavor = i == 4 || i == 6;
  p.fft_overdrive = i == 8;
  if (i == 9)
    p.input_scale_factor = 2.0;
  if (i == 10) {
    p.n_mels = 80;
    p.min_frequency_hz = 80.0;
    p.max_frequency_hz = 7600.0;
  }
  if (i == 11)
    set_norm (&p);
  if (i == 12)
    set_published_card (&p);
  if (i == 13)
    set_lengths (&p, 48000, 960, 480, 1024);
  if (i == 14)
    set_lengths (&p, 8000, 160, 80, 256);
  if (i == 15)
    set_lengths (&p, 16000, 400, 100, 480);
  if (i == 16)
    set_lengths (&p, 16000, 512, 128, 512);
  if (i == 17)
    p.min_frequency_hz = 4000.0;
  if (i >= 18) {
    p.framing = GEMMA4_FRAMING_TRANSFORMERS;
    set_lengths (&p, 16000, i == 18 ? 400 : 321, i == 18 ? 100 : 250, i == 18 ? 480 : 512);
  }
  return p;
}

static RefLogMelParams
to_ref (const Gemma4LogMelParams *p)
{
  static const RefFraming framings[] = {
    [GEMMA4_FRAMING_KERASHUB] = REF_FRAMING_KERASHUB,
    [GEMMA4_FRAMING_TRANSFORMERS] = REF_FRAMING_TRANSFORMERS,
    [GEMMA4_FRAMING_CENTRED] = REF_FRAMING_CENTRED,
  };
  return (RefLogMelParams) {
    .sampling_rate_hz = p->sampling_rate_hz,
    .max_samples = lround (p->max_audio_length_s * p->sampling_rate_hz),
    .n_mels = p->n_mels,
    .frame_length = p->frame_length,
    .hop_length = p->hop_length,
    .fft_length = p->fft_length,
    .min_frequency_hz = p->min_frequency_hz,
    .max_frequency_hz = p->max_frequency_hz,
    .mel_floor = p->mel_floor,
    .framing = framings[p->framing],
    .power = p->spectrum == GEMMA4_SPECTRUM_POWER,
    .slaney = p->mel_norm == GEMMA4_MEL_NORM_SLANEY,
    .floor_max = p->floor_rule == GEMMA4_FLOOR_MAX,
    .preemphasis = p->preemphasis,
    .preemphasis_htk_flavor = p->preemphasis_htk_flavor,
    .fft_overdrive = p->fft_overdrive,
    .input_scale_factor = p->input_scale_factor,
    .per_bin_mean = p->per_bin_mean,
    .per_bin_stddev = p->per_bin_stddev,
  };
}

static void
fill_speech (float *samples, gsize n, GRand *rand)
{
  gsize n_speech;
  g_autofree gint16 *speech = input_wav ("audio/speech_en.wav", &n_speech);
  gsize start = g_rand_int_range (rand, 0, n_speech);
  for (gsize i = 0; i < n; i++)
    samples[i] = speech[(start + i) % n_speech] / 32768.0f;
}

static void
fill_noise (float *samples, gsize n, GRand *rand, double level)
{
  for (gsize i = 0; i < n; i++)
    samples[i] = g_rand_double_range (rand, -level, level);
}

static float *
make_signal (Signal signal, gsize n, GRand *rand)
{
  float *samples = g_new0 (float, n + 1);
  guint period = g_rand_int_range (rand, 1, 200);
  double level = g_rand_boolean (rand) ? 1.0 : g_rand_double (rand);
  double step = g_rand_double_range (rand, 0.0, G_PI);
  if (signal == SPEECH)
    fill_speech (samples, n, rand);
  if (signal == NOISE)
    fill_noise (samples, n, rand, level);
  if (signal == FAINT_NOISE)
    fill_noise (samples, n, rand, 1e-3);
  if (signal == HISS)
    fill_noise (samples, n, rand, 1e-6);
  if (signal == DENORMALS)
    fill_noise (samples, n, rand, 1e-40);
  if (signal == CLICK)
    samples[g_rand_int_range (rand, 0, n + 1)] = level;
  for (gsize i = 0; i < n; i++) {
    if (signal == SQUARE)
      samples[i] = i / period % 2 ? -1.0f : 1.0f;
    if (signal == DC)
      samples[i] = level;
    if (signal == TONE)
      samples[i] = level * sin (step * i);
  }
  return samples;
}

/* Pushes in pieces of any size, and pulls a few rows at a time. */
static void
run_core (const Gemma4LogMelParams *params, const float *samples, gsize n,
    gsize n_rows, float *rows, GRand *rand)
{
  Gemma4LogMel *mel;
  Gemma4Error error;
  gsize pushed = 0, row = 0;
  bool ended = false;
  fail_unless (gemma4_logmel_new (params, &mel, &error) == GEMMA4_OK, "%s",
      error.text);
  while (row < n_rows) {
    gsize piece = g_rand_int_range (rand, 1, g_rand_boolean (rand) ? 20 : 5000);
    gsize room = g_rand_int_range (rand, 1, 10);
    gsize taken = gemma4_logmel_push (mel, samples + pushed,
        MIN (piece, n - pushed));
    pushed += taken;
    if (pushed == n && !ended) {
      gemma4_logmel_end (mel);
      ended = true;
    }
    gsize pulled = gemma4_logmel_pull (mel, rows + row * params->n_mels,
        MIN (room, n_rows - row));
    row += pulled;
    if (taken + pulled == 0)
      fail ("stuck at sample %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
          ", row %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ", seed %u", pushed,
          n, row, n_rows, test_seed ());
  }
  gemma4_logmel_free (mel);
}

/* The largest mel value of every row, which the tolerance is relative to. A
 * float32 spectrum cannot be exact to 1e-6 beside a sound many times louder that
 * all filters leave out, so that filters of a part of the band are measured
 * against those of the whole band.
 * @largest: (out): [n_rows] */
static void
find_largest (const RefLogMelParams *params, const double *samples, gsize n,
    gsize n_rows, const double *rows, double *largest)
{
  RefLogMelParams whole = *params;
  whole.min_frequency_hz = 0.0;
  whole.max_frequency_hz = params->sampling_rate_hz / 2.0;
  bool partial = params->min_frequency_hz > whole.min_frequency_hz
      || params->max_frequency_hz < whole.max_frequency_hz;
  g_autofree double *whole_rows = g_new (double, (n_rows + 1) * whole.n_mels);
  if (partial)
    ref_logmel (&whole, samples, n, n_rows, whole_rows);
  for (gsize k = 0; k < n_rows; k++) {
    largest[k] = ref_logmel_row_largest (params, rows + k * params->n_mels);
    if (partial)
      largest[k] = fmax (largest[k], ref_logmel_row_largest (&whole,
              whole_rows + k * whole.n_mels));
  }
}

/* Compares @n_heard rows of one signal and @n_silent rows behind them, and
 * returns the worst error. */
static double
compare (const Gemma4LogMelParams *params, const float *samples, gsize n,
    gsize n_heard, gsize n_silent, GRand *rand, const gchar *what)
{
  gsize n_rows = n_heard + n_silent;
  RefLogMelParams ref = to_ref (params);
  /* The core gives the rows and leaves the masking of them to its callers. */
  if (ref.framing == REF_FRAMING_TRANSFORMERS)
    ref.framing = REF_FRAMING_KERASHUB;
  g_autofree double *exact = g_new (double, n + 1);
  g_autofree double *want = g_new (double, (n_rows + 1) * ref.n_mels);
  g_autofree float *got = g_new (float, (n_rows + 1) * ref.n_mels);
  g_autofree double *largest = g_new (double, n_rows + 1);
  double worst = 0.0;
  for (gsize i = 0; i < n; i++)
    exact[i] = samples[i];
  ref_logmel (&ref, exact, n, n_rows, want);
  find_largest (&ref, exact, n, n_rows, want, largest);
  run_core (params, samples, n, n_rows, got, rand);
  for (gsize k = 0; k < n_rows; k++) {
    double error = ref_logmel_row_difference (&ref, got + k * ref.n_mels,
        want + k * ref.n_mels) / largest[k];
    if (!(error <= GEMMA4_LOGMEL_TOLERANCE))
      fail ("%s, %" G_GSIZE_FORMAT " samples, seed %u: row %" G_GSIZE_FORMAT
          " of %" G_GSIZE_FORMAT " is off by %g of its largest value, allowed "
          "%g", what, n, test_seed (), k, n_rows, error,
          GEMMA4_LOGMEL_TOLERANCE);
    worst = fmax (worst, error);
    if (k >= n_heard && ref_logmel_row_largest (&ref, want + k * ref.n_mels)
        > ref.mel_floor + 1e-12)
      fail ("%s, %" G_GSIZE_FORMAT " samples, seed %u: row %" G_GSIZE_FORMAT
          " still hears the tail", what, n, test_seed (), k);
  }
  return worst;
}

static void
check_counts (const Gemma4LogMelParams *params, gsize n)
{
  RefLogMelParams ref = to_ref (params);
  guint64 valid = gemma4_logmel_valid_rows (params, n), rows = gemma4_logmel_clip_rows (params, n);
  if (valid != (guint64) ref_logmel_n_valid (&ref, n))
    fail ("%" G_GSIZE_FORMAT " samples: %" G_GUINT64_FORMAT " valid rows, "
        "not %ld", n, valid, ref_logmel_n_valid (&ref, n));
  if (rows != (guint64) ref_logmel_n_rows (&ref, n))
    fail ("%" G_GSIZE_FORMAT " samples: a clip of %" G_GUINT64_FORMAT " rows, not %ld", n, rows,
        ref_logmel_n_rows (&ref, n));
}

GST_START_TEST (test_setting)
{
  Gemma4LogMelParams params = get_setting (__i__);
  GRand *rand = g_rand_new_with_seed (test_seed () + __i__);
  double worst = 0.0;
  g_autofree gchar *worst_at = NULL;
  for (guint j = 0; j < SIGNALS_PER_SETTING; j++) {
    Signal signal = j % N_SIGNALS;
    gsize n = g_rand_int_range (rand, 0, g_rand_boolean (rand) ? 700 : 9000);
    g_autofree float *samples = make_signal (signal, n, rand);
    g_autofree gchar *what = g_strdup_printf ("%s, %s", setting_names[__i__],
        signal_names[signal]);
    gsize n_heard = gemma4_logmel_valid_rows (&params, n) + gemma4_logmel_tail_rows (&params, n);
    check_counts (&params, n);
    double error = compare (&params, samples, n, n_heard, 3, rand, what);
    if (error > worst) {
      worst = error;
      g_free (worst_at);
      worst_at = g_strdup (signal_names[signal]);
    }
  }
  g_print ("%s: worst %.3g of %g (%s)\n", setting_names[__i__], worst,
      GEMMA4_LOGMEL_TOLERANCE, worst_at ? worst_at : "none");
  g_rand_free (rand);
}

GST_END_TEST;

/* The three published settings on the whole speech file. */
GST_START_TEST (test_speech)
{
  Gemma4LogMelParams params = get_setting (__i__);
  GRand *rand = g_rand_new_with_seed (test_seed ());
  gsize n;
  g_autofree gint16 *s16 = input_wav ("audio/speech_en.wav", &n);
  g_autofree float *samples = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    samples[i] = s16[i] / 32768.0f;
  double worst = compare (&params, samples, n,
      gemma4_logmel_valid_rows (&params, n), 0, rand,
      "speech_en.wav");
  g_print ("%s: speech_en.wav: %.3g\n", setting_names[__i__], worst);
  g_rand_free (rand);
}

GST_END_TEST;

/* A clip of exactly the longest length: the card reflects its end, the others
 * do not. */
GST_START_TEST (test_limit)
{
  Gemma4LogMelParams params = get_setting (__i__);
  GRand *rand = g_rand_new_with_seed (test_seed ());
  params.max_audio_length_s = 1.0;
  for (guint signal = 0; signal < N_SIGNALS; signal++) {
    g_autofree float *samples = make_signal (signal, 16000, rand);
    g_autofree gchar *what = g_strdup_printf ("%s at the limit, %s",
        setting_names[__i__], signal_names[signal]);
    compare (&params, samples, 16000, gemma4_logmel_valid_rows (&params, 16000), 0, rand, what);
  }
  g_rand_free (rand);
}

GST_END_TEST;

/* 16-bit samples are the same signal as their 32768th parts. */
GST_START_TEST (test_s16)
{
  const gsize n = 8000, n_rows = 50;
  g_autofree gint16 *s16 = input_noise (n, test_seed ());
  g_autofree double *exact = g_new (double, n);
  g_autofree double *want = g_new (double, n_rows * 128);
  g_autofree float *got = g_new (float, n_rows * 128);
  RefLogMelParams ref = to_ref (&gemma4_logmel_params_default);
  Gemma4LogMel *mel;
  gsize pushed = 0, row = 0;
  for (gsize i = 0; i < n; i++)
    exact[i] = s16[i] / 32768.0;
  ref_logmel (&ref, exact, n, n_rows, want);
  fail_unless (gemma4_logmel_new (&gemma4_logmel_params_default, &mel, NULL)
      == GEMMA4_OK);
  while (row < n_rows) {
    gsize taken = gemma4_logmel_push_s16 (mel, s16 + pushed, n - pushed);
    pushed += taken;
    if (pushed == n)
      gemma4_logmel_end (mel);
    gsize pulled = gemma4_logmel_pull (mel, got + row * 128, n_rows - row);
    row += pulled;
    fail_unless (taken + pulled > 0, "stuck at row %" G_GSIZE_FORMAT, row);
  }
  for (gsize k = 0; k < n_rows; k++)
    if (!(ref_logmel_row_difference (&ref, got + k * 128, want + k * 128)
            <= GEMMA4_LOGMEL_TOLERANCE * ref_logmel_row_largest (&ref, want + k * 128)))
      fail ("row %" G_GSIZE_FORMAT ", seed %u", k, test_seed ());
  gemma4_logmel_free (mel);
}

GST_END_TEST;

static Suite *
oracle_logmel_suite (void)
{
  Suite *s = suite_create ("oracle-logmel");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_setting, 0, G_N_ELEMENTS (setting_names));
  tcase_add_loop_test (t, test_speech, 0, 3);
  tcase_add_loop_test (t, test_limit, 0, 3);
  tcase_add_test (t, test_s16);
  return s;
}

GST_CHECK_MAIN (oracle_logmel);
