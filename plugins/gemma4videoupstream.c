/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videoupstream.h"

gboolean
gemma4_upstream_is_live (GstPad *sinkpad)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean live = FALSE;
  if (gst_pad_peer_query (sinkpad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  return live;
}

GstClockTime
gemma4_upstream_length (GstPad *sinkpad, const GstSegment *segment)
{
  if (segment->format != GST_FORMAT_TIME)
    return 0;
  if (GST_CLOCK_TIME_IS_VALID (segment->stop))
    return segment->stop - segment->start;

  /* The duration is stream time: the segment begins there at segment->time. */
  gint64 duration;
  if (!gst_pad_peer_query_duration (sinkpad, GST_FORMAT_TIME, &duration) || duration < 0)
    return 0;
  GstClockTime begin = GST_CLOCK_TIME_IS_VALID (segment->time) ? segment->time : 0;
  return (GstClockTime) duration > begin ? duration - begin : 0;
}

gboolean
gemma4_upstream_left (GstPad *sinkpad, const GstSegment *segment, GstClockTime time,
    GstClockTimeDiff *left)
{
  gint64 duration;
  guint64 stream_ns = 0;
  if (segment->format != GST_FORMAT_TIME
      || gst_segment_to_stream_time_full (segment, GST_FORMAT_TIME, time, &stream_ns) <= 0
      || !gst_pad_peer_query_duration (sinkpad, GST_FORMAT_TIME, &duration) || duration <= 0)
    return FALSE;
  *left = GST_CLOCK_DIFF (stream_ns, duration);
  return TRUE;
}

/* Elements from a pad to its source; a circle would have no end. */
#define LONGEST_CHAIN 64

static gboolean
is_vague (GstPad *pad)
{
  g_autoptr (GstElement) element = gst_pad_get_parent_element (pad);
  GstElementFactory *factory = element ? gst_element_get_factory (element) : NULL;
  return factory && (g_str_equal (GST_OBJECT_NAME (factory), "concat")
      || g_str_equal (GST_OBJECT_NAME (factory), "oggdemux"));
}

/* The sink pad that feeds a source pad, or that of a bin's inside; NULL at a source. */
static GstPad *
feeding_pad (GstPad *pad)
{
  GstIterator *links = gst_pad_iterate_internal_links (pad);
  GValue value = G_VALUE_INIT;
  GstPad *found = NULL;
  if (links && gst_iterator_next (links, &value) == GST_ITERATOR_OK)
    found = g_value_dup_object (&value);
  if (G_IS_VALUE (&value))
    g_value_unset (&value);
  if (links)
    gst_iterator_free (links);
  return found;
}

gboolean
gemma4_upstream_stop_is_vague (GstPad *sinkpad)
{
  g_autoptr (GstPad) pad = gst_object_ref (sinkpad);
  for (guint i = 0; pad && i < LONGEST_CHAIN; i++) {
    g_autoptr (GstPad) peer = gst_pad_get_peer (pad);
    if (!peer)
      return FALSE;
    if (is_vague (peer))
      return TRUE;
    gst_object_unref (pad);
    pad = feeding_pad (peer);
  }
  return FALSE;
}
