/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "melbank.h"

#include <math.h>
#include <stdlib.h>

static double
mel_from_hz (double hz)
{
  return 2595.0 * log10 (1.0 + hz / 700.0);
}

static double
hz_from_mel (double mel)
{
  return 700.0 * (pow (10.0, mel / 2595.0) - 1.0);
}

/* Corner @i of n_mels + 2. */
static double
corner_hz (const Gemma4LogMelParams *params, uint32_t i)
{
  double min_mel = mel_from_hz (params->min_frequency_hz);
  double max_mel = mel_from_hz (params->max_frequency_hz);
  return hz_from_mel (min_mel + (max_mel - min_mel) * i / (params->n_mels + 1));
}

/* Writes the weights of the bins of segment @i, from @bin on, and returns how many
 * there are. */
static uint32_t
fill_segment (const Gemma4LogMelParams *params, uint32_t i, uint32_t fft_length, uint32_t bin,
    float *weights)
{
  double lower = corner_hz (params, i), upper = corner_hz (params, i + 1);
  bool slaney = params->mel_norm == GEMMA4_MEL_NORM_SLANEY;
  double falling = i == 0 ? 0.0 : 1.0, rising = i == params->n_mels ? 0.0 : 1.0;
  if (i > 0 && slaney)
    falling = 2.0 / (upper - corner_hz (params, i - 1));
  if (i < params->n_mels && slaney)
    rising = 2.0 / (corner_hz (params, i + 2) - lower);
  uint32_t n = 0;
  for (; bin <= fft_length / 2; bin++, n++) {
    double hz = (double) bin * params->sampling_rate_hz / fft_length;
    if (hz >= upper)
      break;
    *weights++ = (float) ((upper - hz) / (upper - lower) * falling);
    *weights++ = (float) ((hz - lower) / (upper - lower) * rising);
  }
  return n;
}

static void
fill (Gemma4MelBank *self, const Gemma4LogMelParams *params, uint32_t fft_length)
{
  float *weights = self->weights;
  double bin_hz = (double) params->sampling_rate_hz / fft_length;
  while (self->first_bin * bin_hz <= corner_hz (params, 0))
    self->first_bin++;
  uint32_t bin = self->first_bin;
  for (uint32_t i = 0; i <= self->n_filters; i++) {
    self->segments[i] = fill_segment (params, i, fft_length, bin, weights);
    bin += self->segments[i];
    weights += 2 * self->segments[i];
  }
}

Gemma4MelBank *
gemma4_melbank_new (const Gemma4LogMelParams *params, uint32_t fft_length)
{
  Gemma4MelBank *self = calloc (1, sizeof *self);
  if (!self)
    return NULL;
  self->n_filters = params->n_mels;
  self->segments = malloc ((params->n_mels + 1) * sizeof self->segments[0]);
  self->weights = malloc ((fft_length / 2 + 1) * 2 * sizeof self->weights[0]);
  if (!self->segments || !self->weights) {
    gemma4_melbank_free (self);
    return NULL;
  }
  fill (self, params, fft_length);
  return self;
}

void
gemma4_melbank_free (Gemma4MelBank *self)
{
  if (!self)
    return;
  free (self->weights);
  free (self->segments);
  free (self);
}
