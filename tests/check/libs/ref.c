/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Upstream's own outputs (tests/golden) prove the oracle (tests/ref). Nothing
 * here touches the core. */

#include "golden.h"
#include "ref-fit.h"
#include "ref-logmel.h"
#include "ref-patchify.h"
#include "ref-resize.h"
#include "ref-sampler.h"

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>

/* Upstream's float32 arithmetic is this far from the exact value, relative to
 * the largest mel value of the row; the card's power spectrum loses more. */
#define MAGNITUDE_TOLERANCE 1e-6
#define POWER_TOLERANCE 4e-6

static JsonParser *
parse (const gchar *name)
{
  g_autofree gchar *path = golden_path (name);
  JsonParser *parser = json_parser_new ();
  GError *error = NULL;
  if (!json_parser_load_from_file (parser, path, &error))
    g_error ("%s", error->message);
  return parser;
}

static JsonObject *
root (JsonParser *parser)
{
  return json_node_get_object (json_parser_get_root (parser));
}

/* The samples that "input" of a manifest names, as upstream read them. */
static double *
read_input (JsonObject *input, gsize *n)
{
  g_autofree gint16 *s16 = NULL;
  if (json_object_has_member (input, "file")) {
    g_autofree gchar *name = g_build_filename ("audio",
        json_object_get_string_member (input, "file"), NULL);
    s16 = input_wav (name, n);
  } else if (json_object_has_member (input, "noise")) {
    JsonArray *noise = json_object_get_array_member (input, "noise");
    *n = json_array_get_int_element (noise, 0);
    s16 = input_noise (*n, json_array_get_int_element (noise, 1));
  } else {
    *n = json_object_get_int_member (input, "silence");
    s16 = g_new0 (gint16, *n);
  }
  double *samples = g_new (double, *n);
  for (gsize i = 0; i < *n; i++)
    samples[i] = s16[i] / 32768.0;
  return samples;
}

/* The settings of a vector are in its name; @mean and @stddev are [128]. */
static RefLogMelParams
settings (const gchar *name, float *mean, float *stddev)
{
  RefLogMelParams params = ref_logmel_transformers ();
  if (g_str_has_suffix (name, ".card"))
    return ref_logmel_card ();
  if (g_str_has_suffix (name, ".kerashub")) {
    params = ref_logmel_kerashub ();
    params.mel_floor = 0.00001;
  }
  if (strstr (name, "__preemph"))
    params.preemphasis = 0.97;
  params.preemphasis_htk_flavor = strstr (name, "__preemph_htk") != NULL;
  params.fft_overdrive = strstr (name, "__overdrive") != NULL;
  if (strstr (name, "__scale2"))
    params.input_scale_factor = 2.0;
  if (strstr (name, "__floor1e-5"))
    params.mel_floor = 0.00001;
  if (strstr (name, "__mels80")) {
    params.n_mels = 80;
    params.min_frequency_hz = 80.0;
    params.max_frequency_hz = 7600.0;
  }
  if (strstr (name, "__norm")) {
    for (int i = 0; i < 128; i++) {
      mean[i] = 0.1 * i - 5.0;
      stddev[i] = 1.0 + 0.01 * i;
    }
    params.per_bin_mean = mean;
    params.per_bin_stddev = stddev;
  }
  return params;
}

/* Returns the worst error of the vector @name. */
static double
check_vector (const gchar *name, JsonObject *entry)
{
  float mean[128], stddev[128];
  RefLogMelParams params = settings (name, mean, stddev);
  gsize n;
  g_autofree double *samples =
      read_input (json_object_get_object_member (entry, "input"), &n);
  g_autofree gchar *file = g_strdup_printf ("audio/%s.npy", name);
  Npy golden = npy_load (file);
  long n_rows = golden.dims[0];
  long n_valid = ref_logmel_n_valid (&params, n);
  bool masks = params.framing == REF_FRAMING_TRANSFORMERS;
  double worst = 0.0;

  fail_unless_equals_string (golden.descr, "<f4");
  fail_unless_equals_int (golden.dims[1], params.n_mels);
  fail_unless (n_rows == (masks ? ref_logmel_n_rows (&params, n) : n_valid),
      "%s: upstream returns %ld rows, the oracle does not", name, n_rows);
  if (json_object_has_member (entry, "mask_valid"))
    fail_unless_equals_int (n_valid,
        json_object_get_int_member (entry, "mask_valid"));

  g_autofree double *rows = g_new (double, MAX (n_rows, 1) * params.n_mels);
  ref_logmel (&params, samples, n, n_rows, rows);
  for (long k = 0; k < n_rows; k++) {
    const float *got = (const float *) golden.data + k * params.n_mels;
    const double *want = rows + k * params.n_mels;
    if (k < n_valid) {
      double error = ref_logmel_row_difference (&params, got, want)
          / ref_logmel_row_largest (&params, want);
      worst = isnan (error) ? INFINITY : fmax (worst, error);
    }
    for (long m = 0; k >= n_valid && m < params.n_mels; m++)
      fail_unless (got[m] == 0.0f && want[m] == 0.0,
          "%s: row %ld is masked, mel %ld is %g upstream, %g here", name, k, m,
          got[m], want[m]);
  }
  npy_clear (&golden);
  return worst;
}

GST_START_TEST (test_logmel)
{
  JsonParser *parser = parse ("audio/manifest.json");
  GList *names = json_object_get_members (root (parser));
  double worst_magnitude = 0.0, worst_power = 0.0;
  fail_unless (names != NULL);
  for (GList *i = names; i; i = i->next) {
    const gchar *name = i->data;
    double error = check_vector (name,
        json_object_get_object_member (root (parser), name));
    bool power = g_str_has_suffix (name, ".card");
    double tolerance = power ? POWER_TOLERANCE : MAGNITUDE_TOLERANCE;
    fail_unless (error <= tolerance, "%s: error %g is over %g", name, error,
        tolerance);
    double *worst = power ? &worst_power : &worst_magnitude;
    *worst = fmax (*worst, error);
  }
  g_print ("upstream against the oracle: magnitude %.3g, power %.3g\n",
      worst_magnitude, worst_power);
  g_list_free (names);
  g_object_unref (parser);
}

GST_END_TEST;

/* A signal of the longest length is reflected at its end by the card, and is
 * followed by silence otherwise. */
GST_START_TEST (test_logmel_ends)
{
  const long n = 1600;
  double samples[1600], rows[14 * 128];
  for (long i = 0; i < n; i++)
    samples[i] = 1.0;
  RefLogMelParams params = ref_logmel_card ();
  params.max_samples = n;
  ref_logmel (&params, samples, n, 10, rows);
  for (long m = 0; m < 128; m++)
    fail_unless (fabs (rows[9 * 128 + m] - rows[5 * 128 + m]) < 1e-9,
        "mel %ld: %g in the last row, %g in the middle", m,
        rows[9 * 128 + m], rows[5 * 128 + m]);

  params = ref_logmel_kerashub ();
  ref_logmel (&params, samples, n, 14, rows);
  for (long m = 0; m < 128; m++)
    fail_unless (fabs (rows[12 * 128 + m] - log (0.001)) < 1e-12,
        "mel %ld: silence is %g", m, rows[12 * 128 + m]);
}

GST_END_TEST;

static void
fit_golden (JsonObject *entry, int *width, int *height)
{
  int budget = json_object_get_int_member (entry, "max_soft_tokens");
  fail_unless (ref_fit (16, 3, budget,
          json_object_get_int_member (entry, "width_px"),
          json_object_get_int_member (entry, "height_px"), width, height));
}

/* The sides and the budget of a name such as 640x480_70. */
static void
parse_size (const gchar *name, int *width, int *height, int *budget)
{
  fail_unless (sscanf (name, "%dx%d_%d", width, height, budget) == 3,
      "%s is no size", name);
}

static guint8 *
resize_golden (const gchar *name, int *out_width, int *out_height)
{
  int width, height, budget;
  parse_size (name, &width, &height, &budget);
  fail_unless (ref_fit (16, 3, budget, width, height, out_width, out_height));
  g_autofree guint8 *in = input_image (width, height);
  guint8 *out = g_malloc ((gsize) *out_width * *out_height * 3);
  ref_resize (in, width, height, out, *out_width, *out_height);
  return out;
}

GST_START_TEST (test_image)
{
  JsonParser *parser = parse ("image/manifest.json");
  GList *names = json_object_get_members (root (parser));
  fail_unless (names != NULL);
  for (GList *i = names; i; i = i->next) {
    const gchar *name = i->data;
    JsonObject *entry = json_object_get_object_member (root (parser), name);
    int width, height, target_width, target_height;
    fit_golden (entry, &target_width, &target_height);
    fail_unless (target_width == json_object_get_int_member (entry,
            "target_width_px")
        && target_height == json_object_get_int_member (entry,
            "target_height_px"), "%s: fitted to %dx%d", name, target_width,
        target_height);
    fail_unless_equals_int (target_width * target_height / 2304,
        json_object_get_int_member (entry, "tokens"));
    g_autofree guint8 *out = resize_golden (name, &width, &height);
    g_autofree gchar *hash = sha256 (out, (gsize) width * height * 3);
    fail_unless (g_str_equal (hash, json_object_get_string_member (entry,
                "resized_rgb24_sha256")), "%s: resized picture is not "
        "upstream's", name);
  }
  g_list_free (names);
  g_object_unref (parser);
}

GST_END_TEST;

GST_START_TEST (test_image_in_full)
{
  const gchar *names[] = { "100x100_70", "48x48_70", "640x480_70" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *file = g_strdup_printf ("image/%s.rgb24.npy", names[i]);
    Npy golden = npy_load (file);
    const guint8 *want = golden.data;
    int width, height;
    g_autofree guint8 *got = resize_golden (names[i], &width, &height);
    fail_unless_equals_int (golden.dims[0], height);
    fail_unless_equals_int (golden.dims[1], width);
    for (gsize j = 0; j < golden.n_elements; j++)
      fail_unless (got[j] == want[j], "%s: value %" G_GSIZE_FORMAT
          " is %d, not %d", names[i], j, got[j], want[j]);
    npy_clear (&golden);
  }
}

GST_END_TEST;

/* The 48-pixel patches of the 12B model, whose pads are 0 and -1. */
static void
check_unified (const gchar *name, JsonObject *entry)
{
  int width, height, in_width, in_height, budget;
  parse_size (name, &in_width, &in_height, &budget);
  g_autofree guint8 *rgb = resize_golden (name, &width, &height);
  g_autofree guint8 *pixels = g_malloc (budget * 6912);
  g_autofree gint32 *positions = g_new (gint32, budget * 2);
  ref_patchify (rgb, width, height, 48, budget, pixels);
  ref_positions (width, height, 48, budget, positions);
  g_autofree gchar *pixels_hash = sha256 (pixels, budget * 6912);
  g_autofree gchar *positions_hash = sha256 (positions, budget * 8);
  fail_unless (g_str_equal (pixels_hash, json_object_get_string_member (entry,
              "values_u8_sha256")), "%s: patches differ", name);
  fail_unless (g_str_equal (positions_hash,
          json_object_get_string_member (entry, "positions_int32_sha256")),
      "%s: positions differ", name);
}

GST_START_TEST (test_patches)
{
  JsonParser *parser = parse ("unified/manifest.json");
  GList *names = json_object_get_members (root (parser));
  int n_checked = 0;
  for (GList *i = names; i; i = i->next) {
    const gchar *name = i->data;
    if (!g_str_has_prefix (name, "image_"))
      continue;
    check_unified (name + strlen ("image_"),
        json_object_get_object_member (root (parser), name));
    n_checked++;
  }
  fail_unless (n_checked > 0);
  g_list_free (names);
  g_object_unref (parser);
}

GST_END_TEST;

/* No file has the scaled values: the definition of correct rounding stands in,
 * in an arithmetic with room to spare. */
GST_START_TEST (test_values)
{
  for (int v = 0; v < 256; v++) {
    float divided = ref_video_value (v);
    float below = nextafterf (divided, -1.0f), above = nextafterf (divided, 2.0f);
    double error = fabs ((double) divided * 255.0 - v);
    fail_unless (error <= fabs ((double) below * 255.0 - v)
        && error <= fabs ((double) above * 255.0 - v), "%d / 255 is %.9g", v,
        divided);
    fail_unless (fabs (ref_image_value (v) - divided) <= 1.2e-7 * divided,
        "%d * (1 / 255) is %.9g", v, ref_image_value (v));
  }
  fail_unless (ref_video_value (255) == 1.0f);
}

GST_END_TEST;

static void
check_indices (const gchar *name, JsonObject *entry, const gchar *member,
    guint64 (*rule) (guint64, guint64, guint64))
{
  guint64 n_total, n_frames;
  fail_unless (sscanf (name, "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
          &n_total, &n_frames) == 2);
  JsonArray *golden = json_object_get_array_member (entry, member);
  fail_unless_equals_int (json_array_get_length (golden), n_frames);
  for (guint64 i = 0; i < n_frames; i++) {
    guint64 want = json_array_get_int_element (golden, i);
    guint64 got = rule (i, n_frames, n_total);
    fail_unless (got == want, "%s %s: place %" G_GUINT64_FORMAT " is frame %"
        G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT, name, member, i, got,
        want);
  }
}

GST_START_TEST (test_sampling)
{
  JsonParser *parser = parse ("prompt/frame_sampling.json");
  GList *names = json_object_get_members (root (parser));
  fail_unless (names != NULL);
  for (GList *i = names; i; i = i->next) {
    JsonObject *entry = json_object_get_object_member (root (parser), i->data);
    check_indices (i->data, entry, "hf", ref_arange_index);
    check_indices (i->data, entry, "keras", ref_linspace_index);
  }
  g_list_free (names);
  g_object_unref (parser);
}

GST_END_TEST;

/* The prompt of 300 frames at 30 a second, of which upstream took 32. */
GST_START_TEST (test_stamps)
{
  JsonParser *parser = parse ("prompt/cases.json");
  const gchar *expanded = json_object_get_string_member
      (json_object_get_object_member (root (parser), "video"), "expanded");
  const gchar *p = expanded;
  char stamp[24];
  guint n = 0;
  for (; (p = strstr (p, " <|image>")); p++) {
    ref_stamp (ref_arange_index (n, 32, 300) * GST_SECOND / 30, stamp);
    fail_unless (g_str_has_prefix (p - strlen (stamp), stamp),
        "frame %u is %s here, but upstream wrote %.5s", n, stamp, p - 5);
    n++;
  }
  fail_unless_equals_int (n, 32);

  ref_stamp (G_GUINT64_CONSTANT (4999999950), stamp);
  fail_unless_equals_string (stamp, "00:05");
  ref_stamp (59990 * GST_MSECOND, stamp);
  fail_unless_equals_string (stamp, "00:59");
  ref_stamp (6000 * GST_SECOND, stamp);
  fail_unless_equals_string (stamp, "100:00");
  g_object_unref (parser);
}

GST_END_TEST;

/* 30 frames a second, times rounded down as in a pipeline, three points a
 * second: exactly every tenth frame. */
GST_START_TEST (test_grid)
{
  guint64 times[300];
  bool taken[300];
  for (guint64 i = 0; i < 300; i++)
    times[i] = i * GST_SECOND / 30;
  ref_grid (times, 300, 3, 1, taken);
  for (guint i = 0; i < 300; i++)
    fail_unless (taken[i] == (i % 10 == 0), "frame %u", i);
}

GST_END_TEST;

static Suite *
ref_suite (void)
{
  Suite *s = suite_create ("ref");
  TCase *t = tcase_create ("golden");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_logmel);
  tcase_add_test (t, test_logmel_ends);
  tcase_add_test (t, test_image);
  tcase_add_test (t, test_image_in_full);
  tcase_add_test (t, test_patches);
  tcase_add_test (t, test_values);
  tcase_add_test (t, test_sampling);
  tcase_add_test (t, test_stamps);
  tcase_add_test (t, test_grid);
  return s;
}

GST_CHECK_MAIN (ref);
