/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What gemma4videoconv costs on 1080p frames of several formats: the processor time of
 * a frame that is taken, and of one that is passed over. One line a figure: name,
 * value, unit, kernels, machine; medians of 7 runs. */

#include "report.h"

#include <gst/gst.h>
#include <gst/video/video.h>

#define N_TAKEN 20
#define N_PASSED 3000

typedef struct
{
  GstElement *element;
  GstPad *src, *sink;
} Line;

static GstFlowReturn
swallow (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
swallow_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

static void
line_open (Line *line, const gchar *sampling, const GstVideoInfo *info)
{
  line->element = gst_element_factory_make ("gemma4videoconv", NULL);
  if (!line->element)
    g_error ("gemma4videoconv is not there; set GST_PLUGIN_PATH");
  gst_util_set_object_arg (G_OBJECT (line->element), "sampling", sampling);
  line->src = gst_pad_new ("src", GST_PAD_SRC);
  line->sink = gst_pad_new ("sink", GST_PAD_SINK);
  gst_pad_set_chain_function (line->sink, swallow);
  gst_pad_set_event_function (line->sink, swallow_event);
  g_autoptr (GstPad) in = gst_element_get_static_pad (line->element, "sink");
  g_autoptr (GstPad) out = gst_element_get_static_pad (line->element, "src");
  gst_pad_set_active (line->sink, TRUE);
  gst_pad_set_active (line->src, TRUE);
  gst_pad_link (line->src, in);
  gst_pad_link (out, line->sink);
  gst_element_set_state (line->element, GST_STATE_PLAYING);

  g_autoptr (GstCaps) caps = gst_video_info_to_caps (info);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (line->src, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (line->src, gst_event_new_caps (caps));
  gst_pad_push_event (line->src, gst_event_new_segment (&segment));
}

static void
line_close (Line *line)
{
  gst_element_set_state (line->element, GST_STATE_NULL);
  gst_pad_set_active (line->src, FALSE);
  gst_pad_set_active (line->sink, FALSE);
  gst_object_unref (line->src);
  gst_object_unref (line->sink);
  gst_object_unref (line->element);
}

static void
push (Line *line, GstBuffer *frame, GstClockTime pts)
{
  GstBuffer *copy = gst_buffer_copy (frame);    /* shares the pixels */
  GST_BUFFER_PTS (copy) = pts;
  GST_BUFFER_DURATION (copy) = GST_SECOND / 30;
  if (gst_pad_push (line->src, copy) != GST_FLOW_OK)
    g_error ("the element refused a frame");
}

/* Milliseconds a frame; the first frame, which every rule takes, is not counted. */
static gdouble
measure (Line *line, GstBuffer *frame, guint n_frames, GstClockTime *time, GstClockTime step)
{
  gdouble runs[REPORT_N_RUNS];
  for (guint run = 0; run < REPORT_N_RUNS; run++) {
    gdouble start = report_cpu_s ();
    for (guint i = 0; i < n_frames; i++, *time += step)
      push (line, frame, *time);
    runs[run] = 1e3 * (report_cpu_s () - start) / n_frames;
  }
  return report_median (runs, REPORT_N_RUNS);
}

static void
bench (const gchar *format)
{
  GstVideoInfo info;
  Line line;
  GstClockTime time = 0;
  gst_video_info_set_format (&info, gst_video_format_from_string (format), 1920, 1080);
  info.fps_n = 30;
  GstBuffer *frame = gst_buffer_new_allocate (NULL, info.size, NULL);
  GstMapInfo map;
  gst_buffer_map (frame, &map, GST_MAP_WRITE);
  for (gsize i = 0; i < map.size; i++)
    map.data[i] = i * 2654435761u >> 13;
  gst_buffer_unmap (frame, &map);

  line_open (&line, "all", &info);
  push (&line, frame, 0);
  gdouble taken_ms = measure (&line, frame, N_TAKEN, &time, GST_SECOND);
  line_close (&line);

  time = 0;
  line_open (&line, "rate", &info);
  push (&line, frame, 0);
  gdouble passed_ms = measure (&line, frame, N_PASSED, &time, 1);
  line_close (&line);

  gst_buffer_unref (frame);
  g_autofree gchar *taken = g_strdup_printf ("videoconv-1080p-%s", format);
  g_autofree gchar *passed = g_strdup_printf ("videoconv-1080p-%s-passed", format);
  report_print (taken, taken_ms, "ms");
  report_print (passed, 1e3 * passed_ms, "us");
}

int
main (int argc, char **argv)
{
  const gchar *formats[] = { "NV12", "I420", "YUY2", "P010_10LE", "RGB", "BGRx" };
  gst_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    bench (formats[i]);
  return 0;
}
