/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "resize-pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Finds the taps of every output; returns how many there are in all, which is
 * at most 4 * max (n_inputs, n_outputs) + 2 * n_outputs. */
static uint32_t
place_spans (Gemma4ResizePass *pass, const Geometry *geometry, uint32_t n_inputs)
{
  uint32_t n_weights = 0;
  for (uint32_t i = 0; i < pass->n_outputs; i++) {
    double centre = geometry->scale * (i + 0.5);
    int32_t first = (int32_t) (centre - geometry->support + 0.5);
    uint32_t end = (uint32_t) (centre + geometry->support + 0.5);
    Gemma4ResizeSpan *span = &pass->spans[i];
    span->first = first > 0 ? first : 0;
    span->n_taps = (end < n_inputs ? end : n_inputs) - span->first;
    span->offset = n_weights;
    n_weights += span->n_taps;
    if (span->n_taps > pass->max_taps)
      pass->max_taps = span->n_taps;
  }
  return n_weights;
}

/* Writes the weights of output @i, with the sum 1, to @weights; returns the
 * largest. */
static double
weigh_taps (const Gemma4ResizeSpan *span, const Geometry *geometry, uint32_t i,
    double *weights)
{
  double centre = geometry->scale * (i + 0.5);
  double sum = 0;
  for (uint32_t j = 0; j < span->n_taps; j++) {
    weights[j] = cubic ((j + span->first - centre + 0.5) * geometry->narrow);
    sum += weights[j];
  }
  double largest = 0;
  for (uint32_t j = 0; j < span->n_taps; j++) {
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
weigh (Gemma4ResizePass *pass, const Geometry *geometry, double *weights, uint32_t n_weights)
{
  double largest = 0;
  for (uint32_t i = 0; i < pass->n_outputs; i++)
    largest = fmax (largest, weigh_taps (&pass->spans[i], geometry, i,
            weights + pass->spans[i].offset));

  pass->precision = choose_precision (largest);
  for (uint32_t k = 0; k < n_weights; k++)
    pass->weights[k] = (int16_t) round (weights[k] * (1 << pass->precision));
}

Gemma4Status
gemma4_resize_pass_init (Gemma4ResizePass *pass, uint32_t n_inputs, uint32_t n_outputs)
{
  pass->n_inputs = n_inputs;
  pass->n_outputs = n_outputs;
  if (n_inputs == n_outputs)
    return GEMMA4_OK;

  pass->spans = calloc (n_outputs, sizeof *pass->spans);
  if (!pass->spans)
    return GEMMA4_NO_MEMORY;
  Geometry geometry = geometry_of (n_inputs, n_outputs);
  uint32_t n_weights = place_spans (pass, &geometry, n_inputs);

  double *weights = calloc (n_weights, sizeof *weights);
  pass->weights = calloc (n_weights, sizeof *pass->weights);
  if (weights && pass->weights)
    weigh (pass, &geometry, weights, n_weights);
  Gemma4Status status = weights && pass->weights ? GEMMA4_OK : GEMMA4_NO_MEMORY;
  free (weights);
  return status;
}

static uint64_t
round_up (uint64_t n, uint32_t multiple)
{
  return (n + multiple - 1) / multiple * multiple;
}

Gemma4Status
gemma4_resize_pass_pad (Gemma4ResizePass *pass, uint32_t multiple)
{
  if (!pass->spans || multiple <= 1)
    return GEMMA4_OK;
  if (round_up (pass->max_taps, multiple) > pass->n_inputs)
    return GEMMA4_BAD_ARGUMENT;
  size_t n_weights = 0;
  for (uint32_t i = 0; i < pass->n_outputs; i++)
    n_weights += round_up (pass->spans[i].n_taps, multiple);
  int16_t *weights = n_weights <= UINT32_MAX ? calloc (n_weights, sizeof *weights) : NULL;
  if (!weights)
    return GEMMA4_NO_MEMORY;

  uint32_t offset = 0;
  for (uint32_t i = 0; i < pass->n_outputs; i++) {
    Gemma4ResizeSpan *span = &pass->spans[i];
    uint32_t n_taps = (uint32_t) round_up (span->n_taps, multiple);
    uint32_t last_first = pass->n_inputs - n_taps;
    uint32_t first = span->first < last_first ? span->first : last_first;
    memcpy (weights + offset + (span->first - first), pass->weights + span->offset,
        span->n_taps * sizeof *weights);
    *span = (Gemma4ResizeSpan) { first, n_taps, offset };
    offset += n_taps;
  }
  free (pass->weights);
  pass->weights = weights;
  pass->max_taps = (uint32_t) round_up (pass->max_taps, multiple);
  return GEMMA4_OK;
}

void
gemma4_resize_pass_clear (Gemma4ResizePass *pass)
{
  free (pass->spans);
  free (pass->weights);
  *pass = (Gemma4ResizePass) { 0 };
}
