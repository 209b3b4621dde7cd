/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sound as Gemma 4 12B ("unified") hears it, which has no audio encoder: rows of
 * raw samples, one row a soft token, zeros behind the last sample. Samples one
 * after the other are rows already, so all there is to do is to copy them. */

#include <gst/gemma4/visibility.h>

#include <stddef.h>
#include <stdint.h>

#define GEMMA4_RAW_FRAME_RATE_HZ 16000
#define GEMMA4_RAW_FRAME_SAMPLES 640    /* of a row: 40 ms */

/* Rows of a sound of @n_samples, and its soft tokens: n_samples / 640, rounded
 * up. There is no longest sound. */
GEMMA4_API uint64_t gemma4_raw_frames_n_rows (uint64_t n_samples);

/**
 * gemma4_raw_frames_copy:
 * Writes the next samples to where they belong in the rows.
 * @rows: (out): [n_samples] float32; what lies behind the last sample in its
 *   row is the caller's to fill with zeros
 * @samples: [n_samples], float32 in [-1, 1]; need not be aligned; NaN,
 *   infinity and values beyond 1e18 become 0
 * Returns: how many samples became 0 that way.
 * Accuracy: bit-exact. Source: transformers 5.17
 *   feature_extraction_gemma4_unified.py. Test: tests/check/libs/rawframes.c
 */
GEMMA4_API size_t gemma4_raw_frames_copy (float *rows, const float *samples,
    size_t n_samples);

/* The same for 16-bit samples, each divided by 32768. */
GEMMA4_API void gemma4_raw_frames_copy_s16 (float *rows, const int16_t * samples,
    size_t n_samples);
