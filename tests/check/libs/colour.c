/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/colour.h>

#include <math.h>

/* The bound in colour.h. */
#define TOLERANCE 0.55

static const gdouble weights[][2] = { {0.299, 0.114}, {0.2126, 0.0722}, {0.2627, 0.0593} };

/* ITU-T H.273, in the order in which the standard defines it. */
static void
exact (gdouble kr, gdouble kb, guint depth, gboolean full, const guint yuv[3],
    gdouble rgb[3])
{
  gdouble unit = 1 << (depth - 8), largest = (1 << depth) - 1;
  gdouble y = full ? yuv[0] / largest : (yuv[0] - 16 * unit) / (219 * unit);
  gdouble pb = (yuv[1] - 128 * unit) / (full ? largest : 224 * unit);
  gdouble pr = (yuv[2] - 128 * unit) / (full ? largest : 224 * unit);
  gdouble r = y + 2 * (1 - kr) * pr, b = y + 2 * (1 - kb) * pb;
  gdouble g = (y - kr * r - kb * b) / (1 - kr - kb);
  rgb[0] = 255 * CLAMP (r, 0, 1);
  rgb[1] = 255 * CLAMP (g, 0, 1);
  rgb[2] = 255 * CLAMP (b, 0, 1);
}

static void
check_level (const Gemma4Colour *colour, gdouble kr, gdouble kb, guint depth, gboolean full,
    const guint yuv[3])
{
  guint16 ayuv[4] = { 0 };
  guint largest = (1 << depth) - 1;
  for (guint c = 0; c < 3; c++)
    ayuv[1 + c] = ((guint64) yuv[c] * 65535 + largest / 2) / largest;
  guint8 got[3];
  gdouble want[3];
  gemma4_colour_row (colour, got, ayuv, 1);
  exact (kr, kb, depth, full, yuv, want);
  for (guint c = 0; c < 3; c++)
    if (fabs (got[c] - want[c]) > TOLERANCE)
      ck_abort_msg ("depth %u full %d kr %g: %u %u %u gives component %u = %u, want %.3f",
          depth, full, kr, yuv[0], yuv[1], yuv[2], c, got[c], want[c]);
}

/* Every luma with chroma from edge to edge, for every matrix, range and depth. */
GST_START_TEST (test_levels)
{
  const guint depths[] = { 8, 10, 12, 16 };
  guint depth = depths[__i__ / 2], full = __i__ % 2, shift = depth - 8;
  for (guint m = 0; m < G_N_ELEMENTS (weights); m++) {
    gdouble kr = weights[m][0], kb = weights[m][1];
    Gemma4Colour colour;
    gemma4_colour_init (&colour, kr, kb, depth, full);
    guint low = (1 << shift) - 1;       /* so that the largest value occurs */
    for (guint y = 0; y < 256; y++)
      for (guint cb = 0; cb < 256; cb += 15)
        for (guint cr = 0; cr < 256; cr += 17) {
          const guint yuv[3] = { y << shift | (y & low), cb << shift | (cb & low),
            cr << shift | (cr & low)
          };
          check_level (&colour, kr, kb, depth, full, yuv);
        }
  }
}

GST_END_TEST;

GST_START_TEST (test_black_white_grey)
{
  const guint8 want[3] = { 0, 255, 128 };
  const guint16 video[3] = { 16 * 257, 235 * 257, 126 * 257 };
  const guint16 full[3] = { 0, 65535, 128 * 257 };
  for (guint f = 0; f < 2; f++) {
    Gemma4Colour colour;
    gemma4_colour_init (&colour, 0.2126, 0.0722, 8, f);
    for (guint i = 0; i < 3; i++) {
      guint16 ayuv[4] = { 65535, f ? full[i] : video[i], 128 * 257, 128 * 257 };
      guint8 rgb[3];
      gemma4_colour_row (&colour, rgb, ayuv, 1);
      for (guint c = 0; c < 3; c++)
        fail_unless (rgb[c] == want[i], "full %u: component %u is %u, want %u", f, c, rgb[c],
            want[i]);
    }
  }
}

GST_END_TEST;

static Suite *
colour_suite (void)
{
  Suite *s = suite_create ("colour");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_levels, 0, 8);
  tcase_add_test (t, test_black_white_grey);
  return s;
}

GST_CHECK_MAIN (colour);
