/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which frames of a video are taken, and how their times are written.
 * Sources: keras-hub 71453d08f, gemma4_video_converter.py (linspace from the
 * first to the last frame); transformers 5.17.0, video_processing_utils.py
 * (arange over the whole clip) and processing_gemma4.py (mm:ss). Where their
 * floats stray from the rule, the rule is exact here. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* floor (i * (n_total - 1) / (n_frames - 1)); all frames if there are no more. */
uint64_t ref_linspace_index (uint64_t i, uint64_t n_frames, uint64_t n_total);

/* floor (i * n_total / n_frames); all frames if there are no more. */
uint64_t ref_arange_index (uint64_t i, uint64_t n_frames, uint64_t n_total);

/**
 * ref_grid:
 * Marks the first frame at or after each point t0 + k / rate, t0 being the first
 * frame. Like every time in a pipeline, a point is rounded down to whole ns.
 * @times_ns: [n], rising
 * @taken: (out): [n]
 */
void ref_grid (const uint64_t * times_ns, size_t n, uint32_t rate_n,
    uint32_t rate_d, bool *taken);

/* mm:ss of a time: the nearest millisecond, half up, then whole seconds.
 * @text: (out): at least 24 bytes */
void ref_stamp (uint64_t time_ns, char *text);
