/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A gemma4textdec that a test feeds with pieces, and what comes out of it. */

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/gemma4/tokenizer.h>
#include <string.h>

typedef struct
{
  GstHarness *harness;
  GstBus *bus;
  Gemma4Tokenizer *tokenizer;
} Dec;

static inline Dec
dec_new (const gchar *properties)
{
  Dec dec;
  Gemma4Error error = { "" };
  g_autofree gchar *path = golden_path ("tokenizer/gemma4_tiny.model");
  fail_unless (gemma4_tokenizer_open (path, &dec.tokenizer, &error) == GEMMA4_OK, "%s",
      error.text);
  g_autofree gchar *line = g_strdup_printf ("gemma4textdec tokenizer=%s %s", path, properties);
  dec.harness = gst_harness_new_parse (line);
  dec.bus = gst_bus_new ();
  gst_element_set_bus (dec.harness->element, dec.bus);
  return dec;
}

static inline void
dec_free (Dec *dec)
{
  gst_element_set_bus (dec->harness->element, NULL);
  gst_object_unref (dec->bus);
  gst_harness_teardown (dec->harness);
  gemma4_tokenizer_free (dec->tokenizer);
}

static inline void
set_caps (Dec *dec, const gchar *types, const gchar *dims, const gchar *names)
{
  guint n = 1;
  for (const gchar *p = types; *p; p++)
    n += *p == ',';
  GstCaps *caps = gst_caps_new_simple ("other/tensors", "format", G_TYPE_STRING, "static",
      "num_tensors", G_TYPE_INT, n, "types", G_TYPE_STRING, types, "dimensions",
      G_TYPE_STRING, dims, "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
  if (names)
    gst_caps_set_simple (caps, "names", G_TYPE_STRING, names, NULL);
  gst_harness_set_src_caps (dec->harness, caps);
}

/* A memory with the ids of pieces that have blanks between them; U+2581 is a space. */
static inline GstMemory *
ids_memory (const Dec *dec, const gchar *pieces, gboolean wide)
{
  g_auto (GStrv) each = g_strsplit (pieces, " ", -1);
  guint n = g_strv_length (each);
  gint64 *ids64 = g_new (gint64, n);
  gint32 *ids32 = g_new (gint32, n);
  for (guint i = 0; i < n; i++) {
    ids64[i] = ids32[i] = gemma4_tokenizer_find (dec->tokenizer, each[i]);
    fail_unless (ids32[i] >= 0, "there is no piece %s", each[i]);
  }
  gpointer kept = wide ? (gpointer) ids64 : ids32;
  g_free (wide ? (gpointer) ids32 : ids64);
  gsize n_bytes = n * (wide ? 8 : 4);
  return gst_memory_new_wrapped (0, kept, n_bytes, 0, n_bytes, kept, g_free);
}

/* Pushes one buffer of int32 ids, with caps of its own where their number is another. */
static inline void
push_at (Dec *dec, const gchar *pieces, GstClockTime pts, GstClockTime duration)
{
  GstMemory *memory = ids_memory (dec, pieces, FALSE);
  g_autofree gchar *dims = g_strdup_printf ("%zu", memory->size / 4);
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, memory);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  set_caps (dec, "int32", dims, NULL);
  fail_unless_equals_int (gst_harness_push (dec->harness, buffer), GST_FLOW_OK);
}

static inline void
push (Dec *dec, const gchar *pieces)
{
  push_at (dec, pieces, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
}

static inline void
assert_text_at (Dec *dec, const gchar *want, GstClockTime pts, GstClockTime duration)
{
  GstMapInfo map;
  GstBuffer *buffer = gst_harness_try_pull (dec->harness);
  fail_unless (buffer != NULL, "no text came, want '%s'", want);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  fail_unless (map.size == strlen (want) && memcmp (map.data, want, map.size) == 0,
      "got '%.*s', want '%s'", (gint) map.size, map.data, want);
  gst_buffer_unmap (buffer, &map);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), pts);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), duration);
  gst_buffer_unref (buffer);
}

static inline void
assert_text (Dec *dec, const gchar *want)
{
  assert_text_at (dec, want, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
}

static inline void
assert_nothing (Dec *dec)
{
  fail_unless_equals_int (gst_harness_buffers_in_queue (dec->harness), 0);
}

/* The next event of this type downstream, others thrown away; NULL if none came. */
static inline GstEvent *
pull_event (Dec *dec, GstEventType type)
{
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (dec->harness))) {
    if (GST_EVENT_TYPE (event) == type)
      return event;
    gst_event_unref (event);
  }
  return NULL;
}

static inline void
assert_gap (Dec *dec, GstClockTime want, GstClockTime want_duration)
{
  GstClockTime pts, duration;
  g_autoptr (GstEvent) event = pull_event (dec, GST_EVENT_GAP);
  fail_unless (event != NULL, "no gap came");
  gst_event_parse_gap (event, &pts, &duration);
  fail_unless_equals_uint64 (pts, want);
  fail_unless_equals_uint64 (duration, want_duration);
}

static inline void
assert_end (Dec *dec, const gchar *text, guint64 number, guint64 n_tokens, const gchar *reason)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (dec->bus, GST_MESSAGE_ELEMENT);
  fail_unless (message != NULL, "no answer ended, want '%s'", text);
  const GstStructure *s = gst_message_get_structure (message);
  guint64 got_number, got_n;
  fail_unless_equals_string (gst_structure_get_name (s), "gemma4-end-of-turn");
  fail_unless (gst_structure_get (s, "number", G_TYPE_UINT64, &got_number, "n-tokens",
          G_TYPE_UINT64, &got_n, NULL));
  fail_unless_equals_string (gst_structure_get_string (s, "text"), text);
  fail_unless_equals_string (gst_structure_get_string (s, "reason"), reason);
  fail_unless_equals_uint64 (got_number, number);
  fail_unless_equals_uint64 (got_n, n_tokens);
}

static inline void
assert_no_message (Dec *dec)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (dec->bus, GST_MESSAGE_ELEMENT
      | GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  fail_unless (message == NULL, "got a message: %s", message ? GST_MESSAGE_TYPE_NAME (message) : "");
}

static inline void
assert_message (Dec *dec, GstMessageType type, const gchar *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (dec->bus, type);
  fail_unless (message != NULL, "no message like '%s'", pattern);
  if (type == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  else
    gst_message_parse_error (message, &error, NULL);
  fail_unless (g_pattern_match_simple (pattern, error->message), "%s", error->message);
}
