/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/preset.h>

#include <gst/check/gstcheck.h>

static const struct
{
  const gchar *name;
  guint64 n_parameters;
  gboolean instruct, empty_thought, audio, unified;
} want[] = {
  { "gemma4_2b", 5100000000, FALSE, FALSE, TRUE },
  { "gemma4_instruct_2b", 5100000000, TRUE, FALSE, TRUE },
  { "gemma4_4b", 7900000000, FALSE, FALSE, TRUE },
  { "gemma4_instruct_4b", 7900000000, TRUE, FALSE, TRUE },
  { "gemma4_26b_a4b", 26000000000, FALSE, FALSE, FALSE },
  { "gemma4_instruct_26b_a4b", 26000000000, TRUE, TRUE, FALSE },
  { "gemma4_31b", 31000000000, FALSE, FALSE, FALSE },
  { "gemma4_instruct_31b", 31000000000, TRUE, TRUE, FALSE },
  { "gemma4_12b", 12000000000, FALSE, FALSE, TRUE, TRUE },
  { "gemma4_instruct_12b", 12000000000, TRUE, TRUE, TRUE, TRUE },
  { "card", 0, TRUE, FALSE, TRUE },
};

GST_START_TEST (test_builtin)
{
  const Gemma4Preset *preset = gemma4_preset_builtin (__i__);
  fail_unless_equals_int (gemma4_preset_n_builtin (), G_N_ELEMENTS (want));
  fail_unless (preset != NULL);
  fail_unless_equals_string (preset->name, want[__i__].name);
  fail_unless_equals_uint64 (preset->n_parameters, want[__i__].n_parameters);
  fail_unless (preset->instruct == want[__i__].instruct, "%s", preset->name);
  fail_unless (preset->empty_thought == want[__i__].empty_thought, "%s", preset->name);
  fail_unless ((preset->audio != NULL) == want[__i__].audio, "%s", preset->name);
  fail_unless (preset->unified == want[__i__].unified, "%s", preset->name);
  if (!preset->unified) {
    fail_unless (preset->image == &gemma4_vision_params_image, "%s", preset->name);
    fail_unless (preset->video == &gemma4_vision_params_video, "%s", preset->name);
  }
  fail_unless (g_utf8_validate (preset->description, -1, NULL), "%s", preset->name);
}
GST_END_TEST;

GST_START_TEST (test_find)
{
  const Gemma4Preset *preset = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_preset_find (want[__i__].name, &preset, &error);
  fail_unless (status == GEMMA4_OK, "%s", error.text);
  fail_unless (preset == gemma4_preset_builtin (__i__));
}
GST_END_TEST;

GST_START_TEST (test_default)
{
  const Gemma4Preset *preset = NULL;
  fail_unless_equals_int (gemma4_preset_find (NULL, &preset, NULL), GEMMA4_OK);
  fail_unless_equals_string (preset->name, GEMMA4_DEFAULT_PRESET);
  fail_unless (preset->audio == &gemma4_logmel_params_default);
  fail_unless_equals_int (gemma4_preset_find ("card", &preset, NULL), GEMMA4_OK);
  fail_unless (preset->audio == &gemma4_logmel_params_card);
}
GST_END_TEST;

GST_START_TEST (test_unknown)
{
  const Gemma4Preset *const untouched = gemma4_preset_builtin (3);
  const Gemma4Preset *preset = untouched;
  Gemma4Error error = { "" };
  fail_unless_equals_int (gemma4_preset_find ("gemma4_3b", &preset, &error), GEMMA4_NOT_FOUND);
  fail_unless (preset == untouched);
  fail_unless (strstr (error.text, "\"gemma4_3b\""), "%s", error.text);
  for (gsize i = 0; i < G_N_ELEMENTS (want); i++)
    fail_unless (strstr (error.text, want[i].name), "no %s in: %s", want[i].name, error.text);
  fail_unless_equals_int (gemma4_preset_find ("", &preset, NULL), GEMMA4_NOT_FOUND);
  fail_unless_equals_int (gemma4_preset_find ("GEMMA4_2B", &preset, NULL), GEMMA4_NOT_FOUND);
  fail_unless (gemma4_preset_builtin (G_N_ELEMENTS (want)) == NULL);
}
GST_END_TEST;

static Suite *
preset_suite (void)
{
  Suite *s = suite_create ("preset");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_builtin, 0, G_N_ELEMENTS (want));
  tcase_add_loop_test (t, test_find, 0, G_N_ELEMENTS (want));
  tcase_add_test (t, test_default);
  tcase_add_test (t, test_unknown);
  return s;
}

GST_CHECK_MAIN (preset);
