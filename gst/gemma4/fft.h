/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the plan of a Fourier transform of a real signal, which
 * the kernels of logmel-batch.h follow. Where 16 divides the length N, a first
 * pass of radix 8 over real samples leaves four parts of N/8 complex points each:
 *
 *   part 0   a real signal of N/4 samples, taken as N/8 complex points: bins 4k
 *   part r   r = 1, 2, 3: bins 8k + r, of which those above N/2 mirror 8k - r
 *
 * Other even lengths have part 0 alone, which then is the signal itself. The
 * transform of a part is put together from passes of radix 8, 4, 2, 3 and 5
 * (decimation in time, in place). */

#include <stdbool.h>
#include <stdint.h>

#define GEMMA4_FFT_MIN_LENGTH 4
#define GEMMA4_FFT_MAX_LENGTH 65536

/* 3^10 points are the most passes below 65536 points. */
#define GEMMA4_FFT_MAX_PASSES 16

/* Whether @length is even, of the factors 2, 3 and 5, and within
 * [GEMMA4_FFT_MIN_LENGTH, GEMMA4_FFT_MAX_LENGTH]. */
bool gemma4_fft_is_good_length (uint32_t length);

/* The good length nearest to @length; of two equally near ones the longer. */
uint32_t gemma4_fft_nearest_good_length (uint32_t length);

/* Joins @radix transforms of @n_done points each to one. */
typedef struct
{
  uint32_t radix;
  uint32_t n_done;
  float *twiddles;              /* [n_done][radix - 1][2]: exp (-2 pi i j k / (radix n_done)) */
} Gemma4FftPass;

typedef struct
{
  uint32_t n_points;            /* of a part */
  uint32_t n_passes;
  Gemma4FftPass passes[GEMMA4_FFT_MAX_PASSES];
  uint32_t *places;             /* [2 * n_points]: where the first pass wants the real (even)
                                 * and imaginary parts of the points */
  float *turns;                 /* [n_points / 2 + 1][2]: exp (-pi i k / n_points), which
                                 * make the real spectrum of part 0 of the complex one */
  float *shifts;                /* [3][n_points][2]: 2 exp (-2 pi i r k / length), which
                                 * make part r of the first pass; NULL: no such parts */
  uint32_t *bins;               /* [3][n_points]: what the points of part r become */
} Gemma4Fft;

/* Makes the plan for @length samples, a good length or twice that. Returns NULL
 * without memory. Owned by the caller, see gemma4_fft_free(). */
Gemma4Fft *gemma4_fft_new (uint32_t length);

/* Frees @self; NULL is allowed. */
void gemma4_fft_free (Gemma4Fft * self);
