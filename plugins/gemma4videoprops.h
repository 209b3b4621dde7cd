/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the properties of gemma4videoconv set, and what follows from them. */

#include "gemma4props.h"
#include "gemma4tensors.h"

typedef enum
{
  GEMMA4_SAMPLING_AUTO,
  GEMMA4_SAMPLING_UNIFORM,
  GEMMA4_SAMPLING_RATE,
  GEMMA4_SAMPLING_ALL,
} Gemma4Sampling;

typedef struct
{
  guint max_soft_tokens;        /* 0: as the role wants */
  guint patch_size;
  guint pooling_kernel_size;
  guint num_frames;
  guint64 total_frames;         /* 0: ask */
  Gemma4Sampling sampling;
  gint sample_rate[2];          /* frames a second */
  gboolean auto_rotate;
  gdouble scale, offset;        /* of float32 pixels */
  guint n_threads;              /* 0: one for each processor */
  gchar *preset;
  gchar *config_file;           /* or NULL */
  gboolean post_messages;
} Gemma4VideoSettings;

extern const Gemma4PropTable gemma4_video_props;
extern const Gemma4VideoSettings gemma4_video_defaults;

/* Whether the user chose num-frames, so that it wins over the packer's. */
gboolean gemma4_video_n_frames_is_set (guint64 user_set);

/* What a byte becomes as float32 in pictures of @role: as the user set it, else as
 * the preset has it. */
Gemma4PixelScale gemma4_video_pixels (const Gemma4VideoSettings * settings,
    guint64 user_set, const Gemma4Preset * preset, Gemma4Role role);

/* Whether the user set something else than the preset has. */
gboolean gemma4_video_pixels_are_own (const Gemma4VideoSettings * settings,
    guint64 user_set, const Gemma4Preset * preset, Gemma4Role role);

/* Whether the settings are ones that the models know; a sentence in @error if not. */
gboolean gemma4_video_settings_check (const Gemma4VideoSettings * settings,
    Gemma4Error * error);

/* Which target a preset is for where nobody says it: the 12B only for transformers. */
Gemma4Target gemma4_video_usual_target (const Gemma4Preset * preset);

/* How pictures of @role are cut into patches: as the user set it, else as @preset has
 * it. Returns FALSE, with a sentence in @error, if that does not see. */
gboolean gemma4_video_params (const Gemma4VideoSettings * settings, guint64 user_set,
    const Gemma4Preset * preset, Gemma4Role role, Gemma4VisionParams * params,
    Gemma4Error * error);
