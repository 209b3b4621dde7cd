/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* After transformers 5.17.0 feature_extraction_gemma4.py and keras-hub
 * gemma4_audio_converter.py (71453d08f, and 9c60259d1 for the card). */

#include "ref-logmel.h"

#include <math.h>
#include <stdlib.h>

/* What depends on the settings alone. */
typedef struct
{
  long n_fft;
  long n_bins;                  /* n_fft / 2 + 1 */
  double *window;               /* [frame_length] */
  double *cosine;               /* [n_fft], one turn */
  double *sine;                 /* [n_fft], one turn */
  double *filters;              /* [n_mels][n_bins] */
} Tables;

RefLogMelParams
ref_logmel_kerashub (void)
{
  return (RefLogMelParams) {
    .sampling_rate_hz = 16000,
    .max_samples = 480000,
    .n_mels = 128,
    .frame_length = 320,
    .hop_length = 160,
    .fft_length = 512,
    .min_frequency_hz = 0.0,
    .max_frequency_hz = 8000.0,
    .mel_floor = 0.001,
    .framing = REF_FRAMING_KERASHUB,
    .preemphasis_htk_flavor = true,
    .input_scale_factor = 1.0,
  };
}

RefLogMelParams
ref_logmel_transformers (void)
{
  RefLogMelParams params = ref_logmel_kerashub ();
  params.framing = REF_FRAMING_TRANSFORMERS;
  return params;
}

RefLogMelParams
ref_logmel_card (void)
{
  RefLogMelParams params = ref_logmel_kerashub ();
  params.frame_length = 400;
  params.fft_length = 400;
  params.mel_floor = 0.00001;
  params.framing = REF_FRAMING_CENTRED;
  params.power = true;
  params.slaney = true;
  params.floor_max = true;
  return params;
}

static long
cut_at_limit (const RefLogMelParams *params, long n_samples)
{
  return n_samples < params->max_samples ? n_samples : params->max_samples;
}

/* kerashub pads every clip to the longest, transformers to a multiple of 128
 * samples and frames it with one sample more than the window. */
long
ref_logmel_n_rows (const RefLogMelParams *params, long n_samples)
{
  long n = cut_at_limit (params, n_samples);
  if (params->framing == REF_FRAMING_KERASHUB)
    return params->max_samples / params->hop_length;
  if (params->framing == REF_FRAMING_CENTRED)
    return n / params->hop_length;
  long padded = (n + 127) / 128 * 128 + params->frame_length / 2;
  long unfolded = params->frame_length + 1;
  return padded < unfolded ? 0 : (padded - unfolded) / params->hop_length + 1;
}

/* transformers: a row is valid when sample frame_length of it, counted from 0
 * and with the zeros on the left, is one of the signal. */
long
ref_logmel_n_valid (const RefLogMelParams *params, long n_samples)
{
  long n = cut_at_limit (params, n_samples);
  if (params->framing != REF_FRAMING_TRANSFORMERS)
    return n / params->hop_length;
  long n_left = params->frame_length / 2;
  long n_valid = 0;
  while (n_valid * params->hop_length + params->frame_length < n_left + n)
    n_valid++;
  return n_valid;
}

/* HTK's mel scale without its factor, 2595 / ln (10) or about 1127, which does not
 * move points at equal distances. */
static double
pitch (double hz)
{
  return log1p (hz / 700.0);
}

/* The n_mels + 2 edges stand at equal distances on the mel scale. Nothing is
 * inverted: the edge is closed in on until no double is left between. */
static double
edge_hz (const RefLogMelParams *params, long i)
{
  double below = params->min_frequency_hz;
  double above = params->max_frequency_hz;
  double share = (double) i / (params->n_mels + 1);
  double wanted = (1.0 - share) * pitch (below) + share * pitch (above);
  for (;;) {
    double middle = below + (above - below) / 2.0;
    if (middle <= below || middle >= above)
      return middle;
    if (pitch (middle) < wanted)
      below = middle;
    else
      above = middle;
  }
}

/* @weights: (out): [n_bins]: a triangle, straight in Hz */
static void
make_filter (const RefLogMelParams *params, const Tables *t, long mel,
    double *weights)
{
  double left = edge_hz (params, mel);
  double peak = edge_hz (params, mel + 1);
  double right = edge_hz (params, mel + 2);
  for (long bin = 0; bin < t->n_bins; bin++) {
    double hz = (double) bin * params->sampling_rate_hz / t->n_fft;
    double up = (hz - left) / (peak - left);
    double down = (right - hz) / (right - peak);
    weights[bin] = fmax (0.0, fmin (up, down));
    if (params->slaney)
      weights[bin] *= 2.0 / (right - left);
  }
}

static Tables
make_tables (const RefLogMelParams *params)
{
  Tables t;
  t.n_fft = params->fft_overdrive ? 2 * params->fft_length : params->fft_length;
  t.n_bins = t.n_fft / 2 + 1;
  t.window = calloc (params->frame_length, sizeof (double));
  t.cosine = calloc (t.n_fft, sizeof (double));
  t.sine = calloc (t.n_fft, sizeof (double));
  t.filters = calloc (params->n_mels * t.n_bins, sizeof (double));
  for (long i = 0; i < params->frame_length; i++)
    t.window[i] = 0.5 - 0.5 * cos (2.0 * M_PI * i / params->frame_length);
  for (long i = 0; i < t.n_fft; i++) {
    t.cosine[i] = cos (2.0 * M_PI * i / t.n_fft);
    t.sine[i] = sin (2.0 * M_PI * i / t.n_fft);
  }
  for (long mel = 0; mel < params->n_mels; mel++)
    make_filter (params, &t, mel, t.filters + mel * t.n_bins);
  return t;
}

static void
free_tables (Tables *t)
{
  free (t->window);
  free (t->cosine);
  free (t->sine);
  free (t->filters);
}

/* The signal at @i, which may lie before its start or behind its end. */
static double
sample_at (const RefLogMelParams *params, const double *samples,
    long n_samples, long i)
{
  if (params->framing == REF_FRAMING_CENTRED) {
    if (i < 0)
      i = -i;
    if (i >= params->max_samples)
      i = 2 * (params->max_samples - 1) - i;
  }
  if (i < 0 || i >= n_samples)
    return 0.0;
  return samples[i] * params->input_scale_factor;
}

/* One frame of frame_length samples; upstream takes one sample more, for a
 * pre-emphasis that looks ahead. */
static void
read_frame (const RefLogMelParams *params, const double *samples,
    long n_samples, long row, double *frame)
{
  long start = row * params->hop_length - params->frame_length / 2;
  double c = params->preemphasis;
  for (long i = 0; i < params->frame_length; i++) {
    double before = sample_at (params, samples, n_samples, start + i - 1);
    double here = sample_at (params, samples, n_samples, start + i);
    double after = sample_at (params, samples, n_samples, start + i + 1);
    if (c == 0.0)
      frame[i] = here;
    else if (!params->preemphasis_htk_flavor)
      frame[i] = after - c * here;
    else
      frame[i] = i == 0 ? here * (1.0 - c) : here - c * before;
  }
}

/* @spectrum: (out): [n_bins]; the frame is followed by zeros up to n_fft. */
static void
transform (const RefLogMelParams *params, const Tables *t, const double *frame,
    double *spectrum)
{
  for (long bin = 0; bin < t->n_bins; bin++) {
    double re = 0.0, im = 0.0;
    for (long i = 0; i < params->frame_length; i++) {
      double windowed = frame[i] * t->window[i];
      re += windowed * t->cosine[bin * i % t->n_fft];
      im -= windowed * t->sine[bin * i % t->n_fft];
    }
    double power = re * re + im * im;
    spectrum[bin] = params->power ? power : sqrt (power);
  }
}

static double
compress (const RefLogMelParams *params, long mel, double value)
{
  double out = params->floor_max ? log (fmax (value, params->mel_floor))
      : log (value + params->mel_floor);
  if (params->per_bin_mean)
    out -= params->per_bin_mean[mel];
  if (params->per_bin_stddev)
    out /= params->per_bin_stddev[mel];
  return out;
}

static void
compute_row (const RefLogMelParams *params, const Tables *t,
    const double *spectrum, double *row)
{
  for (long mel = 0; mel < params->n_mels; mel++) {
    double sum = 0.0;
    for (long bin = 0; bin < t->n_bins; bin++)
      sum += spectrum[bin] * t->filters[mel * t->n_bins + bin];
    row[mel] = compress (params, mel, sum);
  }
}

void
ref_logmel (const RefLogMelParams *params, const double *samples,
    long n_samples, long n_rows, double *rows)
{
  Tables t = make_tables (params);
  double *frame = calloc (params->frame_length, sizeof (double));
  double *spectrum = calloc (t.n_bins, sizeof (double));
  long n = cut_at_limit (params, n_samples);
  bool masks = params->framing == REF_FRAMING_TRANSFORMERS;

  for (long k = 0; k < n_rows; k++) {
    double *row = rows + k * params->n_mels;
    read_frame (params, samples, n, k, frame);
    transform (params, &t, frame, spectrum);
    compute_row (params, &t, spectrum, row);
    for (long mel = 0; masks && mel < params->n_mels; mel++)
      row[mel] *= k < ref_logmel_n_valid (params, n) ? 1.0 : 0.0;
  }

  free (spectrum);
  free (frame);
  free_tables (&t);
}

/* The mel value, floor included, that became @out. */
static double
undo (const RefLogMelParams *params, long mel, double out)
{
  if (params->per_bin_stddev)
    out *= params->per_bin_stddev[mel];
  if (params->per_bin_mean)
    out += params->per_bin_mean[mel];
  return exp (out);
}

double
ref_logmel_row_largest (const RefLogMelParams *params, const double *row)
{
  double largest = 0.0;
  for (long mel = 0; mel < params->n_mels; mel++)
    largest = fmax (largest, undo (params, mel, row[mel]));
  return largest;
}

double
ref_logmel_row_difference (const RefLogMelParams *params, const float *got,
    const double *want)
{
  double worst = 0.0;
  for (long mel = 0; mel < params->n_mels; mel++) {
    double difference = fabs (undo (params, mel, got[mel])
        - undo (params, mel, want[mel]));
    if (isnan (difference))
      return difference;
    worst = fmax (worst, difference);
  }
  return worst;
}
