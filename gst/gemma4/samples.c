/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "samples.h"

#include <math.h>
#include <string.h>

/* Louder than any sound, and small enough that no sum overflows. */
#define MAX_SAMPLE 1e18f

void
gemma4_samples_from_s16 (float *dst, const int16_t *src, size_t n)
{
  const char *bytes = (const char *) src;
  for (size_t i = 0; i < n; i++) {
    int16_t sample;
    memcpy (&sample, bytes + i * sizeof sample, sizeof sample);
    dst[i] = sample / 32768.0f;
  }
}

size_t
gemma4_samples_replace_faults (float *samples, size_t n)
{
  size_t n_replaced = 0;
  for (size_t i = 0; i < n; i++) {
    if (!(fabsf (samples[i]) <= MAX_SAMPLE)) {
      samples[i] = 0.0f;
      n_replaced++;
    }
  }
  return n_replaced;
}
