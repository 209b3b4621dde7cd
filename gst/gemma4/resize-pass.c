/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resize-pass.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_PRECISION = 22 };

/* The cubic kernel with a = -0.5. */
static double
cubic (double x)
{
  const double a = -0.5;
  x = fabs (x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/* How one axis is scaled: the kernel is widened by @scale when it shrinks. */
typedef struct
{
  double scale;
  double support;               /* reach of the kernel, in inputs */
  double narrow;                /* from inputs to the kernel's unit, at most 1 */
} Geometry;

static Geometry
geometry_of (uint32_t n_inputs, uint32_t n_outputs)
{
  double scale = (double) n_inputs / n_outputs;
  double widening = fmax (scale, 1);
  return (Geometry) { scale, 2 * widening, 1 / widening };
}

/* The inputs under the kernel of one output. */
typedef struct
{
  uint32_t first;
  uint32_t n_taps;
} Taps;

static Taps
find_taps (const Geometry *geometry, uint32_t n_inputs, uint32_t i)
{
  double centre = geometry->scale * (i + 0.5);
  int32_t first = (int32_t) (centre - geometry->support + 0.5);
  uint32_t end = (uint32_t) (centre + geometry->support + 0.5);
  first = first > 0 ? first : 0;
  return (Taps) { first, (end < n_inputs ? end : n_inputs) - first };
}

/* Places the pairs that hold all taps; returns how many there are. */
static size_t
place_spans (Gemma4ResizePass *pass, const Geometry *geometry)
{
  size_t n_pairs = 0;
  for (uint32_t i = 0; i < pass->n_outputs; i++) {
    Taps taps = find_taps (geometry, pass->n_inputs, i);
    Gemma4ResizeSpan *span = &pass->spans[i];
    span->first = taps.first / 2;
    span->n_pairs = (taps.first % 2 + taps.n_taps + 1) / 2;
    span->offset = n_pairs;
    n_pairs += span->n_pairs;
    if (span->n_pairs > pass->max_pairs)
      pass->max_pairs = span->n_pairs;
  }
  for (uint32_t i = 0; i < GEMMA4_RESIZE_SPANS - 1; i++)
    pass->spans[pass->n_outputs + i] = pass->spans[pass->n_outputs - 1];
  return n_pairs;
}

/* Writes the weights of output @i, with the sum 1, to @weights, which are 0; returns the
 * largest. */
static double
weigh_taps (const Gemma4ResizePass *pass, const Geometry *geometry, uint32_t i, double *weights)
{
  double centre = geometry->scale * (i + 0.5);
  double sum = 0, largest = 0;
  Taps taps = find_taps (geometry, pass->n_inputs, i);
  weights += taps.first % 2;
  for (uint32_t j = 0; j < taps.n_taps; j++) {
    weights[j] = cubic ((j + taps.first - centre + 0.5) * geometry->narrow);
    sum += weights[j];
  }
  for (uint32_t j = 0; j < taps.n_taps; j++) {
    weights[j] /= sum;
    largest = fmax (largest, weights[j]);
  }
  return largest;
}

/* The most bits after the point with which the largest weight fits 16 bits. */
static uint32_t
choose_precision (double largest)
{
  uint32_t precision = 0;
  while (precision < MAX_PRECISION
      && (int) (0.5 + largest * (1 << (precision + 1))) < 1 << 15)
    precision++;
  return precision;
}

static void
weigh (Gemma4ResizePass *pass, const Geometry *geometry, double *weights, size_t n_weights)
{
  double largest = 0;
  for (uint32_t i = 0; i < pass->n_outputs; i++)
    largest = fmax (largest, weigh_taps (pass, geometry, i,
            weights + 2 * (size_t) pass->spans[i].offset));

  pass->precision = choose_precision (largest);
  for (size_t k = 0; k < n_weights; k++)
    pass->weights[k] = (int16_t) round (weights[k] * (1 << pass->precision));
}

Gemma4Status
gemma4_resize_pass_init (Gemma4ResizePass *pass, uint32_t n_inputs, uint32_t n_outputs)
{
  pass->n_inputs = n_inputs;
  pass->n_outputs = n_outputs;
  pass->spans = calloc (n_outputs + GEMMA4_RESIZE_SPANS - 1, sizeof *pass->spans);
  if (!pass->spans)
    return GEMMA4_NO_MEMORY;
  Geometry geometry = geometry_of (n_inputs, n_outputs);
  size_t n_weights = 2 * place_spans (pass, &geometry);

  double *weights = calloc (n_weights, sizeof *weights);
  pass->weights = calloc (n_weights, sizeof *pass->weights);
  if (weights && pass->weights)
    weigh (pass, &geometry, weights, n_weights);
  Gemma4Status status = weights && pass->weights ? GEMMA4_OK : GEMMA4_NO_MEMORY;
  free (weights);
  return status;
}

void
gemma4_resize_pass_clear (Gemma4ResizePass *pass)
{
  free (pass->spans);
  free (pass->weights);
  *pass = (Gemma4ResizePass) { 0 };
}
