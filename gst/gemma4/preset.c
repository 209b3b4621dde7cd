/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "preset.h"

#include "error.h"

#include <stdio.h>
#include <string.h>

#define DEVICE_WORDS \
  "The 'E' denotes effective parameters — PLE gives each decoder layer its own token " \
  "embedding table, maximizing parameter efficiency for on-device deployment."

#define MOE_WORDS \
  "The 'A' denotes active parameters — by activating only a 4B subset during inference, " \
  "this MoE model runs nearly as fast as a dense 4B model."

#define DENSE_WORDS \
  "The dense model in the Gemma 4 family, offering maximum quality for deployments where " \
  "inference speed is less of a constraint."

#define PREPROCESSOR_DEFAULTS { \
  .sequence_length = 1024, .add_start_token = true, .add_end_token = true, \
  .max_images_per_prompt = 2, .num_vision_tokens_per_image = 280, \
  .max_audio_clips_per_prompt = 1, .num_audio_tokens_per_clip = 750, \
  .audio_input_feat_size = 128, .num_frames_per_video = 32, \
  .num_vision_tokens_per_frame = 70, .video_fps = 24 \
}

#define UNIFIED_WORDS \
  "It has no encoders: raw pixels and raw samples are projected straight into the " \
  "embeddings of the text model. Hugging Face transformers has it, KerasHub does not."

const Gemma4PreprocessorParams gemma4_preprocessor_params_default = PREPROCESSOR_DEFAULTS;

/* What all published presets have in common. */
#define COMMON \
  .image_pixels = {GEMMA4_PIXELS_MULTIPLIED}, .video_pixels = {GEMMA4_PIXELS_DIVIDED}, \
  .num_frames = 32, .preprocessor = PREPROCESSOR_DEFAULTS

/* Names, words and sizes: keras-hub 71453d08f gemma4_presets.py, for the 12B the
 * published model card. Only the tuned 12B, 26B and 31B want the empty thought:
 * their published chat templates. */
static const Gemma4Preset presets[] = {
  {
    .name = "gemma4_2b",
    .description = "Gemma 4 E2B base model: 2.3B effective parameters (5.1B total with "
        "Per-Layer Embeddings), 35-layer, audio+vision+text pretrained Gemma4 model. "
        DEVICE_WORDS,
    .n_parameters = 5100000000,
    .audio = &gemma4_logmel_params_default,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_instruct_2b",
    .description = "Gemma 4 E2B instruction-tuned model: 2.3B effective parameters (5.1B "
        "total with Per-Layer Embeddings), 35-layer, audio+vision+text instruction-tuned "
        "Gemma4 model. " DEVICE_WORDS,
    .n_parameters = 5100000000,
    .instruct = true,
    .audio = &gemma4_logmel_params_default,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_4b",
    .description = "Gemma 4 E4B base model: 4.5B effective parameters (7.9B total with "
        "Per-Layer Embeddings), 42-layer, audio+vision+text pretrained Gemma4 model. "
        DEVICE_WORDS,
    .n_parameters = 7900000000,
    .audio = &gemma4_logmel_params_default,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_instruct_4b",
    .description = "Gemma 4 E4B instruction-tuned model: 4.5B effective parameters (7.9B "
        "total with Per-Layer Embeddings), 42-layer, audio+vision+text instruction-tuned "
        "Gemma4 model. " DEVICE_WORDS,
    .n_parameters = 7900000000,
    .instruct = true,
    .audio = &gemma4_logmel_params_default,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_26b_a4b",
    .description = "Gemma 4 26B A4B base model: Mixture-of-Experts (MoE) model with 26B "
        "total parameters and only 4B active parameters per forward pass, 30-layer, "
        "vision+text pretrained Gemma4 model. " MOE_WORDS,
    .n_parameters = 26000000000,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_instruct_26b_a4b",
    .description = "Gemma 4 26B A4B instruction-tuned model: Mixture-of-Experts (MoE) model "
        "with 26B total parameters and only 4B active parameters per forward pass, 30-layer, "
        "vision+text instruction-tuned Gemma4 model. " MOE_WORDS,
    .n_parameters = 26000000000,
    .instruct = true,
    .empty_thought = true,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_31b",
    .description = "Gemma 4 31B base model: 31B parameter, 60-layer, dense vision+text "
        "pretrained Gemma4 model. " DENSE_WORDS,
    .n_parameters = 31000000000,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_instruct_31b",
    .description = "Gemma 4 31B instruction-tuned model: 31B parameter, 60-layer, dense "
        "vision+text instruction-tuned Gemma4 model. " DENSE_WORDS,
    .n_parameters = 31000000000,
    .instruct = true,
    .empty_thought = true,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
  {
    .name = "gemma4_12b",
    .description = "Gemma 4 12B Unified base model: 12B parameter, 48-layer, dense "
        "audio+vision+text pretrained Gemma4 model. " UNIFIED_WORDS,
    .n_parameters = 12000000000,
    .unified = true,
    .audio = &gemma4_logmel_params_default,
    .image = &gemma4_vision_params_unified_image,
    .video = &gemma4_vision_params_unified_video,
    COMMON,
  },
  {
    .name = "gemma4_instruct_12b",
    .description = "Gemma 4 12B Unified instruction-tuned model: 12B parameter, 48-layer, "
        "dense audio+vision+text instruction-tuned Gemma4 model. " UNIFIED_WORDS,
    .n_parameters = 12000000000,
    .instruct = true,
    .empty_thought = true,
    .unified = true,
    .audio = &gemma4_logmel_params_default,
    .image = &gemma4_vision_params_unified_image,
    .video = &gemma4_vision_params_unified_video,
    COMMON,
  },
  {
    .name = "card",
    .description = "No model, but the settings as the published text of KerasHub's card "
        "has them, to the letter: a centred power spectrogram with Slaney's filters.",
    .instruct = true,
    .audio = &gemma4_logmel_params_card,
    .image = &gemma4_vision_params_image,
    .video = &gemma4_vision_params_video,
    COMMON,
  },
};

#define N_PRESETS (sizeof presets / sizeof *presets)

size_t
gemma4_preset_n_builtin (void)
{
  return N_PRESETS;
}

const Gemma4Preset *
gemma4_preset_builtin (size_t i)
{
  return i < N_PRESETS ? &presets[i] : NULL;
}

/* "there is no preset of this name: choose one of a, b or c" */
static Gemma4Status
fail_unknown (const char *name, Gemma4Error *error)
{
  char names[384] = "";
  size_t n = 0;
  for (size_t i = 0; i < N_PRESETS && n < sizeof names; i++) {
    const char *joint = i == 0 ? "" : i + 1 == N_PRESETS ? " or " : ", ";
    n += snprintf (names + n, sizeof names - n, "%s%s", joint, presets[i].name);
  }
  return gemma4_fail (error, GEMMA4_NOT_FOUND, "there is no preset \"%.64s\": choose %s",
      name, names);
}

Gemma4Status
gemma4_preset_find (const char *name, const Gemma4Preset **preset, Gemma4Error *error)
{
  const char *wanted = name ? name : GEMMA4_DEFAULT_PRESET;
  for (size_t i = 0; i < N_PRESETS; i++) {
    if (strcmp (presets[i].name, wanted) == 0) {
      *preset = &presets[i];
      return GEMMA4_OK;
    }
  }
  return fail_unknown (wanted, error);
}
