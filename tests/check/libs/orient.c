/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/orient.h>

#include <string.h>

/* Every pixel carries its place. */
static guint8 *
make_picture (guint width, guint height, gint stride)
{
  guint8 *rgb = g_malloc0 (ABS (stride) * height);
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++) {
      guint8 *p = rgb + (stride < 0 ? height - 1 - y : y) * ABS (stride) + 3 * x;
      p[0] = x;
      p[1] = y;
      p[2] = x >> 8;
    }
  return rgb;
}

/* Exif's words: where the 0th row and the 0th column of the stored picture are shown. */
static const struct
{
  gboolean swaps, row_at_end, column_at_end;
} exif[] = {
  [GEMMA4_ORIENT_NONE] = {FALSE, FALSE, FALSE},         /* top, left */
  [GEMMA4_ORIENT_MIRROR] = {FALSE, FALSE, TRUE},        /* top, right */
  [GEMMA4_ORIENT_TURN_180] = {FALSE, TRUE, TRUE},       /* bottom, right */
  [GEMMA4_ORIENT_MIRROR_VERTICALLY] = {FALSE, TRUE, FALSE},     /* bottom, left */
  [GEMMA4_ORIENT_TRANSPOSE] = {TRUE, FALSE, FALSE},     /* left, top */
  [GEMMA4_ORIENT_TURN_90] = {TRUE, TRUE, FALSE},        /* right, top */
  [GEMMA4_ORIENT_TRANSVERSE] = {TRUE, TRUE, TRUE},      /* right, bottom */
  [GEMMA4_ORIENT_TURN_270] = {TRUE, FALSE, TRUE},       /* left, bottom */
};

GST_START_TEST (test_places)
{
  const guint sizes[][2] = { {1, 1}, {7, 3}, {3, 7}, {130, 70}, {300, 65} };
  for (guint s = 0; s < 2 * G_N_ELEMENTS (sizes); s++) {
    guint width = sizes[s / 2][0], height = sizes[s / 2][1];
    gint stride = (s % 2 ? -1 : 1) * (gint) (width * 3 + 4);
    g_autofree guint8 *memory = make_picture (width, height, stride);
    const guint8 *in = stride < 0 ? memory - stride * (gint) (height - 1) : memory;
    gboolean swaps = exif[__i__].swaps;
    fail_unless_equals_int (gemma4_orient_swaps_sides (__i__), swaps);
    guint out_width = swaps ? height : width, out_height = swaps ? width : height;
    gsize out_stride = out_width * 3 + 1;
    g_autofree guint8 *out = g_malloc (out_stride * out_height);
    memset (out, 0x5a, out_stride * out_height);
    guint split = out_height / 3;
    gemma4_orient_rows (__i__, out + split * out_stride, out_stride, in, stride, width, height,
        split, out_height - split);
    gemma4_orient_rows (__i__, out, out_stride, in, stride, width, height, 0, split);

    for (guint row = 0; row < height; row++)
      for (guint column = 0; column < width; column++) {
        guint r = exif[__i__].row_at_end ? height - 1 - row : row;
        guint c = exif[__i__].column_at_end ? width - 1 - column : column;
        const guint8 *got = out + (swaps ? c : r) * out_stride + 3 * (swaps ? r : c);
        if (got[0] != (column & 255) || got[1] != row || got[2] != column >> 8)
          ck_abort_msg ("orientation %d, %ux%u: pixel %u,%u is %u,%u", __i__, width, height,
              column, row, got[0] + 256 * got[2], got[1]);
      }
    for (guint y = 0; y < out_height; y++)
      fail_unless (out[y * out_stride + out_width * 3] == 0x5a, "wrote behind row %u", y);
  }
}

GST_END_TEST;

static Suite *
orient_suite (void)
{
  Suite *s = suite_create ("orient");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_places, 0, 8);
  return s;
}

GST_CHECK_MAIN (orient);
