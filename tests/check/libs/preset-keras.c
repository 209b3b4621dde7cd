/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* preset.h: directories of KerasHub. */

#include "presets.h"

#include "golden.h"
#include "seed.h"

/* Each value away from its default, as it stands in preprocessor.json. */
static const gchar *const changes[][2] = {
  { "\"num_mels\": 128", "\"num_mels\": 80" },
  { "\"num_fft_bins\": 512", "\"num_fft_bins\": 1024" },
  { "\"stride\": 160", "\"stride\": 200" },
  { "\"sampling_rate\": 16000", "\"sampling_rate\": 24000" },
  { "\"max_audio_length\": 30", "\"max_audio_length\": 12.5" },
  { "\"min_frequency\": 0.0", "\"min_frequency\": 50" },
  { "\"max_frequency\": 8000.0", "\"max_frequency\": 7600.0" },
  { "\"mel_floor\": 0.001", "\"mel_floor\": 0.25" },
  { "\"frame_length\": 320", "\"frame_length\": 480" },
  { "\"num_frames\": 32", "\"num_frames\": 16" },
  { "\"max_soft_tokens\": 70", "\"max_soft_tokens\": 140" },
  { "\"pooling_kernel_size\": 3", "\"pooling_kernel_size\": 2" },
  { "\"patch_size\": 16", "\"patch_size\": 14" },
  { "\"sequence_length\": 1024", "\"sequence_length\": 2048" },
  { "\"add_start_token\": true", "\"add_start_token\": false" },
  { "\"add_end_token\": true", "\"add_end_token\": false" },
  { "\"num_vision_tokens_per_image\": 280", "\"num_vision_tokens_per_image\": 140" },
  { "\"max_images_per_prompt\": 2", "\"max_images_per_prompt\": 5" },
  { "\"max_audio_clips_per_prompt\": 1", "\"max_audio_clips_per_prompt\": 4" },
  { "\"num_audio_tokens_per_clip\": 750", "\"num_audio_tokens_per_clip\": 751" },
  { "\"audio_input_feat_size\": 128", "\"audio_input_feat_size\": 80" },
  { "\"num_vision_tokens_per_frame\": 70", "\"num_vision_tokens_per_frame\": 64" },
  { "\"video_fps\": 24.0", "\"video_fps\": 25" },
};

static void
assert_changed (const Gemma4Preset *p)
{
  fail_unless_equals_int (p->audio->n_mels, 80);
  fail_unless_equals_int (p->audio->fft_length, 1024);
  fail_unless_equals_int (p->audio->hop_length, 200);
  fail_unless_equals_int (p->audio->sampling_rate_hz, 24000);
  fail_unless_equals_float (p->audio->max_audio_length_s, 12.5);
  fail_unless_equals_float (p->audio->min_frequency_hz, 50);
  fail_unless_equals_float (p->audio->max_frequency_hz, 7600);
  fail_unless_equals_float (p->audio->mel_floor, 0.25);
  fail_unless_equals_int (p->audio->frame_length, 480);
  fail_unless_equals_int (p->num_frames, 16);
  fail_unless_equals_int (p->video->max_soft_tokens, 140);
  fail_unless_equals_int (p->video->pooling_kernel_size, 2);
  fail_unless_equals_int (p->video->patch_size_px, 14);
  fail_unless_equals_int (p->image->patch_size_px, 14);
  const Gemma4PreprocessorParams *q = &p->preprocessor;
  fail_unless_equals_int (q->sequence_length, 2048);
  fail_unless (!q->add_start_token && !q->add_end_token);
  fail_unless_equals_int (q->num_vision_tokens_per_image, 140);
  fail_unless_equals_int (q->max_images_per_prompt, 5);
  fail_unless_equals_int (q->max_audio_clips_per_prompt, 4);
  fail_unless_equals_int (q->num_audio_tokens_per_clip, 751);
  fail_unless_equals_int (q->audio_input_feat_size, 80);
  fail_unless_equals_int (q->num_vision_tokens_per_frame, 64);
  fail_unless_equals_float (q->video_fps, 25);
  fail_unless_equals_int (q->num_frames_per_video, 16);
}

GST_START_TEST (test_values)
{
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    tree_replace (tree, "preprocessor.json", changes[i][0], changes[i][1]);
  Gemma4Preset *preset = preset_open (tree, NULL);
  assert_changed (preset);
  preset_assert_notes (preset, "num_frames_per_video is 32|num_frames=16");
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* What is published is the built-in preset. */
GST_START_TEST (test_published)
{
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  Gemma4Preset *preset = preset_open (tree, NULL);
  const Gemma4Preset *builtin;
  fail_unless_equals_int (gemma4_preset_find ("gemma4_instruct_2b", &builtin, NULL), GEMMA4_OK);
  preset_assert_same_settings (preset, builtin);
  fail_unless_equals_string (preset->description, builtin->description);
  fail_unless_equals_uint64 (preset->n_parameters, 5104297504);
  fail_unless (preset->instruct && !preset->empty_thought && !preset->unified);
  preset_assert_notes (preset, NULL);
  g_autofree gchar *vocabulary = g_build_filename (preset->directory,
      "assets/tokenizer/vocabulary.spm", NULL);
  fail_unless_equals_string (preset->tokenizer, vocabulary);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* Absent keys have the defaults of the classes: a floor of 0.00001, and pixels that
 * nobody scales. */
GST_START_TEST (test_class_defaults)
{
  gchar *tree = tree_new ();
  tree_write (tree, "config.json", "{\"registered_name\": \"keras_hub>Gemma4Backbone\"}");
  tree_write (tree, "audio_converter.json", "{\"config\": {}}");
  tree_write (tree, "image_converter.json", "{\"config\": {}}");
  tree_write (tree, "video_converter.json", "{\"config\": {}}");
  Gemma4Preset *preset = preset_open (tree, NULL);
  Gemma4LogMelParams audio = gemma4_logmel_params_default;
  audio.mel_floor = 1e-5;
  preset_assert_audio (preset->audio, &audio);
  preset_assert_vision (preset->image, &gemma4_vision_params_image);
  preset_assert_vision (preset->video, &gemma4_vision_params_video);
  fail_unless_equals_int (preset->image_pixels.rule, GEMMA4_PIXELS_SCALED);
  fail_unless_equals_float (preset->image_pixels.factor[1], 1);
  fail_unless_equals_float (preset->image_pixels.offset[1], 0);
  fail_unless_equals_int (preset->num_frames, 32);
  preset_assert_notes (preset, "scale is absent|scale is absent");
  fail_unless (preset->tokenizer == NULL);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* null in the preprocessor, and a converter without a file, mean that the model lacks
 * it; the preprocessor wins over the files. */
GST_START_TEST (test_modalities)
{
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  tree_write (tree, "only-text.json", "{\"registered_name\": \"keras_hub>Gemma4CausalLMPreprocessor\","
      "\"config\": {\"audio_converter\": null, \"image_converter\": null, \"sequence_length\": 64}}");
  Gemma4Preset *preset = preset_open (tree, "only-text.json");
  fail_unless (!preset->audio && !preset->image && !preset->video);
  fail_unless_equals_int (preset->preprocessor.sequence_length, 64);
  fail_unless_equals_string (preset->config_file, "only-text.json");
  gemma4_preset_free (preset);

  tree_write (tree, "preprocessor.json", "{\"config\": {\"video_converter\": null}}");
  preset = preset_open (tree, NULL);
  fail_unless (!preset->audio && !preset->image && !preset->video);
  gemma4_preset_free (preset);

  tree_remove (tree, "preprocessor.json");
  tree_remove (tree, "audio_converter.json");
  preset = preset_open (tree, NULL);
  fail_unless (!preset->audio && preset->image && preset->video);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

static const struct
{
  const gchar *scale, *offset;
  Gemma4PixelRule rule;
  gdouble factor[3], bias[3];
} scales[] = {
  { "0.00392156862745098", "null", GEMMA4_PIXELS_MULTIPLIED },
  { "0.003921568859368563", "0", GEMMA4_PIXELS_MULTIPLIED },   /* 1/255 in float32 */
  { "[0.00392156862745098, 0.00392156862745098, 0.00392156862745098]", "[-0.0, -0.0, -0.0]",
        GEMMA4_PIXELS_MULTIPLIED },
  { "0.0078431372549", "-1", GEMMA4_PIXELS_SCALED, {0.0078431372549, 0.0078431372549,
            0.0078431372549}, {-1, -1, -1} },
  { "[1, 2, 3]", "[-0.5, 0, 0.5]", GEMMA4_PIXELS_SCALED, {1, 2, 3}, {-0.5, 0, 0.5} },
  { "{\"class_name\": \"__tuple__\", \"items\": [1, 2, 3]}", "null", GEMMA4_PIXELS_SCALED,
        {1, 2, 3}, {0, 0, 0} },
  { "null", "0.25", GEMMA4_PIXELS_SCALED, {1, 1, 1}, {0.25, 0.25, 0.25} },
};

GST_START_TEST (test_scale)
{
  gchar *tree = tree_new ();
  g_autofree gchar *image = g_strdup_printf ("{\"config\": {\"scale\": %s, \"offset\": %s}}",
      scales[__i__].scale, scales[__i__].offset);
  tree_write (tree, "config.json", "{\"registered_name\": \"keras_hub>Gemma4Backbone\"}");
  tree_write (tree, "image_converter.json", image);
  Gemma4Preset *preset = preset_open (tree, NULL);
  const Gemma4PixelScale *got = &preset->image_pixels;
  fail_unless_equals_int (got->rule, scales[__i__].rule);
  for (guint c = 0; c < 3 && got->rule == GEMMA4_PIXELS_SCALED; c++) {
    fail_unless_equals_float (got->factor[c], scales[__i__].factor[c]);
    fail_unless_equals_float (got->offset[c], scales[__i__].bias[c]);
  }
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

GST_START_TEST (test_per_bin)
{
  gchar *tree = tree_new ();
  tree_write (tree, "config.json", "{\"registered_name\": \"keras_hub>Gemma4Backbone\"}");
  tree_write (tree, "audio_converter.json", "{\"config\": {\"num_mels\": 3, \"per_bin_mean\": "
      "[0.5, -1, 2e-3], \"per_bin_stddev\": [1, 2, 4], \"frame_length\": null}}");
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless_equals_float (preset->audio->per_bin_mean[2], 2e-3f);
  fail_unless_equals_float (preset->audio->per_bin_stddev[1], 2);
  fail_unless_equals_int (preset->audio->frame_length, 512);    /* null is num_fft_bins */
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* Which are tuned for chat is said by their names, and which want an empty thought by
 * their size. */
static const struct
{
  const gchar *place, *layers, *width;
  gboolean instruct, empty_thought;
  guint64 n_parameters;
} models[] = {
  { "any", "35", "1536", TRUE, FALSE, 5100000000 },
  { "gemma4_instruct_2b", "35", "1536", TRUE, FALSE, 5100000000 },
  { "gemma4_2b/2", "35", "1536", FALSE, FALSE, 5100000000 },
  { "any", "60", "5376", TRUE, TRUE, 31000000000 },
  { "gemma4_31b", "60", "5376", FALSE, FALSE, 31000000000 },
  { "any", "30", "2816", TRUE, TRUE, 26000000000 },
  { "any", "42", "2560", TRUE, FALSE, 7900000000 },
  { "any", "2", "64", TRUE, FALSE, 0 },
};

GST_START_TEST (test_model)
{
  gchar *tree = tree_new ();
  g_autofree gchar *place = g_build_filename (tree, models[__i__].place, NULL);
  g_autofree gchar *layers = g_strdup_printf ("\"num_layers\": %s", models[__i__].layers);
  g_autofree gchar *width = g_strdup_printf ("\"hidden_dim\": %s", models[__i__].width);
  tree_write_keras (place);
  tree_remove (place, "metadata.json");
  tree_replace (place, "config.json", "\"num_layers\": 35", layers);
  tree_replace (place, "config.json", "\"hidden_dim\": 1536", width);
  Gemma4Preset *preset = preset_open (place, NULL);
  fail_unless (preset->instruct == models[__i__].instruct);
  fail_unless (preset->empty_thought == models[__i__].empty_thought);
  fail_unless_equals_uint64 (preset->n_parameters, models[__i__].n_parameters);
  fail_unless (strstr (preset->description, models[__i__].layers) != NULL, "%s",
      preset->description);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

GST_START_TEST (test_unknown_keys)
{
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  tree_replace (tree, "preprocessor.json", "\"stride\": 160", "\"stride\": 160, \"strid\": 3");
  tree_replace (tree, "preprocessor.json", "\"video_fps\": 24.0", "\"video_fsp\": {}");
  Gemma4Preset *preset = preset_open (tree, NULL);
  preset_assert_notes (preset, "preprocessor.json|config.video_fsp|config.audio_converter.config.strid");
  fail_unless_equals_float (preset->preprocessor.video_fps, 24);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

static const struct
{
  const gchar *file, *old, *new, *says;
} errors[] = {
  { "config.json", "keras_hub>Gemma4Backbone", "keras_hub>Gemma3Backbone",
        "config.json|registered_name|keras_hub>Gemma3Backbone|keras_hub>Gemma4Backbone" },
  { "config.json", "\"keras_hub>Gemma4Backbone\"", "3", "config.json|registered_name|string|3" },
  { "config.json", "\"num_layers\": 35", "\"num_layers\": \"35\"",
        "config.json|config.num_layers|whole number|\"35\"" },
  { "config.json", "{", "[", "config.json is not JSON" },
  { "preprocessor.json", "keras_hub>Gemma4CausalLMPreprocessor", "keras_hub>Gemma3CausalLMPreprocessor",
        "preprocessor.json|registered_name|keras_hub>Gemma4CausalLMPreprocessor|Gemma3" },
  { "preprocessor.json", "keras_hub>Gemma4AudioConverter", "keras_hub>WhisperAudioConverter",
        "preprocessor.json|config.audio_converter.registered_name|Whisper" },
  { "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": 128.5",
        "preprocessor.json|config.audio_converter.config.num_mels|whole number|128.5" },
  { "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": -1", "num_mels|whole number of 0 or more|-1" },
  { "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": null", "num_mels|null" },
  { "preprocessor.json", "\"num_mels\": 128", "\"num_mels\": 513", "preprocessor.json|mel filters|513" },
  { "preprocessor.json", "\"mel_floor\": 0.001", "\"mel_floor\": true", "mel_floor|a number|true" },
  { "preprocessor.json", "\"mel_floor\": 0.001", "\"mel_floor\": 0", "preprocessor.json|mel floor" },
  { "preprocessor.json", "\"per_bin_mean\": null", "\"per_bin_mean\": [1, 2]",
        "preprocessor.json|per_bin_mean|2 values|128" },
  { "preprocessor.json", "\"per_bin_mean\": null", "\"per_bin_mean\": [\"a\"]",
        "per_bin_mean|array of numbers or null" },
  { "preprocessor.json", "\"add_start_token\": true", "\"add_start_token\": 1",
        "config.add_start_token|true or false|1" },
  { "preprocessor.json", "\"max_soft_tokens\": 70", "\"max_soft_tokens\": 71",
        "preprocessor.json|video|70, 140, 280, 560 or 1120|71" },
  { "preprocessor.json", "\"patch_size\": 16", "\"patch_size\": 0", "preprocessor.json|image|patch-size" },
  { "preprocessor.json", "\"num_frames\": 32", "\"num_frames\": 0", "preprocessor.json|frames of a video|0" },
  { "preprocessor.json", "\"num_frames\": 32", "\"num_frames\": 4294967296", "num_frames|4294967296" },
  { "preprocessor.json", "\"sequence_length\": 1024", "\"sequence_length\": 1", "sequence_length|1" },
  { "preprocessor.json", "\"video_fps\": 24.0", "\"video_fps\": 0", "video_fps|0" },
  { "preprocessor.json", "\"image_converter\": {", "\"image_converter\": 5, \"x\": {",
        "config.image_converter|object|5" },
  { "metadata.json", "5104297504", "\"many\"", "metadata.json|parameter_count|many" },
};

GST_START_TEST (test_errors)
{
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  tree_replace (tree, errors[__i__].file, errors[__i__].old, errors[__i__].new);
  preset_assert_refused (tree, NULL, GEMMA4_BAD_DATA, errors[__i__].says);
  tree_free (tree);
}
GST_END_TEST;

/* Files that are wrong as a whole. */
GST_START_TEST (test_bad_files)
{
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  preset_assert_refused (tree, "other.json", GEMMA4_NOT_FOUND, "other.json|No such file");
  tree_write (tree, "preprocessor.json", "{\"registered_name\": \"keras_hub>Gemma4CausalLMPreprocessor\"}");
  preset_assert_refused (tree, NULL, GEMMA4_BAD_DATA, "preprocessor.json|config is missing");
  tree_write (tree, "preprocessor.json", "");
  preset_assert_refused (tree, NULL, GEMMA4_BAD_DATA, "preprocessor.json|empty");
  g_autofree gchar *deep = g_strnfill (100000, '[');
  tree_write (tree, "preprocessor.json", deep);
  preset_assert_refused (tree, NULL, GEMMA4_BAD_DATA, "preprocessor.json|64 levels");
  tree_write (tree, "config.json", "[]");
  preset_assert_refused (tree, NULL, GEMMA4_BAD_DATA, "config.json|object");
  tree_write (tree, "config.json", "{\"architecture\": \"resnet\"}");
  preset_assert_refused (tree, NULL, GEMMA4_BAD_DATA, "config.json|registered_name|model_type");
  tree_remove (tree, "config.json");
  preset_assert_refused (tree, NULL, GEMMA4_NOT_FOUND, "no config.json|KerasHub|transformers");
  tree_free (tree);
}
GST_END_TEST;

/* Whatever stands in the files: read, or refused with a sentence. */
GST_START_TEST (test_random_damage)
{
  static const gchar *const names[] = { "config.json", "preprocessor.json" };
  static const gchar bytes[] = "{}[]\",:0123456789-.eE nulltruefalse\\\x80";
  guint32 seed = test_seed ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint n_read = 0, n_rounds = test_rounds (200);
  gchar *tree = tree_new ();
  tree_write_keras (tree);
  for (guint i = 0; i < n_rounds; i++) {
    const gchar *name = names[i % 2];
    g_autofree gchar *path = g_build_filename (tree, name, NULL), *whole = NULL;
    gsize n_bytes;
    fail_unless (g_file_get_contents (path, &whole, &n_bytes, NULL));
    g_autofree gchar *damaged = g_memdup2 (whole, n_bytes + 1);
    for (gint k = g_rand_int_range (rand, 0, 4); k >= 0; k--)
      damaged[g_rand_int_range (rand, 0, n_bytes)] = bytes[g_rand_int_range (rand, 0,
              sizeof bytes - 1)];
    tree_write (tree, name, damaged);
    Gemma4Preset *preset = NULL;
    Gemma4Error error = { "" };
    Gemma4Status status = gemma4_preset_open (tree, NULL, &preset, &error);
    fail_unless (status == GEMMA4_OK ? preset != NULL : error.text[0] != '\0',
        "seed %u, round %u: %s", seed, i, gemma4_status_string (status));
    fail_unless (status == GEMMA4_OK || status == GEMMA4_BAD_DATA, "seed %u, round %u: %s, %s", seed,
        i, gemma4_status_string (status), error.text);
    n_read += status == GEMMA4_OK;
    gemma4_preset_free (preset);
    tree_write (tree, name, whole);
  }
  fail_unless (n_read > 0 && n_read < n_rounds, "%u of %u were read", n_read, n_rounds);
  tree_free (tree);
}
GST_END_TEST;

static Suite *
preset_keras_suite (void)
{
  Suite *s = suite_create ("preset-keras");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_values);
  tcase_add_test (t, test_published);
  tcase_add_test (t, test_class_defaults);
  tcase_add_test (t, test_modalities);
  tcase_add_loop_test (t, test_scale, 0, G_N_ELEMENTS (scales));
  tcase_add_test (t, test_per_bin);
  tcase_add_loop_test (t, test_model, 0, G_N_ELEMENTS (models));
  tcase_add_test (t, test_unknown_keys);
  tcase_add_loop_test (t, test_errors, 0, G_N_ELEMENTS (errors));
  tcase_add_test (t, test_bad_files);
  tcase_add_test (t, test_random_damage);
  return s;
}

GST_CHECK_MAIN (preset_keras);
