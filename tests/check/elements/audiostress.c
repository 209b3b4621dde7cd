/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv in long and in rough use: a day of sound, latency as a
 * pipeline asks for it, and several threads at once. */

#include "audiotest.h"
#include "restart.h"

#define TRANSFORMERS "other/tensors,target=transformers"

/* 24 h without a hole at a rate of which no sample lies on a whole nanosecond,
 * with timestamps that are rounded down and stray by up to 30 ms. */
GST_START_TEST (test_a_day)
{
  const guint rate = 441, hop = 63, rows = 1000, piece = 10007;
  const guint64 n = G_GUINT64_CONSTANT (24) * 3600 * rate;
  GstHarness *h = make_harness ("sampling-rate=441 stride=63 frame-length=16 num-fft-bins=16 "
      "num-mels=2 max-frequency=220 frames-per-buffer=1000",
      "audio/x-raw,format=S16LE,rate=441,channels=1,layout=interleaved", NULL);
  g_autofree gint16 *noise = input_noise (piece, 1);
  guint64 n_buffers = 0, n_disconts = 0;
  for (guint64 at = 0; at < n; at += piece) {
    gint64 jitter = at == 0 ? 0 : (gint64) (at % 61) * GST_MSECOND - 30 * GST_MSECOND;
    GstClockTime pts = GST_SECOND + gst_util_uint64_scale (at, GST_SECOND, rate) + jitter;
    gst_harness_push (h, make_buffer (noise, MIN (piece, n - at) * 2, pts));
    GstBuffer *buffer;
    while ((buffer = gst_harness_try_pull (h))) {
      fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), GST_SECOND
          + gst_util_uint64_scale (n_buffers * rows * hop, GST_SECOND, rate));
      n_disconts += GST_BUFFER_IS_DISCONT (buffer);
      n_buffers++;
      gst_buffer_unref (buffer);
    }
  }
  fail_unless_equals_uint64 (n_buffers, n / hop / rows);
  fail_unless_equals_uint64 (n_disconts, 1);
  gst_harness_teardown (h);
}

GST_END_TEST;

static const struct
{
  const gchar *settings, *downstream;
  gboolean live;
  GstClockTime min, max;        /* of upstream */
  GstClockTime own;
} latencies[] = {
  {NULL, NULL, TRUE, 10 * GST_MSECOND, 200 * GST_MSECOND, 40 * GST_MSECOND},
  {NULL, NULL, TRUE, 10 * GST_MSECOND, GST_CLOCK_TIME_NONE, 40 * GST_MSECOND},
  {NULL, NULL, FALSE, 0, GST_CLOCK_TIME_NONE, 40 * GST_MSECOND},
  {NULL, TRANSFORMERS, TRUE, 0, 0, 40062500},
  {"mode=clip", NULL, TRUE, 10 * GST_MSECOND, 200 * GST_MSECOND, 30 * GST_SECOND},
  {"mode=clip", TRANSFORMERS, FALSE, 0, GST_CLOCK_TIME_NONE, 30 * GST_SECOND},
};

static GstPadProbeReturn
answer_latency (GstPad *pad, GstPadProbeInfo *info, gpointer i)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  guint which = GPOINTER_TO_UINT (i);
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_PAD_PROBE_OK;
  gst_query_set_latency (query, latencies[which].live, latencies[which].min,
      latencies[which].max);
  return GST_PAD_PROBE_HANDLED;
}

/* Least and most grow by what the element holds; live stays what it is. */
GST_START_TEST (test_latency)
{
  GstHarness *h = make_harness (latencies[__i__].settings, S16, latencies[__i__].downstream);
  gst_pad_add_probe (h->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH,
      answer_latency, GUINT_TO_POINTER (__i__), NULL);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  fail_unless (gst_pad_peer_query (h->sinkpad, query));
  gboolean live;
  GstClockTime min, max, own = latencies[__i__].own;
  gst_query_parse_latency (query, &live, &min, &max);
  fail_unless_equals_int (live, latencies[__i__].live);
  fail_unless_equals_uint64 (min, latencies[__i__].min + own);
  fail_unless_equals_uint64 (max, GST_CLOCK_TIME_IS_VALID (latencies[__i__].max)
      ? latencies[__i__].max + own : GST_CLOCK_TIME_NONE);
  gst_harness_teardown (h);
}

GST_END_TEST;

static void
read_all (gpointer thread, gpointer data)
{
  GstHarness *h = data;
  guint n;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (h->element), &n);
  for (guint i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (h->element), specs[i]->name, &value);
    g_value_unset (&value);
  }
  gst_harness_query_latency (h);
}

typedef struct
{
  GstHarness *h;
  GstCaps *caps;
  GstBuffer *buffer;
  Restart restart;
} Feeder;

static void
feed_beginning (gpointer data)
{
  Feeder *feeder = data;
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (feeder->h->srcpad, gst_event_new_stream_start ("stress"));
  gst_pad_push_event (feeder->h->srcpad, gst_event_new_caps (feeder->caps));
  gst_pad_push_event (feeder->h->srcpad, gst_event_new_segment (&segment));
}

static void
feed_sound (gpointer thread, gpointer data)
{
  Feeder *feeder = data;
  g_rw_lock_reader_lock (&feeder->restart.lock);
  gst_pad_push (feeder->h->srcpad, gst_buffer_ref (feeder->buffer));
  g_rw_lock_reader_unlock (&feeder->restart.lock);
}

static const gchar *const uses[] = { NULL, "mode=clip max-audio-length=0.1 clip-overflow=split",
  "preset=gemma4_12b", "mode=clip preset=card max-audio-length=0.1 clip-overflow=split",
};

/* Sound, changes of state, RECONFIGURE, and reading of properties and latency,
 * all at once. */
GST_START_TEST (test_threads)
{
  g_autofree gint16 *noise = input_noise (1000, 2);
  GstHarness *h = make_harness (uses[__i__], NULL, NULL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (S16);
  g_autoptr (GstBuffer) buffer = make_buffer (noise, 2000, GST_CLOCK_TIME_NONE);
  g_autoptr (GstEvent) reconfigure = gst_event_new_reconfigure ();
  Feeder feeder = { h, caps, buffer, { h->element, feed_beginning, &feeder } };
  gst_harness_set_drop_buffers (h, TRUE);
  feed_beginning (&feeder);
  GPtrArray *threads = g_ptr_array_new ();
  g_ptr_array_add (threads, gst_harness_stress_custom_start (h, NULL, feed_sound, &feeder, 0));
  g_ptr_array_add (threads, gst_harness_stress_custom_start (h, NULL, read_all, h,
          G_USEC_PER_SEC / 1000));
  g_ptr_array_add (threads, gst_harness_stress_send_upstream_event_start (h, reconfigure));
  if (__i__ % 2)
    g_ptr_array_add (threads, gst_harness_stress_custom_start (h, NULL, restart_element,
            &feeder.restart, G_USEC_PER_SEC / 1000));
  g_usleep (G_USEC_PER_SEC / 5);
  guint n_fewest = G_MAXUINT;
  for (guint i = threads->len; i-- > 0;) {
    guint n = gst_harness_stress_thread_stop (threads->pdata[i]);
    n_fewest = MIN (n_fewest, n);
  }
  fail_unless (n_fewest > 0, "a thread did nothing");
  g_ptr_array_unref (threads);
  g_rw_lock_clear (&feeder.restart.lock);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* All settings can be set as often as one likes, and then the element plays. */
GST_START_TEST (test_settings)
{
  GstElement *element = make_element (NULL);
  g_autofree gint16 *noise = input_noise (16000, 3);
  GRand *rand = g_rand_new_with_seed (4);
  for (guint i = 0; i < 20; i++) {
    g_object_set (element, "frames-per-buffer", g_rand_int_range (rand, 1, 50),
        "num-mels", g_rand_int_range (rand, 1, 200), "dither", g_rand_double (rand) / 100,
        "mode", g_rand_int_range (rand, 0, 2), "clip-overflow", g_rand_int_range (rand, 0, 2),
        "preset", g_rand_boolean (rand) ? "card" : "gemma4_4b", NULL);
    GstHarness *h = gst_harness_new_with_element (element, "sink", "src");
    gst_harness_set_src_caps_str (h, S16);
    push_s16 (h, noise, 16000, 777, 0);
    gst_harness_push_event (h, gst_event_new_eos ());
    fail_unless (gst_harness_buffers_received (h) > 0, "round %u: nothing came", i);
    gst_harness_teardown (h);
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
  }
  g_rand_free (rand);
  gst_object_unref (element);
}

GST_END_TEST;

static Suite *
audiostress_suite (void)
{
  Suite *s = suite_create ("audiostress");
  TCase *t = tcase_create ("use");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_a_day);
  tcase_add_loop_test (t, test_latency, 0, G_N_ELEMENTS (latencies));
  tcase_add_loop_test (t, test_threads, 0, G_N_ELEMENTS (uses));
  tcase_add_test (t, test_settings);
  return s;
}

GST_CHECK_MAIN (audiostress);
