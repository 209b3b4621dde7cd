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
