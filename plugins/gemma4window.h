/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of a store a pack may have. */

#include <gst/gst.h>

typedef struct
{
  GstClockTime start_ns, stop_ns;       /* [start, stop) in running time; stop NONE: to the end */
  gboolean once;                /* whatever lies before stop and no pack has had; but of sound no
                                 * row that ends before start: its interval is over */
} Gemma4Window;

/* @time_ns, moved; not before 0. */
static inline GstClockTime
gemma4_shifted_time (GstClockTime time_ns, gint64 shift_ns)
{
  return shift_ns < 0 && time_ns < (GstClockTime) -shift_ns ? 0 : time_ns + shift_ns;
}
