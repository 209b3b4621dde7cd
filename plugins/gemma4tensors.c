/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4tensors.h"

#include <string.h>

static const gchar *const role_names[] = {
  [GEMMA4_ROLE_NONE] = "none",
  [GEMMA4_ROLE_IMAGE] = "image",
  [GEMMA4_ROLE_CLIP] = "clip",
  [GEMMA4_ROLE_STREAM] = "stream",
  [GEMMA4_ROLE_AUDIO] = "audio",
};

const gchar *
gemma4_role_name (Gemma4Role role)
{
  return role_names[role];
}

static const gchar *
caps_string (const GstCaps *caps, const gchar *field)
{
  return gst_structure_get_string (gst_caps_get_structure (caps, 0), field);
}

Gemma4Role
gemma4_role_from_caps (const GstCaps *caps)
{
  const gchar *name = caps_string (caps, "role");
  for (guint i = 0; name && i < G_N_ELEMENTS (role_names); i++) {
    if (g_str_equal (name, role_names[i]))
      return i;
  }
  return GEMMA4_ROLE_NONE;
}

GType
gemma4_target_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GEMMA4_TARGET_KERASHUB, "KerasHub's Gemma4CausalLM", "kerashub"},
    {GEMMA4_TARGET_TRANSFORMERS, "Hugging Face's Gemma4ForConditionalGeneration",
        "transformers"},
    {0, NULL, NULL}
  };
  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstGemma4Target", values));
  return type;
}

const gchar *
gemma4_target_name (Gemma4Target target)
{
  return target == GEMMA4_TARGET_KERASHUB ? "kerashub" : "transformers";
}

gboolean
gemma4_target_from_caps (const GstCaps *caps, Gemma4Target *target)
{
  const gchar *name = caps_string (caps, "target");
  for (Gemma4Target t = GEMMA4_TARGET_KERASHUB; t <= GEMMA4_TARGET_TRANSFORMERS; t++) {
    if (g_strcmp0 (name, gemma4_target_name (t)) == 0) {
      *target = t;
      return TRUE;
    }
  }
  return FALSE;
}

const gchar *
gemma4_preset_from_caps (const GstCaps *caps)
{
  return caps_string (caps, "preset");
}

/* The types on the wire: NNStreamer has no bool. */
static const gchar *
wire_type (Gemma4DType dtype)
{
  return gemma4_dtype_name (dtype == GEMMA4_BOOL ? GEMMA4_UINT8 : dtype);
}

void
gemma4_tensors_set_caps (GstCaps *caps, const Gemma4TensorSpec *specs, guint n_specs)
{
  g_autoptr (GString) types = g_string_new (NULL);
  g_autoptr (GString) dims = g_string_new (NULL);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < n_specs; i++) {
    const gchar *comma = i ? "," : "";
    g_string_append_printf (types, "%s%s", comma, wire_type (specs[i].dtype));
    g_string_append_printf (names, "%s%s", comma, specs[i].name);
    g_string_append (dims, comma);
    for (guint d = specs[i].rank; d-- > 0;)
      g_string_append_printf (dims, "%" G_GUINT64_FORMAT "%s", specs[i].dims[d],
          d ? ":" : "");
  }
  gst_caps_set_simple (caps, "num_tensors", G_TYPE_INT, n_specs,
      "types", G_TYPE_STRING, types->str, "dimensions", G_TYPE_STRING, dims->str,
      "framerate", GST_TYPE_FRACTION, 0, 1, "names", G_TYPE_STRING, names->str, NULL);
}

GstCaps *
gemma4_tensors_caps (const Gemma4TensorSpec *specs, guint n_specs)
{
  GstCaps *caps = gst_caps_new_simple ("other/tensors", "format", G_TYPE_STRING,
      "static", NULL);
  gemma4_tensors_set_caps (caps, specs, n_specs);
  return caps;
}

static gboolean
parse_type (const gchar *name, Gemma4DType *dtype)
{
  for (Gemma4DType t = GEMMA4_FLOAT32; t <= GEMMA4_UINT8; t++) {
    if (g_str_equal (name, gemma4_dtype_name (t))) {
      *dtype = t;
      return TRUE;
    }
  }
  return FALSE;
}

/* "768:630" is innermost first; trailing ones of NNStreamer's are kept. */
static gboolean
parse_dims (const gchar *text, Gemma4TensorSpec *spec)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  spec->rank = g_strv_length (parts);
  if (spec->rank < 1 || spec->rank > GEMMA4_MAX_RANK)
    return FALSE;
  for (guint d = 0; d < spec->rank; d++) {
    if (!g_ascii_string_to_unsigned (parts[d], 10, 1, G_MAXUINT32,
            &spec->dims[spec->rank - 1 - d], NULL))
      return FALSE;
  }
  return gemma4_tensor_bytes (spec) > 0;
}

gboolean
gemma4_tensors_from_caps (const GstCaps *caps,
    Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS], guint *n_specs, Gemma4Error *error)
{
  const gchar *types = caps_string (caps, "types");
  const gchar *dims = caps_string (caps, "dimensions");
  const gchar *names = caps_string (caps, "names");
  if (g_strcmp0 (caps_string (caps, "format"), "static") != 0 || !types || !dims) {
    g_snprintf (error->text, sizeof error->text, "expected other/tensors caps with "
        "format=static, types and dimensions");
    return FALSE;
  }

  /* NNStreamer reads a dot like a comma. */
  g_auto (GStrv) type = g_strsplit_set (types, ",.", -1);
  g_auto (GStrv) dim = g_strsplit_set (dims, ",.", -1);
  g_auto (GStrv) name = g_strsplit (names ? names : "", ",", -1);
  guint n = g_strv_length (type);
  gint promised = 0;
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "num_tensors", &promised);
  if (n < 1 || n > GEMMA4_MAX_TENSORS || g_strv_length (dim) != n || promised != (gint) n) {
    g_snprintf (error->text, sizeof error->text, "expected 1 to %d tensors, as many types "
        "and as many dimensions, got num_tensors=%d, types=%s and dimensions=%s",
        GEMMA4_MAX_TENSORS, promised, types, dims);
    return FALSE;
  }
  gboolean named = g_strv_length (name) == n;
  for (guint i = 0; i < n; i++) {
    if (!parse_type (g_strstrip (type[i]), &specs[i].dtype)
        || !parse_dims (g_strstrip (dim[i]), &specs[i])) {
      g_snprintf (error->text, sizeof error->text, "tensor %u has type %s and "
          "dimensions %s; types are float32, int32, int64 and uint8, dimensions "
          "numbers above 0 joined by colons", i, type[i], dim[i]);
      return FALSE;
    }
    if (named && *g_strstrip (name[i]))
      g_strlcpy (specs[i].name, name[i], sizeof specs[i].name);
    else
      g_snprintf (specs[i].name, sizeof specs[i].name, "tensor_%u", i);
  }
  *n_specs = n;
  return TRUE;
}

void
gemma4_allocation_from_query (Gemma4Allocation *allocation, GstQuery *query)
{
  gemma4_allocation_clear (allocation);
  if (query && gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &allocation->allocator,
        &allocation->params);
  allocation->params.align |= GEMMA4_TENSORS_ALIGN;
}

void
gemma4_allocation_clear (Gemma4Allocation *allocation)
{
  g_clear_pointer (&allocation->allocator, gst_object_unref);
  gst_allocation_params_init (&allocation->params);
  allocation->params.align = GEMMA4_TENSORS_ALIGN;
}

gboolean
gemma4_allocation_is_ours (const Gemma4Allocation *allocation)
{
  const GstAllocationParams *p = &allocation->params;
  return allocation->blocks && !allocation->allocator && p->align <= GEMMA4_TENSORS_ALIGN
      && !p->prefix && !p->padding && !(p->flags & GST_MEMORY_FLAG_ZERO_PREFIXED);
}

GstMemory *
gemma4_allocation_alloc (const Gemma4Allocation *allocation, gsize n_bytes)
{
  GstAllocationParams params = allocation->params;
  return gemma4_allocation_is_ours (allocation) ? gemma4_blocks_take (allocation->blocks, n_bytes)
      : gst_allocator_alloc (allocation->allocator, n_bytes, &params);
}

GstBuffer *
gemma4_tensors_buffer_new (const Gemma4TensorSpec *specs, guint n_specs,
    const Gemma4Allocation *allocation)
{
  GstBuffer *buffer = gst_buffer_new ();
  for (guint i = 0; i < n_specs; i++) {
    GstMemory *memory = gemma4_allocation_alloc (allocation, gemma4_tensor_bytes (&specs[i]));
    if (!memory) {
      gst_buffer_unref (buffer);
      return NULL;
    }
    gst_buffer_append_memory (buffer, memory);
  }
  return buffer;
}

gboolean
gemma4_tensors_map (GstBuffer *buffer, guint i, gsize n_bytes, GstMapInfo *info,
    GstMapFlags flags)
{
  if (i >= gst_buffer_n_memory (buffer)
      || !gst_memory_map (gst_buffer_peek_memory (buffer, i), info, flags))
    return FALSE;
  if (info->size >= n_bytes)
    return TRUE;
  gst_memory_unmap (info->memory, info);
  return FALSE;
}

gboolean
gemma4_tensors_sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstCaps *filter;
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:{
      gst_query_parse_caps (query, &filter);
      g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);
      g_autoptr (GstCaps) caps = filter ? gst_caps_intersect_full (filter, template,
          GST_CAPS_INTERSECT_FIRST) : gst_caps_ref (template);
      gst_query_set_caps_result (query, caps);
      return TRUE;
    }
    case GST_QUERY_ALLOCATION:
      return FALSE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}
