/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of gemma4audioconv's clips share. */

#include "audiotest.h"

/* Every buffer has the shapes that the caps before it say. */
static inline GstPadProbeReturn
check_shapes (GstPad *pad, GstPadProbeInfo *info, gpointer n_values)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  fail_unless (caps != NULL, "a buffer without caps");
  gsize row_bytes = GPOINTER_TO_UINT (n_values) * sizeof (gfloat);
  gsize n_rows = gst_memory_get_sizes (gst_buffer_peek_memory (buffer, 0), NULL, NULL)
      / row_bytes;
  g_autofree gchar *want = g_strdup_printf ("%u:%zu,%zu", GPOINTER_TO_UINT (n_values), n_rows,
      n_rows);
  fail_unless_equals_string (gst_structure_get_string (gst_caps_get_structure (caps, 0),
          "dimensions"), want);
  return GST_PAD_PROBE_OK;
}

/* Sources and transforms ask before their first buffer: GstBaseTransform then negotiates. */
static inline void
ask_allocation (GstHarness *h)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->srcpad);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, FALSE);
  gst_pad_peer_query (h->srcpad, query);
}

static inline GstHarness *
make_clip_harness (const gchar *settings, const gchar *caps, const gchar *downstream,
    guint n_values)
{
  GstHarness *h = make_harness (settings, NULL, downstream);
  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, check_shapes,
      GUINT_TO_POINTER (n_values), NULL);
  if (caps) {
    gst_harness_set_src_caps_str (h, caps);
    ask_allocation (h);
  }
  return h;
}

/* All values from @first on are @want. (fail_unless() is slow in long loops.) */
static inline void
assert_constant (const Output *out, guint first, gfloat want)
{
  for (guint i = first; i < out->mel->len; i++) {
    if (AT (out->mel, gfloat, i) != want)
      fail ("value %u is %.9g, not %.9g", i, AT (out->mel, gfloat, i), want);
  }
}

/* The values are [n] 16-bit @samples, and 0 behind them. */
static inline void
assert_raw (const Output *out, const gint16 *samples, guint n, guint32 seed)
{
  for (guint i = 0; i < out->mel->len; i++) {
    gfloat want = i < n ? samples[i] / 32768.0f : 0.0f;
    if (AT (out->mel, gfloat, i) != want)
      fail ("seed %u: value %u is %g, not %g", seed, i, AT (out->mel, gfloat, i), want);
  }
}

/* The next element message of this name, or NULL. */
static inline GstMessage *
pop_element_message (GstBus *bus, const gchar *name)
{
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, name))
      return message;
    gst_message_unref (message);
  }
  return NULL;
}

static inline guint64
message_uint64 (GstMessage *message, const gchar *field)
{
  guint64 value = G_MAXUINT64;
  fail_unless (gst_structure_get_uint64 (gst_message_get_structure (message), field, &value),
      "the message has no %s", field);
  return value;
}

/* @n_samples were cut from a clip that began at @start; 0: nobody says so. */
static inline void
assert_trimmed (GstBus *bus, guint64 n_samples, GstClockTime start)
{
  g_autoptr (GstMessage) message = pop_element_message (bus, "gemma4-audio-trimmed");
  fail_unless ((message != NULL) == (n_samples > 0), "gemma4-audio-trimmed: %d", !!message);
  if (!message)
    return;
  fail_unless_equals_uint64 (message_uint64 (message, "samples"), n_samples);
  fail_unless_equals_uint64 (message_uint64 (message, "start"), start);
  fail_unless_equals_uint64 (message_uint64 (message, "trimmed"),
      gst_util_uint64_scale (n_samples, GST_SECOND, 16000));
}

/* A clip of @n_samples was too short, and that is a warning and a message. */
static inline void
assert_dropped (GstBus *bus, guint64 n_samples)
{
  g_autofree gchar *words = g_strdup_printf ("%" G_GUINT64_FORMAT " samples", n_samples);
  assert_message (bus, GST_MESSAGE_WARNING, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
      WORDS (words, "left out"));
  g_autoptr (GstMessage) message = pop_element_message (bus, "gemma4-dropped");
  fail_unless (message != NULL, "no gemma4-dropped");
  fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message),
          "why"), "too-short");
  fail_unless_equals_uint64 (message_uint64 (message, "samples"), n_samples);
}

/* STREAM_START, CAPS and SEGMENT stand on the sink pad in this order, and the
 * segment is in TIME. */
static inline void
assert_event_order (GstHarness *h)
{
  GstEventType last = GST_EVENT_UNKNOWN;
  guint n = 0;
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (h))) {
    GstEventType type = GST_EVENT_TYPE (event);
    if (type == GST_EVENT_STREAM_START || type == GST_EVENT_CAPS || type == GST_EVENT_SEGMENT) {
      fail_unless (type >= last || n >= 3, "%s came too late",
          gst_event_type_get_name (type));
      last = type;
      n++;
    }
    gst_event_unref (event);
  }
  fail_unless (n >= 3, "only %u of STREAM_START, CAPS and SEGMENT came", n);
}
