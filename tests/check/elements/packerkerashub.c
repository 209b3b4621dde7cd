/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer's properties that KerasHub's preprocessor has: the times of frames,
 * missing media, models without eyes or ears. */

#include "feed.h"
#include "golden.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define FRAME "<|image><|video|><image|>"

/* How many values of a tensor of bytes or int32 are not 0. */
static guint
count_set (GstBuffer *pack, const gchar *name, gsize value_bytes)
{
  static const guint8 zero[4] = { 0 };
  GstMapInfo map;
  guint n = 0;
  feed_tensor (pack, name, &map);
  for (gsize i = 0; i < map.size; i += value_bytes)
    n += memcmp (map.data + i, zero, value_bytes) != 0;
  gst_memory_unmap (map.memory, &map);
  return n;
}

static void
set_metadata (Feed *feed, const gchar *text)
{
  g_autofree gchar *whole = g_strdup_printf ("metadata,%s", text);
  GstStructure *metadata = gst_structure_from_string (whole, NULL);
  fail_unless (metadata != NULL, "%s is no structure", whole);
  gst_child_proxy_set (GST_CHILD_PROXY (feed->packer), "video_0::video-metadata", metadata,
      NULL);
  gst_structure_free (metadata);
}

static const struct
{
  const gchar *metadata, *prompt;
} times[] = {
  {"frames-indices=<0,8,16,24>,fps=30.0", "00:00 " FRAME " 00:00 " FRAME " 00:00 " FRAME
        " 00:00 " FRAME},
  {"frames-indices=<0,60,120,1799>,fps=30.0", "00:00 " FRAME " 00:02 " FRAME " 00:04 " FRAME
        " 00:59 " FRAME},
  {"frames-indices=<0,48,96,144>", "00:00 " FRAME " 00:02 " FRAME " 00:04 " FRAME " 00:06 "
        FRAME},                 /* video-fps=24 */
  {"frames-indices=<0,989,990,6000>,fps=29.97", "00:00 " FRAME " 00:32 " FRAME " 00:33 " FRAME
        " 03:20 " FRAME},       /* 32.9997 s is 32 s to KerasHub */
};

GST_START_TEST (test_video_metadata)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  set_metadata (feed, times[__i__].metadata);
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 4 * GST_SECOND, GST_SECOND);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, times[__i__].prompt);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_video_metadata_of_other_frames)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  set_metadata (feed, "frames-indices=<0,8,16>,fps=30.0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 4 * GST_SECOND, GST_SECOND);
  feed_eos (video);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  fail_unless (strstr (text, "video_0 has 3 frames-indices") && strstr (text, "4 frames"),
      "the error says: %s", text);
  feed_free (feed);
}

GST_END_TEST;

/* As a pipeline's description gives it. */
GST_START_TEST (test_video_metadata_of_gst_launch)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch ("videotestsrc num-buffers=1 ! "
      "gemma4videoconv ! p.video_0 gemma4packer name=p video_0::video-metadata="
      "\"metadata,frames-indices=<0,8,16,24>,fps=30.0\" ! fakesink", &error);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  g_autoptr (GstElement) packer = gst_bin_get_by_name (GST_BIN (pipeline), "p");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (packer, "video_0");
  GstStructure *metadata = NULL;
  g_object_get (pad, "video-metadata", &metadata, NULL);
  fail_unless (metadata != NULL, "video-metadata was not set");
  fail_unless_equals_int (gst_value_array_get_size (gst_structure_get_value (metadata,
              "frames-indices")), 4);
  gst_structure_free (metadata);
}

GST_END_TEST;

/* KerasHub's text for each kind when nothing of it was given; no mask has it. */
static const struct
{
  const gchar *prompt, *expanded;
} missing[] = {
  {"See <|video|>?", "See 00:00 <|image><|video|>*5<image|> 00:00 <|image><|video|>*5<image|> "
        "00:01 <|image><|video|>*5<image|>?"},
  {"See <|image|>?", "See <|image><|image|>*280<image|>?"},
  {"Hear <|audio|>?", "Hear <|audio|>?"},
  {"<|image|><|image:1|>", "<|image><|image|>*280<image|><|image><|image|>*280<image|>"},
};

GST_START_TEST (test_missing_media)
{
  Feed *feed = feed_new ("prompt", missing[__i__].prompt, "chat", FALSE,
      "allow-missing-media", TRUE, "num-frames-per-video", 3, "video-fps", 2.0,
      "num-vision-tokens-per-frame", 5, "num-audio-tokens-per-clip", 3, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, missing[__i__].expanded);
  fail_unless_equals_int (count_set (pack, "vision_mask", 1), 0);
  fail_unless_equals_int (count_set (pack, "audio_mask", 1), 0);
  fail_unless_equals_int (count_set (pack, "vision_indices", 4), 0);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* The times of frames that did not come are those of video-metadata, if that is set. */
GST_START_TEST (test_missing_video_with_metadata)
{
  Feed *feed = feed_new ("prompt", "<|video|>", "chat", FALSE, "allow-missing-media", TRUE,
      "num-vision-tokens-per-frame", 1, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  set_metadata (feed, "frames-indices=<0,60,120>,fps=30.0");
  feed_begin (feed, video, FALSE);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 " FRAME " 00:02 " FRAME " 00:04 " FRAME);
  fail_unless_equals_int (count_set (pack, "vision_mask", 1), 0);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_missing_media_is_refused)
{
  Feed *feed = feed_new ("prompt", missing[__i__].prompt, "chat", FALSE,
      "allow-missing-media", __i__ % 2, NULL);
  if (__i__ % 2)                /* transformers has no such text */
    gst_util_set_object_arg (G_OBJECT (feed->packer), "target", "transformers");
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_eos (video);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  fail_unless (strstr (text, "placeholder") != NULL, "the error says: %s", text);
  feed_free (feed);
}

GST_END_TEST;

/* What is there keeps its mask beside what is missing. */
GST_START_TEST (test_missing_sound_beside_a_video)
{
  Feed *feed = feed_new ("prompt", "<|video|> <|audio|>", "chat", FALSE,
      "allow-missing-media", TRUE, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frame (video, 0, 3, 6, 1);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|>*2<image|> <|audio|>");
  fail_unless_equals_int (count_set (pack, "vision_mask", 1), 2);
  fail_unless_equals_int (count_set (pack, "vision_indices", 4), 2);
  fail_unless_equals_int (count_set (pack, "audio_mask", 1), 0);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Rows of another width than audio-input-feat-size. */
GST_START_TEST (test_audio_input_feat_size)
{
  Feed *feed = feed_new ("prompt", "What?", "audio-input-feat-size", 64, NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  fail_unless (strstr (text, "64 values a row") && strstr (text, "audio-input-feat-size")
      && strstr (text, "num-mels"), "the error says: %s", text);
  feed_free (feed);
}

GST_END_TEST;

static const struct
{
  const gchar *overflow, *target;
  guint length;
  gboolean vision, fits;
} lengths[] = {
  {"truncate", "kerashub", 560, TRUE, FALSE},
  {"truncate", "kerashub", 561, TRUE, TRUE},
  {"drop", "kerashub", 560, TRUE, FALSE},
  {"grow", "kerashub", 560, TRUE, TRUE},
  {"drop", "kerashub", 560, FALSE, TRUE},
  {"drop", "transformers", 560, TRUE, TRUE},
};

GST_START_TEST (test_sequence_length)
{
  Feed *feed = feed_new ("prompt", "What?", "sequence-length", lengths[__i__].length,
      "vision", lengths[__i__].vision, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "overflow", lengths[__i__].overflow);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", lengths[__i__].target);
  GstStateChangeReturn ret = gst_element_set_state (feed->packer, GST_STATE_PAUSED);
  fail_unless_equals_int (ret != GST_STATE_CHANGE_FAILURE, lengths[__i__].fits);
  if (!lengths[__i__].fits) {
    g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
    fail_unless (strstr (text, "560") != NULL, "the error says: %s", text);
  }
  feed_free (feed);
}

GST_END_TEST;

static const struct
{
  gboolean audio, vision;
  const gchar *mode, *names;
} models[] = {
  {FALSE, FALSE, "generate", "token_ids,padding_mask"},
  {FALSE, FALSE, "train", "token_ids,position_ids,padding_mask,y,sample_weight"},
  {FALSE, TRUE, "generate", "token_ids,position_ids,padding_mask,vision_mask,audio_mask,"
        "vision_indices"},
  {TRUE, FALSE, "generate", "token_ids,position_ids,padding_mask,vision_mask,audio_mask"},
};

/* A prompt alone, to models that lack one modality or both. To a text-only one
 * placeholders are text. */
GST_START_TEST (test_text_to_a_smaller_model)
{
  gboolean text_only = !models[__i__].audio && !models[__i__].vision;
  Feed *feed = feed_new ("audio", models[__i__].audio, "vision", models[__i__].vision,
      "chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "mode", models[__i__].mode);
  GstHarness *prompt = feed_pad (feed, "prompt");
  g_autofree gchar *caps = g_strdup_printf ("other/tensors,names=\"%s\"",
      models[__i__].names);
  const gchar *text = text_only ? "What is <|image|>?" : "What?";
  feed_begin (feed, prompt, FALSE);
  feed_prompt (prompt, text, 0);
  feed_eos (prompt);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, text);
  feed_assert_caps (feed, caps);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* A checkpoint's tokenizer.json gives the ids of the model file. */
GST_START_TEST (test_tokenizer_json)
{
  static const gchar *const files[] = { "tokenizer/gemma4_tiny.model", "tokenizer/tokenizer.json" };
  GBytes *ids[2];
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *path = golden_path (files[i]);
    Feed *feed = feed_new ("tokenizer", path, "system-prompt", "Be brief.", NULL);
    GstHarness *prompt = feed_pad (feed, "prompt");
    GstMapInfo map;
    feed_begin (feed, prompt, FALSE);
    feed_prompt (prompt, "What is  in the kitchen\nat noon, na\xc3\xafve \xf0\x9f\x98\x80?", 0);
    feed_eos (prompt);
    GstBuffer *pack = feed_pull (feed);
    feed_tensor (pack, "token_ids", &map);
    ids[i] = g_bytes_new (map.data, map.size);
    gst_memory_unmap (map.memory, &map);
    gst_buffer_unref (pack);
    feed_free (feed);
  }
  fail_unless (g_bytes_get_size (ids[0]) > 0 && g_bytes_equal (ids[0], ids[1]));
  g_bytes_unref (ids[0]);
  g_bytes_unref (ids[1]);
}

GST_END_TEST;

static const gchar *const refused[] = { "audio_0", "video_0", "image_0" };

GST_START_TEST (test_pads_of_a_switched_off_modality)
{
  Feed *feed = feed_new ("audio", FALSE, "vision", FALSE, "prompt", "What?", NULL);
  feed_request (feed, refused[__i__]);
  fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  fail_unless (g_str_has_prefix (text, __i__ ? "vision=false, but there are" :
          "audio=false, but there are audio pads: remove them or the setting."),
      "the error says: %s", text);
  feed_free (feed);

  feed = feed_new ("audio", FALSE, "vision", FALSE, "prompt", "What?", NULL);
  fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless (gst_element_request_pad_simple (feed->packer, refused[__i__]) == NULL);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerkerashub_suite (void)
{
  Suite *s = suite_create ("packerkerashub");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_video_metadata, 0, G_N_ELEMENTS (times));
  tcase_add_test (t, test_tokenizer_json);
  tcase_add_test (t, test_video_metadata_of_other_frames);
  tcase_add_test (t, test_video_metadata_of_gst_launch);
  tcase_add_loop_test (t, test_missing_media, 0, G_N_ELEMENTS (missing));
  tcase_add_loop_test (t, test_missing_media_is_refused, 0, 3);
  tcase_add_test (t, test_missing_video_with_metadata);
  tcase_add_test (t, test_missing_sound_beside_a_video);
  tcase_add_test (t, test_audio_input_feat_size);
  tcase_add_loop_test (t, test_sequence_length, 0, G_N_ELEMENTS (lengths));
  tcase_add_loop_test (t, test_text_to_a_smaller_model, 0, G_N_ELEMENTS (models));
  tcase_add_loop_test (t, test_pads_of_a_switched_off_modality, 0, G_N_ELEMENTS (refused));
  return s;
}

GST_CHECK_MAIN (packerkerashub);
