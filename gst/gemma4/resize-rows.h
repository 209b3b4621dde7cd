/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the two loops of the resizer that touch pixels. Every
 * set of them writes the same bytes. */

#include "resize-pass.h"

#include <stddef.h>

typedef struct
{
  /* One row of RGB24, [n_outputs][3], from one row @in. */
  void (*horizontal) (uint8_t * out, const uint8_t * in, const Gemma4ResizePass * pass);

  /* One row of @n_values bytes from the @span->n_taps rows that @rows points
   * to. */
  void (*vertical) (uint8_t * out, const uint8_t * const *rows, size_t n_values,
      const Gemma4ResizePass * pass, const Gemma4ResizeSpan * span);
} Gemma4ResizeRows;

/* Plain C. */
extern const Gemma4ResizeRows gemma4_resize_rows_c;
