/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pixels.h"

typedef float UnalignedFloat __attribute__ ((aligned (1)));

static void
scale (float *out, const uint8_t *in, size_t n, Gemma4PixelFactor factor)
{
  UnalignedFloat *restrict dest = (UnalignedFloat *) out;
  for (size_t i = 0; i < n; i++)
    dest[i] = (float) in[i] * factor.high + (float) in[i] * factor.low;
}

const Gemma4Pixels gemma4_pixels_c = { scale };
