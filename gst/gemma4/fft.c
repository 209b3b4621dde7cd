/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fft.h"

#include <kiss_fftr.h>
#include <stdlib.h>

struct Gemma4Fft
{
  kiss_fftr_cfg config;
  uint32_t n_bins;
  kiss_fft_cpx spectrum[];      /* [n_bins] */
};

bool
gemma4_fft_is_good_length (uint32_t length)
{
  if (length < GEMMA4_FFT_MIN_LENGTH || length > GEMMA4_FFT_MAX_LENGTH || length % 2 != 0)
    return false;
  static const uint32_t factors[] = { 2, 3, 5 };
  for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
    while (length % factors[i] == 0)
      length /= factors[i];
  }
  return length == 1;
}

uint32_t
gemma4_fft_nearest_good_length (uint32_t length)
{
  if (length <= GEMMA4_FFT_MIN_LENGTH)
    return GEMMA4_FFT_MIN_LENGTH;
  if (length >= GEMMA4_FFT_MAX_LENGTH)
    return GEMMA4_FFT_MAX_LENGTH;
  /* Both limits are good lengths, so this ends. */
  uint32_t distance = 0;
  for (;; distance++) {
    if (gemma4_fft_is_good_length (length + distance))
      return length + distance;
    if (gemma4_fft_is_good_length (length - distance))
      return length - distance;
  }
}

Gemma4Fft *
gemma4_fft_new (uint32_t length)
{
  uint32_t n_bins = length / 2 + 1;
  Gemma4Fft *self = malloc (sizeof *self + n_bins * sizeof self->spectrum[0]);
  if (!self)
    return NULL;
  self->n_bins = n_bins;
  self->config = kiss_fftr_alloc ((int) length, 0, NULL, NULL);
  if (!self->config) {
    free (self);
    return NULL;
  }
  return self;
}

void
gemma4_fft_free (Gemma4Fft *self)
{
  if (!self)
    return;
  kiss_fftr_free (self->config);
  free (self);
}

void
gemma4_fft_power (Gemma4Fft *self, const float *signal, double *power)
{
  kiss_fftr (self->config, signal, self->spectrum);
  for (uint32_t i = 0; i < self->n_bins; i++) {
    double re = self->spectrum[i].r;
    double im = self->spectrum[i].i;
    power[i] = re * re + im * im;
  }
}
