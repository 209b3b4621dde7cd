/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4timing.h"

#define NAME "gemma4-timing"

GstQuery *
gemma4_timing_query_new (void)
{
  return gst_query_new_custom (GST_QUERY_CUSTOM, gst_structure_new_empty (NAME));
}

gboolean
gemma4_timing_query_answer (GstQuery *query, GstElement *element, GstClockTime busy_ns)
{
  const GstStructure *s = gst_query_get_structure (query);
  if (GST_QUERY_TYPE (query) != GST_QUERY_CUSTOM || !gst_structure_has_name (s, NAME))
    return FALSE;
  gst_structure_set (gst_query_writable_structure (query),
      "stage", G_TYPE_STRING, GST_OBJECT_NAME (element),
      "busy", G_TYPE_UINT64, busy_ns, NULL);
  return TRUE;
}

void
gemma4_timing_query_parse (GstQuery *query, const gchar **stage, GstClockTime *busy_ns)
{
  const GstStructure *s = gst_query_get_structure (query);
  *stage = gst_structure_get_string (s, "stage");
  *busy_ns = 0;
  gst_structure_get_uint64 (s, "busy", busy_ns);
}
