/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ref-colour.h"

#include <math.h>

static int
clamp_int (int v, int low, int high)
{
  return v < low ? low : v > high ? high : v;
}

static double
sample (const RefPlane *p, int x, int y)
{
  x = clamp_int (x, p->left, p->right);
  y = clamp_int (y, p->top, p->bottom);
  const uint8_t *at = p->data + y * p->stride_bytes + x * (ptrdiff_t) p->step_bytes;
  return p->sample_bytes == 2 ? (at[0] + 256 * at[1]) >> p->shift : at[0];
}

double
ref_plane_value (const RefPlane *p, double x, double y)
{
  int left = floor (x), top = floor (y);
  double right = x - left, below = y - top;
  return (1 - below) * ((1 - right) * sample (p, left, top) + right * sample (p, left + 1, top))
      + below * ((1 - right) * sample (p, left, top + 1) + right * sample (p, left + 1, top + 1));
}

void
ref_rgb (double kr, double kb, int full_range, unsigned depth_bits, double y, double cb,
    double cr, double rgb[3])
{
  double unit = ldexp (1, depth_bits - 8), largest = ldexp (1, depth_bits) - 1;
  y = full_range ? y / largest : (y - 16 * unit) / (219 * unit);
  cb = (cb - 128 * unit) / (full_range ? largest : 224 * unit);
  cr = (cr - 128 * unit) / (full_range ? largest : 224 * unit);
  rgb[0] = y + 2 * (1 - kr) * cr;
  rgb[2] = y + 2 * (1 - kb) * cb;
  rgb[1] = (y - kr * rgb[0] - kb * rgb[2]) / (1 - kr - kb);
  for (int c = 0; c < 3; c++)
    rgb[c] = 255 * fmin (fmax (rgb[c], 0), 1);
}
