/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The body of a set of kernels of logmel-batch.h, compiled once for every
 * instruction set. The including file defines before:
 *
 *   N_LANES, LANES_INLINE
 *   Lanes, LanesInt    float and int32_t, or vectors of N_LANES of them
 *   N_BLOCK            a multiple of N_LANES and of 4
 *   lanes_sqrt(), lanes_max(), lanes_from_int()
 *   lanes_transpose()  of N_LANES x N_LANES values, in place
 *
 * and then makes the struct with compute(). */

#include "logmel-batch.h"

#include <string.h>

#define LANES_UNROLL _Pragma ("GCC unroll 16")

static LANES_INLINE Lanes
lanes_load (const float *src)
{
  Lanes x;
  memcpy (&x, src, sizeof x);
  return x;
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

/* So many logarithms are taken at once: a processor overlaps only what stands near. */
#define N_LOGS 4

/* ln (x * 2^exponent) of N_LOGS positive normal @x: x is m * 2^n, m within [sqrt (1/2),
 * sqrt (2)), f = m - 1, and ln (1 + f) = f + f^2 (f P (f) - 1/2), P of least
 * relative error, 3.2e-8. The rounded sum is within 2 units in the last place.
 * @scaled_exponent: exponent * 2^23 */
static LANES_INLINE void
lanes_log (Log *logs, const Lanes *x, Lanes scaled_exponent)
{
  const float ln2_high = 0x1.63p-24f, ln2_low = -0x1.bd0106p-36f; /* of ln 2 / 2^23 */
  const int32_t sqrt_half_bits = 0x3f3504f3, exponent_mask = 0xff800000;
  for (int i = 0; i < N_LOGS; i++) {
    LanesInt bits = lanes_bits (x[i]);
    LanesInt n = (bits - sqrt_half_bits) & exponent_mask;
    Lanes f = lanes_from_bits (bits - n) - 1.0f, f_2 = f * f;
    Lanes low = (f * 0.333339107f - 0.5f) + (f * 0.199630637f - 0.250013370f) * f_2;
    Lanes high = (f * 0.149147692f - 0.165775848f) + (f * 0.0870043057f - 0.142674862f) * f_2;
    Lanes scaled_n = lanes_from_int (n) + scaled_exponent;
    Lanes p = low + high * (f_2 * f_2);
    logs[i] = (Log) { scaled_n * ln2_high, f + (f_2 * p + scaled_n * ln2_low) };
  }
}

#include "lanes-spectrum.h"

/* Turns N_LANES samples of every frame into Lanes and windows them; [n] in all,
 * zeros behind the window. */
static void
load_frames (const Gemma4LogMelPlan *plan, const Gemma4LogMelFrames *frames, Lanes *samples,
    size_t n)
{
  const float *window = plan->window;
  size_t frame_length = plan->frame_length, i = 0;
  for (; i + N_LANES <= frame_length; i += N_LANES) {
    Lanes block[N_LANES];
    for (size_t lane = 0; lane < N_LANES; lane++)
      block[lane] = lanes_load (frames->frames[lane] + i);
    lanes_transpose (block);
    LANES_UNROLL
    for (size_t j = 0; j < N_LANES; j++)
      samples[i + j] = block[j] * window[i + j];
  }
  for (; i < frame_length; i++) {
    float sample[N_LANES];
    for (size_t lane = 0; lane < N_LANES; lane++)
      sample[lane] = frames->frames[lane][i];
    samples[i] = lanes_load (sample) * window[i];
  }
  for (; i < n; i++)
    samples[i] = (Lanes) { 0 };
}

/* What the bins between two corners give the filters that fall and rise there. */
typedef struct
{
  Lanes falling;
  Lanes rising;
} Slopes;

static LANES_INLINE Slopes
sum_bins (const Lanes *bins, const float *weights, size_t n)
{
  Lanes zero = { 0 };
  Slopes sum = { zero, zero };
  for (; n > 0; n--, bins++, weights += 2) {
    sum.falling = sum.falling + *bins * weights[0];
    sum.rising = sum.rising + *bins * weights[1];
  }
  return sum;
}

static LANES_INLINE void
add_exactly (Lanes *sum, Lanes *carry, Lanes next)
{
  next = next - *carry;
  Lanes total = *sum + next;
  *carry = (total - *sum) - next;
  *sum = total;
}

/* So many bins are summed up without compensation. */
#define SUM_BLOCK 32

/* Kahan's sum of the sums of blocks, so that wide filters stay exact. */
static Slopes
sum_wide (const Lanes *bins, const float *weights, size_t n)
{
  Lanes zero = { 0 };
  Slopes sum = { zero, zero }, carry = { zero, zero };
  for (size_t i = 0; i < n; i += SUM_BLOCK) {
    Slopes next = sum_bins (bins + i, weights + 2 * i, n - i < SUM_BLOCK ? n - i : SUM_BLOCK);
    add_exactly (&sum.falling, &carry.falling, next.falling);
    add_exactly (&sum.rising, &carry.rising, next.rising);
  }
  return sum;
}

static LANES_INLINE Slopes
sum_segment (const Lanes *bins, const float *weights, size_t n)
{
  if (n > SUM_BLOCK)
    return sum_wide (bins, weights, n);
  return sum_bins (bins, weights, n);
}

/* In double precision: mean and stddev can enlarge what rounding leaves. */
static LANES_INLINE Lanes
normalise (Log mel, double mean, double stddev)
{
  float high[N_LANES], low[N_LANES];
  memcpy (high, &mel.high, sizeof high);
  memcpy (low, &mel.low, sizeof low);
  for (size_t lane = 0; lane < N_LANES; lane++)
    high[lane] = (float) (((double) high[lane] + (double) low[lane] - mean) / stddev);
  return lanes_load (high);
}

/* What lanes of a batch add to their filters, and to their logarithms. */
typedef struct
{
  Lanes mel_floor;
  Lanes scaled_exponent;
} Offsets;

static LANES_INLINE Offsets
load_offsets (const Gemma4LogMelFrames *frames)
{
  LanesInt exponents;
  memcpy (&exponents, frames->exponents, sizeof exponents);
  return (Offsets) { lanes_load (frames->floors), lanes_from_int (exponents) * 8388608.0f };
}

/* N_LOGS filters from @mels on, filter @m and those behind it, to logarithms. */
static LANES_INLINE void
compress (const Gemma4LogMelPlan *plan, Offsets offsets, Lanes *mels, size_t m)
{
  Lanes kept[N_LOGS];
  Log logs[N_LOGS];
  bool adds_floor = plan->adds_floor;
  for (size_t j = 0; j < N_LOGS; j++) {
    kept[j] = lanes_max (mels[j], offsets.mel_floor);
    if (adds_floor)
      kept[j] = mels[j] + offsets.mel_floor;
  }
  lanes_log (logs, kept, offsets.scaled_exponent);
  for (size_t j = 0; j < N_LOGS; j++)
    mels[j] = logs[j].high + logs[j].low;
  for (size_t j = 0; plan->mean && j < N_LOGS && m + j < plan->bank->n_filters; j++)
    mels[j] = normalise (logs[j], plan->mean[m + j], plan->stddev[m + j]);
}

static LANES_INLINE void
store_rows (Lanes *block, float *const *rows, size_t first, size_t n)
{
  lanes_transpose (block);
  const float *values = (const float *) block;
  if (n == N_BLOCK) {
    LANES_UNROLL
    for (size_t lane = 0; lane < N_LANES; lane++)
      memcpy (rows[lane] + first, values + lane * N_BLOCK, N_BLOCK * sizeof values[0]);
    return;
  }
  for (size_t lane = 0; lane < N_LANES; lane++)
    memcpy (rows[lane] + first, values + lane * N_BLOCK, n * sizeof values[0]);
}

static void
filter_rows (const Gemma4LogMelPlan *plan, const Gemma4LogMelFrames *frames, const Lanes *bins)
{
  const Gemma4MelBank *bank = plan->bank;
  const uint32_t *segment = bank->segments;
  const float *weights = bank->weights;
  Offsets offsets = load_offsets (frames);
  size_t n_filters = bank->n_filters;
  bins += bank->first_bin;
  Lanes rising = sum_segment (bins, weights, *segment).rising;
  for (size_t first = 0; first < n_filters; first += N_BLOCK) {
    size_t n = n_filters - first < N_BLOCK ? n_filters - first : N_BLOCK;
    Lanes block[N_BLOCK];
    for (size_t j = 0; j < n; j++) {
      bins += *segment;
      weights += 2 * (size_t) *segment++;
      Slopes slopes = sum_segment (bins, weights, *segment);
      block[j] = rising + slopes.falling;
      rising = slopes.rising;
    }
    for (size_t j = n; j < N_BLOCK; j++)
      block[j] = offsets.mel_floor;     /* of no filter, and not stored */
    for (size_t j = 0; j < N_BLOCK; j += N_LOGS)
      compress (plan, offsets, block + j, first + j);
    store_rows (block, frames->rows, first, n);
  }
}

static void
compute (const Gemma4LogMelPlan *plan, const Gemma4LogMelFrames *frames, float *work)
{
  const Gemma4Fft *fft = plan->fft;
  size_t n_points = fft->n_points;
  Lanes *samples = (Lanes *) work, *bins = samples + 8 * n_points;
  Point *x = (Point *) (bins + 4 * n_points + 1);
  size_t n_samples = 2 * n_points;
  if (fft->shifts)
    n_samples = plan->frame_length <= 5 * n_points ? 5 * n_points : 8 * n_points;
  load_frames (plan, frames, samples, n_samples);
  transform (fft, samples, plan->frame_length, x, bins, plan->power);
  filter_rows (plan, frames, bins);
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
  _Pragma ("GCC unroll 4")
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
