/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/visibility.h>

/**
 * Gemma4Target:
 * Which implementation of the model takes the tensors. The two agree on what a
 * picture or a sound is, and disagree on how many of them, in which order and
 * under which names.
 */
typedef enum
{
  GEMMA4_TARGET_KERASHUB,       /* KerasHub's Gemma4CausalLM */
  GEMMA4_TARGET_TRANSFORMERS,   /* Hugging Face's Gemma4ForConditionalGeneration */
} Gemma4Target;

typedef enum
{
  GEMMA4_MEDIA_IMAGE,
  GEMMA4_MEDIA_VIDEO,
  GEMMA4_MEDIA_AUDIO,
} Gemma4MediaKind;

#define GEMMA4_N_MEDIA_KINDS 3
