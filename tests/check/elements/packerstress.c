/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer under many threads at once: GstCheck's stress functions. tests/stress.sh
 * runs it under ThreadSanitizer. */

#include "feed.h"
#include "golden.h"
#include "restart.h"
#include "stress.h"

#include <gst/check/gstcheck.h>

#define VIDEO "other/tensors,format=(string)static,num_tensors=(int)2," \
    "types=(string)\"uint8,int32\",dimensions=(string)\"768:630,2:630\"," \
    "framerate=(fraction)0/1"

/* A harness alone: its threads are the ones that GstHarness's documentation says. */
static GstHarness *
new_harness (void)
{
  g_autofree gchar *tokenizer = golden_path ("tokenizer/gemma4_tiny.model");
  GstElement *packer = gst_element_factory_make ("gemma4packer", NULL);
  g_object_set (packer, "tokenizer", tokenizer, "prompt", "What?", "latency",
      (guint64) 0, "history", 2, "history-media", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (packer), "on-bad-prompt", "drop");
  gst_util_set_object_arg (G_OBJECT (packer), "trigger", "prompt");
  GstHarness *h = gst_harness_new_with_element (packer, "video_0", "src");
  gst_object_unref (packer);
  gst_harness_set_drop_buffers (h, TRUE);
  gst_harness_set_live (h, TRUE);
  gst_harness_set_src_caps_str (h, VIDEO);
  return h;
}

/* What an application does from a thread of its own. */
static void
say (GstHarness *h, gpointer n)
{
  gboolean taken;
  g_autoptr (GstStructure) stats = NULL;
  g_signal_emit_by_name (h->element, "pack", "<|video|>", GST_CLOCK_TIME_NONE, &taken);
  g_object_get (h->element, "stats", &stats, NULL);
  g_atomic_int_inc ((gint *) n);
}

static gpointer
say_often (gpointer data)
{
  gpointer *args = data;
  gint *stop = args[1], *n = args[2];
  for (guint i = 0; !g_atomic_int_get (stop); i++) {
    say (args[0], n);
    if (i % 16 == 0)
      gst_util_set_object_arg (G_OBJECT (((GstHarness *) args[0])->element), "target",
          i % 32 ? "kerashub" : "transformers");
    g_usleep (2000);
  }
  return NULL;
}

/* Another pad's media, flushed again and again. */
static gpointer
flush_often (gpointer data)
{
  gpointer *args = data;
  GstHarness *h = gst_harness_new_with_element (((GstHarness *) args[0])->element, "video_1",
      NULL);
  gint *stop = args[1];
  gst_harness_set_live (h, TRUE);
  gst_harness_set_src_caps_str (h, VIDEO);
  while (!g_atomic_int_get (stop)) {
    GstSegment segment;
    gst_segment_init (&segment, GST_FORMAT_TIME);
    for (guint i = 0; i < 4; i++) {
      GstBuffer *frame = feed_frame_buffer (3, 3, i);
      GST_BUFFER_PTS (frame) = i * GST_SECOND;
      gst_harness_push (h, frame);
    }
    gst_harness_push_event (h, gst_event_new_flush_start ());
    gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (h, gst_event_new_segment (&segment));
  }
  gst_harness_teardown (h);
  return NULL;
}

static void
answer (GstHarness *h, guint64 number)
{
  GstSegment segment;
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("text/x-raw");
  gst_caps_set_simple (caps, "format", G_TYPE_STRING, "utf8", NULL);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_stream_start ("answers"));
  gst_harness_push_event (h, gst_event_new_caps (caps));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  gst_harness_push_event (h,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
          gst_structure_new ("gemma4-answer", "number", G_TYPE_UINT64, number, NULL)));
  gst_harness_push (h, gst_buffer_new_memdup ("Words", 5));
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
}

/* Answers, by a pad that comes and goes. */
static gpointer
answer_often (gpointer data)
{
  gpointer *args = data;
  GstElement *packer = ((GstHarness *) args[0])->element;
  gint *stop = args[1];
  for (guint64 i = 0; !g_atomic_int_get (stop); i++) {
    GstHarness *h = gst_harness_new_with_element (packer, "answer", NULL);
    answer (h, i);
    gst_harness_teardown (h);
    if (i % 16 == 0)
      g_signal_emit_by_name (packer, "forget-history");
    g_usleep (2000);
  }
  return NULL;
}

GST_START_TEST (test_stress)
{
  GstHarness *h = new_harness ();
  g_autoptr (GstBuffer) frame = feed_frame_buffer (3, 3, 1);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->srcpad);
  GstSegment segment;
  GValue prompt = G_VALUE_INIT;
  gint stop = 0, n_said = 0;
  gpointer args[] = { h, &stop, &n_said };
  g_autoptr (GstEvent) latency = gst_event_new_latency (GST_MSECOND);
  g_autoptr (GstEvent) gap = gst_event_new_gap (GST_SECOND, GST_SECOND);
  g_value_init (&prompt, G_TYPE_STRING);
  g_value_set_static_string (&prompt, "What?");
  gst_segment_init (&segment, GST_FORMAT_TIME);
  GST_BUFFER_PTS (frame) = 0;
  GstHarnessThread *threads[] = {
    gst_harness_stress_push_buffer_start (h, caps, &segment, frame),
    gst_harness_stress_send_upstream_event_start (h, latency),
    gst_harness_stress_push_event_start (h, gap),
    gst_harness_stress_property_start (h, "prompt", &prompt),
  };
  GThread *application = g_thread_new ("application", say_often, args);
  GThread *flusher = g_thread_new ("flusher", flush_often, args);
  GThread *model = g_thread_new ("model", answer_often, args);
  GstPadTemplate *templ = gst_element_get_pad_template (h->element, "audio_%u");
  GstHarnessThread *pads = gst_harness_stress_requestpad_start (h, templ, NULL, NULL, TRUE);
  g_usleep (stress_seconds () * G_USEC_PER_SEC);
  gst_harness_stress_thread_stop (pads);
  g_atomic_int_set (&stop, 1);
  g_thread_join (application);
  g_thread_join (flusher);
  g_thread_join (model);
  guint n_pushed = 0;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    n_pushed += gst_harness_stress_thread_stop (threads[i]);
  fail_unless (n_pushed > 0 && n_said > 0, "%u pushed, %d said", n_pushed, n_said);
  gst_harness_teardown (h);
  g_value_unset (&prompt);
}

GST_END_TEST;

typedef struct
{
  GstHarness *h;
  GstCaps *caps;
  GstBuffer *frame;
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
push_frame (gpointer thread, gpointer data)
{
  Feeder *feeder = data;
  g_rw_lock_reader_lock (&feeder->restart.lock);
  gst_pad_push (feeder->h->srcpad, gst_buffer_ref (feeder->frame));
  g_rw_lock_reader_unlock (&feeder->restart.lock);
}

/* From NULL to PLAYING and back while data comes and an application asks. */
GST_START_TEST (test_states)
{
  GstHarness *h = new_harness ();
  g_autoptr (GstBuffer) frame = feed_frame_buffer (3, 3, 1);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->srcpad);
  gint stop = 0, n_said = 0;
  gpointer args[] = { h, &stop, &n_said };
  Feeder feeder = { h, caps, frame, { h->element, feed_beginning, &feeder } };
  GST_BUFFER_PTS (frame) = 0;
  feed_beginning (&feeder);
  GThread *application = g_thread_new ("application", say_often, args);
  GstHarnessThread *states = gst_harness_stress_custom_start (h, NULL, restart_element,
      &feeder.restart, G_USEC_PER_SEC / 1000);
  GstHarnessThread *frames = gst_harness_stress_custom_start (h, NULL, push_frame, &feeder, 0);
  g_usleep (stress_seconds () * G_USEC_PER_SEC / 4);
  fail_unless (gst_harness_stress_thread_stop (states) > 0, "no state was changed");
  fail_unless (gst_harness_stress_thread_stop (frames) > 0, "no frame was pushed");
  g_atomic_int_set (&stop, 1);
  g_thread_join (application);
  g_rw_lock_clear (&feeder.restart.lock);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
packerstress_suite (void)
{
  Suite *s = suite_create ("packerstress");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_set_timeout (t, 60 + 4 * stress_seconds ());
  tcase_add_test (t, test_stress);
  tcase_add_test (t, test_states);
  return s;
}

GST_CHECK_MAIN (packerstress);
