/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A gemma4videoconv in a harness, and what its tests feed it and read from it. */

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

typedef struct
{
  GstHarness *h;
  GstElement *element;
  GstBus *bus;
  GstClockTime duration_ns;     /* what upstream answers; NONE: nothing */
} VideoTest;

static inline GstPadProbeReturn
video_test_answer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  VideoTest *t = user_data;
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  if (GST_QUERY_TYPE (query) != GST_QUERY_DURATION
      || !GST_CLOCK_TIME_IS_VALID (t->duration_ns))
    return GST_PAD_PROBE_OK;
  gst_query_set_duration (query, GST_FORMAT_TIME, t->duration_ns);
  return GST_PAD_PROBE_HANDLED;
}

/* @props: "name=value name=value", or NULL; @sink_caps: what downstream takes, or
 * NULL for anything. Upstream is not live and knows no duration. */
static inline VideoTest *
video_test_new (const gchar *props, const gchar *sink_caps)
{
  VideoTest *t = g_new0 (VideoTest, 1);
  t->element = gst_element_factory_make ("gemma4videoconv", NULL);
  fail_unless (t->element != NULL, "gemma4videoconv is not there");
  t->bus = gst_bus_new ();
  gst_element_set_bus (t->element, t->bus);
  t->duration_ns = GST_CLOCK_TIME_NONE;
  g_auto (GStrv) words = g_strsplit (props ? props : "", " ", -1);
  for (guint i = 0; words[i] && *words[i]; i++) {
    g_auto (GStrv) pair = g_strsplit (words[i], "=", 2);
    gst_util_set_object_arg (G_OBJECT (t->element), pair[0], pair[1]);
  }
  t->h = gst_harness_new_with_element (t->element, "sink", "src");
  gst_harness_set_live (t->h, FALSE);
  gst_pad_add_probe (t->h->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM
      | GST_PAD_PROBE_TYPE_PUSH, video_test_answer, t, NULL);
  if (sink_caps)
    gst_harness_set_sink_caps_str (t->h, sink_caps);
  return t;
}

static inline void
video_test_free (VideoTest *t)
{
  gst_harness_teardown (t->h);
  gst_element_set_bus (t->element, NULL);
  gst_object_unref (t->element);
  gst_object_unref (t->bus);
  g_free (t);
}

/* RGB frames of 48x48 pixels at @fps, in a segment from @start_ns to @stop_ns. */
static inline void
video_test_begin (VideoTest *t, const gchar *fps, GstClockTime start_ns,
    GstClockTime stop_ns)
{
  g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=RGB,width=48,height=48,"
      "framerate=%s", fps);
  gst_harness_set_src_caps_str (t->h, caps);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = segment.position = start_ns;
  segment.stop = stop_ns;
  fail_unless (gst_harness_push_event (t->h, gst_event_new_segment (&segment)));
}

static inline GstFlowReturn
video_test_push (VideoTest *t, GstClockTime pts, GstClockTime duration)
{
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 48 * 48 * 3, NULL);
  gst_buffer_memset (frame, 0, 90, -1);
  GST_BUFFER_PTS (frame) = pts;
  GST_BUFFER_DURATION (frame) = duration;
  return gst_harness_push (t->h, frame);
}

/* @n frames of 1/30 s from frame @first on. */
static inline void
video_test_push_30fps (VideoTest *t, guint first, guint n)
{
  for (guint i = first; i < first + n; i++) {
    GstClockTime pts = gst_util_uint64_scale (i, GST_SECOND, 30);
    GstClockTime end = gst_util_uint64_scale (i + 1, GST_SECOND, 30);
    fail_unless_equals_int (video_test_push (t, pts, end - pts), GST_FLOW_OK);
  }
}

/* Downstream takes @words, and @n frames of a clip from here on. */
static inline void
video_test_want (VideoTest *t, const gchar *words, guint n)
{
  g_autofree gchar *caps = g_strdup_printf ("%s,num-frames=%u", words, n);
  gst_harness_set_sink_caps_str (t->h, caps);
  gst_harness_push_upstream_event (t->h, gst_event_new_reconfigure ());
}

static inline void
video_test_end (VideoTest *t)
{
  fail_unless (gst_harness_push_event (t->h, gst_event_new_eos ()));
}

/* The OFFSET of everything that has come out since the last call. */
static inline GArray *
video_test_offsets (VideoTest *t)
{
  GArray *offsets = g_array_new (FALSE, FALSE, sizeof (guint64));
  GstBuffer *out;
  while ((out = gst_harness_try_pull (t->h))) {
    guint64 offset = GST_BUFFER_OFFSET (out);
    g_array_append_val (offsets, offset);
    gst_buffer_unref (out);
  }
  return offsets;
}

/* The same must be @want[@n]. */
static inline void
video_test_expect (VideoTest *t, const gchar *what, const guint64 *want, guint n)
{
  g_autoptr (GArray) got = video_test_offsets (t);
  for (guint i = 0; i < MIN (n, got->len); i++) {
    guint64 g = g_array_index (got, guint64, i);
    fail_unless (g == want[i], "%s: frame %u is %" G_GUINT64_FORMAT ", want %"
        G_GUINT64_FORMAT, what, i, g, want[i]);
  }
  fail_unless (got->len == n, "%s: got %u frames, want %u", what, got->len, n);
}

/* The text of the error on the bus; NULL if there is none. g_free() it. */
static inline gchar *
video_test_error (VideoTest *t)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_ERROR);
  if (!message)
    return NULL;
  g_autoptr (GError) error = NULL;
  gst_message_parse_error (message, &error, NULL);
  return g_strdup (error->message);
}
