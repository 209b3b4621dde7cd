/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/fit.h>
#include <gst/gemma4/logmel.h>
#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A published Gemma 4 and the settings of its converters. */
typedef struct
{
  const char *name;             /* KerasHub's, such as gemma4_instruct_2b; card and the 12B
                                 * are not there, these names are ours */
  const char *description;      /* KerasHub's where it has one, one sentence or two */
  uint64_t n_parameters;        /* 0 if it is no model */
  bool instruct;                /* tuned for chat */
  bool empty_thought;           /* wants an empty thought where thinking is off */
  bool unified;                 /* no encoders, transformers only: sound comes as in
                                 * rawframes.h, and of audio only the rate counts */
  const Gemma4LogMelParams *audio;      /* NULL: the model does not hear */
  const Gemma4VisionParams *image;      /* NULL: the model takes no images */
  const Gemma4VisionParams *video;      /* NULL: the model takes no video */
} Gemma4Preset;

#define GEMMA4_DEFAULT_PRESET "gemma4_instruct_2b"

/* The built-in presets in KerasHub's order, then ours. Static. */
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
