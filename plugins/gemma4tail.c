/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4tail.h"

#define NAME "gemma4-tail"

GstEvent *
gemma4_tail_event_new (GstBuffer *buffer)
{
  GstStructure *s = gst_structure_new (NAME, "buffer", GST_TYPE_BUFFER, buffer, NULL);
  gst_buffer_unref (buffer);
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, s);
}

GstBuffer *
gemma4_tail_event_parse (GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_DOWNSTREAM || !gst_event_has_name (event, NAME))
    return NULL;
  const GValue *value = gst_structure_get_value (gst_event_get_structure (event), "buffer");
  return value && G_VALUE_HOLDS (value, GST_TYPE_BUFFER) ? gst_value_get_buffer (value) : NULL;
}
