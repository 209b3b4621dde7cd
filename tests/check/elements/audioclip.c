/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv mode=clip: one clip, its rows, its mask, its caps, its end. */

#include "audioclip.h"
#include "audiotest.h"

#include <gst/gemma4/gemma4.h>

#define N_MELS 128
#define TRANSFORMERS "other/tensors,target=transformers"

static void
assert_near (const Output *out, const Npy *want, guint n_rows, gdouble tolerance)
{
  for (guint row = 0; row < n_rows; row++) {
    const gfloat *w = (const gfloat *) want->data + row * N_MELS;
    gdouble peak = 0.0;
    for (guint m = 0; m < N_MELS; m++)
      peak = fmax (peak, exp (w[m]));
    for (guint m = 0; m < N_MELS; m++) {
      gdouble got = AT (out->mel, gfloat, row * N_MELS + m);
      if (!(fabs (exp (got) - exp (w[m])) <= tolerance * peak))
        fail ("row %u filter %u: got %.9g, want %.9g", row, m, got, w[m]);
    }
  }
}

/* KerasHub's call: 3000 rows, those behind the sound as zeros give them. */
GST_START_TEST (test_kerashub)
{
  gsize n;
  g_autofree gint16 *samples = input_wav ("audio/speech_en.wav", &n);
  Npy want = npy_load ("audio/speech_en.kerashub.npy");
  GstHarness *h = make_clip_harness ("mode=clip mel-floor=0.00001", S16, NULL, N_MELS);
  fail_unless (gst_pad_has_current_caps (h->sinkpad), "no caps before data");
  push_s16 (h, samples, n, 1024, 0);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);

  fail_unless_equals_int (out.pts->len, 1);
  fail_unless_equals_int (out.mask->len, 3000);
  fail_unless_equals_int (count_ones (out.mask), n / 160);
  fail_unless_equals_uint64 (out.n_samples, n);
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), 0);
  fail_unless_equals_uint64 (AT (out.offsets, guint64, 0), 0);
  assert_near (&out, &want, want.dims[0], 2e-6);
  assert_constant (&out, (want.dims[0] + 2) * N_MELS, log (0.00001));
  output_clear (&out);
  npy_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  guint n;                      /* samples; 0 is speech_en.wav */
} inputs[] = {
  {"speech_en", 0}, {"noise_n1", 1}, {"noise_n100", 100}, {"noise_n160", 160}, {"noise_n161", 161},
  {"noise_n320", 320}, {"noise_n321", 321}, {"noise_n400", 400}, {"noise_n481", 481},
  {"noise_n1600", 1600}, {"noise_n1601", 1601}, {"noise_1s", 16000},
};

static gint16 *
load_input (guint i, gsize *n)
{
  *n = inputs[i].n;
  if (*n == 0)
    return input_wav ("audio/speech_en.wav", n);
  return input_noise (*n, *n == 16000 ? 7 : 100 + *n);
}

/* As many rows as upstream returns, which only the end tells. */
static void
check_exact (guint input, gboolean card)
{
  gsize n;
  g_autofree gint16 *samples = load_input (input, &n);
  g_autofree gchar *path = g_strdup_printf ("audio/%s.%s.npy", inputs[input].name,
      card ? "card" : "transformers");
  Npy want = npy_load (path);
  GstHarness *h = make_clip_harness (card ? "mode=clip preset=card" : "mode=clip", S16,
      card ? NULL : TRANSFORMERS, N_MELS);
  GstBus *bus = watch (h->element);
  push_s16 (h, samples, n, 333, 0);
  fail_if (gst_pad_has_current_caps (h->sinkpad), "caps came before the length is known");
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);

  guint n_rows = want.dims[0];
  guint n_valid = card ? n / 160 : (n - 1) / 160;
  fail_unless_equals_int (out.pts->len, n_rows > 0);
  fail_unless_equals_int (out.mask->len, n_rows);
  fail_unless_equals_int (count_ones (out.mask), n_valid);
  assert_near (&out, &want, n_valid, card ? 6e-6 : 2e-6);
  assert_constant (&out, n_valid * N_MELS, 0.0f);
  fail_unless_equals_uint64 (out.n_samples, n_rows > 0 ? n : 0);
  if (n_rows == 0)
    assert_dropped (bus, n);
  output_clear (&out);
  npy_clear (&want);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_START_TEST (test_exact)
{
  check_exact (__i__ / 2, __i__ % 2);
}

GST_END_TEST;

/* What is behind the longest clip is cut, and that is said; the clip itself does
 * not wait for the end. */
GST_START_TEST (test_trim)
{
  const gchar *downstream = __i__ % 2 ? TRANSFORMERS : NULL;
  gboolean quiet = __i__ / 2;
  g_autofree gint16 *samples = input_noise (24080, 4);
  GstHarness *h = make_clip_harness (quiet ?
      "mode=clip max-audio-length=1 post-messages=false" : "mode=clip max-audio-length=1", S16,
      downstream, N_MELS);
  GstBus *bus = watch (h->element);
  push_s16 (h, samples, 15999, 1000, GST_SECOND);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  push_s16 (h, samples + 15999, 24080 - 15999, 999,
      GST_SECOND + gst_util_uint64_scale (15999, GST_SECOND, 16000));
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "warned too early");
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  Output out = pull_all (h);
  Output want = convert_s16 ("mode=clip max-audio-length=1", downstream, samples, 16000, 16000);
  assert_same_rows (&out, &want, "trimmed");
  fail_unless_equals_uint64 (out.n_samples, 16000);
  assert_message (bus, GST_MESSAGE_WARNING, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
      WORDS ("1.505 s", "longest clip 1 s", "last 0.505 s", "clip-overflow=split"));
  assert_trimmed (bus, quiet ? 0 : 8080, GST_SECOND);
  output_clear (&out);
  output_clear (&want);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A clip of exactly the longest length: no other follows, and nothing is said. */
GST_START_TEST (test_exactly_full)
{
  g_autofree gint16 *samples = input_noise (16000, 5);
  GstHarness *h = make_clip_harness (__i__ ? "mode=clip max-audio-length=1 clip-overflow=split" :
      "mode=clip max-audio-length=1", S16, NULL, N_MELS);
  GstBus *bus = watch (h->element);
  push_s16 (h, samples, 16000, 16000, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT) == NULL);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Of a clip in work a flush leaves nothing. */
GST_START_TEST (test_flush)
{
  const gchar *downstream = __i__ ? TRANSFORMERS : NULL;
  g_autofree gint16 *samples = input_noise (9000, 6);
  GstHarness *h = make_clip_harness ("mode=clip", S16, downstream, N_MELS);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = 10 * GST_SECOND;
  push_s16 (h, samples, 4000, 500, 0);
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  push_s16 (h, samples + 4000, 5000, 500, 10 * GST_SECOND);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 ("mode=clip", downstream, samples + 4000, 5000, 5000);
  assert_same_rows (&out, &want, "flushed");
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), 10 * GST_SECOND);
  assert_event_order (h);
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* No sound, no clip; the end comes through all the same. */
GST_START_TEST (test_no_sound)
{
  GstHarness *h = make_clip_harness ("mode=clip", S16, __i__ ? TRANSFORMERS : NULL, N_MELS);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  gboolean eos = FALSE;
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (h))) {
    eos |= GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  fail_unless (eos, "no EOS came");
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The length of the clip, whoever asks; nobody knows it where it has no limit. */
static const struct
{
  const gchar *settings, *downstream;
  GstClockTime want;
} latencies[] = {
  {"mode=clip", NULL, 30 * GST_SECOND},
  {"mode=clip", TRANSFORMERS, 30 * GST_SECOND},
  {"mode=clip preset=card max-audio-length=7.5", NULL, 7500 * GST_MSECOND},
  {"mode=clip preset=gemma4_12b", TRANSFORMERS, 0},
  {"mode=clip preset=gemma4_12b max-audio-length=40", TRANSFORMERS, 40 * GST_SECOND},
};

GST_START_TEST (test_latency)
{
  GstHarness *h = make_harness (latencies[__i__].settings, S16, latencies[__i__].downstream);
  gst_harness_set_upstream_latency (h, 7 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (h),
      7 * GST_MSECOND + latencies[__i__].want);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audioclip_suite (void)
{
  Suite *s = suite_create ("audioclip");
  TCase *t = tcase_create ("clip");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_kerashub);
  tcase_add_loop_test (t, test_exact, 0, 2 * G_N_ELEMENTS (inputs));
  tcase_add_loop_test (t, test_trim, 0, 4);
  tcase_add_loop_test (t, test_exactly_full, 0, 2);
  tcase_add_loop_test (t, test_flush, 0, 2);
  tcase_add_loop_test (t, test_no_sound, 0, 2);
  tcase_add_loop_test (t, test_latency, 0, G_N_ELEMENTS (latencies));
  return s;
}

GST_CHECK_MAIN (audioclip);
