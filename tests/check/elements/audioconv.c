/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv: the numbers of its rows, its masks and its durations. */

#include "audiotest.h"

#include <gst/gemma4/gemma4.h>

#define N_MELS 128

/* Upstream's error plus ours, see tests/golden/README.md. */
#define GOLDEN_TOLERANCE 2e-6

static void
assert_rows_near (const Output *out, const Npy *want, guint n_rows, guint n_mels,
    gdouble tolerance)
{
  const gfloat *w = want->data;
  for (guint row = 0; row < n_rows; row++) {
    gdouble peak = 0.0;
    for (guint m = 0; m < n_mels; m++)
      peak = fmax (peak, exp (w[row * n_mels + m]));
    for (guint m = 0; m < n_mels; m++) {
      gdouble got = AT (out->mel, gfloat, row * n_mels + m);
      gdouble error = fabs (exp (got) - exp (w[row * n_mels + m]));
      fail_unless (error <= tolerance * peak, "row %u filter %u: got %.9g, want %.9g, off by "
          "%g of the row's peak", row, m, got, w[row * n_mels + m], error / peak);
    }
  }
}

GST_START_TEST (test_golden_kerashub)
{
  gsize n;
  g_autofree gint16 *samples = input_wav ("audio/speech_en.wav", &n);
  Npy want = npy_load ("audio/speech_en.kerashub.npy");
  Output out = convert_s16 ("mel-floor=0.00001", NULL, samples, n, 1024);

  fail_unless_equals_int (count_ones (out.mask), want.dims[0]);
  fail_unless_equals_int (want.dims[0], n / 160);
  assert_rows_near (&out, &want, want.dims[0], N_MELS, GOLDEN_TOLERANCE);
  fail_unless_equals_uint64 (out.n_samples, n);
  output_clear (&out);
  npy_clear (&want);
}

GST_END_TEST;

GST_START_TEST (test_golden_transformers)
{
  gsize n;
  g_autofree gint16 *samples = input_wav ("audio/speech_en.wav", &n);
  Npy want = npy_load ("audio/speech_en.transformers.npy");
  Output out = convert_s16 (NULL, "other/tensors,target=transformers", samples, n, 1024);

  guint n_valid = count_ones (out.mask);
  fail_unless_equals_int (n_valid, (n - 1) / 160);
  assert_rows_near (&out, &want, n_valid, N_MELS, GOLDEN_TOLERANCE);
  for (guint i = n_valid * N_MELS; i < out.mel->len; i++)
    fail_unless (AT (out.mel, gfloat, i) == 0.0f, "masked value %u is %g, not 0", i,
        AT (out.mel, gfloat, i));
  fail_unless_equals_uint64 (out.n_samples, n);
  output_clear (&out);
  npy_clear (&want);
}

GST_END_TEST;

/* Noise through every variant that upstream was run with. */
static const struct
{
  const gchar *file, *settings;
} variants[] = {
  {"noise_n1601__preemph", "preemphasis=0.97 preemphasis-htk-flavor=false"},
  {"noise_n1601__preemph_htk", "preemphasis=0.97"},
  {"noise_n1601__overdrive", "fft-overdrive=true"},
  {"noise_n1601__scale2", "input-scale-factor=2"},
  {"noise_n1601__mels80", "num-mels=80 min-frequency=80 max-frequency=7600"},
  {"noise_n1601__floor1e-5", "mel-floor=0.00001"},
};

/* The seed of an input as tests/golden/audio/manifest.json has it. */
static guint32
noise_seed (const gchar *input)
{
  g_autofree gchar *path = golden_path ("audio/manifest.json");
  g_autofree gchar *text = NULL;
  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  g_autofree gchar *key = g_strdup_printf ("\"%s\"", input);
  gchar *at = strstr (text, key);
  fail_unless (at != NULL, "%s is not in the manifest", input);
  at = strstr (at, "\"noise\"");
  at = strchr (strchr (at, '['), ',') + 1;
  return g_ascii_strtoull (at, NULL, 10);
}

GST_START_TEST (test_golden_variants)
{
  const gchar *name = variants[__i__].file;
  g_autofree gint16 *samples = input_noise (1601, noise_seed ("noise_n1601.kerashub"));
  g_autofree gchar *path = g_strdup_printf ("audio/%s.transformers.npy", name);
  Npy want = npy_load (path);
  Output out = convert_s16 (variants[__i__].settings, "other/tensors,target=transformers",
      samples, 1601, 1601);

  fail_unless_equals_int (count_ones (out.mask), 10);
  assert_rows_near (&out, &want, 10, want.dims[1], GOLDEN_TOLERANCE);
  output_clear (&out);
  npy_clear (&want);
}

GST_END_TEST;

GST_START_TEST (test_per_bin)
{
  g_autofree gint16 *samples = input_noise (1601, noise_seed ("noise_n1601.kerashub"));
  Npy want = npy_load ("audio/noise_n1601__norm.transformers.npy");
  g_autoptr (GString) settings = g_string_new ("per-bin-mean=<");
  for (guint i = 0; i < N_MELS; i++)
    g_string_append_printf (settings, "%s%.9g", i ? "," : "", 0.1 * i - 5);
  g_string_append (settings, "> per-bin-stddev=<");
  for (guint i = 0; i < N_MELS; i++)
    g_string_append_printf (settings, "%s%.9g", i ? "," : "", 1 + 0.01 * i);
  g_string_append (settings, ">");
  Output out = convert_s16 (settings->str, "other/tensors,target=transformers", samples,
      1601, 1601);

  fail_unless_equals_int (count_ones (out.mask), 10);
  for (guint i = 0; i < 10 * N_MELS; i++) {
    gfloat got = AT (out.mel, gfloat, i), w = ((const gfloat *) want.data)[i];
    fail_unless (fabsf (got - w) <= 2e-4f, "value %u is %.9g, not %.9g", i, got, w);
  }
  output_clear (&out);
  npy_clear (&want);
}

GST_END_TEST;

GST_START_TEST (test_card)
{
  gsize n;
  g_autofree gint16 *samples = input_wav ("audio/speech_en.wav", &n);
  Npy want = npy_load ("audio/speech_en.card.npy");
  Output out = convert_s16 ("preset=card", NULL, samples, n, 640);

  fail_unless_equals_int (count_ones (out.mask), want.dims[0]);
  assert_rows_near (&out, &want, want.dims[0], N_MELS, 6e-6);
  output_clear (&out);
  npy_clear (&want);
}

GST_END_TEST;

static const gsize cuts[] = { 1, 160, 997, 4096, 20011 };

GST_START_TEST (test_cuts)
{
  const gsize n = 20011;
  const gchar *downstream = __i__ % 2 ? "other/tensors,target=transformers" : NULL;
  g_autofree gint16 *samples = input_noise (n, 7);
  Output whole = convert_s16 (NULL, downstream, samples, n, n);
  Output parts = convert_s16 (NULL, downstream, samples, n, cuts[__i__ / 2]);
  assert_same_rows (&parts, &whole, "cut");
  fail_unless_equals_int (parts.pts->len, whole.pts->len);
  for (guint i = 0; i < whole.pts->len; i++) {
    fail_unless_equals_uint64 (AT (parts.pts, GstClockTime, i), AT (whole.pts, GstClockTime, i));
    fail_unless_equals_uint64 (AT (parts.samples, guint64, i), AT (whole.samples, guint64, i));
  }
  output_clear (&parts);
  output_clear (&whole);
}

GST_END_TEST;

/* What comes of samples that begin at an odd address, as another element may send
 * them. */
static Output
convert_odd (const gchar *caps, gconstpointer samples, gsize n_bytes)
{
  guint8 *odd = g_malloc (n_bytes + 1);
  memcpy (odd + 1, samples, n_bytes);
  GstHarness *h = make_harness (NULL, caps, NULL);
  GstBuffer *buffer = gst_buffer_new_wrapped_full (0, odd, n_bytes + 1, 1, n_bytes, odd, g_free);
  GST_BUFFER_PTS (buffer) = 0;
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  gst_harness_teardown (h);
  return out;
}

GST_START_TEST (test_formats)
{
  const gsize n = 3203;
  g_autofree gint16 *samples = input_noise (n, 11);
  g_autofree gfloat *floats = g_new (gfloat, n);
  for (gsize i = 0; i < n; i++)
    floats[i] = samples[i] / 32768.0f;
  Output want = convert_s16 (NULL, NULL, samples, n, n);
  Output f32 = convert_odd (F32, floats, n * 4), s16 = convert_odd (S16, samples, n * 2);
  assert_same_rows (&f32, &want, "F32");
  assert_same_rows (&s16, &want, "S16");
  output_clear (&f32);
  output_clear (&s16);
  output_clear (&want);
}

GST_END_TEST;

static const gsize lengths[] = { 1, 159, 160, 161, 321, 639, 640, 641, 799, 800, 801, 6400, 6401 };

/* Durations add up to the sound, masks to its rows, and what the tail hears is
 * what the core says; rows behind it are the floor (transformers: 0). */
GST_START_TEST (test_tail)
{
  gsize n = lengths[__i__ / 2];
  gboolean transformers = __i__ % 2;
  Gemma4LogMelParams params = gemma4_logmel_params_default;
  params.framing = transformers ? GEMMA4_FRAMING_TRANSFORMERS : GEMMA4_FRAMING_KERASHUB;
  g_autofree gint16 *samples = input_noise (n, 5);
  Output out = convert_s16 (NULL, transformers ? "other/tensors,target=transformers" : NULL,
      samples, n, 100);

  guint n_valid = gemma4_logmel_valid_rows (&params, n);
  guint n_heard = n_valid + gemma4_logmel_tail_rows (&params, n);
  fail_unless_equals_uint64 (out.n_samples, n);
  fail_unless_equals_int (out.mask->len, (n_heard + 3) / 4 * 4);
  for (guint i = 0; i < out.mask->len; i++)
    fail_unless_equals_int (AT (out.mask, gint32, i), i < n_valid);
  gfloat behind = transformers ? 0.0f : (gfloat) log (0.001);
  for (guint i = n_heard * N_MELS; i < out.mel->len; i++)
    fail_unless (AT (out.mel, gfloat, i) == behind, "length %zu: value %u is %g, not %g", n, i,
        AT (out.mel, gfloat, i), behind);
  for (guint i = 0; i < out.pts->len; i++)
    fail_unless_equals_uint64 (AT (out.samples, guint64, i),
        i * 640 < n ? MIN (n - i * 640, 640) : 0);
  output_clear (&out);
}

GST_END_TEST;

/* The tail rows of kerashub are those of the signal with zeros behind it. */
GST_START_TEST (test_tail_is_zero_extended)
{
  const gsize n = 1601;
  g_autofree gint16 *samples = input_noise (n + 3200, 3);
  memset (samples + n, 0, 3200 * sizeof *samples);
  Output ends = convert_s16 (NULL, NULL, samples, n, n);
  Output goes_on = convert_s16 (NULL, NULL, samples, n + 3200, 640);
  for (guint i = 0; i < ends.mel->len; i++)
    fail_unless (AT (ends.mel, gfloat, i) == AT (goes_on.mel, gfloat, i),
        "value %u is %g, not %g", i, AT (ends.mel, gfloat, i), AT (goes_on.mel, gfloat, i));
  output_clear (&ends);
  output_clear (&goes_on);
}

GST_END_TEST;

/* A buffer leaves with its last needed sample and not before. */
GST_START_TEST (test_leaves_at_once)
{
  gsize needed = __i__ ? 641 : 640;
  g_autofree gint16 *samples = input_noise (needed, 9);
  GstHarness *h = make_harness (NULL, S16, __i__ ? "other/tensors,target=transformers" : NULL);
  push_s16 (h, samples, needed - 1, needed - 1, 0);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  push_s16 (h, samples + needed - 1, 1, 1,
      gst_util_uint64_scale (needed - 1, GST_SECOND, 16000));
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  gst_harness_teardown (h);

  /* All that one input buffer completes leaves with it. */
  g_autofree gint16 *many = input_noise (9 * 640 + 1, 9);
  h = make_harness (NULL, S16, __i__ ? "other/tensors,target=transformers" : NULL);
  push_s16 (h, many, 9 * 640 + 1, 9 * 640 + 1, 0);
  fail_unless_equals_int (gst_harness_buffers_received (h), 9);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A hop longer than the window: rows are computed before they count. */
GST_START_TEST (test_long_hop)
{
  const gsize n = 16001;
  g_autofree gint16 *samples = input_noise (n, 17);
  Output whole = convert_s16 ("stride=1000", NULL, samples, n, n);
  Output parts = convert_s16 ("stride=1000", NULL, samples, n, 37);
  assert_same_rows (&parts, &whole, "long hop");
  fail_unless_equals_int (count_ones (whole.mask), 16);
  fail_unless_equals_uint64 (whole.n_samples, n);
  output_clear (&whole);
  output_clear (&parts);
}

GST_END_TEST;

GST_START_TEST (test_not_numbers)
{
  gfloat samples[1280] = { 0 };
  samples[100] = NAN;
  samples[700] = INFINITY;
  samples[900] = -INFINITY;
  GstHarness *h = make_harness (NULL, F32, NULL);
  GstBus *bus = watch (h->element);
  for (guint i = 0; i < 2; i++)
    gst_harness_push (h, make_buffer (samples, sizeof samples, i * 80 * GST_MSECOND));
  Output out = pull_all (h);
  fail_unless_equals_int (out.mask->len, 16);
  for (guint i = 0; i < out.mel->len; i++)
    fail_unless (AT (out.mel, gfloat, i) == (gfloat) log (0.001), "value %u is %g", i,
        AT (out.mel, gfloat, i));
  assert_message (bus, GST_MESSAGE_WARNING, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
      WORDS ("not finite", "silence"));
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "warned twice");
  gst_harness_push_event (h, gst_event_new_stream_start ("another"));
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  assert_message (bus, GST_MESSAGE_WARNING, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
      WORDS ("not finite"));
  output_clear (&out);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audioconv_suite (void)
{
  Suite *s = suite_create ("audioconv");
  TCase *t = tcase_create ("numbers");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden_kerashub);
  tcase_add_test (t, test_golden_transformers);
  tcase_add_loop_test (t, test_golden_variants, 0, G_N_ELEMENTS (variants));
  tcase_add_test (t, test_per_bin);
  tcase_add_test (t, test_card);
  tcase_add_loop_test (t, test_cuts, 0, 2 * G_N_ELEMENTS (cuts));
  tcase_add_test (t, test_formats);
  tcase_add_loop_test (t, test_tail, 0, 2 * G_N_ELEMENTS (lengths));
  tcase_add_test (t, test_tail_is_zero_extended);
  tcase_add_loop_test (t, test_leaves_at_once, 0, 2);
  tcase_add_test (t, test_long_hop);
  tcase_add_test (t, test_not_numbers);
  return s;
}

GST_CHECK_MAIN (audioconv);
