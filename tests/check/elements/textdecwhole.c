/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4textdec: whole sequences, and what it refuses. */

#include "textdectest.h"

/* Whole sequences: one text a row, of what the mask shows, whatever tokens are in
 * it; as KerasHub's generate_postprocess(). */
GST_START_TEST (test_whole)
{
  static const gchar row0[] = "<bos> <|turn> a <turn|> <|image> <|image|> <image|> b";
  static const gchar row1[] = "<bos> c <unk> d <turn|> <eos> e <pad>";
  static guint8 mask[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0 };
  Dec dec = dec_new ("strip=kerashub");
  for (guint wide = 0; wide < 2; wide++) {
    GstBuffer *buffer = gst_buffer_new ();
    g_autofree gchar *both = g_strconcat (row0, " ", row1, NULL);
    gst_buffer_append_memory (buffer, gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY, mask, 16,
            0, 16, NULL, NULL));
    gst_buffer_append_memory (buffer, ids_memory (&dec, both, wide));
    GST_BUFFER_PTS (buffer) = 5;
    set_caps (&dec, wide ? "uint8,int64" : "uint8,int32", "8:2,8:2",
        wide ? "attention_mask,input_ids" : "padding_mask,token_ids");
    fail_unless_equals_int (gst_harness_push (dec.harness, buffer), GST_FLOW_OK);
    assert_text_at (&dec, "<|turn>a<turn|><|image>b", 5, GST_CLOCK_TIME_NONE);
    assert_text_at (&dec, "c \xe2\x81\x87 d<turn|>", 5, GST_CLOCK_TIME_NONE);
    assert_end (&dec, "<|turn>a<turn|><|image>b", wide * 2, 8, "sequence");
    assert_end (&dec, "c \xe2\x81\x87 d<turn|>", wide * 2 + 1, 6, "sequence");
  }
  dec_free (&dec);
}
GST_END_TEST;

/* A tensor of several rows without a mask is whole, too; one of one row is a stream. */
GST_START_TEST (test_shapes)
{
  static const gchar *const dims[] = { "4", "4:1", "1:4:1:1", "2:2", "2:1:2" };
  for (guint i = 0; i < G_N_ELEMENTS (dims); i++) {
    Dec dec = dec_new ("");
    GstBuffer *buffer = gst_buffer_new ();
    gst_buffer_append_memory (buffer, ids_memory (&dec, "a b <turn|> d", FALSE));
    set_caps (&dec, "int32", dims[i], i == 1 ? "tokens" : NULL);
    fail_unless_equals_int (gst_harness_push (dec.harness, buffer), GST_FLOW_OK);
    if (i < 2) {
      assert_text (&dec, "ab");
      assert_text (&dec, "d");
      assert_end (&dec, "ab", 0, 3, "stop-token");
    } else if (i == 2) {
      assert_text (&dec, "a");
      assert_text (&dec, "b");
      assert_text (&dec, "d");
    } else {
      assert_text (&dec, "ab");
      assert_text (&dec, "d");
      assert_end (&dec, "ab", 0, 2, "sequence");
      assert_end (&dec, "d", 1, 2, "sequence");
    }
    assert_nothing (&dec);
    dec_free (&dec);
  }
}
GST_END_TEST;

/* A flexible tensor says itself what it is, in a head of 128 bytes. */
static GstBuffer *
flexible (Dec *dec, const gchar *pieces, gboolean wide, const guint32 *dims, guint n_dims)
{
  guint32 head[32] = { 0xfeedcced, 0xde001000, wide ? 8 : 0 };
  GstMemory *ids = ids_memory (dec, pieces, wide);
  GstBuffer *behind = gst_buffer_new (), *buffer = gst_buffer_new ();
  GstMapInfo map;
  memcpy (head + 3, dims, n_dims * sizeof *dims);
  gst_buffer_append_memory (behind, ids);
  buffer = gst_buffer_append (buffer, gst_buffer_append (gst_buffer_new_memdup (head, sizeof head),
          behind));
  /* one memory, as NNStreamer has it */
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  GstBuffer *whole = gst_buffer_new_memdup (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return whole;
}

GST_START_TEST (test_flexible)
{
  static const guint32 three[] = { 3, 1, 1, 1 }, two_rows[] = { 1, 2 }, seven[] = { 7 };
  GstCaps *caps = gst_caps_from_string ("other/tensors, format=(string)flexible, "
      "framerate=(fraction)0/1");
  Dec dec = dec_new ("");
  gst_harness_set_src_caps (dec.harness, caps);
  for (guint wide = 0; wide < 2; wide++) {
    fail_unless_equals_int (gst_harness_push (dec.harness, flexible (&dec, "a b <turn|>", wide,
                three, 4)), GST_FLOW_OK);
    assert_text (&dec, "ab");
    assert_end (&dec, "ab", wide * 3, 3, "stop-token");
    fail_unless_equals_int (gst_harness_push (dec.harness, flexible (&dec, "a b", wide,
                two_rows, 2)), GST_FLOW_OK);
    assert_text (&dec, "a");
    assert_text (&dec, "b");
    assert_end (&dec, "a", wide * 3 + 1, 1, "sequence");
    assert_end (&dec, "b", wide * 3 + 2, 1, "sequence");
  }
  fail_unless_equals_int (gst_harness_push (dec.harness, flexible (&dec, "a b", FALSE, seven,
              1)), GST_FLOW_ERROR);
  assert_message (&dec, GST_MESSAGE_ERROR, "A buffer is no flexible tensor*");
  fail_unless_equals_int (gst_harness_push (dec.harness, gst_buffer_new_memdup ("abcd", 4)),
      GST_FLOW_ERROR);
  dec_free (&dec);
}
GST_END_TEST;

/* Ids of another vocabulary are left out and announced; the stream goes on. */
GST_START_TEST (test_bad_ids)
{
  gint64 ids[] = { 0, -1, 99999, 0 };
  Dec dec = dec_new ("");
  ids[0] = ids[3] = gemma4_tokenizer_find (dec.tokenizer, "a");
  set_caps (&dec, "int64", "4", NULL);
  fail_unless_equals_int (gst_harness_push (dec.harness,
          gst_buffer_new_memdup (ids, sizeof ids)), GST_FLOW_OK);
  assert_text (&dec, "aa");
  gst_harness_push_event (dec.harness, gst_event_new_eos ());
  assert_message (&dec, GST_MESSAGE_WARNING, "2 ids of an answer are not in the vocabulary*");
  dec_free (&dec);
}
GST_END_TEST;

GST_START_TEST (test_bad_buffers)
{
  static const struct
  {
    const gchar *types, *dims, *names, *pattern;
  } bad[] = {
    {"float32", "4", NULL, "expected ids*tensor_0 is float32"},
    {"float32", "4", "token_ids", "expected ids*token_ids is float32"},
    {"int32,int32", "4,4", "a,b", "expected ids*got 2 tensors without these names"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Dec dec = dec_new ("");
    set_caps (&dec, bad[i].types, bad[i].dims, bad[i].names);
    assert_message (&dec, GST_MESSAGE_ERROR, bad[i].pattern);
    dec_free (&dec);
  }
  Dec dec = dec_new ("");
  set_caps (&dec, "int32", "4", NULL);
  fail_unless_equals_int (gst_harness_push (dec.harness, gst_buffer_new_memdup ("abcd", 4)),
      GST_FLOW_ERROR);
  assert_message (&dec, GST_MESSAGE_ERROR, "A buffer of 4 bytes is smaller than its caps say: "
      "expected 16 bytes of tensor_0.");
  dec_free (&dec);
}
GST_END_TEST;

/* Text has times whatever its ids had; backwards is refused. */
GST_START_TEST (test_segments)
{
  GstSegment segment;
  Dec dec = dec_new ("");
  set_caps (&dec, "int32", "1", NULL);
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (dec.harness, gst_event_new_segment (&segment));
  push (&dec, "a");
  assert_text (&dec, "a");
  for (guint i = 0; i < 2; i++) {
    const GstSegment *got;
    g_autoptr (GstEvent) event = pull_event (&dec, GST_EVENT_SEGMENT);
    fail_unless (event != NULL);
    gst_event_parse_segment (event, &got);
    fail_unless_equals_int (got->format, GST_FORMAT_TIME);
  }
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1;
  gst_harness_push_event (dec.harness, gst_event_new_segment (&segment));
  assert_message (&dec, GST_MESSAGE_ERROR, "Ids that come backwards*");
  dec_free (&dec);
}
GST_END_TEST;

static const struct
{
  const gchar *line, *pattern;
} settings[] = {
  {"gemma4textdec", "No tokenizer given*tokenizer.json*"},
  {"gemma4textdec tokenizer=/none/such", "cannot open the tokenizer /none/such*"},
  {"gemma4textdec tokenizer=%s stop-tokens=\"<eos> <end>\"", "stop-tokens names <end>,*"},
};

GST_START_TEST (test_settings)
{
  g_autofree gchar *path = golden_path ("tokenizer/gemma4_tiny.model");
  g_autoptr (GString) line = g_string_new (settings[__i__].line);
  g_string_replace (line, "%s", path, 0);
  GstElement *element = gst_parse_launch (line->str, NULL);
  Dec dec = {.bus = gst_bus_new () };
  gst_element_set_bus (element, dec.bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  assert_message (&dec, GST_MESSAGE_ERROR, settings[__i__].pattern);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
  gst_object_unref (dec.bus);
}
GST_END_TEST;

static Suite *
textdecwhole_suite (void)
{
  Suite *s = suite_create ("textdecwhole");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_whole);
  tcase_add_test (t, test_shapes);
  tcase_add_test (t, test_flexible);
  tcase_add_test (t, test_bad_ids);
  tcase_add_test (t, test_bad_buffers);
  tcase_add_test (t, test_segments);
  tcase_add_loop_test (t, test_settings, 0, G_N_ELEMENTS (settings));
  return s;
}

GST_CHECK_MAIN (textdecwhole);
