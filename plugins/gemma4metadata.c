/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4metadata.h"

#include "gemma4meta.h"

#include <json-glib/json-glib.h>

/* One member of each object of a list: its name there, and the meta's array. */
typedef struct
{
  const gchar *member;
  const gchar *field;
  gboolean text;
} Column;

static const Column frame_columns[] = {
  {"pad", "frame-pads", TRUE},
  {"running-time", "frame-running-times", FALSE},
  {"stream-time", "frame-stream-times", FALSE},
  {"stamp", "frame-stamps", TRUE},
};

static const Column audio_columns[] = {
  {"pad", "audio-pads", TRUE},
  {"running-time", "audio-running-times", FALSE},
  {"stream-time", "audio-stream-times", FALSE},
  {"duration", "audio-durations", FALSE},
};

static const Column stage_columns[] = {
  {"stage", "stages", TRUE},
  {"time", "stage-times", FALSE},
};

static void
add_line (GPtrArray *lines, const gchar *key, gchar *value)
{
  g_ptr_array_add (lines, g_strdup (key));
  g_ptr_array_add (lines, value);
}

static gchar *
finish (JsonBuilder *builder)
{
  JsonNode *root = json_builder_get_root (builder);
  gchar *text = json_to_string (root, FALSE);
  json_node_unref (root);
  g_object_unref (builder);
  return text;
}

static void
add_list (GPtrArray *lines, const gchar *key, const GstStructure *meta,
    const Column *columns, guint n_columns)
{
  guint n = gemma4_meta_length (meta, columns[0].field);
  if (!n)
    return;
  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++) {
    json_builder_begin_object (builder);
    for (guint c = 0; c < n_columns; c++) {
      json_builder_set_member_name (builder, columns[c].member);
      if (columns[c].text)
        json_builder_add_string_value (builder,
            gemma4_meta_string (meta, columns[c].field, i));
      else
        json_builder_add_int_value (builder,
            gemma4_meta_uint64 (meta, columns[c].field, i));
    }
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  add_line (lines, key, finish (builder));
}

static void
add_window (GPtrArray *lines, const GstStructure *meta)
{
  guint64 start, stop;
  if (gst_structure_get_uint64 (meta, "window-start", &start)
      && gst_structure_get_uint64 (meta, "window-stop", &stop))
    add_line (lines, "window", g_strdup_printf ("{\"start\":%" G_GUINT64_FORMAT
            ",\"stop\":%" G_GUINT64_FORMAT "}", start, stop));
}

static void
add_scalars (GPtrArray *lines, const GstStructure *meta)
{
  static const gchar *const texts[] = { "target", "prompt" };
  static const gchar *const counts[] = { "n-tokens", "n-image-tokens", "n-video-tokens",
    "n-audio-tokens"
  };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    const gchar *text = gst_structure_get_string (meta, texts[i]);
    if (text)
      add_line (lines, texts[i], g_strdup (text));
  }
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    guint64 n;
    if (gst_structure_get_uint64 (meta, counts[i], &n))
      add_line (lines, counts[i], g_strdup_printf ("%" G_GUINT64_FORMAT, n));
  }
}

GPtrArray *
gemma4_metadata_lines (GstBuffer *buffer, const gchar *target)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  const GstStructure *meta = gemma4_meta_get (buffer);
  add_line (lines, "format", g_strdup ("gst-gemma4"));
  if (target && !(meta && gst_structure_has_field (meta, "target")))
    add_line (lines, "target", g_strdup (target));
  if (GST_BUFFER_PTS_IS_VALID (buffer))
    add_line (lines, "pts", g_strdup_printf ("%" G_GUINT64_FORMAT,
            GST_BUFFER_PTS (buffer)));
  if (meta) {
    add_scalars (lines, meta);
    add_window (lines, meta);
    add_list (lines, "frame-times", meta, frame_columns, G_N_ELEMENTS (frame_columns));
    add_list (lines, "audio-spans", meta, audio_columns, G_N_ELEMENTS (audio_columns));
    add_list (lines, "stage-times", meta, stage_columns, G_N_ELEMENTS (stage_columns));
  }
  return lines;
}
