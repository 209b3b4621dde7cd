/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4audioprops.h"

#include <float.h>
#include <string.h>

/* *INDENT-OFF* */
GEMMA4_DEFINE_ENUM (mode_get_type, "GstGemma4AudioMode",
    {GEMMA4_AUDIO_MODE_STREAM, "frames-per-buffer rows, as soon as their last sample is there "
          "(what gemma4packer takes)", "stream"},
    {GEMMA4_AUDIO_MODE_CLIP, "one buffer for the whole sound, as the model's own converter "
          "gives it", "clip"})

GEMMA4_DEFINE_ENUM (clip_overflow_get_type, "GstGemma4ClipOverflow",
    {GEMMA4_CLIP_OVERFLOW_TRIM, "cut what is left, and say how much that was", "trim"},
    {GEMMA4_CLIP_OVERFLOW_SPLIT, "begin the next clip where the last one ended", "split"})
/* *INDENT-ON* */

#define FIELD(member) GEMMA4_FIELD (Gemma4AudioSettings, member)

static const Gemma4Prop rows[] = {
  {"preset", GEMMA4_PROP_STRING, FIELD (preset),
        .blurb = "Published settings to start from: gemma4_2b, gemma4_instruct_2b, "
        "gemma4_4b, gemma4_instruct_4b; gemma4_12b, gemma4_instruct_12b (rows of 640 raw "
        "samples); card (KerasHub's published text: 400/400/160, centred, power, Slaney); a "
        "directory of KerasHub or transformers; or a handle such as hf://USER/NAME. "
        "Properties that are set win over it. Unless set, the preset that downstream's caps "
        "name is taken"},
  {"config-file", GEMMA4_PROP_STRING, FIELD (config_file),
        .blurb = "File in the preset's directory that is read in place of preprocessor.json or "
        "processor_config.json (NULL = that of downstream's caps, or none)"},
  {"mode", GEMMA4_PROP_ENUM, FIELD (mode), .enum_type = mode_get_type,
        .blurb = "What a buffer holds"},
  {"clip-overflow", GEMMA4_PROP_ENUM, FIELD (clip_overflow),
        .enum_type = clip_overflow_get_type,
        .blurb = "With mode=clip: what happens when the sound is longer than "
        "max-audio-length"},
  {"frames-per-buffer", GEMMA4_PROP_UINT, FIELD (frames_per_buffer), .min = 1, .max = 65536,
        .blurb = "With mode=stream: rows of a buffer; more of them mean fewer buffers and more "
        "latency. 4 rows are one soft token of the model; where a row is one (12B), the "
        "default is 1"},
  {"post-messages", GEMMA4_PROP_BOOLEAN, FIELD (post_messages),
        .mutability = GST_PARAM_MUTABLE_PLAYING, .blurb = "With mode=clip: post the element messages gemma4-audio-trimmed and "
        "gemma4-dropped beside the warnings"},
  {"sampling-rate", GEMMA4_PROP_UINT, FIELD (params.sampling_rate_hz),
        .min = 1, .max = 384000,
        .blurb = "Samples a second that the input must have, in Hz"},
  {"num-mels", GEMMA4_PROP_UINT, FIELD (params.n_mels), .min = 1, .max = GEMMA4_MAX_MELS,
        .blurb = "Number of mel filters, the values of a row"},
  {"num-fft-bins", GEMMA4_PROP_UINT, FIELD (params.fft_length), .min = 4, .max = 65536,
        .blurb = "FFT length, in samples: an even number with the factors 2, 3 and 5 only"},
  {"frame-length", GEMMA4_PROP_UINT, FIELD (params.frame_length), .min = 2, .max = 65536,
        .blurb = "Length of the Hann window, in samples, at most num-fft-bins"},
  {"stride", GEMMA4_PROP_UINT, FIELD (params.hop_length), .min = 1, .max = 16384,
        .blurb = "From one row to the next, in samples"},
  {"max-audio-length", GEMMA4_PROP_DOUBLE, FIELD (params.max_audio_length_s),
        .min = 0.001, .max = 86400,
        .blurb = "Longest clip of the model, in seconds; the 12B has no limit unless it is "
        "set. A hole in the sound becomes silence up to this length; of a longer one rows are "
        "left out with mode=stream, and with mode=clip it ends a clip without limit"},
  {"min-frequency", GEMMA4_PROP_DOUBLE, FIELD (params.min_frequency_hz),
        .min = 0, .max = 192000,
        .blurb = "Lowest frequency, the lower edge of the first mel filter, in Hz"},
  {"max-frequency", GEMMA4_PROP_DOUBLE, FIELD (params.max_frequency_hz),
        .min = 0, .max = 192000,
        .blurb = "Highest frequency, the upper edge of the last mel filter, in Hz, at most half "
        "of sampling-rate"},
  {"mel-floor", GEMMA4_PROP_DOUBLE, FIELD (params.mel_floor), .min = DBL_MIN, .max = 1e6,
        .blurb = "Keeps the logarithm finite: added to a filter's output (card: its least "
        "value). Released checkpoints have 0.001, KerasHub's class has 0.00001"},
  {"per-bin-mean", GEMMA4_PROP_FLOATS, FIELD (per_bin_mean),
        .blurb = "Subtracted from the logarithms: one number for each mel filter, such as "
        "<0.5, 0.25>; empty = nothing"},
  {"per-bin-stddev", GEMMA4_PROP_FLOATS, FIELD (per_bin_stddev),
        .blurb = "Standard deviations: divide the logarithms after per-bin-mean: one number, not "
        "0, for each mel filter; empty = nothing"},
  {"preemphasis", GEMMA4_PROP_DOUBLE, FIELD (params.preemphasis), .min = 0, .max = 1,
        .blurb = "Pre-emphasis lifts high frequencies: this times the sample before is "
        "subtracted from every sample; 0 = off, must be below 1"},
  {"preemphasis-htk-flavor", GEMMA4_PROP_BOOLEAN, FIELD (params.preemphasis_htk_flavor),
        .blurb = "Pre-emphasis as HTK has it: inside a window only, whose first sample is "
        "scaled by 1 - preemphasis"},
  {"fft-overdrive", GEMMA4_PROP_BOOLEAN, FIELD (params.fft_overdrive),
        .blurb = "Use an FFT of twice num-fft-bins"},
  {"dither", GEMMA4_PROP_DOUBLE, FIELD (params.dither), .min = 0, .max = 1,
        .blurb = "Standard deviation of Gaussian noise that is added to the samples, 1 = "
        "full scale; 0 = off"},
  {"dither-seed", GEMMA4_PROP_UINT, FIELD (params.dither_seed), .min = 0, .max = G_MAXUINT,
        .blurb = "Which noise dither adds; the same seed gives the same rows"},
  {"input-scale-factor", GEMMA4_PROP_DOUBLE, FIELD (params.input_scale_factor),
        .min = DBL_MIN, .max = 1e6,
        .blurb = "Multiplies every sample; full scale is 1.0 before"},
};

const Gemma4PropTable gemma4_audio_props = {rows, G_N_ELEMENTS (rows)};

Gemma4AudioSettings
gemma4_audio_settings_default (void)
{
  return (Gemma4AudioSettings) {
    .preset = (gchar *) GEMMA4_DEFAULT_PRESET,
    .params = gemma4_logmel_params_default,
    .frames_per_buffer = 4,
    .post_messages = TRUE,
  };
}

static gboolean
is_mel (const Gemma4Prop *prop)
{
  return prop->offset >= G_STRUCT_OFFSET (Gemma4AudioSettings, params)
      && prop->offset != G_STRUCT_OFFSET (Gemma4AudioSettings, params.max_audio_length_s);
}

/* Dither changes no meaning, and the width of a row is in the caps: the packer
 * checks it against its audio-input-feat-size. */
static gboolean
may_differ (const Gemma4Prop *prop)
{
  return prop->offset == G_STRUCT_OFFSET (Gemma4AudioSettings, params.dither)
      || prop->offset == G_STRUCT_OFFSET (Gemma4AudioSettings, params.dither_seed)
      || prop->offset == G_STRUCT_OFFSET (Gemma4AudioSettings, params.n_mels);
}

const gchar *
gemma4_audio_props_first_mel (guint64 user_set)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (is_mel (&rows[i]) && user_set >> i & 1)
      return rows[i].name;
  }
  return NULL;
}

/* Of the kinds that say how a spectrogram is made. */
static gchar *
value_text (const Gemma4Prop *prop, const Gemma4AudioSettings *settings)
{
  gconstpointer field = (const guint8 *) settings + prop->offset;
  if (prop->kind == GEMMA4_PROP_UINT)
    return g_strdup_printf ("%u", *(const guint *) field);
  if (prop->kind == GEMMA4_PROP_DOUBLE)
    return g_strdup_printf ("%.9g", *(const gdouble *) field);
  if (prop->kind == GEMMA4_PROP_BOOLEAN)
    return g_strdup (*(const bool *) field ? "true" : "false");
  const GArray *floats = *(GArray * const *) field;
  return floats ? g_strdup_printf ("<%u values>", floats->len) : g_strdup ("none");
}

/* An array of a preset, NULL if it has none. */
static GArray *
copy_floats (const gfloat *values, guint n)
{
  if (!values)
    return NULL;
  return g_array_append_vals (g_array_new (FALSE, FALSE, sizeof (gfloat)), values, n);
}

static gboolean
is_same (const Gemma4Prop *prop, const Gemma4AudioSettings *a, const Gemma4AudioSettings *b)
{
  gconstpointer p = (const guint8 *) a + prop->offset, q = (const guint8 *) b + prop->offset;
  if (prop->kind != GEMMA4_PROP_FLOATS)
    return memcmp (p, q, prop->size) == 0;
  const GArray *x = *(GArray * const *) p, *y = *(GArray * const *) q;
  return x && y ? x->len == y->len && memcmp (x->data, y->data, x->len * sizeof (gfloat)) == 0
      : !x && !y;
}

const gchar *
gemma4_audio_props_first_unlike (const Gemma4AudioSettings *settings, guint64 user_set,
    const Gemma4LogMelParams *preset, gchar **ours, gchar **theirs)
{
  const gchar *name = NULL;
  Gemma4AudioSettings of_preset = {.params = *preset,
    .per_bin_mean = copy_floats (preset->per_bin_mean, preset->n_mels),
    .per_bin_stddev = copy_floats (preset->per_bin_stddev, preset->n_mels),
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows) && !name; i++) {
    const Gemma4Prop *prop = &rows[i];
    if (!(user_set >> i & 1) || !is_mel (prop) || may_differ (prop)
        || is_same (prop, settings, &of_preset))
      continue;
    *ours = value_text (prop, settings);
    *theirs = value_text (prop, &of_preset);
    name = prop->name;
  }
  gemma4_props_clear (&gemma4_audio_props, &of_preset);
  return name;
}
