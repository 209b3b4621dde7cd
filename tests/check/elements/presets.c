/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Presets from directories in the elements: what wins, what converters are told, and
 * what they are refused for. */

#include "feed.h"
#include "tree.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND

static gchar *tree;

static void
setup (void)
{
  tree = tree_new ();
  tree_write_keras (tree);
}

static void
teardown (void)
{
  tree_free (tree);
}

static guint
get_uint (GstElement *element, const gchar *name)
{
  guint value;
  g_object_get (element, name, &value, NULL);
  return value;
}

static void
assert_says (const gchar *text, const gchar *words)
{
  g_auto (GStrv) all = g_strsplit (words, "|", -1);
  for (guint i = 0; all[i]; i++)
    fail_unless (strstr (text, all[i]) != NULL, "\"%s\" is not in: %s", all[i], text);
}

/* The user's properties win over the preset, the preset over the defaults, in whatever
 * order they are set; the vocabulary is the preset's. */
GST_START_TEST (test_what_wins)
{
  tree_replace (tree, "preprocessor.json", "\"sequence_length\": 1024", "\"sequence_length\": 512");
  tree_replace (tree, "preprocessor.json", "\"max_images_per_prompt\": 2",
      "\"max_images_per_prompt\": 7");
  tree_replace (tree, "preprocessor.json", "\"num_frames\": 32", "\"num_frames\": 12");
  Feed *feed = __i__ ? feed_new ("tokenizer", NULL, "prompt", "a", "sequence-length", 640, "preset",
      tree, NULL) : feed_new ("tokenizer", NULL, "prompt", "a", "preset", tree, "sequence-length",
      640, NULL);
  fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (get_uint (feed->packer, "sequence-length"), 640);
  fail_unless_equals_int (get_uint (feed->packer, "max-images-per-prompt"), 7);
  fail_unless_equals_int (get_uint (feed->packer, "num-frames-per-video"), 12);
  fail_unless_equals_int (get_uint (feed->packer, "max-audio-clips-per-prompt"), 1);
  feed_free (feed);
}
GST_END_TEST;

/* A model of one converter takes what that makes, and pads of the other are refused. */
GST_START_TEST (test_one_converter)
{
  static const gchar *const kinds[] = { "image", "video" };
  const gchar *lacks = kinds[__i__], *has = kinds[!__i__];
  g_autofree gchar *key = g_strdup_printf ("\"%s_converter\"", lacks);
  tree_replace (tree, "preprocessor.json", key, "\"other\"");
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *pad = g_strdup_printf ("%s_0", i ? lacks : has);
    g_autofree gchar *words = g_strdup_printf ("%s|has no converter|%s pads", tree, lacks);
    Feed *feed = feed_new ("tokenizer", NULL, "prompt", "a", "preset", tree, NULL);
    feed_request (feed, pad);
    fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
        i ? GST_STATE_CHANGE_FAILURE : GST_STATE_CHANGE_SUCCESS);
    if (i) {
      g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
      assert_says (text, words);
    }
    feed_free (feed);
  }
}
GST_END_TEST;

/* The vocabulary: of the preset, of another preset, or by its path; a preset without
 * one says where it looked. */
GST_START_TEST (test_tokenizer)
{
  static const gchar *const bad[][2] = {
    { NULL, "No tokenizer|vocabulary.spm|tokenizer=" },
    { "gemma4_4b", "No tokenizer|gemma4_4b|kagglehub" },
    { "hf://a/b", "No tokenizer|hf://a/b|hf download" },
    { "/no/such.spm", "/no/such.spm" },
  };
  Feed *feed = feed_new ("tokenizer", tree, "prompt", "a", NULL);
  fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  feed_free (feed);
  tree_remove (tree, "assets");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    feed = feed_new ("tokenizer", bad[i][0], "prompt", "a", "preset", tree, NULL);
    fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
        GST_STATE_CHANGE_FAILURE);
    g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
    assert_says (text, bad[i][1]);
    feed_free (feed);
  }
}
GST_END_TEST;

/* gemma4textdec takes a preset for its vocabulary too. */
GST_START_TEST (test_tokenizer_of_answers)
{
  GstElement *dec = gst_element_factory_make ("gemma4textdec", NULL);
  g_object_set (dec, "tokenizer", tree, NULL);
  fail_unless_equals_int (gst_element_set_state (dec, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (dec, GST_STATE_NULL);
  tree_remove (tree, "assets");
  fail_unless_equals_int (gst_element_set_state (dec, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (dec, GST_STATE_NULL);
  gst_object_unref (dec);
}
GST_END_TEST;

/* What is wrong in the directory is said when the packer starts. */
GST_START_TEST (test_bad_preset)
{
  tree_replace (tree, "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": []");
  Feed *feed = feed_new ("prompt", "a", "preset", tree, NULL);
  fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  assert_says (text, "preprocessor.json|config.audio_converter.config.num_mels|array");
  feed_free (feed);
}
GST_END_TEST;

static GstStructure *
asked_caps (Feed *feed, const gchar *pad_name)
{
  feed_request (feed, pad_name);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (feed->packer, pad_name);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  return gst_structure_copy (gst_caps_get_structure (caps, 0));
}

/* Converters are told before anything is started. */
GST_START_TEST (test_words)
{
  gint n_frames = 0;
  tree_replace (tree, "preprocessor.json", "\"num_frames\": 32", "\"num_frames\": 12");
  Feed *feed = feed_new ("prompt", "a", "preset", tree, "config-file", "preprocessor.json", NULL);
  GstStructure *caps = asked_caps (feed, "video_0");
  fail_unless_equals_string (gst_structure_get_string (caps, "preset"), tree);
  fail_unless_equals_string (gst_structure_get_string (caps, "config-file"), "preprocessor.json");
  fail_unless (gst_structure_get_int (caps, "num-frames", &n_frames));
  fail_unless_equals_int (n_frames, 12);
  gst_structure_free (caps);
  feed_free (feed);

  gchar *unified = tree_new ();
  tree_write_unified (unified);
  feed = feed_new ("prompt", "a", "preset", unified, NULL);
  caps = asked_caps (feed, "audio_0");
  fail_unless_equals_string (gst_structure_get_string (caps, "names"), "audio_frames,audio_frames_mask");
  fail_unless_equals_string (gst_structure_get_string (caps, "target"), "transformers");
  gst_structure_free (caps);
  feed_free (feed);
  tree_free (unified);
}
GST_END_TEST;

#define SOUND "audio/x-raw,format=S16LE,rate=16000,channels=1,layout=interleaved"

/* A converter takes the directory that downstream names, or its own. */
GST_START_TEST (test_audio_converter)
{
  tree_replace (tree, "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": 40");
  g_autofree gchar *caps = g_strdup_printf ("other/tensors,preset=(string)\"%s\",role=audio", tree);
  GstElement *element = gst_element_factory_make ("gemma4audioconv", NULL);
  if (__i__)
    g_object_set (element, "preset", tree, NULL);
  GstHarness *h = gst_harness_new_with_element (element, "sink", "src");
  gst_harness_set_sink_caps_str (h, __i__ == 2 ? "other/tensors" : caps);
  gst_harness_set_src_caps_str (h, SOUND);
  gint16 samples[1600] = { 0 };
  gst_harness_push (h, gst_buffer_new_memdup (samples, sizeof samples));
  g_autoptr (GstCaps) got = gst_pad_get_current_caps (h->sinkpad);
  fail_unless (got != NULL, "no caps");
  const GstStructure *s = gst_caps_get_structure (got, 0);
  fail_unless_equals_string (gst_structure_get_string (s, "dimensions"), "40:4,4");
  fail_unless_equals_string (gst_structure_get_string (s, "preset"), tree);
  gst_object_unref (element);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* Keys that nobody knows are logged by the element. */
static void
collect_log (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message, gpointer data)
{
  if (g_str_equal (gst_debug_category_get_name (category), "gemma4presets")
      && level == GST_LEVEL_INFO && GST_IS_ELEMENT (object))
    g_string_append_printf (data, "%s\n", gst_debug_message_get (message));
}

GST_START_TEST (test_log)
{
  g_autoptr (GString) logged = g_string_new (NULL);
  tree_replace (tree, "preprocessor.json", "\"video_fps\": 24.0", "\"video_fsp\": 24.0");
  gst_debug_set_threshold_from_string ("gemma4presets:INFO", FALSE);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (collect_log, logged, NULL);
  Feed *feed = feed_new ("tokenizer", NULL, "prompt", "a", "preset", tree, NULL);
  gst_element_set_state (feed->packer, GST_STATE_PAUSED);
  feed_free (feed);
  gst_debug_remove_log_function (collect_log);
  gst_debug_add_log_function (gst_debug_log_default, NULL, NULL);
  gst_debug_unset_threshold_for_name ("gemma4presets");
  assert_says (logged->str, tree);
  assert_says (logged->str, "vocabulary.spm|preprocessor.json: config.video_fsp is not known");
}
GST_END_TEST;

/* A link to the directory is the same preset. */
static gchar *
make_alias (void)
{
  tree_link (tree, "alias", ".");
  return g_build_filename (tree, "alias", NULL);
}

static const struct
{
  const gchar *element, *pad, *caps;
} converters[] = {
  { "gemma4audioconv", "audio_0", SOUND },
  { "gemma4videoconv", "video_0", "video/x-raw,format=RGB,width=48,height=48,framerate=1/1" },
};

/* What the converter and the packer have, and what that leads to; NULL: it works.
 * DIR is the directory, ALIAS a link to it. */
static const struct
{
  const gchar *converter, *converter_file, *packer, *packer_file, *says;
} pairs[] = {
  { NULL, NULL, "DIR", NULL, NULL },
  { "DIR", NULL, "DIR", NULL, NULL },
  { "ALIAS", NULL, "DIR", NULL, NULL },
  { "DIR", NULL, "ALIAS", NULL, NULL },
  { NULL, NULL, "DIR", "other.json", NULL },
  { "DIR", "other.json", "ALIAS", "other.json", NULL },
  { "gemma4_4b", NULL, "DIR", NULL, "preset=gemma4_4b|preset=" },
  { "DIR", NULL, "gemma4_4b", NULL, "preset=gemma4_4b|preset=" },
  { "DIR", "other.json", "DIR", NULL, "config-file=other.json|preset=" },
  { NULL, "other.json", "DIR", NULL, "config-file=other.json|preset=" },
};

static void
set_preset (GstElement *element, const gchar *name, const gchar *file, const gchar *alias)
{
  const gchar *path = !g_strcmp0 (name, "DIR") ? tree : !g_strcmp0 (name, "ALIAS") ? alias : name;
  if (path)
    g_object_set (element, "preset", path, NULL);
  if (file)
    g_object_set (element, "config-file", file, NULL);
}

/* A buffer goes from the source through a converter into the packer, or not. */
GST_START_TEST (test_agreement)
{
  guint k = __i__ / G_N_ELEMENTS (pairs), i = __i__ % G_N_ELEMENTS (pairs);
  g_autofree gchar *alias = make_alias ();
  g_autofree gchar *pad = g_strdup (converters[k].pad), *from = g_build_filename (tree,
      "preprocessor.json", NULL), *contents = NULL;
  fail_unless (g_file_get_contents (from, &contents, NULL, NULL));
  tree_write (tree, "other.json", contents);
  Feed *feed = feed_new ("prompt", "a", NULL);
  set_preset (feed->packer, pairs[i].packer, pairs[i].packer_file, alias);
  GstElement *converter = gst_element_factory_make (converters[k].element, NULL);
  set_preset (converter, pairs[i].converter, pairs[i].converter_file, alias);
  gst_element_set_bus (converter, feed->bus);
  GstHarness *h = gst_harness_new_with_element (converter, "sink", NULL);
  fail_unless (gst_element_link_pads (converter, "src", feed->packer, pad));
  feed->out = gst_harness_new_with_element (feed->packer, NULL, "src");
  gst_element_set_state (converter, GST_STATE_PLAYING);
  gst_harness_set_src_caps_str (h, converters[k].caps);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 48 * 48 * 3, NULL);
  gst_buffer_memset (buffer, 0, 0, -1);
  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = k ? S : 216 * GST_MSECOND;
  GstFlowReturn flow = gst_harness_push (h, buffer);
  if (!pairs[i].says) {
    feed_assert_no_message (feed, GST_MESSAGE_ERROR);
    fail_unless_equals_int (flow, GST_FLOW_OK);
  } else {
    g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
    assert_says (text, pairs[i].says);
    assert_says (text, tree);
    fail_unless (flow != GST_FLOW_OK || k == 1, "nothing was refused"); /* a frame may wait */
  }
  gst_element_set_state (converter, GST_STATE_NULL);
  gst_element_unlink (converter, feed->packer);
  gst_element_set_bus (converter, NULL);
  gst_harness_teardown (h);
  gst_object_unref (converter);
  feed_free (feed);
}
GST_END_TEST;

static Suite *
presets_suite (void)
{
  Suite *s = suite_create ("presets");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_loop_test (t, test_what_wins, 0, 2);
  tcase_add_loop_test (t, test_one_converter, 0, 2);
  tcase_add_test (t, test_tokenizer);
  tcase_add_test (t, test_tokenizer_of_answers);
  tcase_add_test (t, test_bad_preset);
  tcase_add_test (t, test_words);
  tcase_add_loop_test (t, test_audio_converter, 0, 3);
  tcase_add_test (t, test_log);
  tcase_add_loop_test (t, test_agreement, 0, G_N_ELEMENTS (pairs) * G_N_ELEMENTS (converters));
  return s;
}

GST_CHECK_MAIN (presets);
