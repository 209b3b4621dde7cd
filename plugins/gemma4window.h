/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of a store a pack may have. */

#include <gst/gst.h>

typedef struct
{
  GstClockTime start_ns, stop_ns;       /* [start, stop) in running time; stop NONE: to the end */
  gboolean once;                /* whatever lies before stop and no pack has had; start does
                                 * not count */
} Gemma4Window;
