/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv and GAP events: they show time, and are silence only between two
 * sounds. */

#include "audiotest.h"

static const struct
{
  const gchar *settings, *downstream;
} kinds[] = {
  {NULL, NULL},
  {NULL, "other/tensors,target=transformers"},
  {"frames-per-buffer=50", NULL},
  {"preset=gemma4_instruct_12b", NULL},
};

#define N_KINDS G_N_ELEMENTS (kinds)

static const guint lengths[] = { 100, 640, 1000, 4160, 48001 };

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, 16000);
}

static GstHarness *
harness_of (guint kind)
{
  return make_harness (kinds[kind].settings, S16, kinds[kind].downstream);
}

static void
push_gap (GstHarness *h, guint64 at, guint64 n_samples)
{
  fail_unless (gst_harness_push_event (h, gst_event_new_gap (time_of (at),
              time_of (at + n_samples) - time_of (at))));
}

/* What came beside buffers: the rows of gemma4-tail events, and how many GAPs. */
static Output
pull_tails (GstHarness *h, guint *n_gaps)
{
  Output out = output_new ();
  GstEvent *event;
  *n_gaps = 0;
  while ((event = gst_harness_try_pull_event (h))) {
    *n_gaps += GST_EVENT_TYPE (event) == GST_EVENT_GAP;
    if (gst_event_has_name (event, "gemma4-tail")) {
      const GValue *value = gst_structure_get_value (gst_event_get_structure (event), "buffer");
      take_buffer (&out, gst_value_get_buffer (value));
      fail_unless_equals_int (*n_gaps, 0);
    }
    gst_event_unref (event);
  }
  return out;
}

/* GAPs behind the last sample change nothing of what comes out at EOS, and what the
 * first of them makes known is what EOS would have left. */
GST_START_TEST (test_behind_the_end)
{
  guint kind = __i__ % N_KINDS, n = lengths[__i__ / N_KINDS], n_gaps;
  g_autofree gint16 *samples = input_noise (n, 40 + __i__);
  Output want = convert_s16 (kinds[kind].settings, kinds[kind].downstream, samples, n, 640);
  GstHarness *h = harness_of (kind);
  push_s16 (h, samples, n, 640, 0);
  guint n_before = gst_harness_buffers_received (h);
  for (guint i = 0; i < 40; i++)
    push_gap (h, n + i * 1600, 1600);
  fail_unless_equals_int (gst_harness_buffers_received (h), n_before);
  Output tail = pull_tails (h, &n_gaps);
  fail_unless_equals_int (n_gaps, 40);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  Output out = pull_all (h);
  assert_same_rows (&out, &want, "behind the end");
  fail_unless_equals_uint64 (out.n_samples, n);
  guint n_tail = tail.mel->len;
  fail_unless_equals_int (n_before + tail.pts->len, want.pts->len);
  fail_unless (n_tail <= want.mel->len);
  for (guint i = 0; i < n_tail; i++)
    fail_unless (AT (tail.mel, gfloat, i) == AT (want.mel, gfloat, want.mel->len - n_tail + i),
        "the tail is another one than at EOS");
  for (guint i = 0; i < tail.pts->len; i++)
    fail_unless_equals_uint64 (AT (tail.pts, GstClockTime, i),
        AT (want.pts, GstClockTime, n_before + i));
  output_clear (&tail);
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Nothing but gaps is no sound. */
GST_START_TEST (test_gaps_alone)
{
  GstHarness *h = harness_of (__i__);
  push_gap (h, 0, 16000);
  push_gap (h, 16000, 160000);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Sound, a hole that gaps of @gap samples show from @late samples behind the sound's
 * end on, then the @late samples, then sound: each belongs where its PTS says. */
static void
check_late (guint kind, guint late, guint gap)
{
  const guint n = 5000, hole = 30000;
  g_autofree gint16 *samples = input_noise (2 * n, 50);
  g_autofree gint16 *whole = g_new0 (gint16, 2 * n + hole);
  memcpy (whole, samples, n * 2);
  memcpy (whole + n + hole, samples + n, n * 2);
  GstHarness *h = harness_of (kind);
  GstBus *bus = watch (h->element);
  push_s16 (h, samples, n - late, 500, 0);
  for (guint at = n; at < n + hole; at += MAX (gap, hole / 2))
    push_gap (h, at + (gap ? 0 : hole / 2), gap);
  if (late)
    push_s16 (h, samples + n - late, late, late, time_of (n - late));
  push_s16 (h, samples + n, n, 500, time_of (n + hole));
  push_gap (h, 2 * n + hole, 16000);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (kinds[kind].settings, kinds[kind].downstream, whole, 2 * n + hole,
      640);
  assert_same_rows (&out, &want, "late sound");
  fail_unless_equals_uint64 (out.n_samples, 2 * n + hole);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "there is a warning");
  output_clear (&out);
  output_clear (&want);
  unwatch (bus);
  gst_harness_teardown (h);
}

/* A resampler's 8 ms, a decoder's frame; gaps as matroskademux and mpegts send them. */
GST_START_TEST (test_late_sound)
{
  const guint late[] = { 0, 128, 1024 }, gaps[] = { 0, 15000, 30000 };
  check_late (__i__ % N_KINDS, late[__i__ / N_KINDS % 3], gaps[__i__ / N_KINDS / 3]);
}

GST_END_TEST;

/* A demuxer's GAPs may come before all sound of a short track: that belongs where its PTS
 * says, and nothing is silence. */
GST_START_TEST (test_gaps_before_all)
{
  guint kind = __i__ % N_KINDS, n = 5000;
  g_autofree gint16 *samples = input_noise (n, 51);
  GstHarness *h = harness_of (kind);
  GstBus *bus = watch (h->element);
  for (guint at = 40000; at < 200000; at += 32000)
    push_gap (h, at, 32000);
  push_s16 (h, samples, n, 1024, time_of (1600));
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (kinds[kind].settings, kinds[kind].downstream, samples, n, 640);
  assert_same_rows (&out, &want, "sound behind gaps");
  fail_unless_equals_uint64 (out.n_samples, n);
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), time_of (1600));
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "there is a warning");
  output_clear (&out);
  output_clear (&want);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

static GstPadProbeReturn
note_span (GstPad *pad, GstPadProbeInfo *info, gpointer span)
{
  GstClockTime *times = span;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
    GstBuffer *last = gst_buffer_list_get (list, gst_buffer_list_length (list) - 1);
    fail_unless (times[0] == GST_CLOCK_TIME_NONE, "the silence came in parts");
    times[0] = GST_BUFFER_PTS (gst_buffer_list_get (list, 0));
    times[1] = GST_BUFFER_PTS (last) + GST_BUFFER_DURATION (last);
  }
  return GST_PAD_PROBE_OK;
}

/* The silence of a hole and the sample behind it come at once, of GAPs and of times that
 * jump: a cut inside the hole has all of it or nothing. */
GST_START_TEST (test_whole_hole)
{
  const guint n = 5000, hole = 48000;
  GstClockTime span[2] = { GST_CLOCK_TIME_NONE };
  g_autofree gint16 *samples = input_noise (n, 52);
  GstHarness *h = make_harness (NULL, S16, NULL);
  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
      note_span, span, NULL);
  push_s16 (h, samples, n, 1000, 0);
  if (__i__)
    push_gap (h, n, hole);
  fail_unless (span[0] == GST_CLOCK_TIME_NONE);
  push_s16 (h, samples, n, n, time_of (n + hole));
  fail_unless (span[0] <= time_of (n) && span[1] > time_of (n + hole));
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A gap as short as a packet's is heard as silence, however often one comes. */
GST_START_TEST (test_short_gaps)
{
  const guint piece[] = { 160, 320, 960 };
  guint n = piece[__i__];
  g_autofree gint16 *samples = input_noise (20 * n, 60);
  GstHarness *h = harness_of (0);
  for (guint i = 0; i < 20; i++) {
    if (i % 2) {
      memset (samples + i * n, 0, n * 2);
      push_gap (h, i * n, n);
    } else {
      push_s16 (h, samples + i * n, n, n, time_of (i * n));
    }
  }
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 19 * n, 640);
  assert_same_rows (&out, &want, "short gaps");
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A flush and a new segment forget what gaps showed. */
GST_START_TEST (test_begins_anew)
{
  g_autofree gint16 *samples = input_noise (3000, 61);
  GstHarness *h = harness_of (0);
  push_s16 (h, samples, 1000, 500, 0);
  push_gap (h, 1000, 160000);
  if (__i__ == 0) {
    gst_harness_push_event (h, gst_event_new_flush_start ());
    gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  }
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = 20 * GST_SECOND;
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  Output before = pull_all (h);
  push_s16 (h, samples, 3000, 500, 20 * GST_SECOND);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (NULL, NULL, samples, 3000, 640);
  assert_same_rows (&out, &want, "anew");
  fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), 20 * GST_SECOND);
  fail_unless_equals_uint64 (before.n_samples, __i__ == 0 ? 640 : 1000);
  output_clear (&before);
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* What a resampler still had of a pass comes behind SEGMENT_DONE, before the next
 * segment or behind it: it is not the next pass's. */
GST_START_TEST (test_left_over)
{
  const gchar *settings = __i__ < 2 ? NULL : "mode=clip";
  gboolean behind = __i__ % 2;
  g_autofree gint16 *samples = input_noise (16000, 63);
  GstHarness *h = make_harness (settings, S16, NULL);
  GstBus *bus = watch (h->element);
  Output want = convert_s16 (settings, NULL, samples, 15872, 640);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.stop = GST_SECOND;
  for (guint pass = 0; pass < 3; pass++) {
    segment.base = pass * GST_SECOND;
    if (pass && !behind)
      push_s16 (h, samples + 15872, 128, 128, time_of (15872));
    gst_harness_push_event (h, gst_event_new_segment (&segment));
    Output left = pull_all (h);
    fail_unless_equals_int (left.pts->len, pass && !behind && !settings);
    output_clear (&left);
    if (pass && behind)
      push_s16 (h, samples + 15872, 128, 128, time_of (15872));
    push_s16 (h, samples, 15872, 992, 0);
    gst_harness_push_event (h, gst_event_new_segment_done (GST_FORMAT_TIME, GST_SECOND));
    Output out = pull_all (h);
    assert_same_rows (&out, &want, "a pass");
    fail_unless_equals_uint64 (AT (out.pts, GstClockTime, 0), 0);
    output_clear (&out);
  }
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING) == NULL, "there is a warning");
  output_clear (&want);
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A clip ends with its last sample, and has the silence before it. */
GST_START_TEST (test_clip)
{
  const gchar *settings = __i__ < 2 ? "mode=clip" : "mode=clip preset=gemma4_instruct_12b";
  gboolean between = __i__ % 2;
  guint n = 16000 + (between ? 16000 + 800 : 0);
  g_autofree gint16 *samples = input_noise (n, 62);
  if (between)
    memset (samples + 16000, 0, 16000 * 2);
  GstHarness *h = make_harness (settings, S16, NULL);
  push_s16 (h, samples, 16000, 1000, 0);
  push_gap (h, 16000, 16000);
  if (between) {
    push_s16 (h, samples + 32000, 800, 800, time_of (32000));
    push_gap (h, n, 16000);
  }
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  Output out = pull_all (h);
  Output want = convert_s16 (settings, NULL, samples, n, 640);
  fail_unless_equals_int (out.pts->len, 1);
  assert_same_rows (&out, &want, "clip");
  fail_unless_equals_uint64 (out.n_samples, n);
  output_clear (&out);
  output_clear (&want);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audiogaps_suite (void)
{
  Suite *s = suite_create ("audiogaps");
  TCase *t = tcase_create ("gaps");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_behind_the_end, 0, N_KINDS * G_N_ELEMENTS (lengths));
  tcase_add_loop_test (t, test_gaps_alone, 0, N_KINDS);
  tcase_add_loop_test (t, test_late_sound, 0, N_KINDS * 9);
  tcase_add_loop_test (t, test_gaps_before_all, 0, N_KINDS);
  tcase_add_loop_test (t, test_whole_hole, 0, 2);
  tcase_add_loop_test (t, test_short_gaps, 0, 3);
  tcase_add_loop_test (t, test_begins_anew, 0, 2);
  tcase_add_loop_test (t, test_left_over, 0, 4);
  tcase_add_loop_test (t, test_clip, 0, 4);
  return s;
}

GST_CHECK_MAIN (audiogaps);
