/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The oracle (tests/ref) proves the core's pictures on sizes that no golden
 * file has. */

#include "golden.h"
#include "ref-fit.h"
#include "ref-patchify.h"
#include "ref-resize.h"
#include "seed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/fit.h>
#include <gst/gemma4/patchify.h>
#include <gst/gemma4/resize.h>
#include <string.h>

#define PARTS 10                /* pictures are spread over as many tests */
#define PICTURES_PER_PART 50

static const int budgets[] = { 70, 140, 280, 560, 1120 };

static void
check_fit (const Gemma4VisionParams *params, guint width, guint height)
{
  int want_width = -1, want_height = -1;
  guint32 got_width = 12345, got_height = 54321;
  Gemma4Error error;
  bool fits = ref_fit (params->patch_size_px, params->pooling_kernel_size,
      params->max_soft_tokens, width, height, &want_width, &want_height);
  Gemma4Status status = gemma4_fit (params, width, height, &got_width,
      &got_height, &error);
  if (!fits)
    fail_unless (status != GEMMA4_OK && got_width == 12345
        && got_height == 54321, "%ux%u in %u tokens: no such size, but the "
        "core says %ux%u (seed %u)", width, height, params->max_soft_tokens,
        got_width, got_height, test_seed ());
  else if (status != GEMMA4_OK || (int) got_width != want_width
      || (int) got_height != want_height)
    fail ("%ux%u in %u tokens of %u px: %ux%u, not %dx%d (%s, seed %u)", width,
        height, params->max_soft_tokens, params->patch_size_px, got_width,
        got_height, want_width, want_height, gemma4_status_string (status),
        test_seed ());
}

GST_START_TEST (test_fit)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  for (guint i = 0; i < test_rounds (200000); i++) {
    guint limit = i % 2 ? 65536 : 2000;
    guint width = g_rand_int_range (rand, 1, limit);
    guint height = i % 7 == 0 ? g_rand_int_range (rand, 1, 20)
        : g_rand_int_range (rand, 1, limit);
    for (guint b = 0; b < G_N_ELEMENTS (budgets); b++) {
      bool unified = i % 5 == 0;
      Gemma4VisionParams params = {
        .max_soft_tokens = budgets[b],
        .patch_size_px = unified ? 48 : 16,
        .pooling_kernel_size = unified ? 1 : 3,
      };
      check_fit (&params, width, height);
      check_fit (&params, height, width);
    }
  }
  g_rand_free (rand);
}

GST_END_TEST;

GST_START_TEST (test_fit_extremes)
{
  static const guint sides[] = { 1, 2, 47, 48, 49, 308, 440, 8192, 65535 };
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sides); j++)
      for (guint tokens = 0; tokens < 3; tokens++) {
        Gemma4VisionParams params = gemma4_vision_params_image;
        params.max_soft_tokens = tokens == 0 ? 0 : tokens == 1 ? 70 : 1120;
        check_fit (&params, sides[i], sides[j]);
      }
}

GST_END_TEST;

/* One of: the golden pattern, noise, or black and white noise, which overshoots
 * the most. */
static guint8 *
make_picture (guint width, guint height, GRand *rand)
{
  guint kind = g_rand_int_range (rand, 0, 3);
  if (kind == 0)
    return input_image (width, height);
  gsize n = (gsize) width * height * 3;
  guint8 *rgb = g_malloc (n);
  for (gsize i = 0; i < n; i++) {
    rgb[i] = g_rand_int (rand) >> 24;
    if (kind == 2)
      rgb[i] = rgb[i] & 1 ? 255 : 0;
  }
  return rgb;
}

/* Runs the core's resize, with rows that lie apart and perhaps upside down.
 * @out: [out_height][out_width][3] */
static void
resize_core (const guint8 *rgb, guint width, guint height, guint8 *out,
    guint out_width, guint out_height, GRand *rand)
{
  Gemma4Resizer *resizer;
  gsize in_row = width * 3, out_row = out_width * 3;
  gsize in_stride = in_row + g_rand_int_range (rand, 0, 70);
  gsize out_stride = out_row + g_rand_int_range (rand, 0, 70);
  bool flipped = g_rand_boolean (rand);
  g_autofree guint8 *in = g_malloc (in_stride * height);
  g_autofree guint8 *wide = g_malloc (out_stride * out_height);
  memset (wide, 0xa5, out_stride * out_height);
  for (guint y = 0; y < height; y++)
    memcpy (in + (flipped ? height - 1 - y : y) * in_stride, rgb + y * in_row,
        in_row);
  fail_unless (gemma4_resizer_new (width, height, out_width, out_height,
          &resizer) == GEMMA4_OK);
  gemma4_resizer_run (resizer, wide, out_stride,
      in + (flipped ? (height - 1) * in_stride : 0),
      flipped ? -(ptrdiff_t) in_stride : (ptrdiff_t) in_stride);
  gemma4_resizer_free (resizer);
  for (guint y = 0; y < out_height; y++) {
    memcpy (out + y * out_row, wide + y * out_stride, out_row);
    for (gsize i = out_row; i < out_stride; i++)
      if (wide[y * out_stride + i] != 0xa5)
        fail ("wrote behind row %u", y);
  }
}

static void
compare_bytes (const guint8 *got, const guint8 *want, gsize n,
    const gchar *what)
{
  if (memcmp (got, want, n) == 0)
    return;
  for (gsize i = 0; i < n; i++)
    if (got[i] != want[i])
      fail ("%s: byte %" G_GSIZE_FORMAT " is %d, not %d (seed %u)", what, i,
          got[i], want[i], test_seed ());
}

static void
check_patches (const guint8 *rgb, int width, int height, int budget,
    const gchar *what)
{
  Gemma4VisionParams params = gemma4_vision_params_image;
  params.max_soft_tokens = budget;
  int n_rows = budget * 9;
  gsize n_bytes = (gsize) n_rows * 768;
  g_autofree guint8 *want = g_malloc (n_bytes);
  g_autofree guint8 *got = g_malloc (n_bytes);
  g_autofree gint32 *want_places = g_new (gint32, n_rows * 2);
  g_autofree gint32 *got_places = g_new (gint32, n_rows * 2);
  memset (got, 0xa5, n_bytes);
  memset (got_places, 0xa5, n_rows * 8);
  ref_patchify (rgb, width, height, 16, n_rows, want);
  gemma4_patchify (&params, got, n_rows, rgb, width * 3, width, height);
  compare_bytes (got, want, n_bytes, what);
  ref_positions (width, height, 16, n_rows, want_places);
  gemma4_patch_positions (got_places, n_rows, width / 16,
      width / 16 * (height / 16));
  for (int i = 0; i < n_rows * 2; i++)
    if (got_places[i] != want_places[i])
      fail ("%s: position %d is %d, not %d", what, i, got_places[i],
          want_places[i]);
}

/* Resizes one picture to all budgets. */
static void
check_picture (guint width, guint height, GRand *rand)
{
  g_autofree guint8 *rgb = make_picture (width, height, rand);
  for (guint b = 0; b < G_N_ELEMENTS (budgets); b++) {
    int out_width, out_height;
    fail_unless (ref_fit (16, 3, budgets[b], width, height, &out_width,
            &out_height));
    g_autofree gchar *what = g_strdup_printf ("%ux%u to %dx%d, RGB", width,
        height, out_width, out_height);
    gsize n = (gsize) out_width * out_height * 3;
    g_autofree guint8 *want = g_malloc (n);
    g_autofree guint8 *got = g_malloc (n);
    ref_resize (rgb, width, height, want, out_width, out_height);
    resize_core (rgb, width, height, got, out_width, out_height, rand);
    compare_bytes (got, want, n, what);
    check_patches (want, out_width, out_height, budgets[b], what);
  }
}

GST_START_TEST (test_pictures)
{
  GRand *rand = g_rand_new_with_seed (test_seed () + __i__);
  for (guint i = 0; i < test_rounds (PICTURES_PER_PART); i++) {
    guint width = g_rand_int_range (rand, 1, 700);
    guint height = g_rand_int_range (rand, 1, 700);
    check_picture (width, height, rand);
  }
  g_rand_free (rand);
}

GST_END_TEST;

GST_START_TEST (test_pictures_extremes)
{
  static const guint sizes[][2] = { {2000, 30}, {30, 2000}, {8192, 1},
  {1, 8192}, {1, 1}, {1, 2}, {2, 1}, {48, 48}, {336, 432}, {1920, 1080} };
  GRand *rand = g_rand_new_with_seed (test_seed ());
  check_picture (sizes[__i__][0], sizes[__i__][1], rand);
  g_rand_free (rand);
}

GST_END_TEST;

/* Any size to any size, among them passes of equal size. */
GST_START_TEST (test_resize)
{
  GRand *rand = g_rand_new_with_seed (test_seed ());
  for (guint i = 0; i < test_rounds (600); i++) {
    gint32 width = g_rand_int_range (rand, 1, i % 3 ? 300 : 20);
    gint32 height = g_rand_int_range (rand, 1, i % 4 ? 300 : 20);
    gint32 out_width = i % 10 ? g_rand_int_range (rand, 1, 300) : width;
    gint32 out_height = i % 15 ? g_rand_int_range (rand, 1, 300) : height;
    g_autofree guint8 *rgb = make_picture (width, height, rand);
    gsize n = (gsize) out_width * out_height * 3;
    g_autofree guint8 *want = g_malloc (n);
    g_autofree guint8 *got = g_malloc (n);
    g_autofree gchar *what = g_strdup_printf ("picture %u, %dx%d to %dx%d", i,
        width, height, out_width, out_height);
    ref_resize (rgb, width, height, want, out_width, out_height);
    resize_core (rgb, width, height, got, out_width, out_height, rand);
    compare_bytes (got, want, n, what);
  }
  g_rand_free (rand);
}

GST_END_TEST;

/* All values, in every alignment, bit by bit. */
GST_START_TEST (test_values)
{
  guint8 in[256 + 8], out[sizeof (float) * (256 + 8) + 4];
  for (guint offset = 0; offset < 8; offset++) {
    guint8 *place = out + offset % 4;
    for (guint v = 0; v < 256; v++)
      in[offset + v] = v;
    for (guint rule = 0; rule < 2; rule++) {
      gemma4_scale_pixels ((float *) (void *) place, in + offset, 256,
          rule ? GEMMA4_PIXELS_MULTIPLIED : GEMMA4_PIXELS_DIVIDED);
      for (guint v = 0; v < 256; v++) {
        float want = rule ? ref_image_value (v) : ref_video_value (v), got;
        memcpy (&got, place + v * sizeof (float), sizeof (float));
        if (memcmp (&got, &want, sizeof (float)) != 0)
          fail ("rule %u, offset %u: %u is %.9g, not %.9g", rule, offset, v,
              got, want);
      }
    }
  }
}

GST_END_TEST;

static Suite *
oracle_vision_suite (void)
{
  Suite *s = suite_create ("oracle-vision");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_fit);
  tcase_add_test (t, test_fit_extremes);
  tcase_add_loop_test (t, test_pictures, 0, PARTS);
  tcase_add_loop_test (t, test_pictures_extremes, 0, 10);
  tcase_add_test (t, test_resize);
  tcase_add_test (t, test_values);
  return s;
}

GST_CHECK_MAIN (oracle_vision);
