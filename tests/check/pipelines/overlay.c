/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A text overlay shows an answer while it grows. */

#include "line.h"

#include <gst/gemma4/tokenizer.h>
#include <gst/video/video.h>

#define STEP (GST_SECOND / 2)
#define LINE "appsrc name=ids format=time ! gemma4textdec accumulate=true tokenizer=%s ! " \
    "o.text_sink videotestsrc pattern=black num-buffers=%d ! video/x-raw,width=320,height=120," \
    "framerate=2/1 ! textoverlay name=o font-desc=\"Sans 24\" shaded-background=false " \
    "draw-shadow=false draw-outline=false ! videoconvert ! video/x-raw,format=GRAY8 ! " \
    "appsink name=out sync=false"

/* What the model says in each half second, and whether the picture has more text
 * than the one before, as much, or none. */
static const struct
{
  const gchar *pieces;
  gchar ink;
} steps[] = {
  {"<bos>", '0'},
  {"H e", '+'},
  {"\xe2\x96\x81 a", '+'},
  {"<0xE2>", '='},
  {"<0x82> <0xAC>", '+'},
  {"<turn|>", '='},
  {NULL, '0'},
  {NULL, '0'},
};

static void
feed_step (GstElement *source, const Gemma4Tokenizer *tokenizer, guint step)
{
  g_auto (GStrv) pieces = g_strsplit (steps[step].pieces, " ", -1);
  gint n = g_strv_length (pieces);
  g_autofree gint32 *ids = g_new (gint32, n);
  GstFlowReturn flow;
  for (gint i = 0; i < n; i++) {
    ids[i] = gemma4_tokenizer_find (tokenizer, pieces[i]);
    fail_unless (ids[i] >= 0, "there is no piece %s", pieces[i]);
  }
  g_autofree gchar *dims = g_strdup_printf ("%d", n);
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("other/tensors", "format", G_TYPE_STRING,
      "static", "num_tensors", G_TYPE_INT, 1, "types", G_TYPE_STRING, "int32", "dimensions",
      G_TYPE_STRING, dims, "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (ids, n * sizeof *ids);
  GST_BUFFER_PTS (buffer) = step * STEP;
  GST_BUFFER_DURATION (buffer) = STEP;
  g_autoptr (GstSample) sample = gst_sample_new (buffer, caps, NULL, NULL);
  g_signal_emit_by_name (source, "push-sample", sample, &flow);
  fail_unless_equals_int (flow, GST_FLOW_OK);
}

static guint
count_ink (GstSample *sample)
{
  GstVideoFrame frame;
  GstVideoInfo info;
  guint n = 0;
  fail_unless (gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  fail_unless (gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample),
          GST_MAP_READ));
  for (gint y = 0; y < info.height; y++) {
    const guint8 *row = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0)
        + y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0);
    for (gint x = 0; x < info.width; x++)
      n += row[x] > 128;
  }
  gst_video_frame_unmap (&frame);
  return n;
}

GST_START_TEST (test_grows)
{
  g_autofree gchar *path = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf (LINE, path, (gint) G_N_ELEMENTS (steps));
  Gemma4Tokenizer *tokenizer;
  GstFlowReturn flow;
  fail_unless (gemma4_tokenizer_open (path, &tokenizer, NULL) == GEMMA4_OK);
  GstElement *pipeline = line_parse (line);
  GstElement *source = line_find (pipeline, "appsrc");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < G_N_ELEMENTS (steps) && steps[i].pieces; i++)
    feed_step (source, tokenizer, i);
  g_signal_emit_by_name (source, "end-of-stream", &flow);

  guint before = 0;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (GstSample) sample = line_pull (pipeline);
    fail_unless (sample != NULL, "no picture %u", i);
    guint ink = count_ink (sample);
    gboolean ok = steps[i].ink == '0' ? ink == 0 : steps[i].ink == '=' ? ink == before
        : ink > before;
    fail_unless (ok, "picture %u has %u bright pixels, the one before %u, want '%c'", i, ink,
        before, steps[i].ink);
    before = ink;
  }
  line_free (pipeline);
  gemma4_tokenizer_free (tokenizer);
}
GST_END_TEST;

static Suite *
overlay_suite (void)
{
  Suite *s = suite_create ("overlay");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_grows);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("textoverlay", "videotestsrc", "appsrc", "appsink", NULL);
  return gst_check_run_suite (overlay_suite (), "overlay", __FILE__);
}
