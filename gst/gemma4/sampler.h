/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which frames of a video the model sees. */

#include <gst/gemma4/target.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * gemma4_clip_index:
 * The frame that stands at place @i of @n_frames evenly taken from @n_total:
 * i*(total-1)/(n-1) for kerashub, i*total/n for transformers, in integers. With
 * no more than @n_frames in all it is @i.
 * @i: [0, min (n_frames, n_total)); @n_frames: > 0
 * Accuracy: exact for any 64-bit count.
 * Source: keras-hub 71453d08f gemma4_video_converter.py (linspace rule),
 *   transformers 5.17 video_processing_utils.py
 * Test: tests/check/libs/sampler.c
 */
GEMMA4_API uint64_t gemma4_clip_index (Gemma4Target target, uint64_t i, uint64_t n_frames,
    uint64_t n_total);

/**
 * gemma4_clip_time:
 * The same by time, for video without a frame rate: when slot @i lies, in ns
 * from the start of a clip of @duration_ns, rounded down.
 * @i: [0, n_frames); @n_frames: > 0
 */
GEMMA4_API uint64_t gemma4_clip_time (Gemma4Target target, uint64_t i, uint64_t n_frames,
    uint64_t duration_ns);

/**
 * Gemma4Grid:
 * Takes the first frame at or after every point t0 + k/rate, t0 being the first
 * frame. It looks at times alone and never counts frames, so a variable frame
 * rate is served like any other. A frame later than several points serves all
 * of them and is taken once; the next point is then the first after it. Every
 * point is worked out from t0 anew and rounded down to a nanosecond, as time
 * stamps are: nothing drifts. Nothing is held back. Zero-initialise to reset.
 */
typedef struct
{
  bool started;
  uint64_t origin_ns;           /* t0 */
  uint64_t next;                /* k of the next point to be served, from 0 */
} Gemma4Grid;

/**
 * gemma4_grid_take:
 * @time_ns: of this frame; one before the origin is not taken
 * @rate_n, @rate_d: points a second, as a fraction, both > 0; at most 10^9
 * Returns: whether the frame is taken.
 */
GEMMA4_API bool gemma4_grid_take (Gemma4Grid * grid, uint64_t time_ns, uint32_t rate_n,
    uint32_t rate_d);

/**
 * Gemma4Thinner:
 * For a clip whose length nobody knows: says which frames to keep so that at
 * any moment an evenly spaced set of at most @capacity is there: the multiples
 * of @stride. When it is full, every second one goes and the stride doubles, so
 * later on it holds at least half of @capacity.
 */
typedef struct
{
  uint64_t capacity;            /* even, >= 2 */
  uint64_t stride;              /* frames from one kept to the next; a power of two */
  uint64_t n_seen;
} Gemma4Thinner;

GEMMA4_API void gemma4_thinner_init (Gemma4Thinner * thinner, uint64_t capacity);

/**
 * gemma4_thinner_next:
 * Asks about the next frame.
 * @halve: (out): true when every second kept frame (the odd places) must be
 *   given up first
 * Returns: whether to keep the frame.
 */
GEMMA4_API bool gemma4_thinner_next (Gemma4Thinner * thinner, bool *halve);
