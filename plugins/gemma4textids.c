/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4textids.h"

#include <string.h>

/* The head of a flexible tensor, as NNStreamer writes it: 32-bit words in the byte order
 * of the machine. */
#define HEAD_BYTES 128
#define HEAD_MAGIC 0xfeedccedu
#define HEAD_MAX_RANK 16
#define HEAD_INT32 0
#define HEAD_INT64 8

typedef struct
{
  guint32 magic, version, type;
  guint32 dims[HEAD_MAX_RANK];  /* innermost first, ended by 0 */
} Head;

static guint
find (const Gemma4TensorSpec *specs, guint n_specs, const gchar *const names[2])
{
  for (guint i = 0; i < n_specs; i++) {
    if (g_str_equal (specs[i].name, names[0]) || g_str_equal (specs[i].name, names[1]))
      return i;
  }
  return G_MAXUINT;
}

static gboolean
is_integer (const Gemma4TensorSpec *spec)
{
  return spec->dtype == GEMMA4_INT32 || spec->dtype == GEMMA4_INT64;
}

static void
set_spec (Gemma4TextIds *self, const Gemma4TensorSpec *spec)
{
  self->ids_spec = *spec;
  self->n_columns = spec->dims[spec->rank - 1];
  self->n_rows = gemma4_tensor_n_elements (spec) / self->n_columns;
}

/* A mask says something of ids only where it has one value for each. */
static void
find_mask (Gemma4TextIds *self, const Gemma4TensorSpec *specs, guint n_specs)
{
  static const gchar *const names[] = { "padding_mask", "attention_mask" };
  guint i = find (specs, n_specs, names);
  self->mask = G_MAXUINT;
  if (i == G_MAXUINT || specs[i].dtype == GEMMA4_FLOAT32
      || gemma4_tensor_n_elements (&specs[i]) != gemma4_tensor_n_elements (&self->ids_spec))
    return;
  self->mask = i;
  self->mask_spec = specs[i];
}

gboolean
gemma4_text_ids_from_caps (Gemma4TextIds *self, const GstCaps *caps, Gemma4Error *error)
{
  static const gchar *const names[] = { "token_ids", "input_ids" };
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];
  guint n_specs;
  const gchar *format = gst_structure_get_string (gst_caps_get_structure (caps, 0), "format");
  *self = (Gemma4TextIds) {.flexible = g_strcmp0 (format, "flexible") == 0,.mask = G_MAXUINT };
  if (self->flexible)
    return TRUE;
  if (!gemma4_tensors_from_caps (caps, specs, &n_specs, error))
    return FALSE;
  guint i = find (specs, n_specs, names);
  if (i == G_MAXUINT && n_specs == 1)
    i = 0;
  if (i == G_MAXUINT || !is_integer (&specs[i])) {
    g_snprintf (error->text, sizeof error->text, "expected ids: one int32 or int64 tensor, or "
        "one called token_ids or input_ids among others; got %u tensors%s%s%s%s", n_specs,
        i == G_MAXUINT ? " without these names" : ", of which ",
        i == G_MAXUINT ? "" : specs[i].name, i == G_MAXUINT ? "" : " is ",
        i == G_MAXUINT ? "" : gemma4_dtype_name (specs[i].dtype));
    return FALSE;
  }
  self->ids = i;
  set_spec (self, &specs[i]);
  find_mask (self, specs, n_specs);
  return TRUE;
}

gboolean
gemma4_text_ids_are_whole (const Gemma4TextIds *self)
{
  return self->mask != G_MAXUINT || self->n_rows > 1;
}

/* Memory of others need not be aligned. */
static gint64
element (const guint8 *data, Gemma4DType dtype, guint64 i)
{
  gint64 wide = 0;
  gint32 narrow = 0;
  switch (dtype) {
    case GEMMA4_INT64:
      memcpy (&wide, data + i * sizeof wide, sizeof wide);
      return wide;
    case GEMMA4_INT32:
      memcpy (&narrow, data + i * sizeof narrow, sizeof narrow);
      return narrow;
    default:
      return data[i];
  }
}

static void
hide_masked (const Gemma4TextIds *self, const guint8 *mask, gint64 *ids)
{
  for (guint64 i = 0; i < self->n_rows * self->n_columns; i++) {
    if (!element (mask, self->mask_spec.dtype, i))
      ids[i] = GEMMA4_TEXT_MASKED;
  }
}

/* Dimensions that are 1 in front say nothing. */
static gboolean
read_head (Gemma4TextIds *self, const GstMapInfo *map)
{
  Head head;
  Gemma4TensorSpec spec = {.name = "ids" };
  guint rank = 0;
  if (map->size < HEAD_BYTES)
    return FALSE;
  memcpy (&head, map->data, sizeof head);
  while (rank < HEAD_MAX_RANK && head.dims[rank])
    rank++;
  while (rank > 1 && head.dims[rank - 1] == 1)
    rank--;
  if (head.magic != HEAD_MAGIC || rank < 1 || rank > GEMMA4_MAX_RANK
      || (head.type != HEAD_INT32 && head.type != HEAD_INT64))
    return FALSE;
  spec.dtype = head.type == HEAD_INT32 ? GEMMA4_INT32 : GEMMA4_INT64;
  spec.rank = rank;
  for (guint i = 0; i < rank; i++)
    spec.dims[i] = head.dims[rank - 1 - i];
  if (!gemma4_tensor_bytes (&spec) || gemma4_tensor_bytes (&spec) > map->size - HEAD_BYTES)
    return FALSE;
  set_spec (self, &spec);
  return TRUE;
}

static gint64 *
read_ids (const Gemma4TextIds *self, const guint8 *data)
{
  guint64 n = self->n_rows * self->n_columns;
  gint64 *ids = g_new (gint64, n);
  for (guint64 i = 0; i < n; i++)
    ids[i] = element (data, self->ids_spec.dtype, i);
  return ids;
}

static gint64 *
read_flexible (Gemma4TextIds *self, GstBuffer *buffer, Gemma4Error *error)
{
  GstMapInfo map;
  gint64 *ids = NULL;
  if (gemma4_tensors_map (buffer, 0, 0, &map, GST_MAP_READ)) {
    if (read_head (self, &map))
      ids = read_ids (self, map.data + HEAD_BYTES);
    gst_memory_unmap (map.memory, &map);
  }
  if (!ids)
    g_snprintf (error->text, sizeof error->text, "A buffer is no flexible tensor of int32 or "
        "int64: its first memory wants NNStreamer's head of %d bytes and the ids behind it.",
        HEAD_BYTES);
  return ids;
}

static gint64 *
fail_small (GstBuffer *buffer, const Gemma4TensorSpec *spec, Gemma4Error *error)
{
  g_snprintf (error->text, sizeof error->text, "A buffer of %" G_GSIZE_FORMAT " bytes is "
      "smaller than its caps say: expected %" G_GSIZE_FORMAT " bytes of %s.",
      gst_buffer_get_size (buffer), gemma4_tensor_bytes (spec), spec->name);
  return NULL;
}

gint64 *
gemma4_text_ids_read (Gemma4TextIds *self, GstBuffer *buffer, Gemma4Error *error)
{
  GstMapInfo map;
  if (self->flexible)
    return read_flexible (self, buffer, error);
  if (!gemma4_tensors_map (buffer, self->ids, gemma4_tensor_bytes (&self->ids_spec), &map,
          GST_MAP_READ))
    return fail_small (buffer, &self->ids_spec, error);
  g_autofree gint64 *ids = read_ids (self, map.data);
  gst_memory_unmap (map.memory, &map);
  if (self->mask == G_MAXUINT)
    return g_steal_pointer (&ids);

  if (!gemma4_tensors_map (buffer, self->mask, gemma4_tensor_bytes (&self->mask_spec), &map,
          GST_MAP_READ))
    return fail_small (buffer, &self->mask_spec, error);
  hide_masked (self, map.data, ids);
  gst_memory_unmap (map.memory, &map);
  return g_steal_pointer (&ids);
}
