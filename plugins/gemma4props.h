/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Properties from a table. An element keeps what its properties set in one
 * settings struct and describes it with one table; defaults are read from a
 * struct of the same type, so they are written down once. What the user set is
 * remembered, because it wins over the preset, whatever the order. The table says too
 * what may change while the element runs; whatever may not keeps its value then, and a
 * warning on the bus says so. */

#include <gst/gemma4/status.h>
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
  GParamFlags mutability;       /* 0 (before PAUSED) or GST_PARAM_MUTABLE_PLAYING */
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

  /* Whether @settings may be those of @element, which runs, after a change of @name; a
   * sentence in @error if not. NULL: always. */
  gboolean (*check) (gpointer element, const gchar * name, gconstpointer settings,
      Gemma4Error * error);
} Gemma4PropTable;

/* Installs every row, with defaults from @defaults (a settings struct). */
void gemma4_props_install (GObjectClass * klass, const Gemma4PropTable * table,
    gconstpointer defaults);

/* Sets the field of property @spec in @settings and marks it in @user_set. Of a
 * @running element (else NULL) only what may change while it plays is set, and only to
 * what it can work with; a value that is there already is no change. The caller holds
 * the object lock. Returns why the value was not taken, for gemma4_props_warn(); or
 * NULL. */
gchar *gemma4_props_set (const Gemma4PropTable * table, const GParamSpec * spec,
    gpointer settings, guint64 * user_set, const GValue * value, gpointer running);

/* Warns on the bus of @element that a value was not taken. Takes @refused, which may be
 * NULL. Without the object lock. */
void gemma4_props_warn (gpointer element, gchar * refused);

void gemma4_props_get (const Gemma4PropTable * table, guint id, gconstpointer settings,
    GValue * value);

/* Copies the fields that the user did not set from @preset to @settings. */
void gemma4_props_apply (const Gemma4PropTable * table, gpointer settings,
    gconstpointer preset, guint64 user_set);

/* Copies @src over @dst, strings and arrays too; @dst is zero or a settings struct
 * before. */
void gemma4_props_copy (const Gemma4PropTable * table, gpointer dst, gconstpointer src);

/* The same for what may change while the element plays. */
void gemma4_props_copy_mutable (const Gemma4PropTable * table, gpointer dst,
    gconstpointer src);

/* Frees the strings and arrays. */
void gemma4_props_clear (const Gemma4PropTable * table, gpointer settings);

/* Whether the user set the property called @name. */
gboolean gemma4_props_is_set (const Gemma4PropTable * table, const gchar * name,
    guint64 user_set);
