/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the two loops of the resizer that touch pixels. Every
 * set of them writes the same bytes. */

#include "cpu.h"
#include "resize-pass.h"

#include <stddef.h>

/* Rows that one call of a horizontal kernel makes, so that they share the
 * weights. */
#define GEMMA4_RESIZE_ROWS 4

typedef struct
{
  /* For horizontal(), see gemma4_resize_pass_pad(). */
  uint32_t taps_multiple;

  /* Rows of RGB24, [n_outputs][3], from as many rows @in. Pointers may repeat. */
  void (*horizontal) (uint8_t * const out[GEMMA4_RESIZE_ROWS],
      const uint8_t * const in[GEMMA4_RESIZE_ROWS], const Gemma4ResizePass * pass);

  /* One row of @n_values bytes from the @span->n_taps rows that @rows points
   * to. */
  void (*vertical) (uint8_t * out, const uint8_t * const *rows, size_t n_values,
      const Gemma4ResizePass * pass, const Gemma4ResizeSpan * span);
} Gemma4ResizeRows;

/* The kernels of @level, or the best below it. */
const Gemma4ResizeRows *gemma4_resize_rows (Gemma4CpuLevel level);

/* Plain C, and its twins. */
extern const Gemma4ResizeRows gemma4_resize_rows_c;
extern const Gemma4ResizeRows gemma4_resize_rows_avx2;
extern const Gemma4ResizeRows gemma4_resize_rows_avx512;
