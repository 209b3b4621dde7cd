/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* KerasHub's call(), worked out by hand from its source: it packs one id more
 * than sequence_length; inputs are the first ids, y and sample_weight the last. */

#include "packing.h"

static Gemma4PackParams
train_params (guint sequence_length)
{
  Gemma4PackParams params = small_params ();
  params.train = true;
  params.sequence_length = sequence_length;
  params.answer_room = 256;     /* there is no answer to wait for in training */
  return params;
}

GST_START_TEST (test_train)
{
  Gemma4PackParams params = train_params (8);
  Gemma4Pack *pack = pack_text (&params, "20 21", "30 31");
  expect_names (pack, "token_ids position_ids padding_mask vision_mask audio_mask "
      "vision_indices y sample_weight");
  expect_tensor (pack, "token_ids", "int32 1 8", "2 20 21 30 31 1 0 0");
  expect_tensor (pack, "y", "int32 1 8", "20 21 30 31 1 0 0 0");
  expect_tensor (pack, "sample_weight", "bool 1 8", "0 0 1 1 1 0 0 0");
  expect_tensor (pack, "padding_mask", "bool 1 8", "1 1 1 1 1 1 0 0");
  expect_tensor (pack, "position_ids", "int32 1 8", "0 1 2 3 4 5 6 7");
  fail_unless_equals_int (gemma4_pack_n_tokens (pack), 6);
  gemma4_pack_free (pack);
}
GST_END_TEST;

GST_START_TEST (test_no_start)
{
  Gemma4PackParams params = train_params (8);
  params.add_start_token = false;
  Gemma4Pack *pack = pack_text (&params, "20 21", "30 31");
  expect_tensor (pack, "token_ids", "int32 1 8", "20 21 30 31 1 0 0 0");
  expect_tensor (pack, "y", "int32 1 8", "21 30 31 1 0 0 0 0");
  expect_tensor (pack, "sample_weight", "bool 1 8", "0 1 1 1 0 0 0 0");
  gemma4_pack_free (pack);
  pack = pack_text (&params, "2 20", "30");
  expect_tensor (pack, "token_ids", "int32 1 8", "2 20 30 1 0 0 0 0");
  gemma4_pack_free (pack);
}
GST_END_TEST;

GST_START_TEST (test_no_end)
{
  Gemma4PackParams params = train_params (8);
  params.add_end_token = false;
  Gemma4Pack *pack = pack_text (&params, "2 20 21", "30 31");
  expect_tensor (pack, "token_ids", "int32 1 8", "2 20 21 30 31 0 0 0");
  expect_tensor (pack, "y", "int32 1 8", "20 21 30 31 0 0 0 0");
  expect_tensor (pack, "sample_weight", "bool 1 8", "0 0 1 1 0 0 0 0");
  gemma4_pack_free (pack);
}
GST_END_TEST;

/* An empty response still has its end token. */
GST_START_TEST (test_empty_response)
{
  Gemma4PackParams params = train_params (4);
  Gemma4Pack *pack = pack_text (&params, "20", NULL);
  expect_tensor (pack, "token_ids", "int32 1 4", "2 20 1 0");
  expect_tensor (pack, "y", "int32 1 4", "20 1 0 0");
  expect_tensor (pack, "sample_weight", "bool 1 4", "0 1 0 0");
  gemma4_pack_free (pack);
}
GST_END_TEST;

/* One id more than sequence_length fits: it is only ever predicted. */
GST_START_TEST (test_exact)
{
  Gemma4PackParams params = train_params (4);
  Gemma4Pack *pack = pack_text (&params, "20 21", "30");
  expect_tensor (pack, "token_ids", "int32 1 4", "2 20 21 30");
  expect_tensor (pack, "y", "int32 1 4", "20 21 30 1");
  expect_tensor (pack, "sample_weight", "bool 1 4", "0 0 1 1");
  fail_unless_equals_int (gemma4_pack_n_truncated (pack), 0);
  gemma4_pack_free (pack);
}
GST_END_TEST;

GST_START_TEST (test_grow)
{
  Gemma4PackParams params = train_params (4);
  Gemma4Pack *pack = pack_text (&params, "20 21", "30 31");
  fail_unless_equals_int (gemma4_pack_spec (pack, 0)->dims[1], 64);
  gemma4_pack_free (pack);
}
GST_END_TEST;

/* 5 ids, begin and end token among them: 2 of the prompt, 1 of the response. */
GST_START_TEST (test_truncate)
{
  Gemma4PackParams params = train_params (4);
  params.overflow = GEMMA4_OVERFLOW_TRUNCATE;
  Gemma4Pack *pack = pack_text (&params, "20 21 22 23", "30 31 32");
  expect_tensor (pack, "token_ids", "int32 1 4", "2 20 21 30");
  expect_tensor (pack, "y", "int32 1 4", "20 21 30 1");
  expect_tensor (pack, "sample_weight", "bool 1 4", "0 0 1 1");
  fail_unless_equals_int (gemma4_pack_n_truncated (pack), 4);
  gemma4_pack_free (pack);
}
GST_END_TEST;

GST_START_TEST (test_text_only)
{
  Gemma4PackParams params = train_params (4);
  params.text_only = true;
  Gemma4Pack *pack = pack_text (&params, "20", "30");
  expect_names (pack, "token_ids position_ids padding_mask y sample_weight");
  expect_tensor (pack, "position_ids", "int32 1 4", "0 1 2 3");
  gemma4_pack_free (pack);
}
GST_END_TEST;

GST_START_TEST (test_batch)
{
  Gemma4PackParams params = train_params (4);
  Gemma4PackItem items[] = {
    item_new ("20", "30", NULL, 0),
    item_new ("21 22", "31", NULL, 0),
  };
  Gemma4Pack *pack = pack_items (&params, items, 2);
  expect_tensor (pack, "token_ids", "int32 2 4", "2 20 30 1  2 21 22 31");
  expect_tensor (pack, "y", "int32 2 4", "20 30 1 0  21 22 31 1");
  expect_tensor (pack, "sample_weight", "bool 2 4", "0 1 1 0  0 0 1 1");
  gemma4_pack_free (pack);
  item_clear (&items[0]);
  item_clear (&items[1]);
}
GST_END_TEST;

/* T is 4 * the most soft tokens of a prompt, not clip_rows. */
GST_START_TEST (test_audio)
{
  static const gfloat rows[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  const Gemma4PackMedia media = {
    .kind = GEMMA4_MEDIA_AUDIO,
    .clip = {.rows = rows,.n_rows = 5,.n_valid = 5,.n_samples = 800},
  };
  Gemma4PackParams params = train_params (8);
  Gemma4PackItem item = item_new ("10 11 11 12", "30", &media, 1);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "token_ids", "int32 1 8", "2 10 11 11 12 30 1 0");
  expect_tensor (pack, "audio_mask", "bool 1 8", "0 0 1 1 0 0 0 0");
  expect_tensor (pack, "audio_mel", "float32 1 1 8 2",
      "1 2 3 4 5 6 7 8 9 10 -7 -7 -7 -7 -7 -7");
  expect_tensor (pack, "audio_mel_mask", "int32 1 1 8", "1 1 1 1 1 0 0 0");
  expect_tensor (pack, "audio_indices", "int32 1 2", "2 3");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

/* Rows go where their soft tokens were cut. */
GST_START_TEST (test_audio_truncated)
{
  static const gfloat rows[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  const Gemma4PackMedia media = {
    .kind = GEMMA4_MEDIA_AUDIO,
    .clip = {.rows = rows,.n_rows = 5,.n_valid = 5,.n_samples = 800},
  };
  Gemma4PackParams params = train_params (4);
  params.overflow = GEMMA4_OVERFLOW_TRUNCATE;
  Gemma4PackItem item = item_new ("10 11 11 12", "30", &media, 1);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "token_ids", "int32 1 4", "2 10 11 30");
  expect_tensor (pack, "audio_mel", "float32 1 1 4 2", "1 2 3 4 5 6 7 8");
  expect_tensor (pack, "audio_mel_mask", "int32 1 1 4", "1 1 1 1");
  expect_tensor (pack, "audio_indices", "int32 1 1", "2");
  gemma4_pack_free (pack);
  item_clear (&item);
  item = item_new ("20 10 11 11 12", "30", &media, 1);
  pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "token_ids", "int32 1 4", "2 20 10 30");
  expect_names (pack, "token_ids position_ids padding_mask vision_mask audio_mask "
      "vision_indices y sample_weight");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

/* The last soft token stands where only y has it: the rows count it, as in
 * KerasHub, the indices do not. */
GST_START_TEST (test_audio_at_end)
{
  static const gfloat rows[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  const Gemma4PackMedia media = {
    .kind = GEMMA4_MEDIA_AUDIO,
    .clip = {.rows = rows,.n_rows = 5,.n_valid = 5,.n_samples = 800},
  };
  Gemma4PackParams params = train_params (4);
  params.add_end_token = false;
  Gemma4PackItem item = item_new ("20 10 11 11", NULL, &media, 1);
  Gemma4Pack *pack = pack_items (&params, &item, 1);
  expect_tensor (pack, "token_ids", "int32 1 4", "2 20 10 11");
  expect_tensor (pack, "y", "int32 1 4", "20 10 11 11");
  expect_tensor (pack, "audio_mel_mask", "int32 1 1 8", "1 1 1 1 1 0 0 0");
  expect_tensor (pack, "audio_indices", "int32 1 1", "3");
  gemma4_pack_free (pack);
  item_clear (&item);
}
GST_END_TEST;

static Suite *
pack_train_suite (void)
{
  Suite *s = suite_create ("pack-train");
  TCase *t = tcase_create ("kerashub");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_train);
  tcase_add_test (t, test_no_start);
  tcase_add_test (t, test_no_end);
  tcase_add_test (t, test_empty_response);
  tcase_add_test (t, test_exact);
  tcase_add_test (t, test_grow);
  tcase_add_test (t, test_truncate);
  tcase_add_test (t, test_text_only);
  tcase_add_test (t, test_batch);
  tcase_add_test (t, test_audio);
  tcase_add_test (t, test_audio_truncated);
  tcase_add_test (t, test_audio_at_end);
  return s;
}

GST_CHECK_MAIN (pack_train);
