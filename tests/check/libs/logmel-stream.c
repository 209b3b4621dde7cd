/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The log-mel spectrogram as a stream: cuts, ends, faults, length. */

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/logmel.h>
#include <math.h>
#include <string.h>

#define N_SAMPLES 20011
#define N_MELS 128
#define ALL_AT_ONCE G_MAXSIZE

static const char *const settings[] = { "kerashub", "transformers", "card", "dithered", "HTK pre-emphasis",
};

static Gemma4LogMelParams
params_of (guint which)
{
  Gemma4LogMelParams p = which == 2 ? gemma4_logmel_params_card : gemma4_logmel_params_default;
  if (which == 1)
    p.framing = GEMMA4_FRAMING_TRANSFORMERS;
  if (which == 3) {
    p.dither = 0.001;
    p.dither_seed = 3;
    p.preemphasis = 0.97;
    p.preemphasis_htk_flavor = false;
    p.hop_length = 401;
  }
  if (which == 4)
    p.preemphasis = 0.97;
  return p;
}

static Gemma4LogMel *
open_stream (const Gemma4LogMelParams *params)
{
  Gemma4Error error = { "" };
  Gemma4LogMel *self = NULL;
  fail_unless (gemma4_logmel_new (params, &self, &error) == GEMMA4_OK, "%s", error.text);
  return self;
}

/* How a signal is fed: cuts of fixed size, or of random sizes when @rand is set. */
typedef struct
{
  gsize cut;
  gsize max_rows;               /* of one pull */
  GRand *rand;
  const gint16 *s16;            /* instead of floats, unless NULL */
  gsize misalignment_bytes;
} Feed;

static gsize
push_at (Gemma4LogMel *self, const Feed *feed, const float *samples, gsize at, gsize n)
{
  gsize sample_bytes = feed->s16 ? sizeof feed->s16[0] : sizeof samples[0];
  const void *src = feed->s16 ? (const void *) (feed->s16 + at) : (const void *) (samples + at);
  g_autofree char *moved = g_malloc (n * sample_bytes + feed->misalignment_bytes);
  memcpy (moved + feed->misalignment_bytes, src, n * sample_bytes);
  const void *data = moved + feed->misalignment_bytes;
  return feed->s16 ? gemma4_logmel_push_s16 (self, data, n) : gemma4_logmel_push (self, data, n);
}

/* All rows that leave before the end, then @n_after of those after it. */
static float *
run (Gemma4LogMel *self, const Feed *feed, const float *samples, gsize n_samples, gsize n_after,
    gsize *n_rows)
{
  gsize n_room = n_samples / 100 + n_after + 8;
  float *rows = g_new0 (float, n_room * N_MELS);
  gsize at = 0, n = 0, n_new;
  while (at < n_samples) {
    gsize cut = feed->rand ? (gsize) exp (g_rand_double_range (feed->rand, 0, 9.5)) : feed->cut;
    at += push_at (self, feed, samples, at, MIN (cut, n_samples - at));
    do {
      n_new = gemma4_logmel_pull (self, rows + n * N_MELS, MIN (feed->max_rows, n_room - n));
      n += n_new;
    } while (n_new > 0);
  }
  gemma4_logmel_end (self);
  n += gemma4_logmel_pull (self, rows + n * N_MELS, n_after);
  *n_rows = n;
  fail_unless_equals_uint64 (gemma4_logmel_n_samples (self), n_samples);
  fail_unless_equals_uint64 (gemma4_logmel_n_rows (self), n);
  return rows;
}

static float *
noise (gsize n, guint32 seed, gint16 **s16)
{
  gint16 *in = input_noise (n, seed);
  float *out = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    out[i] = in[i] / 32768.0f;
  if (s16)
    *s16 = in;
  else
    g_free (in);
  return out;
}

static void
expect_same (const char *what, const float *got, const float *want, gsize n_rows)
{
  for (gsize i = 0; i < n_rows * N_MELS; i++)
    fail_unless (memcmp (got + i, want + i, sizeof got[0]) == 0,
        "%s: row %" G_GSIZE_FORMAT " mel %u: got %.9g, want %.9g", what, i / N_MELS,
        (guint) (i % N_MELS), got[i], want[i]);
}

GST_START_TEST (test_cuts)
{
  Gemma4LogMelParams params = params_of (__i__);
  gint16 *s16;
  g_autofree float *samples = noise (N_SAMPLES, 42, &s16);
  guint32 seed = g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  const Feed feeds[] = {
    {.cut = ALL_AT_ONCE,.max_rows = 1000},
    {.cut = ALL_AT_ONCE,.max_rows = 1000,.s16 = s16},
    {.cut = 1,.max_rows = 1},
    {.cut = 160,.max_rows = 1},
    {.cut = 4096,.max_rows = 3,.misalignment_bytes = 1},
    {.cut = 7,.max_rows = 100,.s16 = s16,.misalignment_bytes = 1},
    {.cut = 1009,.max_rows = 2,.misalignment_bytes = 3},
    {.max_rows = 5,.rand = rand},
    {.max_rows = 1,.rand = rand,.s16 = s16},
  };
  g_autofree float *want = NULL;
  gsize n_want;
  for (guint i = 0; i < G_N_ELEMENTS (feeds); i++) {
    Gemma4LogMel *self = open_stream (&params);
    gsize n_rows;
    float *got = run (self, &feeds[i], samples, N_SAMPLES, 4, &n_rows);
    gemma4_logmel_free (self);
    if (i == 0) {
      want = got;
      n_want = n_rows;
      continue;
    }
    g_autofree char *what = g_strdup_printf ("%s, way %u of cutting, seed %u", settings[__i__], i,
        seed);
    fail_unless (n_rows == n_want, "%s: %" G_GSIZE_FORMAT " rows, want %" G_GSIZE_FORMAT, what,
        n_rows, n_want);
    expect_same (what, got, want, n_want);
    g_free (got);
  }
  g_free (s16);
}
GST_END_TEST;

/* A row leaves with its last sample and not before. */
GST_START_TEST (test_row_leaves)
{
  static const guint n_first[] = { 160, 161, 201 }, n_behind[] = { 160, 161, 200 };
  Gemma4LogMelParams params = params_of (__i__);
  Gemma4LogMel *self = open_stream (&params);
  g_autofree float *samples = noise (2000, 1, NULL);
  float row[N_MELS];
  for (guint i = 0; i < 2000; i++) {
    fail_unless_equals_uint64 (gemma4_logmel_push (self, samples + i, 1), 1);
    guint64 k = gemma4_logmel_n_rows (self);
    guint64 needed = k == 0 ? n_first[__i__] : 160 * k + n_behind[__i__];
    gsize n = gemma4_logmel_pull (self, row, 1);
    fail_unless (n == (i + 1 >= needed), "%s: row %" G_GUINT64_FORMAT " at %u samples: %u rows",
        settings[__i__], k, i + 1, (guint) n);
  }
  gemma4_logmel_free (self);
}
GST_END_TEST;

/* Without pulling, a push takes a bounded number of samples, and none is lost. */
GST_START_TEST (test_push_is_bounded)
{
  gsize n = 200000;
  g_autofree float *samples = noise (n, 9, NULL);
  Gemma4LogMel *self = open_stream (&gemma4_logmel_params_default);
  gsize n_taken = gemma4_logmel_push (self, samples, n);
  fail_unless (n_taken >= 16 * 160 && n_taken <= 64 * 160, "took %" G_GSIZE_FORMAT, n_taken);
  fail_unless_equals_uint64 (gemma4_logmel_push (self, samples + n_taken, 1), 0);
  float row[N_MELS];
  fail_unless_equals_uint64 (gemma4_logmel_pull (self, row, 1), 1);
  fail_unless_equals_uint64 (gemma4_logmel_push (self, samples + n_taken, 0), 0);
  fail_unless_equals_uint64 (gemma4_logmel_n_samples (self), n_taken);
  gemma4_logmel_free (self);
}
GST_END_TEST;

/* The rows behind the end: so many hear the tail, then ln (floor) for ever. */
GST_START_TEST (test_tail)
{
  Gemma4LogMelParams params = params_of (__i__);
  Feed feed = {.cut = ALL_AT_ONCE,.max_rows = 100 };
  float samples[700];
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = i % 2 ? 0.9f : 0.3f;
  float silent = (float) log (params.mel_floor);
  for (gsize n = 0; n <= G_N_ELEMENTS (samples); n++) {
    Gemma4LogMel *self = open_stream (&params);
    gsize n_rows;
    g_autofree float *rows = run (self, &feed, samples, n, 8, &n_rows);
    gemma4_logmel_free (self);
    gsize n_valid = gemma4_logmel_valid_rows (&params, n);
    gsize n_tail = gemma4_logmel_tail_rows (&params, n);
    for (gsize k = n_valid; k < n_rows; k++) {
      bool heard = false;
      for (guint i = 0; i < N_MELS; i++)
        heard |= rows[k * N_MELS + i] != silent;
      /* A corner of card's window is too faint to lift a power above the floor. */
      if (__i__ == 2 && k + 1 == n_valid + n_tail)
        continue;
      fail_unless (heard == (k < n_valid + n_tail), "%s, %" G_GSIZE_FORMAT " samples: row %"
          G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " valid, %" G_GSIZE_FORMAT " tail is %s",
          settings[__i__], n, k, n_valid, n_tail, heard ? "heard" : "silent");
    }
    if (__i__ == 0 && n > 0)
      fail_unless_equals_uint64 (n_tail, n % 160 < 2 ? 1 : 2);
  }
}
GST_END_TEST;

GST_START_TEST (test_end_and_reset)
{
  Feed feed = {.cut = 777,.max_rows = 2 };
  Gemma4LogMelParams params = params_of (__i__);
  g_autofree float *samples = noise (5000, 17, NULL);
  samples[100] = NAN;
  Gemma4LogMel *self = open_stream (&params);
  gsize n_before, n_after;
  g_autofree float *before = run (self, &feed, samples, 5000, 5, &n_before);
  fail_unless_equals_uint64 (gemma4_logmel_push (self, samples, 100), 0);
  fail_unless_equals_uint64 (gemma4_logmel_n_replaced (self), 1);

  gemma4_logmel_reset (self);
  fail_unless_equals_uint64 (gemma4_logmel_n_samples (self), 0);
  fail_unless_equals_uint64 (gemma4_logmel_n_rows (self), 0);
  fail_unless_equals_uint64 (gemma4_logmel_n_replaced (self), 0);
  feed.cut = 31;
  g_autofree float *after = run (self, &feed, samples, 5000, 5, &n_after);
  fail_unless_equals_uint64 (n_after, n_before);
  expect_same ("after reset", after, before, n_before);
  gemma4_logmel_free (self);
}
GST_END_TEST;

/* An end that is taken back, wherever it came, changes no row. */
GST_START_TEST (test_go_on)
{
  Gemma4LogMelParams params = params_of (__i__);
  g_autofree float *samples = noise (3000, 18, NULL);
  g_autofree float *rows = g_new0 (float, 64 * N_MELS);
  g_autofree float *tail = g_new (float, 7 * N_MELS);
  Feed feed = {.cut = 3000,.max_rows = ALL_AT_ONCE };
  gsize n_want, n = 0;
  Gemma4LogMel *self = open_stream (&params);
  g_autofree float *want = run (self, &feed, samples, 3000, 5, &n_want);
  gemma4_logmel_reset (self);
  gemma4_logmel_go_on (self);
  for (gsize at = 0; at < 3000; at += 100) {
    fail_unless_equals_uint64 (gemma4_logmel_push (self, samples + at, 100), 100);
    if (at % 300 == 0)
      n += gemma4_logmel_pull (self, rows + n * N_MELS, 64 - n);
    gemma4_logmel_end (self);
    fail_unless_equals_uint64 (gemma4_logmel_pull (self, tail, 7), 7);
    gemma4_logmel_end (self);
    gemma4_logmel_go_on (self);
    fail_unless_equals_uint64 (gemma4_logmel_n_rows (self), n);
  }
  n += gemma4_logmel_pull (self, rows + n * N_MELS, 64 - n);
  gemma4_logmel_end (self);
  n += gemma4_logmel_pull (self, rows + n * N_MELS, 5);
  fail_unless_equals_uint64 (n, n_want);
  expect_same ("after ends that were taken back", rows, want, n);
  gemma4_logmel_free (self);
}
GST_END_TEST;

GST_START_TEST (test_not_a_number)
{
  static const float faults[] = { NAN, -NAN, INFINITY, -INFINITY, 1e30f };
  Feed feed = {.cut = 333,.max_rows = 9 };
  Gemma4LogMelParams params = params_of (__i__);
  g_autofree float *bad = noise (3000, 5, NULL), *good = noise (3000, 5, NULL);
  for (guint i = 0; i < 50; i++) {
    bad[i * 59] = faults[i % G_N_ELEMENTS (faults)];
    good[i * 59] = 0.0f;
  }
  Gemma4LogMel *self = open_stream (&params);
  gsize n_got, n_want;
  g_autofree float *got = run (self, &feed, bad, 3000, 2, &n_got);
  fail_unless_equals_uint64 (gemma4_logmel_n_replaced (self), 50);
  gemma4_logmel_reset (self);
  g_autofree float *want = run (self, &feed, good, 3000, 2, &n_want);
  fail_unless_equals_uint64 (gemma4_logmel_n_replaced (self), 0);
  expect_same (settings[__i__], got, want, n_want);
  gemma4_logmel_free (self);
}
GST_END_TEST;

/* Dither on silence has the power of white noise of its deviation: measured
 * against a click, whose power is flat and known. */
GST_START_TEST (test_dither)
{
  gsize n = 160 * 2000, n_rows, n_click_rows;
  Feed feed = {.cut = 1600,.max_rows = 100 };
  g_autofree float *silence = g_new0 (float, n);
  Gemma4LogMelParams params = gemma4_logmel_params_card;
  params.mel_floor = 1e-30;
  silence[800] = 0.01f;         /* under the middle of row 5's window */
  Gemma4LogMel *self = open_stream (&params);
  g_autofree float *click = run (self, &feed, silence, 1600, 0, &n_click_rows);
  gemma4_logmel_free (self);

  silence[800] = 0.0f;
  params.dither = 0.01;
  params.dither_seed = 12;
  self = open_stream (&params);
  g_autofree float *rows = run (self, &feed, silence, n, 0, &n_rows);
  gemma4_logmel_free (self);
  double sum = 0.0;
  gsize n_values = 0;
  for (gsize k = 2; k < n_rows; k++) {
    for (guint i = 20; i < N_MELS; i++, n_values++)
      sum += exp (rows[k * N_MELS + i]) / exp (click[5 * N_MELS + i]);
  }
  double window_energy = 0.375 * 400;
  double ratio = sum / n_values / window_energy;
  fail_unless (fabs (ratio - 1.0) < 0.02, "power of dither is %g of what it should be", ratio);

  params.dither_seed = 13;
  self = open_stream (&params);
  g_autofree float *other = run (self, &feed, silence, 1600, 0, &n_click_rows);
  gemma4_logmel_free (self);
  fail_unless (memcmp (other, rows, N_MELS * sizeof rows[0]) != 0, "the seed changes nothing");
}
GST_END_TEST;

/* More samples than 32 bits count, three days at 16 kHz: with a signal that
 * repeats with the hop every row but the first must be the same. */
GST_START_TEST (test_long_stream)
{
  Gemma4LogMelParams params = gemma4_logmel_params_default;
  params.hop_length = 16384;
  g_autofree float *samples = noise (params.hop_length, 3, NULL);
  Gemma4LogMel *self = open_stream (&params);
  float row[N_MELS], row_1[N_MELS] = { 0.0f };
  guint64 n_pushes = test_rounds (262144 + 100);        /* of 2^14 samples */
  for (guint64 i = 0; i < n_pushes; i++) {
    fail_unless_equals_uint64 (gemma4_logmel_push (self, samples, params.hop_length),
        params.hop_length);
    fail_unless_equals_uint64 (gemma4_logmel_pull (self, row, 1), 1);
    if (i == 1)
      memcpy (row_1, row, sizeof row);
    if (i > 1 && memcmp (row_1, row, sizeof row) != 0)
      fail ("row %" G_GUINT64_FORMAT " differs from row 1", i);
  }
  fail_unless_equals_uint64 (gemma4_logmel_n_samples (self), n_pushes * params.hop_length);
  fail_unless_equals_uint64 (gemma4_logmel_n_rows (self), n_pushes);
  gemma4_logmel_free (self);
}
GST_END_TEST;

static Suite *
logmel_stream_suite (void)
{
  Suite *s = suite_create ("logmel-stream");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_cuts, 0, 5);
  tcase_add_loop_test (t, test_row_leaves, 0, 3);
  tcase_add_test (t, test_push_is_bounded);
  tcase_add_loop_test (t, test_tail, 0, 5);
  tcase_add_loop_test (t, test_end_and_reset, 0, 4);
  tcase_add_loop_test (t, test_go_on, 0, 4);
  tcase_add_loop_test (t, test_not_a_number, 0, 4);
  tcase_add_test (t, test_dither);
  TCase *slow = tcase_create ("slow");
  suite_add_tcase (s, slow);
  tcase_set_timeout (slow, 120);
  tcase_add_test (slow, test_long_stream);
  return s;
}

GST_CHECK_MAIN (logmel_stream);
