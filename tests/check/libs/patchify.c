/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/patchify.h>
#include <gst/gemma4/resize.h>

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "golden.h"

static void
check_bytes (const gchar *name, const guint8 *got, const guint8 *want, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (got[i] != want[i])
      fail ("%s: byte %" G_GSIZE_FORMAT ": got %u, want %u", name, i, got[i], want[i]);
}

/* The 12B model's patches of 48 px, cut by transformers from the same picture. */
GST_START_TEST (test_golden)
{
  static const gchar *names[] = { "100x100_70", "48x48_70" };
  const Gemma4VisionParams params = { 70, 48, 1 };
  g_autofree gchar *rgb_name = g_strdup_printf ("image/%s.rgb24.npy", names[__i__]);
  g_autofree gchar *values_name = g_strdup_printf ("unified/%s.u8.npy", names[__i__]);
  g_autofree gchar *places_name = g_strdup_printf ("unified/%s.pos.npy", names[__i__]);
  Npy rgb = npy_load (rgb_name), values = npy_load (values_name), places = npy_load (places_name);
  guint width = rgb.dims[1], height = rgb.dims[0], n_rows = values.dims[0];
  fail_unless_equals_int (n_rows, gemma4_max_patches (&params));
  fail_unless_equals_int (values.dims[1], gemma4_patch_values (&params));

  g_autofree guint8 *pixels = g_malloc (values.n_elements);
  memset (pixels, 0xaa, values.n_elements);
  gemma4_patchify (&params, pixels, n_rows, rgb.data, 3 * width, width, height);
  check_bytes (values_name, pixels, values.data, values.n_elements);

  g_autofree gint32 *positions = g_new (gint32, places.n_elements);
  gemma4_patch_positions (positions, n_rows, width / 48, width / 48 * (height / 48));
  for (gsize i = 0; i < places.n_elements; i++)
    fail_unless (positions[i] == ((const gint32 *) places.data)[i],
        "%s: %" G_GSIZE_FORMAT ": got %d, want %d", places_name, i, positions[i],
        ((const gint32 *) places.data)[i]);
  npy_clear (&rgb);
  npy_clear (&values);
  npy_clear (&places);
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

/* A picture all the way to patches, at sizes whose patches are there as hashes. */
static void
check_whole (JsonObject *manifest, const gchar *name, JsonNode *node, gpointer n_checked)
{
  guint width, height, budget, to_width, to_height;
  if (sscanf (name, "image_%ux%u_%u", &width, &height, &budget) != 3)
    return;
  const Gemma4VisionParams params = { budget, 48, 1 };
  Gemma4Resizer *resizer = NULL;
  Gemma4Status status = gemma4_fit (&params, width, height, &to_width, &to_height, NULL);
  fail_unless_equals_int (status, GEMMA4_OK);
  status = gemma4_resizer_new (width, height, to_width, to_height, &resizer);
  fail_unless_equals_int (status, GEMMA4_OK);
  g_autofree guint8 *rgb = input_image (width, height);
  g_autofree guint8 *resized = g_malloc (3 * to_width * to_height);
  gemma4_resizer_run (resizer, resized, 3 * to_width, rgb, 3 * width);
  gemma4_resizer_free (resizer);

  gsize n_bytes = (gsize) budget * gemma4_patch_values (&params);
  g_autofree guint8 *pixels = g_malloc (n_bytes);
  gemma4_patchify (&params, pixels, budget, resized, 3 * to_width, to_width, to_height);
  check_hash (name, json_node_get_object (node), "values_u8_sha256", pixels, n_bytes);
  g_autofree gint32 *positions = g_new (gint32, 2 * budget);
  gemma4_patch_positions (positions, budget, to_width / 48, to_width / 48 * (to_height / 48));
  check_hash (name, json_node_get_object (node), "positions_int32_sha256", positions,
      8 * budget);
  ++*(guint *) n_checked;
}

GST_START_TEST (test_golden_whole)
{
  g_autofree gchar *path = golden_path ("unified/manifest.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  guint n_checked = 0;
  json_object_foreach_member (json_node_get_object (json_parser_get_root (parser)),
      check_whole, &n_checked);
  fail_unless (n_checked >= 7, "got %u pictures, want at least 7", n_checked);
}
GST_END_TEST;

/* Patches of 16 px by their definition, with any stride, and rows left over. */
GST_START_TEST (test_layout)
{
  static const struct
  {
    guint width, height, n_rows;
    gint stride;
  } cases[] = {
    {16, 16, 1, 48}, {48, 96, 630, 144}, {96, 48, 18, 289}, {528, 288, 630, 1600},
    {48, 48, 630, -144}, {96, 96, 40, -300},
  };
  const guint width = cases[__i__].width, height = cases[__i__].height;
  const gint stride = cases[__i__].stride;
  const gsize n_bytes = (gsize) cases[__i__].n_rows * 768;
  g_autofree guint8 *rgb = g_malloc (ABS (stride) * height);
  for (guint i = 0; i < ABS (stride) * height; i++)
    rgb[i] = 1 + (i * 2654435761u >> 8) % 255;
  const guint8 *top = stride > 0 ? rgb : rgb - stride * (gint) (height - 1);
  g_autofree guint8 *pixels = g_malloc (n_bytes + 1);
  memset (pixels, 0xaa, n_bytes + 1);
  gemma4_patchify (&gemma4_vision_params_video, pixels, cases[__i__].n_rows, top, stride,
      width, height);
  for (gsize i = 0; i < n_bytes; i++) {
    gsize patch = i / 768, y = i / 48 % 16, x = i / 3 % 16, n_columns = width / 16;
    const guint8 *row = top + (gssize) (patch / n_columns * 16 + y) * stride;
    guint8 want = patch < n_columns * (height / 16)
        ? row[3 * (patch % n_columns * 16 + x) + i % 3] : 0;
    if (pixels[i] != want)
      fail ("case %d, patch %u, value %u: got %u, want %u", __i__, (guint) patch,
          (guint) (i % 768), pixels[i], want);
  }
  fail_unless (pixels[n_bytes] == 0xaa, "wrote behind the last row");
}
GST_END_TEST;

GST_START_TEST (test_positions)
{
  gint32 positions[14 + 1];
  static const gint32 want[] = { 0, 0, 1, 0, 2, 0, 0, 1, 1, 1, 2, 1, -1, -1 };
  positions[14] = 77;
  gemma4_patch_positions (positions, 7, 3, 6);
  for (guint i = 0; i < 14; i++)
    fail_unless (positions[i] == want[i], "%u: got %d, want %d", i, positions[i], want[i]);
  fail_unless_equals_int (positions[14], 77);
}
GST_END_TEST;

/* Nothing of float32 is nearer to v/255: 255 times a float is exact in double. */
static void
check_divided (guint v, float got)
{
  double error = fabs (255.0 * got - v);
  fail_unless (error <= fabs (255.0 * nextafterf (got, 2) - v)
      && error <= fabs (255.0 * nextafterf (got, -1) - v), "%u: got %a", v, got);
}

GST_START_TEST (test_scale)
{
  guint8 values[256 + 3];
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = i;
  guint8 bytes[sizeof (float) * (G_N_ELEMENTS (values) + 1) + 1];
  guint n_different = 0;
  for (guint offset = 0; offset < 2; offset++) {
    float divided[G_N_ELEMENTS (values)], multiplied[G_N_ELEMENTS (values)];
    memset (bytes, 0xaa, sizeof bytes);
    gemma4_scale_pixels ((float *) (void *) (bytes + offset), values, G_N_ELEMENTS (values),
        GEMMA4_PIXELS_DIVIDED);
    memcpy (divided, bytes + offset, sizeof divided);
    gemma4_scale_pixels ((float *) (void *) (bytes + offset), values, G_N_ELEMENTS (values),
        GEMMA4_PIXELS_MULTIPLIED);
    memcpy (multiplied, bytes + offset, sizeof multiplied);
    fail_unless (bytes[offset + sizeof divided] == 0xaa, "wrote behind the last value");
    for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
      check_divided (values[i], divided[i]);
      /* 0x1.010102p-8 is the float next to 1/255; the product is exact in double. */
      float want = (float) (values[i] * 0x1.010102p-8);
      fail_unless (multiplied[i] == want, "%u: got %a, want %a", values[i], multiplied[i],
          want);
      n_different += offset == 0 && i < 256 && divided[i] != multiplied[i];
    }
  }
  fail_unless_equals_int (n_different, 126);
}
GST_END_TEST;

/* Numbers of one's own, another for each channel; the first byte is an R. */
GST_START_TEST (test_pixel_scale)
{
  const Gemma4PixelScale scales[] = {
    { GEMMA4_PIXELS_SCALED, {2 / 255.0, 0.5, 1}, {-1, 0.25, -0.125} },
    { GEMMA4_PIXELS_NORMALIZED, {127.5, 64, 3}, {-127.5, 0.5, -100} },
    { GEMMA4_PIXELS_DIVIDED },
    { GEMMA4_PIXELS_MULTIPLIED },
  };
  guint8 bytes[3 * 256];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = i / 3;
  for (guint k = 0; k < G_N_ELEMENTS (scales); k++) {
    const Gemma4PixelScale *s = &scales[k];
    float got[sizeof bytes + 1], plain[sizeof bytes];
    got[sizeof bytes] = 77;
    gemma4_apply_pixel_scale (got, bytes, sizeof bytes, s);
    if (s->rule <= GEMMA4_PIXELS_MULTIPLIED)
      gemma4_scale_pixels (plain, bytes, sizeof bytes, s->rule);
    fail_unless (got[sizeof bytes] == 77, "wrote behind the last value");
    for (guint i = 0; i < sizeof bytes; i++) {
      float factor = s->factor[i % 3], offset = s->offset[i % 3];
      float product = bytes[i] * factor;
      float want = s->rule == GEMMA4_PIXELS_SCALED ? product + offset
          : s->rule == GEMMA4_PIXELS_NORMALIZED ? (bytes[i] + offset) / factor : plain[i];
      fail_unless (got[i] == want, "scale %u, value %u: got %a, want %a", k, i, got[i], want);
    }
  }
}
GST_END_TEST;

static Suite *
patchify_suite (void)
{
  Suite *s = suite_create ("patchify");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_golden, 0, 2);
  tcase_add_test (t, test_golden_whole);
  tcase_add_loop_test (t, test_layout, 0, 6);
  tcase_add_test (t, test_positions);
  tcase_add_test (t, test_scale);
  tcase_add_test (t, test_pixel_scale);
  return s;
}

GST_CHECK_MAIN (patchify);
