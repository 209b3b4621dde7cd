/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/fit.h>
#include <gst/gemma4/logmel.h>
#include <gst/gemma4/patchify.h>
#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The arguments of KerasHub's Gemma4CausalLMPreprocessor, by its names. */
typedef struct
{
  uint32_t sequence_length;
  bool add_start_token, add_end_token;
  uint32_t max_images_per_prompt;
  uint32_t num_vision_tokens_per_image;
  uint32_t max_audio_clips_per_prompt;
  uint32_t num_audio_tokens_per_clip;
  uint32_t audio_input_feat_size;
  uint32_t num_frames_per_video;
  uint32_t num_vision_tokens_per_frame;
  double video_fps;
} Gemma4PreprocessorParams;

/* The defaults of the class. */
GEMMA4_API const Gemma4PreprocessorParams gemma4_preprocessor_params_default;

/* A published Gemma 4 and the settings of its converters. */
typedef struct
{
  const char *name;             /* KerasHub's, such as gemma4_instruct_2b; card and the 12B
                                 * are not there, these names are ours; of what was read from
                                 * a directory, what it was opened by */
  const char *description;      /* KerasHub's where it has one, one sentence or two */
  uint64_t n_parameters;        /* 0 if it is no model, or not known */
  bool instruct;                /* tuned for chat */
  bool empty_thought;           /* wants an empty thought where thinking is off */
  bool unified;                 /* no encoders, transformers only: sound comes as in
                                 * rawframes.h, and of audio only the rate counts */
  const Gemma4LogMelParams *audio;      /* NULL: the model does not hear */
  const Gemma4VisionParams *image;      /* NULL: the model takes no images */
  const Gemma4VisionParams *video;      /* NULL: the model takes no video */
  Gemma4PixelScale image_pixels, video_pixels;
  uint32_t num_frames;          /* that its converter chooses of a video */
  Gemma4PreprocessorParams preprocessor;

  const char *directory;        /* where its files are, without symbolic links; or NULL */
  const char *config_file;      /* that was named for it, or NULL */
  const char *tokenizer;        /* the path of its vocabulary, or NULL if there is none */
  const char *const *notes;     /* [n_notes]: sentences on what was read, such as keys that
                                 * are not known */
  size_t n_notes;
} Gemma4Preset;

#define GEMMA4_DEFAULT_PRESET "gemma4_instruct_2b"

/* The built-in presets in KerasHub's order, then ours. Static, without files. */
GEMMA4_API size_t gemma4_preset_n_builtin (void);
GEMMA4_API const Gemma4Preset *gemma4_preset_builtin (size_t i);

/**
 * gemma4_preset_find:
 * @name: of a built-in preset; NULL is GEMMA4_DEFAULT_PRESET
 * @preset: (out): static
 * @error: (out) (nullable): says which names there are
 * Returns: GEMMA4_OK or GEMMA4_NOT_FOUND.
 * Test: tests/check/libs/preset.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_preset_find (const char *name,
    const Gemma4Preset ** preset, Gemma4Error * error);

/**
 * gemma4_preset_open:
 * Reads a preset.
 *
 * @name is one of
 * - a built-in name. Its files, if there are any, are those that kagglehub keeps;
 *   only the vocabulary is taken from there.
 * - hf://USER/NAME, in the cache of huggingface_hub: $HF_HUB_CACHE, or else hub in
 *   $HF_HOME, in $XDG_CACHE_HOME/huggingface or in ~/.cache/huggingface; the
 *   snapshot that refs/main names
 * - kaggle://OWNER/MODEL/keras/NAME[/VERSION], in the cache of kagglehub:
 *   $KAGGLEHUB_CACHE, or else ~/.cache/kagglehub; without a version the newest
 * - a directory: KerasHub's if its config.json has a registered_name, and a
 *   checkpoint of transformers if it has a model_type
 *
 * KerasHub: preprocessor.json says what the converters are, else
 * image_converter.json, audio_converter.json and video_converter.json; what is null
 * or missing is a modality that the model lacks. Other keys that are absent have the
 * defaults of KerasHub's classes. Checkpoint: processor_config.json, with the
 * defaults of transformers' classes; modalities whose configuration config.json
 * lacks are left out. Which checkpoints are tuned for chat, and which of those want
 * an empty thought, is said by their chat template; KerasHub's directories have
 * none: a name such as gemma4_4b in their path says it, else they are for chat.
 * Nothing is downloaded.
 *
 * @name: NULL is GEMMA4_DEFAULT_PRESET
 * @config_file: (nullable): a file in the directory in place of preprocessor.json or
 *   processor_config.json, which then must be there
 * @preset: (out): owned by the caller, see gemma4_preset_free()
 * @error: (out) (nullable): names file and key, or where it looked and how to get it
 * Returns: GEMMA4_OK, GEMMA4_NOT_FOUND, GEMMA4_BAD_DATA, GEMMA4_BAD_ARGUMENT or
 *   GEMMA4_NO_MEMORY.
 * Source: keras-hub 71453d08f preset_utils.py and models/gemma4; transformers 5.17
 *   models/gemma4 and models/gemma4_unified
 * Test: tests/check/libs/preset-keras.c, preset-checkpoint.c, preset-cache.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_preset_open (const char *name,
    const char *config_file, Gemma4Preset ** preset, Gemma4Error * error);

/* Calls @each with the handle of every model that the local caches have, whether it is
 * a Gemma 4 or not; which are, gemma4_preset_open() says. */
GEMMA4_API void gemma4_preset_each_cached (void (*each) (const char *handle, void *data),
    void *data);

/* Frees what gemma4_preset_open() made; NULL is allowed. */
GEMMA4_API void gemma4_preset_free (Gemma4Preset * preset);

/* Whether two opened presets are the same one with the same contents. */
GEMMA4_API bool gemma4_preset_equal (const Gemma4Preset * a, const Gemma4Preset * b);

/**
 * gemma4_preset_get_tokenizer:
 * @path: (out): of the vocabulary, for gemma4_tokenizer_open(); owned by @preset
 * @error: (out) (nullable): says where it should be, and how to get it
 * Returns: GEMMA4_OK or GEMMA4_NOT_FOUND.
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_preset_get_tokenizer (const Gemma4Preset *
    preset, const char **path, Gemma4Error * error);
