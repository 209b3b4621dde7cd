/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What our elements cost in a live pipeline: 1080p NV12 at 30 frames a second, sampled
 * once a second, and 16 kHz sound, with a prompt every 5 s.
 *
 *   bench-live TOKENIZER [SECONDS]
 *
 * One line a figure: name, value, unit, kernels, machine. Each is the processor time
 * of the whole process above that of the same sources in front of fakesinks, median of
 * 7 runs of SECONDS (5, or a multiple of it), taken in turn. */

#include "report.h"

#include <gst/gst.h>
#include <string.h>

#define VIDEO "videotestsrc is-live=true pattern=black ! video/x-raw,format=NV12," \
  "width=1920,height=1080,framerate=30/1 ! queue ! "
#define AUDIO " audiotestsrc is-live=true wave=white-noise samplesperbuffer=640 ! " \
  "audio/x-raw,format=F32LE,rate=16000,channels=1 ! queue ! "
#define SINK "fakesink async=false enable-last-sample=false"

enum { SOURCES, VIDEO_ONLY, ALL, N_LINES };

/* Plays for @n_s seconds and a start that is not counted; per cent of a core. */
static gdouble
measure (const gchar *line, guint n_s)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  if (error)
    g_error ("%s: %s; set GST_PLUGIN_PATH", line, error->message);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_usleep (2500 * 1000);       /* memory is ready, and no frame is just being taken */
  gdouble start = report_cpu_s ();
  g_usleep (n_s * G_USEC_PER_SEC);
  gdouble used = report_cpu_s () - start;
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (message)
    g_error ("%s stopped", line);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return 100 * used / n_s;
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  if (argc < 2)
    g_error ("usage: bench-live TOKENIZER [SECONDS]");
  guint n_s = argc > 2 ? g_ascii_strtoull (argv[2], NULL, 10) : 5;
  g_autofree gchar *all = g_strdup_printf (VIDEO "gemma4videoconv ! p.video_0" AUDIO
      "gemma4audioconv ! p.audio_0 gemma4packer name=p interval=5000000000 "
      "prompt=\"What do you see and hear?\" tokenizer=%s ! " SINK, argv[1]);
  const gchar *lines[N_LINES] = {
    VIDEO SINK AUDIO SINK, VIDEO "gemma4videoconv ! " SINK AUDIO SINK, all
  };
  gdouble percent[N_LINES][REPORT_N_RUNS];
  for (guint run = 0; run < REPORT_N_RUNS; run++)
    for (guint i = 0; i < N_LINES; i++)
      percent[i][run] = measure (lines[i], n_s);

  gdouble sources = report_median (percent[SOURCES], REPORT_N_RUNS);
  report_print ("live-video", report_median (percent[VIDEO_ONLY], REPORT_N_RUNS) - sources,
      "% of a core");
  report_print ("live-video-audio-prompts", report_median (percent[ALL], REPORT_N_RUNS) - sources,
      "% of a core");
  return 0;
}
