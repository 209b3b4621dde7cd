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

static double
triangle (double hz, double lower, double centre, double upper)
{
  if (hz <= lower || hz >= upper)
    return 0.0;
  return hz < centre ? (hz - lower) / (centre - lower) : (upper - hz) / (upper - centre);
}

/* Writes the weights of filter @m and tells where they lie. */
static Gemma4MelFilter
make_filter (const Gemma4LogMelParams *params, uint32_t m, uint32_t fft_length, float *weights)
{
  double lower = corner_hz (params, m);
  double centre = corner_hz (params, m + 1);
  double upper = corner_hz (params, m + 2);
  double scale = params->mel_norm == GEMMA4_MEL_NORM_SLANEY ? 2.0 / (upper - lower) : 1.0;
  Gemma4MelFilter filter = { 0, 0 };
  for (uint32_t bin = 0; bin <= fft_length / 2; bin++) {
    double hz = (double) bin * params->sampling_rate_hz / fft_length;
    double weight = triangle (hz, lower, centre, upper);
    if (weight <= 0.0)
      continue;
    if (filter.n_weights == 0)
      filter.first_bin = bin;
    weights[filter.n_weights++] = (float) (weight * scale);
  }
  return filter;
}

Gemma4MelBank *
gemma4_melbank_new (const Gemma4LogMelParams *params, uint32_t fft_length)
{
  Gemma4MelBank *self = malloc (sizeof *self + params->n_mels * sizeof self->filters[0]);
  /* A bin lies under two triangles at most. */
  float *weights = malloc ((fft_length / 2 + 1) * 2 * sizeof weights[0]);
  if (!self || !weights) {
    free (weights);
    free (self);
    return NULL;
  }
  self->n_filters = params->n_mels;
  self->weights = weights;
  for (uint32_t m = 0; m < self->n_filters; m++) {
    self->filters[m] = make_filter (params, m, fft_length, weights);
    weights += self->filters[m].n_weights;
  }
  return self;
}

void
gemma4_melbank_free (Gemma4MelBank *self)
{
  if (!self)
    return;
  free (self->weights);
  free (self);
}
