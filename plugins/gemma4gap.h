/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* GAP events, whose times may cross the ends of the segment, as demuxers let them. */

#include <gst/gst.h>

/* Cuts a GAP to @segment, which is in time; FALSE if it lies outside.
 * @pts: (inout)
 * @duration: (inout): NONE becomes 0 */
static inline gboolean
gemma4_gap_clip (const GstSegment *segment, GstClockTime *pts, GstClockTime *duration)
{
  guint64 begin, end, longest = GST_CLOCK_TIME_NONE - 1 - *pts;
  guint64 stop = *pts + (GST_CLOCK_TIME_IS_VALID (*duration) ? MIN (*duration, longest) : 0);
  if (!gst_segment_clip (segment, GST_FORMAT_TIME, *pts, stop, &begin, &end))
    return FALSE;
  *pts = begin;
  *duration = end - begin;
  return TRUE;
}
