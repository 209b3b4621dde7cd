/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Directories of KerasHub: Keras' serialized objects, each with module, class_name,
 * registered_name and the arguments of its class in config. */

#include "preset-private.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

#define PREPROCESSOR_FILE "preprocessor.json"
#define VOCABULARY_FILE "assets/tokenizer/vocabulary.spm"
#define N_KEYS(keys) (sizeof (keys) / sizeof *(keys))

/* What every layer of Keras has. */
#define LAYER_KEYS \
  { "name", GEMMA4_JSON_ANY }, { "trainable", GEMMA4_JSON_ANY }, \
  { "dtype", GEMMA4_JSON_ANY }, { "_allow_python_workflow", GEMMA4_JSON_ANY }

typedef struct
{
  Gemma4LogMelParams params;
  Gemma4Floats mean, stddev;
} AudioConfig;

#define AUDIO(field) offsetof (AudioConfig, field)
static const Gemma4JsonKey audio_keys[] = {
  { "num_mels", GEMMA4_JSON_UINT, AUDIO (params.n_mels) },
  { "num_fft_bins", GEMMA4_JSON_UINT, AUDIO (params.fft_length) },
  { "stride", GEMMA4_JSON_UINT, AUDIO (params.hop_length) },
  { "sampling_rate", GEMMA4_JSON_UINT, AUDIO (params.sampling_rate_hz) },
  { "max_audio_length", GEMMA4_JSON_NUMBER, AUDIO (params.max_audio_length_s) },
  { "min_frequency", GEMMA4_JSON_NUMBER, AUDIO (params.min_frequency_hz) },
  { "max_frequency", GEMMA4_JSON_NUMBER, AUDIO (params.max_frequency_hz) },
  { "mel_floor", GEMMA4_JSON_NUMBER, AUDIO (params.mel_floor) },
  { "per_bin_mean", GEMMA4_JSON_FLOATS, AUDIO (mean), .nullable = true },
  { "per_bin_stddev", GEMMA4_JSON_FLOATS, AUDIO (stddev), .nullable = true },
  { "frame_length", GEMMA4_JSON_UINT, AUDIO (params.frame_length), .nullable = true },
  LAYER_KEYS,
};

/* Of an image or a video converter. */
typedef struct
{
  Gemma4VisionParams params;
  double scale[3], offset[3];
  uint32_t num_frames;
} VisionConfig;

/* What its base class resizes by, which Gemma4ImageConverter does itself. */
#define RESIZING_KEYS \
  { "image_size", GEMMA4_JSON_ANY }, { "interpolation", GEMMA4_JSON_ANY }, \
  { "antialias", GEMMA4_JSON_ANY }, { "crop_to_aspect_ratio", GEMMA4_JSON_ANY }, \
  { "pad_to_aspect_ratio", GEMMA4_JSON_ANY }, { "bounding_box_format", GEMMA4_JSON_ANY }, \
  { "data_format", GEMMA4_JSON_ANY }

#define VISION(field) offsetof (VisionConfig, field)
#define VISION_KEYS \
  { "patch_size", GEMMA4_JSON_UINT, VISION (params.patch_size_px) }, \
  { "max_soft_tokens", GEMMA4_JSON_UINT, VISION (params.max_soft_tokens) }, \
  { "pooling_kernel_size", GEMMA4_JSON_UINT, VISION (params.pooling_kernel_size) }, \
  { "scale", GEMMA4_JSON_CHANNELS, VISION (scale), .nullable = true }, \
  { "offset", GEMMA4_JSON_CHANNELS, VISION (offset), .nullable = true }

static const Gemma4JsonKey image_keys[] = { VISION_KEYS, RESIZING_KEYS, LAYER_KEYS };

static const Gemma4JsonKey video_keys[] = {
  VISION_KEYS, RESIZING_KEYS, LAYER_KEYS,
  { "num_frames", GEMMA4_JSON_UINT, VISION (num_frames) },
};

#define PREPROCESSOR(field) offsetof (Gemma4PreprocessorParams, field)
static const Gemma4JsonKey preprocessor_keys[] = {
  { "sequence_length", GEMMA4_JSON_UINT, PREPROCESSOR (sequence_length) },
  { "add_start_token", GEMMA4_JSON_BOOL, PREPROCESSOR (add_start_token) },
  { "add_end_token", GEMMA4_JSON_BOOL, PREPROCESSOR (add_end_token) },
  { "max_images_per_prompt", GEMMA4_JSON_UINT, PREPROCESSOR (max_images_per_prompt) },
  { "num_vision_tokens_per_image", GEMMA4_JSON_UINT,
        PREPROCESSOR (num_vision_tokens_per_image) },
  { "max_audio_clips_per_prompt", GEMMA4_JSON_UINT, PREPROCESSOR (max_audio_clips_per_prompt) },
  { "num_audio_tokens_per_clip", GEMMA4_JSON_UINT, PREPROCESSOR (num_audio_tokens_per_clip) },
  { "audio_input_feat_size", GEMMA4_JSON_UINT, PREPROCESSOR (audio_input_feat_size) },
  { "num_frames_per_video", GEMMA4_JSON_UINT, PREPROCESSOR (num_frames_per_video) },
  { "num_vision_tokens_per_frame", GEMMA4_JSON_UINT,
        PREPROCESSOR (num_vision_tokens_per_frame) },
  { "video_fps", GEMMA4_JSON_NUMBER, PREPROCESSOR (video_fps) },
  { "tokenizer", GEMMA4_JSON_ANY },
  { "image_converter", GEMMA4_JSON_ANY },
  { "audio_converter", GEMMA4_JSON_ANY },
  { "video_converter", GEMMA4_JSON_ANY },
  { "config_file", GEMMA4_JSON_ANY },
  LAYER_KEYS,
};

/* The arguments of a serialized object of @class_name. */
static Gemma4Status
get_arguments (const Gemma4JsonObject *object, const char *class_name,
    Gemma4JsonObject *arguments, Gemma4Error *error)
{
  const char *key = gemma4_json_has (object, "registered_name") ? "registered_name" : "class_name";
  const char *name, *bare;
  Gemma4Status status = gemma4_json_get_string (object, key, &name, error);
  if (status != GEMMA4_OK)
    return status;
  bare = name && strncmp (name, "keras_hub>", 10) == 0 ? name + 10 : name;
  if (bare && strcmp (bare, class_name) != 0)
    return gemma4_json_fail (object, key, error, "must be keras_hub>%s, got \"%.60s\"",
        class_name, name);
  status = gemma4_json_get_object (object, "config", arguments, error);
  if (status == GEMMA4_OK && !arguments->members)
    return gemma4_json_fail (object, "config", error, "is missing: it must be an object with "
        "the arguments of %s", class_name);
  return status;
}

static Gemma4Status
read_audio (Gemma4PresetData *self, const Gemma4JsonObject *arguments, const char *file,
    Gemma4Error *error)
{
  AudioConfig config = {.params = gemma4_logmel_params_default };
  config.params.mel_floor = 1e-5;       /* the default of the class */
  Gemma4Status status = gemma4_json_read (arguments, audio_keys, N_KEYS (audio_keys), &config,
      &self->notes, error);
  if (config.params.frame_length == 0)
    config.params.frame_length = config.params.fft_length;
  self->audio = config.params;
  self->mean = config.mean;
  self->stddev = config.stddev;
  return status == GEMMA4_OK ? gemma4_preset_set_audio (self, file, error) : status;
}

/* The usual numbers are computed as @usual says, by which the models were trained. */
static Gemma4PixelScale
pixel_scale (const VisionConfig *config, Gemma4PixelRule usual)
{
  Gemma4PixelScale scale = { usual };
  for (int i = 0; i < 3; i++) {
    scale.factor[i] = config->scale[i];
    scale.offset[i] = config->offset[i];
    if ((float) config->scale[i] != (float) (1 / 255.0) || config->offset[i] != 0)
      scale.rule = GEMMA4_PIXELS_SCALED;
  }
  return scale;
}

static void
note_raw_pixels (Gemma4PresetData *self, const Gemma4JsonObject *arguments, const char *file)
{
  if (!gemma4_json_has (arguments, "scale"))
    gemma4_notes_add (&self->notes, "%s: %sscale is absent, so that pixels stay in 0 to 255, as "
        "KerasHub's class has it", file, arguments->path);
}

static Gemma4Status
read_image (Gemma4PresetData *self, const Gemma4JsonObject *arguments, const char *file,
    Gemma4Error *error)
{
  VisionConfig config = { gemma4_vision_params_image, {1, 1, 1} };
  Gemma4Status status = gemma4_json_read (arguments, image_keys, N_KEYS (image_keys), &config,
      &self->notes, error);
  if (status == GEMMA4_OK)
    status = gemma4_preset_check_vision (&config.params, file, "image", error);
  note_raw_pixels (self, arguments, file);
  self->image = config.params;
  self->preset.image = &self->image;
  self->preset.image_pixels = pixel_scale (&config, GEMMA4_PIXELS_MULTIPLIED);
  return status;
}

static Gemma4Status
read_video (Gemma4PresetData *self, const Gemma4JsonObject *arguments, const char *file,
    Gemma4Error *error)
{
  VisionConfig config = { gemma4_vision_params_video, {1, 1, 1}, .num_frames = 32 };
  Gemma4Status status = gemma4_json_read (arguments, video_keys, N_KEYS (video_keys), &config,
      &self->notes, error);
  if (status == GEMMA4_OK)
    status = gemma4_preset_check_vision (&config.params, file, "video", error);
  note_raw_pixels (self, arguments, file);
  self->video = config.params;
  self->preset.video = &self->video;
  self->preset.video_pixels = pixel_scale (&config, GEMMA4_PIXELS_DIVIDED);
  self->preset.num_frames = config.num_frames;
  return status;
}

static const struct
{
  const char *key, *file, *class_name;
  Gemma4Status (*read) (Gemma4PresetData *, const Gemma4JsonObject *, const char *,
      Gemma4Error *);
} converters[] = {
  { "image_converter", "image_converter.json", "Gemma4ImageConverter", read_image },
  { "audio_converter", "audio_converter.json", "Gemma4AudioConverter", read_audio },
  { "video_converter", "video_converter.json", "Gemma4VideoConverter", read_video },
};

/* Converter @i from its own file; without one the model lacks the modality. */
static Gemma4Status
read_converter_file (Gemma4PresetData *self, size_t i, Gemma4Error *error)
{
  Gemma4JsonFile *file = NULL;
  Gemma4JsonObject arguments;
  Gemma4Status status = gemma4_preset_open_json (self, converters[i].file, &file, error);
  if (status == GEMMA4_NOT_FOUND)
    return GEMMA4_OK;
  if (status == GEMMA4_OK) {
    Gemma4JsonObject root = gemma4_json_root (file);
    status = get_arguments (&root, converters[i].class_name, &arguments, error);
  }
  if (status == GEMMA4_OK)
    status = converters[i].read (self, &arguments, converters[i].file, error);
  gemma4_json_close (file);
  return status;
}

/* Converter @i from the arguments of the preprocessor. */
static Gemma4Status
read_converter (Gemma4PresetData *self, size_t i, const Gemma4JsonObject *preprocessor,
    const char *file, Gemma4Error *error)
{
  Gemma4JsonObject object, arguments;
  Gemma4Status status = gemma4_json_get_object (preprocessor, converters[i].key, &object, error);
  if (status != GEMMA4_OK || !object.members)
    return status;
  status = get_arguments (&object, converters[i].class_name, &arguments, error);
  return status == GEMMA4_OK ? converters[i].read (self, &arguments, file, error) : status;
}

static Gemma4Status
read_preprocessor (Gemma4PresetData *self, Gemma4JsonFile *json, const char *file,
    Gemma4Error *error)
{
  Gemma4JsonObject root = gemma4_json_root (json), arguments;
  Gemma4Status status = get_arguments (&root, "Gemma4CausalLMPreprocessor", &arguments, error);
  if (status == GEMMA4_OK)
    status = gemma4_json_read (&arguments, preprocessor_keys, N_KEYS (preprocessor_keys),
        &self->preset.preprocessor, &self->notes, error);
  for (size_t i = 0; i < N_KEYS (converters) && status == GEMMA4_OK; i++)
    status = read_converter (self, i, &arguments, file, error);
  return status;
}

static Gemma4Status
read_converters (Gemma4PresetData *self, Gemma4Error *error)
{
  const char *name = self->config_file ? self->config_file : PREPROCESSOR_FILE;
  Gemma4JsonFile *file = NULL;
  Gemma4Status status = gemma4_preset_open_json (self, name, &file, error);
  if (status == GEMMA4_OK) {
    status = read_preprocessor (self, file, name, error);
  } else if (status == GEMMA4_NOT_FOUND && !self->config_file) {
    status = GEMMA4_OK;
    for (size_t i = 0; i < N_KEYS (converters) && status == GEMMA4_OK; i++)
      status = read_converter_file (self, i, error);
  }
  gemma4_json_close (file);
  return status;
}

/* A video has as many frames as its converter makes of it. */
static Gemma4Status
settle_num_frames (Gemma4PresetData *self, Gemma4Error *error)
{
  uint32_t *allowed = &self->preset.preprocessor.num_frames_per_video;
  uint32_t made = self->preset.num_frames;
  if (self->preset.video && *allowed != made) {
    gemma4_notes_add (&self->notes, "num_frames_per_video is %u, but the video converter makes "
        "num_frames=%u: that is taken", *allowed, made);
    *allowed = made;
  }
  return gemma4_preset_check_preprocessor (&self->preset.preprocessor, self->config_file
      ? self->config_file : PREPROCESSOR_FILE, error);
}

static Gemma4Status
read_model (Gemma4PresetData *self, Gemma4JsonFile *config, Gemma4Error *error)
{
  static const Gemma4JsonKey keys[] = {
    { "num_layers", GEMMA4_JSON_UINT, offsetof (Gemma4ModelSize, n_layers) },
    { "hidden_dim", GEMMA4_JSON_UINT, offsetof (Gemma4ModelSize, hidden_size) },
  };
  static const Gemma4JsonKey count[] = { { "parameter_count", GEMMA4_JSON_NUMBER, 0 } };
  Gemma4JsonObject root = gemma4_json_root (config), arguments;
  Gemma4Notes of_the_model = { 0 };     /* whose other arguments matter to nobody here */
  Gemma4ModelSize size = { 0 };
  Gemma4JsonFile *metadata = NULL;
  double n_parameters = 0;
  Gemma4Status status = gemma4_json_get_object (&root, "config", &arguments, error);
  if (status == GEMMA4_OK)
    status = gemma4_json_read (&arguments, keys, N_KEYS (keys), &size, &of_the_model, error);
  gemma4_preset_set_model (self, size);
  if (status == GEMMA4_OK
      && gemma4_preset_open_json (self, "metadata.json", &metadata, NULL) == GEMMA4_OK) {
    Gemma4JsonObject object = gemma4_json_root (metadata);
    status = gemma4_json_read (&object, count, N_KEYS (count), &n_parameters, &of_the_model, error);
    if (n_parameters >= 1 && n_parameters < 1e18)
      self->preset.n_parameters = (uint64_t) n_parameters;
  }
  gemma4_json_close (metadata);
  gemma4_notes_clear (&of_the_model);
  return status;
}

/* Whether @name is a part of @path, between slashes. */
static bool
has_part (const char *path, const char *name)
{
  size_t n = strlen (name);
  for (const char *at = path; (at = strstr (at, name)); at++)
    if ((at == path || at[-1] == '/') && (at[n] == '/' || at[n] == '\0'))
      return true;
  return false;
}

/* Where a published preset lies, or its handle, has its name in it. */
static bool
is_base (const Gemma4PresetData *self)
{
  for (size_t i = 0; i < gemma4_preset_n_builtin (); i++) {
    const Gemma4Preset *builtin = gemma4_preset_builtin (i);
    if (has_part (self->directory, builtin->name) || has_part (self->name, builtin->name))
      return !builtin->instruct;
  }
  return false;
}

Gemma4Status
gemma4_preset_read_keras (Gemma4PresetData *self, Gemma4JsonFile *config, Gemma4Error *error)
{
  Gemma4JsonObject root = gemma4_json_root (config);
  const char *name;
  Gemma4Status status = gemma4_json_get_string (&root, "registered_name", &name, error);
  if (status != GEMMA4_OK)
    return status;
  if (!name || strcmp (name, "keras_hub>Gemma4Backbone") != 0)
    return gemma4_json_fail (&root, "registered_name", error, "is \"%.60s\", a model that this "
        "does not know: expected keras_hub>Gemma4Backbone", name ? name : "null");
  self->preset.instruct = !is_base (self);
  self->tokenizer = gemma4_preset_path (self->directory, VOCABULARY_FILE);
  status = read_model (self, config, error);
  if (status == GEMMA4_OK)
    status = read_converters (self, error);
  return status == GEMMA4_OK ? settle_num_frames (self, error) : status;
}
