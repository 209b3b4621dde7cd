/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: a bank of triangular filters on the HTK mel scale,
 * 2595 * log10 (1 + f / 700). The corners are equally far apart in mel, the
 * sides of the triangles are straight in Hz. Only weights above zero are kept:
 * 506 of 257 x 128 for Gemma 4. */

#include <gst/gemma4/logmel.h>

/* Where a filter lies on the spectrum. One that is narrower than the bins are
 * apart can be empty. */
typedef struct
{
  uint32_t first_bin;
  uint32_t n_weights;
} Gemma4MelFilter;

typedef struct
{
  uint32_t n_filters;
  float *weights;               /* those of filter 0, those of filter 1, ... */
  Gemma4MelFilter filters[];    /* [n_filters] */
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
