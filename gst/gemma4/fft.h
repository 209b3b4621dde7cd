/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the spectrum of a real signal, computed by kissfft in
 * float32. Lengths are even and have no prime factor but 2, 3 and 5. */

#include <stdbool.h>
#include <stdint.h>

#define GEMMA4_FFT_MIN_LENGTH 4
#define GEMMA4_FFT_MAX_LENGTH 65536

/* Whether @length is even, of the factors 2, 3 and 5, and within
 * [GEMMA4_FFT_MIN_LENGTH, GEMMA4_FFT_MAX_LENGTH]. */
bool gemma4_fft_is_good_length (uint32_t length);

/* The good length nearest to @length; of two equally near ones the longer. */
uint32_t gemma4_fft_nearest_good_length (uint32_t length);

typedef struct Gemma4Fft Gemma4Fft;

/* Makes a transform of @length samples, a good length or twice that. Returns
 * NULL without memory. Owned by the caller, see gemma4_fft_free(). */
Gemma4Fft *gemma4_fft_new (uint32_t length);

/* Frees @self; NULL is allowed. */
void gemma4_fft_free (Gemma4Fft * self);

/**
 * gemma4_fft_power:
 * Squared magnitude of the spectrum.
 * @signal: [length]
 * @power: (out): [length / 2 + 1]
 * Accuracy: the float32 transform leaves about 2e-7 of the loudest bin in
 *   every magnitude. Does not allocate.
 */
void gemma4_fft_power (Gemma4Fft * self, const float *signal, double *power);
