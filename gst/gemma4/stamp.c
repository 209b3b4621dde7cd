/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/stamp.h>

#include <inttypes.h>
#include <stdio.h>

size_t
gemma4_stamp_format (char *text, uint64_t time_ns)
{
  uint64_t time_ms = time_ns / 1000000 + (time_ns % 1000000 >= 500000);
  uint64_t time_s = time_ms / 1000;
  return snprintf (text, GEMMA4_STAMP_BYTES, "%02" PRIu64 ":%02" PRIu64,
      time_s / 60, time_s % 60);
}
