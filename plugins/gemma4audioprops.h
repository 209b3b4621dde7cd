/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What can be set on gemma4audioconv. */

#include "gemma4props.h"

#include <gst/gemma4/gemma4.h>

typedef enum
{
  GEMMA4_AUDIO_MODE_STREAM,     /* frames-per-buffer rows, as soon as they are there */
  GEMMA4_AUDIO_MODE_CLIP,       /* a buffer is a clip */
} Gemma4AudioMode;

typedef enum
{
  GEMMA4_CLIP_OVERFLOW_TRIM,    /* what is behind the longest clip is cut */
  GEMMA4_CLIP_OVERFLOW_SPLIT,   /* it begins the next clip */
} Gemma4ClipOverflow;

typedef struct
{
  gchar *preset;
  gchar *config_file;           /* or NULL */
  Gemma4AudioMode mode;
  Gemma4ClipOverflow clip_overflow;
  guint frames_per_buffer;
  gboolean post_messages;
  Gemma4LogMelParams params;    /* the preset's unless set; no per-bin arrays */
  GArray *per_bin_mean;         /* of gfloat, or NULL */
  GArray *per_bin_stddev;
} Gemma4AudioSettings;

extern const Gemma4PropTable gemma4_audio_props;

/* The core's defaults. What they point to is static. */
Gemma4AudioSettings gemma4_audio_settings_default (void);

/* The name of a property that the user set, though it says how a log-mel
 * spectrogram is made; NULL if there is none. */
const gchar *gemma4_audio_props_first_mel (guint64 user_set);

/* A property that the user set to something else than @preset has, though it
 * changes the rows, and both values as text; NULL if there is none. Dither is left
 * out: noise does not change what a row means. */
const gchar *gemma4_audio_props_first_unlike (const Gemma4AudioSettings * settings,
    guint64 user_set, const Gemma4LogMelParams * preset, gchar ** ours, gchar ** theirs);
