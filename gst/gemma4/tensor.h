/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/visibility.h>

#include <stddef.h>
#include <stdint.h>

#define GEMMA4_MAX_RANK 8
#define GEMMA4_MAX_TENSORS 16
#define GEMMA4_TENSOR_NAME_BYTES 64

typedef enum
{
  GEMMA4_FLOAT32,
  GEMMA4_INT32,
  GEMMA4_INT64,
  GEMMA4_UINT8,
  GEMMA4_BOOL,                  /* one byte, 0 or 1 */
} Gemma4DType;

/* Name, type and shape of a contiguous, row-major tensor. */
typedef struct
{
  char name[GEMMA4_TENSOR_NAME_BYTES];
  Gemma4DType dtype;
  uint32_t rank;                /* [1, GEMMA4_MAX_RANK] */
  uint64_t dims[GEMMA4_MAX_RANK];       /* outermost first, none of them 0 */
} Gemma4TensorSpec;

/* Bytes of one element. */
GEMMA4_API size_t gemma4_dtype_bytes (Gemma4DType dtype);

/* "float32", "int32", "int64", "uint8" or "bool". */
GEMMA4_API const char *gemma4_dtype_name (Gemma4DType dtype);

/* Elements of the tensor; 0 if the product does not fit. */
GEMMA4_API uint64_t gemma4_tensor_n_elements (const Gemma4TensorSpec * spec);

/* Bytes of the tensor; 0 if the product does not fit. */
GEMMA4_API size_t gemma4_tensor_bytes (const Gemma4TensorSpec * spec);
