/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Properties from a table. An element keeps what its properties set in one
 * settings struct and describes it with one table; defaults are read from a
 * struct of the same type, so they are written down once. What the user set is
 * remembered, because it wins over the preset, whatever the order. */

#include <gst/gst.h>

typedef enum
{
  GEMMA4_PROP_BOOLEAN,          /* gboolean or bool (by size) */
  GEMMA4_PROP_UINT,             /* guint */
  GEMMA4_PROP_UINT64,           /* guint64 */
  GEMMA4_PROP_INT64,            /* gint64 */
  GEMMA4_PROP_DOUBLE,           /* gdouble */
  GEMMA4_PROP_STRING,           /* gchar *, owned by the settings */
  GEMMA4_PROP_ENUM,             /* an enum of the size of gint */
  GEMMA4_PROP_FRACTION,         /* gint[2], numerator and denominator */
  GEMMA4_PROP_FLOATS,           /* GArray of gfloat or NULL, owned by the settings; set from
                                 * a GstValueArray of any numbers */
} Gemma4PropKind;

typedef struct
{
  const gchar *name;
  Gemma4PropKind kind;
  gsize offset;                 /* of the field in the settings */
  gsize size;                   /* of the field in bytes */
  GParamFlags mutability;       /* 0 (before PAUSED), GST_PARAM_MUTABLE_PLAYING ... */
  gdouble min, max;             /* of numbers; of a fraction as num / den */
  GType (*enum_type) (void);
  const gchar *blurb;           /* what it is, its unit, what special values mean */
} Gemma4Prop;

/* A function @name that returns an enum type; the values follow. */
#define GEMMA4_DEFINE_ENUM(name, type_name, ...) \
static GType \
name (void) \
{ \
  static gsize type = 0; \
  static const GEnumValue values[] = { __VA_ARGS__, {0, NULL, NULL} }; \
  if (g_once_init_enter (&type)) \
    g_once_init_leave (&type, g_enum_register_static (type_name, values)); \
  return type; \
}

/* Field and size of @member in @type, for a row of the table. */
#define GEMMA4_FIELD(type, member) \
  G_STRUCT_OFFSET (type, member), sizeof (((type *) 0)->member)

typedef struct
{
  const Gemma4Prop *props;
  guint n_props;                /* at most 64; property ids are 1..n_props */
} Gemma4PropTable;

/* Installs every row, with defaults from @defaults (a settings struct). */
void gemma4_props_install (GObjectClass * klass, const Gemma4PropTable * table,
    gconstpointer defaults);

/* Sets the field of property @id in @settings and marks it in @user_set. The
 * caller holds the object lock. */
void gemma4_props_set (const Gemma4PropTable * table, guint id, gpointer settings,
    guint64 * user_set, const GValue * value);

void gemma4_props_get (const Gemma4PropTable * table, guint id, gconstpointer settings,
    GValue * value);

/* Copies the fields that the user did not set from @preset to @settings. */
void gemma4_props_apply (const Gemma4PropTable * table, gpointer settings,
    gconstpointer preset, guint64 user_set);

/* Copies @src over @dst, strings and arrays too; @dst is zero or a settings struct
 * before. */
void gemma4_props_copy (const Gemma4PropTable * table, gpointer dst, gconstpointer src);

/* Frees the strings and arrays. */
void gemma4_props_clear (const Gemma4PropTable * table, gpointer settings);

/* Whether the user set the property called @name. */
gboolean gemma4_props_is_set (const Gemma4PropTable * table, const gchar * name,
    guint64 user_set);
