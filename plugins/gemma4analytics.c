/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4analytics.h"

#define GST_USE_UNSTABLE_API
#include <gst/analytics/analytics.h>

static GstTensorDataType
data_type (Gemma4DType dtype)
{
  switch (dtype) {
    case GEMMA4_FLOAT32:
      return GST_TENSOR_DATA_TYPE_FLOAT32;
    case GEMMA4_INT32:
      return GST_TENSOR_DATA_TYPE_INT32;
    case GEMMA4_INT64:
      return GST_TENSOR_DATA_TYPE_INT64;
    default:
      return GST_TENSOR_DATA_TYPE_UINT8;
  }
}

static GQuark
tensor_id (const gchar *name)
{
  g_autofree gchar *id = g_strdup_printf ("gemma4-%s", name);
  return g_quark_from_string (g_strdelimit (id, "_", '-'));
}

void
gemma4_analytics_add (GstBuffer *pack, const Gemma4TensorSpec *specs, guint n_specs)
{
  GstTensor **tensors = g_new (GstTensor *, n_specs);
  for (guint i = 0; i < n_specs; i++) {
    gsize dims[GEMMA4_MAX_RANK];
    GstBuffer *data = gst_buffer_new ();
    for (guint d = 0; d < specs[i].rank; d++)
      dims[d] = specs[i].dims[d];
    /* memory of a buffer may be larger than its tensor, a tensor's may not */
    gst_buffer_append_memory (data, gst_memory_share (gst_buffer_peek_memory (pack, i), 0,
            gemma4_tensor_bytes (&specs[i])));
    tensors[i] = gst_tensor_new_simple (tensor_id (specs[i].name),
        data_type (specs[i].dtype), data, GST_TENSOR_DIM_ORDER_ROW_MAJOR, specs[i].rank,
        dims);
  }
  gst_tensor_meta_set (gst_buffer_add_tensor_meta (pack), n_specs, tensors);
}
