/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* appsink FILE TOKENIZER [QUESTION]
 *
 * How an application takes the tensors of Gemma 4 out of a pipeline: a file of
 * picture and sound and a question go in, and of every pack that comes out this
 * prints the prompt, the number of tokens, and each tensor's name, type and
 * shape. Where it prints, a program of yours would call the model. */

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

/* Packs describe themselves in a custom meta: arrays with one element for each
 * tensor. (The caps say the same, but have no bool.) */
#define META_NAME "GstGemma4TensorsMeta"

static const GValue *
element (const GstStructure *meta, const gchar *field, guint i)
{
  return gst_value_array_get_value (gst_structure_get_value (meta, field), i);
}

static void
print_tensor (const GstStructure *meta, guint i, const GstMapInfo *map)
{
  const GValue *shape = element (meta, "shapes", i);
  g_print ("%-22s %-8s [", g_value_get_string (element (meta, "names", i)),
      g_value_get_string (element (meta, "types", i)));
  for (guint d = 0; d < gst_value_array_get_size (shape); d++)
    g_print ("%s%" G_GINT64_FORMAT, d ? ", " : "",
        g_value_get_int64 (gst_value_array_get_value (shape, d)));
  g_print ("] %" G_GSIZE_FORMAT " bytes\n", map->size);
}

/* One memory is one tensor: contiguous, row-major, 64-byte aligned. Map each of
 * them alone; gst_buffer_map() would first copy all of them into one. */
static void
print_tensors (GstBuffer *pack, const GstStructure *meta)
{
  for (guint i = 0; i < gst_buffer_n_memory (pack); i++) {
    GstMemory *memory = gst_buffer_peek_memory (pack, i);
    GstMapInfo map;
    if (!gst_memory_map (memory, &map, GST_MAP_READ))
      continue;
    print_tensor (meta, i, &map);
    gst_memory_unmap (memory, &map);
  }
}

static void
print_pack (GstBuffer *pack)
{
  GstCustomMeta *custom = gst_buffer_get_custom_meta (pack, META_NAME);
  if (!custom)
    return;
  const GstStructure *meta = gst_custom_meta_get_structure (custom);
  guint64 all = 0, image = 0, video = 0, audio = 0;
  gst_structure_get (meta, "n-tokens", G_TYPE_UINT64, &all,
      "n-image-tokens", G_TYPE_UINT64, &image, "n-video-tokens", G_TYPE_UINT64, &video,
      "n-audio-tokens", G_TYPE_UINT64, &audio, NULL);
  g_print ("prompt: %s\n", gst_structure_get_string (meta, "prompt"));
  g_print ("tokens: %" G_GUINT64_FORMAT ", of them %" G_GUINT64_FORMAT " of images, %"
      G_GUINT64_FORMAT " of video, %" G_GUINT64_FORMAT " of sound\n", all, image, video,
      audio);
  print_tensors (pack, meta);
}

static GstElement *
make_pipeline (gchar **args, GError **error)
{
  GstElement *pipeline = gst_parse_launch_full ("filesrc name=file ! decodebin name=d "
      "d. ! queue ! video/x-raw ! gemma4videoconv ! p.video_0 "
      "d. ! queue ! audio/x-raw ! audioconvert ! audioresample quality=10 ! "
      "gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p ! appsink name=out sync=false max-buffers=1", NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (!pipeline)
    return NULL;
  GstElement *file = gst_bin_get_by_name (GST_BIN (pipeline), "file");
  GstElement *packer = gst_bin_get_by_name (GST_BIN (pipeline), "p");
  g_object_set (file, "location", args[1], NULL);
  g_object_set (packer, "tokenizer", args[2], "prompt",
      args[3] ? args[3] : "What do you see and hear?", NULL);
  gst_object_unref (packer);
  gst_object_unref (file);
  return pipeline;
}

static void
tell_error (GstMessage *message, const gchar *file)
{
  GError *error = NULL;
  gst_message_parse_error (message, &error, NULL);
  if (g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_TYPE_NOT_FOUND)
      || g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE))
    g_printerr ("%s is no media: ", file);
  g_printerr ("%s: %s\n", GST_MESSAGE_SRC_NAME (message), error->message);
  g_error_free (error);
}

static void
tell_warning (GstMessage *message)
{
  GError *error = NULL;
  gst_message_parse_warning (message, &error, NULL);
  gboolean unlinked = g_error_matches (error, GST_PARSE_ERROR, GST_PARSE_ERROR_DELAYED_LINK);
  g_printerr ("%s: %s\n", GST_MESSAGE_SRC_NAME (message),
      unlinked ? "there is no picture in the file, or no sound" : error->message);
  g_error_free (error);
}

/* Tells what a message says is wrong; TRUE if the pipeline stops there. */
static gboolean
tell (GstMessage *message, const gchar *file)
{
  const GstStructure *said = gst_message_get_structure (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    tell_error (message, file);
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    tell_warning (message);
  else if (gst_structure_has_name (said, "missing-plugin"))
    g_printerr ("GStreamer has no %s. This may install it: apt install gstreamer1.0-libav\n",
        gst_structure_get_string (said, "name"));
  else if (gst_structure_has_name (said, "gemma4-dropped"))
    g_printerr ("%s: dropped: %s\n", GST_MESSAGE_SRC_NAME (message),
        gst_structure_get_string (said, "why"));
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
}

/* The next pack; NULL at EOS, and with @failed when something failed. That is told
 * on the bus and does not wake up the appsink. */
static GstSample *
next_sample (GstAppSink *sink, GstBus *bus, const gchar *file, gboolean *failed)
{
  GstSample *sample = NULL;
  gboolean ended = FALSE;
  while (!sample && !ended && !*failed) {
    GstMessage *message;
    sample = gst_app_sink_try_pull_sample (sink, 100 * GST_MSECOND);
    ended = gst_app_sink_is_eos (sink);
    while (!*failed && (message = gst_bus_pop_filtered (bus,
                GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT))) {
      *failed = tell (message, file);
      gst_message_unref (message);
    }
  }
  return sample;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  gst_init (&argc, &argv);
  if (argc < 3 || argc > 4) {
    g_printerr ("usage: %s FILE TOKENIZER [QUESTION]\n", argv[0]);
    return 2;
  }
  if (!g_file_test (argv[1], G_FILE_TEST_EXISTS)) {
    g_printerr ("there is no file %s\n", argv[1]);
    return 1;
  }
  GstElement *pipeline = make_pipeline (argv, &error);
  if (!pipeline) {
    g_printerr ("%s; is GST_PLUGIN_PATH the folder build/plugins?\n", error->message);
    g_error_free (error);
    return 1;
  }
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  GstBus *bus = gst_element_get_bus (pipeline);
  GstSample *sample;
  gboolean failed = FALSE;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = next_sample (GST_APP_SINK (sink), bus, argv[1], &failed))) {
    print_pack (gst_sample_get_buffer (sample));
    gst_sample_unref (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
  return failed;
}
