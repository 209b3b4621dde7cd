/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* How much faster two cores are than one: gemma4videoconv with n-threads=2 on frames of
 * 4K, and two gemma4videoconv in two threads on frames of 1080p. NV12; medians of 7
 * runs, taken in turn, of the time on the wall: a machine with two idle cores is
 * needed. */

#include "report.h"

#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#define N_FRAMES 20

typedef struct
{
  GstHarness *harness;
  GstBuffer *frame;
  GstClockTime time;
} Converter;

static void
converter_init (Converter *self, const gchar *launch, guint width, guint height)
{
  GstVideoInfo info;
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_NV12, width, height);
  info.fps_n = 30;
  self->frame = gst_buffer_new_allocate (NULL, info.size, NULL);
  gst_buffer_memset (self->frame, 0, 100, info.size);
  self->time = 0;
  self->harness = gst_harness_new_parse (launch);
  gst_harness_set_drop_buffers (self->harness, TRUE);
  gst_harness_set_src_caps (self->harness, gst_video_info_to_caps (&info));
}

static void
converter_clear (Converter *self)
{
  gst_buffer_unref (self->frame);
  gst_harness_teardown (self->harness);
}

static gpointer
convert (gpointer data)
{
  Converter *self = data;
  for (guint i = 0; i < N_FRAMES; i++, self->time += GST_SECOND) {
    GstBuffer *frame = gst_buffer_copy (self->frame);   /* shares the pixels */
    GST_BUFFER_PTS (frame) = self->time;
    GST_BUFFER_DURATION (frame) = GST_SECOND / 30;
    if (gst_harness_push (self->harness, frame) != GST_FLOW_OK)
      g_error ("the element refused a frame");
  }
  return NULL;
}

static gdouble
time_ms (Converter *converters, guint n)
{
  GThread *threads[2];
  gdouble start = report_wall_s ();
  for (guint i = 1; i < n; i++)
    threads[i] = g_thread_new ("bench", convert, &converters[i]);
  convert (&converters[0]);
  for (guint i = 1; i < n; i++)
    g_thread_join (threads[i]);
  return 1e3 * (report_wall_s () - start) / N_FRAMES;
}

/* @more does @work times what @one does. */
static void
compare (const gchar *name, Converter *one, Converter *more, guint n_more, gdouble work)
{
  gdouble one_ms[REPORT_N_RUNS], more_ms[REPORT_N_RUNS];
  for (gint run = -1; run < REPORT_N_RUNS; run++) {
    gdouble a = time_ms (one, 1), b = time_ms (more, n_more);
    if (run >= 0) {
      one_ms[run] = a;
      more_ms[run] = b;
    }
  }
  gdouble a = report_median (one_ms, REPORT_N_RUNS), b = report_median (more_ms, REPORT_N_RUNS);
  g_autofree gchar *first = g_strdup_printf ("%s-1", name);
  g_autofree gchar *second = g_strdup_printf ("%s-2", name);
  g_autofree gchar *ratio = g_strdup_printf ("%s-2/1", name);
  report_print (first, a, "ms a frame");
  report_print (second, b / work, "ms a frame");
  report_print (ratio, work * a / b, "x");
}

int
main (int argc, char **argv)
{
  Converter one, two_threads, pair[2];
  gst_init (&argc, &argv);
  if (g_get_num_processors () < 2) {
    g_print ("SKIP: one processor\n");
    return 77;
  }
  converter_init (&one, "gemma4videoconv sampling=all n-threads=1", 3840, 2160);
  converter_init (&two_threads, "gemma4videoconv sampling=all n-threads=2", 3840, 2160);
  compare ("videoconv-4k-threads", &one, &two_threads, 1, 1);
  converter_clear (&one);
  converter_clear (&two_threads);

  for (guint i = 0; i < 2; i++)
    converter_init (&pair[i], "gemma4videoconv sampling=all n-threads=1", 1920, 1080);
  compare ("videoconv-1080p-converters", &pair[0], pair, 2, 2);
  converter_clear (&pair[0]);
  converter_clear (&pair[1]);
  return 0;
}
