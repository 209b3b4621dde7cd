/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What transformers' processor gives: small cases by hand, and golden ones. */

#include "packing.h"

#include "golden.h"

#include <json-glib/json-glib.h>

static const guint8 pixels[] = { 3, 6, 12, 15, 23, 24 };
static const gfloat rows[] = { 1, 2, 3, 4, 5, 6 };

static Gemma4PackParams
transformers_params (void)
{
  Gemma4PackParams params = small_params ();
  params.target = GEMMA4_TARGET_TRANSFORMERS;
  return params;
}

/* The shorter prompt is padded on the left; L is that of the longest. */
GST_START_TEST (test_batch)
{
  Gemma4PackParams params = transformers_params ();
  Gemma4PackItem items[] = {
    item_new ("20", NULL, NULL, 0),
    item_new ("20 21 22", "30", NULL, 0),
  };
  Gemma4Pack *pack = pack_items (&params, items, 2);
  expect_names (pack, "input_ids attention_mask mm_token_type_ids");
  expect_tensor (pack, "input_ids", "int64 2 5", "0 0 0 2 20  2 20 21 22 30");
  expect_tensor (pack, "attention_mask", "int64 2 5", "0 0 0 1 1  1 1 1 1 1");
  expect_tensor (pack, "mm_token_type_ids", "int64 2 5", "0 0 0 0 0  0 0 0 0 0");
  gemma4_pack_free (pack);
  params.train = true;
  pack = pack_items (&params, items, 2);
  expect_tensor (pack, "input_ids", "int64 2 6", "0 0 0 2 20 1  2 20 21 22 30 1");
  expect_tensor (pack, "labels", "int64 2 6",
      "-100 -100 -100 -100 -100 1  -100 -100 -100 -100 30 1");
  gemma4_pack_free (pack);
  params.add_start_token = false;
  params.add_end_token = false;
  pack = pack_items (&params, items, 2);
  expect_tensor (pack, "input_ids", "int64 2 4", "0 0 0 20  20 21 22 30");
  expect_tensor (pack, "labels", "int64 2 4", "-100 -100 -100 -100  -100 -100 -100 30");
  gemma4_pack_free (pack);
  item_clear (&items[0]);
  item_clear (&items[1]);
}
GST_END_TEST;

/* An image, two videos of two frames and two clips over two prompts. */
GST_START_TEST (test_media)
{
  const Gemma4Frame column = { pixels, 1, 2 }, line = { pixels, 2, 1 };
  const Gemma4Frame frames[] = { column, line };
  const Gemma4PackMedia three[] = {
    {.kind = GEMMA4_MEDIA_VIDEO,.frames = frames,.n_frames = 2},
    {.kind = GEMMA4_MEDIA_IMAGE,.frames = &line,.n_frames = 1},
    {.kind = GEMMA4_MEDIA_AUDIO,.clip = {rows, 3, 1, 300}},
  };
  const Gemma4PackMedia two[] = {
    {.kind = GEMMA4_MEDIA_AUDIO,.clip = {rows + 2, 2, 2, 479}},
    {.kind = GEMMA4_MEDIA_VIDEO,.frames = frames,.n_frames = 2},
  };
  Gemma4PackParams params = transformers_params ();
  params.add_start_token = false;
  Gemma4PackItem items[] = {
    item_new ("13 13 9 13 13 9 8 8 9 11", NULL, three, 3),
    item_new ("11 12 13 13 9 13 13", NULL, two, 2),
  };
  Gemma4Pack *pack = pack_items (&params, items, 2);
  expect_names (pack, "input_ids attention_mask mm_token_type_ids pixel_values "
      "image_position_ids pixel_values_videos video_position_ids input_features "
      "input_features_mask");
  expect_tensor (pack, "mm_token_type_ids", "int64 2 10",
      "2 2 0 2 2 0 1 1 0 3  0 0 0 3 0 2 2 0 2 2");
  expect_tensor (pack, "image_position_ids", "int64 1 4 2", "0 0 1 0 -1 -1 -1 -1");
  expect_tensor (pack, "video_position_ids", "int64 2 2 3 2",
      "0 0 0 1 -1 -1  0 0 1 0 -1 -1  0 0 0 1 -1 -1  0 0 1 0 -1 -1");
  /* 479 samples are padded to 512: (512 - 1) / 160 rows, 0 where not valid */
  expect_tensor (pack, "input_features", "float32 2 3 2", "1 2 0 0 0 0  3 4 5 6 0 0");
  expect_tensor (pack, "input_features_mask", "bool 2 3", "1 0 0  1 1 0");
  const Gemma4TensorSpec *images = gemma4_pack_spec (pack, find_tensor (pack, "pixel_values"));
  g_autofree gchar *shape = describe_tensor (images);
  fail_unless_equals_string (shape, "float32 1 4 3");
  g_autofree gfloat *values = fill_tensor (pack, find_tensor (pack, "pixel_values_videos"));
  for (gsize i = 0; i < 4; i++)
    for (gsize j = 0; j < 9; j++)
      fail_unless (values[i * 9 + j] == (j < 6 ? pixels[j] / 255.0f : 0),
          "frame %" G_GSIZE_FORMAT " value %" G_GSIZE_FORMAT ": got %.9g", i, j,
          values[i * 9 + j]);
  gemma4_pack_free (pack);
  item_clear (&items[0]);
  item_clear (&items[1]);
}
GST_END_TEST;

/* The encoder-free model: rows of samples, each a soft token, no padding. */
GST_START_TEST (test_raw_audio)
{
  const Gemma4PackMedia media[] = {
    {.kind = GEMMA4_MEDIA_AUDIO,.clip = {rows, 3, 3, 6}},
    {.kind = GEMMA4_MEDIA_AUDIO,.clip = {rows, 1, 1, 2}},
  };
  Gemma4PackParams params = transformers_params ();
  params.raw_audio = true;
  Gemma4PackItem item = item_new ("11 11 11 12 11", NULL, media, 2);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "input_features", "float32 2 3 2", "1 2 3 4 5 6  1 2 0 0 0 0");
  expect_tensor (pack, "input_features_mask", "bool 2 3", "1 1 1  1 0 0");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

GST_START_TEST (test_refusals)
{
  const Gemma4Frame frames[] = { {pixels, 1, 2}, {pixels, 1, 2} };
  const Gemma4PackMedia videos[] = {
    {.kind = GEMMA4_MEDIA_VIDEO,.frames = frames,.n_frames = 2},
    {.kind = GEMMA4_MEDIA_VIDEO,.frames = frames,.n_frames = 1},
  };
  Gemma4PackParams params = transformers_params ();
  expect_refusal (&params, &vocabulary, "13 13 9 13 13 9 13 13", videos, 2,
      GEMMA4_MEDIA_MISMATCH, "2 frames|another 1");
  const Gemma4PackMedia clip = {.kind = GEMMA4_MEDIA_AUDIO,.clip = {rows, 3, 3, 300} };
  expect_refusal (&params, &vocabulary, "11", &clip, 1, GEMMA4_BAD_ARGUMENT,
      "3 valid rows|300 samples");
  params.add_start_token = false;
  expect_refusal (&params, &vocabulary, "", NULL, 0, GEMMA4_BAD_ARGUMENT, "empty");
  params.sequence_length = 4;
  params.overflow = GEMMA4_OVERFLOW_DROP;
  expect_refusal (&params, &vocabulary, "20 21 22 23 24", NULL, 0, GEMMA4_LIMIT,
      "5 tokens needed|4 allowed");
  params.overflow = GEMMA4_OVERFLOW_TRUNCATE;
  expect_refusal (&params, &vocabulary, "20 21 22 13 13", videos + 1, 1, GEMMA4_LIMIT,
      "5 tokens needed|4 allowed|overflow=grow");
  Gemma4Pack *pack = pack_text (&params, "20 21 22 23 24", "30");
  expect_tensor (pack, "input_ids", "int64 1 4", "20 21 22 30");
  gemma4_pack_free (pack);
}
GST_END_TEST;

static const struct
{
  const gchar *name;
  /* i 640x480, j 1280x720, v video, a speech_en.wav, b 85359 samples */
  const gchar *media;
} golden[] = {
  {"text", ""}, {"image", "i"}, {"images2", "ij"}, {"audio", "a"}, {"video", "v"},
  {"videoaudio", "va"}, {"audio2", "ab"}, {"all", "ivb"},
};

/* The media of a golden case; the pictures' contents do not matter here. */
static Gemma4PackMedia
golden_media (gchar letter, const guint8 *patches, const gfloat *mel)
{
  static const Gemma4Frame small = { NULL, 57, 42 }, wide = { NULL, 66, 36 };
  static Gemma4Frame frames[2][32];
  gsize n_samples = 85359;
  if (letter == 'a')
    g_free (input_wav ("audio/speech_en.wav", &n_samples));
  if (letter == 'a' || letter == 'b') {
    guint64 n_rows = (n_samples - 1) / 160;
    return (Gemma4PackMedia) {.kind = GEMMA4_MEDIA_AUDIO,.clip = {mel, n_rows, n_rows, n_samples}};
  }
  if (letter == 'v') {
    for (gsize i = 0; i < 32; i++)
      frames[0][i] = (Gemma4Frame) { patches, 27, 21 };
    return (Gemma4PackMedia) {.kind = GEMMA4_MEDIA_VIDEO,.frames = frames[0],.n_frames = 32};
  }
  Gemma4Frame *image = &frames[1][letter - 'i'];
  *image = letter == 'i' ? small : wide;
  image->pixels = patches;
  return (Gemma4PackMedia) {.kind = GEMMA4_MEDIA_IMAGE,.frames = image,.n_frames = 1};
}

static void
compare_ids (const Gemma4Pack *pack, const gchar *test, const gchar *tensor)
{
  g_autofree gchar *file = g_strdup_printf ("prompt/%s.%s.npy", test, tensor);
  Npy npy = npy_load (file);
  fail_unless_equals_string (npy.descr, "<i4");
  gsize i = find_tensor (pack, tensor);
  fail_unless_equals_uint64 (gemma4_tensor_n_elements (gemma4_pack_spec (pack, i)),
      npy.n_elements);
  g_autofree gint64 *got = fill_tensor (pack, i);
  for (gsize j = 0; j < npy.n_elements; j++) {
    gint32 want = ((const gint32 *) npy.data)[j];
    fail_unless (got[j] == want, "%s: %s[%" G_GSIZE_FORMAT "]: got %" G_GINT64_FORMAT
        ", want %d", test, tensor, j, got[j], want);
  }
  npy_clear (&npy);
}

/* Names, types and dims of cases.json, no more and no fewer. */
static void
compare_shapes (const Gemma4Pack *pack, const gchar *test)
{
  g_autofree gchar *path = golden_path ("prompt/cases.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  fail_unless (json_parser_load_from_file (parser, path, NULL));
  JsonObject *cases = json_node_get_object (json_parser_get_root (parser));
  JsonObject *shapes =
      json_object_get_object_member (json_object_get_object_member (cases, test), "shapes");
  fail_unless_equals_int (gemma4_pack_n_tensors (pack), json_object_get_size (shapes));
  for (gsize i = 0; i < gemma4_pack_n_tensors (pack); i++) {
    const Gemma4TensorSpec *spec = gemma4_pack_spec (pack, i);
    fail_unless (json_object_has_member (shapes, spec->name), "%s: %s is too much", test,
        spec->name);
    JsonArray *entry = json_object_get_array_member (shapes, spec->name);
    JsonArray *dims = json_array_get_array_element (entry, 0);
    GString *want = g_string_new (json_array_get_string_element (entry, 1) + strlen ("torch."));
    for (guint j = 0; j < json_array_get_length (dims); j++)
      g_string_append_printf (want, " %" G_GINT64_FORMAT, json_array_get_int_element (dims, j));
    g_autofree gchar *got = describe_tensor (spec);
    fail_unless (strcmp (got, want->str) == 0, "%s: %s: got %s, want %s", test, spec->name,
        got, want->str);
    g_string_free (want, TRUE);
  }
}

GST_START_TEST (test_golden)
{
  const gchar *name = golden[__i__].name;
  g_autofree guint8 *patches = g_malloc0 (2520 * 768);
  g_autofree gfloat *mel = g_new0 (gfloat, 3000 * 128);
  Gemma4PackMedia media[3];
  gsize n_media = strlen (golden[__i__].media);
  for (gsize i = 0; i < n_media; i++)
    media[i] = golden_media (golden[__i__].media[i], patches, mel);
  g_autofree gchar *file = g_strdup_printf ("prompt/%s.input_ids.npy", name);
  Npy ids = npy_load (file);
  Gemma4PackItem item = {.prompt_ids = ids.data,.n_prompt_ids = ids.n_elements,
    .media = media,.n_media = n_media
  };
  Gemma4PackParams params = gemma4_pack_params_default;
  params.target = GEMMA4_TARGET_TRANSFORMERS;
  params.add_start_token = false;
  Gemma4Pack *pack = NULL;
  Gemma4Error error = { "" };
  fail_unless (gemma4_pack_new (&params, &vocabulary, &item, 1, &pack, &error) == GEMMA4_OK,
      "%s: %s", name, error.text);
  compare_ids (pack, name, "input_ids");
  compare_ids (pack, name, "attention_mask");
  compare_ids (pack, name, "mm_token_type_ids");
  compare_shapes (pack, name);
  gemma4_pack_free (pack);
  npy_clear (&ids);
}
GST_END_TEST;

static Suite *
pack_transformers_suite (void)
{
  Suite *s = suite_create ("pack-transformers");
  TCase *t = tcase_create ("transformers");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_batch);
  tcase_add_test (t, test_media);
  tcase_add_test (t, test_raw_audio);
  tcase_add_test (t, test_refusals);
  tcase_add_loop_test (t, test_golden, 0, G_N_ELEMENTS (golden));
  return s;
}

GST_CHECK_MAIN (pack_transformers);
