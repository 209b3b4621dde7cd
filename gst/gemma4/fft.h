/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the plan of a Fourier transform of a real signal, which
 * the kernels of logmel-batch.h follow. A signal of even length N is taken as
 * N/2 complex points, whose transform is put together from passes of radix 2, 3,
 * 4 and 5 (decimation in time, in place). */

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
  uint32_t n_points;            /* length / 2 */
  uint32_t n_passes;
  Gemma4FftPass passes[GEMMA4_FFT_MAX_PASSES];
  uint32_t *places;             /* [n_points]: where the first pass wants a point */
  float *turns;                 /* [n_points / 2 + 1][2]: exp (-2 pi i k / length), which
                                 * make a real spectrum of the complex one */
} Gemma4Fft;

/* Makes the plan for @length samples, a good length or twice that. Returns NULL
 * without memory. Owned by the caller, see gemma4_fft_free(). */
Gemma4Fft *gemma4_fft_new (uint32_t length);

/* Frees @self; NULL is allowed. */
void gemma4_fft_free (Gemma4Fft * self);
