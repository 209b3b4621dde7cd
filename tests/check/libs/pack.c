/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* KerasHub's generate_preprocess(), worked out by hand from its source. */

#include "packing.h"

GST_START_TEST (test_prompt)
{
  Gemma4PackParams params = small_params ();
  Gemma4Pack *pack = pack_text (&params, "20 21 22", NULL);
  expect_names (pack, "token_ids position_ids padding_mask vision_mask audio_mask "
      "vision_indices");
  expect_tensor (pack, "token_ids", "int32 1 12", "2 20 21 22 0 0 0 0 0 0 0 0");
  expect_tensor (pack, "position_ids", "int32 1 12", "0 1 2 3 4 5 6 7 8 9 10 11");
  expect_tensor (pack, "padding_mask", "bool 1 12", "1 1 1 1 0 0 0 0 0 0 0 0");
  expect_tensor (pack, "vision_mask", "bool 1 12", "0 0 0 0 0 0 0 0 0 0 0 0");
  expect_tensor (pack, "audio_mask", "bool 1 12", "0 0 0 0 0 0 0 0 0 0 0 0");
  expect_tensor (pack, "vision_indices", "int32 1 9", "0 0 0 0 0 0 0 0 0");
  fail_unless_equals_int (gemma4_pack_n_tokens (pack), 4);
  fail_unless_equals_int (gemma4_pack_n_truncated (pack), 0);
  gemma4_pack_free (pack);
}
GST_END_TEST;

/* The response stands behind the prompt, and there is no end token. */
GST_START_TEST (test_response)
{
  Gemma4PackParams params = small_params ();
  Gemma4Pack *pack = pack_text (&params, "20 21 22", "30 31");
  expect_tensor (pack, "token_ids", "int32 1 12", "2 20 21 22 30 31 0 0 0 0 0 0");
  expect_tensor (pack, "padding_mask", "bool 1 12", "1 1 1 1 1 1 0 0 0 0 0 0");
  gemma4_pack_free (pack);
}
GST_END_TEST;

/* The begin token is always there, and once. */
GST_START_TEST (test_begin)
{
  Gemma4PackParams params = small_params ();
  params.add_start_token = false;
  Gemma4Pack *pack = pack_text (&params, "2 20", NULL);
  expect_tensor (pack, "token_ids", "int32 1 12", "2 20 0 0 0 0 0 0 0 0 0 0");
  gemma4_pack_free (pack);
  pack = pack_text (&params, "20 2", NULL);
  expect_tensor (pack, "token_ids", "int32 1 12", "2 20 2 0 0 0 0 0 0 0 0 0");
  gemma4_pack_free (pack);
  pack = pack_text (&params, "", NULL);
  expect_tensor (pack, "token_ids", "int32 1 12", "2 0 0 0 0 0 0 0 0 0 0 0");
  gemma4_pack_free (pack);
}
GST_END_TEST;

/* KerasHub masks by id, so a pad id inside the prompt is masked too. */
GST_START_TEST (test_pad_in_prompt)
{
  Gemma4PackParams params = small_params ();
  Gemma4Pack *pack = pack_text (&params, "20 0 22", NULL);
  expect_tensor (pack, "padding_mask", "bool 1 12", "1 1 0 1 0 0 0 0 0 0 0 0");
  gemma4_pack_free (pack);
}
GST_END_TEST;

GST_START_TEST (test_text_only)
{
  Gemma4PackParams params = small_params ();
  params.text_only = true;
  Gemma4Pack *pack = pack_text (&params, "20 8 21", NULL);
  expect_names (pack, "token_ids padding_mask");
  expect_tensor (pack, "token_ids", "int32 1 12", "2 20 8 21 0 0 0 0 0 0 0 0");
  gemma4_pack_free (pack);
}
GST_END_TEST;

GST_START_TEST (test_batch)
{
  Gemma4PackParams params = small_params ();
  params.sequence_length = 6;
  Gemma4PackItem items[] = {
    item_new ("20 21", NULL, NULL, 0),
    item_new ("22 23 24 25", "30", NULL, 0),
  };
  Gemma4Pack *pack = pack_items (&params, items, 2);
  expect_tensor (pack, "token_ids", "int32 2 6", "2 20 21 0 0 0  2 22 23 24 25 30");
  expect_tensor (pack, "position_ids", "int32 2 6", "0 1 2 3 4 5  0 1 2 3 4 5");
  expect_tensor (pack, "padding_mask", "bool 2 6", "1 1 1 0 0 0  1 1 1 1 1 1");
  fail_unless_equals_int (gemma4_pack_n_tokens (pack), 6);
  gemma4_pack_free (pack);
  item_clear (&items[0]);
  item_clear (&items[1]);
}
GST_END_TEST;

/* What is needed is prompt and answer; the next multiple of 64 holds both. */
GST_START_TEST (test_grow)
{
  static const struct
  {
    guint sequence_length, answer_room, n_prompt, want;
  } cases[] = {
    {64, 53, 10, 64}, {64, 54, 10, 128}, {64, 0, 63, 64}, {64, 0, 64, 128},
    {100, 100, 27, 128}, {100, 100, 28, 192}, {1024, 256, 767, 1024},
    {1024, 256, 768, 1088}, {12, 0, 12, 64},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    Gemma4PackParams params = small_params ();
    params.sequence_length = cases[i].sequence_length;
    params.answer_room = cases[i].answer_room;
    gint32 ids[1024];
    for (gsize j = 0; j < 1024; j++)
      ids[j] = 20;
    Gemma4PackItem item = {.prompt_ids = ids,.n_prompt_ids = cases[i].n_prompt };
    Gemma4Pack *pack = pack_items (&params, &item, 1);
    guint64 got = gemma4_pack_spec (pack, 0)->dims[1];
    fail_unless (got == cases[i].want, "case %" G_GSIZE_FORMAT ": got %" G_GUINT64_FORMAT
        ", want %u", i, got, cases[i].want);
    gemma4_pack_free (pack);
  }
}
GST_END_TEST;

GST_START_TEST (test_drop)
{
  Gemma4PackParams params = small_params ();
  params.overflow = GEMMA4_OVERFLOW_DROP;
  params.answer_room = 9;
  Gemma4Pack *pack = pack_text (&params, "20 21", NULL);
  expect_tensor (pack, "token_ids", "int32 1 12", "2 20 21 0 0 0 0 0 0 0 0 0");
  gemma4_pack_free (pack);
  expect_refusal (&params, &vocabulary, "20 21 22", NULL, 0, GEMMA4_LIMIT,
      "13 tokens needed with the room for the answer, 12 allowed|sequence-length");
  params.target = GEMMA4_TARGET_TRANSFORMERS;   /* which needs none */
  expect_refusal (&params, &vocabulary, "20 21 22 23 24 25 26 27 28 29 30 31", NULL, 0,
      GEMMA4_LIMIT, "13 tokens needed, 12 allowed|sequence-length");
}
GST_END_TEST;

/* Round robin: begin token, then prompt and response in turn; 5 are left. */
GST_START_TEST (test_truncate)
{
  static const struct
  {
    const gchar *prompt, *response, *want;
    gsize n_truncated;
  } cases[] = {
    {"20 21 22 23 24", "30 31 32 33", "2 20 21 22 30 31", 4},
    {"20 21 22 23 24", "30", "2 20 21 22 23 30", 1},
    {"20", "30 31 32 33 34 35", "2 20 30 31 32 33", 2},
    {"20 21 22 23 24 25 26", NULL, "2 20 21 22 23 24", 2},
    {"20 21 22", "30 31", "2 20 21 22 30 31", 0},
    {"", "30 31 32 33 34 35", "2 30 31 32 33 34", 1},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    Gemma4PackParams params = small_params ();
    params.overflow = GEMMA4_OVERFLOW_TRUNCATE;
    params.sequence_length = 6;
    params.answer_room = 4;
    Gemma4Pack *pack = pack_text (&params, cases[i].prompt, cases[i].response);
    expect_tensor (pack, "token_ids", "int32 1 6", cases[i].want);
    fail_unless_equals_int (gemma4_pack_n_truncated (pack), cases[i].n_truncated);
    fail_unless_equals_int (gemma4_pack_n_tokens (pack), 6);
    gemma4_pack_free (pack);
  }
}
GST_END_TEST;

GST_START_TEST (test_bad_arguments)
{
  Gemma4PackParams params = small_params ();
  Gemma4Pack *pack = NULL;
  fail_unless (gemma4_pack_new (&params, &vocabulary, NULL, 0, &pack,
          NULL) == GEMMA4_BAD_ARGUMENT);
  expect_refusal (&params, &vocabulary, "20 -1", NULL, 0, GEMMA4_BAD_ARGUMENT, "-1");
  Gemma4SpecialIds ids = vocabulary;
  ids.bos = -1;
  expect_refusal (&params, &ids, "20", NULL, 0, GEMMA4_NOT_FOUND, "<bos>");
  ids = vocabulary;
  ids.pad = -1;
  expect_refusal (&params, &ids, "20", NULL, 0, GEMMA4_NOT_FOUND, "<pad>");
  params.sequence_length = 1;
  expect_refusal (&params, &vocabulary, "20", NULL, 0, GEMMA4_BAD_ARGUMENT,
      "sequence-length");
  gemma4_pack_free (NULL);
}
GST_END_TEST;

static Suite *
pack_suite (void)
{
  Suite *s = suite_create ("pack");
  TCase *t = tcase_create ("kerashub");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_prompt);
  tcase_add_test (t, test_response);
  tcase_add_test (t, test_begin);
  tcase_add_test (t, test_pad_in_prompt);
  tcase_add_test (t, test_text_only);
  tcase_add_test (t, test_batch);
  tcase_add_test (t, test_grow);
  tcase_add_test (t, test_drop);
  tcase_add_test (t, test_truncate);
  tcase_add_test (t, test_bad_arguments);
  return s;
}

GST_CHECK_MAIN (pack);
