/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/logmel.h>

#include "dither.h"
#include "error.h"
#include "logmel-batch.h"
#include "logmel-framing.h"
#include "logmel-scale.h"
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many rows may wait to be pulled before a push takes no more: whole batches. */
#define MAX_WAITING_ROWS (2 * GEMMA4_MAX_LANES)

struct Gemma4LogMel
{
  Gemma4LogMelParams params;    /* without the per-bin arrays */
  int64_t context;              /* of the framing, as a signed number */
  uint32_t span;
  uint64_t clip_length;         /* max_audio_length_s in samples */
  Gemma4LogMelScale scale;

  Gemma4CpuLevel level;
  const Gemma4LogMelBatch *batch;       /* the widest of the level */
  Gemma4LogMelPlan plan;        /* of the next four */
  Gemma4Fft *fft;
  Gemma4MelBank *bank;
  float *window;                /* [frame_length] */
  float *mean_stddev;           /* [2][n_mels], or NULL */

  uint64_t n_samples;
  uint64_t n_rows;
  uint64_t n_rows_at_end;       /* n_rows when the end came */
  uint64_t n_replaced;
  bool heard_loud;              /* a sample that may need scaling */
  bool ended;

  float *store;                 /* [store_size]: samples that rows still need */
  size_t store_size;
  size_t n_stored;              /* the last of them is sample n_samples - 1 */

  double *segment;              /* [span]: the samples of a row */
  float *frames;                /* [n_lanes][frame_length]: those not read from the store */
  float *spare_row;             /* [n_mels]: what lanes without a row write */
  float *work;
};

/* The periodic Hann window, halved as Gemma4LogMelPlan wants it. */
static void
fill_window (float *window, uint32_t length, double scale)
{
  static const double two_pi = 6.283185307179586;
  for (uint32_t i = 0; i < length; i++)
    window[i] = (float) ((0.5 - 0.5 * cos (two_pi * i / length)) * 0.5 * scale);
}

static void
fill_per_bin (float *dest, const float *src, uint32_t n, float if_absent)
{
  for (uint32_t i = 0; i < n; i++)
    dest[i] = src ? src[i] : if_absent;
}

static bool
allocate (Gemma4LogMel *self)
{
  const Gemma4LogMelParams *params = &self->params;
  uint32_t fft_length = params->fft_overdrive ? 2 * params->fft_length : params->fft_length;
  self->window = calloc (params->frame_length, sizeof self->window[0]);
  self->mean_stddev = calloc (2 * (size_t) params->n_mels, sizeof self->mean_stddev[0]);
  self->fft = gemma4_fft_new (fft_length);
  self->bank = gemma4_melbank_new (params, fft_length);
  self->store = calloc (self->store_size, sizeof self->store[0]);
  self->segment = calloc (self->span, sizeof self->segment[0]);
  self->frames = calloc ((size_t) self->batch->n_lanes * params->frame_length,
      sizeof self->frames[0]);
  self->spare_row = calloc (params->n_mels, sizeof self->spare_row[0]);
  if (self->fft)
    self->work = aligned_alloc (GEMMA4_LANES_ALIGNMENT,
        gemma4_logmel_work_bytes (self->batch, self->fft));
  return self->window && self->mean_stddev && self->fft && self->bank && self->store
      && self->segment && self->frames && self->spare_row && self->work;
}

static void
make_plan (Gemma4LogMel *self, const Gemma4LogMelParams *params)
{
  uint32_t n_mels = params->n_mels;
  bool has_norm = params->per_bin_mean || params->per_bin_stddev;
  fill_window (self->window, params->frame_length, params->input_scale_factor);
  fill_per_bin (self->mean_stddev, params->per_bin_mean, n_mels, 0.0f);
  fill_per_bin (self->mean_stddev + n_mels, params->per_bin_stddev, n_mels, 1.0f);
  self->plan = (Gemma4LogMelPlan) {
    .fft = self->fft,
    .bank = self->bank,
    .window = self->window,
    .frame_length = params->frame_length,
    .power = params->spectrum == GEMMA4_SPECTRUM_POWER,
    .adds_floor = params->floor_rule == GEMMA4_FLOOR_ADD,
    .mean = has_norm ? self->mean_stddev : NULL,
    .stddev = has_norm ? self->mean_stddev + n_mels : NULL,
  };
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
  self->scale = gemma4_logmel_scale_new (params);
  self->level = gemma4_cpu_level ();
  self->batch = gemma4_logmel_batch (self->level);
  self->store_size = self->span + (MAX_WAITING_ROWS - 1) * (size_t) params->hop_length;
  if (!allocate (self)) {
    gemma4_logmel_free (self);
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "no memory for a log-mel spectrogram");
  }
  make_plan (self, params);
  *out = self;
  return GEMMA4_OK;
}

void
gemma4_logmel_free (Gemma4LogMel *self)
{
  if (!self)
    return;
  free (self->work);
  free (self->spare_row);
  free (self->frames);
  free (self->segment);
  free (self->store);
  gemma4_melbank_free (self->bank);
  gemma4_fft_free (self->fft);
  free (self->mean_stddev);
  free (self->window);
  free (self);
}

void
gemma4_logmel_reset (Gemma4LogMel *self)
{
  self->n_samples = 0;
  self->n_rows = 0;
  self->n_replaced = 0;
  self->n_stored = 0;
  self->heard_loud = false;
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
  if (self->batch->any_above (samples, n_samples, self->scale.loud_sample)) {
    self->n_replaced += gemma4_samples_replace_faults (samples, n_samples);
    self->heard_loud = true;
  }
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

/* The frame of a row that lies in the store as it is, else NULL. */
static const float *
find_frame (const Gemma4LogMel *self, uint64_t row)
{
  int64_t start = row_start (self, row);
  int64_t end = start + self->params.frame_length;
  int64_t store_start = (int64_t) (self->n_samples - self->n_stored);
  bool reflected = self->params.framing == GEMMA4_FRAMING_CENTRED
      && end > (int64_t) self->clip_length;
  bool changed = self->params.preemphasis > 0.0 || self->scale.always || self->heard_loud;
  if (changed || reflected || start < store_start || end > (int64_t) self->n_samples)
    return NULL;
  return self->store + (start - store_start);
}

static void
prepare_frame (Gemma4LogMel *self, uint64_t row, Gemma4LogMelFrames *frames, uint32_t lane)
{
  const Gemma4LogMelParams *params = &self->params;
  int power_of_two = 0;
  frames->frames[lane] = find_frame (self, row);
  if (!frames->frames[lane]) {
    float *frame = self->frames + (size_t) lane * params->frame_length;
    load_segment (self, row);
    if (params->preemphasis > 0.0)
      emphasise (self->segment, params->frame_length, params->preemphasis,
          params->preemphasis_htk_flavor);
    power_of_two = gemma4_logmel_scale_frame (&self->scale, frame, self->segment,
        params->frame_length);
    frames->frames[lane] = frame;
  }
  frames->exponents[lane] = gemma4_logmel_scale_exponent (&self->scale, power_of_two);
  frames->floors[lane] = gemma4_logmel_scale_floor (&self->scale, power_of_two);
}

static bool
row_is_ready (const Gemma4LogMel *self, uint64_t row)
{
  return self->ended
      || self->n_samples >= gemma4_framing_samples_for_row (&self->params, row);
}

static uint32_t
count_ready_rows (const Gemma4LogMel *self, size_t most)
{
  uint32_t n = 0;
  while (n < most && row_is_ready (self, self->n_rows + n))
    n++;
  return n;
}

/* The narrowest kernels that hold @n_rows, for lanes that are left over cost as
 * much as others; one frame at a time is slower than four. */
static const Gemma4LogMelBatch *
choose_batch (const Gemma4LogMel *self, uint32_t n_rows)
{
  const Gemma4LogMelBatch *batch = self->batch;
  for (Gemma4CpuLevel level = self->level; level > GEMMA4_CPU_C + 1; level--) {
    const Gemma4LogMelBatch *narrower = gemma4_logmel_batch (level - 1);
    if (narrower->n_lanes >= n_rows)
      batch = narrower;
  }
  return batch;
}

/* Computes up to a batch of rows; lanes that are left over repeat the first. */
static uint32_t
compute_batch (Gemma4LogMel *self, float *mel, size_t max_rows)
{
  size_t most = max_rows < self->batch->n_lanes ? max_rows : self->batch->n_lanes;
  uint32_t n = count_ready_rows (self, most);
  if (n == 0)
    return 0;
  const Gemma4LogMelBatch *batch = choose_batch (self, n);
  Gemma4LogMelFrames frames;
  for (uint32_t lane = 0; lane < n; lane++) {
    prepare_frame (self, self->n_rows + lane, &frames, lane);
    frames.rows[lane] = mel + (size_t) lane * self->params.n_mels;
  }
  for (uint32_t lane = n; lane < batch->n_lanes; lane++) {
    frames.frames[lane] = frames.frames[0];
    frames.exponents[lane] = frames.exponents[0];
    frames.floors[lane] = frames.floors[0];
    frames.rows[lane] = self->spare_row;
  }
  batch->compute (&self->plan, &frames, self->work);
  self->n_rows += n;
  return n;
}

/* Whether @row lies behind the end of the signal. A centred one is reflected there. */
static bool
is_silent (const Gemma4LogMel *self, uint64_t row)
{
  return self->ended && self->params.framing != GEMMA4_FRAMING_CENTRED
      && row_start (self, row) >= (int64_t) self->n_samples;
}

/* Rows of silence are all the same: writes @n_rows more of the one before @mel. */
static size_t
repeat_row (Gemma4LogMel *self, float *mel, size_t n_rows)
{
  size_t n_mels = self->params.n_mels;
  for (size_t i = 0; i < n_rows; i++)
    memcpy (mel + i * n_mels, mel - n_mels, n_mels * sizeof *mel);
  self->n_rows += n_rows;
  return n_rows;
}

size_t
gemma4_logmel_pull (Gemma4LogMel *self, float *mel, size_t max_rows)
{
  size_t n = 0, n_new;
  do {
    float *next = mel + n * self->params.n_mels;
    bool silent = n > 0 && is_silent (self, self->n_rows - 1);
    n_new = silent ? repeat_row (self, next, max_rows - n)
        : compute_batch (self, next, max_rows - n);
    n += n_new;
  } while (n_new > 0);
  return n;
}

void
gemma4_logmel_end (Gemma4LogMel *self)
{
  if (!self->ended)
    self->n_rows_at_end = self->n_rows;
  self->ended = true;
}

/* An end drops no samples, so those of the rows since are all there. */
void
gemma4_logmel_go_on (Gemma4LogMel *self)
{
  if (self->ended)
    self->n_rows = self->n_rows_at_end;
  self->ended = false;
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
