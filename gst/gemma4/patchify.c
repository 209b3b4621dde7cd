/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/patchify.h>

#include "pixels.h"

#include <string.h>

/* Cuts one row of patches out of the picture; returns where the next one goes. */
static uint8_t *
cut_patch_row (uint8_t *pixels, const uint8_t *rgb, ptrdiff_t stride_bytes,
    uint32_t width_px, uint32_t patch_px)
{
  size_t run_bytes = 3 * (size_t) patch_px;
  for (uint32_t x = 0; x < width_px; x += patch_px) {
    for (uint32_t y = 0; y < patch_px; y++) {
      memcpy (pixels, rgb + (ptrdiff_t) y * stride_bytes + 3 * (size_t) x, run_bytes);
      pixels += run_bytes;
    }
  }
  return pixels;
}

void
gemma4_patchify (const Gemma4VisionParams *params, uint8_t *pixels, size_t n_rows,
    const uint8_t *rgb, ptrdiff_t stride_bytes, uint32_t width_px, uint32_t height_px)
{
  uint8_t *end = pixels + n_rows * gemma4_patch_values (params);
  for (uint32_t y = 0; y < height_px; y += params->patch_size_px)
    pixels = cut_patch_row (pixels, rgb + (ptrdiff_t) y * stride_bytes, stride_bytes,
        width_px, params->patch_size_px);
  memset (pixels, 0, end - pixels);
}

void
gemma4_patch_positions (int32_t *positions, size_t n_rows, uint32_t n_columns,
    uint32_t n_patches)
{
  for (size_t i = 0; i < n_rows; i++) {
    positions[2 * i] = i < n_patches ? (int32_t) (i % n_columns) : -1;
    positions[2 * i + 1] = i < n_patches ? (int32_t) (i / n_columns) : -1;
  }
}

/* 1/255 = 0x8080.8080...p-23: its first 16 digits and what follows. That v / 255
 * is correctly rounded is tested for all v. */
static const Gemma4PixelFactor factors[] = {
  [GEMMA4_PIXELS_DIVIDED] = { 0x8080p-23f, 0x8080.8p-39f },
  [GEMMA4_PIXELS_MULTIPLIED] = { (float) (1.0 / 255.0), 0.0f },
};

void
gemma4_scale_pixels (float *out, const uint8_t *in, size_t n_values, Gemma4PixelRule rule)
{
  gemma4_pixels (gemma4_cpu_level ())->scale (out, in, n_values, factors[rule]);
}

static float
pixel_value (const Gemma4PixelScale *scale, int channel, int value)
{
  float factor = (float) scale->factor[channel], offset = (float) scale->offset[channel];
  if (scale->rule == GEMMA4_PIXELS_NORMALIZED)
    return ((float) value + offset) / factor;
  return (float) value * factor + offset;
}

void
gemma4_pixel_table (float table[3][256], const Gemma4PixelScale *scale)
{
  uint8_t bytes[256];
  for (int value = 0; value < 256; value++)
    bytes[value] = (uint8_t) value;
  for (int channel = 0; channel < 3; channel++) {
    if (scale->rule <= GEMMA4_PIXELS_MULTIPLIED)
      gemma4_scale_pixels (table[channel], bytes, 256, scale->rule);
    else
      for (int value = 0; value < 256; value++)
        table[channel][value] = pixel_value (scale, channel, value);
  }
}

void
gemma4_map_pixels (float *out, const uint8_t *in, size_t n_values, const float table[3][256])
{
  uint8_t *bytes = (uint8_t *) out;
  for (size_t pixel = 0; pixel < n_values; pixel += 3) {
    for (size_t i = pixel; i < pixel + 3 && i < n_values; i++)
      memcpy (bytes + sizeof (float) * i, &table[i - pixel][in[i]], sizeof (float));
  }
}

void
gemma4_apply_pixel_scale (float *out, const uint8_t *in, size_t n_values,
    const Gemma4PixelScale *scale)
{
  float table[3][256];
  if (scale->rule <= GEMMA4_PIXELS_MULTIPLIED) {
    gemma4_scale_pixels (out, in, n_values, scale->rule);
    return;
  }
  gemma4_pixel_table (table, scale);
  gemma4_map_pixels (out, in, n_values, (const float (*)[256]) table);
}
