/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What gemma4audioconv costs on one processor core, 30 s of float samples in buffers
 * of 40 ms.
 *
 *   bench-audio           one line a figure: name, value, unit, kernels, machine;
 *                         medians of 7 runs of each workload, taken in turn, in
 *                         processor time, for other programs may run as well
 *   bench-audio NAME      one workload, once, for a profiler
 */

#include "report.h"

#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_S 30
#define PIECE 640
#define N_PIECES (LENGTH_S * 16000 / PIECE)

static const struct
{
  const gchar *name, *settings;
} workloads[] = {
  {"audioconv-clip-30s", "mode=clip clip-overflow=split"},
  {"audioconv-stream-40ms", "mode=stream"},
  /* The element without the spectrum: rows of 40 ms that are copied. */
  {"audioconv-12b-40ms", "preset=gemma4_12b"},
};

#define N_WORKLOADS G_N_ELEMENTS (workloads)

typedef struct
{
  GstElement *element;
  GstPad *src, *sink;
  GstBuffer *sound;             /* LENGTH_S of noise */
  GstBuffer *pieces[N_PIECES];
  guint64 n_pushed;
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

static GstBuffer *
make_noise (void)
{
  gfloat *samples = g_new (gfloat, N_PIECES * PIECE);
  guint32 state = 1;
  for (guint i = 0; i < N_PIECES * PIECE; i++) {
    state = state * 1664525 + 1013904223;
    samples[i] = (gint32) state * 0x1p-32f;
  }
  return gst_buffer_new_wrapped (samples, N_PIECES * PIECE * sizeof (gfloat));
}

static void
make_element (Line *line, const gchar *settings)
{
  g_autofree gchar *launch = g_strdup_printf ("gemma4audioconv %s", settings);
  g_autoptr (GError) error = NULL;
  line->element = gst_parse_launch (launch, &error);
  if (error)
    g_error ("%s; set GST_PLUGIN_PATH", error->message);
  gst_object_ref_sink (line->element);
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
}

static void
line_open (Line *line, const gchar *settings)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING,
      G_BYTE_ORDER == G_LITTLE_ENDIAN ? "F32LE" : "F32BE", "rate", G_TYPE_INT, 16000,
      "channels", G_TYPE_INT, 1, "layout", G_TYPE_STRING, "interleaved", NULL);
  GstSegment segment;
  *line = (Line) {.sound = make_noise () };
  make_element (line, settings);
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
  gst_buffer_unref (line->sound);
}

/* The buffers that a source would make, which is not what is measured. */
static void
make_pieces (Line *line)
{
  gsize n_bytes = PIECE * sizeof (gfloat);
  for (guint i = 0; i < N_PIECES; i++) {
    GstBuffer *piece = gst_buffer_copy_region (line->sound, GST_BUFFER_COPY_MEMORY,
        i * n_bytes, n_bytes);
    GST_BUFFER_PTS (piece) = line->n_pushed++ * 40 * GST_MSECOND;
    GST_BUFFER_DURATION (piece) = 40 * GST_MSECOND;
    line->pieces[i] = piece;
  }
}

__attribute__ ((noinline))
void run_counted (Line *line);

void
run_counted (Line *line)
{
  for (guint i = 0; i < N_PIECES; i++) {
    if (gst_pad_push (line->src, line->pieces[i]) != GST_FLOW_OK)
      g_error ("the element refused a buffer");
  }
}

static gdouble
time_s (Line *line)
{
  make_pieces (line);
  gdouble start = report_cpu_s ();
  run_counted (line);
  return report_cpu_s () - start;
}

static void
run_all (Line lines[N_WORKLOADS])
{
  gdouble times_s[N_WORKLOADS][REPORT_N_RUNS];
  for (gint run = -1; run < REPORT_N_RUNS; run++) {
    for (guint i = 0; i < N_WORKLOADS; i++) {
      gdouble seconds = time_s (&lines[i]);
      if (run >= 0)
        times_s[i][run] = seconds;
    }
  }
  for (guint i = 0; i < N_WORKLOADS; i++)
    report_print (workloads[i].name, LENGTH_S / report_median (times_s[i], REPORT_N_RUNS),
        "x real time");
}

int
main (int argc, char **argv)
{
  Line lines[N_WORKLOADS];
  gboolean known = argc == 1;
  gst_init (&argc, &argv);
  for (guint i = 0; i < N_WORKLOADS; i++)
    line_open (&lines[i], workloads[i].settings);
  for (guint i = 0; argc > 1 && i < N_WORKLOADS; i++) {
    if (g_str_equal (argv[1], workloads[i].name)) {
      known = TRUE;
      time_s (&lines[i]);
    }
  }
  if (argc == 1)
    run_all (lines);
  for (guint i = 0; i < N_WORKLOADS; i++)
    line_close (&lines[i]);
  if (!known)
    g_printerr ("bench-audio: no workload %s\n", argv[1]);
  return !known;
}
