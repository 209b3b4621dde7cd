/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The passes of fft.h over Lanes, a type that the including file defines and to
 * which C's arithmetic applies. A complex point is two Lanes, re and im. */

typedef struct
{
  Lanes re;
  Lanes im;
} Point;

#define SQRT_HALF 0.707106781f

static LANES_INLINE Point
point_add (Point a, Point b)
{
  return (Point) { a.re + b.re, a.im + b.im };
}

static LANES_INLINE Point
point_subtract (Point a, Point b)
{
  return (Point) { a.re - b.re, a.im - b.im };
}

static LANES_INLINE Point
point_scale (Point a, float factor)
{
  return (Point) { a.re * factor, a.im * factor };
}

/* @a times -i. */
static LANES_INLINE Point
point_turn_back (Point a)
{
  return (Point) { a.im, -a.re };
}

static LANES_INLINE Point
point_multiply (Point a, const float *w)
{
  return (Point) { a.re * w[0] - a.im * w[1], a.re * w[1] + a.im * w[0] };
}

/* What becomes of the points of the last pass. */
typedef enum
{
  SPECTRUM_POINTS,
  SPECTRUM_POWER,
  SPECTRUM_MAGNITUDE,
} Spectrum;

static LANES_INLINE Lanes
point_bin (Point a, Spectrum spectrum)
{
  Lanes power = a.re * a.re + a.im * a.im;
  if (spectrum == SPECTRUM_MAGNITUDE)
    return lanes_sqrt (power);
  return power;
}

static LANES_INLINE void
dft_2 (Point *y)
{
  Point a = y[0], b = y[1];
  y[0] = point_add (a, b);
  y[1] = point_subtract (a, b);
}

static LANES_INLINE void
dft_3 (Point *y)
{
  const float sin_60 = 0.866025404f;
  Point a = y[0], sum = point_add (y[1], y[2]);
  Point middle = point_subtract (a, point_scale (sum, 0.5f));
  Point side = point_turn_back (point_scale (point_subtract (y[1], y[2]), sin_60));
  y[0] = point_add (a, sum);
  y[1] = point_add (middle, side);
  y[2] = point_subtract (middle, side);
}

static LANES_INLINE void
dft_4 (Point *y)
{
  Point even_sum = point_add (y[0], y[2]), even_difference = point_subtract (y[0], y[2]);
  Point odd_sum = point_add (y[1], y[3]);
  Point odd_difference = point_turn_back (point_subtract (y[1], y[3]));
  y[0] = point_add (even_sum, odd_sum);
  y[1] = point_add (even_difference, odd_difference);
  y[2] = point_subtract (even_sum, odd_sum);
  y[3] = point_subtract (even_difference, odd_difference);
}

static LANES_INLINE void
dft_5 (Point *y)
{
  const float cos_72 = 0.309016994f, cos_144 = -0.809016994f;
  const float sin_72 = 0.951056516f, sin_144 = 0.587785252f;
  Point a = y[0], outer = point_add (y[1], y[4]), inner = point_add (y[2], y[3]);
  Point outer_turned = point_turn_back (point_subtract (y[1], y[4]));
  Point inner_turned = point_turn_back (point_subtract (y[2], y[3]));
  Point middle_1 = point_add (a, point_add (point_scale (outer, cos_72),
          point_scale (inner, cos_144)));
  Point middle_2 = point_add (a, point_add (point_scale (outer, cos_144),
          point_scale (inner, cos_72)));
  Point side_1 = point_add (point_scale (outer_turned, sin_72),
      point_scale (inner_turned, sin_144));
  Point side_2 = point_subtract (point_scale (outer_turned, sin_144),
      point_scale (inner_turned, sin_72));
  y[0] = point_add (a, point_add (outer, inner));
  y[1] = point_add (middle_1, side_1);
  y[2] = point_add (middle_2, side_2);
  y[3] = point_subtract (middle_2, side_2);
  y[4] = point_subtract (middle_1, side_1);
}

/* Two transforms of 4, the second turned by eighths of a circle. */
static LANES_INLINE void
dft_8 (Point *y)
{
  Point even[] = { y[0], y[2], y[4], y[6] }, odd[] = { y[1], y[3], y[5], y[7] };
  dft_4 (even);
  dft_4 (odd);
  odd[1] = point_scale (point_add (odd[1], point_turn_back (odd[1])), SQRT_HALF);
  odd[2] = point_turn_back (odd[2]);
  odd[3] = point_scale (point_subtract (point_turn_back (odd[3]), odd[3]), SQRT_HALF);
  for (int k = 0; k < 4; k++) {
    y[k] = point_add (even[k], odd[k]);
    y[k + 4] = point_subtract (even[k], odd[k]);
  }
}

static LANES_INLINE void
dft (uint32_t radix, Point *y)
{
  if (radix == 2)
    dft_2 (y);
  else if (radix == 3)
    dft_3 (y);
  else if (radix == 4)
    dft_4 (y);
  else if (radix == 5)
    dft_5 (y);
  else
    dft_8 (y);
}

/* Where the last pass writes its points as bins. */
typedef struct
{
  Spectrum spectrum;            /* a constant in every copy of what follows */
  Lanes *bins;
  const uint32_t *places;       /* [n_points]: which bin a point becomes */
} Output;

/* Joins one point each of @radix transforms, @stride apart, point @k of the output;
 * without @twiddles all of them are 1. In place where the output are points. */
static LANES_INLINE void
butterfly (uint32_t radix, Point *x, size_t stride, size_t k, const float *twiddles, Output out)
{
  Point y[8];
  x += k;
  y[0] = x[0];
  for (size_t j = 1; j < radix; j++)
    y[j] = twiddles ? point_multiply (x[j * stride], twiddles + 2 * (j - 1)) : x[j * stride];
  dft (radix, y);
  for (size_t j = 0; j < radix; j++) {
    if (out.spectrum == SPECTRUM_POINTS)
      x[j * stride] = y[j];
    else
      out.bins[out.places[k + j * stride]] = point_bin (y[j], out.spectrum);
  }
}

/* @radix is a constant in every copy of this. */
static LANES_INLINE void
run_radix (uint32_t radix, Point *x, size_t n_points, const Gemma4FftPass *pass, Output out)
{
  size_t n_done = pass->n_done;
  for (size_t group = 0; group < n_points; group += radix * n_done) {
    const float *twiddles = pass->twiddles;
    butterfly (radix, x, n_done, group, NULL, out);
    for (size_t k = 1; k < n_done; k++) {
      twiddles += 2 * (radix - 1);
      butterfly (radix, x, n_done, group + k, twiddles, out);
    }
  }
}

static LANES_INLINE void
run_pass (Point *x, size_t n_points, const Gemma4FftPass *pass, Output out)
{
  if (pass->radix == 2)
    run_radix (2, x, n_points, pass, out);
  else if (pass->radix == 3)
    run_radix (3, x, n_points, pass, out);
  else if (pass->radix == 4)
    run_radix (4, x, n_points, pass, out);
  else if (pass->radix == 5)
    run_radix (5, x, n_points, pass, out);
  else
    run_radix (8, x, n_points, pass, out);
}

/* All passes but the last. */
static void
run_inner_passes (const Gemma4Fft *fft, Point *x)
{
  Output points = { SPECTRUM_POINTS, NULL, NULL };
  for (size_t i = 0; i + 1 < fft->n_passes; i++)
    run_pass (x, fft->n_points, &fft->passes[i], points);
}

/* Turns the points, whose even samples were their real parts, into twice the
 * spectrum of the real signal; bin k of it is bin @step * k of @bins. */
static LANES_INLINE void
split (const Gemma4Fft *fft, const Point *x, Lanes *bins, size_t step, Spectrum spectrum)
{
  size_t n = fft->n_points;
  const float *turn = fft->turns;
  Lanes zero = { 0 };
  Lanes first = x[0].re + x[0].im, last = x[0].re - x[0].im;
  bins[0] = point_bin ((Point) { first + first, zero }, spectrum);
  bins[step * n] = point_bin ((Point) { last + last, zero }, spectrum);
  for (size_t k = 1; k <= n / 2; k++) {
    Point a = x[k], b = { x[n - k].re, -x[n - k].im };
    Point even = point_add (a, b);
    Point odd = point_multiply (point_turn_back (point_subtract (a, b)), turn + 2 * k);
    bins[step * k] = point_bin (point_add (even, odd), spectrum);
    bins[step * (n - k)] = point_bin (point_subtract (even, odd), spectrum);
  }
}
