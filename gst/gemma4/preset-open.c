/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "preset-private.h"

#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *
gemma4_preset_path (const char *directory, const char *name)
{
  char *path;
  return asprintf (&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

bool
gemma4_preset_is_file (const char *path)
{
  struct stat info;
  return stat (path, &info) == 0 && S_ISREG (info.st_mode);
}

Gemma4Status
gemma4_preset_open_json (Gemma4PresetData *self, const char *name, Gemma4JsonFile **file,
    Gemma4Error *error)
{
  Gemma4Status status = gemma4_json_open (self->directory, name, file, error);
  if (status == GEMMA4_OK)
    self->fingerprint = self->fingerprint * 31 + gemma4_json_hash (*file);
  return status;
}

static Gemma4Status
check_bins (const Gemma4Floats *floats, const char *key, uint32_t n_mels, const char *file,
    Gemma4Error *error)
{
  if (!floats->values || floats->n == n_mels)
    return GEMMA4_OK;
  return gemma4_fail (error, GEMMA4_BAD_DATA, "%s: %s has %u values, but there are %u mel filters: "
      "expected one value for each", file, key, floats->n, n_mels);
}

Gemma4Status
gemma4_preset_set_audio (Gemma4PresetData *self, const char *file, Gemma4Error *error)
{
  Gemma4Error why;
  Gemma4LogMelParams *params = &self->audio;
  self->preset.audio = params;
  if (self->preset.unified)
    return GEMMA4_OK;
  Gemma4Status status = check_bins (&self->mean, "per_bin_mean", params->n_mels, file, error);
  if (status == GEMMA4_OK)
    status = check_bins (&self->stddev, "per_bin_stddev", params->n_mels, file, error);
  if (status != GEMMA4_OK)
    return status;
  params->per_bin_mean = self->mean.values;
  params->per_bin_stddev = self->stddev.values;
  if (gemma4_logmel_check (params, &why) != GEMMA4_OK)
    return gemma4_fail (error, GEMMA4_BAD_DATA, "%s: %s", file, why.text);
  return GEMMA4_OK;
}

Gemma4Status
gemma4_preset_check_vision (const Gemma4VisionParams *vision, const char *file,
    const char *what, Gemma4Error *error)
{
  Gemma4Error why;
  uint32_t width_px, height_px;
  Gemma4Status status = gemma4_check_soft_tokens (vision->max_soft_tokens, &why);
  if (status == GEMMA4_OK)
    status = gemma4_fit (vision, 48, 48, &width_px, &height_px, &why);
  if (status == GEMMA4_OK)
    return status;
  return gemma4_fail (error, GEMMA4_BAD_DATA, "%s, %s: %s", file, what, why.text);
}

Gemma4Status
gemma4_preset_check_preprocessor (const Gemma4PreprocessorParams *params, const char *file,
    Gemma4Error *error)
{
  const struct
  {
    const char *name;
    uint32_t value, min, max;
  } limits[] = {
    { "sequence_length", params->sequence_length, 2, 1 << 24 },
    { "max_images_per_prompt", params->max_images_per_prompt, 0, 1024 },
    { "num_vision_tokens_per_image", params->num_vision_tokens_per_image, 0, 1120 },
    { "max_audio_clips_per_prompt", params->max_audio_clips_per_prompt, 0, 1024 },
    { "audio_input_feat_size", params->audio_input_feat_size, 1, 1 << 16 },
    { "the number of frames of a video", params->num_frames_per_video, 1, 1024 },
    { "num_vision_tokens_per_frame", params->num_vision_tokens_per_frame, 0, 1120 },
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    if (limits[i].value < limits[i].min || limits[i].value > limits[i].max)
      return gemma4_fail (error, GEMMA4_BAD_DATA, "%s: %s must be in [%u, %u], got %u", file,
          limits[i].name, limits[i].min, limits[i].max, limits[i].value);
  if (!(params->video_fps >= 0.001 && params->video_fps <= 1000))
    return gemma4_fail (error, GEMMA4_BAD_DATA, "%s: video_fps must be in [0.001, 1000], got %g",
        file, params->video_fps);
  return GEMMA4_OK;
}

/* The published sizes, and the names of those that are not tuned for chat. */
static const struct
{
  Gemma4ModelSize size;
  const char *base, *instruct;
} models[] = {
  { { 35, 1536 }, "gemma4_2b", "gemma4_instruct_2b" },
  { { 42, 2560 }, "gemma4_4b", "gemma4_instruct_4b" },
  { { 48, 3840 }, "gemma4_12b", "gemma4_instruct_12b" },
  { { 30, 2816 }, "gemma4_26b_a4b", "gemma4_instruct_26b_a4b" },
  { { 60, 5376 }, "gemma4_31b", "gemma4_instruct_31b" },
};

void
gemma4_preset_set_model (Gemma4PresetData *self, Gemma4ModelSize size)
{
  const Gemma4Preset *like = NULL;
  for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
    const char *name = self->preset.instruct ? models[i].instruct : models[i].base;
    if (models[i].size.n_layers == size.n_layers
        && models[i].size.hidden_size == size.hidden_size
        && gemma4_preset_find (name, &like, NULL) == GEMMA4_OK) {
      self->preset.description = like->description;
      self->preset.n_parameters = like->n_parameters;
      self->preset.empty_thought = like->empty_thought;
    }
  }
  if (!like && asprintf (&self->description, "A Gemma 4 model of %u layers and the width %u, of no "
          "size that was published.", size.n_layers, size.hidden_size) >= 0)
    self->preset.description = self->description;
}

/* Reads the directory as whoever wrote it. */
static Gemma4Status
read_directory (Gemma4PresetData *self, Gemma4Error *error)
{
  Gemma4JsonFile *config = NULL;
  Gemma4Status status = gemma4_preset_open_json (self, "config.json", &config, error);
  if (status == GEMMA4_NOT_FOUND)
    return gemma4_fail (error, status, "%.300s is no preset: it has no config.json, which the "
        "directories of KerasHub's presets and of transformers' checkpoints have", self->directory);
  if (status != GEMMA4_OK)
    return status;
  Gemma4JsonObject root = gemma4_json_root (config);
  if (gemma4_json_has (&root, "registered_name"))
    status = gemma4_preset_read_keras (self, config, error);
  else if (gemma4_json_has (&root, "model_type"))
    status = gemma4_preset_read_checkpoint (self, config, error);
  else
    status = gemma4_fail (error, GEMMA4_BAD_DATA, "%.300s/config.json has neither "
        "registered_name, as KerasHub's presets have, nor model_type, as transformers' checkpoints have",
        self->directory);
  gemma4_json_close (config);
  return status;
}

/* The built-in @preset with the vocabulary that kagglehub may have. */
static Gemma4Status
adopt_builtin (Gemma4PresetData *self, const Gemma4Preset *preset, Gemma4Error *error)
{
  if (self->config_file)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "%s is built in and reads no "
        "configuration, but config-file is %.100s: leave that out, or name a directory", preset->name,
        self->config_file);
  self->preset = *preset;       /* its name too */
  self->directory = gemma4_preset_cache_find_builtin (preset->name);
  if (self->directory)
    self->tokenizer = gemma4_preset_path (self->directory, "assets/tokenizer/vocabulary.spm");
  return GEMMA4_OK;
}

/* Where @name leads, to be freed. */
static Gemma4Status
find_directory (const char *name, char **directory, Gemma4Error *error)
{
  char *found = NULL;
  struct stat info;
  if (strstr (name, "://")) {
    Gemma4Status status = gemma4_preset_cache_find (name, &found, error);
    if (status != GEMMA4_OK)
      return status;
  } else if (stat (name, &info) != 0) {
    return gemma4_fail (error, GEMMA4_NOT_FOUND, "there is no preset \"%.100s\", and no "
        "directory of this name (%s): choose a built-in one such as " GEMMA4_DEFAULT_PRESET " (gemma4-presets lists "
        "them), a directory, or a handle such as hf://USER/NAME", name, strerror (errno));
  } else if (!S_ISDIR (info.st_mode)) {
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "%.300s is no directory: a preset is the whole "
        "directory that has the config.json", name);
  }
  *directory = realpath (found ? found : name, NULL);
  free (found);
  return *directory ? GEMMA4_OK : gemma4_fail (error, GEMMA4_NO_MEMORY, "%s", strerror (errno));
}

static Gemma4Status
fill (Gemma4PresetData *self, const char *name, const char *config_file, Gemma4Error *error)
{
  const Gemma4Preset *builtin;
  self->name = strdup (name);
  self->config_file = config_file ? strdup (config_file) : NULL;
  if (!self->name || (config_file && !self->config_file))
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory");
  if (gemma4_preset_find (name, &builtin, NULL) == GEMMA4_OK)
    return adopt_builtin (self, builtin, error);

  Gemma4Status status = find_directory (name, &self->directory, error);
  self->preset.name = self->name;
  self->preset.num_frames = 32;
  self->preset.image_pixels.rule = GEMMA4_PIXELS_MULTIPLIED;
  self->preset.preprocessor = gemma4_preprocessor_params_default;
  return status == GEMMA4_OK ? read_directory (self, error) : status;
}

Gemma4Status
gemma4_preset_open (const char *name, const char *config_file, Gemma4Preset **preset,
    Gemma4Error *error)
{
  Gemma4PresetData *self = calloc (1, sizeof *self);
  if (!self)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory");
  Gemma4Status status = fill (self, name ? name : GEMMA4_DEFAULT_PRESET, config_file, error);
  if (status != GEMMA4_OK) {
    gemma4_preset_free (&self->preset);
    return status;
  }
  self->preset.directory = self->directory;
  self->preset.config_file = self->config_file;
  if (self->tokenizer && gemma4_preset_is_file (self->tokenizer))
    self->preset.tokenizer = self->tokenizer;
  self->preset.notes = (const char *const *) self->notes.texts;
  self->preset.n_notes = self->notes.n;
  *preset = &self->preset;
  return GEMMA4_OK;
}

void
gemma4_preset_free (Gemma4Preset *preset)
{
  Gemma4PresetData *self = (Gemma4PresetData *) preset;
  if (!self)
    return;
  free (self->mean.values);
  free (self->stddev.values);
  free (self->name);
  free (self->description);
  free (self->directory);
  free (self->config_file);
  free (self->tokenizer);
  gemma4_notes_clear (&self->notes);
  free (self);
}

static bool
same_text (const char *a, const char *b)
{
  return a && b ? strcmp (a, b) == 0 : !a && !b;
}

/* Built-in ones have nothing that was read. */
bool
gemma4_preset_equal (const Gemma4Preset *a, const Gemma4Preset *b)
{
  const Gemma4PresetData *p = (const Gemma4PresetData *) a, *q = (const Gemma4PresetData *) b;
  if (p->fingerprint == 0 && !same_text (a->name, b->name))
    return false;
  return p->fingerprint == q->fingerprint && same_text (a->directory, b->directory)
      && same_text (a->config_file, b->config_file) && same_text (a->tokenizer, b->tokenizer);
}

/* Where the vocabulary of a built-in preset would be. */
static Gemma4Status
fail_without_files (const Gemma4Preset *preset, Gemma4Error *error)
{
  if (preset->n_parameters == 0 || preset->unified)
    return gemma4_fail (error, GEMMA4_NOT_FOUND, "preset %s has no vocabulary of its own, because "
        "KerasHub does not have it: set tokenizer= to that of a checkpoint, or preset= to its "
        "directory", preset->name);
  char *path = gemma4_preset_cache_builtin_path (preset->name);
  gemma4_fail (error, GEMMA4_NOT_FOUND, "there is no vocabulary for preset %s: looked for "
      "%.200s/assets/tokenizer/vocabulary.spm; get it with kagglehub.model_download(\"keras/gemma4/"
      "keras/%s\"), or set preset= to a directory or tokenizer= to a vocabulary", preset->name,
      path ? path : "?", preset->name);
  free (path);
  return GEMMA4_NOT_FOUND;
}

Gemma4Status
gemma4_preset_get_tokenizer (const Gemma4Preset *preset, const char **path, Gemma4Error *error)
{
  const Gemma4PresetData *self = (const Gemma4PresetData *) preset;
  if (preset->tokenizer) {
    *path = preset->tokenizer;
    return GEMMA4_OK;
  }
  if (!preset->directory)
    return fail_without_files (preset, error);
  return gemma4_fail (error, GEMMA4_NOT_FOUND, "preset %.100s has no vocabulary: looked for "
      "%.250s; download the whole preset, or set tokenizer=", preset->name, self->tokenizer);
}
