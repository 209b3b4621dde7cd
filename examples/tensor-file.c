/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tensor-file.h"

#include <string.h>

#define LENGTH_BYTES 8
#define METADATA_KEY "__metadata__"
#define MAX_DEPTH 8

/* By Gemma4DType. */
static const gchar *const dtype_names[] = { "F32", "I32", "I64", "U8", "BOOL" };

/* Sets @error to the sentence; always FALSE, so that callers can return it. */
static gboolean G_GNUC_PRINTF (2, 3)
fail (GError **error, const gchar *format, ...)
{
  va_list args;
  GQuark domain = g_quark_from_static_string ("tensor-file");
  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (domain, 0, format, args));
  va_end (args);
  return FALSE;
}

/* Whether brackets nest at most MAX_DEPTH deep; json-glib recurses without limit. */
static gboolean
is_shallow (const gchar *json, gsize n_bytes)
{
  gboolean in_string = FALSE;
  guint depth = 0;
  for (gsize i = 0; i < n_bytes && depth <= MAX_DEPTH; i++) {
    if (in_string && json[i] == '\\')
      i++;
    else if (json[i] == '"')
      in_string = !in_string;
    else if (!in_string && (json[i] == '{' || json[i] == '['))
      depth++;
    else if (!in_string && (json[i] == '}' || json[i] == ']') && depth > 0)
      depth--;
  }
  return depth <= MAX_DEPTH;
}

JsonNode *
tensor_file_parse_json (const gchar *json, gsize n_bytes, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) why = NULL;
  if (!is_shallow (json, n_bytes)) {
    fail (error, "not the JSON expected: its brackets nest deeper than %d", MAX_DEPTH);
    return NULL;
  }
  if (!json_parser_load_from_data (parser, json, (gssize) n_bytes, &why)) {
    fail (error, "not valid JSON: %s", why->message);
    return NULL;
  }
  JsonNode *root = json_parser_steal_root (parser);
  if (!root)
    fail (error, "not valid JSON: it is empty");
  return root;
}

static gboolean
is_of_type (JsonNode *node, GType type)
{
  return node && json_node_get_value_type (node) == type;
}

static gboolean
parse_dtype (JsonObject *entry, Tensor *tensor, GError **error)
{
  JsonNode *node = json_object_get_member (entry, "dtype");
  if (!is_of_type (node, G_TYPE_STRING))
    return fail (error, "tensor %s has no dtype", tensor->spec.name);
  for (guint i = 0; i < G_N_ELEMENTS (dtype_names); i++) {
    if (g_str_equal (json_node_get_string (node), dtype_names[i])) {
      tensor->spec.dtype = (Gemma4DType) i;
      return TRUE;
    }
  }
  return fail (error, "tensor %s has the dtype %s, but only F32, I32, I64, U8 and BOOL are read",
      tensor->spec.name, json_node_get_string (node));
}

/* The elements of the array @key, all of them integers >= 0; -1 if it is not so. */
static gint
parse_integers (JsonObject *entry, const gchar *key, guint64 *values, guint n_most)
{
  JsonNode *node = json_object_get_member (entry, key);
  if (!node || !JSON_NODE_HOLDS_ARRAY (node))
    return -1;
  JsonArray *array = json_node_get_array (node);
  guint n = json_array_get_length (array);
  if (n > n_most)
    return -1;
  for (guint i = 0; i < n; i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (!is_of_type (element, G_TYPE_INT64) || json_node_get_int (element) < 0)
      return -1;
    values[i] = json_node_get_int (element);
  }
  return (gint) n;
}

static gboolean
parse_place (JsonObject *entry, const guint8 *data, gsize n_data_bytes, Tensor *tensor,
    GError **error)
{
  const gchar *name = tensor->spec.name;
  gint rank = parse_integers (entry, "shape", tensor->spec.dims, GEMMA4_MAX_RANK);
  if (rank < 0)
    return fail (error, "the shape of tensor %s is not a list of at most %d sizes", name,
        GEMMA4_MAX_RANK);
  tensor->spec.rank = (guint) rank;

  guint64 offsets[2];
  if (parse_integers (entry, "data_offsets", offsets, 2) != 2 || offsets[0] > offsets[1])
    return fail (error, "the data_offsets of tensor %s are not a begin and an end", name);
  if (offsets[1] > n_data_bytes)
    return fail (error, "tensor %s ends at byte %" G_GUINT64_FORMAT
        ", but only %" G_GSIZE_FORMAT " bytes of tensors are there: the file is cut short",
        name, offsets[1], n_data_bytes);
  gsize n_bytes = gemma4_tensor_bytes (&tensor->spec);
  if (n_bytes == 0)
    return fail (error, "the shape of tensor %s is empty or too large", name);
  if (n_bytes != offsets[1] - offsets[0])
    return fail (error, "the data_offsets of tensor %s span %" G_GUINT64_FORMAT
        " bytes, but its shape needs %" G_GSIZE_FORMAT, name, offsets[1] - offsets[0], n_bytes);
  tensor->data = data + offsets[0];
  return TRUE;
}

static gboolean
parse_tensor (TensorFile *self, const gchar *name, JsonNode *node, const guint8 *data,
    gsize n_data_bytes, GError **error)
{
  Tensor tensor = { 0 };
  if (g_strlcpy (tensor.spec.name, name, sizeof tensor.spec.name) >= sizeof tensor.spec.name)
    return fail (error, "the name of a tensor has more than %d bytes",
        GEMMA4_TENSOR_NAME_BYTES - 1);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "tensor %s is not described by a JSON object", name);
  JsonObject *entry = json_node_get_object (node);
  if (!parse_dtype (entry, &tensor, error)
      || !parse_place (entry, data, n_data_bytes, &tensor, error))
    return FALSE;
  g_array_append_val (self->tensors, tensor);
  return TRUE;
}

static gboolean
parse_metadata (TensorFile *self, JsonNode *node, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, METADATA_KEY " is not a JSON object");
  JsonObject *metadata = json_node_get_object (node);
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;
  json_object_iter_init_ordered (&iter, metadata);
  while (json_object_iter_next_ordered (&iter, &key, &value)) {
    if (!is_of_type (value, G_TYPE_STRING))
      return fail (error, "the value of '%s' in " METADATA_KEY " is not a string", key);
  }
  json_object_unref (self->metadata);
  self->metadata = json_object_ref (metadata);
  return TRUE;
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const Tensor *s = a, *t = b;
  return (s->data > t->data) - (s->data < t->data);
}

/* Tensors follow one another without gap or overlap and fill the file. */
static gboolean
check_places (TensorFile *self, const guint8 *data, gsize n_data_bytes, GError **error)
{
  g_array_sort (self->tensors, compare_places);
  const guint8 *end = data;
  for (guint i = 0; i < self->tensors->len; i++) {
    Tensor *tensor = &g_array_index (self->tensors, Tensor, i);
    if (tensor->data != end)
      return fail (error, "tensor %s begins at byte %" G_GSIZE_FORMAT " of the tensors, but "
          "the one before it ends at byte %" G_GSIZE_FORMAT, tensor->spec.name,
          (gsize) (tensor->data - data), (gsize) (end - data));
    end += gemma4_tensor_bytes (&tensor->spec);
  }
  if (end != data + n_data_bytes)
    return fail (error, "%" G_GSIZE_FORMAT " bytes follow the last tensor",
        n_data_bytes - (gsize) (end - data));
  return TRUE;
}

static gboolean
parse_head (TensorFile *self, const gchar *json, gsize n_json_bytes, gsize n_data_bytes,
    GError **error)
{
  const guint8 *data = (const guint8 *) json + n_json_bytes;
  g_autoptr (JsonNode) root = tensor_file_parse_json (json, n_json_bytes, error);
  if (!root) {
    g_prefix_error (error, "the head is ");
    return FALSE;
  }
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return fail (error, "the head is not a JSON object");

  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;
  json_object_iter_init_ordered (&iter, json_node_get_object (root));
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    gboolean ok = g_str_equal (name, METADATA_KEY) ? parse_metadata (self, node, error)
        : parse_tensor (self, name, node, data, n_data_bytes, error);
    if (!ok)
      return FALSE;
  }
  return check_places (self, data, n_data_bytes, error);
}

static gboolean
parse_file (TensorFile *self, GError **error)
{
  const gchar *bytes = g_mapped_file_get_contents (self->mapping);
  gsize n_bytes = g_mapped_file_get_length (self->mapping);
  guint64 n_json_bytes;
  if (n_bytes < LENGTH_BYTES)
    return fail (error, "a .safetensors file begins with %d bytes of length, but this one has %"
        G_GSIZE_FORMAT " bytes in all", LENGTH_BYTES, n_bytes);
  memcpy (&n_json_bytes, bytes, LENGTH_BYTES);
  n_json_bytes = GUINT64_FROM_LE (n_json_bytes);
  if (n_json_bytes > n_bytes - LENGTH_BYTES)
    return fail (error, "the head should have %" G_GUINT64_FORMAT " bytes, but only %"
        G_GSIZE_FORMAT " follow: the file is cut short or not a .safetensors file",
        n_json_bytes, n_bytes - LENGTH_BYTES);
  return parse_head (self, bytes + LENGTH_BYTES, n_json_bytes,
      n_bytes - LENGTH_BYTES - n_json_bytes, error);
}

TensorFile *
tensor_file_open (const gchar *path, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    fail (error, "it is a directory");
    return NULL;
  }
  GMappedFile *mapping = g_mapped_file_new (path, FALSE, error);
  if (!mapping)
    return NULL;
  g_autoptr (TensorFile) self = g_new0 (TensorFile, 1);
  self->mapping = mapping;
  self->tensors = g_array_new (FALSE, FALSE, sizeof (Tensor));
  self->metadata = json_object_new ();
  return parse_file (self, error) ? g_steal_pointer (&self) : NULL;
}

void
tensor_file_free (TensorFile *self)
{
  json_object_unref (self->metadata);
  g_array_unref (self->tensors);
  g_mapped_file_unref (self->mapping);
  g_free (self);
}
