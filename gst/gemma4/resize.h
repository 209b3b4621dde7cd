/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Antialiased bicubic resize (a = -0.5) of 8-bit RGB, bit-exact with
 * torchvision's CPU path, which transformers runs: horizontal pass, then
 * vertical, each rounded to 8 bits, a pass of equal size skipped. */

#include <gst/gemma4/status.h>

#include <stddef.h>
#include <stdint.h>

typedef struct Gemma4Resizer Gemma4Resizer;

/**
 * gemma4_resizer_new:
 * Computes the weights for one pair of sizes. All memory is allocated here.
 * @in_width_px, @in_height_px, @out_width_px, @out_height_px: [1, 65535]
 * @self: (out): owned by the caller, see gemma4_resizer_free()
 * Returns: GEMMA4_OK, GEMMA4_BAD_ARGUMENT or GEMMA4_NO_MEMORY.
 * Test: tests/check/libs/resize.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_resizer_new (uint32_t in_width_px,
    uint32_t in_height_px, uint32_t out_width_px, uint32_t out_height_px,
    Gemma4Resizer ** self);

/* Frees @self; NULL is allowed. */
GEMMA4_API void gemma4_resizer_free (Gemma4Resizer * self);

/**
 * gemma4_resizer_run:
 * @out: (out): RGB24, [out_height][out_width][3], rows @out_stride_bytes apart
 * @in: RGB24, [in_height][in_width][3], rows @in_stride_bytes apart; a stride
 *   may be negative; @in and @out do not overlap
 * Accuracy: bit-exact. Realtime: neither blocks nor allocates.
 * Threads: one at a time per @self, which holds the rows between the passes.
 */
GEMMA4_API void gemma4_resizer_run (Gemma4Resizer * self, uint8_t * out,
    ptrdiff_t out_stride_bytes, const uint8_t * in, ptrdiff_t in_stride_bytes);

/**
 * gemma4_resizer_run_rows:
 * As gemma4_resizer_run(), but writes only the rows [@first_row, @first_row +
 * @n_rows) of @out: for several threads, each with a resizer of its own.
 */
GEMMA4_API void gemma4_resizer_run_rows (Gemma4Resizer * self, uint8_t * out,
    ptrdiff_t out_stride_bytes, const uint8_t * in, ptrdiff_t in_stride_bytes,
    uint32_t first_row, uint32_t n_rows);

/* Makes row @y of a picture, RGB24. */
typedef const uint8_t *(*Gemma4RowFunc) (void *data, uint32_t y);

/* A row must stay until so many after it were asked for. */
#define GEMMA4_RESIZE_INPUT_ROWS 16

/**
 * gemma4_resizer_run_from:
 * As gemma4_resizer_run_rows(), of a picture that is made while it is resized, so
 * that it stays in the processor's cache.
 * @row: is called with @data once for each row of the input that the rows of @out
 *   need, in order
 */
GEMMA4_API void gemma4_resizer_run_from (Gemma4Resizer * self, uint8_t * out,
    ptrdiff_t out_stride_bytes, Gemma4RowFunc row, void *data, uint32_t first_row,
    uint32_t n_rows);
