/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/fit.h>
#include <gst/gemma4/tokens.h>

#include <json-glib/json-glib.h>

#include "golden.h"

static const guint budgets[] = { 70, 140, 280, 560, 1120 };

static Gemma4VisionParams
params_of (guint max_soft_tokens)
{
  Gemma4VisionParams params = gemma4_vision_params_video;
  params.max_soft_tokens = max_soft_tokens;
  return params;
}

static void
check_golden (JsonObject *manifest, const gchar *name, JsonNode *node, gpointer n_checked)
{
  JsonObject *want = json_node_get_object (node);
  Gemma4VisionParams params = params_of (json_object_get_int_member (want, "max_soft_tokens"));
  guint width, height;
  Gemma4Status status = gemma4_fit (&params, json_object_get_int_member (want, "width_px"),
      json_object_get_int_member (want, "height_px"), &width, &height, NULL);
  fail_unless_equals_int (status, GEMMA4_OK);
  fail_unless (width == json_object_get_int_member (want, "target_width_px")
      && height == json_object_get_int_member (want, "target_height_px"),
      "%s: got %ux%u, want %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT, name, width, height,
      json_object_get_int_member (want, "target_width_px"),
      json_object_get_int_member (want, "target_height_px"));
  fail_unless_equals_int (gemma4_max_patches (&params),
      json_object_get_int_member (want, "max_patches"));
  fail_unless_equals_int (gemma4_vision_tokens (width / 16 * (height / 16), 3),
      json_object_get_int_member (want, "tokens"));
  ++*(guint *) n_checked;
}

GST_START_TEST (test_golden)
{
  g_autofree gchar *path = golden_path ("image/manifest.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  guint n_checked = 0;
  json_object_foreach_member (json_node_get_object (json_parser_get_root (parser)),
      check_golden, &n_checked);
  fail_unless (n_checked >= 29, "got %u cases, want at least 29", n_checked);
}
GST_END_TEST;

/* The sides at which one of the two would be 0, and the budget of 12B. */
GST_START_TEST (test_extremes)
{
  static const struct
  {
    Gemma4VisionParams params;
    guint width, height, want_width, want_height;
  } cases[] = {
    {{70, 16, 3}, 8192, 1, 3360, 48},
    {{70, 16, 3}, 1, 8192, 48, 3360},
    {{70, 16, 3}, 71, 1, 3360, 48},
    {{280, 16, 3}, 65535, 1, 13440, 48},
    {{1120, 16, 3}, 1, 65535, 48, 53760},
    {{70, 16, 3}, 30, 2000, 48, 3264},
    {{70, 16, 3}, 308, 440, 336, 432},
    {{70, 48, 1}, 1280, 720, 528, 288},
    {{1, 16, 3}, 7, 7, 48, 48},
    {{1, 16, 3}, 20, 7, 48, 48},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint width = 0, height = 0;
    Gemma4Status status = gemma4_fit (&cases[i].params, cases[i].width, cases[i].height,
        &width, &height, NULL);
    fail_unless_equals_int (status, GEMMA4_OK);
    fail_unless (width == cases[i].want_width && height == cases[i].want_height,
        "%u: %ux%u: got %ux%u, want %ux%u", i, cases[i].width, cases[i].height, width,
        height, cases[i].want_width, cases[i].want_height);
  }
}
GST_END_TEST;

GST_START_TEST (test_budget_is_kept)
{
  const guint32 seed = 20261122;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  for (guint i = 0; i < 200000; i++) {
    Gemma4VisionParams params = params_of (budgets[i % G_N_ELEMENTS (budgets)]);
    guint in_width = 1 + (g_rand_int_range (rand, 0, 65535) >> g_rand_int_range (rand, 0, 16));
    guint in_height = 1 + (g_rand_int_range (rand, 0, 65535) >> g_rand_int_range (rand, 0, 16));
    guint width = 0, height = 0;
    Gemma4Status status = gemma4_fit (&params, in_width, in_height, &width, &height, NULL);
    if (status != GEMMA4_OK || width == 0 || height == 0 || width % 48 || height % 48
        || (guint64) width * height > 2304 * (guint64) params.max_soft_tokens)
      fail ("seed %u, %u: %ux%u at %u tokens: %s, %ux%u, want multiples of 48 within it",
          seed, i, in_width, in_height, params.max_soft_tokens,
          gemma4_status_string (status), width, height);
  }
}
GST_END_TEST;

GST_START_TEST (test_refused)
{
  static const struct
  {
    Gemma4VisionParams params;
    guint width, height;
    const gchar *named;
  } cases[] = {
    {{0, 16, 3}, 640, 480, "0 soft tokens"},
    {{1366, 16, 3}, 640, 480, "1366 soft tokens"},
    {{G_MAXUINT32, 16, 3}, 640, 480, "4294967295 soft tokens"},
    {{70, 0, 3}, 640, 480, "0 and 3"},
    {{70, 16, 0}, 640, 480, "16 and 0"},
    {{70, 256, 3}, 640, 480, "256 and 3"},
    {{70, 16, G_MAXUINT32}, 640, 480, "16 and 4294967295"},
    {{70, 16, 3}, 0, 480, "0x480"},
    {{70, 16, 3}, 640, 0, "640x0"},
    {{70, 16, 3}, 65536, 480, "65536x480"},
    {{70, 16, 3}, 640, 65536, "640x65536"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint width = 11, height = 22;
    Gemma4Error error = { "" };
    Gemma4Status status = gemma4_fit (&cases[i].params, cases[i].width, cases[i].height,
        &width, &height, &error);
    fail_unless (status == GEMMA4_BAD_ARGUMENT, "%u: got %s", i,
        gemma4_status_string (status));
    fail_unless (width == 11 && height == 22, "%u: outputs were touched", i);
    fail_unless (strstr (error.text, cases[i].named), "%u: \"%s\" does not say %s", i,
        error.text, cases[i].named);
  }
}
GST_END_TEST;

GST_START_TEST (test_budgets)
{
  for (guint i = 0; i < G_N_ELEMENTS (budgets); i++)
    fail_unless_equals_int (gemma4_check_soft_tokens (budgets[i], NULL), GEMMA4_OK);
  static const guint others[] = { 0, 1, 69, 71, 100, 1119, 1121, G_MAXUINT32 };
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    Gemma4Error error = { "" };
    g_autofree gchar *named = g_strdup_printf ("%u", others[i]);
    fail_unless_equals_int (gemma4_check_soft_tokens (others[i], &error),
        GEMMA4_BAD_ARGUMENT);
    fail_unless (strstr (error.text, named), "\"%s\" does not name %u", error.text, others[i]);
  }
}
GST_END_TEST;

GST_START_TEST (test_shapes)
{
  fail_unless_equals_int (gemma4_max_patches (&gemma4_vision_params_image), 2520);
  fail_unless_equals_int (gemma4_max_patches (&gemma4_vision_params_video), 630);
  fail_unless_equals_int (gemma4_patch_values (&gemma4_vision_params_video), 768);
  const Gemma4VisionParams unified = { 280, 48, 1 };
  fail_unless_equals_int (gemma4_max_patches (&unified), 280);
  fail_unless_equals_int (gemma4_patch_values (&unified), 6912);
}
GST_END_TEST;

static Suite *
fit_suite (void)
{
  Suite *s = suite_create ("fit");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden);
  tcase_add_test (t, test_extremes);
  tcase_add_test (t, test_budget_is_kept);
  tcase_add_test (t, test_refused);
  tcase_add_test (t, test_budgets);
  tcase_add_test (t, test_shapes);
  return s;
}

GST_CHECK_MAIN (fit);
