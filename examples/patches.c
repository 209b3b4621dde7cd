/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* patches FILE DIR [PROPERTIES]
 *
 * Writes the frames of a video, or an image, as Gemma 4 sees them: one PNG for each
 * frame that gemma4videoconv takes, put together again from its patches, and named by
 * its place and its stamp. PROPERTIES are gemma4videoconv's, such as "num-frames=8
 * max-soft-tokens=280". */

#include <gst/app/gstappsink.h>
#include <gst/gemma4/stamp.h>
#include <gst/video/video.h>

#include <string.h>

/* What the caps say about the tensors: pixel_values [n_rows][3 * side * side] and
 * pixel_position_ids [n_rows][2]. */
typedef struct
{
  guint side;                   /* of a patch, in pixels */
  guint n_rows;
} Shape;

static gboolean
read_shape (const GstCaps *caps, Shape *shape)
{
  const gchar *dims = gst_structure_get_string (gst_caps_get_structure (caps, 0), "dimensions");
  g_auto (GStrv) parts = g_strsplit_set (dims ? dims : "", ":,", -1);
  if (g_strv_length (parts) < 2)
    return FALSE;
  guint n_values = g_ascii_strtoull (parts[0], NULL, 10);
  shape->n_rows = g_ascii_strtoull (parts[1], NULL, 10);
  for (shape->side = 1; 3 * shape->side * shape->side < n_values;)
    shape->side++;
  return shape->n_rows > 0;
}

/* Puts every patch where its position says; rows without a patch say -1. */
static GstSample *
assemble (const Shape *shape, const guint8 *pixels, const gint32 *positions)
{
  gint32 width = 0, height = 0, side = shape->side;
  for (guint i = 0; i < shape->n_rows; i++) {
    width = MAX (width, (positions[2 * i] + 1) * side);
    height = MAX (height, (positions[2 * i + 1] + 1) * side);
  }
  gsize stride = GST_ROUND_UP_4 (width * 3);
  guint8 *rgb = g_malloc0 (stride * height);
  for (guint i = 0; i < shape->n_rows && positions[2 * i] >= 0; i++)
    for (gint32 y = 0; y < side; y++)
      memcpy (rgb + (positions[2 * i + 1] * side + y) * stride + positions[2 * i] * side * 3,
          pixels + (i * side + y) * side * 3, side * 3);

  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "RGB",
      "width", G_TYPE_INT, width, "height", G_TYPE_INT, height,
      "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
  g_autoptr (GstBuffer) buffer = gst_buffer_new_wrapped (rgb, stride * height);
  GST_BUFFER_PTS (buffer) = 0;
  return gst_sample_new (buffer, caps, NULL, NULL);
}

static gboolean
write_png (GstSample *picture, const gchar *path, GError **error)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("image/png");
  g_autoptr (GstSample) png = gst_video_convert_sample (picture, caps, 10 * GST_SECOND, error);
  GstMapInfo map;
  if (!png || !gst_buffer_map (gst_sample_get_buffer (png), &map, GST_MAP_READ))
    return FALSE;
  gboolean ok = g_file_set_contents (path, (const gchar *) map.data, map.size, error);
  gst_buffer_unmap (gst_sample_get_buffer (png), &map);
  return ok;
}

/* "frame-007-00m05s.png", and a line about it. */
static gboolean
write_frame (GstSample *sample, guint place, const gchar *folder, GError **error)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstMapInfo pixels, positions;
  Shape shape;
  if (!read_shape (gst_sample_get_caps (sample), &shape)
      || !gst_memory_map (gst_buffer_peek_memory (buffer, 0), &pixels, GST_MAP_READ))
    return FALSE;
  g_autoptr (GstSample) picture = NULL;
  if (gst_memory_map (gst_buffer_peek_memory (buffer, 1), &positions, GST_MAP_READ)) {
    picture = assemble (&shape, pixels.data, (const gint32 *) positions.data);
    gst_memory_unmap (positions.memory, &positions);
  }
  gst_memory_unmap (pixels.memory, &pixels);
  if (!picture)
    return FALSE;

  guint64 time = GST_BUFFER_PTS_IS_VALID (buffer) ? gst_segment_to_running_time
      (gst_sample_get_segment (sample), GST_FORMAT_TIME, GST_BUFFER_PTS (buffer)) : 0;
  gchar stamp[GEMMA4_STAMP_BYTES];
  gemma4_stamp_format (stamp, time);
  g_auto (GStrv) parts = g_strsplit (stamp, ":", 2);
  g_autofree gchar *name = g_strdup_printf ("frame-%03u-%sm%ss.png", place, parts[0], parts[1]);
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  GstStructure *s = gst_caps_get_structure (gst_sample_get_caps (picture), 0);
  gint width = 0, height = 0;
  gst_structure_get (s, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, NULL);
  g_print ("%s  shown at %8.3f s, %dx%d, %u patches of %u px\n", path, time / 1e9, width, height,
      width / shape.side * (height / shape.side), shape.side);
  return write_png (picture, path, error);
}

static GstElement *
open_pipeline (const gchar *file, const gchar *properties, GError **error)
{
  g_autofree gchar *uri = gst_filename_to_uri (file, error);
  if (!uri)
    return NULL;
  g_autofree gchar *line = g_strdup_printf ("uridecodebin uri=\"%s\" "
      "caps=video/x-raw(ANY) expose-all-streams=false ! gemma4videoconv %s ! "
      "appsink name=out sync=false "
      "caps=\"other/tensors,types=(string)\\\"uint8,int32\\\"\"", uri, properties);
  return gst_parse_launch (line, error);
}

/* The name of the decoder that a missing-plugin message tells of; NULL if it is one of sound. */
static gchar *
missing_for_pictures (const GstStructure *said)
{
  g_autoptr (GstCaps) caps = NULL;
  gst_structure_get (said, "detail", GST_TYPE_CAPS, &caps, NULL);
  if (caps && g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "audio/"))
    return NULL;
  return g_strdup (gst_structure_get_string (said, "name"));
}

/* Says what GStreamer's @error means for the file; @missing may be NULL. */
static void
explain (GError **error, const gchar *missing)
{
  if (g_error_matches (*error, GST_STREAM_ERROR, GST_STREAM_ERROR_TYPE_NOT_FOUND)
      || g_error_matches (*error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE)) {
    g_prefix_error (error, "it is no media: ");
  } else if (g_error_matches (*error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN)) {
    g_free ((*error)->message);
    (*error)->message = missing ? g_strdup_printf ("GStreamer has no %s. This may install it: "
        "apt install gstreamer1.0-libav", missing) : g_strdup ("there is no video in it");
  }
}

/* The next sample; NULL at the end, with @error set if that was none it should have
 * had: then the sink may never hear of an end. */
static GstSample *
next_sample (GstElement *pipeline, GstAppSink *sink, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autofree gchar *missing = NULL;     /* the error that follows does not name it */
  while (TRUE) {
    GstSample *sample = gst_app_sink_try_pull_sample (sink, 100 * GST_MSECOND);
    if (sample)
      return sample;
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR
        | GST_MESSAGE_ELEMENT);
    if (message && gst_message_has_name (message, "missing-plugin")) {
      missing = missing ? missing : missing_for_pictures (gst_message_get_structure (message));
    } else if (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      gst_message_parse_error (message, error, NULL);
      explain (error, missing);
      return NULL;
    } else if (gst_app_sink_is_eos (sink)) {
      return NULL;
    }
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  if (argc < 3 || argc > 4) {
    g_printerr ("Usage: patches FILE DIR [PROPERTIES OF gemma4videoconv]\n");
    return 2;
  }
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = open_pipeline (argv[1], argc > 3 ? argv[3] : "", &error);
  guint n = 0;
  g_mkdir_with_parents (argv[2], 0777);
  if (pipeline && !error) {
    g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    GstSample *sample;
    gboolean ok = TRUE;
    while (ok && (sample = next_sample (pipeline, GST_APP_SINK (sink), &error))) {
      ok = write_frame (sample, n, argv[2], &error);
      gst_sample_unref (sample);
      n += ok;
    }
    gst_element_set_state (pipeline, GST_STATE_NULL);
  }
  g_clear_pointer (&pipeline, gst_object_unref);
  if (!error && n > 0)
    return 0;
  g_printerr ("patches: %s: %s\n", argv[1], error ? error->message : "there is no picture");
  return 1;
}
