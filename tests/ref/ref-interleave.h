/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How KerasHub's model puts the embeddings of media between those of text. */

#include <stddef.h>
#include <stdint.h>

typedef struct
{
  size_t n_rows;                /* batch */
  size_t n_columns;             /* ids of a row */
  size_t n_items;               /* pictures or clips of a row */
  size_t n_tokens;              /* embeddings of each of them */
  size_t n_indices;             /* entries of a row of indices */
  size_t n_values;              /* values of an embedding */
} RefInterleave;

/**
 * ref_interleave:
 * Gemma4InterleaveEmbeddings.call().
 * @text: (inout): [n_rows][n_columns][n_values]
 * @media: [n_rows][n_items][n_tokens][n_values]
 * @indices: [n_rows][n_indices]
 * Source: keras-hub 71453d08f gemma4_layers.py
 */
void ref_interleave (const RefInterleave * shape, double *text, const double *media,
    const int32_t * indices);
