/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the samples of real signals, in Lanes, to the powers of their bins, as
 * fft.h plans it. */

#include "lanes-fft.h"

/* What @there says is a constant in every copy of this. */
static LANES_INLINE Lanes
add_leg (Lanes a, const Lanes *b, bool there)
{
  if (there)
    return a + *b;
  return a;
}

static LANES_INLINE Lanes
subtract_leg (Lanes a, const Lanes *b, bool there)
{
  if (there)
    return a - *b;
  return a;
}

static LANES_INLINE void
store_point (Lanes *dest, Point point)
{
  dest[0] = point.re;
  dest[1] = point.im;
}

/* Eight samples, n_points apart, from @s on: those that go into the parts 0 and 2.
 * @five: the last three are 0. */
static LANES_INLINE void
fold_even (const Gemma4Fft *fft, const Lanes *s, Lanes *part_0, Lanes *part_2, bool five)
{
  const uint32_t *places = fft->places;
  size_t n = fft->n_points;
  const float *shift = fft->shifts + 2 * n;
  for (size_t j = 0; j < n; j++, s++, shift += 2) {
    Lanes sum_04 = s[0] + s[4 * n];
    Lanes sum_15 = add_leg (s[n], s + 5 * n, !five);
    Lanes sum_26 = add_leg (s[2 * n], s + 6 * n, !five);
    Lanes sum_37 = add_leg (s[3 * n], s + 7 * n, !five);
    Point turned = { sum_04 - sum_26, sum_37 - sum_15 };
    part_0[places[j]] = sum_04 + sum_26;
    part_0[places[j + n]] = sum_15 + sum_37;
    store_point (part_2 + places[2 * j], point_multiply (turned, shift));
  }
}

/* The same for the parts 1 and 3. */
static LANES_INLINE void
fold_odd (const Gemma4Fft *fft, const Lanes *s, Lanes *part_1, Lanes *part_3, bool five)
{
  const uint32_t *places = fft->places;
  size_t n = fft->n_points;
  const float *shift_1 = fft->shifts, *shift_3 = fft->shifts + 4 * n;
  for (size_t j = 0; j < n; j++, s++, shift_1 += 2, shift_3 += 2) {
    Lanes left_04 = s[0] - s[4 * n];
    Lanes left_15 = subtract_leg (s[n], s + 5 * n, !five);
    Lanes left_26 = subtract_leg (s[2 * n], s + 6 * n, !five);
    Lanes left_37 = subtract_leg (s[3 * n], s + 7 * n, !five);
    Lanes across = (left_15 - left_37) * SQRT_HALF, along = (left_15 + left_37) * SQRT_HALF;
    Point first = { left_04 + across, -left_26 - along };
    Point third = { left_04 - across, left_26 - along };
    store_point (part_1 + places[2 * j], point_multiply (first, shift_1));
    store_point (part_3 + places[2 * j], point_multiply (third, shift_3));
  }
}

static void
transform_part_0 (const Gemma4Fft *fft, Point *x, Lanes *bins, size_t step, bool is_power)
{
  const Gemma4FftPass *last = &fft->passes[fft->n_passes - 1];
  run_inner_passes (fft, x);
  run_pass (x, fft->n_points, last, (Output) { SPECTRUM_POINTS, NULL, NULL });
  if (is_power)
    split (fft, x, bins, step, SPECTRUM_POWER);
  else
    split (fft, x, bins, step, SPECTRUM_MAGNITUDE);
}

static void
transform_part (const Gemma4Fft *fft, Point *x, Lanes *bins, uint32_t part, bool is_power)
{
  size_t n = fft->n_points;
  const Gemma4FftPass *last = &fft->passes[fft->n_passes - 1];
  const uint32_t *places = fft->bins + (part - 1) * n;
  run_inner_passes (fft, x);
  if (is_power)
    run_pass (x, n, last, (Output) { SPECTRUM_POWER, bins, places });
  else
    run_pass (x, n, last, (Output) { SPECTRUM_MAGNITUDE, bins, places });
}

/* Bins of the samples, of which all from @n_samples on are 0: powers or magnitudes. */
static void
transform (const Gemma4Fft *fft, const Lanes *samples, size_t n_samples, Point *x, Lanes *bins,
    bool is_power)
{
  size_t n = fft->n_points;
  Lanes *first = (Lanes *) x, *second = (Lanes *) (x + n);
  if (!fft->shifts) {
    for (size_t i = 0; i < 2 * n; i++)
      first[fft->places[i]] = samples[i];
    transform_part_0 (fft, x, bins, 1, is_power);
    return;
  }
  bool five = n_samples <= 5 * n;
  if (five)
    fold_even (fft, samples, first, second, true);
  else
    fold_even (fft, samples, first, second, false);
  transform_part_0 (fft, x, bins, 4, is_power);
  transform_part (fft, x + n, bins, 2, is_power);
  if (five)
    fold_odd (fft, samples, first, second, true);
  else
    fold_odd (fft, samples, first, second, false);
  transform_part (fft, x, bins, 1, is_power);
  transform_part (fft, x + n, bins, 3, is_power);
}
