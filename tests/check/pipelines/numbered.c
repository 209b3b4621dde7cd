/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "numbered.h"

#include <glib/gstdio.h>
#include <string.h>

#define SQUARE (NUMBERED_SIDE / 4)
#define PATCH 4

gchar *
numbered_folder (void)
{
  g_autoptr (GError) error = NULL;
  gchar *folder = g_dir_make_tmp ("gemma4-XXXXXX", &error);
  if (!folder)
    g_error ("%s", error->message);
  return folder;
}

void
numbered_clear (const gchar *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_remove (path);
  }
  if (dir)
    g_dir_close (dir);
  g_rmdir (folder);
}

static GstBuffer *
numbered_frame (guint number)
{
  const gsize luma = NUMBERED_SIDE * NUMBERED_SIDE;
  guint8 *i420 = g_malloc (luma * 3 / 2);
  for (guint y = 0; y < NUMBERED_SIDE; y++)
    for (guint x = 0; x < NUMBERED_SIDE; x++)
      i420[y * NUMBERED_SIDE + x] = number >> (y / SQUARE * 4 + x / SQUARE) & 1 ? 235 : 16;
  memset (i420 + luma, 128, luma / 2);
  return gst_buffer_new_wrapped (i420, luma * 3 / 2);
}

void
numbered_make (const gchar *line, guint n, guint fps, const GstClockTime *times)
{
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  g_autofree gchar *text = g_strdup_printf ("video/x-raw,format=I420,width=%d,height=%d,"
      "framerate=%u/1", NUMBERED_SIDE, NUMBERED_SIDE, fps);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  g_object_set (src, "caps", caps, "format", GST_FORMAT_TIME, "max-bytes",
      G_GUINT64_CONSTANT (1 << 20), "block", TRUE, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < n; i++) {
    GstBuffer *frame = numbered_frame (i);
    GstFlowReturn ret;
    GST_BUFFER_PTS (frame) = fps ? gst_util_uint64_scale (i, GST_SECOND, fps) : times[i];
    if (fps)
      GST_BUFFER_DURATION (frame) = gst_util_uint64_scale (i + 1, GST_SECOND, fps)
          - GST_BUFFER_PTS (frame);
    g_signal_emit_by_name (src, "push-buffer", frame, &ret);
    gst_buffer_unref (frame);
    fail_unless_equals_int (ret, GST_FLOW_OK);
  }
  GstFlowReturn ret;
  g_signal_emit_by_name (src, "end-of-stream", &ret);
  g_autofree gchar *error = line_wait (pipeline);
  fail_unless (error == NULL, "%s: %s", line, error);
  line_free (pipeline);
}

/* The lightness at a place, 0 to 1 from left to right and from top to bottom. */
static guint8
pixel_at (const guint8 *pixels, const gint32 *positions, gdouble x, gdouble y)
{
  guint n_columns = 1, n = 1;
  while (positions[2 * n_columns] > 0)
    n_columns++;
  while (positions[2 * n] >= 0)
    n++;
  guint column = x * n_columns * PATCH, row = y * (n / n_columns) * PATCH;
  guint patch = row / PATCH * n_columns + column / PATCH;
  return pixels[(patch * PATCH * PATCH + row % PATCH * PATCH + column % PATCH) * 3 + 1];
}

guint
numbered_read (GstBuffer *tensors)
{
  GstMapInfo pixels, positions;
  guint number = 0;
  fail_unless (gst_memory_map (gst_buffer_peek_memory (tensors, 0), &pixels, GST_MAP_READ));
  fail_unless (gst_memory_map (gst_buffer_peek_memory (tensors, 1), &positions, GST_MAP_READ));
  for (guint bit = 0; bit < 16; bit++) {
    gdouble x = (bit % 4 + 0.5) / 4, y = (bit / 4 + 0.5) / 4;
    guint8 level = pixel_at (pixels.data, (const gint32 *) positions.data, x, y);
    fail_unless (level < 64 || level > 191, "bit %u is grey: %u", bit, level);
    number |= (level > 127) << bit;
  }
  gst_memory_unmap (positions.memory, &positions);
  gst_memory_unmap (pixels.memory, &pixels);
  return number;
}

GArray *
numbered_play (GstElement *pipeline)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  GstSample *sample;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = line_pull (pipeline))) {
    guint64 number = numbered_read (gst_sample_get_buffer (sample));
    g_array_append_val (numbers, number);
    gst_sample_unref (sample);
  }
  return numbers;
}

void
numbered_check (const gchar *what, const GArray *got, const guint64 *want, guint n)
{
  for (guint i = 0; i < MIN (n, got->len); i++) {
    guint64 g = g_array_index (got, guint64, i);
    fail_unless (g == want[i], "%s: frame %u is %" G_GUINT64_FORMAT ", want %"
        G_GUINT64_FORMAT, what, i, g, want[i]);
  }
  fail_unless (got->len == n, "%s: got %u frames, want %u", what, got->len, n);
}

void
numbered_expect (const gchar *what, const gchar *line, const guint64 *want, guint n)
{
  GstElement *pipeline = line_parse (line);
  g_autoptr (GArray) got = numbered_play (pipeline);
  line_free (pipeline);
  numbered_check (what, got, want, n);
}
