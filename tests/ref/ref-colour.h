/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Y'CbCr to R'G'B' in double precision, as ITU-T H.273 defines it, with chroma
 * interpolated where it lies. */

#include <stddef.h>
#include <stdint.h>

/* The samples of one component. */
typedef struct
{
  const uint8_t *data;
  ptrdiff_t stride_bytes;
  unsigned step_bytes, sample_bytes, shift;
  int left, top, right, bottom; /* samples that count: the last ones included */
} RefPlane;

/* The value between samples, by the distances to them; at the edges the last one. */
double ref_plane_value (const RefPlane * plane, double x, double y);

/* Levels from 0 to 255, not rounded. */
void ref_rgb (double kr, double kb, int full_range, unsigned depth_bits, double y, double cb,
    double cr, double rgb[3]);
