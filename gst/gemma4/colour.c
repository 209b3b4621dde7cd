/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/colour.h>

#include <math.h>

/* The largest sum is 255 * (1.17 + 1.15 * 1.89) * 2^21, below 2^31. */
#define FRACTION_BITS 21

static int32_t
fixed (double v)
{
  return (int32_t) lround (ldexp (v, FRACTION_BITS));
}

void
gemma4_colour_init (Gemma4Colour *self, double kr, double kb, unsigned depth_bits,
    bool full_range)
{
  double largest = ldexp (1, depth_bits) - 1;
  double unit = ldexp (1, depth_bits - 8);
  double kg = 1 - kr - kb;

  /* Levels of the result for one level of luma or chroma, and for one of the
   * 65535 steps they come in. */
  double luma = 255 / (full_range ? largest : 219 * unit);
  double chroma = 255 / (full_range ? largest : 224 * unit);
  double step = largest / 65535;
  double cr_r = 2 * (1 - kr), cb_b = 2 * (1 - kb);
  double cr_g = -kr / kg * cr_r, cb_g = -kb / kg * cb_b;
  double black = full_range ? 0 : 16 * unit, grey = 128 * unit;

  *self = (Gemma4Colour) {
    .y = fixed (luma * step),
    .cr_r = fixed (cr_r * chroma * step),
    .cb_g = fixed (cb_g * chroma * step),
    .cr_g = fixed (cr_g * chroma * step),
    .cb_b = fixed (cb_b * chroma * step),
    .offset_r = fixed (0.5 - luma * black - chroma * grey * cr_r),
    .offset_g = fixed (0.5 - luma * black - chroma * grey * (cb_g + cr_g)),
    .offset_b = fixed (0.5 - luma * black - chroma * grey * cb_b),
  };
}

static uint8_t
clamp (int32_t v)
{
  v >>= FRACTION_BITS;
  return v < 0 ? 0 : v > 255 ? 255 : v;
}

void
gemma4_colour_row (const Gemma4Colour *self, uint8_t *rgb, const uint16_t *ayuv,
    size_t n_px)
{
  for (size_t i = 0; i < n_px; i++, ayuv += 4, rgb += 3) {
    int32_t y = ayuv[1] * self->y, cb = ayuv[2], cr = ayuv[3];
    rgb[0] = clamp (y + cr * self->cr_r + self->offset_r);
    rgb[1] = clamp (y + cb * self->cb_g + cr * self->cr_g + self->offset_g);
    rgb[2] = clamp (y + cb * self->cb_b + self->offset_b);
  }
}
