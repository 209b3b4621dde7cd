/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4meta.h"

void
gemma4_meta_register (void)
{
  /* NULL tags would crash gst_meta_api_type_has_tag() users. */
  static const gchar *tags[] = { NULL };
  if (!gst_meta_get_info (GEMMA4_META_NAME))
    gst_meta_register_custom (GEMMA4_META_NAME, tags, NULL, NULL, NULL);
}

GstStructure *
gemma4_meta_add (GstBuffer *buffer)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, GEMMA4_META_NAME);
  if (!meta)
    meta = gst_buffer_add_custom_meta (buffer, GEMMA4_META_NAME);
  return gst_custom_meta_get_structure (meta);
}

const GstStructure *
gemma4_meta_get (GstBuffer *buffer)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, GEMMA4_META_NAME);
  return meta ? gst_custom_meta_get_structure (meta) : NULL;
}

/* Takes @value, appends it to the array @field. The array is grown in place: the
 * structure is ours to write. */
static void
append (GstStructure *meta, const gchar *field, GValue *value)
{
  if (!gst_structure_has_field (meta, field)) {
    GValue array = G_VALUE_INIT;
    g_value_init (&array, GST_TYPE_ARRAY);
    gst_structure_take_value (meta, field, &array);
  }
  GValue *array = (GValue *) gst_structure_get_value (meta, field);
  gst_value_array_append_and_take_value (array, value);
}

void
gemma4_meta_append_string (GstStructure *meta, const gchar *field, const gchar *value)
{
  GValue v = G_VALUE_INIT;
  g_value_init (&v, G_TYPE_STRING);
  g_value_set_string (&v, value);
  append (meta, field, &v);
}

void
gemma4_meta_append_uint64 (GstStructure *meta, const gchar *field, guint64 value)
{
  GValue v = G_VALUE_INIT;
  g_value_init (&v, G_TYPE_UINT64);
  g_value_set_uint64 (&v, value);
  append (meta, field, &v);
}

void
gemma4_meta_set_tensors (GstStructure *meta, const Gemma4TensorSpec *const *specs,
    guint n_specs)
{
  for (guint i = 0; i < n_specs; i++) {
    GValue shape = G_VALUE_INIT;
    g_value_init (&shape, GST_TYPE_ARRAY);
    for (guint d = 0; d < specs[i]->rank; d++) {
      GValue v = G_VALUE_INIT;
      g_value_init (&v, G_TYPE_INT64);
      g_value_set_int64 (&v, specs[i]->dims[d]);
      gst_value_array_append_and_take_value (&shape, &v);
    }
    gemma4_meta_append_string (meta, "names", specs[i]->name);
    gemma4_meta_append_string (meta, "types", gemma4_dtype_name (specs[i]->dtype));
    append (meta, "shapes", &shape);
  }
}

static const GValue *
element (const GstStructure *meta, const gchar *field, guint i)
{
  const GValue *array = gst_structure_get_value (meta, field);
  if (!array || !GST_VALUE_HOLDS_ARRAY (array) || i >= gst_value_array_get_size (array))
    return NULL;
  return gst_value_array_get_value (array, i);
}

guint
gemma4_meta_length (const GstStructure *meta, const gchar *field)
{
  const GValue *array = gst_structure_get_value (meta, field);
  return array && GST_VALUE_HOLDS_ARRAY (array) ? gst_value_array_get_size (array) : 0;
}

const gchar *
gemma4_meta_string (const GstStructure *meta, const gchar *field, guint i)
{
  const GValue *value = element (meta, field, i);
  return value && G_VALUE_HOLDS_STRING (value) ? g_value_get_string (value) : NULL;
}

guint64
gemma4_meta_uint64 (const GstStructure *meta, const gchar *field, guint i)
{
  const GValue *value = element (meta, field, i);
  return value && G_VALUE_HOLDS_UINT64 (value) ? g_value_get_uint64 (value) : 0;
}

static gboolean
read_shape (const GValue *shape, Gemma4TensorSpec *spec)
{
  if (!shape || !GST_VALUE_HOLDS_ARRAY (shape))
    return FALSE;
  spec->rank = gst_value_array_get_size (shape);
  if (spec->rank < 1 || spec->rank > GEMMA4_MAX_RANK)
    return FALSE;
  for (guint d = 0; d < spec->rank; d++) {
    const GValue *v = gst_value_array_get_value (shape, d);
    if (!G_VALUE_HOLDS_INT64 (v) || g_value_get_int64 (v) < 1)
      return FALSE;
    spec->dims[d] = g_value_get_int64 (v);
  }
  return gemma4_tensor_bytes (spec) > 0;
}

gboolean
gemma4_meta_get_tensors (const GstStructure *meta,
    Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS], guint *n_specs)
{
  guint n = gemma4_meta_length (meta, "names");
  if (n < 1 || n > GEMMA4_MAX_TENSORS)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    const gchar *name = gemma4_meta_string (meta, "names", i);
    const gchar *type = gemma4_meta_string (meta, "types", i);
    Gemma4DType dtype = GEMMA4_FLOAT32;
    while (dtype <= GEMMA4_BOOL && g_strcmp0 (type, gemma4_dtype_name (dtype)) != 0)
      dtype++;
    specs[i].dtype = dtype;
    if (!name || dtype > GEMMA4_BOOL
        || !read_shape (element (meta, "shapes", i), &specs[i]))
      return FALSE;
    g_strlcpy (specs[i].name, name, sizeof specs[i].name);
  }
  *n_specs = n;
  return TRUE;
}
