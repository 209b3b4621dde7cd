/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4presets.h"

#include <string.h>

#define FIELD_PRESET "preset"
#define FIELD_CONFIG_FILE "config-file"

#define GST_CAT_DEFAULT category ()

static GMutex lock;
static GPtrArray *presets;      /* of Gemma4Preset, under the lock */

static GstDebugCategory *
category (void)
{
  static gsize made = 0;
  if (g_once_init_enter (&made))
    g_once_init_leave (&made, (gsize) _gst_debug_category_new ("gemma4presets", 0,
            "what is read for Gemma 4 presets"));
  return (GstDebugCategory *) made;
}

/* The preset that is here already and equals @opened, which is freed then; else that. */
static const Gemma4Preset *
intern (Gemma4Preset *opened)
{
  const Gemma4Preset *found = NULL;
  g_mutex_lock (&lock);
  if (!presets)
    presets = g_ptr_array_new ();
  for (guint i = 0; i < presets->len && !found; i++) {
    if (gemma4_preset_equal (g_ptr_array_index (presets, i), opened))
      found = g_ptr_array_index (presets, i);
  }
  if (found)
    gemma4_preset_free (opened);
  else
    g_ptr_array_add (presets, opened);
  g_mutex_unlock (&lock);
  return found ? found : opened;
}

const Gemma4Preset *
gemma4_presets_get (const gchar *name, const gchar *config_file, Gemma4Error *error)
{
  Gemma4Preset *opened;
  if (gemma4_preset_open (name, config_file, &opened, error) != GEMMA4_OK)
    return NULL;
  return intern (opened);
}

/* A field of the first structure, which may have none. */
static const gchar *
word (const GstCaps *caps, const gchar *field)
{
  if (!caps || gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return NULL;
  return gst_structure_get_string (gst_caps_get_structure (caps, 0), field);
}

const Gemma4Preset *
gemma4_presets_choose (const gchar *own, const gchar *own_config_file, const GstCaps *caps,
    Gemma4Error *error)
{
  if (!own && !caps)
    own_config_file = NULL;     /* of a directory that is not known yet */
  return gemma4_presets_get (own ? own : word (caps, FIELD_PRESET),
      own_config_file ? own_config_file : word (caps, FIELD_CONFIG_FILE), error);
}

gboolean
gemma4_presets_agree (const GstCaps *caps, const Gemma4Preset *ours, gchar **theirs)
{
  const gchar *name = word (caps, FIELD_PRESET), *file = word (caps, FIELD_CONFIG_FILE);
  Gemma4Error error;
  if (!name || gemma4_presets_get (name, file, &error) == ours)
    return TRUE;
  *theirs = file ? g_strdup_printf ("%s, config-file=%s", name, file) : g_strdup (name);
  return FALSE;
}

static gboolean
names_preset (const gchar *name)
{
  const Gemma4Preset *builtin;
  return strstr (name, "://") || g_file_test (name, G_FILE_TEST_IS_DIR)
      || gemma4_preset_find (name, &builtin, NULL) == GEMMA4_OK;
}

const gchar *
gemma4_presets_find_tokenizer (const gchar *name, const Gemma4Preset *preset,
    Gemma4Error *error)
{
  const gchar *path;
  if (name && !names_preset (name))
    return name;
  if (name)
    preset = gemma4_presets_get (name, NULL, error);
  if (!preset || gemma4_preset_get_tokenizer (preset, &path, error) != GEMMA4_OK)
    return NULL;
  return path;
}

void
gemma4_presets_set_words (GstCaps *caps, const gchar *name, const gchar *config_file)
{
  if (name)
    gst_caps_set_simple (caps, FIELD_PRESET, G_TYPE_STRING, name, NULL);
  if (config_file)
    gst_caps_set_simple (caps, FIELD_CONFIG_FILE, G_TYPE_STRING, config_file, NULL);
}

void
gemma4_presets_log (gpointer element, const Gemma4Preset *preset)
{
  GST_INFO_OBJECT (element, "preset %s, files in %s, vocabulary %s", preset->name,
      preset->directory ? preset->directory : "(none)",
      preset->tokenizer ? preset->tokenizer : "(none)");
  for (gsize i = 0; i < preset->n_notes; i++)
    GST_INFO_OBJECT (element, "%s", preset->notes[i]);
}
