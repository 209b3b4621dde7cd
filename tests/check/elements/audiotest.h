/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of gemma4audioconv share: a harness around the element, sound
 * that goes in, and all that comes out. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <math.h>
#include <string.h>

#include "golden.h"

#define F32 "audio/x-raw,format=F32LE,rate=16000,channels=1,layout=interleaved"
#define S16 "audio/x-raw,format=S16LE,rate=16000,channels=1,layout=interleaved"

/* Everything that came out. */
typedef struct
{
  GArray *mel;                  /* gfloat */
  GArray *mask;                 /* gint32 */
  GArray *pts;                  /* GstClockTime of each buffer */
  GArray *samples;              /* guint64: round (DURATION * rate) of each buffer */
  GArray *offsets;              /* guint64: OFFSET of each buffer */
  GArray *disconts;             /* gboolean */
  guint64 n_samples;            /* sum of samples */
} Output;

/* @settings is "name=value name=value" or NULL. */
G_GNUC_UNUSED static GstElement *
make_element (const gchar *settings)
{
  GstElement *element = gst_element_factory_make ("gemma4audioconv", "conv");
  fail_unless (element != NULL, "no gemma4audioconv: is the plugin built?");
  g_auto (GStrv) pairs = g_strsplit (settings ? settings : "", " ", -1);
  for (guint i = 0; pairs[i]; i++) {
    gchar *equals = strchr (pairs[i], '=');
    if (!equals)
      continue;
    *equals = 0;
    gst_util_set_object_arg (G_OBJECT (element), pairs[i], equals + 1);
  }
  return element;
}

/* @downstream are the caps that the peer answers, NULL for any. */
G_GNUC_UNUSED static GstHarness *
make_harness (const gchar *settings, const gchar *caps, const gchar *downstream)
{
  GstElement *element = make_element (settings);
  GstHarness *h = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  if (downstream)
    gst_harness_set_sink_caps_str (h, downstream);
  if (caps)
    gst_harness_set_src_caps_str (h, caps);
  return h;
}

G_GNUC_UNUSED static GstBuffer *
make_buffer (gconstpointer data, gsize n_bytes, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, n_bytes);
  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

/* 16-bit samples [n] as buffers of @cut samples; PTS from sample counts. */
G_GNUC_UNUSED static void
push_s16 (GstHarness *h, const gint16 *samples, gsize n, gsize cut, GstClockTime start)
{
  for (gsize i = 0; i < n; i += cut) {
    GstBuffer *buffer = make_buffer (samples + i, MIN (cut, n - i) * 2,
        start + gst_util_uint64_scale (i, GST_SECOND, 16000));
    fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  }
}

G_GNUC_UNUSED static void
take_tensors (Output *out, GstBuffer *buffer)
{
  GstMapInfo mel, mask;
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 2);
  fail_unless (gst_memory_map (gst_buffer_peek_memory (buffer, 0), &mel, GST_MAP_READ));
  fail_unless (gst_memory_map (gst_buffer_peek_memory (buffer, 1), &mask, GST_MAP_READ));
  g_array_append_vals (out->mel, mel.data, mel.size / sizeof (gfloat));
  g_array_append_vals (out->mask, mask.data, mask.size / sizeof (gint32));
  gst_memory_unmap (mel.memory, &mel);
  gst_memory_unmap (mask.memory, &mask);
}

G_GNUC_UNUSED static Output
output_new (void)
{
  return (Output) {
    .mel = g_array_new (FALSE, FALSE, sizeof (gfloat)),
    .mask = g_array_new (FALSE, FALSE, sizeof (gint32)),
    .pts = g_array_new (FALSE, FALSE, sizeof (GstClockTime)),
    .samples = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .offsets = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .disconts = g_array_new (FALSE, FALSE, sizeof (gboolean)),
  };
}

G_GNUC_UNUSED static void
take_buffer (Output *out, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  guint64 offset = GST_BUFFER_OFFSET (buffer);
  gboolean discont = GST_BUFFER_IS_DISCONT (buffer);
  guint64 samples = gst_util_uint64_scale_round (GST_BUFFER_DURATION (buffer), 16000,
      GST_SECOND);
  take_tensors (out, buffer);
  g_array_append_val (out->pts, pts);
  g_array_append_val (out->samples, samples);
  g_array_append_val (out->offsets, offset);
  g_array_append_val (out->disconts, discont);
  out->n_samples += samples;
}

G_GNUC_UNUSED static Output
pull_all (GstHarness *h)
{
  Output out = output_new ();
  GstBuffer *buffer;
  while ((buffer = gst_harness_try_pull (h))) {
    take_buffer (&out, buffer);
    gst_buffer_unref (buffer);
  }
  return out;
}

G_GNUC_UNUSED static void
output_clear (Output *out)
{
  g_array_unref (out->mel);
  g_array_unref (out->mask);
  g_array_unref (out->pts);
  g_array_unref (out->samples);
  g_array_unref (out->offsets);
  g_array_unref (out->disconts);
}

/* What comes out of @n samples and EOS. */
G_GNUC_UNUSED static Output
convert_s16 (const gchar *settings, const gchar *downstream, const gint16 *samples,
    gsize n, gsize cut)
{
  GstHarness *h = make_harness (settings, S16, downstream);
  push_s16 (h, samples, n, cut, 0);
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  Output out = pull_all (h);
  gst_harness_teardown (h);
  return out;
}

G_GNUC_UNUSED static guint
count_ones (const GArray *mask)
{
  guint n = 0;
  for (guint i = 0; i < mask->len; i++)
    n += g_array_index (mask, gint32, i) == 1;
  return n;
}

#define AT(array, type, i) g_array_index ((array), type, (i))

/* The two outputs hold the same bytes of tensors. */
G_GNUC_UNUSED static void
assert_same_rows (const Output *a, const Output *b, const gchar *what)
{
  fail_unless_equals_int (a->mel->len, b->mel->len);
  for (guint i = 0; i < a->mel->len; i++) {
    gfloat got = AT (a->mel, gfloat, i), want = AT (b->mel, gfloat, i);
    if (memcmp (&got, &want, sizeof got) != 0)
      fail ("%s: value %u is %.9g, not %.9g", what, i, got, want);
  }
  fail_unless_equals_int (memcmp (a->mask->data, b->mask->data,
          b->mask->len * sizeof (gint32)), 0);
}

/* A harness whose element posts on a bus. */
G_GNUC_UNUSED static GstBus *
watch (GstElement *element)
{
  GstBus *bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  return bus;
}

/* Messages hold the element, and it holds the bus. */
G_GNUC_UNUSED static void
unwatch (GstBus *bus)
{
  gst_bus_set_flushing (bus, TRUE);
  gst_object_unref (bus);
}

/* The next message of @type has @code of @domain, and its text has every one of
 * @words, which NULL ends. */
G_GNUC_UNUSED static void
assert_message (GstBus *bus, GstMessageType type, GQuark domain, gint code,
    const gchar *const *words)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, type);
  g_autoptr (GError) error = NULL;
  fail_unless (message != NULL, "no message, but one about \"%s\" was due", words[0]);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  fail_unless (g_error_matches (error, domain, code), "wrong code %s %d: %s",
      g_quark_to_string (error->domain), error->code, error->message);
  for (guint i = 0; words[i]; i++)
    fail_unless (strstr (error->message, words[i]) != NULL, "\"%s\" is not in: %s",
        words[i], error->message);
}

/* Sound of @caps is refused once, with @words. */
G_GNUC_UNUSED static void
assert_refused (const gchar *settings, const gchar *downstream, const GstCaps *caps,
    const gchar *const *words)
{
  GstHarness *h = make_harness (settings, NULL, downstream);
  GstBus *bus = watch (h->element);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_stream_start ("x"));
  gst_harness_push_event (h, gst_event_new_caps ((GstCaps *) caps));
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (h, make_buffer ("12345678", 8, 0)),
      GST_FLOW_NOT_NEGOTIATED);
  assert_message (bus, GST_MESSAGE_ERROR, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, words);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR) == NULL, "refused twice");
  unwatch (bus);
  gst_harness_teardown (h);
}

#define WORDS(...) ((const gchar *const[]) { __VA_ARGS__, NULL })
