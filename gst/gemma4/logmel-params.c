/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/logmel.h>

#include "error.h"
#include "fft.h"

#include <inttypes.h>
#include <math.h>

const Gemma4LogMelParams gemma4_logmel_params_default = {
  .sampling_rate_hz = 16000,
  .n_mels = 128,
  .frame_length = 320,
  .hop_length = 160,
  .fft_length = 512,
  .max_audio_length_s = 30.0,
  .min_frequency_hz = 0.0,
  .max_frequency_hz = 8000.0,
  .mel_floor = 0.001,
  .framing = GEMMA4_FRAMING_KERASHUB,
  .spectrum = GEMMA4_SPECTRUM_MAGNITUDE,
  .mel_norm = GEMMA4_MEL_NORM_NONE,
  .floor_rule = GEMMA4_FLOOR_ADD,
  .preemphasis_htk_flavor = true,
  .input_scale_factor = 1.0,
};

const Gemma4LogMelParams gemma4_logmel_params_card = {
  .sampling_rate_hz = 16000,
  .n_mels = 128,
  .frame_length = 400,
  .hop_length = 160,
  .fft_length = 400,
  .max_audio_length_s = 30.0,
  .min_frequency_hz = 0.0,
  .max_frequency_hz = 8000.0,
  .mel_floor = 0.00001,
  .framing = GEMMA4_FRAMING_CENTRED,
  .spectrum = GEMMA4_SPECTRUM_POWER,
  .mel_norm = GEMMA4_MEL_NORM_SLANEY,
  .floor_rule = GEMMA4_FLOOR_MAX,
  .preemphasis_htk_flavor = true,
  .input_scale_factor = 1.0,
};

static Gemma4Status
check_integer (const char *name, uint32_t value, uint32_t min, uint32_t max, Gemma4Error *error)
{
  if (value >= min && value <= max)
    return GEMMA4_OK;
  return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
      "%s must be in [%" PRIu32 ", %" PRIu32 "], not %" PRIu32, name, min, max, value);
}

/* @good is false for NaN too. */
static Gemma4Status
check_real (const char *name, double value, bool good, const char *range, Gemma4Error *error)
{
  if (good)
    return GEMMA4_OK;
  return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "%s must be %s, not %g", name, range, value);
}

static Gemma4Status
check_fft_length (uint32_t length, Gemma4Error *error)
{
  if (gemma4_fft_is_good_length (length))
    return GEMMA4_OK;
  return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
      "the FFT length must be even, of the factors 2, 3 and 5, and in [%d, %d], not %" PRIu32
      "; the nearest good one is %" PRIu32, GEMMA4_FFT_MIN_LENGTH, GEMMA4_FFT_MAX_LENGTH,
      length, gemma4_fft_nearest_good_length (length));
}

static Gemma4Status
check_framing (const Gemma4LogMelParams *p, Gemma4Error *error)
{
  Gemma4Status status = check_integer ("the sampling rate in Hz", p->sampling_rate_hz, 1, 384000, error);
  if (status == GEMMA4_OK)
    status = check_fft_length (p->fft_length, error);
  if (status == GEMMA4_OK && p->frame_length > p->fft_length)
    status = gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "the frame length must be at most the FFT length, "
        "%" PRIu32 ", not %" PRIu32, p->fft_length, p->frame_length);
  if (status == GEMMA4_OK)
    status = check_integer ("the frame length", p->frame_length, 2, p->fft_length, error);
  if (status == GEMMA4_OK)
    status = check_integer ("the stride", p->hop_length, 1, 16384, error);
  if (status == GEMMA4_OK)
    status = check_integer ("the framing", p->framing, 0, GEMMA4_FRAMING_CENTRED, error);
  if (status == GEMMA4_OK)
    status = check_real ("the longest clip", p->max_audio_length_s,
        p->max_audio_length_s > 0.0 && p->max_audio_length_s <= 86400.0,
        "above 0 and at most 86400 seconds", error);
  return status;
}

static Gemma4Status
check_signal (const Gemma4LogMelParams *p, Gemma4Error *error)
{
  Gemma4Status status = check_real ("the pre-emphasis", p->preemphasis,
      p->preemphasis >= 0.0 && p->preemphasis < 1.0, "at least 0 and below 1", error);
  if (status == GEMMA4_OK)
    status = check_real ("the dither", p->dither, p->dither >= 0.0 && p->dither <= 1.0,
        "in [0, 1], where 1 is full scale", error);
  if (status == GEMMA4_OK)
    status = check_real ("the input scale factor", p->input_scale_factor,
        p->input_scale_factor > 0.0 && p->input_scale_factor <= 1e6,
        "above 0 and at most 1e+06", error);
  return status;
}

static Gemma4Status
check_filters (const Gemma4LogMelParams *p, Gemma4Error *error)
{
  double nyquist_hz = p->sampling_rate_hz / 2.0;
  Gemma4Status status = check_integer ("the number of mel filters", p->n_mels, 1, GEMMA4_MAX_MELS, error);
  if (status == GEMMA4_OK)
    status = check_real ("the lowest frequency in Hz", p->min_frequency_hz,
        p->min_frequency_hz >= 0.0 && p->min_frequency_hz < nyquist_hz,
        "at least 0 and below half the sampling rate", error);
  if (status == GEMMA4_OK && !(p->max_frequency_hz > p->min_frequency_hz
          && p->max_frequency_hz <= nyquist_hz))
    status = gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "the highest frequency in Hz must be above the lowest, %g, and at most half the sampling "
        "rate, %g, not %g", p->min_frequency_hz, nyquist_hz, p->max_frequency_hz);
  if (status == GEMMA4_OK)
    status = check_integer ("the kind of spectrum", p->spectrum, 0, GEMMA4_SPECTRUM_POWER, error);
  if (status == GEMMA4_OK)
    status = check_integer ("the norm of mel filters", p->mel_norm, 0, GEMMA4_MEL_NORM_SLANEY, error);
  return status;
}

static Gemma4Status
check_logarithm (const Gemma4LogMelParams *p, Gemma4Error *error)
{
  Gemma4Status status = check_integer ("the rule of the mel floor", p->floor_rule, 0, GEMMA4_FLOOR_MAX, error);
  if (status == GEMMA4_OK)
    status = check_real ("the mel floor", p->mel_floor, p->mel_floor > 0.0 && isfinite (p->mel_floor),
        "above 0 and finite", error);
  for (uint32_t i = 0; status == GEMMA4_OK && p->per_bin_mean && i < p->n_mels; i++) {
    if (!isfinite (p->per_bin_mean[i]))
      status = gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
          "the mean of mel filter %" PRIu32 " must be finite, not %g", i, p->per_bin_mean[i]);
  }
  for (uint32_t i = 0; status == GEMMA4_OK && p->per_bin_stddev && i < p->n_mels; i++) {
    if (!isfinite (p->per_bin_stddev[i]) || p->per_bin_stddev[i] == 0.0f)
      status = gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
          "the standard deviation of mel filter %" PRIu32 " must be finite and not 0, not %g", i,
          p->per_bin_stddev[i]);
  }
  return status;
}

Gemma4Status
gemma4_logmel_check (const Gemma4LogMelParams *params, Gemma4Error *error)
{
  Gemma4Status status = check_framing (params, error);
  if (status == GEMMA4_OK)
    status = check_signal (params, error);
  if (status == GEMMA4_OK)
    status = check_filters (params, error);
  if (status == GEMMA4_OK)
    status = check_logarithm (params, error);
  return status;
}

void
gemma4_logmel_silent_row (const Gemma4LogMelParams *params, float *row)
{
  for (uint32_t i = 0; i < params->n_mels; i++) {
    row[i] = logf ((float) params->mel_floor);
    if (params->per_bin_mean)
      row[i] -= params->per_bin_mean[i];
    if (params->per_bin_stddev)
      row[i] /= params->per_bin_stddev[i];
  }
}
