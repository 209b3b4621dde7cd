/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Live sources whose time stamps jump, on the real clock: what the converters give. */

#include "line.h"

#define S GST_SECOND
#define HOUR (3600 * S)
#define N 60

/* Thirty buffers a second. */
#define VIDEO "videotestsrc is-live=true num-buffers=60 ! video/x-raw,width=64,height=64," \
    "framerate=30/1 ! %s identity name=i ! gemma4videoconv sampling=rate sample-rate=30/1 ! " \
    "appsink name=out sync=false async=false"
#define SOUND "audiotestsrc is-live=true num-buffers=60 samplesperbuffer=533 ! audio/x-raw," \
    "rate=16000,channels=1 ! %s identity name=i ! gemma4audioconv ! " \
    "appsink name=out sync=false async=false"

/* What a source does from its buffer @first on, for @n buffers. */
typedef struct
{
  const gchar *name;
  guint first, n;
  GstClockTimeDiff shift;       /* by which times are wrong; to 0: */
  gboolean restart;
  GstClockTimeDiff offset;      /* of all times */
  guint seen;
} Fault;

static const Fault faults[] = {
  {"one an hour late", 20, 1, HOUR, FALSE, 0, 0},
  {"one an hour early", 20, 1, -(GstClockTimeDiff) HOUR, FALSE, 2 * HOUR, 0},
  {"5 s back", 20, N, -5 * (GstClockTimeDiff) S, FALSE, 10 * S, 0},
  {"a restart at 0", 40, N, 0, TRUE, 0, 0},
  {"an hour on", 20, N, HOUR, FALSE, 0, 0},
};

static GstPadProbeReturn
err (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Fault *fault = user_data;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GstClockTimeDiff pts = GST_BUFFER_PTS (buffer);
  guint i = fault->seen++;
  if (i == fault->first && fault->restart)
    fault->shift = -pts;
  if (i >= fault->first && i < fault->first + fault->n)
    pts += fault->shift;
  GST_BUFFER_PTS (buffer) = pts + fault->offset;
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  return GST_PAD_PROBE_OK;
}

static guint
count_warnings (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  guint n = 0;
  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING))) {
    gst_message_unref (message);
    n++;
  }
  return n;
}

/* Plays @line; how long what came out is, and where it ended. */
static GstClockTime
run (const gchar *line, const Fault *fault, guint *n_warnings, GstClockTime *end)
{
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstElement) identity = gst_bin_get_by_name (GST_BIN (pipeline), "i");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (identity, "src");
  Fault own = *fault;
  GstClockTime length = 0;
  GstSample *sample;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, err, &own, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = line_pull (pipeline))) {
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    length += GST_BUFFER_DURATION (buffer);
    *end = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
    gst_sample_unref (sample);
  }
  *n_warnings = count_warnings (pipeline);
  line_free (pipeline);
  return length;
}

static void
check (const gchar *kind, const gchar *queue, const Fault *fault)
{
  guint n_warnings;
  GstClockTime end = 0;
  g_autofree gchar *line = g_strdup_printf (g_str_equal (kind, "video") ? VIDEO : SOUND, queue);
  GstClockTime length = run (line, fault, &n_warnings, &end);
  gboolean single = fault->n == 1;
  GstClockTime want = 2 * S + fault->offset;
  if (fault->restart)
    want = 2 * S * (N - fault->first) / N;
  else if (!single)
    want += fault->shift;
  fail_unless (length >= 59 * S / 30 - S / 20 && length <= 2 * S + S / 20, "%s, %s: %"
      GST_TIME_FORMAT " of 2 s came out", kind, fault->name, GST_TIME_ARGS (length));
  fail_unless (end + S / 2 >= want && end <= want + S / 2, "%s, %s: the end is %" GST_TIME_FORMAT
      ", want %" GST_TIME_FORMAT, kind, fault->name, GST_TIME_ARGS (end), GST_TIME_ARGS (want));
  fail_unless (n_warnings == 1, "%s, %s: %u warnings", kind, fault->name, n_warnings);
}

GST_START_TEST (video)
{
  check ("video", __i__ % 2 ? "queue !" : "", &faults[__i__]);
}

GST_END_TEST;

GST_START_TEST (sound)
{
  check ("sound", __i__ % 2 ? "" : "queue !", &faults[__i__]);
}

GST_END_TEST;

static Suite *
jumps_suite (void)
{
  Suite *suite = suite_create ("jumps");
  TCase *tc = line_tcase (60);
  line_need ("videotestsrc", "audiotestsrc", "appsink", NULL);
  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, video, 0, G_N_ELEMENTS (faults));
  tcase_add_loop_test (tc, sound, 0, G_N_ELEMENTS (faults));
  return suite;
}

GST_CHECK_MAIN (jumps);
