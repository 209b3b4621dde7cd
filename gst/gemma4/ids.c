/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tokenizer.h"

#include <stdlib.h>

void
gemma4_ids_clear (Gemma4Ids *ids)
{
  free (ids->ids);
  *ids = (Gemma4Ids) { 0 };
}

Gemma4Status
gemma4_ids_reserve (Gemma4Ids *ids, size_t n_more)
{
  size_t needed, n_bytes;
  if (__builtin_add_overflow (ids->n_ids, n_more, &needed))
    return GEMMA4_NO_MEMORY;
  if (needed <= ids->capacity)
    return GEMMA4_OK;

  size_t capacity = ids->capacity > needed / 2 ? ids->capacity * 2 : needed;
  if (__builtin_mul_overflow (capacity, sizeof *ids->ids, &n_bytes))
    return GEMMA4_NO_MEMORY;
  int32_t *grown = realloc (ids->ids, n_bytes);
  if (!grown)
    return GEMMA4_NO_MEMORY;
  ids->ids = grown;
  ids->capacity = capacity;
  return GEMMA4_OK;
}
