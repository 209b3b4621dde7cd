/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Properties that are set while an element runs. */

#include <gst/check/gstcheck.h>
#include <string.h>

static inline gchar *
settings_text (GObject *object, const gchar *name)
{
  GValue value = G_VALUE_INIT;
  g_value_init (&value, g_object_class_find_property (G_OBJECT_GET_CLASS (object),
          name)->value_type);
  g_object_get_property (object, name, &value);
  gchar *text = G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value)
      : gst_value_serialize (&value);
  g_value_unset (&value);
  return text;
}

/* Sets what is not taken: a warning has every word of @words, and the value stays. */
static inline void
settings_assert_refused (GstElement *element, GstBus *bus, const gchar *name, const gchar *value,
    const gchar *words)
{
  g_autofree gchar *old = settings_text (G_OBJECT (element), name);
  gst_util_set_object_arg (G_OBJECT (element), name, value);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, GST_SECOND, GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;
  fail_unless (message != NULL, "%s=%s: no warning", name, value);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, name) && strstr (error->message, words), "%s=%s: %s",
      name, value, error->message);
  g_autofree gchar *now = settings_text (G_OBJECT (element), name);
  fail_unless (g_strcmp0 (now, old) == 0, "%s is %s, want %s", name, now, old);
}
