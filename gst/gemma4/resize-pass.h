/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the weights of one pass of the resizer, along one axis. */

#include <gst/gemma4/status.h>

#include <stdint.h>

/* The inputs that make one output. */
typedef struct
{
  uint32_t first;               /* input at the first tap */
  uint32_t n_taps;
  uint32_t offset;              /* of the first tap's weight */
} Gemma4ResizeSpan;

typedef struct
{
  uint32_t n_inputs;
  uint32_t n_outputs;
  uint32_t max_taps;            /* the most taps of any output */
  uint32_t precision;           /* weights are scaled by 2^precision */
  Gemma4ResizeSpan *spans;      /* [n_outputs]; NULL if the sizes are equal: no pass */
  int16_t *weights;             /* those of all outputs, one after the other */
} Gemma4ResizePass;

/* Fills @pass, all zero before, for sizes in [1, 65535]. On error it needs
 * gemma4_resize_pass_clear() as well. */
GEMMA4_NODISCARD Gemma4Status gemma4_resize_pass_init (Gemma4ResizePass * pass,
    uint32_t n_inputs, uint32_t n_outputs);

/**
 * gemma4_resize_pass_pad:
 * Widens every span to a multiple of @multiple taps with weights of 0, before
 * its taps where the inputs end behind them. The outputs stay the same.
 * Returns: GEMMA4_OK; GEMMA4_BAD_ARGUMENT if there are too few inputs, or
 *   GEMMA4_NO_MEMORY: nothing has changed.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_resize_pass_pad (Gemma4ResizePass * pass,
    uint32_t multiple);

void gemma4_resize_pass_clear (Gemma4ResizePass * pass);
