/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv mode=clip: several clips one after the other, and what
 * happens between them. GEMMA4_TEST_SEED repeats a run. */

#include "audioclip.h"
#include "seed.h"

#define N_MELS 128
#define TRANSFORMERS "other/tensors,target=transformers"
#define SPLIT "mode=clip max-audio-length=1 clip-overflow=split"
#define SHORT "mode=clip max-audio-length=2"
#define LONGEST 16000

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, 16000);
}

/* The next buffer is the clip of @n samples of @sound that begins at sample
 * @begin of the stream, and number @number. */
static void
assert_clip (GstHarness *h, const gchar *settings, const gchar *downstream,
    const gint16 *sound, gsize n, guint64 begin, guint number)
{
  GstBuffer *buffer = gst_harness_try_pull (h);
  fail_unless (buffer != NULL, "no clip %u", number);
  Output want = convert_s16 (settings, downstream, sound, n, n);
  fail_unless_equals_int (want.pts->len, 1);
  Output out = {
    .mel = g_array_new (FALSE, FALSE, sizeof (gfloat)),
    .mask = g_array_new (FALSE, FALSE, sizeof (gint32)),
  };
  take_tensors (&out, buffer);
  assert_same_rows (&out, &want, "a clip of several");
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), time_of (begin));
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), time_of (begin + n) - time_of (begin));
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (buffer), number);
  g_array_unref (out.mel);
  g_array_unref (out.mask);
  output_clear (&want);
  gst_buffer_unref (buffer);
}

static const gchar *const settings[] = { SPLIT, SPLIT, SPLIT " preset=card" };

/* Nothing is lost: each clip is the call on its own samples, and the next begins
 * where it ends, however the sound is cut into buffers. */
GST_START_TEST (test_nothing_lost)
{
  const gchar *downstream = __i__ % 3 == 1 ? TRANSFORMERS : NULL;
  guint32 seed = test_seed () * 1000 + __i__;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  gsize n = g_rand_int_range (rand, 700, 3 * LONGEST);
  gsize cut = 1 << g_rand_int_range (rand, 7, 16);
  g_autofree gint16 *sound = input_noise (n, seed);
  GstHarness *h = make_clip_harness (settings[__i__ % 3], S16, downstream, N_MELS);
  push_s16 (h, sound, n, cut, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  guint number = 0;
  for (gsize at = 0; at < n; at += LONGEST) {
    if (n - at < 160)
      break;
    assert_clip (h, settings[__i__ % 3], downstream, sound + at, MIN (n - at, LONGEST), at,
        number++);
  }
  assert_event_order (h);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A hole inside a clip is silence in it; of a long one, clips that are nothing
 * but silence are left out, and time goes on as it should. */
GST_START_TEST (test_holes)
{
  const gchar *downstream = __i__ % 2 ? TRANSFORMERS : NULL;
  guint64 hole = __i__ / 2 ? G_GUINT64_CONSTANT (86400) * LONGEST + 5000 : 5000;
  guint64 resumed = 4000 + hole;
  g_autofree gint16 *sound = g_new0 (gint16, 2 * LONGEST);
  g_autofree gint16 *noise = input_noise (8000, 3);
  GstHarness *h = make_clip_harness (SPLIT, S16, downstream, N_MELS);
  push_s16 (h, noise, 4000, 640, 0);
  push_s16 (h, noise + 4000, 4000, 640, time_of (resumed));
  gst_harness_push_event (h, gst_event_new_eos ());

  memcpy (sound, noise, 8000);
  memcpy (sound + resumed % LONGEST, noise + 4000, 8000);
  if (__i__ / 2 == 0) {
    assert_clip (h, SPLIT, downstream, sound, resumed + 4000, 0, 0);
  } else {
    memset (sound + resumed % LONGEST, 0, 8000);
    assert_clip (h, SPLIT, downstream, sound, LONGEST, 0, 0);
    memset (sound, 0, 8000);
    memcpy (sound + resumed % LONGEST, noise + 4000, 8000);
    assert_clip (h, SPLIT, downstream, sound, resumed % LONGEST + 4000,
        resumed / LONGEST * LONGEST, 1);
  }
  fail_unless (gst_harness_try_pull (h) == NULL, "more clips than sounds");
  gst_harness_teardown (h);
}

GST_END_TEST;

/* A new segment and a new stream end the clip. */
GST_START_TEST (test_segments)
{
  const gchar *downstream = __i__ ? TRANSFORMERS : NULL;
  g_autofree gint16 *sound = input_noise (9000, 8);
  GstHarness *h = make_clip_harness (SHORT, S16, downstream, N_MELS);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  push_s16 (h, sound, 3000, 1000, 0);
  segment.start = segment.time = 5 * GST_SECOND;
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  push_s16 (h, sound + 3000, 4000, 1000, 5 * GST_SECOND);
  gst_harness_push_event (h, gst_event_new_stream_start ("another"));
  assert_clip (h, SHORT, downstream, sound, 3000, 0, 0);
  assert_clip (h, SHORT, downstream, sound + 3000, 4000, 5 * 16000, 0);
  assert_event_order (h);
  gst_harness_teardown (h);
}

GST_END_TEST;

static GstPadProbeReturn
count_queries (GstPad *pad, GstPadProbeInfo *info, gpointer n)
{
  *(guint *) n += GST_QUERY_TYPE (GST_PAD_PROBE_INFO_QUERY (info)) == GST_QUERY_ALLOCATION;
  return GST_PAD_PROBE_OK;
}

/* ALLOCATION is asked after the first caps and on RECONFIGURE, not for new rows;
 * what RECONFIGURE leads to has all dimensions. */
GST_START_TEST (test_reconfigure)
{
  guint n_asked = 0;
  g_autofree gint16 *sound = input_noise (9000, 9);
  GstHarness *h = make_clip_harness ("mode=clip max-audio-length=0.1 clip-overflow=split", NULL,
      TRANSFORMERS, N_MELS);
  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH,
      count_queries, &n_asked, NULL);
  gst_harness_set_src_caps_str (h, S16);
  push_s16 (h, sound, 3200, 640, 0);
  fail_unless_equals_int (gst_harness_buffers_received (h), 2);
  fail_unless_equals_int (n_asked, 1);

  /* In the middle of a clip, which is unharmed. */
  push_s16 (h, sound + 3200, 800, 800, time_of (3200));
  gst_pad_push_event (h->sinkpad, gst_event_new_reconfigure ());
  push_s16 (h, sound + 4000, 1600, 800, time_of (4000));
  fail_unless_equals_int (gst_harness_buffers_received (h), 3);
  fail_unless_equals_int (n_asked, 2);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 4);
  fail_unless_equals_int (n_asked, 2);
  const gchar *all = "mode=clip max-audio-length=0.1 clip-overflow=split";
  for (guint i = 0; i < 3; i++)
    assert_clip (h, all, TRANSFORMERS, sound + 1600 * i, 1600, 1600 * i, i);
  assert_clip (h, all, TRANSFORMERS, sound + 4800, 800, 4800, 3);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Another target ends the clip in work, which leaves as it was begun; where its
 * caps are not out yet they cannot be taken any more, and that is an error. */
GST_START_TEST (test_target_change)
{
  const gchar *targets[] = { "other/tensors,target=kerashub", TRANSFORMERS };
  const gchar *from = targets[__i__], *to = targets[!__i__];
  g_autofree gint16 *sound = input_noise (9000, 10);
  GstHarness *h = make_clip_harness (SHORT, S16, from, N_MELS);
  GstBus *bus = watch (h->element);
  push_s16 (h, sound, 4000, 1000, 0);
  gst_harness_set_sink_caps_str (h, to);
  gst_pad_push_event (h->sinkpad, gst_event_new_reconfigure ());
  push_s16 (h, sound + 4000, 5000, 1000, time_of (4000));
  gst_harness_push_event (h, gst_event_new_eos ());
  if (__i__ == 0) {
    assert_clip (h, SHORT, from, sound, 4000, 0, 0);
  } else {
    assert_message (bus, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
        WORDS ("another target", "between clips"));
  }
  assert_clip (h, SHORT, to, sound + 4000, 5000, 4000, 0);
  fail_unless (gst_harness_try_pull (h) == NULL, "one clip too many");
  unwatch (bus);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Who takes only clips of 99 rows gets an error that says so. */
GST_START_TEST (test_refused_length)
{
  g_autofree gint16 *sound = input_noise (20000, 11);
  GstHarness *h = make_harness ("mode=clip", S16,
      "other/tensors,target=transformers,dimensions=(string)\"128:99,99\"");
  GstBus *bus = watch (h->element);
  push_s16 (h, sound, 20000, 1000, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  assert_message (bus, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
      WORDS ("dimensions=128:99,99", "dimensions=128:125,125", "length of a clip"));
  unwatch (bus);
  gst_harness_teardown (h);

  h = make_harness ("mode=clip", S16,
      "other/tensors,target=transformers,dimensions=(string)\"128:99,99\"");
  push_s16 (h, sound, 16000, 1000, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audiosplit_suite (void)
{
  Suite *s = suite_create ("audiosplit");
  TCase *t = tcase_create ("clips");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_nothing_lost, 0, 9);
  tcase_add_loop_test (t, test_holes, 0, 4);
  tcase_add_loop_test (t, test_segments, 0, 2);
  tcase_add_test (t, test_reconfigure);
  tcase_add_loop_test (t, test_target_change, 0, 2);
  tcase_add_test (t, test_refused_length);
  return s;
}

GST_CHECK_MAIN (audiosplit);
