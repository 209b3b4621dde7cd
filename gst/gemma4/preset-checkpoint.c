/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Checkpoints of Hugging Face's transformers: processor_config.json, beside which
 * config.json says what the model takes. */

#include "preset-private.h"

#include <gst/gemma4/rawframes.h>

#include "error.h"
#include "file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROCESSOR_FILE "processor_config.json"
#define N_KEYS(keys) (sizeof (keys) / sizeof *(keys))

/* What the two encoder-based feature extractors and the unified one have. */
typedef struct
{
  Gemma4LogMelParams params;
  Gemma4Floats mean, stddev;
  double frame_length_ms, hop_length_ms;
  uint32_t frame_length, hop_length, fft_length;        /* 0: follow from those */
  uint32_t samples_per_token;
} AudioConfig;

#define AUDIO(field) offsetof (AudioConfig, field)
static const Gemma4JsonKey audio_keys[] = {
  { "feature_size", GEMMA4_JSON_UINT, AUDIO (params.n_mels) },
  { "sampling_rate", GEMMA4_JSON_UINT, AUDIO (params.sampling_rate_hz) },
  { "frame_length_ms", GEMMA4_JSON_NUMBER, AUDIO (frame_length_ms) },
  { "hop_length_ms", GEMMA4_JSON_NUMBER, AUDIO (hop_length_ms) },
  { "frame_length", GEMMA4_JSON_UINT, AUDIO (frame_length) },
  { "hop_length", GEMMA4_JSON_UINT, AUDIO (hop_length) },
  { "fft_length", GEMMA4_JSON_UINT, AUDIO (fft_length) },
  { "fft_overdrive", GEMMA4_JSON_BOOL, AUDIO (params.fft_overdrive) },
  { "min_frequency", GEMMA4_JSON_NUMBER, AUDIO (params.min_frequency_hz) },
  { "max_frequency", GEMMA4_JSON_NUMBER, AUDIO (params.max_frequency_hz) },
  { "mel_floor", GEMMA4_JSON_NUMBER, AUDIO (params.mel_floor) },
  { "preemphasis", GEMMA4_JSON_NUMBER, AUDIO (params.preemphasis) },
  { "preemphasis_htk_flavor", GEMMA4_JSON_BOOL, AUDIO (params.preemphasis_htk_flavor) },
  { "dither", GEMMA4_JSON_NUMBER, AUDIO (params.dither) },
  { "input_scale_factor", GEMMA4_JSON_NUMBER, AUDIO (params.input_scale_factor) },
  { "per_bin_mean", GEMMA4_JSON_FLOATS, AUDIO (mean), .nullable = true },
  { "per_bin_stddev", GEMMA4_JSON_FLOATS, AUDIO (stddev), .nullable = true },
  { "audio_samples_per_token", GEMMA4_JSON_UINT, AUDIO (samples_per_token) },
  { "feature_extractor_type", GEMMA4_JSON_ANY },
  { "padding_side", GEMMA4_JSON_ANY },
  { "padding_value", GEMMA4_JSON_ANY },
  { "return_attention_mask", GEMMA4_JSON_ANY },
};

/* Of an image or a video processor. */
typedef struct
{
  Gemma4VisionParams params;
  bool do_resize, do_rescale, do_normalize;
  double rescale_factor, mean[3], std[3];
  uint32_t resample, num_frames;
} VisionConfig;

#define VISION(field) offsetof (VisionConfig, field)
static const Gemma4JsonKey vision_keys[] = {
  { "patch_size", GEMMA4_JSON_UINT, VISION (params.patch_size_px) },
  { "max_soft_tokens", GEMMA4_JSON_UINT, VISION (params.max_soft_tokens) },
  { "pooling_kernel_size", GEMMA4_JSON_UINT, VISION (params.pooling_kernel_size) },
  { "do_resize", GEMMA4_JSON_BOOL, VISION (do_resize) },
  { "do_rescale", GEMMA4_JSON_BOOL, VISION (do_rescale) },
  { "do_normalize", GEMMA4_JSON_BOOL, VISION (do_normalize) },
  { "rescale_factor", GEMMA4_JSON_NUMBER, VISION (rescale_factor) },
  { "image_mean", GEMMA4_JSON_CHANNELS, VISION (mean), .nullable = true },
  { "image_std", GEMMA4_JSON_CHANNELS, VISION (std), .nullable = true },
  { "resample", GEMMA4_JSON_UINT, VISION (resample) },
  { "num_frames", GEMMA4_JSON_UINT, VISION (num_frames) },
  { "do_convert_rgb", GEMMA4_JSON_ANY },
  { "do_sample_frames", GEMMA4_JSON_ANY },
  { "default_to_square", GEMMA4_JSON_ANY },
  { "size", GEMMA4_JSON_ANY },
  { "data_format", GEMMA4_JSON_ANY },
  { "image_seq_length", GEMMA4_JSON_ANY },
  { "image_processor_type", GEMMA4_JSON_ANY },
  { "video_processor_type", GEMMA4_JSON_ANY },
  { "model_patch_size", GEMMA4_JSON_ANY },
  { "return_metadata", GEMMA4_JSON_ANY },
};

static const Gemma4JsonKey processor_keys[] = {
  { "feature_extractor", GEMMA4_JSON_ANY },
  { "image_processor", GEMMA4_JSON_ANY },
  { "video_processor", GEMMA4_JSON_ANY },
  { "processor_class", GEMMA4_JSON_ANY },
  { "audio_ms_per_token", GEMMA4_JSON_ANY },
  { "audio_seq_length", GEMMA4_JSON_ANY },
  { "image_seq_length", GEMMA4_JSON_ANY },
};

static uint32_t
samples_of (double ms, const Gemma4LogMelParams *params)
{
  return (uint32_t) fmin (fmax (rint (ms * params->sampling_rate_hz / 1000.0), 0), 65536);
}

/* The next power of two. */
static uint32_t
fft_length_of (uint32_t frame_length)
{
  uint32_t length = 1;
  while (length < frame_length && length < 65536)
    length *= 2;
  return length;
}

/* The @length of the file, if it has one; else @computed. */
static uint32_t
settle (Gemma4PresetData *self, const char *key, uint32_t length, uint32_t computed)
{
  if (length == 0)
    return computed;
  if (length != computed)
    gemma4_notes_add (&self->notes, "feature_extractor.%s is %u and taken as it is, but "
        "transformers 5.17 computes %u from the lengths in milliseconds", key, length, computed);
  return length;
}

/* transformers' constructor is given lengths in time; what a saved file has beside
 * them are those in samples. */
static void
settle_lengths (Gemma4PresetData *self, AudioConfig *config)
{
  Gemma4LogMelParams *p = &config->params;
  uint32_t twice = p->fft_overdrive ? 2 : 1;
  p->frame_length = settle (self, "frame_length", config->frame_length,
      samples_of (config->frame_length_ms, p));
  p->hop_length = settle (self, "hop_length", config->hop_length,
      samples_of (config->hop_length_ms, p));
  p->fft_length = settle (self, "fft_length", config->fft_length,
      twice * fft_length_of (p->frame_length)) / twice;
}

static Gemma4Status
check_unified_audio (const AudioConfig *config, const Gemma4JsonObject *object,
    Gemma4Error *error)
{
  if (config->params.n_mels != GEMMA4_RAW_FRAME_SAMPLES)
    return gemma4_json_fail (object, "feature_size", error, "must be %d, got %u",
        GEMMA4_RAW_FRAME_SAMPLES, config->params.n_mels);
  if (config->samples_per_token != GEMMA4_RAW_FRAME_SAMPLES)
    return gemma4_json_fail (object, "audio_samples_per_token", error, "must be %d, got %u",
        GEMMA4_RAW_FRAME_SAMPLES, config->samples_per_token);
  if (config->params.sampling_rate_hz != GEMMA4_RAW_FRAME_RATE_HZ)
    return gemma4_json_fail (object, "sampling_rate", error, "must be %d, got %u",
        GEMMA4_RAW_FRAME_RATE_HZ, config->params.sampling_rate_hz);
  return GEMMA4_OK;
}

static Gemma4Status
read_audio (Gemma4PresetData *self, const Gemma4JsonObject *object, const char *file,
    Gemma4Error *error)
{
  AudioConfig config = {.params = gemma4_logmel_params_default,.frame_length_ms = 20,
    .hop_length_ms = 10,.samples_per_token = GEMMA4_RAW_FRAME_SAMPLES
  };
  if (self->preset.unified)
    config.params.n_mels = GEMMA4_RAW_FRAME_SAMPLES;
  Gemma4Status status = gemma4_json_read (object, audio_keys, N_KEYS (audio_keys), &config,
      &self->notes, error);
  self->mean = config.mean;
  self->stddev = config.stddev;
  if (status == GEMMA4_OK && self->preset.unified) {
    status = check_unified_audio (&config, object, error);
    config.params = gemma4_logmel_params_default;
    config.frame_length = config.hop_length = config.fft_length = 0;
  }
  settle_lengths (self, &config);
  self->audio = config.params;
  return status == GEMMA4_OK ? gemma4_preset_set_audio (self, file, error) : status;
}

/* transformers rescales, or normalizes with both numbers in one, in float32. */
static Gemma4PixelScale
pixel_scale (const VisionConfig *config)
{
  Gemma4PixelScale scale = { config->do_normalize ? GEMMA4_PIXELS_NORMALIZED
        : GEMMA4_PIXELS_SCALED };
  float up = config->do_rescale ? (float) (1.0 / config->rescale_factor) : 1.0f;
  bool plain = true;
  for (int i = 0; i < 3; i++) {
    scale.factor[i] = config->do_rescale ? config->rescale_factor : 1.0;
    if (config->do_normalize) {
      scale.factor[i] = (float) config->std[i] * up;
      scale.offset[i] = -((float) config->mean[i] * up);
    }
    plain = plain && scale.offset[i] == 0
        && (float) scale.factor[i] == (config->do_normalize ? 255.0f : (float) (1 / 255.0));
  }
  if (plain)
    scale.rule = config->do_normalize ? GEMMA4_PIXELS_DIVIDED : GEMMA4_PIXELS_MULTIPLIED;
  return scale;
}

static Gemma4Status
check_vision (const VisionConfig *config, const Gemma4JsonObject *object, Gemma4Error *error)
{
  if (!config->do_resize)
    return gemma4_json_fail (object, "do_resize", error, "is false, but pictures are always "
        "resized to fill their budget");
  if (config->resample != 3)
    return gemma4_json_fail (object, "resample", error, "must be 3 (bicubic), got %u",
        config->resample);
  if (config->do_rescale && !(config->rescale_factor > 0))
    return gemma4_json_fail (object, "rescale_factor", error, "must be above 0, got %g",
        config->rescale_factor);
  for (int i = 0; config->do_normalize && i < 3; i++)
    if (config->std[i] == 0)
      return gemma4_json_fail (object, "image_std", error, "must not have a 0");
  return GEMMA4_OK;
}

/* Reads an image or video processor over the defaults in @config. */
static Gemma4Status
read_vision (Gemma4PresetData *self, const Gemma4JsonObject *object, const char *file,
    const char *what, VisionConfig *config, Gemma4Error *error)
{
  Gemma4VisionParams *params = &config->params;
  config->do_resize = config->do_rescale = true;
  config->rescale_factor = 1 / 255.0;
  config->resample = 3;
  config->std[0] = config->std[1] = config->std[2] = 1;
  Gemma4Status status = gemma4_json_read (object, vision_keys, N_KEYS (vision_keys), config,
      &self->notes, error);
  if (status == GEMMA4_OK)
    status = check_vision (config, object, error);
  if (status == GEMMA4_OK)
    status = gemma4_preset_check_vision (params, file, what, error);
  if (status == GEMMA4_OK && self->preset.unified) {
    params->patch_size_px *= params->pooling_kernel_size;       /* a patch is a soft token */
    params->pooling_kernel_size = 1;
    status = gemma4_preset_check_vision (params, file, what, error);
  }
  return status;
}

static Gemma4Status
read_image (Gemma4PresetData *self, const Gemma4JsonObject *object, const char *file,
    Gemma4Error *error)
{
  VisionConfig config = {.params = gemma4_vision_params_image,.num_frames = 1 };
  Gemma4Status status = read_vision (self, object, file, "image", &config, error);
  self->image = config.params;
  self->preset.image = &self->image;
  self->preset.image_pixels = pixel_scale (&config);
  self->preset.preprocessor.num_vision_tokens_per_image = config.params.max_soft_tokens;
  return status;
}

static Gemma4Status
read_video (Gemma4PresetData *self, const Gemma4JsonObject *object, const char *file,
    Gemma4Error *error)
{
  VisionConfig config = {.params = gemma4_vision_params_video,.do_normalize = true,
    .num_frames = 32
  };
  Gemma4Status status = read_vision (self, object, file, "video", &config, error);
  self->video = config.params;
  self->preset.video = &self->video;
  self->preset.video_pixels = pixel_scale (&config);
  self->preset.num_frames = config.num_frames;
  self->preset.preprocessor.num_frames_per_video = config.num_frames;
  self->preset.preprocessor.num_vision_tokens_per_frame = config.params.max_soft_tokens;
  return status;
}

static const struct
{
  const char *key;
  const char *model_key;        /* in config.json, of the part of the model that takes it */
  Gemma4Status (*read) (Gemma4PresetData *, const Gemma4JsonObject *, const char *,
      Gemma4Error *);
} processors[] = {
  { "image_processor", "vision_config", read_image },
  { "video_processor", "vision_config", read_video },
  { "feature_extractor", "audio_config", read_audio },
};

/* Processor @i, if the model has what takes its output. */
static Gemma4Status
read_processor (Gemma4PresetData *self, size_t i, const Gemma4JsonObject *model,
    const Gemma4JsonObject *all, const char *file, Gemma4Error *error)
{
  Gemma4JsonObject part, object;
  const char *key = processors[i].key;
  Gemma4Status status = gemma4_json_get_object (model, processors[i].model_key, &part, error);
  if (status != GEMMA4_OK || !part.members)
    return status;
  status = gemma4_json_get_object (all, key, &object, error);
  if (status != GEMMA4_OK || (!object.members && gemma4_json_has (all, key)))
    return status;
  if (!object.members)
    gemma4_notes_add (&self->notes, "%s: %s is absent, so that it has transformers' defaults",
        file, key);
  return processors[i].read (self, &object, file, error);
}

static Gemma4Status
read_processors (Gemma4PresetData *self, const Gemma4JsonObject *model, Gemma4Error *error)
{
  const char *name = self->config_file ? self->config_file : PROCESSOR_FILE;
  Gemma4JsonFile *file = NULL;
  Gemma4JsonObject all = { 0 };
  int unused = 0;
  Gemma4Status status = gemma4_preset_open_json (self, name, &file, error);
  if (status == GEMMA4_NOT_FOUND && !self->config_file) {
    status = GEMMA4_OK;
    all.file = model->file;
  } else if (status == GEMMA4_OK) {
    all = gemma4_json_root (file);
    status = gemma4_json_read (&all, processor_keys, N_KEYS (processor_keys), &unused,
        &self->notes, error);
  }
  for (size_t i = 0; i < N_KEYS (processors) && status == GEMMA4_OK; i++)
    status = read_processor (self, i, model, &all, name, error);
  gemma4_json_close (file);
  return status == GEMMA4_OK ? gemma4_preset_check_preprocessor (&self->preset.preprocessor, name,
      error) : status;
}

/* Whether a chat template primes an empty thought. */
static bool
primes_empty_thought (const char *template)
{
  return strstr (template, "<|channel>thought\\n<channel|>")
      || strstr (template, "<|channel>thought\n<channel|>");
}

/* Models tuned for chat have a template, in a file of its own or in that of the
 * tokenizer. */
static Gemma4Status
read_chat_template (Gemma4PresetData *self, Gemma4Error *error)
{
  const char *template = NULL;
  void *contents = NULL;
  size_t n_bytes;
  Gemma4JsonFile *file = NULL;
  Gemma4Status status = GEMMA4_OK;
  char *path = gemma4_preset_path (self->directory, "chat_template.jinja"), *text = NULL;
  if (path && gemma4_file_read (path, &contents, &n_bytes, NULL) == GEMMA4_OK) {
    self->fingerprint ^= gemma4_file_hash (contents, n_bytes);
    template = text = strndup (contents, n_bytes);
  }
  if (!template && gemma4_preset_open_json (self, "tokenizer_config.json", &file, NULL)
      == GEMMA4_OK) {
    Gemma4JsonObject root = gemma4_json_root (file);
    status = gemma4_json_get_string (&root, "chat_template", &template, error);
  }
  self->preset.instruct = template != NULL;
  self->preset.empty_thought = template && primes_empty_thought (template);
  if (!template && status == GEMMA4_OK)
    gemma4_notes_add (&self->notes, "there is no chat template: prompts are taken as they are, "
        "as for a base model");
  gemma4_json_close (file);
  free (contents);
  free (text);
  free (path);
  return status;
}

static void
find_tokenizer (Gemma4PresetData *self)
{
  char *model = gemma4_preset_path (self->directory, "tokenizer.model");
  self->tokenizer = gemma4_preset_path (self->directory, "tokenizer.json");
  if (model && self->tokenizer && !gemma4_preset_is_file (self->tokenizer)
      && gemma4_preset_is_file (model)) {
    free (self->tokenizer);
    self->tokenizer = model;
  } else {
    free (model);
  }
}

static Gemma4Status
read_model (Gemma4PresetData *self, const Gemma4JsonObject *text, Gemma4Error *error)
{
  static const Gemma4JsonKey keys[] = {
    { "num_hidden_layers", GEMMA4_JSON_UINT, offsetof (Gemma4ModelSize, n_layers) },
    { "hidden_size", GEMMA4_JSON_UINT, offsetof (Gemma4ModelSize, hidden_size) },
  };
  Gemma4Notes of_the_model = { 0 };     /* whose other settings matter to nobody here */
  Gemma4ModelSize size = { 0 };
  Gemma4Status status = gemma4_json_read (text, keys, N_KEYS (keys), &size, &of_the_model, error);
  gemma4_notes_clear (&of_the_model);
  bool empty_thought = self->preset.empty_thought;
  gemma4_preset_set_model (self, size);
  self->preset.empty_thought = empty_thought;   /* the template knows */
  return status;
}

Gemma4Status
gemma4_preset_read_checkpoint (Gemma4PresetData *self, Gemma4JsonFile *config,
    Gemma4Error *error)
{
  Gemma4JsonObject root = gemma4_json_root (config), text;
  const char *type;
  Gemma4Status status = gemma4_json_get_string (&root, "model_type", &type, error);
  if (status != GEMMA4_OK)
    return status;
  if (!type || (strcmp (type, "gemma4") != 0 && strcmp (type, "gemma4_text") != 0
          && strcmp (type, "gemma4_unified") != 0))
    return gemma4_json_fail (&root, "model_type", error, "is \"%.60s\", a model that this does not "
        "know: expected gemma4, gemma4_text or gemma4_unified", type ? type : "null");
  self->preset.unified = strcmp (type, "gemma4_unified") == 0;
  find_tokenizer (self);
  status = gemma4_json_get_object (&root, "text_config", &text, error);
  if (status == GEMMA4_OK)
    status = read_chat_template (self, error);
  if (status == GEMMA4_OK)
    status = read_model (self, text.members ? &text : &root, error);
  if (status == GEMMA4_OK && strcmp (type, "gemma4_text") != 0)
    status = read_processors (self, &root, error);
  return status;
}
