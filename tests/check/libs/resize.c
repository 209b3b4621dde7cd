/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/resize.h>

#include <json-glib/json-glib.h>
#include <string.h>

#include "golden.h"

/* RGB24 without gaps, from @in of the same kind; g_free() it. */
static guint8 *
resize (const guint8 *in, guint in_width, guint in_height, guint out_width, guint out_height)
{
  Gemma4Resizer *resizer = NULL;
  Gemma4Status status =
      gemma4_resizer_new (in_width, in_height, out_width, out_height, &resizer);
  fail_unless (status == GEMMA4_OK, "%ux%u -> %ux%u: %s", in_width, in_height, out_width,
      out_height, gemma4_status_string (status));
  guint8 *out = g_malloc ((gsize) 3 * out_width * out_height);
  gemma4_resizer_run (resizer, out, 3 * out_width, in, 3 * in_width);
  gemma4_resizer_free (resizer);
  return out;
}

static void
check_bytes (const gchar *name, const guint8 *got, const guint8 *want, gsize n, guint width)
{
  for (gsize i = 0; i < n; i++)
    if (got[i] != want[i])
      fail ("%s: x %u, y %u, channel %u: got %u, want %u", name, (guint) (i / 3 % width),
          (guint) (i / 3 / width), (guint) (i % 3), got[i], want[i]);
}

GST_START_TEST (test_golden_pictures)
{
  static const struct
  {
    const gchar *name;
    guint width, height;
  } cases[] = { {"100x100_70", 100, 100}, {"48x48_70", 48, 48}, {"640x480_70", 640, 480} };
  g_autofree gchar *file = g_strdup_printf ("image/%s.rgb24.npy", cases[__i__].name);
  Npy want = npy_load (file);
  g_autofree guint8 *in = input_image (cases[__i__].width, cases[__i__].height);
  g_autofree guint8 *got = resize (in, cases[__i__].width, cases[__i__].height, want.dims[1],
      want.dims[0]);
  check_bytes (file, got, want.data, want.n_elements, want.dims[1]);
  npy_clear (&want);
}
GST_END_TEST;

static void
check_hash (const gchar *name, JsonObject *golden, const gchar *member, const void *data,
    gsize n_bytes)
{
  g_autofree gchar *got = sha256 (data, n_bytes);
  const gchar *want = json_object_get_string_member (golden, member);
  fail_unless (g_str_equal (got, want), "%s: %s: got %s, want %s", name, member, got, want);
}

static void
check_golden (JsonObject *manifest, const gchar *name, JsonNode *node, gpointer n_checked)
{
  JsonObject *golden = json_node_get_object (node);
  guint in_width = json_object_get_int_member (golden, "width_px");
  guint in_height = json_object_get_int_member (golden, "height_px");
  guint out_width = json_object_get_int_member (golden, "target_width_px");
  guint out_height = json_object_get_int_member (golden, "target_height_px");
  g_autofree guint8 *in = input_image (in_width, in_height);
  check_hash (name, golden, "input_rgb24_sha256", in, (gsize) 3 * in_width * in_height);
  g_autofree guint8 *out = resize (in, in_width, in_height, out_width, out_height);
  check_hash (name, golden, "resized_rgb24_sha256", out, (gsize) 3 * out_width * out_height);
  ++*(guint *) n_checked;
}

GST_START_TEST (test_golden_hashes)
{
  g_autofree gchar *path = golden_path ("image/manifest.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  guint n_checked = 0;
  json_object_foreach_member (json_node_get_object (json_parser_get_root (parser)),
      check_golden, &n_checked);
  fail_unless (n_checked >= 29, "got %u pictures, want at least 29", n_checked);
}
GST_END_TEST;

static const struct
{
  guint in_width, in_height, out_width, out_height;
} extremes[] = {
  {1, 1, 384, 384}, {1, 1, 1, 1}, {2000, 30, 3264, 48}, {30, 2000, 48, 3264},
  {8192, 1, 3360, 48}, {1, 8192, 48, 3360}, {65535, 1, 48, 48}, {1, 65535, 1, 1},
  {2, 3, 65535, 5}, {3, 2, 5, 65535}, {2000, 30, 2000, 48}, {124, 115, 115, 124},
  {7, 5, 912, 672}, {1920, 8, 1, 8},
};

/* Both passes at once are the two, one after the other: so the rows between them
 * are the right ones, whatever the sizes. */
GST_START_TEST (test_passes)
{
  guint in_width = extremes[__i__].in_width, in_height = extremes[__i__].in_height;
  guint out_width = extremes[__i__].out_width, out_height = extremes[__i__].out_height;
  g_autofree gchar *name = g_strdup_printf ("%ux%u -> %ux%u", in_width, in_height, out_width,
      out_height);
  g_autofree guint8 *in = input_image (in_width, in_height);
  g_autofree guint8 *at_once = resize (in, in_width, in_height, out_width, out_height);
  g_autofree guint8 *wide = resize (in, in_width, in_height, out_width, in_height);
  g_autofree guint8 *both = resize (wide, out_width, in_height, out_width, out_height);
  check_bytes (name, at_once, both, (gsize) 3 * out_width * out_height, out_width);
}
GST_END_TEST;

/* [height][width][3] -> [width][height][3] */
static guint8 *
transpose (const guint8 *in, guint width, guint height)
{
  guint8 *out = g_malloc ((gsize) 3 * width * height);
  for (gsize y = 0; y < height; y++)
    for (gsize x = 0; x < width; x++)
      memcpy (out + 3 * (x * height + y), in + 3 * (y * width + x), 3);
  return out;
}

/* One pass alone does to columns what the other does to rows. */
GST_START_TEST (test_directions_agree)
{
  static const guint sizes[][2] = {
    {1, 48}, {2, 3}, {100, 384}, {640, 432}, {432, 640}, {1920, 528}, {8192, 48},
    {124, 115}, {65535, 1}, {1, 4000},
  };
  guint from = sizes[__i__][0], to = sizes[__i__][1];
  const guint other = 23;       /* its rows are no multiple of any block */
  g_autofree guint8 *in = input_image (from, other);
  g_autofree guint8 *turned = transpose (in, from, other);
  g_autofree guint8 *across = resize (in, from, other, to, other);
  g_autofree guint8 *down = resize (turned, other, from, other, to);
  g_autofree guint8 *back = transpose (down, other, to);
  g_autofree gchar *name = g_strdup_printf ("%u -> %u", from, to);
  check_bytes (name, across, back, (gsize) 3 * to * other, to);
}
GST_END_TEST;

/* Flat stays flat, at the ends of the range too: weights sum to 1. */
GST_START_TEST (test_flat)
{
  static const guint8 levels[] = { 0, 1, 127, 128, 254, 255 };
  const guint32 seed = 300 + __i__;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint size[4];
  for (guint i = 0; i < 4; i++)
    size[i] = g_rand_int_range (rand, 1, 300);
  guint8 level = levels[__i__ % G_N_ELEMENTS (levels)];
  g_autofree guint8 *in = g_malloc (3 * size[0] * size[1]);
  memset (in, level, 3 * size[0] * size[1]);
  g_autofree guint8 *out = resize (in, size[0], size[1], size[2], size[3]);
  for (guint i = 0; i < 3 * size[2] * size[3]; i++)
    if (out[i] != level)
      fail ("seed %u: %ux%u -> %ux%u, byte %u: got %u, want %u", seed, size[0], size[1],
          size[2], size[3], i, out[i], level);
}
GST_END_TEST;

/* A step from black to white overshoots on both sides and is clamped. */
GST_START_TEST (test_clamped)
{
  guint8 in[3 * 8];
  memset (in, 0, 12);
  memset (in + 12, 255, 12);
  g_autofree guint8 *out = resize (in, 8, 1, 64, 1);
  for (guint x = 0; x < 64; x++) {
    gboolean right = x < 24 ? out[3 * x] == 0 : x >= 40 ? out[3 * x] == 255
        : x == 24 || out[3 * x] >= out[3 * x - 3];
    fail_unless (right, "x %u: got %u after %u", x, out[3 * x], x ? out[3 * x - 3] : 0);
  }
}
GST_END_TEST;

enum { GAP = 13 };

/* Strides with gaps, and upside down, give the same pixels and leave the gaps. */
GST_START_TEST (test_strides)
{
  static const guint cases[][4] = {
    {100, 60, 96, 48}, {100, 60, 100, 60}, {100, 60, 48, 60}, {100, 60, 100, 96},
  };
  guint in_width = cases[__i__][0], in_height = cases[__i__][1];
  guint width = cases[__i__][2], height = cases[__i__][3];
  gsize in_stride = 3 * in_width + GAP, stride = 3 * width + GAP;
  g_autofree guint8 *in = input_image (in_width, in_height);
  g_autofree guint8 *want = resize (in, in_width, in_height, width, height);
  g_autofree guint8 *turned = g_malloc (in_stride * in_height);
  for (guint y = 0; y < in_height; y++)
    memcpy (turned + (in_height - 1 - y) * in_stride, in + 3 * in_width * y, 3 * in_width);
  g_autofree guint8 *got = g_malloc (stride * height);
  memset (got, 0xaa, stride * height);

  Gemma4Resizer *resizer = NULL;
  Gemma4Status status = gemma4_resizer_new (in_width, in_height, width, height, &resizer);
  fail_unless_equals_int (status, GEMMA4_OK);
  for (guint run = 0; run < 2; run++)
    gemma4_resizer_run (resizer, got, stride, turned + (in_height - 1) * in_stride,
        -(gssize) in_stride);
  gemma4_resizer_free (resizer);
  for (guint y = 0; y < height; y++) {
    g_autofree gchar *name = g_strdup_printf ("case %d, row %u", __i__, y);
    check_bytes (name, got + y * stride, want + 3 * width * y, 3 * width, width);
    for (guint i = 0; i < GAP; i++)
      fail_unless (got[y * stride + 3 * width + i] == 0xaa, "%s: gap was written", name);
  }
}
GST_END_TEST;

/* Rows that stay no longer than promised. */
typedef struct
{
  const guint8 *picture;
  guint width, next;            /* row to be asked for */
  guint8 *rows;                 /* [GEMMA4_RESIZE_INPUT_ROWS] */
} Rows;

static const guint8 *
make_row (void *data, uint32_t y)
{
  Rows *self = data;
  gsize row_bytes = 3 * self->width;
  fail_unless (y == self->next, "got row %u, want %u", y, self->next);
  self->next++;
  guint8 *row = self->rows + y % GEMMA4_RESIZE_INPUT_ROWS * row_bytes;
  return memcpy (row, self->picture + y * row_bytes, row_bytes);
}

/* All of the picture and a part of it, made while it is resized. */
GST_START_TEST (test_made_rows)
{
  static const guint cases[][4] = {
    {100, 600, 96, 48}, {100, 61, 96, 61}, {33, 47, 48, 480}, {10, 1, 48, 48}, {64, 17, 48, 3},
  };
  guint in_width = cases[__i__][0], in_height = cases[__i__][1];
  guint width = cases[__i__][2], height = cases[__i__][3];
  g_autofree guint8 *in = input_image (in_width, in_height);
  g_autofree guint8 *want = resize (in, in_width, in_height, width, height);
  g_autofree guint8 *rows = g_malloc (GEMMA4_RESIZE_INPUT_ROWS * 3 * in_width);
  g_autofree guint8 *got = g_malloc0 (3 * width * height);
  g_autofree gchar *name = g_strdup_printf ("case %d", __i__);
  Gemma4Resizer *resizer = NULL;
  fail_unless_equals_int (gemma4_resizer_new (in_width, in_height, width, height, &resizer),
      GEMMA4_OK);
  Rows all = { in, in_width, 0, rows };
  gemma4_resizer_run_from (resizer, got, 3 * width, make_row, &all, 0, height);
  check_bytes (name, got, want, 3 * width * height, width);

  guint first = height / 3, n = height / 2;
  memset (got, 0, 3 * width * height);
  gemma4_resizer_run_rows (resizer, got, 3 * width, in, 3 * in_width, first, n);
  check_bytes (name, got + 3 * width * first, want + 3 * width * first, 3 * width * n, width);
  for (guint i = 0; i < 3 * width * height; i++)
    fail_unless ((i >= 3 * width * first && i < 3 * width * (first + n)) || got[i] == 0,
        "%s: byte %u of another row was written", name, i);
  gemma4_resizer_free (resizer);
}
GST_END_TEST;

GST_START_TEST (test_equal_size_copies)
{
  g_autofree guint8 *in = input_image (480, 336);
  g_autofree guint8 *out = resize (in, 480, 336, 480, 336);
  check_bytes ("480x336", out, in, 3 * 480 * 336, 480);
}
GST_END_TEST;

GST_START_TEST (test_refused)
{
  for (guint i = 0; i < 8; i++) {
    guint size[4] = { 64, 48, 32, 16 };
    size[i / 2] = i % 2 ? 65536 : 0;
    Gemma4Resizer *untouched = (Gemma4Resizer *) &size;
    Gemma4Resizer *self = untouched;
    Gemma4Status status = gemma4_resizer_new (size[0], size[1], size[2], size[3], &self);
    fail_unless (status == GEMMA4_BAD_ARGUMENT && self == untouched,
        "%ux%u -> %ux%u: got %s", size[0], size[1], size[2], size[3],
        gemma4_status_string (status));
  }
  gemma4_resizer_free (NULL);
}
GST_END_TEST;

static Suite *
resize_suite (void)
{
  Suite *s = suite_create ("resize");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_golden_pictures, 0, 3);
  tcase_add_test (t, test_golden_hashes);
  tcase_add_loop_test (t, test_passes, 0, G_N_ELEMENTS (extremes));
  tcase_add_loop_test (t, test_directions_agree, 0, 10);
  tcase_add_loop_test (t, test_flat, 0, 120);
  tcase_add_test (t, test_clamped);
  tcase_add_loop_test (t, test_strides, 0, 4);
  tcase_add_loop_test (t, test_made_rows, 0, 5);
  tcase_add_test (t, test_equal_size_copies);
  tcase_add_test (t, test_refused);
  return s;
}

GST_CHECK_MAIN (resize);
