/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "json-file.h"

#include "error.h"
#include "file.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (16 << 20)
#define MAX_LEVELS 64
#define MAX_FLOATS 65536

struct Gemma4JsonFile
{
  char *path;
  JsonParser *parser;
  uint64_t hash;
};


/* json-glib calls itself for every level, and the stack is not endless. */
static bool
is_shallow (const char *text, size_t n_bytes)
{
  int levels = 0;
  bool quoted = false;
  for (size_t i = 0; i < n_bytes && levels <= MAX_LEVELS; i++) {
    if (quoted && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted)
      levels += (text[i] == '{' || text[i] == '[') - (text[i] == '}' || text[i] == ']');
  }
  return levels <= MAX_LEVELS;
}

static Gemma4Status
parse (Gemma4JsonFile *self, const char *text, size_t n_bytes, Gemma4Error *error)
{
  GError *why = NULL;
  if (n_bytes > MAX_BYTES || !is_shallow (text, n_bytes))
    return gemma4_fail (error, GEMMA4_BAD_DATA, "%s is no configuration: it is larger than 16 MiB "
        "or nested in more than %d levels", self->path, MAX_LEVELS);
  if (!json_parser_load_from_data (self->parser, text, n_bytes, &why)) {
    gemma4_fail (error, GEMMA4_BAD_DATA, "%s is not JSON: %s", self->path, why->message);
    g_error_free (why);
    return GEMMA4_BAD_DATA;
  }
  JsonNode *root = json_parser_get_root (self->parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return gemma4_fail (error, GEMMA4_BAD_DATA, "%s has no JSON object outermost", self->path);
  return GEMMA4_OK;
}

Gemma4Status
gemma4_json_open (const char *directory, const char *name, Gemma4JsonFile **self,
    Gemma4Error *error)
{
  void *text;
  size_t n_bytes;
  Gemma4Error why = { "" };
  char *path = g_build_filename (directory, name, NULL);
  Gemma4Status status = gemma4_file_read (path, &text, &n_bytes, &why);
  if (status != GEMMA4_OK) {
    gemma4_fail (error, status, "%s: %s", path, why.text);
    g_free (path);
    return status;
  }
  Gemma4JsonFile *made = g_new0 (Gemma4JsonFile, 1);
  made->path = path;
  made->parser = json_parser_new ();
  made->hash = gemma4_file_hash (text, n_bytes);
  status = parse (made, text, n_bytes, error);
  free (text);
  if (status == GEMMA4_OK)
    *self = made;
  else
    gemma4_json_close (made);
  return status;
}

void
gemma4_json_close (Gemma4JsonFile *self)
{
  if (!self)
    return;
  g_object_unref (self->parser);
  g_free (self->path);
  g_free (self);
}

uint64_t
gemma4_json_hash (const Gemma4JsonFile *self)
{
  return self->hash;
}

Gemma4JsonObject
gemma4_json_root (Gemma4JsonFile *self)
{
  JsonNode *root = json_parser_get_root (self->parser);
  return (Gemma4JsonObject) { self, json_node_get_object (root), "" };
}

bool
gemma4_json_has (const Gemma4JsonObject *object, const char *key)
{
  return object->members && json_object_has_member (object->members, key);
}

Gemma4Status
gemma4_json_fail (const Gemma4JsonObject *object, const char *key, Gemma4Error *error,
    const char *format, ...)
{
  char text[256];
  va_list args;
  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  return gemma4_fail (error, GEMMA4_BAD_DATA, "%s: %s%s %s", object->file->path, object->path,
      key, text);
}

/* What came, for a sentence. */
typedef struct
{
  char text[64];
} Description;

static Description
describe (JsonNode *node)
{
  Description d = { "a string" };
  GType type = json_node_get_value_type (node);
  if (JSON_NODE_HOLDS_NULL (node))
    strcpy (d.text, "null");
  else if (JSON_NODE_HOLDS_OBJECT (node))
    strcpy (d.text, "an object");
  else if (JSON_NODE_HOLDS_ARRAY (node))
    snprintf (d.text, sizeof d.text, "an array of %u",
        json_array_get_length (json_node_get_array (node)));
  else if (type == G_TYPE_BOOLEAN)
    strcpy (d.text, json_node_get_boolean (node) ? "true" : "false");
  else if (type == G_TYPE_INT64)
    snprintf (d.text, sizeof d.text, "%" G_GINT64_FORMAT, json_node_get_int (node));
  else if (type == G_TYPE_DOUBLE)
    snprintf (d.text, sizeof d.text, "%g", json_node_get_double (node));
  else if (type == G_TYPE_STRING)
    snprintf (d.text, sizeof d.text, "the string \"%.40s\"", json_node_get_string (node));
  return d;
}

/* The node of @key; NULL if it is absent or null. */
static JsonNode *
find (const Gemma4JsonObject *object, const char *key)
{
  JsonNode *node = object->members ? json_object_get_member (object->members, key) : NULL;
  return node && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

Gemma4Status
gemma4_json_get_object (const Gemma4JsonObject *object, const char *key,
    Gemma4JsonObject *value, Gemma4Error *error)
{
  JsonNode *node = find (object, key);
  if (node && !JSON_NODE_HOLDS_OBJECT (node))
    return gemma4_json_fail (object, key, error, "must be an object, got %s", describe (node).text);
  *value = (Gemma4JsonObject) { object->file, node ? json_node_get_object (node) : NULL };
  snprintf (value->path, sizeof value->path, "%.90s%.30s.", object->path, key);
  return GEMMA4_OK;
}

Gemma4Status
gemma4_json_get_string (const Gemma4JsonObject *object, const char *key, const char **value,
    Gemma4Error *error)
{
  JsonNode *node = find (object, key);
  if (node && json_node_get_value_type (node) != G_TYPE_STRING)
    return gemma4_json_fail (object, key, error, "must be a string, got %s", describe (node).text);
  *value = node ? json_node_get_string (node) : NULL;
  return GEMMA4_OK;
}

static bool
is_number (JsonNode *node)
{
  GType type = json_node_get_value_type (node);
  return (type == G_TYPE_INT64 || type == G_TYPE_DOUBLE) && isfinite (json_node_get_double (node));
}

static bool
take_uint (JsonNode *node, uint32_t *value)
{
  if (json_node_get_value_type (node) != G_TYPE_INT64)
    return false;
  gint64 number = json_node_get_int (node);
  if (number < 0 || number > UINT32_MAX)
    return false;
  *value = (uint32_t) number;
  return true;
}

/* An array, also in the form that Keras has for a tuple; or NULL. */
static JsonArray *
array_of (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    node = json_object_get_member (json_node_get_object (node), "items");
    if (!node)
      return NULL;
  }
  return JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static bool
holds_numbers (JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!is_number (json_array_get_element (array, i)))
      return false;
  return true;
}

static bool
take_channels (JsonNode *node, double values[3])
{
  JsonArray *array = array_of (node);
  if (!array && !is_number (node))
    return false;
  if (array && (json_array_get_length (array) != 3 || !holds_numbers (array)))
    return false;
  for (guint i = 0; i < 3; i++)
    values[i] = array ? json_array_get_double_element (array, i) : json_node_get_double (node);
  return true;
}

static bool
take_floats (JsonNode *node, Gemma4Floats *floats)
{
  JsonArray *array = array_of (node);
  if (!array || json_array_get_length (array) == 0
      || json_array_get_length (array) > MAX_FLOATS || !holds_numbers (array))
    return false;
  uint32_t n = json_array_get_length (array);
  float *values = malloc (n * sizeof *values);
  if (!values)
    return false;
  for (uint32_t i = 0; i < n; i++)
    values[i] = (float) json_array_get_double_element (array, i);
  free (floats->values);
  *floats = (Gemma4Floats) { values, n };
  return true;
}

/* Writes the value of @node to @field; false if it is not of @kind. */
static bool
take (JsonNode *node, Gemma4JsonKind kind, void *field)
{
  switch (kind) {
    case GEMMA4_JSON_UINT:
      return take_uint (node, field);
    case GEMMA4_JSON_NUMBER:
      if (!is_number (node))
        return false;
      *(double *) field = json_node_get_double (node);
      return true;
    case GEMMA4_JSON_BOOL:
      if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
        return false;
      *(bool *) field = json_node_get_boolean (node);
      return true;
    case GEMMA4_JSON_CHANNELS:
      return take_channels (node, field);
    case GEMMA4_JSON_FLOATS:
      return take_floats (node, field);
    default:
      return true;
  }
}

static const char *const expected[] = {
  [GEMMA4_JSON_UINT] = "a whole number of 0 or more",
  [GEMMA4_JSON_NUMBER] = "a number",
  [GEMMA4_JSON_BOOL] = "true or false",
  [GEMMA4_JSON_CHANNELS] = "a number or three of them",
  [GEMMA4_JSON_FLOATS] = "an array of numbers",
};

static Gemma4Status
read_key (const Gemma4JsonObject *object, const Gemma4JsonKey *key, void *target,
    Gemma4Error *error)
{
  JsonNode *node = json_object_get_member (object->members, key->name);
  if (!node || key->kind == GEMMA4_JSON_ANY)
    return GEMMA4_OK;
  if (key->nullable && JSON_NODE_HOLDS_NULL (node)) {
    if (key->kind == GEMMA4_JSON_UINT)
      *(uint32_t *) ((char *) target + key->offset) = 0;
    return GEMMA4_OK;
  }
  if (take (node, key->kind, (char *) target + key->offset))
    return GEMMA4_OK;
  return gemma4_json_fail (object, key->name, error, "must be %s%s, got %s",
      expected[key->kind], key->nullable ? " or null" : "", describe (node).text);
}

static bool
is_known (const char *name, const Gemma4JsonKey *keys, size_t n_keys)
{
  for (size_t i = 0; i < n_keys; i++)
    if (strcmp (keys[i].name, name) == 0)
      return true;
  return false;
}

Gemma4Status
gemma4_json_read (const Gemma4JsonObject *object, const Gemma4JsonKey *keys, size_t n_keys,
    void *target, Gemma4Notes *notes, Gemma4Error *error)
{
  JsonObjectIter iter;
  const char *name;
  if (!object->members)
    return GEMMA4_OK;
  for (size_t i = 0; i < n_keys; i++) {
    Gemma4Status status = read_key (object, &keys[i], target, error);
    if (status != GEMMA4_OK)
      return status;
  }
  json_object_iter_init (&iter, object->members);
  while (json_object_iter_next (&iter, &name, NULL))
    if (!is_known (name, keys, n_keys))
      gemma4_notes_add (notes, "%s: %s%s is not known here and has no effect",
          object->file->path, object->path, name);
  return GEMMA4_OK;
}
