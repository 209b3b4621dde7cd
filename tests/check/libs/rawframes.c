/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rows of raw samples, against what transformers made (tests/golden/unified). */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/rawframes.h>
#include <math.h>

#include "golden.h"

static const guint lengths[] = { 1, 639, 640, 641, 1601, 16000 };

/* The line of the manifest's entry @name that has @key. */
static gchar *
manifest_value (const gchar *name, const gchar *key)
{
  g_autofree gchar *path = golden_path ("unified/manifest.json");
  g_autofree gchar *text = NULL;
  fail_unless (g_file_get_contents (path, &text, NULL, NULL), "cannot read %s", path);
  g_autofree gchar *quoted = g_strdup_printf ("\"%s\"", name);
  const gchar *at = strstr (text, quoted);
  fail_unless (at != NULL, "%s is not in the manifest", name);
  at = strstr (at, key);
  fail_unless (at != NULL, "%s has no %s", name, key);
  at = strchr (at, ':') + 1;
  return g_strstrip (g_strndup (at, strcspn (at, ",\n}")));
}

static void
check_golden (guint n, gboolean as_s16)
{
  g_autofree gchar *name = g_strdup_printf ("audio_n%u", n);
  g_autofree gchar *valid = manifest_value (name, "\"valid\"");
  g_autofree gchar *want = manifest_value (name, "\"float32_sha256\"");
  g_autofree gint16 *samples = input_noise (n, 100 + n);
  g_autofree gfloat *floats = g_new (gfloat, n);
  guint64 n_rows = gemma4_raw_frames_n_rows (n);
  fail_unless_equals_uint64 (n_rows, g_ascii_strtoull (valid, NULL, 10));

  gsize n_values = n_rows * GEMMA4_RAW_FRAME_SAMPLES;
  g_autofree gfloat *rows = g_new0 (gfloat, n_values);
  for (guint i = 0; i < n; i++)
    floats[i] = samples[i] / 32768.0f;
  if (as_s16)
    gemma4_raw_frames_copy_s16 (rows, samples, n);
  else
    fail_unless_equals_uint64 (gemma4_raw_frames_copy (rows, floats, n), 0);
  g_autofree gchar *sum = sha256 (rows, n_values * sizeof *rows);
  g_autofree gchar *got = g_strdup_printf ("\"%s\"", sum);
  fail_unless (g_str_equal (got, want), "%u samples, %s: got %s, want %s", n,
      as_s16 ? "S16" : "F32", got, want);
}

GST_START_TEST (test_golden)
{
  check_golden (lengths[__i__ / 2], __i__ % 2);
}
GST_END_TEST;

GST_START_TEST (test_n_rows)
{
  fail_unless_equals_uint64 (gemma4_raw_frames_n_rows (0), 0);
  fail_unless_equals_uint64 (gemma4_raw_frames_n_rows (480001), 751);
  fail_unless_equals_uint64 (gemma4_raw_frames_n_rows (G_MAXUINT64), G_MAXUINT64 / 640 + 1);
}
GST_END_TEST;

GST_START_TEST (test_faults)
{
  const gfloat samples[] = { 0.5f, NAN, INFINITY, -INFINITY, 2e18f, -1.0f };
  const gfloat want[] = { 0.5f, 0.0f, 0.0f, 0.0f, 0.0f, -1.0f };
  gfloat rows[6];
  fail_unless_equals_uint64 (gemma4_raw_frames_copy (rows, samples, 6), 4);
  for (guint i = 0; i < 6; i++)
    fail_unless (rows[i] == want[i], "value %u is %g, not %g", i, rows[i], want[i]);
}
GST_END_TEST;

static Suite *
rawframes_suite (void)
{
  Suite *s = suite_create ("rawframes");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_golden, 0, 2 * G_N_ELEMENTS (lengths));
  tcase_add_test (t, test_n_rows);
  tcase_add_test (t, test_faults);
  return s;
}

GST_CHECK_MAIN (rawframes);
