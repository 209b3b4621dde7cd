/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/stamp.h>

#include <string.h>

static const struct
{
  guint64 time_ns;
  const gchar *text;
} cases[] = {
  {0, "00:00"},
  {G_GUINT64_CONSTANT (999499999), "00:00"},
  {G_GUINT64_CONSTANT (999500000), "00:01"},
  {G_GUINT64_CONSTANT (4999499999), "00:04"},
  {G_GUINT64_CONSTANT (4999999950), "00:05"},   /* frame 150 at 30 fps, as a parser has it */
  {G_GUINT64_CONSTANT (5000000000), "00:05"},
  {G_GUINT64_CONSTANT (59990000000), "00:59"},
  {G_GUINT64_CONSTANT (59999499999), "00:59"},
  {G_GUINT64_CONSTANT (59999500000), "01:00"},
  {G_GUINT64_CONSTANT (3599000000000), "59:59"},
  {G_GUINT64_CONSTANT (5999000000000), "99:59"},
  {G_GUINT64_CONSTANT (6000000000000), "100:00"},
  {G_MAXUINT64, "307445734:33"},
};

GST_START_TEST (test_stamp)
{
  gchar text[GEMMA4_STAMP_BYTES + 1];
  memset (text, '#', sizeof text);
  size_t n = gemma4_stamp_format (text, cases[__i__].time_ns);
  fail_unless (g_strcmp0 (text, cases[__i__].text) == 0, "%" G_GUINT64_FORMAT
      " ns: got %s, want %s", cases[__i__].time_ns, text, cases[__i__].text);
  fail_unless_equals_int (n, strlen (cases[__i__].text));
  fail_unless (text[GEMMA4_STAMP_BYTES] == '#', "wrote past GEMMA4_STAMP_BYTES");
}
GST_END_TEST;

static Suite *
stamp_suite (void)
{
  Suite *s = suite_create ("stamp");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_stamp, 0, G_N_ELEMENTS (cases));
  return s;
}

GST_CHECK_MAIN (stamp);
