/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv: random lengths, cuts, holes and jitter against the oracle, odd
 * streams, and states. GEMMA4_TEST_SEED repeats a run. */

#include "audiooracle.h"
#include "audiotest.h"
#include "seed.h"

#include <gst/gemma4/gemma4.h>

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, 16000);
}

/* Rows of @out are those of @sound, to the core's bound. */
static void
assert_oracle (const Output *out, const gint16 *sound, gsize n, gboolean transformers,
    guint32 seed)
{
  RefLogMelParams params = transformers ? ref_logmel_transformers () : ref_logmel_kerashub ();
  guint n_rows = out->mask->len, n_valid = ref_logmel_n_valid (&params, n);
  fail_unless_equals_int (count_ones (out->mask), n_valid);
  fail_unless (n_rows > n_valid && n_rows <= n_valid + 8, "%u rows, %u valid", n_rows, n_valid);
  assert_oracle_rows (out, &params, sound, n, transformers ? n_valid : n_rows, seed);
}

/* Pushes @sound in random pieces; some of them silent, as GAP events, as GAP
 * buffers or not at all, and @sound is silenced there. Returns where the last buffer
 * ends: a GAP event behind it is no sound. */
static gsize
push_randomly (GstHarness *h, GRand *rand, gint16 *sound, gsize n, GstClockTime start)
{
  gsize max_piece = 1 << g_rand_int_range (rand, 1, 13);
  gboolean missing = FALSE;
  gsize end = 0;
  for (gsize at = 0; at < n;) {
    gsize drawn = g_rand_int_range (rand, 1, max_piece + 1);
    gsize piece = MIN (drawn, n - at);
    guint kind = g_rand_int_range (rand, 0, 10);
    gint64 jitter = missing ? 0 : g_rand_int_range (rand, -10000000, 10000000);
    GstClockTime pts = start + time_of (at);
    missing = FALSE;
    if (kind < 3)
      memset (sound + at, 0, piece * 2);
    if (kind == 0) {
      gst_harness_push_event (h, gst_event_new_gap (pts, start + time_of (at + piece) - pts));
    } else if (kind == 1 && at > 0 && piece > 700 && at + piece < n) {
      missing = TRUE;
    } else {
      GstBuffer *buffer = make_buffer (sound + at, piece * 2, at ? pts + jitter : pts);
      if (kind == 2)
        GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
      fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
      end = at + piece;
    }
    at += piece;
  }
  return end;
}

GST_START_TEST (test_random)
{
  guint32 seed = test_seed () * 1000 + __i__;
  GRand *rand = g_rand_new_with_seed (seed);
  gsize n = g_rand_int_range (rand, 1, 1 << g_rand_int_range (rand, 2, 16));
  gboolean transformers = g_rand_boolean (rand);
  GstClockTime start = GST_SECOND
      + g_rand_int_range (rand, 0, 1000000000) * G_GUINT64_CONSTANT (37);
  g_autofree gint16 *sound = input_noise (n, seed);
  GstHarness *h = make_harness (NULL, S16, transformers ? "other/tensors,target=transformers"
      : NULL);
  n = push_randomly (h, rand, sound, n, start);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);

  if (n > 0)
    assert_oracle (&out, sound, n, transformers, seed);
  else
    fail_unless_equals_int (out.pts->len, 0);
  fail_unless (out.n_samples == n, "seed %u: %" G_GUINT64_FORMAT " samples, not %zu", seed,
      out.n_samples, n);
  for (guint i = 0; i < out.pts->len; i++)
    fail_unless (AT (out.pts, GstClockTime, i) == start + i * time_of (640), "seed %u", seed);
  output_clear (&out);
  gst_harness_teardown (h);
  g_rand_free (rand);
}

GST_END_TEST;

/* Windows that are not two hops long: which rows are valid, and no buffer leaves
 * before all of its sound is there. */
static const guint windows[][3] = { {400, 100, 480}, {321, 250, 512}, {320, 1000, 512} };

GST_START_TEST (test_other_windows)
{
  const guint *w = windows[__i__ / 4];
  gboolean transformers = __i__ % 2;
  guint32 seed = test_seed () * 1000 + __i__;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  gsize n = g_rand_int_range (rand, 1, 20000), cut = g_rand_int_range (rand, 1, 2000);
  RefLogMelParams params = transformers ? ref_logmel_transformers () : ref_logmel_kerashub ();
  params.frame_length = w[0];
  params.hop_length = w[1];
  params.fft_length = w[2];
  g_autofree gint16 *sound = input_noise (n, seed);
  g_autofree gchar *settings = g_strdup_printf ("frame-length=%u stride=%u num-fft-bins=%u",
      w[0], w[1], w[2]);
  Output out = convert_s16 (settings, transformers ? "other/tensors,target=transformers" : NULL,
      sound, n, cut);
  guint n_valid = ref_logmel_n_valid (&params, n);
  fail_unless (count_ones (out.mask) == n_valid, "seed %u: %u valid rows of %zu samples, not %u",
      seed, count_ones (out.mask), n, n_valid);
  assert_oracle_rows (&out, &params, sound, n, n_valid, seed);
  fail_unless (out.n_samples == n, "seed %u: %" G_GUINT64_FORMAT " samples, not %zu", seed,
      out.n_samples, n);
  for (guint i = 0; i < out.pts->len; i++) {
    guint64 begin = 4 * i * w[1], left = n > begin ? n - begin : 0;
    fail_unless (AT (out.samples, guint64, i) == MIN (left, 4 * w[1]), "seed %u: buffer %u has %"
        G_GUINT64_FORMAT " samples", seed, i, AT (out.samples, guint64, i));
  }
  output_clear (&out);
}

GST_END_TEST;

/* A GAP that comes first is silence too when sound follows, and is passed on. */
GST_START_TEST (test_leading_gap)
{
  g_autofree gint16 *sound = input_noise (5000, 3);
  memset (sound, 0, 2000 * 2);
  GstHarness *h = make_harness (NULL, S16, NULL);
  gst_harness_push_event (h, gst_event_new_gap (GST_SECOND, time_of (2000)));
  push_s16 (h, sound + 2000, 3000, 640, GST_SECOND + time_of (2000));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  assert_oracle (&out, sound, 5000, FALSE, 3);
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), GST_SECOND);
  GstEvent *event;
  guint n_gaps = 0;
  while ((event = gst_harness_try_pull_event (h))) {
    n_gaps += GST_EVENT_TYPE (event) == GST_EVENT_GAP;
    gst_event_unref (event);
  }
  fail_unless_equals_int (n_gaps, 1);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Before there are caps nothing is known of the sound: GAP events pass. */
GST_START_TEST (test_gap_before_caps)
{
  GstHarness *h = make_harness (NULL, NULL, NULL);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_stream_start ("x"));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  gst_harness_push_event (h, gst_event_new_gap (0, GST_SECOND));
  gboolean passed = FALSE;
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (h))) {
    passed |= GST_EVENT_TYPE (event) == GST_EVENT_GAP;
    gst_event_unref (event);
  }
  fail_unless (passed, "the GAP event did not pass");
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A raw source counts bytes: time begins with its first sample. */
GST_START_TEST (test_bytes_segment)
{
  g_autofree gint16 *sound = input_noise (1300, 4);
  GstHarness *h = make_harness (NULL, S16, NULL);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  segment.start = segment.time = segment.position = 4096;
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  gst_harness_push (h, make_buffer (sound, 2600, GST_CLOCK_TIME_NONE));
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (h->sinkpad, GST_EVENT_SEGMENT, 0);
  const GstSegment *got;
  gst_event_parse_segment (event, &got);
  fail_unless_equals_int (got->format, GST_FORMAT_TIME);
  Output out = pull_all (h);
  fail_unless_equals_int (out.pts->len, 2);
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), 0);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A DURATION that is wrong changes nothing, nor does a buffer without samples,
 * whatever its time. */
GST_START_TEST (test_odd_buffers)
{
  const GstClockTime durations[] = { 0, 1, GST_SECOND, G_MAXINT64, G_MAXUINT64 - 1 };
  g_autofree gint16 *samples = input_noise (3200, 19);
  GstHarness *h = make_harness (NULL, S16, NULL);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.stop = time_of (3000);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  for (guint i = 0; i < 5; i++) {
    GstBuffer *buffer = make_buffer (samples + i * 640, 1280, time_of (i * 640));
    GST_BUFFER_DURATION (buffer) = durations[i];
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
    GstBuffer *empty = gst_buffer_new ();
    GST_BUFFER_PTS (empty) = i * GST_SECOND;
    fail_unless_equals_int (gst_harness_push (h, empty), GST_FLOW_OK);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 3000, 3000);
  assert_same_rows (&out, &want, "odd buffers");
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* What comes while nobody is linked is lost, and what comes after has its time. */
GST_START_TEST (test_unlinked)
{
  g_autofree gint16 *samples = input_noise (12000, 23);
  GstHarness *h = make_harness (NULL, S16, NULL);
  g_autoptr (GstPad) src = gst_element_get_static_pad (h->element, "src");
  push_s16 (h, samples, 4000, 4000, 0);
  gst_pad_unlink (src, h->sinkpad);
  fail_unless_equals_int (gst_harness_push (h, make_buffer (samples + 4000, 8000,
              time_of (4000))), GST_FLOW_NOT_LINKED);
  fail_unless_equals_int (gst_pad_link (src, h->sinkpad), GST_PAD_LINK_OK);
  push_s16 (h, samples + 8000, 4000, 4000, time_of (8000));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 12000, 12000);
  guint n_buffers = out.pts->len, n_lost = want.pts->len - n_buffers;
  fail_unless_equals_int (n_lost, 6);
  for (guint i = 0; i < n_buffers; i++) {
    guint k = i < 6 ? i : i + n_lost;
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i), AT (want.pts, GstClockTime, k));
    fail_unless (memcmp (&AT (out.mel, gfloat, i * 4 * 128), &AT (want.mel, gfloat,
                k * 4 * 128), 4 * 128 * sizeof (gfloat)) == 0, "buffer %u", i);
  }
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Full scale, denormals and a last byte too many are sound like any other. */
GST_START_TEST (test_extremes)
{
  const gsize n = 6400;
  g_autofree gint16 *square = g_new (gint16, n);
  for (gsize i = 0; i < n; i++)
    square[i] = i / 40 % 2 ? G_MAXINT16 : G_MININT16;
  Output out = convert_s16 (NULL, NULL, square, n, 333);
  assert_oracle (&out, square, n, FALSE, 0);
  output_clear (&out);

  gfloat tiny[641];
  for (guint i = 0; i < 641; i++)
    tiny[i] = 1e-40f;
  GstHarness *h = make_harness (NULL, F32, NULL);
  gst_harness_push (h, make_buffer (tiny, 640 * 4 + 3, 0));
  out = pull_all (h);
  fail_unless_equals_int (out.mask->len, 4);
  for (guint i = 0; i < out.mel->len; i++)
    fail_unless (AT (out.mel, gfloat, i) == (gfloat) log (0.001), "value %u is %g", i,
        AT (out.mel, gfloat, i));
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* The custom query of the packer: how long this stage has computed. */
GST_START_TEST (test_timing_query)
{
  g_autofree gint16 *sound = input_noise (64000, 5);
  GstHarness *h = make_harness (NULL, S16, NULL);
  g_autoptr (GstQuery) query = gst_query_new_custom (GST_QUERY_CUSTOM,
      gst_structure_new_empty ("gemma4-timing"));
  push_s16 (h, sound, 64000, 640, 0);
  fail_unless (gst_pad_peer_query (h->sinkpad, query));
  const GstStructure *s = gst_query_get_structure (query);
  guint64 busy;
  fail_unless_equals_string (gst_structure_get_string (s, "stage"), "conv");
  fail_unless (gst_structure_get_uint64 (s, "busy", &busy));
  fail_unless (busy > 0 && busy < 60 * GST_SECOND, "busy is %" G_GUINT64_FORMAT, busy);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* From PLAYING to NULL and back, with rows of before in work: they are gone. */
GST_START_TEST (test_states)
{
  g_autofree gint16 *sound = input_noise (1000, 6);
  GstElement *element = make_element (NULL);
  for (guint i = 0; i < 3; i++) {
    GstHarness *h = gst_harness_new_with_element (element, "sink", "src");
    gst_harness_set_src_caps_str (h, S16);
    push_s16 (h, sound, 1000, 1000, 0);
    Output out = pull_all (h);
    fail_unless_equals_int (out.mask->len, 4);
    fail_unless_equals_uint64 (AT (out.offsets, guint64, 0), 0);
    output_clear (&out);
    gst_harness_teardown (h);
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    g_object_set (element, "frames-per-buffer", 4, NULL);
  }
  gst_object_unref (element);
}

GST_END_TEST;

static Suite *
audiorandom_suite (void)
{
  Suite *s = suite_create ("audiorandom");
  TCase *t = tcase_create ("streams");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_random, 0, 60);
  tcase_add_loop_test (t, test_other_windows, 0, 4 * G_N_ELEMENTS (windows));
  tcase_add_test (t, test_leading_gap);
  tcase_add_test (t, test_gap_before_caps);
  tcase_add_test (t, test_bytes_segment);
  tcase_add_test (t, test_odd_buffers);
  tcase_add_test (t, test_unlinked);
  tcase_add_test (t, test_extremes);
  tcase_add_test (t, test_timing_query);
  tcase_add_test (t, test_states);
  return s;
}

GST_CHECK_MAIN (audiorandom);
