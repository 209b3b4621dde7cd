/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/ycbcr.h>

#include <math.h>
#include <string.h>

#include "ref-colour.h"
#include "seed.h"

/* The bound in ycbcr.h. */
#define TOLERANCE 0.55

#define ALL_PX 48               /* side of the whole picture */

static const gdouble weights[][2] = { {0.299, 0.114}, {0.2126, 0.0722}, {0.2627, 0.0593} };

typedef struct
{
  Gemma4YcbcrLayout layout;
  Gemma4YcbcrMeaning meaning;
  guint x, y, width, height;    /* of the part */
  guint8 *samples[3];
  Gemma4Plane planes[3];
} Case;

static guint
bytes_of (const Case *c)
{
  return c->layout.depth_bits > 8 ? 2 : 1;
}

/* Any layout, any place, and samples of all values, the extremes often. */
static void
make_case (Case *c, GRand *rand)
{
  const guint depths[] = { 8, 8, 10, 12 };
  Gemma4YcbcrLayout *l = &c->layout;
  guint matrix = g_rand_int_range (rand, 0, 3);
  memset (c, 0, sizeof *c);
  l->depth_bits = depths[g_rand_int_range (rand, 0, 4)];
  l->shift = l->depth_bits > 8 && g_rand_boolean (rand) ? 16 - l->depth_bits : 0;
  l->grey = g_rand_int_range (rand, 0, 8) == 0;
  l->half_width = g_rand_boolean (rand);
  l->half_height = g_rand_boolean (rand);
  l->sited_x = g_rand_boolean (rand);
  l->sited_y = g_rand_boolean (rand);
  c->meaning = (Gemma4YcbcrMeaning) { weights[matrix][0], weights[matrix][1],
    g_rand_boolean (rand) };
  c->x = g_rand_int_range (rand, 0, 9);
  c->y = g_rand_int_range (rand, 0, 9);
  c->width = g_rand_int_range (rand, 1, ALL_PX - c->x + 1);
  c->height = g_rand_int_range (rand, 1, ALL_PX - c->y + 1);
  for (guint i = 0; i < 3; i++) {
    l->step_bytes[i] = bytes_of (c) * g_rand_int_range (rand, 1, 5);
    gsize stride = ALL_PX * l->step_bytes[i] + g_rand_int_range (rand, 0, 7);
    gboolean upside_down = g_rand_boolean (rand);
    c->samples[i] = g_malloc (stride * ALL_PX);
    for (gsize k = 0; k < stride * ALL_PX; k++)
      c->samples[i][k] = g_rand_boolean (rand) ? g_rand_int (rand) : g_rand_boolean (rand) * 255;
    if (l->depth_bits > 8 && l->shift == 0)
      for (gsize k = 1; k < stride * ALL_PX; k++)       /* only the bits that count */
        c->samples[i][k] &= (k % stride) % 2 ? (1 << (l->depth_bits - 8)) - 1 : 255;
    c->planes[i] = (Gemma4Plane) { c->samples[i] + upside_down * stride * (ALL_PX - 1),
      upside_down ? -(gssize) stride : (gssize) stride };
  }
}

static RefPlane
ref_plane (const Case *c, guint i)
{
  guint x = i && c->layout.half_width ? 2 : 1, y = i && c->layout.half_height ? 2 : 1;
  return (RefPlane) { c->planes[i].data, c->planes[i].stride_bytes, c->layout.step_bytes[i],
    bytes_of (c), c->layout.shift, c->x / x, c->y / y, (c->x + c->width - 1) / x,
    (c->y + c->height - 1) / y };
}

/* Where a pixel lies among the samples of chroma. */
static gdouble
chroma_place (guint place, gboolean half, gboolean sited)
{
  return !half ? place : sited ? place / 2.0 : (place - 0.5) / 2;
}

static void
expected (const Case *c, guint x, guint y, gdouble rgb[3])
{
  const Gemma4YcbcrLayout *l = &c->layout;
  gdouble value[3];
  for (guint i = 0; i < 3; i++) {
    RefPlane plane = ref_plane (c, i);
    value[i] = i == 0 ? ref_plane_value (&plane, x, y)
        : ref_plane_value (&plane, chroma_place (x, l->half_width, l->sited_x),
        chroma_place (y, l->half_height, l->sited_y));
    if (i && l->grey)
      value[i] = 1 << (l->depth_bits - 1);
  }
  ref_rgb (c->meaning.kr, c->meaning.kb, c->meaning.full_range, l->depth_bits, value[0],
      value[1], value[2], rgb);
}

static gdouble
check_case (Case *c, guint number)
{
  gsize stride = c->width * 3 + 5;
  g_autofree guint8 *rgb = g_malloc (stride * c->height);
  memset (rgb, 0x5a, stride * c->height);
  Gemma4Ycbcr *ycbcr = NULL;
  fail_unless_equals_int (gemma4_ycbcr_new (&c->layout, &c->meaning, c->x, c->y, c->width,
          c->height, &ycbcr), GEMMA4_OK);
  guint half = c->height / 2;   /* in two goes, the lower one first */
  gemma4_ycbcr_run (ycbcr, rgb + half * stride, stride, c->planes, half, c->height - half);
  gemma4_ycbcr_run (ycbcr, rgb, stride, c->planes, 0, half);
  gemma4_ycbcr_free (ycbcr);

  gdouble worst = 0;
  for (guint y = 0; y < c->height; y++)
    for (guint x = 0; x < c->width; x++) {
      gdouble want[3];
      const guint8 *got = rgb + y * stride + 3 * x;
      expected (c, c->x + x, c->y + y, want);
      for (guint i = 0; i < 3; i++) {
        worst = MAX (worst, fabs (got[i] - want[i]));
        if (!(fabs (got[i] - want[i]) <= TOLERANCE))
          ck_abort_msg ("seed %u case %u, depth %u shift %u half %d,%d sited %d,%d at %u,%u of %ux%u "
              "component %u: got %u, want %.3f", test_seed (), number, c->layout.depth_bits,
              c->layout.shift, c->layout.half_width, c->layout.half_height, c->layout.sited_x,
              c->layout.sited_y, x, y, c->width, c->height, i, got[i], want[i]);
      }
      if (x + 1 == c->width)
        for (guint i = 3; i < 8; i++)
          if (got[i] != 0x5a)
            ck_abort_msg ("case %u wrote behind row %u", number, y);
    }
  for (guint i = 0; i < 3; i++)
    g_free (c->samples[i]);
  return worst;
}

GST_START_TEST (test_random)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  gdouble worst = 0;
  for (guint i = 0; i < 400; i++) {
    Case c;
    make_case (&c, rand);
    worst = fmax (worst, check_case (&c, i));
  }
  g_rand_free (rand);
  g_print ("largest error %.3f of a level\n", worst);
}

GST_END_TEST;

/* Longer than the blocks in which a row is done. */
GST_START_TEST (test_long_row)
{
  const guint widths[] = { 63, 64, 65, 127, 129, 1920 };
  guint width = widths[__i__];
  g_autofree guint8 *luma = g_malloc (width), *chroma = g_malloc (width + 1);
  for (guint x = 0; x < width; x++)
    luma[x] = 16 + x * 37 % 220;
  for (guint x = 0; x <= width; x++)
    chroma[x] = x * 101 % 256;
  const Gemma4YcbcrLayout nv12 = {.depth_bits = 8,.step_bytes = {1, 2, 2},.half_width = true,
    .half_height = true };
  const Gemma4YcbcrMeaning bt709 = { 0.2126, 0.0722, false };
  const Gemma4Plane planes[3] = { {luma, 0}, {chroma, 0}, {chroma + 1, 0} };
  const RefPlane ref[2] = {
    {chroma, 0, 2, 1, 0, 0, 0, (width - 1) / 2, 0}, {chroma + 1, 0, 2, 1, 0, 0, 0, (width - 1) / 2, 0}
  };
  g_autofree guint8 *rgb = g_malloc (3 * width);
  Gemma4Ycbcr *ycbcr = NULL;
  fail_unless_equals_int (gemma4_ycbcr_new (&nv12, &bt709, 0, 0, width, 1, &ycbcr), GEMMA4_OK);
  gemma4_ycbcr_run (ycbcr, rgb, 3 * width, planes, 0, 1);
  gemma4_ycbcr_free (ycbcr);
  for (guint x = 0; x < width; x++) {
    gdouble want[3], place = (x - 0.5) / 2;
    ref_rgb (bt709.kr, bt709.kb, 0, 8, luma[x], ref_plane_value (&ref[0], place, 0),
        ref_plane_value (&ref[1], place, 0), want);
    for (guint i = 0; i < 3; i++)
      if (!(fabs (rgb[3 * x + i] - want[i]) <= TOLERANCE))
        ck_abort_msg ("%u of %u, component %u: got %u, want %.3f", x, width, i, rgb[3 * x + i],
            want[i]);
  }
}

GST_END_TEST;

GST_START_TEST (test_bad_arguments)
{
  const Gemma4YcbcrMeaning meaning = { 0.299, 0.114, false };
  const Gemma4YcbcrLayout good = {.depth_bits = 8,.step_bytes = {1, 1, 1} };
  Gemma4YcbcrLayout bad[] = { good, good, good, good };
  Gemma4Ycbcr *ycbcr = NULL;
  bad[0].depth_bits = 7;
  bad[1].depth_bits = 13;
  bad[2].shift = 1;
  bad[3].depth_bits = 12, bad[3].shift = 5;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    fail_unless_equals_int (gemma4_ycbcr_new (&bad[i], &meaning, 0, 0, 1, 1, &ycbcr),
        GEMMA4_BAD_ARGUMENT);
  fail_unless_equals_int (gemma4_ycbcr_new (&good, &meaning, 0, 0, 0, 1, &ycbcr),
      GEMMA4_BAD_ARGUMENT);
  fail_unless_equals_int (gemma4_ycbcr_new (&good, &meaning, 0, 0, 1, 65536, &ycbcr),
      GEMMA4_BAD_ARGUMENT);
  fail_unless (ycbcr == NULL, "the output was touched");
  gemma4_ycbcr_free (NULL);
}

GST_END_TEST;

static Suite *
ycbcr_suite (void)
{
  Suite *s = suite_create ("ycbcr");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_random);
  tcase_add_loop_test (t, test_long_row, 0, 6);
  tcase_add_test (t, test_bad_arguments);
  return s;
}

GST_CHECK_MAIN (ycbcr);
