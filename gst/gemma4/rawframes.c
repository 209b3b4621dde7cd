/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rawframes.h"

#include "samples.h"

#include <string.h>

uint64_t
gemma4_raw_frames_n_rows (uint64_t n_samples)
{
  return n_samples / GEMMA4_RAW_FRAME_SAMPLES + (n_samples % GEMMA4_RAW_FRAME_SAMPLES != 0);
}

size_t
gemma4_raw_frames_copy (float *rows, const float *samples, size_t n_samples)
{
  if (n_samples > 0)
    memcpy (rows, (const void *) samples, n_samples * sizeof *rows);
  return gemma4_samples_replace_faults (rows, n_samples);
}

void
gemma4_raw_frames_copy_s16 (float *rows, const int16_t *samples, size_t n_samples)
{
  gemma4_samples_from_s16 (rows, samples, n_samples);
}
