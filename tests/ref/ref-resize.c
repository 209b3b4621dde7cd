/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* After torchvision 0.26's resize of uint8, which is PyTorch 2.11
 * UpSampleKernel.cpp. */

#include "ref-resize.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* How the outputs of one pass are made from its inputs. */
typedef struct
{
  int n_out;
  int max_taps;
  int *first;                   /* [n_out] */
  int *n_taps;                  /* [n_out] */
  double *weights;              /* [n_out][max_taps] */
  int precision_bits;
} Pass;

/* Bicubic convolution with a = -0.5. */
static double
cubic (double x)
{
  const double a = -0.5;
  x = fabs (x);
  if (x < 1.0)
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0)
    return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
  return 0.0;
}

static int
clamp (int value, int low, int high)
{
  return value < low ? low : value > high ? high : value;
}

static void
compute_weights (Pass *pass, int n_in, int i)
{
  double scale = (double) n_in / pass->n_out;
  double support = scale >= 1.0 ? 2.0 * scale : 2.0;
  double inverse_scale = scale >= 1.0 ? 1.0 / scale : 1.0;
  double centre = scale * (i + 0.5);
  int first = clamp ((int) (centre - support + 0.5), 0, n_in);
  int end = clamp ((int) (centre + support + 0.5), 0, n_in);
  double *weights = pass->weights + (size_t) i * pass->max_taps;

  pass->first[i] = first;
  pass->n_taps[i] = clamp (end - first, 0, pass->max_taps);
  double sum = 0.0;
  for (int j = 0; j < pass->n_taps[i]; j++) {
    weights[j] = cubic ((j + first - centre + 0.5) * inverse_scale);
    sum += weights[j];
  }
  for (int j = 0; j < pass->n_taps[i]; j++)
    weights[j] /= sum;
}

/* The most bits, up to 22, with which the largest weight is below 2^15. */
static int
find_precision (const Pass *pass)
{
  double largest = 0.0;
  for (int i = 0; i < pass->n_out; i++)
    for (int j = 0; j < pass->n_taps[i]; j++)
      largest = fmax (largest, pass->weights[(size_t) i * pass->max_taps + j]);
  int bits = 0;
  while (bits < 22 && (int) (0.5 + largest * (1 << (bits + 1))) < 1 << 15)
    bits++;
  return bits;
}

static Pass
make_pass (int n_in, int n_out)
{
  double scale = (double) n_in / n_out;
  double support = scale >= 1.0 ? 2.0 * scale : 2.0;
  Pass pass = {.n_out = n_out,.max_taps = (int) ceil (support) * 2 + 1 };
  pass.first = calloc (n_out, sizeof (int));
  pass.n_taps = calloc (n_out, sizeof (int));
  pass.weights = calloc ((size_t) n_out * pass.max_taps, sizeof (double));
  for (int i = 0; i < n_out; i++)
    compute_weights (&pass, n_in, i);
  pass.precision_bits = find_precision (&pass);
  return pass;
}

static void
free_pass (Pass *pass)
{
  free (pass->first);
  free (pass->n_taps);
  free (pass->weights);
}

/* Half away from zero. */
static int
round_weight (double scaled)
{
  return scaled < 0.0 ? (int) (-0.5 + scaled) : (int) (0.5 + scaled);
}

/* @in: the first value with a weight, the others lie @step bytes apart */
static uint8_t
convolve (const uint8_t *in, ptrdiff_t step, const int *weights, int n_taps,
    int precision_bits)
{
  int32_t sum = 1 << (precision_bits - 1);
  for (int j = 0; j < n_taps; j++)
    sum += in[j * step] * weights[j];
  return clamp (sum >> precision_bits, 0, 255);
}

/* Resizes along one direction: @n_lines lines, whose values lie @in_step bytes
 * apart, and which begin @in_line bytes apart. */
static void
run_pass (int n_in, int n_out, int n_lines, const uint8_t *in,
    ptrdiff_t in_step, ptrdiff_t in_line, uint8_t *out, ptrdiff_t out_step,
    ptrdiff_t out_line)
{
  Pass pass = make_pass (n_in, n_out);
  int *weights = calloc (pass.max_taps, sizeof (int));
  for (int i = 0; i < n_out; i++) {
    const uint8_t *first = in + pass.first[i] * in_step;
    for (int j = 0; j < pass.n_taps[i]; j++)
      weights[j] = round_weight (pass.weights[(size_t) i * pass.max_taps + j]
          * (1 << pass.precision_bits));
    for (int line = 0; line < n_lines; line++)
      for (int c = 0; c < 3; c++)
        out[i * out_step + line * out_line + c] =
            convolve (first + line * in_line + c, in_step, weights,
            pass.n_taps[i], pass.precision_bits);
  }
  free (weights);
  free_pass (&pass);
}

void
ref_resize (const uint8_t *in, int in_width_px, int in_height_px,
    uint8_t *out, int out_width_px, int out_height_px)
{
  ptrdiff_t in_row = 3 * (ptrdiff_t) in_width_px;
  ptrdiff_t out_row = 3 * (ptrdiff_t) out_width_px;
  uint8_t *wide = malloc (in_height_px * out_row);

  if (in_width_px == out_width_px)
    memcpy (wide, in, in_height_px * out_row);
  else
    run_pass (in_width_px, out_width_px, in_height_px, in, 3, in_row, wide, 3,
        out_row);
  if (in_height_px == out_height_px)
    memcpy (out, wide, in_height_px * out_row);
  else
    run_pass (in_height_px, out_height_px, out_width_px, wide, out_row, 3, out,
        out_row, 3);
  free (wide);
}
