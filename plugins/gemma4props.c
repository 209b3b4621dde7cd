/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4props.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_SHOWN_CHARS 60

static GParamFlags
prop_flags (const Gemma4Prop *prop)
{
  GParamFlags when = prop->mutability ? prop->mutability : GST_PARAM_MUTABLE_READY;
  return G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | when;
}

static gboolean
read_boolean (const Gemma4Prop *prop, gconstpointer field)
{
  return prop->size == sizeof (bool) ? *(const bool *) field : *(const gboolean *) field;
}

static GParamSpec *
prop_spec (const Gemma4Prop *prop, gconstpointer defaults)
{
  const gchar *n = prop->name, *b = prop->blurb;
  gconstpointer field = (const guint8 *) defaults + prop->offset;
  GParamFlags flags = prop_flags (prop);

  switch (prop->kind) {
    case GEMMA4_PROP_BOOLEAN:
      return g_param_spec_boolean (n, n, b, read_boolean (prop, field), flags);
    case GEMMA4_PROP_UINT:
      return g_param_spec_uint (n, n, b, prop->min, prop->max, *(const guint *) field,
          flags);
    case GEMMA4_PROP_UINT64:
      return g_param_spec_uint64 (n, n, b, prop->min,
          prop->max >= 0x1p64 ? G_MAXUINT64 : (guint64) prop->max,
          *(const guint64 *) field, flags);
    case GEMMA4_PROP_INT64:
      return g_param_spec_int64 (n, n, b, prop->min,
          prop->max >= 0x1p63 ? G_MAXINT64 : (gint64) prop->max,
          *(const gint64 *) field, flags);
    case GEMMA4_PROP_DOUBLE:
      return g_param_spec_double (n, n, b, prop->min, prop->max,
          *(const gdouble *) field, flags);
    case GEMMA4_PROP_STRING:
      return g_param_spec_string (n, n, b, *(gchar * const *) field, flags);
    case GEMMA4_PROP_ENUM:
      return g_param_spec_enum (n, n, b, prop->enum_type (), *(const gint *) field, flags);
    case GEMMA4_PROP_FRACTION:{
      const gint *f = field;
      return gst_param_spec_fraction (n, n, b, prop->min, 1, prop->max, 1, f[0], f[1],
          flags);
    }
    case GEMMA4_PROP_FLOATS:
      /* A spec of the elements would refuse what is not exactly gfloat, such as
       * the numbers of Python. */
      return gst_param_spec_array (n, n, b, NULL, flags);
  }
  g_return_val_if_reached (NULL);
}

void
gemma4_props_install (GObjectClass *klass, const Gemma4PropTable *table,
    gconstpointer defaults)
{
  for (guint i = 0; i < table->n_props; i++) {
    g_object_class_install_property (klass, i + 1, prop_spec (&table->props[i],
            defaults));
  }
}

static gfloat
read_float (const GValue *value)
{
  GValue f = G_VALUE_INIT;
  g_value_init (&f, G_TYPE_FLOAT);
  return g_value_transform (value, &f) ? g_value_get_float (&f) : NAN;
}

/* An empty array is none. What is no number becomes NAN. */
static GArray *
read_floats (const GValue *value)
{
  guint n = gst_value_array_get_size (value);
  if (n == 0)
    return NULL;
  GArray *floats = g_array_sized_new (FALSE, FALSE, sizeof (gfloat), n);
  for (guint i = 0; i < n; i++) {
    gfloat f = read_float (gst_value_array_get_value (value, i));
    g_array_append_val (floats, f);
  }
  return floats;
}

static void
write_floats (GValue *value, const GArray *floats)
{
  for (guint i = 0; floats && i < floats->len; i++) {
    GValue f = G_VALUE_INIT;
    g_value_init (&f, G_TYPE_FLOAT);
    g_value_set_float (&f, g_array_index (floats, gfloat, i));
    gst_value_array_append_and_take_value (value, &f);
  }
}

static void
write_field (const Gemma4Prop *prop, gpointer settings, const GValue *value)
{
  gpointer field = (guint8 *) settings + prop->offset;

  switch (prop->kind) {
    case GEMMA4_PROP_BOOLEAN:
      if (prop->size == sizeof (bool))
        *(bool *) field = g_value_get_boolean (value);
      else
        *(gboolean *) field = g_value_get_boolean (value);
      break;
    case GEMMA4_PROP_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case GEMMA4_PROP_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;
    case GEMMA4_PROP_INT64:
      *(gint64 *) field = g_value_get_int64 (value);
      break;
    case GEMMA4_PROP_DOUBLE:
      *(gdouble *) field = g_value_get_double (value);
      break;
    case GEMMA4_PROP_STRING:
      g_free (*(gchar **) field);
      *(gchar **) field = g_value_dup_string (value);
      break;
    case GEMMA4_PROP_ENUM:
      *(gint *) field = g_value_get_enum (value);
      break;
    case GEMMA4_PROP_FRACTION:
      ((gint *) field)[0] = gst_value_get_fraction_numerator (value);
      ((gint *) field)[1] = gst_value_get_fraction_denominator (value);
      break;
    case GEMMA4_PROP_FLOATS:
      g_clear_pointer ((GArray **) field, g_array_unref);
      *(GArray **) field = read_floats (value);
      break;
  }
}

/* Takes @text. */
static gchar *
shortened (gchar *text)
{
  if (g_utf8_strlen (text, -1) <= MAX_SHOWN_CHARS)
    return text;
  g_autofree gchar *whole = text;
  g_autofree gchar *begin = g_utf8_substring (whole, 0, MAX_SHOWN_CHARS);
  return g_strconcat (begin, "...", NULL);
}

static gchar *
number_text (gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strdup (g_ascii_formatd (text, sizeof text, "%g", number));
}

static gchar *value_text (const GValue * value);

/* Its first numbers, whole ones. */
static gchar *
array_text (const GValue *array)
{
  GString *text = g_string_new ("<");
  for (guint i = 0; i < gst_value_array_get_size (array); i++) {
    g_autofree gchar *number = value_text (gst_value_array_get_value (array, i));
    gboolean fits = text->len + strlen (number) < MAX_SHOWN_CHARS - strlen (", ...>");
    g_string_append_printf (text, "%s%s", i ? ", " : "", fits ? number : "...");
    if (!fits)
      break;
  }
  return g_string_free (g_string_append_c (text, '>'), FALSE);
}

/* A value as a sentence shows it. */
static gchar *
value_text (const GValue *value)
{
  if (G_VALUE_HOLDS_DOUBLE (value))
    return number_text (g_value_get_double (value));
  if (G_VALUE_HOLDS_FLOAT (value))
    return number_text (g_value_get_float (value));
  if (GST_VALUE_HOLDS_ARRAY (value))
    return array_text (value);
  if (!G_VALUE_HOLDS_STRING (value)) {
    gchar *text = gst_value_serialize (value);
    return text ? shortened (text) : g_strdup ("?");
  }
  if (!g_value_get_string (value))
    return g_strdup ("unset");
  g_autofree gchar *begin = shortened (g_value_dup_string (value));
  return g_strdup_printf ("\"%s\"", begin);
}

static gchar *
not_taken (const gchar *name, const GValue *old, const GValue *value, const gchar *why)
{
  g_autofree gchar *stays = value_text (old);
  g_autofree gchar *refused = value_text (value);
  return g_strdup_printf ("%s stays %s, %s was not taken: %s.", name, stays, refused, why);
}

/* What is of no use is undone. */
static gchar *
change (const Gemma4PropTable *table, const GParamSpec *spec, gpointer settings,
    const GValue *value, const GValue *old, gpointer element)
{
  const Gemma4Prop *prop = &table->props[spec->param_id - 1];
  Gemma4Error error = { "" };
  if (!prop->mutability)
    return not_taken (prop->name, old, value, "it can be set in the states NULL and READY only");
  write_field (prop, settings, value);
  if (!table->check || table->check (element, prop->name, settings, &error))
    return NULL;
  write_field (prop, settings, old);
  return not_taken (prop->name, old, value, error.text);
}

gchar *
gemma4_props_set (const Gemma4PropTable *table, const GParamSpec *spec, gpointer settings,
    guint64 *user_set, const GValue *value, gpointer running)
{
  gchar *refused = NULL;
  if (running) {
    GValue old = G_VALUE_INIT;
    g_value_init (&old, spec->value_type);
    gemma4_props_get (table, spec->param_id, settings, &old);
    if (g_param_values_cmp ((GParamSpec *) spec, &old, value) != 0)
      refused = change (table, spec, settings, value, &old, running);
    g_value_unset (&old);
  } else {
    write_field (&table->props[spec->param_id - 1], settings, value);
  }
  if (!refused)
    *user_set |= G_GUINT64_CONSTANT (1) << (spec->param_id - 1);
  return refused;
}

void
gemma4_props_warn (gpointer element, gchar *refused)
{
  if (refused)
    GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS, ("%s", refused), (NULL));
  g_free (refused);
}

void
gemma4_props_get (const Gemma4PropTable *table, guint id, gconstpointer settings,
    GValue *value)
{
  const Gemma4Prop *prop = &table->props[id - 1];
  gconstpointer field = (const guint8 *) settings + prop->offset;

  switch (prop->kind) {
    case GEMMA4_PROP_BOOLEAN:
      g_value_set_boolean (value, read_boolean (prop, field));
      break;
    case GEMMA4_PROP_UINT:
      g_value_set_uint (value, *(const guint *) field);
      break;
    case GEMMA4_PROP_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) field);
      break;
    case GEMMA4_PROP_INT64:
      g_value_set_int64 (value, *(const gint64 *) field);
      break;
    case GEMMA4_PROP_DOUBLE:
      g_value_set_double (value, *(const gdouble *) field);
      break;
    case GEMMA4_PROP_STRING:
      g_value_set_string (value, *(gchar * const *) field);
      break;
    case GEMMA4_PROP_ENUM:
      g_value_set_enum (value, *(const gint *) field);
      break;
    case GEMMA4_PROP_FRACTION:
      gst_value_set_fraction (value, ((const gint *) field)[0],
          ((const gint *) field)[1]);
      break;
    case GEMMA4_PROP_FLOATS:
      write_floats (value, *(GArray * const *) field);
      break;
  }
}

static void
copy_field (const Gemma4Prop *prop, gpointer dst, gconstpointer src)
{
  gpointer to = (guint8 *) dst + prop->offset;
  gconstpointer from = (const guint8 *) src + prop->offset;

  if (prop->kind == GEMMA4_PROP_STRING) {
    gchar *text = g_strdup (*(gchar * const *) from);
    g_free (*(gchar **) to);
    *(gchar **) to = text;
  } else if (prop->kind == GEMMA4_PROP_FLOATS) {
    GArray *floats = *(GArray * const *) from;
    GArray *copy = floats ? g_array_copy (floats) : NULL;
    g_clear_pointer ((GArray **) to, g_array_unref);
    *(GArray **) to = copy;
  } else {
    memmove (to, from, prop->size);
  }
}

void
gemma4_props_apply (const Gemma4PropTable *table, gpointer settings,
    gconstpointer preset, guint64 user_set)
{
  for (guint i = 0; i < table->n_props; i++) {
    if (!(user_set >> i & 1))
      copy_field (&table->props[i], settings, preset);
  }
}

void
gemma4_props_copy (const Gemma4PropTable *table, gpointer dst, gconstpointer src)
{
  gemma4_props_apply (table, dst, src, 0);
}

void
gemma4_props_copy_mutable (const Gemma4PropTable *table, gpointer dst, gconstpointer src)
{
  for (guint i = 0; i < table->n_props; i++) {
    if (table->props[i].mutability)
      copy_field (&table->props[i], dst, src);
  }
}

void
gemma4_props_clear (const Gemma4PropTable *table, gpointer settings)
{
  for (guint i = 0; i < table->n_props; i++) {
    gpointer field = (guint8 *) settings + table->props[i].offset;
    if (table->props[i].kind == GEMMA4_PROP_STRING)
      g_clear_pointer ((gchar **) field, g_free);
    else if (table->props[i].kind == GEMMA4_PROP_FLOATS)
      g_clear_pointer ((GArray **) field, g_array_unref);
  }
}

gboolean
gemma4_props_is_set (const Gemma4PropTable *table, const gchar *name, guint64 user_set)
{
  for (guint i = 0; i < table->n_props; i++) {
    if (g_str_equal (table->props[i].name, name))
      return user_set >> i & 1;
  }
  g_return_val_if_reached (FALSE);
}
