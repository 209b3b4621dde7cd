/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pictures and sounds for KerasHub, and what it refuses. */

#include "packing.h"

/* Patches of 3 values; many of them round differently under the two rules. */
static const guint8 pixels[] = {
  3, 6, 12, 15, 23, 24, 27, 30, 31, 46, 48, 51, 54, 255, 0
};

static const gfloat rows[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static const Gemma4Frame one_by_two = { pixels, 1, 2 };
static const Gemma4Frame one_by_three = { pixels + 6, 1, 3 };
static const Gemma4Frame two_by_one = { pixels, 2, 1 };

static Gemma4PackMedia
image (const Gemma4Frame *frame)
{
  return (Gemma4PackMedia) {.kind = GEMMA4_MEDIA_IMAGE,.frames = frame,.n_frames = 1};
}

static Gemma4PackMedia
video (const Gemma4Frame *frames, gsize n_frames)
{
  return (Gemma4PackMedia) {.kind = GEMMA4_MEDIA_VIDEO,.frames = frames,.n_frames = n_frames};
}

static Gemma4PackMedia
clip (guint n_rows, guint n_valid)
{
  return (Gemma4PackMedia) {.kind = GEMMA4_MEDIA_AUDIO,.clip = {rows, n_rows, n_valid, 800}};
}

/* Like expect_tensor(), the values as pixels before they are scaled. */
static void
expect_pixels (const Gemma4Pack *pack, const gchar *dims, const gchar *values,
    gboolean divided)
{
  gsize n;
  g_autofree gdouble *raw = parse_numbers (values, &n);
  GString *scaled = g_string_new (NULL);
  for (gsize i = 0; i < n; i++) {
    gfloat v = raw[i];
    gfloat want = divided ? v / 255.0f : v * (gfloat) (1.0 / 255.0);
    g_string_append_printf (scaled, "%.9g ", want);
  }
  GString *single = g_string_new (NULL);
  gsize at = find_tensor (pack, "pixel_values");
  g_autofree gchar *description = describe_tensor (gemma4_pack_spec (pack, at));
  fail_unless_equals_string (description, dims);
  fail_unless_equals_uint64 (n, gemma4_tensor_n_elements (gemma4_pack_spec (pack, at)));
  g_autofree gfloat *got = fill_tensor (pack, at);
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (single, "%.9g ", got[i]);
  fail_unless_equals_string (single->str, scaled->str);
  g_string_free (single, TRUE);
  g_string_free (scaled, TRUE);
}

/* The prompt has num_vision_tokens_per_image, however many the picture has. */
GST_START_TEST (test_image)
{
  Gemma4PackParams params = small_params ();
  Gemma4PackMedia media = image (&one_by_two);
  Gemma4PackItem item = item_new ("20 7 8 8 8 8 9 21", NULL, &media, 1);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_names (pack, "token_ids position_ids padding_mask vision_mask audio_mask "
      "vision_indices pixel_values pixel_position_ids");
  expect_tensor (pack, "token_ids", "int32 1 12", "2 20 7 8 8 8 8 9 21 0 0 0");
  expect_tensor (pack, "vision_mask", "bool 1 12", "0 0 0 1 1 1 1 0 0 0 0 0");
  expect_tensor (pack, "vision_indices", "int32 1 9", "3 4 5 6 0 0 0 0 0");
  expect_pixels (pack, "float32 1 1 4 3", "3 6 12 15 23 24 0 0 0 0 0 0", FALSE);
  expect_tensor (pack, "pixel_position_ids", "int32 1 1 4 2", "0 0 0 1 -1 -1 -1 -1");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

/* As many soft tokens as each picture has; a preset without video. */
GST_START_TEST (test_images)
{
  const Gemma4PackMedia media[] = { image (&one_by_two), image (&one_by_three) };
  Gemma4PackParams params = small_params ();
  params.video = false;
  params.num_vision_tokens_per_image = 0;
  Gemma4PackItem item = item_new ("7 8 8 9 7 8 8 8 9", NULL, media, 2);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "vision_indices", "int32 1 8", "2 3 0 0 6 7 8 0");
  expect_pixels (pack, "float32 1 2 4 3", "3 6 12 15 23 24 0 0 0 0 0 0 "
      "27 30 31 46 48 51 54 255 0 0 0 0", FALSE);
  expect_tensor (pack, "pixel_position_ids", "int32 1 2 4 2",
      "0 0 0 1 -1 -1 -1 -1  0 0 0 1 0 2 -1 -1");
  gemma4_pack_free (pack);
  params.index_layout = GEMMA4_INDEX_KERASHUB;
  pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "vision_indices", "int32 1 8", "2 3 6 7 8 0 0 0");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

/* Two prompts, one with a video of two frames, one without. */
GST_START_TEST (test_video)
{
  const Gemma4Frame frames[] = { one_by_two, one_by_three };
  Gemma4PackMedia media = video (frames, 2);
  Gemma4PackParams params = small_params ();
  Gemma4PackItem items[] = {
    item_new ("20", NULL, NULL, 0),
    item_new ("7 13 13 9 20 7 13 13 13 9", NULL, &media, 1),
  };
  Gemma4Pack *pack = pack_items (&params, items, 2);
  expect_tensor (pack, "vision_mask", "bool 2 12",
      "0 0 0 0 0 0 0 0 0 0 0 0  0 0 1 1 0 0 0 1 1 1 0 0");
  expect_tensor (pack, "vision_indices", "int32 2 9", "0 0 0 0 0 0 0 0 0  2 3 0 7 8 9 0 0 0");
  expect_pixels (pack, "float32 2 2 3 3", "0 0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0 0 "
      "3 6 12 15 23 24 0 0 0  27 30 31 46 48 51 54 255 0", TRUE);
  expect_tensor (pack, "pixel_position_ids", "int32 2 2 3 2",
      "-1 -1 -1 -1 -1 -1  -1 -1 -1 -1 -1 -1  0 0 0 1 -1 -1  0 0 0 1 0 2");
  gemma4_pack_free (pack);
  item_clear (&items[0]);
  item_clear (&items[1]);
}
GST_END_TEST;

/* Two clips of 2 and 1 soft tokens; the first still hears its tail in row 5. */
GST_START_TEST (test_audio)
{
  const Gemma4PackMedia media[] = { clip (6, 5), clip (3, 3) };
  Gemma4PackParams params = small_params ();
  params.clip_rows = 8;
  Gemma4PackItem item = item_new ("10 11 11 12 10 11 12", NULL, media, 2);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_names (pack, "token_ids position_ids padding_mask vision_mask audio_mask "
      "vision_indices audio_mel audio_mel_mask audio_indices");
  expect_tensor (pack, "audio_mask", "bool 1 12", "0 0 1 1 0 0 1 0 0 0 0 0");
  expect_tensor (pack, "audio_mel", "float32 1 2 8 2", "1 2 3 4 5 6 7 8 9 10 11 12 -7 -7 -7 -7 "
      "1 2 3 4 5 6 -7 -7 -7 -7 -7 -7 -7 -7 -7 -7");
  expect_tensor (pack, "audio_mel_mask", "int32 1 2 8", "1 1 1 1 1 0 0 0  1 1 1 0 0 0 0 0");
  expect_tensor (pack, "audio_indices", "int32 1 4", "2 3 6 0");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

/* A prompt without a clip gets a silent one; indices are as wide as the most. */
GST_START_TEST (test_audio_batch)
{
  const Gemma4PackMedia media = clip (2, 2);
  Gemma4PackParams params = small_params ();
  params.clip_rows = 3;
  Gemma4PackItem items[] = {
    item_new ("10 11 12", NULL, &media, 1),
    item_new ("20", NULL, NULL, 0),
  };
  Gemma4Pack *pack = pack_items (&params, items, 2);
  expect_tensor (pack, "audio_mel", "float32 2 1 3 2", "1 2 3 4 -7 -7  -7 -7 -7 -7 -7 -7");
  expect_tensor (pack, "audio_mel_mask", "int32 2 1 3", "1 1 0  0 0 0");
  expect_tensor (pack, "audio_indices", "int32 2 1", "2 0");
  gemma4_pack_free (pack);
  item_clear (&items[0]);
  item_clear (&items[1]);
}
GST_END_TEST;

/* A cut through the second image leaves the first one's entries alone. */
GST_START_TEST (test_truncated_image)
{
  const Gemma4PackMedia media[] = { image (&one_by_two), image (&one_by_three) };
  Gemma4PackParams params = small_params ();
  params.num_vision_tokens_per_image = 0;
  params.overflow = GEMMA4_OVERFLOW_TRUNCATE;
  params.sequence_length = 7;
  Gemma4PackItem item = item_new ("7 8 8 9 7 8 8 8 9", NULL, media, 2);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "token_ids", "int32 1 7", "2 7 8 8 9 7 8");
  expect_tensor (pack, "vision_indices", "int32 1 9", "2 3 0 0 6 0 0 0 0");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

/* Pieces that a cut joins must not run over the tensor. */
GST_START_TEST (test_joined_runs)
{
  const Gemma4PackMedia media[] = { clip (8, 8), clip (8, 8) };
  Gemma4PackParams params = small_params ();
  params.overflow = GEMMA4_OVERFLOW_TRUNCATE;
  params.sequence_length = 5;
  Gemma4PackItem item = item_new ("10 11 11 12", "11 11 12 20", media, 2);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "token_ids", "int32 1 5", "2 10 11 11 11");
  expect_tensor (pack, "audio_indices", "int32 1 6", "2 3 4 0 0 0");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

GST_START_TEST (test_mismatch)
{
  Gemma4PackParams params = small_params ();
  Gemma4PackMedia media = image (&one_by_two);
  expect_refusal (&params, &vocabulary, "7 8 8 9", &media, 1, GEMMA4_MEDIA_MISMATCH,
      "image 1|4 soft tokens|has 2");
  expect_refusal (&params, &vocabulary, "20", &media, 1, GEMMA4_MEDIA_MISMATCH,
      "image 1|4 soft tokens|has 0");
  expect_refusal (&params, &vocabulary, "7 8 8 8 8 9 7 8 8 8 8 9", &media, 1,
      GEMMA4_MEDIA_MISMATCH, "image 2|only 1");
  expect_refusal (&params, &vocabulary, "13", NULL, 0, GEMMA4_MEDIA_MISMATCH,
      "video frame 1|only 0");
  params.num_vision_tokens_per_image = 0;
  const Gemma4PackMedia two[] = { image (&one_by_two), image (&one_by_three) };
  expect_refusal (&params, &vocabulary, "7 8 8 8 9 7 8 8 9", two, 2, GEMMA4_MEDIA_MISMATCH,
      "image 1|2 soft tokens|has 3");
  params.num_vision_tokens_per_image = 3;
  expect_refusal (&params, &vocabulary, "7 8 8 8 9", &media, 1, GEMMA4_BAD_ARGUMENT,
      "num-vision-tokens-per-image is 3|4");
}
GST_END_TEST;

GST_START_TEST (test_limits)
{
  Gemma4PackParams params = small_params ();
  const Gemma4Frame frames[] = { one_by_two, one_by_two, one_by_two, one_by_two };
  const Gemma4PackMedia mixed[] = { image (&one_by_two), video (frames, 1) };
  expect_refusal (&params, &vocabulary, "20", mixed, 2, GEMMA4_LIMIT,
      "1 images|1 video frames|target=transformers");
  const Gemma4PackMedia images[] = { mixed[0], mixed[0], mixed[0] };
  expect_refusal (&params, &vocabulary, "20", images, 3, GEMMA4_LIMIT,
      "3 images needed|2 allowed|max-images-per-prompt");
  const Gemma4PackMedia long_video = video (frames, 4);
  expect_refusal (&params, &vocabulary, "20", &long_video, 1, GEMMA4_LIMIT,
      "4 video frames needed|3 allowed|num-frames-per-video");
  const Gemma4PackMedia clips[] = { clip (1, 1), clip (1, 1), clip (1, 1) };
  expect_refusal (&params, &vocabulary, "20", clips, 3, GEMMA4_LIMIT,
      "3 audio clips needed|2 allowed|max-audio-clips-per-prompt");
  params.max_images_per_prompt = 3;
  expect_refusal (&params, &vocabulary, "20", images, 3, GEMMA4_LIMIT,
      "vision_indices|9 allowed");
  params.clip_rows = 4;
  const Gemma4PackMedia long_clip = clip (5, 5);
  expect_refusal (&params, &vocabulary, "20", &long_clip, 1, GEMMA4_LIMIT,
      "5 rows|4 allowed");
  params.text_only = true;
  expect_refusal (&params, &vocabulary, "20", clips, 1, GEMMA4_LIMIT, "text only|allows 0");
}
GST_END_TEST;

GST_START_TEST (test_bad_media)
{
  Gemma4PackParams params = small_params ();
  const Gemma4PackMedia widths[] = { image (&one_by_two), image (&two_by_one) };
  expect_refusal (&params, &vocabulary, "20", widths, 2, GEMMA4_BAD_SIZE,
      "1 x 2|2 x 1|target=transformers|videobox");
  const Gemma4Frame large = { pixels, 1, 5 };
  const Gemma4PackMedia large_image = image (&large);
  expect_refusal (&params, &vocabulary, "20", &large_image, 1, GEMMA4_LIMIT,
      "5 needed|4 allowed");
  const Gemma4Frame empty = { pixels, 0, 2 };
  const Gemma4PackMedia empty_image = image (&empty);
  expect_refusal (&params, &vocabulary, "20", &empty_image, 1, GEMMA4_BAD_ARGUMENT, "0 x 2");
  const Gemma4PackMedia no_frames = video (NULL, 0);
  expect_refusal (&params, &vocabulary, "20", &no_frames, 1, GEMMA4_BAD_ARGUMENT, "0 frames");
  const Gemma4PackMedia silent = clip (3, 0);
  expect_refusal (&params, &vocabulary, "20", &silent, 1, GEMMA4_BAD_ARGUMENT,
      "0 valid rows");
  Gemma4SpecialIds ids = vocabulary;
  ids.image_soft = -1;
  expect_refusal (&params, &ids, "20", widths, 1, GEMMA4_NOT_FOUND, "an image|soft token <|image|>");
  params.pooling_kernel_size = 2;
  expect_refusal (&params, &vocabulary, "20", widths, 1, GEMMA4_BAD_ARGUMENT,
      "multiples of 2");
  params.raw_audio = true;
  expect_refusal (&params, &vocabulary, "20", NULL, 0, GEMMA4_BAD_ARGUMENT,
      "target=transformers");
}
GST_END_TEST;

static Suite *
pack_media_suite (void)
{
  Suite *s = suite_create ("pack-media");
  TCase *t = tcase_create ("kerashub");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_image);
  tcase_add_test (t, test_images);
  tcase_add_test (t, test_video);
  tcase_add_test (t, test_audio);
  tcase_add_test (t, test_audio_batch);
  tcase_add_test (t, test_truncated_image);
  tcase_add_test (t, test_joined_runs);
  tcase_add_test (t, test_mismatch);
  tcase_add_test (t, test_limits);
  tcase_add_test (t, test_bad_media);
  return s;
}

GST_CHECK_MAIN (pack_media);
