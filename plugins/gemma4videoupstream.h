/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a sink pad can learn about the media that comes to it. */

#include <gst/gst.h>

/* Whether upstream is live (LATENCY query). */
gboolean gemma4_upstream_is_live (GstPad * sinkpad);

/* How long the media of @segment is in ns: from start to stop, or where stop is
 * not set to the end that upstream's DURATION names; 0 if nobody knows. */
GstClockTime gemma4_upstream_length (GstPad * sinkpad, const GstSegment * segment);

/* Whether upstream's DURATION says where media ends, and how far behind @time, a time of
 * @segment, that is; negative: before it. */
gboolean gemma4_upstream_left (GstPad * sinkpad, const GstSegment * segment,
    GstClockTime time, GstClockTimeDiff * left);

/* Whether the end of a SEGMENT is not that of the video itself: it is that of one stream of
 * several where a `concat` stands somewhere before @sinkpad, and that of the longest stream
 * of the file where `oggdemux` does. */
gboolean gemma4_upstream_stop_is_vague (GstPad * sinkpad);
