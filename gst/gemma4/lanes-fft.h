/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The passes of fft.h over Lanes, a type that the including file defines and to
 * which C's arithmetic applies. A complex point is two Lanes, re and im. */

typedef struct
{
  Lanes re;
  Lanes im;
} Point;

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

/* Leg @j of a butterfly; without @twiddles all of them are 1. */
static LANES_INLINE Point
point_load (const Point *x, size_t stride, uint32_t j, const float *twiddles)
{
  Point p = x[j * stride];
  return j > 0 && twiddles ? point_multiply (p, twiddles + 2 * (j - 1)) : p;
}

static LANES_INLINE void
butterfly_2 (Point *x, size_t stride, const float *twiddles)
{
  Point a = point_load (x, stride, 0, twiddles);
  Point b = point_load (x, stride, 1, twiddles);
  x[0] = point_add (a, b);
  x[stride] = point_subtract (a, b);
}

static LANES_INLINE void
butterfly_3 (Point *x, size_t stride, const float *twiddles)
{
  const float sin_60 = 0.866025404f;
  Point a = point_load (x, stride, 0, twiddles);
  Point b = point_load (x, stride, 1, twiddles);
  Point c = point_load (x, stride, 2, twiddles);
  Point sum = point_add (b, c);
  Point middle = point_subtract (a, point_scale (sum, 0.5f));
  Point side = point_turn_back (point_scale (point_subtract (b, c), sin_60));
  x[0] = point_add (a, sum);
  x[stride] = point_add (middle, side);
  x[2 * stride] = point_subtract (middle, side);
}

static LANES_INLINE void
butterfly_4 (Point *x, size_t stride, const float *twiddles)
{
  Point a = point_load (x, stride, 0, twiddles);
  Point b = point_load (x, stride, 1, twiddles);
  Point c = point_load (x, stride, 2, twiddles);
  Point d = point_load (x, stride, 3, twiddles);
  Point even_sum = point_add (a, c), even_difference = point_subtract (a, c);
  Point odd_sum = point_add (b, d);
  Point odd_difference = point_turn_back (point_subtract (b, d));
  x[0] = point_add (even_sum, odd_sum);
  x[stride] = point_add (even_difference, odd_difference);
  x[2 * stride] = point_subtract (even_sum, odd_sum);
  x[3 * stride] = point_subtract (even_difference, odd_difference);
}

static LANES_INLINE void
butterfly_5 (Point *x, size_t stride, const float *twiddles)
{
  const float cos_72 = 0.309016994f, cos_144 = -0.809016994f;
  const float sin_72 = 0.951056516f, sin_144 = 0.587785252f;
  Point a = point_load (x, stride, 0, twiddles);
  Point b = point_load (x, stride, 1, twiddles);
  Point c = point_load (x, stride, 2, twiddles);
  Point d = point_load (x, stride, 3, twiddles);
  Point e = point_load (x, stride, 4, twiddles);
  Point outer = point_add (b, e), inner = point_add (c, d);
  Point outer_turned = point_turn_back (point_subtract (b, e));
  Point inner_turned = point_turn_back (point_subtract (c, d));
  Point middle_1 = point_add (a, point_add (point_scale (outer, cos_72),
          point_scale (inner, cos_144)));
  Point middle_2 = point_add (a, point_add (point_scale (outer, cos_144),
          point_scale (inner, cos_72)));
  Point side_1 = point_add (point_scale (outer_turned, sin_72),
      point_scale (inner_turned, sin_144));
  Point side_2 = point_subtract (point_scale (outer_turned, sin_144),
      point_scale (inner_turned, sin_72));
  x[0] = point_add (a, point_add (outer, inner));
  x[stride] = point_add (middle_1, side_1);
  x[2 * stride] = point_add (middle_2, side_2);
  x[3 * stride] = point_subtract (middle_2, side_2);
  x[4 * stride] = point_subtract (middle_1, side_1);
}

static LANES_INLINE void
butterfly (uint32_t radix, Point *x, size_t stride, const float *twiddles)
{
  if (radix == 2)
    butterfly_2 (x, stride, twiddles);
  else if (radix == 3)
    butterfly_3 (x, stride, twiddles);
  else if (radix == 4)
    butterfly_4 (x, stride, twiddles);
  else
    butterfly_5 (x, stride, twiddles);
}

/* @radix is a constant in every copy of this. */
static LANES_INLINE void
run_pass (uint32_t radix, Point *x, uint32_t n_points, const Gemma4FftPass *pass)
{
  size_t n_done = pass->n_done;
  const float *twiddles = pass->twiddles;
  for (size_t group = 0; group < n_points; group += radix * n_done)
    butterfly (radix, x + group, n_done, NULL);
  for (size_t k = 1; k < n_done; k++) {
    twiddles += 2 * (radix - 1);
    for (size_t group = 0; group < n_points; group += radix * n_done)
      butterfly (radix, x + group + k, n_done, twiddles);
  }
}

static void
transform (const Gemma4Fft *fft, Point *x)
{
  for (uint32_t i = 0; i < fft->n_passes; i++) {
    const Gemma4FftPass *pass = &fft->passes[i];
    if (pass->radix == 2)
      run_pass (2, x, fft->n_points, pass);
    else if (pass->radix == 3)
      run_pass (3, x, fft->n_points, pass);
    else if (pass->radix == 4)
      run_pass (4, x, fft->n_points, pass);
    else
      run_pass (5, x, fft->n_points, pass);
  }
}

/* Squared magnitude. */
static LANES_INLINE Lanes
point_power (Point a)
{
  return a.re * a.re + a.im * a.im;
}

/* Turns the points, whose even samples were their real parts, into twice the
 * spectrum of the real signal, and that into the power of bin k in x[k].re. */
static void
split (const Gemma4Fft *fft, Point *x)
{
  uint32_t n = fft->n_points;
  Lanes first = x[0].re + x[0].im, last = x[0].re - x[0].im;
  first = first + first;
  last = last + last;
  x[0].re = first * first;
  x[n].re = last * last;
  for (uint32_t k = 1; k <= n / 2; k++) {
    Point a = x[k], b = { x[n - k].re, -x[n - k].im };
    Point even = point_add (a, b);
    Point odd = point_multiply (point_turn_back (point_subtract (a, b)), fft->turns + 2 * k);
    x[k].re = point_power (point_add (even, odd));
    x[n - k].re = point_power (point_subtract (even, odd));
  }
}
