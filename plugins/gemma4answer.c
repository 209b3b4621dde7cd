/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4answer.h"

#define NAME "gemma4-answer"

GstEvent *
gemma4_answer_event_new (guint64 number)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
      gst_structure_new (NAME, "number", G_TYPE_UINT64, number, NULL));
}

gboolean
gemma4_answer_event_parse (GstEvent *event, guint64 *number)
{
  return GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_DOWNSTREAM_STICKY
      && gst_event_has_name (event, NAME)
      && gst_structure_get_uint64 (gst_event_get_structure (event), "number", number);
}
