/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What aarch64.sh compares between processors: a hash of what the core makes of
 * noise, at the level that GEMMA4_CPU names. Needs nothing but the C library. */

#include <gst/gemma4/cpu.h>
#include <gst/gemma4/logmel.h>
#include <gst/gemma4/patchify.h>
#include <gst/gemma4/resize.h>
#include <gst/gemma4/ycbcr.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_SAMPLES 50000
#define N_ROWS 300
#define WIDTH_PX 333
#define HEIGHT_PX 211

static uint8_t noise[3 * WIDTH_PX * HEIGHT_PX];

static uint32_t
next_noise (void)
{
  static uint32_t state = 1;
  state = state * 1664525 + 1013904223;
  return state >> 8;
}

/* FNV-1a. */
static void
print_hash (const char *name, const void *data, size_t n_bytes)
{
  const uint8_t *bytes = data;
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < n_bytes; i++)
    hash = (hash ^ bytes[i]) * 0x100000001b3;
  printf ("%-24s %016llx\n", name, (unsigned long long) hash);
}

static void
need (bool good, const char *what)
{
  if (good)
    return;
  fprintf (stderr, "portable: %s failed\n", what);
  exit (1);
}

/* Quiet and loud, in pushes and pulls of odd sizes. */
static void
check_logmel (const char *name, const Gemma4LogMelParams *params)
{
  static float samples[N_SAMPLES], rows[N_ROWS * 128];
  Gemma4LogMel *logmel;
  need (gemma4_logmel_new (params, &logmel, NULL) == GEMMA4_OK, name);
  for (size_t i = 0; i < N_SAMPLES; i++)
    samples[i] = (float) ((next_noise () / 8388608.0 - 1.0) * (i / 10000 % 2 ? 1.0 : 1e-4));
  size_t n_pushed = 0, n_rows = 0;
  for (size_t round = 1; n_rows < N_ROWS; round++) {
    size_t n = round * 37 % 3000;
    n = n < N_SAMPLES - n_pushed ? n : N_SAMPLES - n_pushed;
    n_pushed += gemma4_logmel_push (logmel, samples + n_pushed, n);
    if (n_pushed == N_SAMPLES)
      gemma4_logmel_end (logmel);
    n_rows += gemma4_logmel_pull (logmel, rows + n_rows * 128, N_ROWS - n_rows);
  }
  print_hash (name, rows, sizeof rows);
  gemma4_logmel_free (logmel);
}

static void
check_resize (const char *name, uint32_t width_px, uint32_t height_px)
{
  Gemma4Resizer *resizer;
  size_t n_bytes = (size_t) 3 * width_px * height_px;
  uint8_t *out = malloc (n_bytes);
  float *values = malloc (n_bytes * sizeof values[0]);
  need (out && values && gemma4_resizer_new (WIDTH_PX, HEIGHT_PX, width_px, height_px, &resizer)
      == GEMMA4_OK, name);
  gemma4_resizer_run (resizer, out, 3 * width_px, noise, 3 * WIDTH_PX);
  gemma4_scale_pixels (values, out, n_bytes, GEMMA4_PIXELS_DIVIDED);
  print_hash (name, values, n_bytes * sizeof values[0]);
  gemma4_resizer_free (resizer);
  free (values);
  free (out);
}

/* I420. */
static void
check_ycbcr (void)
{
  static uint8_t rgb[3 * WIDTH_PX * HEIGHT_PX];
  const Gemma4YcbcrLayout layout = {.depth_bits = 8,.step_bytes = { 1, 1, 1 },
    .half_width = true,.half_height = true
  };
  const Gemma4YcbcrMeaning meaning = {.kr = 0.2126,.kb = 0.0722 };
  const ptrdiff_t half_px = (WIDTH_PX + 1) / 2;
  const uint8_t *chroma = noise + WIDTH_PX * HEIGHT_PX;
  const Gemma4Plane planes[3] = { {noise, WIDTH_PX}, {chroma, half_px}, {chroma + half_px, half_px} };
  Gemma4Ycbcr *ycbcr;
  need (gemma4_ycbcr_new (&layout, &meaning, 0, 0, WIDTH_PX, HEIGHT_PX, &ycbcr) == GEMMA4_OK,
      "ycbcr");
  gemma4_ycbcr_run (ycbcr, rgb, 3 * WIDTH_PX, planes, 0, HEIGHT_PX);
  print_hash ("ycbcr", rgb, sizeof rgb);
  gemma4_ycbcr_free (ycbcr);
}

int
main (void)
{
  for (size_t i = 0; i < sizeof noise; i++)
    noise[i] = (uint8_t) next_noise ();
  fprintf (stderr, "kernels: %s\n", gemma4_cpu_level_name (gemma4_cpu_level ()));
  check_logmel ("log-mel", &gemma4_logmel_params_default);
  check_logmel ("log-mel card", &gemma4_logmel_params_card);
  check_resize ("resize smaller", 96, 48);
  check_resize ("resize wider", 672, 96);
  check_ycbcr ();
  return 0;
}
