/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Presets from directories in the elements: their numbers in the tensors. */

#include "feed.h"
#include "tree.h"
#include "videotest.h"

#include <gst/gemma4/gemma4.h>
#include <math.h>

#define S GST_SECOND
#define SOUND "audio/x-raw,format=S16LE,rate=16000,channels=1,layout=interleaved"

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

/* Numbers of pixels are the preset's: the packer applies them to bytes, for each
 * channel. */
GST_START_TEST (test_pixels)
{
  gboolean image = __i__;
  const gchar *usual = "\"scale\": [\n";
  tree_replace (tree, "preprocessor.json", usual, "\"scale\": [2, 0.5, 1], \"x\": [\n");
  tree_replace (tree, "preprocessor.json", "\"offset\": [\n", "\"offset\": [-1, 0, 10], \"y\": [\n");
  Feed *feed = feed_new ("preset", tree, "prompt", image ? "<|image|>" : "<|video|>",
      "num-vision-tokens-per-image", 0, NULL);
  GstHarness *pad = feed_pad (feed, image ? "image_0" : "video_0");
  feed_begin (feed, pad, FALSE);
  feed_frame (pad, 0, 3, 3, 100);
  feed_eos (pad);
  GstBuffer *pack = feed_pull (feed);
  GstMapInfo map;
  feed_tensor (pack, "pixel_values", &map);
  const gfloat *values = (const gfloat *) map.data;
  fail_unless_equals_float (values[0], 199);
  fail_unless_equals_float (values[1], 50);
  fail_unless_equals_float (values[2], 110);
  fail_unless_equals_float (values[9 * 768 - 1], 110);
  fail_unless_equals_float (values[9 * 768], 0);        /* padding is 0 */
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (feed);
}
GST_END_TEST;

/* A converter without a packer applies them too, and what the user set wins. */
static const struct
{
  const gchar *props;
  gfloat want[3];
} alone[] = {
  { "", {179, 45, 100} },
  { "scale=1", {89, 90, 100} },
  { "offset=0", {180, 45, 90} },
  { "scale=0.00392156862745098 offset=0", {90 * (1 / 255.0f), 90 * (1 / 255.0f), 90 * (1 / 255.0f)} },
};

GST_START_TEST (test_pixels_alone)
{
  tree_replace (tree, "preprocessor.json", "\"scale\": [\n", "\"scale\": [2, 0.5, 1], \"x\": [\n");
  tree_replace (tree, "preprocessor.json", "\"offset\": [\n", "\"offset\": [-1, 0, 10], \"y\": [\n");
  g_autofree gchar *props = g_strdup_printf ("preset=%s sampling=all %s", tree, alone[__i__].props);
  VideoTest *t = video_test_new (g_strchomp (props), NULL);
  video_test_begin (t, "1/1", 0, S);
  fail_unless_equals_int (video_test_push (t, 0, S), GST_FLOW_OK);
  GstBuffer *out = gst_harness_pull (t->h);
  GstMapInfo map;
  fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 0), &map, GST_MAP_READ));
  for (guint c = 0; c < 3; c++)
    fail_unless (((const gfloat *) map.data)[c] == alone[__i__].want[c], "channel %u: got %g, want %g",
        c, ((const gfloat *) map.data)[c], alone[__i__].want[c]);
  gst_memory_unmap (gst_buffer_peek_memory (out, 0), &map);
  gst_buffer_unref (out);
  video_test_free (t);
}
GST_END_TEST;

/* In front of a packer the preset's numbers may be repeated; others are refused. */
GST_START_TEST (test_own_scale_before_a_packer)
{
  static const gchar *const scales[] = { "0.5", "0.25" };
  tree_replace (tree, "preprocessor.json", "\"scale\": [\n", "\"scale\": 0.5, \"x\": [\n");
  g_autofree gchar *props = g_strdup_printf ("preset=%s sampling=all scale=%s", tree, scales[__i__]);
  VideoTest *t = video_test_new (props, "other/tensors,types=(string)\"uint8,int32\"");
  video_test_begin (t, "1/1", 0, S);
  fail_unless_equals_int (video_test_push (t, 0, S), __i__ ? GST_FLOW_NOT_NEGOTIATED : GST_FLOW_OK);
  video_test_free (t);
}
GST_END_TEST;

/* A converter alone chooses as many frames as the preset says, unless the user does. */
GST_START_TEST (test_num_frames)
{
  tree_replace (tree, "preprocessor.json", "\"num_frames\": 32", "\"num_frames\": 3");
  g_autofree gchar *props = g_strdup_printf ("preset=%s total-frames=10 sampling=uniform%s", tree,
      __i__ ? " num-frames=2" : "");
  VideoTest *t = video_test_new (props, NULL);
  video_test_begin (t, "30/1", 0, GST_CLOCK_TIME_NONE);
  video_test_push_30fps (t, 0, 10);
  video_test_end (t);
  fail_unless_equals_int (gst_harness_buffers_received (t->h), __i__ ? 2 : 3);
  video_test_free (t);
}
GST_END_TEST;

/* Where the preset has means for each filter, silence has them too. */
GST_START_TEST (test_silence)
{
  g_autoptr (GString) means = g_string_new ("\"per_bin_mean\": [0");
  for (guint i = 1; i < 128; i++)
    g_string_append_printf (means, ", %u", i);
  g_string_append (means, "]");
  tree_replace (tree, "preprocessor.json", "\"per_bin_mean\": null", means->str);
  Feed *feed = feed_new ("preset", tree, "prompt", "<|audio|>", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  feed_rows (audio, 0, 640, 5);
  feed_rows (audio, S, 640, 5);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  GstMapInfo map;
  feed_tensor (pack, "audio_mel", &map);
  const gfloat *mel = (const gfloat *) map.data;
  static const guint rows[] = { 50, 2999 };     /* in the hole, and behind the end */
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint m = 0; m < 128; m++)
      fail_unless (mel[rows[i] * 128 + m] == logf (0.001f) - m, "row %u, filter %u: got %g", rows[i],
          m, mel[rows[i] * 128 + m]);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_free (feed);
}
GST_END_TEST;

/* Means for each filter: the preset's, the user's, or none by an empty array; in front of a
 * packer only the preset's. */
static const struct
{
  const gchar *means, *downstream, *error;
  gfloat first;                 /* of a silent row */
} means[] = {
  { NULL, "other/tensors", NULL, -6.9077554f - 2 },
  { "<1.0,0.0>", "other/tensors", NULL, -6.9077554f - 1 },
  { "<>", "other/tensors", NULL, -6.9077554f },
  { "<1.0>", "other/tensors", "per-bin-mean has 1 values", 0 },
  { "<2.0,3.0>", "other/tensors,role=audio", NULL, -6.9077554f - 2 },
  { "<1.0,0.0>", "other/tensors,role=audio", "per-bin-mean=<2 values>", 0 },
};

GST_START_TEST (test_means)
{
  tree_replace (tree, "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": 2");
  tree_replace (tree, "preprocessor.json", "\"per_bin_mean\": null", "\"per_bin_mean\": [2, 3]");
  GstElement *element = gst_element_factory_make ("gemma4audioconv", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  g_object_set (element, "preset", tree, NULL);
  if (means[__i__].means)
    gst_util_set_object_arg (G_OBJECT (element), "per-bin-mean", means[__i__].means);
  if (means[__i__].error && !strstr (means[__i__].downstream, "role")) {
    fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  } else {
    GstHarness *h = gst_harness_new_with_element (element, "sink", "src");
    gst_harness_set_sink_caps_str (h, means[__i__].downstream);
    gst_harness_set_src_caps_str (h, SOUND);
    gint16 samples[1600] = { 0 };
    gst_harness_push (h, gst_buffer_new_memdup (samples, sizeof samples));
    GstBuffer *out = gst_harness_try_pull (h);
    fail_unless ((out != NULL) == !means[__i__].error);
    GstMapInfo map;
    if (out) {
      fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 0), &map, GST_MAP_READ));
      fail_unless (fabsf (((const gfloat *) map.data)[0] - means[__i__].first) < 1e-5, "got %g, want %g",
          ((const gfloat *) map.data)[0], means[__i__].first);
      gst_memory_unmap (gst_buffer_peek_memory (out, 0), &map);
      gst_buffer_unref (out);
    }
    gst_harness_teardown (h);
  }
  /* A message may hold the last reference of the harness's pad, and a pad that goes tells the
   * bus of its element: that must not be the one which is being read. */
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless ((message != NULL) == (means[__i__].error != NULL));
  if (message) {
    g_autoptr (GError) error = NULL;
    gst_message_parse_error (message, &error, NULL);
    fail_unless (strstr (error->message, means[__i__].error) != NULL, "%s", error->message);
  }
  gst_object_unref (element);
}
GST_END_TEST;

static Suite *
presetvalues_suite (void)
{
  Suite *s = suite_create ("presetvalues");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_loop_test (t, test_pixels, 0, 2);
  tcase_add_loop_test (t, test_pixels_alone, 0, G_N_ELEMENTS (alone));
  tcase_add_loop_test (t, test_own_scale_before_a_packer, 0, 2);
  tcase_add_loop_test (t, test_num_frames, 0, 2);
  tcase_add_test (t, test_silence);
  tcase_add_loop_test (t, test_means, 0, G_N_ELEMENTS (means));
  return s;
}

GST_CHECK_MAIN (presetvalues);
