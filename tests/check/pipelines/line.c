/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "line.h"

#include <stdlib.h>

void
line_need (const gchar *element, ...)
{
  va_list args;
  va_start (args, element);
  for (const gchar *name = element; name; name = va_arg (args, const gchar *)) {
    GstElementFactory *factory = gst_element_factory_find (name);
    if (!factory) {
      g_print ("SKIP: there is no element %s\n", name);
      exit (77);
    }
    gst_object_unref (factory);
  }
  va_end (args);
}

static GstElement *current;     /* the pipeline that is not yet freed */

static void
stop_current (void)
{
  if (current)
    line_free (current);
}

TCase *
line_tcase (guint seconds)
{
  TCase *tcase = tcase_create ("general");
  tcase_set_timeout (tcase, seconds);
  tcase_add_checked_fixture (tcase, NULL, stop_current);
  return tcase;
}

gchar *
line_example (const gchar *name)
{
  const gchar *dir = g_getenv ("GEMMA4_EXAMPLES");
  fail_unless (dir != NULL, "GEMMA4_EXAMPLES is not set; meson test does that");
  return g_build_filename (dir, name, NULL);
}

gchar *
line_demo (const gchar *source, const gchar *settings, const gchar *sink)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  return g_strdup_printf ("%s "
      "d. ! queue ! vp8dec ! gemma4videoconv ! p.video_0 "
      "d. ! queue ! opusdec ! audioconvert ! audioresample quality=10 ! "
      "gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p tokenizer=%s %s ! %s", source, tokenizer, settings, sink);
}

gchar *
line_sample (const gchar *settings, const gchar *sink)
{
  g_autofree gchar *file = line_example ("sample.webm");
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! matroskademux name=d",
      file);
  g_autofree gchar *all = g_strdup_printf ("prompt=\"" LINE_QUESTION "\" %s", settings);
  return line_demo (source, all, sink);
}

GstElement *
line_parse (const gchar *line)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  fail_unless (pipeline && !error, "%s: %s", line, error ? error->message : "no pipeline");
  fail_unless (current == NULL, "one pipeline at a time");
  current = pipeline;
  return pipeline;
}

GstElement *
line_find (GstElement *pipeline, const gchar *factory)
{
  GstIterator *it = gst_bin_iterate_all_by_element_factory_name (GST_BIN (pipeline), factory);
  GValue value = G_VALUE_INIT;
  fail_unless (gst_iterator_next (it, &value) == GST_ITERATOR_OK, "no %s in the line",
      factory);
  GstElement *element = g_value_get_object (&value);
  g_value_unset (&value);
  gst_iterator_free (it);
  return element;
}

gchar *
line_wait (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, LINE_TIMEOUT,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless (message != NULL, "neither EOS nor an error within %d s",
      (gint) (LINE_TIMEOUT / GST_SECOND));
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  gst_message_parse_error (message, &error, &debug);
  return g_strdup_printf ("%s: %s | %s", GST_MESSAGE_SRC_NAME (message), error->message,
      debug ? debug : "");
}

gchar *
line_play (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return line_wait (pipeline);
}

void
line_play_to_eos (GstElement *pipeline)
{
  g_autofree gchar *error = line_play (pipeline);
  fail_unless (error == NULL, "%s", error);
}

GstSample *
line_pull (GstElement *pipeline)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  GstSample *sample = NULL;
  gboolean eos = FALSE;
  g_signal_emit_by_name (sink, "try-pull-sample", LINE_TIMEOUT, &sample);
  g_object_get (sink, "eos", &eos, NULL);
  if (!sample && !eos) {
    g_autofree gchar *error = line_wait (pipeline);
    fail ("no pack: %s", error);
  }
  return sample;
}

void
line_free (GstElement *pipeline)
{
  current = NULL;
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

const GstStructure *
pack_meta (GstBuffer *pack)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (pack, "GstGemma4TensorsMeta");
  fail_unless (meta != NULL, "the pack has no meta");
  return gst_custom_meta_get_structure (meta);
}

guint
pack_meta_length (GstBuffer *pack, const gchar *field)
{
  const GValue *array = gst_structure_get_value (pack_meta (pack), field);
  return array ? gst_value_array_get_size (array) : 0;
}

static const GValue *
meta_value (GstBuffer *pack, const gchar *field, guint i)
{
  guint n = pack_meta_length (pack, field);
  fail_unless (i < n, "the meta has %u %s, want number %u", n, field, i);
  return gst_value_array_get_value (gst_structure_get_value (pack_meta (pack), field), i);
}

guint64
pack_meta_uint64 (GstBuffer *pack, const gchar *field, guint i)
{
  return g_value_get_uint64 (meta_value (pack, field, i));
}

const gchar *
pack_meta_string (GstBuffer *pack, const gchar *field, guint i)
{
  return g_value_get_string (meta_value (pack, field, i));
}

static gchar *
describe (GstBuffer *pack, guint i)
{
  const GValue *shape = meta_value (pack, "shapes", i);
  GString *text = g_string_new (pack_meta_string (pack, "types", i));
  for (guint d = 0; d < gst_value_array_get_size (shape); d++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, d ? ", " : " [",
        g_value_get_int64 (gst_value_array_get_value (shape, d)));
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static gint
find (GstBuffer *pack, const gchar *name)
{
  for (guint i = 0; i < pack_meta_length (pack, "names"); i++) {
    if (g_str_equal (pack_meta_string (pack, "names", i), name))
      return i;
  }
  return -1;
}

void
pack_map (GstBuffer *pack, const gchar *name, const gchar *want, GstMapInfo *map)
{
  gint i = find (pack, name);
  fail_unless (i >= 0, "the pack has no tensor %s", name);
  g_autofree gchar *got = describe (pack, i);
  fail_unless (g_str_equal (got, want), "%s is %s, want %s", name, got, want);
  fail_unless (gst_memory_map (gst_buffer_peek_memory (pack, i), map, GST_MAP_READ));
}

void
pack_assert_absent (GstBuffer *pack, const gchar *name)
{
  fail_unless (find (pack, name) < 0, "the pack has a tensor %s", name);
}
