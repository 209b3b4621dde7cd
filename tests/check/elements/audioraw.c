/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv with the 12B: rows of raw samples. */

#include "audioclip.h"
#include "seed.h"

#define ROW 640
#define PRESET "preset=gemma4_instruct_12b"

static const guint lengths[] = { 1, 639, 640, 641, 1601, 16000 };

/* What tests/golden/unified/manifest.json has for noise of @n samples. */
static gchar *
golden_sum (guint n)
{
  g_autofree gchar *path = golden_path ("unified/manifest.json");
  g_autofree gchar *text = NULL;
  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  g_autofree gchar *name = g_strdup_printf ("\"audio_n%u\"", n);
  const gchar *at = strstr (text, name);
  fail_unless (at != NULL, "%s is not in the manifest", name);
  at = strstr (strstr (at, "float32_sha256"), ": \"") + 3;
  return g_strndup (at, 64);
}

/* The rows of upstream, in one buffer or one by one. */
GST_START_TEST (test_golden)
{
  guint n = lengths[__i__ / 2];
  gboolean clip = __i__ % 2;
  g_autofree gint16 *samples = input_noise (n, 100 + n);
  GstHarness *h = make_clip_harness (clip ? "mode=clip " PRESET : PRESET, S16, NULL, ROW);
  push_s16 (h, samples, n, 100, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  guint n_rows = (n + ROW - 1) / ROW;
  fail_unless_equals_int (out.mask->len, n_rows);
  fail_unless_equals_int (count_ones (out.mask), n_rows);
  fail_unless_equals_int (out.pts->len, clip ? 1 : n_rows);
  fail_unless_equals_uint64 (out.n_samples, n);
  g_autofree gchar *want = golden_sum (n);
  g_autofree gchar *got = sha256 (out.mel->data, out.mel->len * sizeof (gfloat));
  fail_unless_equals_string (got, want);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Without a word from downstream it is transformers, the one that has the model. */
GST_START_TEST (test_caps)
{
  GstHarness *h = make_harness (__i__ ? PRESET " frames-per-buffer=8" : PRESET, F32,
      __i__ ? "other/tensors,target={kerashub,transformers}" : NULL);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->sinkpad);
  g_autoptr (GstCaps) want = gst_caps_from_string (__i__ ?
      "other/tensors,format=static,num_tensors=2,types=(string)\"float32,int32\","
      "dimensions=(string)\"640:8,8\",framerate=0/1,"
      "names=(string)\"audio_frames,audio_frames_mask\",target=transformers,"
      PRESET :
      "other/tensors,format=static,num_tensors=2,types=(string)\"float32,int32\","
      "dimensions=(string)\"640:1,1\",framerate=0/1,"
      "names=(string)\"audio_frames,audio_frames_mask\",target=transformers,"
      PRESET);
  g_autofree gchar *text = caps ? gst_caps_to_string (caps) : NULL;
  fail_unless (caps && gst_caps_is_equal (caps, want), "caps are %s", text);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The preset may come from downstream's caps. */
GST_START_TEST (test_preset_of_caps)
{
  gfloat samples[ROW] = { 0.25f };
  GstHarness *h = make_harness (NULL, F32,
      "other/tensors,role=audio,target=transformers,preset=gemma4_12b");
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  Output out = pull_all (h);
  fail_unless_equals_int (out.mel->len, ROW);
  fail_unless (AT (out.mel, gfloat, 0) == 0.25f);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A row leaves with its last sample, and the latency is that of a row. */
GST_START_TEST (test_leaves_at_once)
{
  g_autofree gint16 *samples = input_noise (3 * ROW, 4);
  GstHarness *h = make_harness (PRESET, S16, NULL);
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 40 * GST_MSECOND);
  push_s16 (h, samples, ROW - 1, ROW, 0);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  push_s16 (h, samples + ROW - 1, 2 * ROW + 1, 2 * ROW + 1,
      gst_util_uint64_scale (ROW - 1, GST_SECOND, 16000));
  fail_unless_equals_int (gst_harness_buffers_received (h), 3);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* 35 s are one clip, unless a limit is set. */
GST_START_TEST (test_no_limit)
{
  const guint n = 35 * 16000 + 1;
  g_autofree gint16 *samples = input_noise (n, 5);
  GstHarness *h = make_clip_harness (__i__ ? "mode=clip max-audio-length=30 " PRESET :
      "mode=clip " PRESET, S16, NULL, ROW);
  GstBus *bus = watch (h->element);
  push_s16 (h, samples, n, 4096, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  guint n_kept = __i__ ? 480000 : n;
  fail_unless_equals_int (out.pts->len, 1);
  fail_unless_equals_int (out.mask->len, (n_kept + ROW - 1) / ROW);
  assert_raw (&out, samples, n_kept, 5);
  assert_trimmed (bus, n - n_kept, 0);
  output_clear (&out);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Pieces of any size, holes and faults: rows lie where their time is. */
GST_START_TEST (test_random)
{
  guint32 seed = test_seed () * 1000 + __i__;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint n = g_rand_int_range (rand, 2000, 40000), hole = g_rand_int_range (rand, 700, 3000);
  guint at = g_rand_int_range (rand, 1, n), cut = g_rand_int_range (rand, 1, 2000);
  g_autofree gint16 *samples = input_noise (n, seed);
  g_autofree gint16 *whole = g_new0 (gint16, n + hole);
  memcpy (whole, samples, at * 2);
  memcpy (whole + at + hole, samples + at, (n - at) * 2);
  GstHarness *h = make_clip_harness (__i__ % 2 ? "mode=clip " PRESET :
      PRESET " frames-per-buffer=3", S16, NULL, ROW);
  push_s16 (h, samples, at, cut, 0);
  push_s16 (h, samples + at, n - at, cut,
      gst_util_uint64_scale (at + hole, GST_SECOND, 16000));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  fail_unless (count_ones (out.mask) == (n + hole + ROW - 1) / ROW, "seed %u", seed);
  assert_raw (&out, whole, n + hole, seed);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A day of silence in between is not computed. */
GST_START_TEST (test_a_day_later)
{
  const guint64 day = G_GUINT64_CONSTANT (24) * 3600 * 16000 + 77;
  g_autofree gint16 *samples = input_noise (2000, 6);
  GstHarness *h = make_harness (PRESET, S16, NULL);
  push_s16 (h, samples, 2000, 500, 0);
  push_s16 (h, samples, 2000, 500, gst_util_uint64_scale (day, GST_SECOND, 16000));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  fail_unless (out.pts->len < 20, "%u buffers", out.pts->len);
  for (guint i = 0; i < out.pts->len; i++)
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i),
        AT (out.offsets, guint64, i) * 40 * GST_MSECOND);
  guint last = out.pts->len - 1;
  fail_unless_equals_uint64 (AT (out.offsets, guint64, last), (day + 1999) / ROW);
  guint begin = AT (out.offsets, guint64, last) * ROW - day;
  for (guint i = 0; i < ROW; i++) {
    gfloat want = begin + i < 2000 ? samples[begin + i] / 32768.0f : 0.0f;
    fail_unless (AT (out.mel, gfloat, last * ROW + i) == want, "value %u", i);
  }
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_not_numbers)
{
  gfloat samples[ROW] = { 0 };
  samples[10] = NAN;
  samples[20] = -INFINITY;
  GstHarness *h = make_harness (__i__ ? "mode=clip " PRESET : PRESET, F32, NULL);
  GstBus *bus = watch (h->element);
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  fail_unless_equals_int (out.mel->len, ROW);
  for (guint i = 0; i < ROW; i++)
    fail_unless (AT (out.mel, gfloat, i) == 0.0f, "value %u", i);
  assert_message (bus, GST_MESSAGE_WARNING, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
      WORDS ("not finite", "silence"));
  output_clear (&out);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Nor does it become part of a clip without limit: the clip ends there. */
GST_START_TEST (test_clip_ends_at_a_day)
{
  const guint64 day = G_GUINT64_CONSTANT (24) * 3600 * 16000;
  g_autofree gint16 *samples = input_noise (4000, 8);
  GstHarness *h = make_clip_harness ("mode=clip " PRESET, S16, NULL, ROW);
  push_s16 (h, samples, 2000, 500, 0);
  push_s16 (h, samples + 2000, 2000, 500, gst_util_uint64_scale (day, GST_SECOND, 16000));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  fail_unless_equals_int (out.pts->len, 2);
  fail_unless_equals_int (out.mask->len, 8);
  fail_unless_equals_uint64 (AT (out.samples, guint64, 0), 2000);
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 1),
      gst_util_uint64_scale (day, GST_SECOND, 16000));
  fail_unless (AT (out.disconts, gboolean, 1));
  for (guint i = 0; i < 2000; i++)
    fail_unless (AT (out.mel, gfloat, 4 * ROW + i) == samples[2000 + i] / 32768.0f, "value %u", i);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audioraw_suite (void)
{
  Suite *s = suite_create ("audioraw");
  TCase *t = tcase_create ("rows");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_golden, 0, 2 * G_N_ELEMENTS (lengths));
  tcase_add_loop_test (t, test_caps, 0, 2);
  tcase_add_test (t, test_preset_of_caps);
  tcase_add_test (t, test_leaves_at_once);
  tcase_add_loop_test (t, test_no_limit, 0, 2);
  tcase_add_loop_test (t, test_random, 0, 20);
  tcase_add_test (t, test_a_day_later);
  tcase_add_test (t, test_clip_ends_at_a_day);
  tcase_add_loop_test (t, test_not_numbers, 0, 2);
  return s;
}

GST_CHECK_MAIN (audioraw);
