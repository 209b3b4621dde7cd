/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/logmel.h>

#include "dither.h"
#include "error.h"
#include "fft.h"
#include "logmel-framing.h"
#include "melbank.h"
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many rows may wait to be pulled before a push takes no more. */
#define MAX_WAITING_ROWS 32

struct Gemma4LogMel
{
  Gemma4LogMelParams params;    /* without the per-bin arrays */
  int64_t context;              /* of the framing, as a signed number */
  uint32_t span;
  uint64_t clip_length;         /* max_audio_length_s in samples */
  uint32_t n_bins;              /* of the spectrum */
  double *mean;                 /* [n_mels] */
  double *stddev;               /* [n_mels] */

  double *window;               /* [frame_length], times input_scale_factor */
  Gemma4Fft *fft;
  Gemma4MelBank *bank;

  uint64_t n_samples;
  uint64_t n_rows;
  uint64_t n_replaced;
  bool ended;

  float *store;                 /* [store_size]: samples that rows still need */
  size_t store_size;
  size_t n_stored;              /* the last of them is sample n_samples - 1 */

  double *segment;              /* [span]: the samples of a row */
  float *frame;                 /* [FFT length]: windowed; zero behind the window */
  double *spectrum;             /* [n_bins] */
  double *mel;                  /* [n_mels] */
};

/* The periodic Hann window. */
static void
fill_window (double *window, uint32_t length, double scale)
{
  static const double two_pi = 6.283185307179586;
  for (uint32_t i = 0; i < length; i++)
    window[i] = (0.5 - 0.5 * cos (two_pi * i / length)) * scale;
}

static void
fill_per_bin (double *dest, const float *src, uint32_t n, double if_absent)
{
  for (uint32_t i = 0; i < n; i++)
    dest[i] = src ? src[i] : if_absent;
}

static bool
allocate (Gemma4LogMel *self)
{
  const Gemma4LogMelParams *params = &self->params;
  uint32_t fft_length = params->fft_overdrive ? 2 * params->fft_length : params->fft_length;
  self->n_bins = fft_length / 2 + 1;
  self->mean = calloc (params->n_mels, sizeof self->mean[0]);
  self->stddev = calloc (params->n_mels, sizeof self->stddev[0]);
  self->window = calloc (params->frame_length, sizeof self->window[0]);
  self->fft = gemma4_fft_new (fft_length);
  self->bank = gemma4_melbank_new (params, fft_length);
  self->store = calloc (self->store_size, sizeof self->store[0]);
  self->segment = calloc (self->span, sizeof self->segment[0]);
  self->frame = calloc (fft_length, sizeof self->frame[0]);
  self->spectrum = calloc (self->n_bins, sizeof self->spectrum[0]);
  self->mel = calloc (params->n_mels, sizeof self->mel[0]);
  return self->mean && self->stddev && self->window && self->fft && self->bank && self->store
      && self->segment && self->frame && self->spectrum && self->mel;
}

Gemma4Status
gemma4_logmel_new (const Gemma4LogMelParams *params, Gemma4LogMel **out, Gemma4Error *error)
{
  Gemma4Status status = gemma4_logmel_check (params, error);
  if (status != GEMMA4_OK)
    return status;
  Gemma4LogMel *self = calloc (1, sizeof *self);
  if (!self)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for a log-mel spectrogram");
  self->params = *params;
  self->params.per_bin_mean = NULL;
  self->params.per_bin_stddev = NULL;
  self->context = gemma4_framing_context (params);
  self->span = gemma4_framing_span (params);
  self->clip_length = gemma4_logmel_clip_samples (params);
  self->store_size = 2 * (size_t) self->span + MAX_WAITING_ROWS * (size_t) params->hop_length;
  if (!allocate (self)) {
    gemma4_logmel_free (self);
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for a log-mel spectrogram");
  }
  fill_window (self->window, params->frame_length, params->input_scale_factor);
  fill_per_bin (self->mean, params->per_bin_mean, params->n_mels, 0.0);
  fill_per_bin (self->stddev, params->per_bin_stddev, params->n_mels, 1.0);
  *out = self;
  return GEMMA4_OK;
}

void
gemma4_logmel_free (Gemma4LogMel *self)
{
  if (!self)
    return;
  free (self->mel);
  free (self->spectrum);
  free (self->frame);
  free (self->segment);
  free (self->store);
  gemma4_melbank_free (self->bank);
  gemma4_fft_free (self->fft);
  free (self->window);
  free (self->stddev);
  free (self->mean);
  free (self);
}

void
gemma4_logmel_reset (Gemma4LogMel *self)
{
  self->n_samples = 0;
  self->n_rows = 0;
  self->n_replaced = 0;
  self->n_stored = 0;
  self->ended = false;
}

/* Index of the first sample of row @row; negative before the signal. */
static int64_t
row_start (const Gemma4LogMel *self, uint64_t row)
{
  return (int64_t) (row * self->params.hop_length) - self->context;
}

/* Drops the samples that no row needs any more. */
static void
drop_heard (Gemma4LogMel *self)
{
  int64_t store_start = (int64_t) (self->n_samples - self->n_stored);
  int64_t n_heard = row_start (self, self->n_rows) - store_start;
  if (n_heard <= 0)
    return;
  if ((uint64_t) n_heard >= self->n_stored) {
    self->n_stored = 0;
    return;
  }
  self->n_stored -= (size_t) n_heard;
  memmove (self->store, self->store + n_heard, self->n_stored * sizeof self->store[0]);
}

/* How many of @n_samples there is room for. */
static size_t
make_room (Gemma4LogMel *self, size_t n_samples)
{
  if (self->ended)
    return 0;
  if (n_samples > self->store_size - self->n_stored)
    drop_heard (self);
  size_t room = self->store_size - self->n_stored;
  return n_samples < room ? n_samples : room;
}

/* Takes over @n_samples that were written behind the stored ones. */
static void
take_in (Gemma4LogMel *self, size_t n_samples)
{
  float *samples = self->store + self->n_stored;
  self->n_replaced += gemma4_samples_replace_faults (samples, n_samples);
  double dither = self->params.dither;
  for (size_t i = 0; dither > 0.0 && i < n_samples; i++)
    samples[i] += (float) (dither * gemma4_dither_noise (self->params.dither_seed,
            self->n_samples + i));
  self->n_stored += n_samples;
  self->n_samples += n_samples;
}

size_t
gemma4_logmel_push (Gemma4LogMel *self, const float *samples, size_t n_samples)
{
  n_samples = make_room (self, n_samples);
  if (n_samples > 0)
    memcpy (self->store + self->n_stored, (const void *) samples, n_samples * sizeof samples[0]);
  take_in (self, n_samples);
  return n_samples;
}

size_t
gemma4_logmel_push_s16 (Gemma4LogMel *self, const int16_t *samples, size_t n_samples)
{
  n_samples = make_room (self, n_samples);
  gemma4_samples_from_s16 (self->store + self->n_stored, samples, n_samples);
  take_in (self, n_samples);
  return n_samples;
}

/* The sample that stands at @index of a centred signal. Its start is reflected,
 * and so is the end of the zero-padded clip, in the rows that start before it. */
static int64_t
reflect (const Gemma4LogMel *self, uint64_t row, int64_t index)
{
  if (index < 0)
    return -index;
  int64_t clip_length = (int64_t) self->clip_length;
  bool in_clip = self->n_samples <= self->clip_length
      && row * self->params.hop_length < self->clip_length;
  return in_clip && index >= clip_length ? 2 * (clip_length - 1) - index : index;
}

static double
sample_at (const Gemma4LogMel *self, int64_t index)
{
  if (index < 0 || (uint64_t) index >= self->n_samples)
    return 0.0;
  uint64_t store_start = self->n_samples - self->n_stored;
  return self->store[(uint64_t) index - store_start];
}

static void
load_segment (Gemma4LogMel *self, uint64_t row)
{
  bool centred = self->params.framing == GEMMA4_FRAMING_CENTRED;
  int64_t start = row_start (self, row);
  for (uint32_t i = 0; i < self->span; i++) {
    int64_t index = start + i;
    self->segment[i] = sample_at (self, centred ? reflect (self, row, index) : index);
  }
}

/* Plain pre-emphasis looks one sample ahead; HTK's stays in the frame and scales
 * its first sample (unheard: the window is 0 there). */
static void
emphasise (double *segment, uint32_t frame_length, double coefficient, bool htk_flavor)
{
  if (htk_flavor) {
    for (uint32_t i = frame_length - 1; i > 0; i--)
      segment[i] -= coefficient * segment[i - 1];
    segment[0] *= 1.0 - coefficient;
  } else {
    for (uint32_t i = 0; i < frame_length; i++)
      segment[i] = segment[i + 1] - coefficient * segment[i];
  }
}

static void
compute_spectrum (Gemma4LogMel *self)
{
  const Gemma4LogMelParams *params = &self->params;
  for (uint32_t i = 0; i < params->frame_length; i++)
    self->frame[i] = (float) (self->segment[i] * self->window[i]);
  gemma4_fft_power (self->fft, self->frame, self->spectrum);
  if (params->spectrum == GEMMA4_SPECTRUM_POWER)
    return;
  for (uint32_t i = 0; i < self->n_bins; i++)
    self->spectrum[i] = sqrt (self->spectrum[i]);
}

static void
compress (const Gemma4LogMel *self, float *row)
{
  double mel_floor = self->params.mel_floor;
  for (uint32_t i = 0; i < self->params.n_mels; i++) {
    double mel = self->mel[i];
    double kept = self->params.floor_rule == GEMMA4_FLOOR_ADD ? mel + mel_floor
        : fmax (mel, mel_floor);
    row[i] = (float) ((log (kept) - self->mean[i]) / self->stddev[i]);
  }
}

static void
compute_row (Gemma4LogMel *self, uint64_t row, float *mel)
{
  const Gemma4LogMelParams *params = &self->params;
  load_segment (self, row);
  if (params->preemphasis > 0.0)
    emphasise (self->segment, params->frame_length, params->preemphasis,
        params->preemphasis_htk_flavor);
  compute_spectrum (self);
  gemma4_melbank_apply (self->bank, self->spectrum, self->mel);
  compress (self, mel);
}

size_t
gemma4_logmel_pull (Gemma4LogMel *self, float *mel, size_t max_rows)
{
  size_t n = 0;
  while (n < max_rows && (self->ended
          || self->n_samples >= gemma4_framing_samples_for_row (&self->params, self->n_rows))) {
    compute_row (self, self->n_rows, mel + n * self->params.n_mels);
    self->n_rows++;
    n++;
  }
  return n;
}

void
gemma4_logmel_end (Gemma4LogMel *self)
{
  self->ended = true;
}

uint64_t
gemma4_logmel_n_samples (const Gemma4LogMel *self)
{
  return self->n_samples;
}

uint64_t
gemma4_logmel_n_rows (const Gemma4LogMel *self)
{
  return self->n_rows;
}

uint64_t
gemma4_logmel_n_replaced (const Gemma4LogMel *self)
{
  return self->n_replaced;
}
