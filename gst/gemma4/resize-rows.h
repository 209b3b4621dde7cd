/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the two loops of the resizer that touch pixels. Every
 * set of them writes the same bytes. Between them lie pairs of rows: the values
 * of a row of RGB24 alternate with those of the row below. */

#include "cpu.h"
#include "resize-pass.h"

#include <gst/gemma4/resize.h>

#include <stddef.h>

#define GEMMA4_RESIZE_ALIGN 64

/* The most values that a kernel reads of a pair of rows at once. */
#define GEMMA4_RESIZE_BLOCK 128

typedef struct
{
  uint32_t n_rows;              /* of one call of horizontal(); even, at most
                                 * GEMMA4_RESIZE_INPUT_ROWS */

  /* Makes @n_rows / 2 pairs of rows.
   * @pairs: (out): [n_rows / 2][gemma4_resize_pair_bytes()]; what lies behind the
   *   last value is of no use
   * @in: [n_rows] rows of RGB24, which may repeat
   * @work: gemma4_resize_work_bytes(), aligned to GEMMA4_RESIZE_ALIGN */
  void (*horizontal) (uint8_t * const *pairs, const uint8_t * const *in,
      const Gemma4ResizePass * pass, void *work);

  /* Makes one row of @n_values bytes from @span->n_pairs pairs. */
  void (*vertical) (uint8_t * out, const uint8_t * const *pairs, size_t n_values,
      const Gemma4ResizePass * pass, const Gemma4ResizeSpan * span);
} Gemma4ResizeRows;

size_t gemma4_resize_pair_bytes (uint32_t n_outputs);
size_t gemma4_resize_work_bytes (const Gemma4ResizeRows * kernels, uint32_t n_inputs);

/* The kernels of @level, or the best below it. */
const Gemma4ResizeRows *gemma4_resize_rows (Gemma4CpuLevel level);

/* Plain C, and its twins. */
extern const Gemma4ResizeRows gemma4_resize_rows_c;
extern const Gemma4ResizeRows gemma4_resize_rows_sse2;
extern const Gemma4ResizeRows gemma4_resize_rows_avx2;
extern const Gemma4ResizeRows gemma4_resize_rows_avx512;
extern const Gemma4ResizeRows gemma4_resize_rows_neon;
