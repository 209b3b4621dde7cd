/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What gemma4audioconv is to do with the sound: what follows from its settings
 * together with the words that downstream's caps say. */

#include "gemma4audioprops.h"

/* What downstream said. */
typedef struct
{
  const GstCaps *caps;          /* may name a preset; NULL: nothing */
  gboolean has_target;
  Gemma4Target target;
} Gemma4AudioWords;

/* With the settings, a function of preset and target alone. */
typedef struct
{
  const Gemma4Preset *preset;
  Gemma4Target target;
  gboolean raw;                 /* rows are samples, and there is no spectrogram */
  Gemma4LogMelParams mel;       /* unless raw */
  guint rate_hz;
  guint hop;                    /* samples from row to row */
  guint n_values;               /* of a row */

  gboolean clip;                /* a buffer is a clip */
  gboolean split;               /* what is too long begins the next clip */
  guint n_rows;                 /* of a buffer; of a clip: the most, 0 = no limit */
  guint64 longest;              /* clip, in samples */
  guint64 longest_hole;         /* that becomes silence in full, in samples */
} Gemma4AudioPlan;

/**
 * gemma4_audio_plan_make:
 * What the user set wins over the preset, the user's preset over that of
 * @words, and that over the default one. The target decides where rows lie and
 * from how many samples they are valid, unless the preset is centred; where
 * @words leave it open it is kerashub, for the 12B transformers.
 * @user_set: which properties the user set, see gemma4props.h
 * @plan: (out): its per-bin arrays are owned by @settings or the preset
 * @error: (out): what does not fit
 * Returns: whether all of it is good.
 */
gboolean gemma4_audio_plan_make (const Gemma4AudioSettings * settings, guint64 user_set,
    const Gemma4AudioWords * words, Gemma4AudioPlan * plan, Gemma4Error * error);

/* Rows of a clip of @n_samples. */
guint64 gemma4_audio_plan_clip_rows (const Gemma4AudioPlan * plan, guint64 n_samples);

/* Whether there is no longest clip. */
gboolean gemma4_audio_plan_is_unlimited (const Gemma4AudioPlan * plan);

/* Whether clips have different numbers of rows. */
gboolean gemma4_audio_plan_rows_vary (const Gemma4AudioPlan * plan);

/* Samples that must be there, from a buffer's first row on, before it leaves; 0
 * for clips without limit, because nobody knows. */
guint64 gemma4_audio_plan_latency (const Gemma4AudioPlan * plan);
