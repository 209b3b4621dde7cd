/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: how a preset is read.
 *
 *   preset.c              the built-in ones
 *   preset-open.c         finds a preset's directory and who wrote it
 *   preset-cache.c        where huggingface_hub and kagglehub keep theirs
 *   preset-keras.c        directories of KerasHub
 *   preset-checkpoint.c   directories of transformers
 */

#include "json-file.h"
#include "notes.h"

#include <gst/gemma4/preset.h>

typedef struct
{
  Gemma4Preset preset;          /* its pointers lead to static text and to what follows */
  Gemma4LogMelParams audio;
  Gemma4VisionParams image, video;
  Gemma4Floats mean, stddev;
  char *name, *description, *directory, *config_file, *tokenizer;
  Gemma4Notes notes;
  uint64_t fingerprint;         /* of the files that were read */
} Gemma4PresetData;

/* The layers of a model's text part tell which one it is. */
typedef struct
{
  uint32_t n_layers;
  uint32_t hidden_size;
} Gemma4ModelSize;

/* preset-keras.c, preset-checkpoint.c: fill @self, whose directory and config file
 * are set, from the config.json that is open. */
Gemma4Status gemma4_preset_read_keras (Gemma4PresetData * self, Gemma4JsonFile * config,
    Gemma4Error * error);
Gemma4Status gemma4_preset_read_checkpoint (Gemma4PresetData * self, Gemma4JsonFile * config,
    Gemma4Error * error);

/* gemma4_json_open() of a file in the preset's directory. */
Gemma4Status gemma4_preset_open_json (Gemma4PresetData * self, const char *name,
    Gemma4JsonFile ** file, Gemma4Error * error);

/* What both have in common: checks @self->audio and takes its arrays over, checks a
 * picture's parameters, and says which model it is. @file: for errors */
Gemma4Status gemma4_preset_set_audio (Gemma4PresetData * self, const char *file,
    Gemma4Error * error);
Gemma4Status gemma4_preset_check_preprocessor (const Gemma4PreprocessorParams * params,
    const char *file, Gemma4Error * error);
Gemma4Status gemma4_preset_check_vision (const Gemma4VisionParams * vision, const char *file,
    const char *what, Gemma4Error * error);
void gemma4_preset_set_model (Gemma4PresetData * self, Gemma4ModelSize size);

/* DIRECTORY/NAME, to be freed; and whether there is such a file. */
char *gemma4_preset_path (const char *directory, const char *name);
bool gemma4_preset_is_file (const char *path);

/**
 * gemma4_preset_cache_find:
 * @handle: hf://... or kaggle://...
 * @directory: (out): to be freed with free()
 * Returns: GEMMA4_OK, GEMMA4_NOT_FOUND (nothing is there), GEMMA4_BAD_ARGUMENT (no
 *   handle) or GEMMA4_NO_MEMORY.
 */
Gemma4Status gemma4_preset_cache_find (const char *handle, char **directory,
    Gemma4Error * error);

/* Where kagglehub keeps KerasHub's preset @name, and where it has it: in the version
 * that belongs to this one, else in the newest; NULL if nowhere. To be freed. */
char *gemma4_preset_cache_builtin_path (const char *name);
char *gemma4_preset_cache_find_builtin (const char *name);
