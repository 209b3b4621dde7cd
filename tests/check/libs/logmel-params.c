/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which settings are refused, and where rows lie. */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/logmel.h>
#include <math.h>
#include <string.h>

static void
refused (const Gemma4LogMelParams *params, const char *sentence)
{
  Gemma4Error error = { "" };
  fail_unless_equals_int (gemma4_logmel_check (params, &error), GEMMA4_BAD_ARGUMENT);
  fail_unless (strstr (error.text, sentence), "want \"%s\" in \"%s\"", sentence, error.text);
  Gemma4LogMel *untouched = (Gemma4LogMel *) &error;
  Gemma4LogMel *self = untouched;
  fail_unless_equals_int (gemma4_logmel_new (params, &self, NULL), GEMMA4_BAD_ARGUMENT);
  fail_unless (self == untouched, "an output was written on error: %s", sentence);
}

GST_START_TEST (test_defaults)
{
  Gemma4Error error = { "" };
  fail_unless (gemma4_logmel_check (&gemma4_logmel_params_default, &error) == GEMMA4_OK,
      "default: %s", error.text);
  fail_unless (gemma4_logmel_check (&gemma4_logmel_params_card, &error) == GEMMA4_OK,
      "card: %s", error.text);
}
GST_END_TEST;

GST_START_TEST (test_refuses_fft_length)
{
  static const struct
  {
    guint32 length;
    const char *nearest;
  } cases[] = {
    {0, "the FFT length must be even, of the factors 2, 3 and 5, and in [4, 65536], not 0; "
          "the nearest good one is 4"},
    {2, "not 2; the nearest good one is 4"},
    {14, "not 14; the nearest good one is 16"},
    {511, "not 511; the nearest good one is 512"},
    {513, "not 513; the nearest good one is 512"},
    {1022, "not 1022; the nearest good one is 1024"},
    {65538, "not 65538; the nearest good one is 65536"},
    {G_MAXUINT32, "not 4294967295; the nearest good one is 65536"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Gemma4LogMelParams p = gemma4_logmel_params_default;
    p.fft_length = cases[i].length;
    refused (&p, cases[i].nearest);
  }
}
GST_END_TEST;

GST_START_TEST (test_refuses_integers)
{
  static const struct
  {
    size_t offset;
    guint32 value;
    const char *sentence;
  } cases[] = {
    {offsetof (Gemma4LogMelParams, sampling_rate_hz), 0,
        "the sampling rate in Hz must be in [1, 384000], not 0"},
    {offsetof (Gemma4LogMelParams, sampling_rate_hz), 384001, "the sampling rate in Hz must be in"},
    {offsetof (Gemma4LogMelParams, n_mels), 0, "the number of mel filters must be in [1, 512], not 0"},
    {offsetof (Gemma4LogMelParams, n_mels), 513, "not 513"},
    {offsetof (Gemma4LogMelParams, frame_length), 1, "the frame length must be in [2, 512], not 1"},
    {offsetof (Gemma4LogMelParams, frame_length), 513,
        "the frame length must be at most the FFT length, 512, not 513"},
    {offsetof (Gemma4LogMelParams, hop_length), 0, "the stride must be in [1, 16384], not 0"},
    {offsetof (Gemma4LogMelParams, hop_length), 16385, "not 16385"},
    {offsetof (Gemma4LogMelParams, framing), 3, "the framing must be in [0, 2], not 3"},
    {offsetof (Gemma4LogMelParams, spectrum), 2, "the kind of spectrum must be in [0, 1], not 2"},
    {offsetof (Gemma4LogMelParams, mel_norm), 2, "the norm of mel filters must be in [0, 1], not 2"},
    {offsetof (Gemma4LogMelParams, floor_rule), 2, "the rule of the mel floor must be in [0, 1], not 2"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Gemma4LogMelParams p = gemma4_logmel_params_default;
    memcpy ((char *) &p + cases[i].offset, &cases[i].value, sizeof cases[i].value);
    refused (&p, cases[i].sentence);
  }
}
GST_END_TEST;

GST_START_TEST (test_refuses_reals)
{
  static const struct
  {
    size_t offset;
    double value;
    const char *sentence;
  } cases[] = {
    {offsetof (Gemma4LogMelParams, max_audio_length_s), 0.0,
        "the longest clip must be above 0 and at most 86400 seconds, not 0"},
    {offsetof (Gemma4LogMelParams, max_audio_length_s), 86401.0, "not 86401"},
    {offsetof (Gemma4LogMelParams, min_frequency_hz), -1.0,
        "the lowest frequency in Hz must be at least 0 and below half the sampling rate, not -1"},
    {offsetof (Gemma4LogMelParams, min_frequency_hz), 8000.0, "not 8000"},
    {offsetof (Gemma4LogMelParams, max_frequency_hz), 0.0,
        "the highest frequency in Hz must be above the lowest, 0, and at most half the "
        "sampling rate, 8000, not 0"},
    {offsetof (Gemma4LogMelParams, max_frequency_hz), 8001.0, "not 8001"},
    {offsetof (Gemma4LogMelParams, mel_floor), 0.0, "the mel floor must be above 0 and finite, not 0"},
    {offsetof (Gemma4LogMelParams, mel_floor), INFINITY, "not inf"},
    {offsetof (Gemma4LogMelParams, preemphasis), 1.0,
        "the pre-emphasis must be at least 0 and below 1, not 1"},
    {offsetof (Gemma4LogMelParams, preemphasis), -0.5, "not -0.5"},
    {offsetof (Gemma4LogMelParams, dither), -0.5,
        "the dither must be in [0, 1], where 1 is full scale, not -0.5"},
    {offsetof (Gemma4LogMelParams, dither), 2.0, "not 2"},
    {offsetof (Gemma4LogMelParams, input_scale_factor), 0.0,
        "the input scale factor must be above 0 and at most 1e+06, not 0"},
    {offsetof (Gemma4LogMelParams, input_scale_factor), 2e6, "not 2e+06"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Gemma4LogMelParams p = gemma4_logmel_params_default;
    memcpy ((char *) &p + cases[i].offset, &cases[i].value, sizeof cases[i].value);
    refused (&p, cases[i].sentence);
    double nan = NAN;
    memcpy ((char *) &p + cases[i].offset, &nan, sizeof nan);
    refused (&p, "nan");
  }
}
GST_END_TEST;

GST_START_TEST (test_refuses_per_bin)
{
  float values[128];
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = 1.0f;
  Gemma4LogMelParams p = gemma4_logmel_params_default;
  values[127] = INFINITY;
  p.per_bin_mean = values;
  refused (&p, "the mean of mel filter 127 must be finite, not inf");
  p.per_bin_mean = NULL;
  p.per_bin_stddev = values;
  refused (&p, "the standard deviation of mel filter 127 must be finite and not 0, not inf");
  values[127] = 1.0f;
  values[5] = 0.0f;
  refused (&p, "the standard deviation of mel filter 5 must be finite and not 0, not 0");
}
GST_END_TEST;

GST_START_TEST (test_valid_rows)
{
  static const struct
  {
    guint64 n_samples, kerashub, transformers;
  } cases[] = {
    {0, 0, 0}, {1, 0, 0}, {159, 0, 0}, {160, 1, 0}, {161, 1, 1}, {320, 2, 1}, {321, 2, 2},
    {800, 5, 4}, {801, 5, 5}, {16000, 100, 99}, {63520, 397, 396}, {480000, 3000, 2999},
    {G_MAXUINT64, G_MAXUINT64 / 160, (G_MAXUINT64 - 1) / 160},
  };
  Gemma4LogMelParams p = gemma4_logmel_params_default;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 n = cases[i].n_samples;
    p.framing = GEMMA4_FRAMING_KERASHUB;
    fail_unless_equals_uint64 (gemma4_logmel_valid_rows (&p, n), cases[i].kerashub);
    p.framing = GEMMA4_FRAMING_TRANSFORMERS;
    fail_unless_equals_uint64 (gemma4_logmel_valid_rows (&p, n), cases[i].transformers);
    fail_unless_equals_uint64 (gemma4_logmel_valid_rows (&gemma4_logmel_params_card, n),
        cases[i].kerashub);
  }
}
GST_END_TEST;

/* What transformers 5.17.0 returns with other windows: all rows, and those that its
 * mask has. */
GST_START_TEST (test_rows_of_other_windows)
{
  static const struct
  {
    guint frame_length, hop_length;
    guint64 n_samples, n_rows, n_valid;
  } cases[] = {
    {400, 160, 161, 1, 0}, {400, 160, 200, 1, 0}, {400, 160, 201, 1, 1},
    {400, 160, 480000, 2999, 2999}, {512, 100, 201, 0, 0}, {512, 100, 480000, 4798, 4798},
    {321, 250, 161, 1, 0}, {321, 250, 162, 1, 1}, {321, 250, 480000, 1920, 1920},
    {320, 1000, 160, 1, 0}, {320, 1000, 161, 1, 1}, {320, 1000, 480000, 480, 480},
  };
  Gemma4LogMelParams p = gemma4_logmel_params_default;
  p.framing = GEMMA4_FRAMING_TRANSFORMERS;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    p.frame_length = cases[i].frame_length;
    p.hop_length = cases[i].hop_length;
    fail_unless_equals_uint64 (gemma4_logmel_clip_rows (&p, cases[i].n_samples),
        cases[i].n_rows);
    fail_unless_equals_uint64 (gemma4_logmel_valid_rows (&p, cases[i].n_samples),
        cases[i].n_valid);
  }
}
GST_END_TEST;

/* Upstream's counts: the shapes of tests/golden/audio, and at the limit. */
GST_START_TEST (test_clip_rows)
{
  static const struct
  {
    guint64 n_samples, transformers, card;
  } cases[] = {
    {0, 0, 0}, {1, 0, 0}, {100, 0, 0}, {128, 0, 0}, {129, 1, 0}, {160, 1, 1}, {161, 1, 1},
    {320, 2, 2}, {321, 2, 2}, {400, 3, 2}, {481, 3, 3}, {1600, 10, 10}, {1601, 10, 10},
    {16000, 99, 100}, {479999, 2999, 2999}, {480000, 2999, 3000},
  };
  Gemma4LogMelParams p = gemma4_logmel_params_default;
  fail_unless_equals_uint64 (gemma4_logmel_clip_samples (&p), 480000);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 n = cases[i].n_samples;
    p.framing = GEMMA4_FRAMING_KERASHUB;
    fail_unless_equals_uint64 (gemma4_logmel_clip_rows (&p, n), 3000);
    p.framing = GEMMA4_FRAMING_TRANSFORMERS;
    fail_unless_equals_uint64 (gemma4_logmel_clip_rows (&p, n), cases[i].transformers);
    fail_unless_equals_uint64 (gemma4_logmel_clip_rows (&gemma4_logmel_params_card, n),
        cases[i].card);
  }
  p.framing = GEMMA4_FRAMING_KERASHUB;
  p.max_audio_length_s = 1.0049;
  fail_unless_equals_uint64 (gemma4_logmel_clip_samples (&p), 16078);
  fail_unless_equals_uint64 (gemma4_logmel_clip_rows (&p, 1), 100);
}
GST_END_TEST;

GST_START_TEST (test_lookahead)
{
  Gemma4LogMelParams p = gemma4_logmel_params_default;
  fail_unless_equals_int (gemma4_logmel_lookahead (&p), 160);
  p.preemphasis = 0.97;
  fail_unless_equals_int (gemma4_logmel_lookahead (&p), 160);
  p.preemphasis_htk_flavor = false;
  fail_unless_equals_int (gemma4_logmel_lookahead (&p), 161);
  p.framing = GEMMA4_FRAMING_TRANSFORMERS;
  fail_unless_equals_int (gemma4_logmel_lookahead (&p), 161);
  fail_unless_equals_int (gemma4_logmel_lookahead (&gemma4_logmel_params_card), 201);
}
GST_END_TEST;

static Suite *
logmel_params_suite (void)
{
  Suite *s = suite_create ("logmel-params");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_defaults);
  tcase_add_test (t, test_refuses_fft_length);
  tcase_add_test (t, test_refuses_integers);
  tcase_add_test (t, test_refuses_reals);
  tcase_add_test (t, test_refuses_per_bin);
  tcase_add_test (t, test_valid_rows);
  tcase_add_test (t, test_rows_of_other_windows);
  tcase_add_test (t, test_clip_rows);
  tcase_add_test (t, test_lookahead);
  return s;
}

GST_CHECK_MAIN (logmel_params);
