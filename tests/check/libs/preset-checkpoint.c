/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* preset.h: checkpoints of transformers. */

#include "presets.h"

#include "golden.h"

/* What is published is the built-in preset. */
GST_START_TEST (test_published)
{
  gchar *tree = tree_new ();
  const Gemma4Preset *builtin;
  if (__i__ == 0)
    tree_write_checkpoint (tree);
  else
    tree_write_unified (tree);
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless_equals_int (gemma4_preset_find (__i__ ? "gemma4_instruct_12b" : "gemma4_instruct_2b",
          &builtin, NULL), GEMMA4_OK);
  preset_assert_same_settings (preset, builtin);
  fail_unless_equals_string (preset->description, builtin->description);
  fail_unless_equals_uint64 (preset->n_parameters, builtin->n_parameters);
  preset_assert_notes (preset, NULL);
  g_autofree gchar *vocabulary = g_build_filename (preset->directory, "tokenizer.json", NULL);
  fail_unless_equals_string (preset->tokenizer, vocabulary);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

static const gchar *const changes[][2] = {
  { "\"feature_size\": 128", "\"feature_size\": 80" },
  { "\"sampling_rate\": 16000", "\"sampling_rate\": 24000" },
  { "\"frame_length\": 320", "\"frame_length\": 480" },
  { "\"hop_length\": 160", "\"hop_length\": 240" },
  { "\"fft_length\": 512", "\"fft_length\": 2048" },
  { "\"fft_overdrive\": false", "\"fft_overdrive\": true" },
  { "\"min_frequency\": 0.0", "\"min_frequency\": 80" },
  { "\"max_frequency\": 8000.0", "\"max_frequency\": 7600.0" },
  { "\"mel_floor\": 0.001", "\"mel_floor\": 1e-05" },
  { "\"preemphasis\": 0.0", "\"preemphasis\": 0.97" },
  { "\"preemphasis_htk_flavor\": true", "\"preemphasis_htk_flavor\": false" },
  { "\"dither\": 0.0", "\"dither\": 0.0001" },
  { "\"input_scale_factor\": 1.0", "\"input_scale_factor\": 2" },
  { "\"max_soft_tokens\": 280", "\"max_soft_tokens\": 560" },
  { "\"max_soft_tokens\": 70", "\"max_soft_tokens\": 140" },
  { "\"patch_size\": 16", "\"patch_size\": 14" },
  { "\"pooling_kernel_size\": 3", "\"pooling_kernel_size\": 2" },
  { "\"num_frames\": 32", "\"num_frames\": 16" },
};

GST_START_TEST (test_values)
{
  gchar *tree = tree_new ();
  tree_write_checkpoint (tree);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    tree_replace (tree, "processor_config.json", changes[i][0], changes[i][1]);
  Gemma4Preset *p = preset_open (tree, NULL);
  Gemma4LogMelParams audio = {
    .sampling_rate_hz = 24000,.n_mels = 80,.frame_length = 480,.hop_length = 240,
    .fft_length = 1024,         /* which overdrive doubles */
    .fft_overdrive = true,.max_audio_length_s = 30,.min_frequency_hz = 80,
    .max_frequency_hz = 7600,.mel_floor = 1e-5,.preemphasis = 0.97,.dither = 0.0001,
    .input_scale_factor = 2,
  };
  preset_assert_audio (p->audio, &audio);
  preset_assert_vision (p->image, &(Gemma4VisionParams) { 560, 14, 2 });
  preset_assert_vision (p->video, &(Gemma4VisionParams) { 140, 14, 2 });
  preset_assert_notes (p, "fft_length is 2048 and taken as it is|computes 1024");
  fail_unless_equals_int (p->n_notes, 1);
  fail_unless_equals_int (p->num_frames, 16);
  fail_unless_equals_int (p->preprocessor.num_frames_per_video, 16);
  fail_unless_equals_int (p->preprocessor.num_vision_tokens_per_frame, 140);
  fail_unless_equals_int (p->preprocessor.num_vision_tokens_per_image, 560);
  gemma4_preset_free (p);
  tree_free (tree);
}
GST_END_TEST;

/* Absent keys, and a file that is not there, have the defaults of the classes; a
 * repack that lost its feature extractor hears as before. */
GST_START_TEST (test_defaults)
{
  gchar *tree = tree_new ();
  const Gemma4Preset *builtin;
  tree_write_checkpoint (tree);
  if (__i__ == 0)
    tree_write (tree, "processor_config.json", "{\"image_processor\": {}, \"video_processor\": {}}");
  else
    tree_remove (tree, "processor_config.json");
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless_equals_int (gemma4_preset_find (NULL, &builtin, NULL), GEMMA4_OK);
  preset_assert_same_settings (preset, builtin);
  preset_assert_notes (preset, "processor_config.json: feature_extractor is absent");
  fail_unless_equals_int (preset->n_notes, __i__ == 0 ? 1 : 3);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* Lengths in time, which is how transformers' class takes them. */
GST_START_TEST (test_lengths)
{
  gchar *tree = tree_new ();
  tree_write_checkpoint (tree);
  tree_write (tree, "processor_config.json", "{\"feature_extractor\": {\"frame_length_ms\": 32, "
      "\"hop_length_ms\": 8.0, \"sampling_rate\": 22050, \"fft_overdrive\": true}}");
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless_equals_int (preset->audio->frame_length, 706);    /* 705.6 */
  fail_unless_equals_int (preset->audio->hop_length, 176);      /* 176.4 */
  fail_unless_equals_int (preset->audio->fft_length, 1024);
  fail_unless (preset->audio->fft_overdrive);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* What the model lacks is left out, though every processor_config.json has all three. */
static const struct
{
  const gchar *old, *new;
  gboolean audio, vision;
} modalities[] = {
  { "\"audio_config\": {", "\"audio_config\": null, \"x\": {", FALSE, TRUE },
  { "\"audio_config\": {", "\"x\": {", FALSE, TRUE },
  { "\"vision_config\": {", "\"vision_config\": null, \"x\": {", TRUE, FALSE },
  { "\"model_type\": \"gemma4\"", "\"model_type\": \"gemma4_text\"", FALSE, FALSE },
};

GST_START_TEST (test_modalities)
{
  gchar *tree = tree_new ();
  tree_write_checkpoint (tree);
  tree_replace (tree, "config.json", modalities[__i__].old, modalities[__i__].new);
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless ((preset->audio != NULL) == modalities[__i__].audio);
  fail_unless ((preset->image != NULL) == modalities[__i__].vision);
  fail_unless ((preset->video != NULL) == modalities[__i__].vision);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* null is a modality that is absent, here too; and config-file. */
GST_START_TEST (test_null_processor)
{
  gchar *tree = tree_new ();
  tree_write_checkpoint (tree);
  tree_write (tree, "other.json", "{\"feature_extractor\": null, \"image_processor\": "
      "{\"max_soft_tokens\": 1120}, \"video_processor\": null}");
  Gemma4Preset *preset = preset_open (tree, "other.json");
  fail_unless (!preset->audio && !preset->video && preset->image);
  fail_unless_equals_int (preset->image->max_soft_tokens, 1120);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* As transformers computes it: v * factor, or (v - mean / factor) / (std / factor), in
 * float32. */
static const struct
{
  const gchar *image;
  Gemma4PixelRule rule;
  gfloat mean[3], std[3], factor;
} pixels[] = {
  { "{}", GEMMA4_PIXELS_MULTIPLIED, {0}, {0}, 1 / 255.0f },
  { "{\"do_normalize\": true}", GEMMA4_PIXELS_DIVIDED, {0}, {1, 1, 1}, 1 / 255.0f },
  { "{\"do_normalize\": true, \"image_mean\": 0.5, \"image_std\": [0.5, 0.25, 0.3]}",
        GEMMA4_PIXELS_NORMALIZED, {0.5, 0.5, 0.5}, {0.5, 0.25, 0.3f}, 1 / 255.0f },
  { "{\"rescale_factor\": 0.00784313725490196}", GEMMA4_PIXELS_SCALED, {0}, {0}, 2 / 255.0f },
  { "{\"do_rescale\": false}", GEMMA4_PIXELS_SCALED, {0}, {0}, 1 },
  { "{\"do_rescale\": false, \"do_normalize\": true, \"image_mean\": [1, 2, 3], "
        "\"image_std\": [127.5, 127.5, 10]}", GEMMA4_PIXELS_NORMALIZED, {1, 2, 3}, {127.5, 127.5,
            10}, 1 },
};

static gfloat
expected_pixel (guint i, guint channel, guint value)
{
  gfloat up = pixels[i].factor == 1 ? 1 : 255;     /* (float) (1 / 0.00392156862745098) */
  if (pixels[i].rule == GEMMA4_PIXELS_SCALED || pixels[i].rule == GEMMA4_PIXELS_MULTIPLIED)
    return value * pixels[i].factor;
  gfloat mean = pixels[i].mean[channel] * up, std = pixels[i].std[channel] * up;
  return (value - mean) / std;
}

GST_START_TEST (test_pixels)
{
  gchar *tree = tree_new ();
  gfloat table[3][256];
  g_autofree gchar *text = g_strdup_printf ("{\"image_processor\": %s}", pixels[__i__].image);
  tree_write_checkpoint (tree);
  tree_write (tree, "processor_config.json", text);
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless_equals_int (preset->image_pixels.rule, pixels[__i__].rule);
  gemma4_pixel_table (table, &preset->image_pixels);
  for (guint c = 0; c < 3; c++)
    for (guint v = 0; v < 256; v++)
      fail_unless (table[c][v] == expected_pixel (__i__, c, v), "channel %u, %u: got %a, want %a",
          c, v, table[c][v], expected_pixel (__i__, c, v));
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* And as it was computed there. */
static const struct
{
  const gchar *golden, *image;
} computed[] = {
  { "mean_std", "\"do_normalize\": true, \"image_mean\": [0.5, 0.45, 0.4], "
        "\"image_std\": [0.5, 0.25, 0.3]" },
  { "factor", "\"rescale_factor\": 0.00784313725490196" },
  { "norescale_normalize", "\"do_rescale\": false, \"do_normalize\": true, "
        "\"image_mean\": [1, 2, 3], \"image_std\": [127.5, 127.5, 10]" },
};

GST_START_TEST (test_golden_pixels)
{
  gchar *tree = tree_new ();
  gfloat table[3][256];
  g_autofree gchar *text = g_strdup_printf ("{\"image_processor\": {%s}}", computed[__i__].image);
  g_autofree gchar *name = g_strdup_printf ("pixels/%s.npy", computed[__i__].golden);
  Npy want = npy_load (name);
  tree_write_checkpoint (tree);
  tree_write (tree, "processor_config.json", text);
  Gemma4Preset *preset = preset_open (tree, NULL);
  gemma4_pixel_table (table, &preset->image_pixels);
  fail_unless_equals_int (want.n_elements, 3 * 256);
  for (guint i = 0; i < 3 * 256; i++)
    fail_unless (table[i / 256][i % 256] == ((const gfloat *) want.data)[i],
        "channel %u, %u: got %a, want %a", i / 256, i % 256, table[i / 256][i % 256],
        ((const gfloat *) want.data)[i]);
  npy_clear (&want);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* The chat template says whether the model chats, and whether it wants an empty
 * thought. */
static const struct
{
  const gchar *jinja, *tokenizer_config;
  gboolean instruct, empty_thought;
} templates[] = {
  { "{{- '<|turn>model\\n<|channel>thought\\n' -}}", NULL, TRUE, FALSE },
  { "{{- '<|channel>thought\\n<channel|>' -}}", NULL, TRUE, TRUE },
  { NULL, "{\"chat_template\": \"{{- '<|channel>thought\\\\n<channel|>' -}}\"}", TRUE, TRUE },
  { NULL, "{\"chat_template\": \"{{- '<|turn>' -}}\"}", TRUE, FALSE },
  { NULL, "{\"backend\": \"tokenizers\"}", FALSE, FALSE },
  { NULL, NULL, FALSE, FALSE },
};

GST_START_TEST (test_template)
{
  gchar *tree = tree_new ();
  tree_write_checkpoint (tree);
  tree_remove (tree, "chat_template.jinja");
  if (templates[__i__].jinja)
    tree_write (tree, "chat_template.jinja", templates[__i__].jinja);
  if (templates[__i__].tokenizer_config)
    tree_write (tree, "tokenizer_config.json", templates[__i__].tokenizer_config);
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless (preset->instruct == templates[__i__].instruct);
  fail_unless (preset->empty_thought == templates[__i__].empty_thought);
  preset_assert_notes (preset, preset->instruct ? NULL : "no chat template");
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* tokenizer.json, or else a SentencePiece model. */
GST_START_TEST (test_tokenizer)
{
  static const gchar *const names[] = { "tokenizer.json", "tokenizer.model" };
  gchar *tree = tree_new ();
  const gchar *path;
  Gemma4Error error = { "" };
  tree_write_checkpoint (tree);
  tree_copy (tree, "tokenizer.model", "tokenizer/gemma4_tiny.model");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    Gemma4Preset *preset = preset_open (tree, NULL);
    g_autofree gchar *wanted = g_build_filename (preset->directory, names[i], NULL);
    fail_unless_equals_int (gemma4_preset_get_tokenizer (preset, &path, NULL), GEMMA4_OK);
    fail_unless_equals_string (path, wanted);
    gemma4_preset_free (preset);
    tree_remove (tree, names[i]);
  }
  Gemma4Preset *preset = preset_open (tree, NULL);
  fail_unless_equals_int (gemma4_preset_get_tokenizer (preset, &path, &error), GEMMA4_NOT_FOUND);
  preset_assert_says (error.text, preset->directory);
  preset_assert_says (error.text, "/tokenizer.json|tokenizer=|download");
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

/* The same files are the same preset, by whatever name; a change makes another one. */
GST_START_TEST (test_equal)
{
  gchar *tree = tree_new ();
  g_autofree gchar *roundabout = g_strconcat (tree, "/./", NULL);
  tree_write_checkpoint (tree);
  Gemma4Preset *a = preset_open (tree, NULL), *b = preset_open (roundabout, NULL);
  fail_unless (gemma4_preset_equal (a, b));
  gemma4_preset_free (b);
  b = preset_open (tree, "processor_config.json");
  fail_unless (!gemma4_preset_equal (a, b));
  gemma4_preset_free (b);
  tree_write (tree, "chat_template.jinja", "");
  tree_replace (tree, "processor_config.json", "\"num_frames\": 32", "\"num_frames\": 31");
  b = preset_open (tree, NULL);
  fail_unless (!gemma4_preset_equal (a, b));
  gemma4_preset_free (a);
  gemma4_preset_free (b);
  tree_free (tree);
}
GST_END_TEST;

static const struct
{
  gboolean unified;
  const gchar *file, *old, *new, *says;
} errors[] = {
  { FALSE, "config.json", "\"gemma4\"", "\"gemma3\"", "config.json|model_type|gemma3|gemma4_unified" },
  { FALSE, "config.json", "\"gemma4\"", "4", "config.json|model_type|string|4" },
  { FALSE, "config.json", "\"audio_config\": {", "\"audio_config\": 1, \"x\": {",
        "config.json|audio_config|object|1" },
  { FALSE, "config.json", "\"hidden_size\": 1536", "\"hidden_size\": []", "text_config.hidden_size|array" },
  { FALSE, "processor_config.json", "\"feature_extractor\": {", "\"feature_extractor\": \"x\", \"x\": {",
        "processor_config.json|feature_extractor|object|\"x\"" },
  { FALSE, "processor_config.json", "\"feature_size\": 128", "\"feature_size\": \"many\"",
        "processor_config.json|feature_extractor.feature_size|whole number|many" },
  { FALSE, "processor_config.json", "\"hop_length\": 160", "\"hop_length\": 100000",
        "processor_config.json|stride|100000" },
  { FALSE, "processor_config.json", "\"do_resize\": true", "\"do_resize\": false",
        "processor_config.json|do_resize|false" },
  { FALSE, "processor_config.json", "\"do_rescale\": true", "\"do_rescale\": \"yes\"",
        "image_processor.do_rescale|true or false|yes" },
  { FALSE, "processor_config.json", "\"resample\": 3", "\"resample\": 2", "resample|3 (bicubic)|2" },
  { FALSE, "processor_config.json", "\"rescale_factor\": 0.00392156862745098", "\"rescale_factor\": 0",
        "rescale_factor|above 0" },
  { FALSE, "processor_config.json", "\"max_soft_tokens\": 280", "\"max_soft_tokens\": 281",
        "processor_config.json|image|281" },
  { FALSE, "processor_config.json", "\"num_frames\": 32", "\"num_frames\": 100000", "frames of a video|100000" },
  { TRUE, "processor_config.json", "\"feature_size\": 640", "\"feature_size\": 320",
        "processor_config.json|feature_extractor.feature_size|640|320" },
  { TRUE, "processor_config.json", "\"sampling_rate\": 16000", "\"sampling_rate\": 8000",
        "feature_extractor.sampling_rate|16000|8000" },
  { TRUE, "processor_config.json", "\"audio_samples_per_token\": 640", "\"audio_samples_per_token\": 1",
        "audio_samples_per_token|640|1" },
};

GST_START_TEST (test_errors)
{
  gchar *tree = tree_new ();
  if (errors[__i__].unified)
    tree_write_unified (tree);
  else
    tree_write_checkpoint (tree);
  tree_replace (tree, errors[__i__].file, errors[__i__].old, errors[__i__].new);
  preset_assert_refused (tree, NULL, GEMMA4_BAD_DATA, errors[__i__].says);
  tree_free (tree);
}
GST_END_TEST;

GST_START_TEST (test_unknown_keys)
{
  gchar *tree = tree_new ();
  tree_write_checkpoint (tree);
  tree_replace (tree, "processor_config.json", "\"dither\": 0.0", "\"ditter\": 0.0");
  tree_replace (tree, "processor_config.json", "\"image_seq_length\": 280", "\"fps\": 2");
  Gemma4Preset *preset = preset_open (tree, NULL);
  preset_assert_notes (preset, "processor_config.json|feature_extractor.ditter|fps");
  fail_unless_equals_int (preset->n_notes, 2);
  gemma4_preset_free (preset);
  tree_free (tree);
}
GST_END_TEST;

static Suite *
preset_checkpoint_suite (void)
{
  Suite *s = suite_create ("preset-checkpoint");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_published, 0, 2);
  tcase_add_test (t, test_values);
  tcase_add_loop_test (t, test_defaults, 0, 2);
  tcase_add_test (t, test_lengths);
  tcase_add_loop_test (t, test_modalities, 0, G_N_ELEMENTS (modalities));
  tcase_add_test (t, test_null_processor);
  tcase_add_loop_test (t, test_pixels, 0, G_N_ELEMENTS (pixels));
  tcase_add_loop_test (t, test_golden_pixels, 0, G_N_ELEMENTS (computed));
  tcase_add_loop_test (t, test_template, 0, G_N_ELEMENTS (templates));
  tcase_add_test (t, test_tokenizer);
  tcase_add_test (t, test_equal);
  tcase_add_loop_test (t, test_errors, 0, G_N_ELEMENTS (errors));
  tcase_add_test (t, test_unknown_keys);
  return s;
}

GST_CHECK_MAIN (preset_checkpoint);
