/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tensors with one value for each id. */

#include "pack-private.h"

void
gemma4_pack_set_dims (Gemma4TensorSpec *spec, uint32_t rank, uint64_t d0, uint64_t d1,
    uint64_t d2, uint64_t d3)
{
  const uint64_t dims[] = { d0, d1, d2, d3 };
  spec->rank = rank;
  for (uint32_t i = 0; i < rank; i++)
    spec->dims[i] = dims[i];
}

void
gemma4_pack_shape_row (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  gemma4_pack_set_dims (spec, 2, pack->n_rows, pack->n_columns, 0, 0);
}

void
gemma4_pack_shape_train_row (const Gemma4Pack *pack, const Gemma4PackTensor *tensor,
    Gemma4TensorSpec *spec)
{
  uint64_t n_columns = pack->params.train ? pack->n_columns : 0;
  gemma4_pack_set_dims (spec, 2, pack->n_rows, n_columns, 0, 0);
}

bool
gemma4_pack_is_token (const Gemma4PackRow *row, size_t column)
{
  return column >= row->first_column && column - row->first_column < row->n_ids;
}

bool
gemma4_pack_is_response (const Gemma4PackRow *row, size_t column)
{
  return gemma4_pack_is_token (row, column)
      && column - row->first_column >= row->response_start;
}

int64_t
gemma4_pack_id (const Gemma4Pack *pack, const Gemma4PackRow *row, size_t column)
{
  if (!gemma4_pack_is_token (row, column))
    return pack->ids.pad;
  return row->ids[column - row->first_column];
}

static void
store (void *memory, Gemma4DType dtype, size_t i, int64_t value)
{
  if (dtype == GEMMA4_INT64)
    ((int64_t *) memory)[i] = value;
  else if (dtype == GEMMA4_INT32)
    ((int32_t *) memory)[i] = value;
  else
    ((uint8_t *) memory)[i] = value;
}

void
gemma4_pack_fill_row (const Gemma4Pack *pack, const Gemma4PackTensor *tensor, void *memory)
{
  size_t n = 0;
  for (size_t i = 0; i < pack->n_rows; i++) {
    for (size_t column = 0; column < pack->n_columns; column++)
      store (memory, tensor->dtype, n++, tensor->value (pack, &pack->rows[i], column));
  }
}
