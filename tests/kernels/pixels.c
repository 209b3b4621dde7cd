/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "guard.h"
#include "seed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/patchify.h>
#include <gst/gemma4/pixels.h>
#include <string.h>

#define CANARY 0xa5
#define MAX_VALUES 257

static void
check_scale (Gemma4CpuLevel level, gsize n, gsize misalignment, Gemma4PixelFactor factor)
{
  Guard guard;
  guint8 *in = guard_new (&guard, n);
  guint8 got[4 * MAX_VALUES + 64];
  float want[MAX_VALUES];
  for (gsize i = 0; i < n; i++)
    in[i] = (guint8) (i * 91 + n);
  memset (got, CANARY, sizeof got);
  gemma4_pixels_c.scale (want, in, n, factor);
  gemma4_pixels (level)->scale ((float *) (void *) (got + misalignment), in, n, factor);
  fail_unless (memcmp (got + misalignment, want, 4 * n) == 0, "%s: %" G_GSIZE_FORMAT
      " values at %" G_GSIZE_FORMAT " differ from plain C", gemma4_cpu_level_name (level), n,
      misalignment);
  for (gsize i = 0; i < sizeof got; i++)
    fail_unless ((i >= misalignment && i < misalignment + 4 * n) || got[i] == CANARY,
        "%s: %" G_GSIZE_FORMAT " values at %" G_GSIZE_FORMAT " wrote byte %" G_GSIZE_FORMAT,
        gemma4_cpu_level_name (level), n, misalignment, i);
  guard_free (&guard);
}

GST_START_TEST (test_levels)
{
  static const gsize sizes[] = { 0, 1, 7, 8, 9, 15, 16, 17, 255, 256, 257 };
  const Gemma4PixelFactor factor = { 0x8080p-23f, 0x8080.8p-39f };
  for (int level = 0; level <= (int) gemma4_cpu_level_detect (); level++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      for (gsize misalignment = 0; misalignment < 9; misalignment++)
        check_scale (level, sizes[i], misalignment, factor);
}

GST_END_TEST;

/* All 256 values by both rules, as C's own division and multiplication give them;
 * at the level that GEMMA4_CPU or the processor chooses. */
GST_START_TEST (test_values)
{
  guint8 values[256];
  float divided[256], multiplied[256];
  for (guint v = 0; v < 256; v++)
    values[v] = v;
  gemma4_scale_pixels (divided, values, 256, GEMMA4_PIXELS_DIVIDED);
  gemma4_scale_pixels (multiplied, values, 256, GEMMA4_PIXELS_MULTIPLIED);
  for (guint v = 0; v < 256; v++) {
    fail_unless (divided[v] == (float) v / 255.0f, "%u / 255: got %a, want %a", v, divided[v],
        (float) v / 255.0f);
    fail_unless (multiplied[v] == (float) v * (float) (1.0 / 255.0),
        "%u * (1/255): got %a, want %a", v, multiplied[v], (float) v * (float) (1.0 / 255.0));
  }
}

GST_END_TEST;

static Suite *
pixels_suite (void)
{
  Suite *s = suite_create ("pixels");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_levels);
  tcase_add_test (t, test_values);
  return s;
}

GST_CHECK_MAIN (pixels);
