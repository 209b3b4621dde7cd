/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "logmel-scale.h"

#include <float.h>
#include <math.h>

/* Sound between these powers of two stays as it is: the power of 131072 samples
 * of 2^40 is below 2^127, and what 2^-20 loses is far below the tolerance. */
enum { MIN_EXPONENT = -20, MAX_EXPONENT = 40 };

Gemma4LogMelScale
gemma4_logmel_scale_new (const Gemma4LogMelParams *params)
{
  bool power = params->spectrum == GEMMA4_SPECTRUM_POWER;
  int floor_exponent = ilogb (params->mel_floor) / (power ? 2 : 1);
  /* Pre-emphasis can double a sample. */
  double loud_sample = ldexp (1.0, MAX_EXPONENT - 1) / params->input_scale_factor;
  return (Gemma4LogMelScale) {
    .input_scale = params->input_scale_factor,
    .mel_floor = params->mel_floor,
    .unscaled_floor = (float) fmax (params->mel_floor, FLT_MIN),
    .floor_exponent = floor_exponent,
    .power = power,
    .always = floor_exponent < MIN_EXPONENT || floor_exponent > MAX_EXPONENT,
    .loud_sample = (float) fmin (loud_sample, 1e18),
  };
}

static double
peak_of (const double *samples, uint32_t n)
{
  double peak = 0.0;
  for (uint32_t i = 0; i < n; i++)
    peak = fmax (peak, fabs (samples[i]));
  return peak;
}

int
gemma4_logmel_scale_frame (const Gemma4LogMelScale *self, float *frame, const double *samples,
    uint32_t n)
{
  double peak = peak_of (samples, n) * self->input_scale;
  int exponent = self->floor_exponent;
  if (peak > 0.0 && ilogb (peak) > exponent)
    exponent = ilogb (peak);
  int p = 0;
  if (exponent > MAX_EXPONENT)
    p = exponent - MAX_EXPONENT;
  else if (exponent < MIN_EXPONENT)
    p = exponent - MIN_EXPONENT;
  double factor = ldexp (1.0, -p);
  for (uint32_t i = 0; i < n; i++)
    frame[i] = (float) (samples[i] * factor);
  return p;
}

int32_t
gemma4_logmel_scale_exponent (const Gemma4LogMelScale *self, int p)
{
  return self->power ? 2 * p : p;
}

float
gemma4_logmel_scale_floor (const Gemma4LogMelScale *self, int p)
{
  if (p == 0)
    return self->unscaled_floor;
  double mel_floor = ldexp (self->mel_floor, -gemma4_logmel_scale_exponent (self, p));
  return mel_floor < FLT_MIN ? FLT_MIN : (float) mel_floor;
}
