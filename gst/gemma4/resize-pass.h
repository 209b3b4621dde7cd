/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the weights of one pass of the resizer, along one axis. */

#include <gst/gemma4/status.h>

#include <stdint.h>

/* The inputs that make one output, in pairs: kernels multiply two at once. */
typedef struct
{
  uint32_t first;               /* pair of inputs at the first: 2 * first is an input */
  uint32_t n_pairs;             /* of taps */
  uint32_t offset;              /* of the first pair's weights, in pairs */
} Gemma4ResizeSpan;

/* Kernels may make so many outputs at once. */
#define GEMMA4_RESIZE_SPANS 8

typedef struct
{
  uint32_t n_inputs;
  uint32_t n_outputs;
  uint32_t max_pairs;           /* the most pairs of any output */
  uint32_t precision;           /* weights are scaled by 2^precision */
  Gemma4ResizeSpan *spans;      /* [n_outputs + GEMMA4_RESIZE_SPANS - 1], the last repeated */
  int16_t *weights;             /* those of all outputs, one after the other; 0 for an
                                 * input of a pair that the output does not need, and
                                 * for one behind the last input */
} Gemma4ResizePass;

/* Fills @pass, all zero before, for sizes in [1, 65535]. On error it needs
 * gemma4_resize_pass_clear() as well. */
GEMMA4_NODISCARD Gemma4Status gemma4_resize_pass_init (Gemma4ResizePass * pass,
    uint32_t n_inputs, uint32_t n_outputs);

void gemma4_resize_pass_clear (Gemma4ResizePass * pass);
