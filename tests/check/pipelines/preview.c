/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A synchronised preview window beside the packer, as an assistant has it: it
 * stays smooth, and packs add nothing to the pipeline's latency. */

#include "line.h"

#define N_FRAMES 90             /* 3 s */
#define MAX_LATE_FRAMES 3       /* of a machine that has other work */
#define BUSY_US (400 * 1000)

/* A frame that comes a frame too late is dropped, as a video sink does. */
#define PREVIEW "fakesink name=preview sync=true qos=true max-lateness=33333333 "
#define CAMERA "videotestsrc is-live=true num-buffers=%d ! video/x-raw,width=640," \
    "height=360,framerate=30/1 ! tee name=t t. ! queue ! " PREVIEW
#define MICROPHONE "audiotestsrc is-live=true samplesperbuffer=160 num-buffers=%d ! " \
    "audio/x-raw,rate=16000,channels=1 ! gemma4audioconv ! p.audio_0 "

/* A pack of the last 10 s twice a second. */
#define PACKER "gemma4packer name=p tokenizer=%s prompt=Well? interval=500000000 " \
    "window=10000000000 ! fakesink name=packs sync=true async=false signal-handoffs=true "

static GstElement *
preview_new (void)
{
  g_autofree gchar *line = g_strdup_printf (CAMERA, N_FRAMES);
  return line_parse (line);
}

/* @before stands between the tee and the converter. */
static GstElement *
assistant_new (const gchar *before, gboolean hears)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *camera = g_strdup_printf (CAMERA, N_FRAMES);
  g_autofree gchar *microphone = g_strdup_printf (MICROPHONE, N_FRAMES * 100 / 30);
  g_autofree gchar *packer = g_strdup_printf (PACKER, tokenizer);
  g_autofree gchar *line = g_strdup_printf ("%s t. ! %s gemma4videoconv ! p.video_0 %s %s",
      camera, before, hears ? microphone : "", packer);
  return line_parse (line);
}

/* Plays it and gives its latency, once the preview has shown something. */
static GstClockTime
latency_of (GstElement *pipeline)
{
  GstClockTime min, max;
  gboolean live;
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstElement) preview = gst_bin_get_by_name (GST_BIN (pipeline), "preview");
  g_autoptr (GstSample) sample = NULL;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; !sample && i < 500; i++) {
    g_usleep (10 * 1000);
    g_object_get (preview, "last-sample", &sample, NULL);
  }
  fail_unless (sample != NULL, "the preview shows nothing");
  fail_unless (gst_element_query (pipeline, query));
  gst_query_parse_latency (query, &live, &min, &max);
  fail_unless (live);
  line_free (pipeline);
  return min;
}

/* Pictures cost nothing, and sound what its converter says: the rows of a buffer
 * (40 ms) and the samples that the last of them still hears. */
GST_START_TEST (test_latency)
{
  GstClockTime alone = latency_of (preview_new ());
  GstClockTime seen = latency_of (assistant_new ("queue !", FALSE));
  GstClockTime heard = latency_of (assistant_new ("queue !", TRUE));
  fail_unless (alone > 0 && alone < 60 * GST_MSECOND, "the preview's latency is %"
      GST_TIME_FORMAT, GST_TIME_ARGS (alone));
  fail_unless (seen == alone, "latency %" GST_TIME_FORMAT ", want the preview's %"
      GST_TIME_FORMAT, GST_TIME_ARGS (seen), GST_TIME_ARGS (alone));
  fail_unless (heard >= alone && heard <= 80 * GST_MSECOND, "latency %" GST_TIME_FORMAT
      " with sound, %" GST_TIME_FORMAT " without", GST_TIME_ARGS (heard),
      GST_TIME_ARGS (alone));
  g_print ("latency %u us alone, %u with packs, %u with sound\n", (guint) (alone / 1000),
      (guint) (seen / 1000), (guint) (heard / 1000));
}

GST_END_TEST;

static void
be_busy (GstElement *sink, GstBuffer *buffer, GstPad *pad, guint *n_packs)
{
  (*n_packs)++;
  g_usleep (BUSY_US);
}

/* Whatever the consumer of the packs does, and with a queue before the converter
 * or without: no frame is lost, and all are in time. */
GST_START_TEST (test_smooth)
{
  static const gchar *const before[] = { "queue !", "" };
  guint n_packs = 0;
  guint64 n_shown, n_late;
  g_autoptr (GstStructure) stats = NULL;
  GstElement *pipeline = assistant_new (before[__i__], TRUE);
  g_autoptr (GstElement) packs = gst_bin_get_by_name (GST_BIN (pipeline), "packs");
  g_autoptr (GstElement) preview = gst_bin_get_by_name (GST_BIN (pipeline), "preview");
  g_signal_connect (packs, "handoff", G_CALLBACK (be_busy), &n_packs);
  line_play_to_eos (pipeline);
  g_object_get (preview, "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "rendered", G_TYPE_UINT64, &n_shown, "dropped",
          G_TYPE_UINT64, &n_late, NULL));
  g_print ("%" G_GUINT64_FORMAT " frames shown, %" G_GUINT64_FORMAT " late, %u packs\n",
      n_shown, n_late, n_packs);
  fail_unless (n_shown + n_late == N_FRAMES, "%" G_GUINT64_FORMAT " frames shown and %"
      G_GUINT64_FORMAT " late, want %d in all", n_shown, n_late, N_FRAMES);
  fail_unless (n_late <= MAX_LATE_FRAMES, "%" G_GUINT64_FORMAT " frames came late", n_late);
  fail_unless (n_packs >= 4, "%u packs in 3 s, want 4 or more of 6", n_packs);
  line_free (pipeline);
}

GST_END_TEST;

static Suite *
preview_suite (void)
{
  Suite *s = suite_create ("preview");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_latency);
  tcase_add_loop_test (t, test_smooth, 0, 2);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("videotestsrc", "audiotestsrc", "tee", "fakesink", NULL);
  return gst_check_run_suite (preview_suite (), "preview", __FILE__);
}
