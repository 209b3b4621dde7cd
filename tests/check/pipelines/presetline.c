/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whole lines with preset=DIRECTORY on the packer and nothing else. */

#include "line.h"
#include "tree.h"

#include <gst/gemma4/gemma4.h>
#include <string.h>

static gchar *tree;

static void
setup (void)
{
  tree = tree_new ();
}

static void
teardown (void)
{
  tree_free (tree);
}

/* Two seconds of a test picture and sound, packed with @settings; the only pack. */
static GstBuffer *
pack_with (const gchar *settings)
{
  g_autofree gchar *line = g_strdup_printf ("videotestsrc pattern=ball num-buffers=20 ! "
      "video/x-raw,width=160,height=120,framerate=10/1 ! gemma4videoconv ! p.video_0 "
      "audiotestsrc num-buffers=20 samplesperbuffer=1600 ! audio/x-raw,rate=16000,channels=1 ! "
      "gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p prompt=\"Hello!\" %s ! appsink name=out sync=false", settings);
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "no pack");
  GstBuffer *pack = gst_buffer_ref (gst_sample_get_buffer (sample));
  gst_sample_unref (sample);
  line_free (pipeline);
  return pack;
}

static void
assert_same (GstBuffer *got, GstBuffer *want)
{
  fail_unless_equals_int (gst_buffer_n_memory (got), gst_buffer_n_memory (want));
  for (guint i = 0; i < gst_buffer_n_memory (want); i++) {
    GstMapInfo a, b;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (got, i), &a, GST_MAP_READ));
    fail_unless (gst_memory_map (gst_buffer_peek_memory (want, i), &b, GST_MAP_READ));
    fail_unless (a.size == b.size && memcmp (a.data, b.data, a.size) == 0, "tensor %u differs", i);
    gst_memory_unmap (a.memory, &a);
    gst_memory_unmap (b.memory, &b);
  }
}

/* What is published gives the same tensors, byte for byte, as the built-in preset with
 * the same vocabulary. */
static const struct
{
  void (*write) (const gchar *);
  const gchar *vocabulary, *settings, *like;
} published[] = {
  { tree_write_keras, "assets/tokenizer/vocabulary.spm", "", "" },
  { tree_write_checkpoint, "tokenizer.json", "", "" },
  { tree_write_checkpoint, "tokenizer.json", "target=transformers", "" },
  { tree_write_unified, "tokenizer.json", "", "preset=gemma4_instruct_12b" },
};

GST_START_TEST (test_published)
{
  published[__i__].write (tree);
  g_autofree gchar *ours = g_strdup_printf ("preset=%s %s", tree, published[__i__].settings);
  g_autofree gchar *theirs = g_strdup_printf ("tokenizer=%s/%s %s %s", tree,
      published[__i__].vocabulary, published[__i__].settings, published[__i__].like);
  GstBuffer *got = pack_with (ours), *want = pack_with (theirs);
  assert_same (got, want);
  gst_buffer_unref (got);
  gst_buffer_unref (want);
}
GST_END_TEST;

/* All that is different in the directory is different in the tensors. */
GST_START_TEST (test_changed)
{
  GstMapInfo map;
  tree_write_keras (tree);
  tree_replace (tree, "preprocessor.json", "\"num_frames\": 32", "\"num_frames\": 5");
  tree_replace (tree, "preprocessor.json", "\"max_soft_tokens\": 70", "\"max_soft_tokens\": 140");
  tree_replace (tree, "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": 40");
  tree_replace (tree, "preprocessor.json", "\"max_audio_length\": 30", "\"max_audio_length\": 4");
  tree_replace (tree, "preprocessor.json", "\"sequence_length\": 1024", "\"sequence_length\": 2000");
  g_autofree gchar *settings = g_strdup_printf ("preset=%s", tree);
  GstBuffer *pack = pack_with (settings);
  pack_map (pack, "pixel_values", "float32 [1, 5, 1260, 768]", &map);
  gst_memory_unmap (map.memory, &map);
  pack_map (pack, "audio_mel", "float32 [1, 1, 400, 40]", &map);
  gst_memory_unmap (map.memory, &map);
  pack_map (pack, "token_ids", "int32 [1, 2000]", &map);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
}
GST_END_TEST;

/* A model that does not hear refuses the sound, whatever the directory has. */
GST_START_TEST (test_deaf)
{
  tree_write_checkpoint (tree);
  tree_replace (tree, "config.json", "\"audio_config\": {", "\"audio_config\": null, \"x\": {");
  g_autofree gchar *line = g_strdup_printf ("audiotestsrc num-buffers=3 ! "
      "audio/x-raw,rate=16000,channels=1 ! gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p prompt=a preset=%s ! fakesink", tree);
  GstElement *pipeline = line_parse (line);
  g_autofree gchar *error = line_play (pipeline);
  fail_unless (error && strstr (error, "does not hear") && strstr (error, tree), "%s", error);
  line_free (pipeline);
}
GST_END_TEST;

/* A text model packs what is typed, and nothing else. */
GST_START_TEST (test_text_only)
{
  GstMapInfo map;
  tree_write_checkpoint (tree);
  tree_replace (tree, "config.json", "\"model_type\": \"gemma4\"", "\"model_type\": \"gemma4_text\"");
  tree_write (tree, "question", "Hello!");
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s/question ! text/x-raw,format=utf8 ! "
      "p.prompt gemma4packer name=p preset=%s ! appsink name=out sync=false", tree, tree);
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "no pack");
  pack_map (gst_sample_get_buffer (sample), "token_ids", "int32 [1, 1024]", &map);
  gst_memory_unmap (map.memory, &map);
  pack_assert_absent (gst_sample_get_buffer (sample), "vision_indices");
  gst_sample_unref (sample);
  line_free (pipeline);
}
GST_END_TEST;

static Suite *
presetline_suite (void)
{
  Suite *s = suite_create ("presetline");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_loop_test (t, test_published, 0, G_N_ELEMENTS (published));
  tcase_add_test (t, test_changed);
  tcase_add_test (t, test_deaf);
  tcase_add_test (t, test_text_only);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("videotestsrc", "audiotestsrc", NULL);
  return gst_check_run_suite (presetline_suite (), "presetline", __FILE__);
}
