/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fft.h"

#include <math.h>
#include <stdlib.h>

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

/* Splits the number of points into radices, 4 before 2. */
static void
choose_passes (Gemma4Fft *self)
{
  static const uint32_t radices[] = { 4, 2, 3, 5 };
  uint32_t rest = self->n_points;
  uint32_t n_done = 1;
  for (size_t i = 0; i < sizeof radices / sizeof radices[0]; i++) {
    for (; rest % radices[i] == 0; rest /= radices[i]) {
      self->passes[self->n_passes++] = (Gemma4FftPass) { radices[i], n_done, NULL };
      n_done *= radices[i];
    }
  }
}

/* Writes @radius * exp (-2 pi i @k / @n) to @turn. */
static void
fill_turn (float *turn, double radius, uint64_t k, uint64_t n)
{
  static const double two_pi = 6.283185307179586;
  double angle = two_pi * (double) (k % n) / (double) n;
  turn[0] = (float) (radius * cos (angle));
  turn[1] = (float) (-radius * sin (angle));
}

static bool
fill_twiddles (Gemma4FftPass *pass)
{
  uint32_t n_legs = pass->radix - 1;
  pass->twiddles = malloc ((size_t) pass->n_done * n_legs * 2 * sizeof pass->twiddles[0]);
  if (!pass->twiddles)
    return false;
  for (uint64_t k = 0; k < pass->n_done; k++) {
    for (uint64_t j = 0; j < n_legs; j++)
      fill_turn (pass->twiddles + 2 * (k * n_legs + j), 1.0, (j + 1) * k,
          (uint64_t) pass->radix * pass->n_done);
  }
  return true;
}

/* The last pass joins every radix-th point, and so on down to the first. */
static uint32_t
place_of (const Gemma4Fft *self, uint32_t point)
{
  uint32_t place = 0;
  for (uint32_t i = self->n_passes; i-- > 0;) {
    const Gemma4FftPass *pass = &self->passes[i];
    place += point % pass->radix * pass->n_done;
    point /= pass->radix;
  }
  return place;
}

static bool
fill (Gemma4Fft *self)
{
  uint32_t n_turns = self->n_points / 2 + 1;
  self->places = malloc (2 * self->n_points * sizeof self->places[0]);
  self->turns = malloc (n_turns * 2 * sizeof self->turns[0]);
  bool complete = self->places && self->turns;
  for (uint32_t i = 0; complete && i < self->n_passes; i++)
    complete = fill_twiddles (&self->passes[i]);
  for (uint32_t i = 0; complete && i < 2 * self->n_points; i++)
    self->places[i] = 2 * place_of (self, i / 2) + i % 2;
  for (uint32_t k = 0; complete && k < n_turns; k++)
    fill_turn (self->turns + 2 * k, 1.0, k, 2 * (uint64_t) self->n_points);
  return complete;
}

/* What the parts 1, 2 and 3 need. */
static bool
fill_parts (Gemma4Fft *self, uint32_t length)
{
  size_t n = self->n_points;
  self->shifts = malloc (3 * n * 2 * sizeof self->shifts[0]);
  self->bins = malloc (3 * n * sizeof self->bins[0]);
  if (!self->shifts || !self->bins)
    return false;
  for (uint32_t part = 1; part <= 3; part++) {
    for (uint32_t k = 0; k < n; k++) {
      size_t i = (part - 1) * n + k;
      uint32_t bin = 8 * k + part;
      fill_turn (self->shifts + 2 * i, 2.0, (uint64_t) part * k, length);
      self->bins[i] = bin <= length / 2 ? bin : length - bin;
    }
  }
  return true;
}

Gemma4Fft *
gemma4_fft_new (uint32_t length)
{
  Gemma4Fft *self = calloc (1, sizeof *self);
  if (!self)
    return NULL;
  bool has_parts = length % 16 == 0;
  self->n_points = has_parts ? length / 8 : length / 2;
  choose_passes (self);
  if (fill (self) && (!has_parts || fill_parts (self, length)))
    return self;
  gemma4_fft_free (self);
  return NULL;
}

void
gemma4_fft_free (Gemma4Fft *self)
{
  if (!self)
    return;
  for (uint32_t i = 0; i < self->n_passes; i++)
    free (self->passes[i].twiddles);
  free (self->places);
  free (self->turns);
  free (self->shifts);
  free (self->bins);
  free (self);
}
