/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* After transformers 5.17.0 video_processing_utils.py and
 * processing_gemma4.py, keras-hub 71453d08f gemma4_video_converter.py. */

#include "ref-sampler.h"

#include <inttypes.h>
#include <stdio.h>

typedef unsigned __int128 Wide;

uint64_t
ref_linspace_index (uint64_t i, uint64_t n_frames, uint64_t n_total)
{
  if (n_total <= n_frames)
    return i;
  if (n_frames == 1)
    return 0;
  return (Wide) i * (n_total - 1) / (n_frames - 1);
}

uint64_t
ref_arange_index (uint64_t i, uint64_t n_frames, uint64_t n_total)
{
  if (n_total <= n_frames)
    return i;
  return (Wide) i * n_total / n_frames;
}

void
ref_grid (const uint64_t *times_ns, size_t n, uint32_t rate_n, uint32_t rate_d,
    bool *taken)
{
  for (size_t i = 0; i < n; i++)
    taken[i] = false;
  size_t i = 0;
  for (uint64_t k = 0; i < n; k++) {
    uint64_t point_ns = (Wide) k * 1000000000 * rate_d / rate_n;
    while (i < n && times_ns[i] - times_ns[0] < point_ns)
      i++;
    if (i < n)
      taken[i] = true;
    /* Points that this frame has passed too are served by it. */
  }
}

void
ref_stamp (uint64_t time_ns, char *text)
{
  uint64_t ms = time_ns / 1000000 + (time_ns % 1000000 >= 500000 ? 1 : 0);
  uint64_t seconds = ms / 1000;
  snprintf (text, 24, "%02" PRIu64 ":%02" PRIu64, seconds / 60, seconds % 60);
}
