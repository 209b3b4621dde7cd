/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv in front of a packer: its rows must be those of the preset. */

#include "audiotest.h"

/* What changes the rows, in front of a packer: it would take them for the preset's. */
static const struct
{
  const gchar *settings, *ours, *theirs;
} unlikes[] = {
  {"sampling-rate=22050", "sampling-rate=22050", "16000"},
  {"num-fft-bins=640", "num-fft-bins=640", "512"},
  {"frame-length=400", "frame-length=400", "320"},
  {"stride=80", "stride=80", "160"},
  {"min-frequency=20", "min-frequency=20", "0"},
  {"max-frequency=7600", "max-frequency=7600", "8000"},
  {"mel-floor=0.00001", "mel-floor=1e-05", "0.001"},
  {"preemphasis=0.97", "preemphasis=0.97", "0"},
  {"preemphasis-htk-flavor=false", "preemphasis-htk-flavor=false", "true"},
  {"fft-overdrive=true", "fft-overdrive=true", "false"},
  {"input-scale-factor=2", "input-scale-factor=2", "1"},
  {"dither=0.01 stride=80", "stride=80", "160"},
};

GST_START_TEST (test_refuses_before_a_packer)
{
  gboolean other_rate = g_str_has_prefix (unlikes[__i__].settings, "sampling-rate");
  g_autoptr (GstCaps) caps = gst_caps_from_string (S16);
  if (other_rate)
    gst_caps_set_simple (caps, "rate", G_TYPE_INT, 22050, NULL);
  g_autofree gchar *has = g_strdup_printf ("which has %s:", unlikes[__i__].theirs);
  assert_refused (unlikes[__i__].settings, "other/tensors,role=audio", caps,
      WORDS (unlikes[__i__].ours, has, "preset gemma4_instruct_2b", "leave ",
          "without the packer"));
}

GST_END_TEST;

/* Means or deviations, one for each filter. */
GST_START_TEST (test_refuses_per_bin_before_a_packer)
{
  const gchar *name = __i__ ? "per-bin-stddev" : "per-bin-mean";
  g_autoptr (GString) settings = g_string_new (name);
  for (guint i = 0; i < 128; i++)
    g_string_append (settings, i ? ",1.0" : "=<1.0");
  g_string_append_c (settings, '>');
  g_autofree gchar *has = g_strdup_printf ("%s=<128 values>", name);
  g_autoptr (GstCaps) caps = gst_caps_from_string (S16);
  assert_refused (settings->str, "other/tensors,role=audio", caps, WORDS (has, "none", "leave "));
}

GST_END_TEST;

/* Not a model's: refused by name, whoever names it. */
GST_START_TEST (test_refuses_card_before_a_packer)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (S16);
  assert_refused ("preset=card", "other/tensors,role=audio", caps,
      WORDS ("preset=card", "without the packer"));
  assert_refused (NULL, "other/tensors,role=audio,preset=card", caps,
      WORDS ("preset=card", "without the packer"));
}

GST_END_TEST;

static Suite *
audiopacked_suite (void)
{
  Suite *s = suite_create ("audiopacked");
  TCase *t = tcase_create ("settings");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_refuses_before_a_packer, 0, G_N_ELEMENTS (unlikes));
  tcase_add_loop_test (t, test_refuses_per_bin_before_a_packer, 0, 2);
  tcase_add_test (t, test_refuses_card_before_a_packer);
  return s;
}

GST_CHECK_MAIN (audiopacked);
