/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: a bank of triangular filters on the HTK mel scale,
 * 2595 * log10 (1 + f / 700). The corners are equally far apart in mel, the
 * sides of the triangles are straight in Hz. Only weights above zero are kept:
 * 506 of 257 x 128 for Gemma 4. */

#include <gst/gemma4/logmel.h>

/* Between two neighbouring corners one filter rises while the one before it falls,
 * so each bin is under two of them. Segment i lies between the corners i and i + 1:
 * filter i rises in it, filter i - 1 falls. */
typedef struct
{
  uint32_t n_filters;
  uint32_t first_bin;           /* of segment 0 */
  uint32_t *segments;           /* [n_filters + 1]: how many bins each has */
  float *weights;               /* [bins of all segments][2]: falling, rising; 0 for the
                                 * filters -1 and n_filters, which are none */
} Gemma4MelBank;

/**
 * gemma4_melbank_new:
 * Makes the bank that @params ask for, which gemma4_logmel_check() has passed.
 * @fft_length: bin i of the spectrum is at i * sampling_rate_hz / fft_length
 * Returns: owned by the caller, see gemma4_melbank_free(); NULL without memory.
 */
Gemma4MelBank *gemma4_melbank_new (const Gemma4LogMelParams * params, uint32_t fft_length);

/* Frees @self; NULL is allowed. */
void gemma4_melbank_free (Gemma4MelBank * self);
