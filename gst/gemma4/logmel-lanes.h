/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The body of a set of kernels of logmel-batch.h, compiled once for every
 * instruction set. The including file defines before:
 *
 *   N_LANES, LANES_INLINE
 *   Lanes, LanesInt    float and int32_t, or vectors of N_LANES of them
 *   lanes_sqrt(), lanes_max()
 *   lanes_transpose()  of N_LANES x N_LANES values, in place
 *
 * and then makes the struct with compute(). */

#include "logmel-batch.h"

#include <string.h>

static LANES_INLINE Lanes
lanes_load (const float *src)
{
  Lanes x;
  memcpy (&x, src, sizeof x);
  return x;
}

static LANES_INLINE void
lanes_store (float *dest, Lanes x)
{
  memcpy (dest, &x, sizeof x);
}

static LANES_INLINE LanesInt
lanes_bits (Lanes x)
{
  LanesInt bits;
  memcpy (&bits, &x, sizeof bits);
  return bits;
}

static LANES_INLINE Lanes
lanes_from_bits (LanesInt bits)
{
  Lanes x;
  memcpy (&x, &bits, sizeof x);
  return x;
}

/* A logarithm as the sum of two numbers; the first is exact. */
typedef struct
{
  Lanes high;
  Lanes low;
} Log;

/* A whole number of less than 2^22, added to these bits of 1.5 * 2^23, stands in
 * the mantissa. */
#define WHOLE_BITS 0x4b400000
#define WHOLE_FLOAT 12582912.0f

/* ln (x * 2^exponent) of positive normal @x: x is m * 2^n, m within [sqrt (1/2),
 * sqrt (2)), f = m - 1, and ln (1 + f) = f + f^2 (f P (f) - 1/2), P of least
 * relative error, 3.2e-8. The rounded sum is within 2 units in the last place.
 * @whole_bits: WHOLE_BITS + exponent */
static LANES_INLINE Log
lanes_log (Lanes x, LanesInt whole_bits)
{
  const float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  const int32_t sqrt_half_bits = 0x3f3504f3, mantissa_mask = 0x007fffff;
  LanesInt above = lanes_bits (x) - sqrt_half_bits;
  Lanes n = lanes_from_bits ((above >> 23) + whole_bits) - WHOLE_FLOAT;
  Lanes f = lanes_from_bits ((above & mantissa_mask) + sqrt_half_bits) - 1.0f;
  Lanes p = f * 0.0870043057f - 0.142674862f;
  p = p * f + 0.149147692f;
  p = p * f - 0.165775848f;
  p = p * f + 0.199630637f;
  p = p * f - 0.250013370f;
  p = p * f + 0.333339107f;
  p = p * f - 0.5f;
  return (Log) { n * ln2_high, f + (f * f * p + n * ln2_low) };
}

#include "lanes-fft.h"

static LANES_INLINE void
put_sample (Point *x, const Gemma4LogMelPlan *plan, uint32_t i, Lanes sample)
{
  Point *point = x + plan->fft->places[i / 2];
  if (i % 2 == 0)
    point->re = sample * plan->window[i];
  else
    point->im = sample * plan->window[i];
}

/* Turns N_LANES samples of every frame into Lanes and puts them, windowed, where
 * the first pass of the transform wants them; zeros behind the window. */
static void
load_frames (const Gemma4LogMelPlan *plan, const Gemma4LogMelFrames *frames, Point *x)
{
  uint32_t n = plan->frame_length;
  Lanes block[N_LANES];
  uint32_t i = 0;
  for (; i + N_LANES <= n; i += N_LANES) {
    for (uint32_t lane = 0; lane < N_LANES; lane++)
      block[lane] = lanes_load (frames->frames[lane] + i);
    lanes_transpose (block);
    for (uint32_t j = 0; j < N_LANES; j++)
      put_sample (x, plan, i + j, block[j]);
  }
  for (; i < n; i++) {
    float sample[N_LANES];
    for (uint32_t lane = 0; lane < N_LANES; lane++)
      sample[lane] = frames->frames[lane][i];
    put_sample (x, plan, i, lanes_load (sample));
  }
  Lanes zero = { 0 };
  if (n % 2 != 0)
    x[plan->fft->places[n / 2]].im = zero;
  for (uint32_t point = (n + 1) / 2; point < plan->fft->n_points; point++)
    x[plan->fft->places[point]] = (Point) { zero, zero };
}

/* So many weights are summed up without compensation. */
#define SUM_BLOCK 32

static LANES_INLINE Lanes
sum_bins (const Point *bins, const float *weights, uint32_t n)
{
  Lanes sum = { 0 };
  for (uint32_t i = 0; i < n; i++)
    sum = sum + bins[i].re * weights[i];
  return sum;
}

/* Kahan's sum of the sums of blocks, so that wide filters stay exact. */
static LANES_INLINE Lanes
filter (const Point *bins, const float *weights, uint32_t n)
{
  Lanes sum = sum_bins (bins, weights, n < SUM_BLOCK ? n : SUM_BLOCK);
  Lanes carry = { 0 };
  for (uint32_t i = SUM_BLOCK; i < n; i += SUM_BLOCK) {
    Lanes next = sum_bins (bins + i, weights + i, n - i < SUM_BLOCK ? n - i : SUM_BLOCK) - carry;
    Lanes total = sum + next;
    carry = (total - sum) - next;
    sum = total;
  }
  return sum;
}

/* In double precision: mean and stddev can enlarge what rounding leaves. */
static LANES_INLINE Lanes
normalise (Log mel, double mean, double stddev)
{
  float high[N_LANES], low[N_LANES];
  memcpy (high, &mel.high, sizeof high);
  memcpy (low, &mel.low, sizeof low);
  for (uint32_t lane = 0; lane < N_LANES; lane++)
    high[lane] = (float) (((double) high[lane] + (double) low[lane] - mean) / stddev);
  return lanes_load (high);
}

static LANES_INLINE Lanes
compress (const Gemma4LogMelPlan *plan, uint32_t m, Lanes mel, Lanes mel_floor, LanesInt whole_bits)
{
  Lanes kept = lanes_max (mel, mel_floor);
  if (plan->adds_floor)
    kept = mel + mel_floor;
  Log log_mel = lanes_log (kept, whole_bits);
  if (plan->mean)
    return normalise (log_mel, plan->mean[m], plan->stddev[m]);
  return log_mel.high + log_mel.low;
}

static LANES_INLINE void
store_rows (Lanes *block, const Gemma4LogMelFrames *frames, uint32_t first, uint32_t n)
{
  lanes_transpose (block);
  for (uint32_t lane = 0; lane < N_LANES; lane++) {
    float values[N_LANES];
    if (n == N_LANES) {
      lanes_store (frames->rows[lane] + first, block[lane]);
      continue;
    }
    lanes_store (values, block[lane]);
    for (uint32_t j = 0; j < n; j++)
      frames->rows[lane][first + j] = values[j];
  }
}

/* Makes magnitudes of the powers of the bins [@first, @end), where magnitudes are
 * wanted: just before the filters need them, while the processor is busy with
 * logarithms. Returns @end, or @first if that is larger. */
static LANES_INLINE uint32_t
take_roots (Point *x, uint32_t first, uint32_t end)
{
  for (; first < end; first++)
    x[first].re = lanes_sqrt (x[first].re);
  return first;
}

static LANES_INLINE void
filter_rows (const Gemma4LogMelPlan *plan, const Gemma4LogMelFrames *frames, Point *x, bool power)
{
  const Gemma4MelBank *bank = plan->bank;
  const float *weights = bank->weights;
  uint32_t n_rooted = power ? plan->fft->n_points + 1 : 0;
  Lanes mel_floor = lanes_load (frames->floors);
  LanesInt whole_bits;
  memcpy (&whole_bits, frames->exponents, sizeof whole_bits);
  whole_bits = whole_bits + WHOLE_BITS;
  for (uint32_t first = 0; first < bank->n_filters; first += N_LANES) {
    uint32_t n = bank->n_filters - first < N_LANES ? bank->n_filters - first : N_LANES;
    Lanes block[N_LANES];
    for (uint32_t j = 0; j < n; j++) {
      Gemma4MelFilter at = bank->filters[first + j];
      n_rooted = take_roots (x, n_rooted, at.first_bin + at.n_weights);
      Lanes mel = filter (x + at.first_bin, weights, at.n_weights);
      block[j] = compress (plan, first + j, mel, mel_floor, whole_bits);
      weights += at.n_weights;
    }
    for (uint32_t j = n; j < N_LANES; j++)
      block[j] = mel_floor;     /* of no filter, and not stored */
    store_rows (block, frames, first, n);
  }
}

static void
compute (const Gemma4LogMelPlan *plan, const Gemma4LogMelFrames *frames, float *work)
{
  Point *x = (Point *) work;
  load_frames (plan, frames, x);
  transform (plan->fft, x);
  split (plan->fft, x);
  if (plan->power)
    filter_rows (plan, frames, x, true);
  else
    filter_rows (plan, frames, x, false);
}

/* The bits of positive floats are in the order of the floats, NaN behind
 * infinity: a difference below 0 tells of one above the limit. */
static bool
any_above (const float *samples, size_t n, float limit)
{
  const int32_t magnitude_mask = 0x7fffffff;
  int32_t limit_bits, bits, below = 0, differences[N_LANES] = { 0 };
  memcpy (&limit_bits, &limit, sizeof limit_bits);
  LanesInt all;
  memcpy (&all, differences, sizeof all);
  size_t i = 0;
  for (; i + N_LANES <= n; i += N_LANES)
    all = all | (limit_bits - (lanes_bits (lanes_load (samples + i)) & magnitude_mask));
  memcpy (differences, &all, sizeof all);
  for (size_t lane = 0; lane < N_LANES; lane++)
    below |= differences[lane];
  for (; i < n; i++) {
    memcpy (&bits, samples + i, sizeof bits);
    below |= limit_bits - (bits & magnitude_mask);
  }
  return below < 0;
}
