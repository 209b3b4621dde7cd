/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/tensor.h>

static const struct
{
  const char *name;
  size_t n_bytes;
} dtypes[] = {
  [GEMMA4_FLOAT32] = {"float32", 4},
  [GEMMA4_INT32] = {"int32", 4},
  [GEMMA4_INT64] = {"int64", 8},
  [GEMMA4_UINT8] = {"uint8", 1},
  [GEMMA4_BOOL] = {"bool", 1},
};

size_t
gemma4_dtype_bytes (Gemma4DType dtype)
{
  return dtypes[dtype].n_bytes;
}

const char *
gemma4_dtype_name (Gemma4DType dtype)
{
  return dtypes[dtype].name;
}

uint64_t
gemma4_tensor_n_elements (const Gemma4TensorSpec *spec)
{
  uint64_t n = 1;
  for (uint32_t i = 0; i < spec->rank; i++) {
    if (__builtin_mul_overflow (n, spec->dims[i], &n))
      return 0;
  }
  return n;
}

size_t
gemma4_tensor_bytes (const Gemma4TensorSpec *spec)
{
  size_t n_bytes;
  if (__builtin_mul_overflow (gemma4_tensor_n_elements (spec),
          gemma4_dtype_bytes (spec->dtype), &n_bytes))
    return 0;
  return n_bytes;
}
