/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads a .safetensors file and checks that it is whole. */

#include <gst/gemma4/tensor.h>
#include <json-glib/json-glib.h>

typedef struct
{
  Gemma4TensorSpec spec;
  const guint8 *data;           /* inside the file, at any alignment */
} Tensor;

typedef struct
{
  GMappedFile *mapping;
  GArray *tensors;              /* of Tensor, in the order of their bytes */
  JsonObject *metadata;         /* of strings; empty if the file has none */
} TensorFile;

/* NULL with @error set if the file cannot be read, is cut short, or its head
 * contradicts itself; tensor_file_free() the result. */
TensorFile *tensor_file_open (const gchar * path, GError ** error);
void tensor_file_free (TensorFile * self);

/* NULL with @error set unless the text is JSON of little depth; json_node_unref()
 * the result. */
JsonNode *tensor_file_parse_json (const gchar * json, gsize n_bytes, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TensorFile, tensor_file_free)
