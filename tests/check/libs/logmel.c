/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The numbers of the log-mel spectrogram: upstream's own rows, and the oracle. */

#include "golden.h"
#include "ref-logmel.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/logmel.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* What upstream's float32 paths and ours may differ by, of a row's largest mel. */
#define GOLDEN_TOLERANCE 2e-6
#define GOLDEN_TOLERANCE_CARD 6e-6

static void
scale_s16 (const gint16 *in, gsize n, float *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] = in[i] / 32768.0f;
}

/* The first @n_rows rows of a whole signal; g_free() them. */
static float *
compute (const Gemma4LogMelParams *params, const float *samples, gsize n_samples, gsize n_rows)
{
  Gemma4Error error = { "" };
  Gemma4LogMel *self = NULL;
  fail_unless (gemma4_logmel_new (params, &self, &error) == GEMMA4_OK, "%s", error.text);
  float *rows = g_new (float, MAX (n_rows, 1) * params->n_mels);
  gsize n_done = 0, n_pushed = 0;
  while (n_pushed < n_samples) {
    n_pushed += gemma4_logmel_push (self, samples + n_pushed, n_samples - n_pushed);
    n_done += gemma4_logmel_pull (self, rows + n_done * params->n_mels, n_rows - n_done);
    if (n_done == n_rows)
      break;
  }
  gemma4_logmel_end (self);
  n_done += gemma4_logmel_pull (self, rows + n_done * params->n_mels, n_rows - n_done);
  fail_unless_equals_uint64 (n_done, n_rows);
  gemma4_logmel_free (self);
  return rows;
}

/* A value of a row with mean and stddev undone, out of the logarithm. */
static double
linear (const Gemma4LogMelParams *params, guint mel, double value)
{
  if (params->per_bin_stddev)
    value *= params->per_bin_stddev[mel];
  if (params->per_bin_mean)
    value += params->per_bin_mean[mel];
  return exp (value);
}

/* Fails if a row is further than @tolerance times its largest mel value from
 * the wanted one; returns the largest distance of all. */
static double
compare_row (const char *name, gsize row, const Gemma4LogMelParams *params, const float *got,
    const double *want, double tolerance)
{
  double largest = 0.0, worst = 0.0;
  for (guint mel = 0; mel < params->n_mels; mel++)
    largest = MAX (largest, linear (params, mel, want[mel]));
  for (guint mel = 0; mel < params->n_mels; mel++) {
    double distance = fabs (linear (params, mel, got[mel]) - linear (params, mel, want[mel]));
    fail_unless (distance <= tolerance * largest,
        "%s: row %" G_GSIZE_FORMAT " mel %u: got %.9g, want %.9g, off by %g of the row's largest",
        name, row, mel, got[mel], want[mel], distance / largest);
    worst = MAX (worst, distance / largest);
  }
  return worst;
}

/* Golden files. */

static float norm_mean[128], norm_stddev[128];

static Gemma4LogMelParams
params_of (const char *name)
{
  Gemma4LogMelParams p = gemma4_logmel_params_default;
  if (g_str_has_suffix (name, ".card"))
    return gemma4_logmel_params_card;
  if (g_str_has_suffix (name, ".kerashub")) {
    p.mel_floor = 1e-5;
    return p;
  }
  p.framing = GEMMA4_FRAMING_TRANSFORMERS;
  const char *variant = strstr (name, "__");
  if (!variant)
    return p;
  variant += 2;
  if (g_str_has_prefix (variant, "preemph")) {
    p.preemphasis = 0.97;
    p.preemphasis_htk_flavor = g_str_has_prefix (variant, "preemph_htk");
  } else if (g_str_has_prefix (variant, "overdrive")) {
    p.fft_overdrive = true;
  } else if (g_str_has_prefix (variant, "scale2")) {
    p.input_scale_factor = 2.0;
  } else if (g_str_has_prefix (variant, "floor1e-5")) {
    p.mel_floor = 1e-5;
  } else if (g_str_has_prefix (variant, "mels80")) {
    p.n_mels = 80;
    p.min_frequency_hz = 80.0;
    p.max_frequency_hz = 7600.0;
  } else if (g_str_has_prefix (variant, "norm")) {
    for (guint i = 0; i < 128; i++) {
      norm_mean[i] = 0.1f * i - 5.0f;
      norm_stddev[i] = 1.0f + 0.01f * i;
    }
    p.per_bin_mean = norm_mean;
    p.per_bin_stddev = norm_stddev;
  } else {
    fail ("%s is a variant that this test does not know", name);
  }
  return p;
}

static gint16 *
load_input (JsonObject *input, gsize *n_samples)
{
  if (json_object_has_member (input, "file")) {
    g_autofree char *path = g_build_filename ("audio",
        json_object_get_string_member (input, "file"), NULL);
    return input_wav (path, n_samples);
  }
  if (json_object_has_member (input, "silence")) {
    *n_samples = json_object_get_int_member (input, "silence");
    return g_new0 (gint16, *n_samples);
  }
  JsonArray *noise = json_object_get_array_member (input, "noise");
  *n_samples = json_array_get_int_element (noise, 0);
  return input_noise (*n_samples, json_array_get_int_element (noise, 1));
}

/* Rows that upstream's file must have: the valid ones, and those of
 * transformers' padding to 128 samples. */
static gsize
golden_rows (const Gemma4LogMelParams *params, gsize n_samples)
{
  gsize n_valid = gemma4_logmel_valid_rows (params, n_samples);
  if (params->framing != GEMMA4_FRAMING_TRANSFORMERS)
    return n_valid;
  return ((n_samples + 127) / 128 * 128 - 1) / params->hop_length;
}

static double
check_golden (const char *name, JsonObject *entry)
{
  Gemma4LogMelParams params = params_of (name);
  gsize n_samples;
  g_autofree gint16 *s16 = load_input (json_object_get_object_member (entry, "input"), &n_samples);
  g_autofree float *samples = g_new (float, n_samples);
  scale_s16 (s16, n_samples, samples);
  g_autofree char *path = g_strdup_printf ("audio/%s.npy", name);
  Npy golden = npy_load (path);
  const float *want = golden.data;
  gsize n_valid = gemma4_logmel_valid_rows (&params, n_samples);
  fail_unless_equals_string (golden.descr, "<f4");
  fail_unless_equals_uint64 (golden.dims[0], golden_rows (&params, n_samples));
  fail_unless_equals_uint64 (golden.dims[1], params.n_mels);
  if (json_object_has_member (entry, "mask_valid"))
    fail_unless_equals_uint64 (json_object_get_int_member (entry, "mask_valid"), n_valid);

  g_autofree float *got = compute (&params, samples, n_samples, n_valid);
  bool card = params.framing == GEMMA4_FRAMING_CENTRED;
  double worst = 0.0;
  for (gsize row = 0; row < n_valid; row++) {
    double wide[GEMMA4_MAX_MELS];
    for (guint mel = 0; mel < params.n_mels; mel++)
      wide[mel] = want[row * params.n_mels + mel];
    worst = MAX (worst, compare_row (name, row, &params, got + row * params.n_mels, wide,
            card ? GOLDEN_TOLERANCE_CARD : GOLDEN_TOLERANCE));
  }
  for (gsize i = n_valid * params.n_mels; i < golden.n_elements; i++)
    fail_unless (want[i] == 0.0f, "%s: masked element %" G_GSIZE_FORMAT " is %g, not 0", name, i,
        want[i]);
  npy_clear (&golden);
  return worst;
}

GST_START_TEST (test_golden)
{
  g_autofree char *path = golden_path ("audio/manifest.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  JsonObject *manifest = json_node_get_object (json_parser_get_root (parser));
  g_autoptr (GList) names = json_object_get_members (manifest);
  double worst = 0.0, worst_card = 0.0;
  for (GList * l = names; l; l = l->next) {
    double distance = check_golden (l->data, json_object_get_object_member (manifest, l->data));
    double *which = g_str_has_suffix (l->data, ".card") ? &worst_card : &worst;
    *which = MAX (*which, distance);
  }
  fail_unless (g_list_length (names) >= 46, "only %u golden files", g_list_length (names));
  g_print ("%u golden files: at most %.1e of a row's largest mel away, card %.1e\n",
      g_list_length (names), worst, worst_card);
}
GST_END_TEST;

/* The oracle, on sounds that are hard for float32. */

#define N_SIGNAL 16000

static const char *const signals[] = { "speech", "square wave", "low square wave",
  "silence, then loud", "clicks", "constant", "tone", "noise", "quiet tone under a loud one",
};

static void
fill_signal (guint which, float *out)
{
  gsize n_speech;
  g_autofree gint16 *speech = input_wav ("audio/speech_en.wav", &n_speech);
  g_autofree gint16 *noise = input_noise (N_SIGNAL, 5);
  fail_unless (n_speech >= 2 * N_SIGNAL);
  for (guint i = 0; i < N_SIGNAL; i++) {
    float values[] = { speech[i + N_SIGNAL] / 32768.0f, i / 16 % 2 ? -1.0f : 1.0f,
      i / 160 % 2 ? -1.0f : 1.0f, i < 8007 ? 0.0f : i % 13 < 6 ? -1.0f : 1.0f,
      i % 997 == 0 ? 1.0f : 0.0f, 1.0f, (float) sin (G_PI * i / 8), noise[i] / 8192.0f,
      (float) (sin (0.7 * i) + 1e-4 * sin (2.3 * i)),
    };
    G_STATIC_ASSERT (G_N_ELEMENTS (values) == G_N_ELEMENTS (signals));
    out[i] = values[which];
  }
}

static RefLogMelParams
ref_params (const Gemma4LogMelParams *p)
{
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
    /* The same rows, without the zeros in place of what transformers masks. */
    .framing = p->framing == GEMMA4_FRAMING_CENTRED ? REF_FRAMING_CENTRED : REF_FRAMING_KERASHUB,
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

/* Compares @n_rows rows of @samples with the oracle's. */
static double
check_oracle (const char *name, const Gemma4LogMelParams *params, const float *samples,
    gsize n_samples, gsize n_rows)
{
  g_autofree double *wide = g_new (double, n_samples + 1);
  for (gsize i = 0; i < n_samples; i++)
    wide[i] = samples[i];
  g_autofree double *want = g_new (double, n_rows * params->n_mels);
  RefLogMelParams ref = ref_params (params);
  ref_logmel (&ref, wide, n_samples, n_rows, want);
  g_autofree float *got = compute (params, samples, n_samples, n_rows);
  double worst = 0.0;
  for (gsize row = 0; row < n_rows; row++)
    worst = MAX (worst, compare_row (name, row, params, got + row * params->n_mels,
            want + row * params->n_mels, GEMMA4_LOGMEL_TOLERANCE));
  return worst;
}

/* Settings that no golden file has, at other rates and lengths. */
static Gemma4LogMelParams
odd_params (guint which)
{
  Gemma4LogMelParams p = which % 2 ? gemma4_logmel_params_card : gemma4_logmel_params_default;
  p.preemphasis = which == 2 || which == 3 ? 0.97 : which == 4 ? 0.9 : 0.0;
  p.preemphasis_htk_flavor = which != 3;
  p.fft_overdrive = which >= 4;
  if (which == 0 || which == 5)
    p.input_scale_factor = 3.3;
  if (which == 1 || which == 2) {
    p.sampling_rate_hz = 44100;
    p.frame_length = 882;
    p.hop_length = 441;
    p.fft_length = 900;
    p.max_frequency_hz = 16000.0;
    p.min_frequency_hz = 20.0;
    p.n_mels = 200;
  }
  if (which == 4)
    p.hop_length = 777;         /* longer than the window */
  return p;
}

GST_START_TEST (test_oracle)
{
  float samples[N_SIGNAL];
  fill_signal (__i__, samples);
  double plain = check_oracle (signals[__i__], &gemma4_logmel_params_default, samples, N_SIGNAL,
      105);
  double card = check_oracle (signals[__i__], &gemma4_logmel_params_card, samples, N_SIGNAL, 105);
  double odd = 0.0;
  for (guint i = 0; i < 6; i++) {
    Gemma4LogMelParams params = odd_params (i);
    odd = MAX (odd, check_oracle (signals[__i__], &params, samples, N_SIGNAL, 20));
  }
  g_print ("%s: at most %.1e of a row's largest mel away, card %.1e, other settings %.1e\n",
      signals[__i__], plain, card, odd);
}
GST_END_TEST;

/* A clip of the longest length allowed is reflected at its end too; one sample
 * more or less changes that. */
GST_START_TEST (test_clip_limit)
{
  g_autofree gint16 *noise = input_noise (1700, 77);
  float samples[1700];
  scale_s16 (noise, G_N_ELEMENTS (samples), samples);
  Gemma4LogMelParams params = gemma4_logmel_params_card;
  params.max_audio_length_s = 0.1;
  for (gsize n_samples = 1558; n_samples <= 1600; n_samples++)
    (void) check_oracle ("at the limit", &params, samples, n_samples, 10);
  for (gsize n_samples = 0; n_samples <= 402; n_samples += 67)
    (void) check_oracle ("shorter than the context", &params, samples, n_samples, 4);
  /* Beyond the limit a stream simply goes on. */
  Gemma4LogMelParams endless = gemma4_logmel_params_card;
  g_autofree float *got = compute (&params, samples, 1700, 11);
  g_autofree float *want = compute (&endless, samples, 1700, 11);
  fail_unless (memcmp (got, want, 11 * 128 * sizeof got[0]) == 0);
}
GST_END_TEST;

static Suite *
logmel_suite (void)
{
  Suite *s = suite_create ("logmel");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden);
  tcase_add_loop_test (t, test_oracle, 0, G_N_ELEMENTS (signals));
  tcase_add_test (t, test_clip_limit);
  return s;
}

GST_CHECK_MAIN (logmel);
