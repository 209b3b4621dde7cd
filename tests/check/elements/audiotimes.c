/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv: times, holes, flushes, segments and latency. */

#include "audiotest.h"

#define N_MELS 128
#define CHUNK (640 * GST_SECOND / 16000)

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, 16000);
}

GST_START_TEST (test_start_offset)
{
  const GstClockTime start = 3 * GST_SECOND + 1234567;
  g_autofree gint16 *samples = input_noise (6400, 1);
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_s16 (h, samples, 6400, 997, start);
  Output out = pull_all (h);
  fail_unless_equals_int (out.pts->len, 10);
  for (guint i = 0; i < 10; i++) {
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i), start + i * CHUNK);
    fail_unless_equals_uint64 (AT (out.offsets, guint64, i), i * 4);
    fail_unless_equals_int (AT (out.disconts, gboolean, i), i == 0);
  }
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* 44,100 Hz: no row lies on a whole nanosecond, and none may drift. */
GST_START_TEST (test_no_drift)
{
  const gsize n = 44100 * 20;
  g_autofree gint16 *samples = input_noise (n, 2);
  GstHarness *h = make_harness ("sampling-rate=44100 stride=441 frame-length=882 "
      "num-fft-bins=1024 frames-per-buffer=7", "audio/x-raw,format=S16LE,rate=44100,channels=1,"
      "layout=interleaved", NULL);
  for (gsize i = 0; i < n; i += 1023)
    gst_harness_push (h, make_buffer (samples + i, MIN (1023, n - i) * 2,
            gst_util_uint64_scale (i, GST_SECOND, 44100)));
  Output out = pull_all (h);
  fail_unless_equals_int (out.pts->len, 2000 / 7);
  for (guint i = 0; i < out.pts->len; i++)
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i),
        gst_util_uint64_scale (i * 7 * 441, GST_SECOND, 44100));
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A day later a row stands where it should, to the nanosecond; of the silence
 * between only the ends are computed. */
GST_START_TEST (test_a_day_later)
{
  const guint64 day = G_GUINT64_CONSTANT (24) * 3600 * 16000 + 77;
  g_autofree gint16 *samples = input_noise (6400, 4);
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_s16 (h, samples, 6400, 640, 0);
  push_s16 (h, samples, 6400, 640, time_of (day));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  fail_unless (out.pts->len < 100, "%u buffers", out.pts->len);
  guint64 last = AT (out.offsets, guint64, out.pts->len - 1);
  fail_unless_equals_uint64 (last, (day + 6400) / 640 * 4);
  for (guint i = 0; i < out.pts->len; i++)
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i),
        time_of (AT (out.offsets, guint64, i) * 160));

  /* Its sound is what a short silence would have led to. */
  GstHarness *near = make_harness (NULL, S16, NULL);
  push_s16 (near, samples, 6400, 640, 0);
  push_s16 (near, samples, 6400, 640, time_of (6400 * 3 + 77));
  gst_harness_push_event (near, gst_event_new_eos ());
  Output want = pull_all (near);
  guint n = 12 * 4 * N_MELS;
  fail_unless (memcmp (&AT (out.mel, gfloat, out.mel->len - n),
          &AT (want.mel, gfloat, want.mel->len - n), n * sizeof (gfloat)) == 0);
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (near);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Sound, a hole of @hole samples made by @how, sound: rows as if it were silence. */
static void
check_hole (guint hole, guint how)
{
  g_autofree gint16 *samples = input_noise (8000, 6);
  g_autofree gint16 *whole = g_new0 (gint16, 8000 + hole);
  memcpy (whole, samples, 8000);
  memcpy (whole + 4000 + hole, samples + 4000, 8000);
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_s16 (h, samples, 4000, 500, 0);
  if (how == 1) {
    gst_harness_push_event (h, gst_event_new_gap (time_of (4000), time_of (hole)));
  } else if (how == 2) {
    g_autofree gint16 *noise = input_noise (hole, 8);
    GstBuffer *gap = make_buffer (noise, hole * 2, time_of (4000));
    GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
    gst_harness_push (h, gap);
  }
  push_s16 (h, samples + 4000, 4000, 500, time_of (4000 + hole));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, whole, 8000 + hole, 640);
  assert_same_rows (&out, &want, "hole");
  fail_unless_equals_uint64 (out.n_samples, 8000 + hole);

  guint n_disconts = 0;
  for (guint i = 0; i < out.pts->len; i++) {
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i), i * CHUNK);
    n_disconts += AT (out.disconts, gboolean, i);
  }
  fail_unless_equals_int (n_disconts, how == 0 ? 2 : 1);
  if (how == 0)
    fail_unless (AT (out.disconts, gboolean, 4000 / 640), "no DISCONT where the hole is");
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_START_TEST (test_hole)
{
  const guint holes[] = { 641, 1600, 16003 };
  check_hole (holes[__i__ / 3], __i__ % 3);
}

GST_END_TEST;

/* Jitter below 40 ms, DISCONT flag or not, changes nothing. */
GST_START_TEST (test_jitter)
{
  const gint jitter[] = { 0, 500, -500, 639, -639, 0 };
  g_autofree gint16 *samples = input_noise (6000, 10);
  GstHarness *h = make_harness (NULL, S16, NULL);
  for (guint i = 0; i < 6; i++) {
    GstBuffer *buffer = make_buffer (samples + i * 1000, 2000,
        GST_SECOND + i * time_of (1000) + jitter[i] * (gint64) (GST_SECOND / 16000));
    if (i == 3)
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    gst_harness_push (h, buffer);
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 6000, 6000);
  assert_same_rows (&out, &want, "jitter");
  for (guint i = 0; i < out.pts->len; i++) {
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i), GST_SECOND + i * CHUNK);
    fail_unless_equals_int (AT (out.disconts, gboolean, i), i == 0);
  }
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Sound that was there before is dropped, however it is cut, and that is said. */
GST_START_TEST (test_overlap)
{
  g_autofree gint16 *samples = input_noise (8000, 12);
  GstHarness *h = make_harness (NULL, S16, NULL);
  GstBus *bus = watch (h->element);
  push_s16 (h, samples, 4000, 500, GST_SECOND);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "warned too early");
  push_s16 (h, samples + 2000, 3000, 300, GST_SECOND + time_of (2000));
  push_s16 (h, samples + 4000, 4000, 300, GST_SECOND + time_of (4000));
  assert_message (bus, GST_MESSAGE_WARNING, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
      WORDS ("went back by 0.125 s", "left out"));
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "warned twice");
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 8000, 8000);
  assert_same_rows (&out, &want, "overlap");
  fail_unless_equals_uint64 (out.n_samples, 8000);
  output_clear (&out);
  output_clear (&want);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_no_timestamps)
{
  g_autofree gint16 *samples = input_noise (3200, 13);
  GstHarness *h = make_harness (NULL, S16, NULL);
  for (guint i = 0; i < 10; i++)
    gst_harness_push (h, make_buffer (samples + i * 320, 640, GST_CLOCK_TIME_NONE));
  Output out = pull_all (h);
  fail_unless_equals_int (out.pts->len, 5);
  for (guint i = 0; i < 5; i++)
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, i), i * CHUNK);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

static void
push_segment (GstHarness *h, gdouble rate, GstClockTime start, GstClockTime stop)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  segment.start = segment.time = start;
  segment.stop = stop;
  gst_harness_push_event (h, gst_event_new_segment (&segment));
}

/* Nothing of before the flush comes out, and rows count from the seek on. */
GST_START_TEST (test_flush)
{
  g_autofree gint16 *samples = input_noise (8000, 14);
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_s16 (h, samples, 700, 700, 0);
  gst_buffer_unref (gst_harness_pull (h));
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  push_segment (h, 1.0, 10 * GST_SECOND, GST_CLOCK_TIME_NONE);
  push_s16 (h, samples + 1000, 7000, 160, 10 * GST_SECOND);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples + 1000, 7000, 7000);
  assert_same_rows (&out, &want, "flush");
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), 10 * GST_SECOND);
  fail_unless_equals_uint64 (AT (out.offsets, guint64, 0), 0);
  fail_unless (AT (out.disconts, gboolean, 0));
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Only what lies in the segment is heard. */
GST_START_TEST (test_clip)
{
  g_autofree gint16 *samples = input_noise (16000, 15);
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_segment (h, 1.0, time_of (3333), time_of (9999));
  push_s16 (h, samples, 16000, 1600, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples + 3333, 9999 - 3333, 9999);
  assert_same_rows (&out, &want, "clip");
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), time_of (3333));
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A new segment ends the sound before it; an update of the old one does not. */
GST_START_TEST (test_segments)
{
  g_autofree gint16 *samples = input_noise (2000, 16);
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_s16 (h, samples, 1000, 1000, 0);
  push_segment (h, 1.0, 0, 100 * GST_SECOND);
  push_s16 (h, samples + 1000, 500, 500, time_of (1000));
  /* One that begins where the sound is. */
  GstSegment next;
  gst_segment_init (&next, GST_FORMAT_TIME);
  next.start = next.time = next.base = time_of (1500);
  gst_harness_push_event (h, gst_event_new_segment (&next));
  push_s16 (h, samples + 1500, 500, 500, time_of (1500));
  gint64 position;
  fail_unless (gst_pad_peer_query_position (h->sinkpad, GST_FORMAT_TIME, &position));
  fail_unless_equals_int64 (position, time_of (1920));
  push_segment (h, 1.0, 5 * GST_SECOND, GST_CLOCK_TIME_NONE);
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 2000, 2000);
  assert_same_rows (&out, &want, "update");
  output_clear (&want);
  output_clear (&out);

  push_s16 (h, samples, 2000, 2000, 5 * GST_SECOND);
  gst_harness_push_event (h, gst_event_new_eos ());
  out = pull_all (h);
  want = convert_s16 (NULL, NULL, samples, 2000, 2000);
  assert_same_rows (&out, &want, "second segment");
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), 5 * GST_SECOND);
  output_clear (&want);
  output_clear (&out);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_backwards)
{
  GstHarness *h = make_harness (NULL, S16, NULL);
  GstBus *bus = watch (h->element);
  push_segment (h, -1.0, 0, GST_SECOND);
  assert_message (bus, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED,
      WORDS ("backwards", "-1"));
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A faster rate changes nothing: rows have the times of the media. */
GST_START_TEST (test_fast)
{
  g_autofree gint16 *samples = input_noise (2000, 17);
  GstHarness *h = make_harness (NULL, S16, NULL);
  push_segment (h, 2.0, 0, GST_CLOCK_TIME_NONE);
  push_s16 (h, samples, 2000, 500, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 2000, 2000);
  assert_same_rows (&out, &want, "rate 2");
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 1), CHUNK);
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Samples that a buffer waits for, as the query and a live source tell it. */
static const struct
{
  const gchar *settings, *downstream;
  guint n_samples;              /* that the first buffer needs */
  guint n_stated;
} latencies[] = {
  {NULL, NULL, 640, 640},
  {NULL, "other/tensors,target=transformers", 641, 641},
  {"frames-per-buffer=1", NULL, 160, 160},
  {"frames-per-buffer=100", NULL, 16000, 16000},
  /* Only row 0 of a reflected signal needs the 201st sample. */
  {"preset=card frames-per-buffer=1", NULL, 201, 201},
  {"preset=card", NULL, 680, 681},
  {"stride=1000 frames-per-buffer=2", NULL, 2000, 2000},
};

GST_START_TEST (test_latency)
{
  GstHarness *h = make_harness (latencies[__i__].settings, S16, latencies[__i__].downstream);
  guint n_samples = latencies[__i__].n_samples;
  GstClockTime want = gst_util_uint64_scale_ceil (latencies[__i__].n_stated, GST_SECOND, 16000);
  gst_harness_set_upstream_latency (h, 7 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (h), 7 * GST_MSECOND + want);

  g_autofree gint16 *samples = input_noise (n_samples, 18);
  push_s16 (h, samples, n_samples - 1, 100, 0);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  push_s16 (h, samples + n_samples - 1, 1, 1, time_of (n_samples - 1));
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_latency_message)
{
  GstHarness *h = make_harness (NULL, NULL, "other/tensors,target=transformers");
  GstBus *bus = watch (h->element);
  gst_harness_set_src_caps_str (h, S16);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_LATENCY);
  fail_unless (message != NULL, "the latency grew by a sample, and nobody was told");
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audiotimes_suite (void)
{
  Suite *s = suite_create ("audiotimes");
  TCase *t = tcase_create ("times");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_start_offset);
  tcase_add_test (t, test_no_drift);
  tcase_add_test (t, test_a_day_later);
  tcase_add_loop_test (t, test_hole, 0, 9);
  tcase_add_test (t, test_jitter);
  tcase_add_test (t, test_overlap);
  tcase_add_test (t, test_no_timestamps);
  tcase_add_test (t, test_flush);
  tcase_add_test (t, test_clip);
  tcase_add_test (t, test_segments);
  tcase_add_test (t, test_backwards);
  tcase_add_test (t, test_fast);
  tcase_add_loop_test (t, test_latency, 0, G_N_ELEMENTS (latencies));
  tcase_add_test (t, test_latency_message);
  return s;
}

GST_CHECK_MAIN (audiotimes);
