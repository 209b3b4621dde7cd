/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4textdec under many threads at once; tests/stress.sh runs it under
 * ThreadSanitizer. */

#include "restart.h"
#include "stress.h"
#include "tree.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#define N_IDS 256               /* <turn|> is among them */
#define IDS "other/tensors,format=(string)static,num_tensors=(int)1,types=(string)int32," \
    "dimensions=(string)256,framerate=(fraction)0/1"

/* Two share what is interned of the preset @tree. */
static GstHarness *
new_harness (const gchar *tree)
{
  GstElement *dec = gst_element_factory_make ("gemma4textdec", NULL);
  g_object_set (dec, "tokenizer", tree, "accumulate", TRUE, NULL);
  GstHarness *h = gst_harness_new_with_element (dec, "sink", "src");
  gst_object_unref (dec);
  gst_harness_set_drop_buffers (h, TRUE);
  return h;
}

static GstBuffer *
ids_buffer (void)
{
  gint32 ids[N_IDS];
  for (guint i = 0; i < N_IDS; i++)
    ids[i] = i;
  GstBuffer *buffer = gst_buffer_new_memdup (ids, sizeof ids);
  GST_BUFFER_PTS (buffer) = 0;
  return buffer;
}

typedef struct
{
  GstHarness *h;
  Restart restart;
} Speaker;

/* A stream from its start until it is flushed. */
static void
stream (gpointer thread, gpointer data)
{
  Speaker *speaker = data;
  GstHarness *h = speaker->h;
  GstSegment segment;
  GstEvent *event;
  g_autoptr (GstCaps) caps = gst_caps_from_string (IDS);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_rw_lock_reader_lock (&speaker->restart.lock);
  gst_harness_push_event (h, gst_event_new_stream_start ("ids"));
  gst_harness_push_event (h, gst_event_new_caps (caps));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  for (guint i = 0; i < 4; i++)
    gst_harness_push (h, ids_buffer ());
  gst_harness_push_event (h, gst_event_new_gap (GST_SECOND, GST_SECOND));
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  g_rw_lock_reader_unlock (&speaker->restart.lock);
  while ((event = gst_harness_try_pull_event (h)))
    gst_event_unref (event);
}

static void
start_threads (GPtrArray *threads, Speaker *speaker, gboolean change_states)
{
  GstHarness *h = speaker->h;
  GValue stops = G_VALUE_INIT;
  g_autoptr (GstEvent) reconfigure = gst_event_new_reconfigure ();
  g_value_init (&stops, G_TYPE_STRING);
  g_value_set_static_string (&stops, "<turn|>");
  g_ptr_array_add (threads, gst_harness_stress_custom_start (h, NULL, stream, speaker, 100));
  g_ptr_array_add (threads, gst_harness_stress_property_start (h, "stop-tokens", &stops));
  g_ptr_array_add (threads, gst_harness_stress_send_upstream_event_start (h, reconfigure));
  if (change_states)
    g_ptr_array_add (threads, gst_harness_stress_custom_start (h, NULL, restart_element,
            &speaker->restart, G_USEC_PER_SEC / 1000));
  g_value_unset (&stops);
}

GST_START_TEST (test_threads)
{
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  GstHarness *decs[] = { new_harness (tree), new_harness (tree) };
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  Speaker speakers[G_N_ELEMENTS (decs)] = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (decs); i++) {
    speakers[i].h = decs[i];
    speakers[i].restart.element = decs[i]->element;
    start_threads (threads, &speakers[i], __i__);
  }
  g_usleep (stress_seconds () * G_USEC_PER_SEC / 4);
  guint n_fewest = G_MAXUINT;
  for (guint i = threads->len; i-- > 0;) {
    guint n = gst_harness_stress_thread_stop (threads->pdata[i]);
    n_fewest = MIN (n_fewest, n);
  }
  fail_unless (n_fewest > 0, "a thread did nothing");
  for (guint i = 0; i < G_N_ELEMENTS (decs); i++) {
    if (!__i__)
      fail_unless (gst_harness_buffers_received (decs[i]) > 0, "%u wrote no text", i);
    g_rw_lock_clear (&speakers[i].restart.lock);
    gst_harness_teardown (decs[i]);
  }
  tree_free (tree);
}

GST_END_TEST;

static Suite *
textdecstress_suite (void)
{
  Suite *s = suite_create ("textdecstress");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_set_timeout (t, 60 + 4 * stress_seconds ());
  tcase_add_loop_test (t, test_threads, 0, 2);
  return s;
}

GST_CHECK_MAIN (textdecstress);
