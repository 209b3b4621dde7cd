/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ref-interleave.h"

#include <string.h>

/* The first entries of a row are cut into as many equal parts as there are
 * items; entry k of part i receives embedding k of item i. Place 0, to which
 * unused entries point, keeps its text. */
static void
scatter (const RefInterleave *shape, double *text, const double *media,
    const int32_t *indices)
{
  size_t n_used = shape->n_items * shape->n_tokens;
  if (n_used > shape->n_indices)
    n_used = shape->n_indices;
  size_t n_of_item = n_used / shape->n_items;
  size_t n_bytes = shape->n_values * sizeof *text;
  for (size_t i = 0; i < shape->n_items; i++) {
    for (size_t k = 0; k < n_of_item; k++) {
      int32_t place = indices[i * n_of_item + k];
      if (place != 0)
        memcpy (text + place * shape->n_values,
            media + (i * shape->n_tokens + k) * shape->n_values, n_bytes);
    }
  }
}

void
ref_interleave (const RefInterleave *shape, double *text, const double *media,
    const int32_t *indices)
{
  size_t n_text = shape->n_columns * shape->n_values;
  size_t n_media = shape->n_items * shape->n_tokens * shape->n_values;
  for (size_t i = 0; i < shape->n_rows && shape->n_items > 0; i++)
    scatter (shape, text + i * n_text, media + i * n_media, indices + i * shape->n_indices);
}
