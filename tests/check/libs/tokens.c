/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/tokens.h>

GST_START_TEST (test_audio)
{
  static const struct
  {
    guint64 n_rows;
    guint n_tokens;
  } cases[] = {
    {0, 0}, {1, 1}, {4, 1}, {5, 2}, {8, 2}, {9, 3}, {811, 203}, {2999, 750}, {3000, 750},
    {(G_GUINT64_CONSTANT (1) << 34) - 4, G_MAXUINT32},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint got = gemma4_audio_tokens (cases[i].n_rows);
    fail_unless (got == cases[i].n_tokens, "%" G_GUINT64_FORMAT " rows: got %u, want %u",
        cases[i].n_rows, got, cases[i].n_tokens);
  }
}
GST_END_TEST;

GST_START_TEST (test_clip)
{
  fail_unless_equals_int (gemma4_clip_tokens (FALSE, 811), 203);
  fail_unless_equals_int (gemma4_clip_tokens (TRUE, 811), 811);
  fail_unless_equals_int (gemma4_clip_tokens (TRUE, 0), 0);
  fail_unless_equals_uint64 (gemma4_clip_tokens (TRUE, G_MAXUINT32), G_MAXUINT32);
}
GST_END_TEST;

GST_START_TEST (test_vision)
{
  fail_unless_equals_int (gemma4_vision_tokens (0, 3), 0);
  fail_unless_equals_int (gemma4_vision_tokens (594, 3), 66);
  fail_unless_equals_int (gemma4_vision_tokens (10080, 3), 1120);
  fail_unless_equals_int (gemma4_vision_tokens (66, 1), 66);
}
GST_END_TEST;

static Suite *
tokens_suite (void)
{
  Suite *s = suite_create ("tokens");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_audio);
  tcase_add_test (t, test_clip);
  tcase_add_test (t, test_vision);
  return s;
}

GST_CHECK_MAIN (tokens);
