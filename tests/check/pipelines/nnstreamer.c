/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* NNStreamer's tensor_sink takes a pack as it is. */

#include "line.h"

typedef struct
{
  guint n_buffers, n_memories;
  gsize n_bytes;
} Seen;

static void
new_data (GstElement *sink, GstBuffer *buffer, gpointer user_data)
{
  Seen *seen = user_data;
  seen->n_buffers++;
  seen->n_memories = gst_buffer_n_memory (buffer);
  seen->n_bytes = gst_buffer_get_size (buffer);
}

static gsize
type_bytes (const gchar *type)
{
  return g_str_equal (type, "int64") ? 8 : g_str_equal (type, "uint8") ? 1 : 4;
}

/* What the caps promise. */
static gsize
caps_bytes (const GstStructure *caps)
{
  g_auto (GStrv) types = g_strsplit (gst_structure_get_string (caps, "types"), ",", -1);
  g_auto (GStrv) tensors = g_strsplit (gst_structure_get_string (caps, "dimensions"), ",",
      -1);
  gsize all = 0;
  for (guint i = 0; types[i] && tensors[i]; i++) {
    g_auto (GStrv) dims = g_strsplit (tensors[i], ":", -1);
    gsize n = type_bytes (g_strstrip (types[i]));
    for (guint d = 0; dims[d]; d++)
      n *= g_ascii_strtoull (dims[d], NULL, 10);
    all += n;
  }
  return all;
}

GST_START_TEST (test_tensor_sink)
{
  g_autofree gchar *line = line_sample (__i__ ? "target=transformers" : "",
      "tensor_sink name=out sync=false emit-signal=true");
  GstElement *pipeline = line_parse (line);
  GstElement *sink = line_find (pipeline, "tensor_sink");
  Seen seen = { 0 };
  g_signal_connect (sink, "new-data", G_CALLBACK (new_data), &seen);
  line_play_to_eos (pipeline);
  fail_unless_equals_int (seen.n_buffers, 1);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  gint n_tensors = 0;
  fail_unless_equals_string (gst_structure_get_string (s, "format"), "static");
  fail_unless (gst_structure_get_int (s, "num_tensors", &n_tensors));
  fail_unless_equals_int (seen.n_memories, n_tensors);
  fail_unless_equals_int (n_tensors, __i__ ? 7 : 11);
  fail_unless_equals_uint64 (seen.n_bytes, caps_bytes (s));
  line_free (pipeline);
}

GST_END_TEST;

static Suite *
nnstreamer_suite (void)
{
  Suite *s = suite_create ("nnstreamer");
  TCase *t = line_tcase (40);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_tensor_sink, 0, 2);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("tensor_sink", "matroskademux", "vp8dec", "opusdec", "audioconvert",
      "audioresample", NULL);
  return gst_check_run_suite (nnstreamer_suite (), "nnstreamer", __FILE__);
}
