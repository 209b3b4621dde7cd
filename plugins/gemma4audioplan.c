/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4audioplan.h"

#include "gemma4presets.h"

static gboolean
is_set (const gchar *name, guint64 user_set)
{
  return gemma4_props_is_set (&gemma4_audio_props, name, user_set);
}

static const Gemma4Preset *
find_preset (const Gemma4AudioSettings *settings, guint64 user_set, const GstCaps *caps,
    Gemma4Error *error)
{
  const Gemma4Preset *preset = gemma4_presets_choose (is_set ("preset", user_set)
      ? settings->preset : NULL, settings->config_file, caps, error);
  if (!preset || preset->audio)
    return preset;
  g_snprintf (error->text, sizeof error->text, "preset %s takes no audio: use one that "
      "does, such as " GEMMA4_DEFAULT_PRESET, preset->name);
  return NULL;
}

static gboolean
check_floats (const gchar *name, const GArray *floats, guint n_mels, Gemma4Error *error)
{
  if (!floats || floats->len == n_mels)
    return TRUE;
  g_snprintf (error->text, sizeof error->text, "%s has %u values, but there are %u mel "
      "filters: give one value for each", name, floats->len, n_mels);
  return FALSE;
}

/* Those of the user, or else of the preset, which are for its own number of filters. */
static gboolean
choose_floats (const gchar *name, guint64 user_set, const GArray *floats, guint n_mels,
    guint preset_n_mels, const gfloat **values, Gemma4Error *error)
{
  if (is_set (name, user_set)) {
    *values = floats ? (const gfloat *) floats->data : NULL;
    return check_floats (name, floats, n_mels, error);
  }
  if (!*values || n_mels == preset_n_mels)
    return TRUE;
  g_snprintf (error->text, sizeof error->text, "num-mels is %u, but the preset has a %s for each "
      "of %u mel filters: set %s too, or leave num-mels out", n_mels, name, preset_n_mels, name);
  return FALSE;
}

/* The preset's parameters, and over them what the user set. */
static Gemma4LogMelParams
merge (const Gemma4AudioSettings *settings, guint64 user_set, const Gemma4Preset *preset)
{
  Gemma4AudioSettings all = {.params = *preset->audio };
  guint64 not_user_set = ~user_set;
  gemma4_props_apply (&gemma4_audio_props, &all, settings, not_user_set);
  Gemma4LogMelParams params = all.params;
  gemma4_props_clear (&gemma4_audio_props, &all);
  return params;
}

static Gemma4Framing
framing_for (const Gemma4LogMelParams *preset, Gemma4Target target)
{
  if (preset->framing == GEMMA4_FRAMING_CENTRED)
    return GEMMA4_FRAMING_CENTRED;
  return target == GEMMA4_TARGET_TRANSFORMERS ? GEMMA4_FRAMING_TRANSFORMERS
      : GEMMA4_FRAMING_KERASHUB;
}

static gboolean
plan_mel (const Gemma4AudioSettings *settings, guint64 user_set, Gemma4AudioPlan *plan,
    Gemma4Error *error)
{
  Gemma4LogMelParams *mel = &plan->mel;
  guint n_mels = mel->n_mels, preset_n_mels = plan->preset->audio->n_mels;
  if (!choose_floats ("per-bin-mean", user_set, settings->per_bin_mean, n_mels, preset_n_mels,
          &mel->per_bin_mean, error)
      || !choose_floats ("per-bin-stddev", user_set, settings->per_bin_stddev, n_mels,
          preset_n_mels, &mel->per_bin_stddev, error))
    return FALSE;
  mel->framing = framing_for (plan->preset->audio, plan->target);
  plan->rate_hz = mel->sampling_rate_hz;
  plan->hop = mel->hop_length;
  plan->n_values = mel->n_mels;
  return gemma4_logmel_check (mel, error) == GEMMA4_OK;
}

static gboolean
plan_raw (guint64 user_set, Gemma4AudioPlan *plan, Gemma4Error *error)
{
  const gchar *name = gemma4_audio_props_first_mel (user_set);
  if (plan->target != GEMMA4_TARGET_TRANSFORMERS) {
    g_snprintf (error->text, sizeof error->text, "preset %s is for target=transformers only: "
        "KerasHub does not have this model", plan->preset->name);
    return FALSE;
  }
  if (name) {
    g_snprintf (error->text, sizeof error->text, "%s is set, but preset %s has no mel "
        "spectrogram, its rows are raw samples: leave one of the two out", name,
        plan->preset->name);
    return FALSE;
  }
  plan->rate_hz = GEMMA4_RAW_FRAME_RATE_HZ;
  plan->hop = plan->n_values = GEMMA4_RAW_FRAME_SAMPLES;
  return TRUE;
}

static gboolean
plan_clip (gboolean limited, Gemma4AudioPlan *plan, Gemma4Error *error)
{
  if (!limited) {
    plan->longest = G_MAXUINT64;
    plan->n_rows = 0;
    return TRUE;
  }
  guint64 n_rows = gemma4_audio_plan_clip_rows (plan, plan->longest);
  plan->n_rows = n_rows;
  if (n_rows >= 1 && n_rows <= G_MAXINT32)
    return TRUE;
  g_snprintf (error->text, sizeof error->text, "the longest clip, %g seconds, would have %"
      G_GUINT64_FORMAT " rows: a clip needs at least one, and at most %d; change "
      "max-audio-length", plan->mel.max_audio_length_s, n_rows, G_MAXINT32);
  return FALSE;
}

gboolean
gemma4_audio_plan_make (const Gemma4AudioSettings *settings, guint64 user_set,
    const Gemma4AudioWords *words, Gemma4AudioPlan *plan, Gemma4Error *error)
{
  const Gemma4Preset *preset = find_preset (settings, user_set, words->caps, error);
  if (!preset)
    return FALSE;
  Gemma4Target usual = preset->unified ? GEMMA4_TARGET_TRANSFORMERS : GEMMA4_TARGET_KERASHUB;
  *plan = (Gemma4AudioPlan) {
    .preset = preset,
    .target = words->has_target ? words->target : usual,
    .raw = preset->unified,
    .mel = merge (settings, user_set, preset),
    .clip = settings->mode == GEMMA4_AUDIO_MODE_CLIP,
    .split = settings->clip_overflow == GEMMA4_CLIP_OVERFLOW_SPLIT,
    .n_rows = settings->frames_per_buffer,
  };
  if (plan->raw && !is_set ("frames-per-buffer", user_set))
    plan->n_rows = 1;
  if (!(plan->raw ? plan_raw (user_set, plan, error) : plan_mel (settings, user_set, plan,
              error)))
    return FALSE;
  plan->longest = plan->longest_hole = gemma4_logmel_clip_samples (&plan->mel);
  return !plan->clip || plan_clip (!plan->raw || is_set ("max-audio-length", user_set), plan,
      error);
}

guint64
gemma4_audio_plan_clip_rows (const Gemma4AudioPlan *plan, guint64 n_samples)
{
  return plan->raw ? gemma4_raw_frames_n_rows (n_samples)
      : gemma4_logmel_clip_rows (&plan->mel, n_samples);
}

gboolean
gemma4_audio_plan_is_unlimited (const Gemma4AudioPlan *plan)
{
  return plan->longest == G_MAXUINT64;
}

gboolean
gemma4_audio_plan_rows_vary (const Gemma4AudioPlan *plan)
{
  return plan->clip && (plan->raw || plan->mel.framing != GEMMA4_FRAMING_KERASHUB);
}

guint64
gemma4_audio_plan_latency (const Gemma4AudioPlan *plan)
{
  if (plan->clip)
    return gemma4_audio_plan_is_unlimited (plan) ? 0 : plan->longest;
  guint64 rows = (guint64) plan->n_rows * plan->hop;
  if (plan->raw)
    return rows;
  guint64 heard = rows - plan->hop + gemma4_logmel_lookahead (&plan->mel);
  return MAX (heard, rows);
}
