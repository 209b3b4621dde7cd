/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4textdec: a stream of ids in, text out. What an id means is
 * tests/check/libs/detokenizer.c. */

#include "textdectest.h"

/* Text leaves with the buffer that completes it, with its times; a buffer that
 * completes nothing is a gap. */
GST_START_TEST (test_stream)
{
  Dec dec = dec_new ("");
  push_at (&dec, "a", 1 * GST_SECOND, GST_SECOND);
  assert_text_at (&dec, "a", 1 * GST_SECOND, GST_SECOND);
  push_at (&dec, "<0xE2>", 2 * GST_SECOND, GST_SECOND);
  push_at (&dec, "<0x82>", 3 * GST_SECOND, GST_SECOND);
  assert_nothing (&dec);
  assert_gap (&dec, 2 * GST_SECOND, GST_SECOND);
  assert_gap (&dec, 3 * GST_SECOND, GST_SECOND);
  push_at (&dec, "<0xAC> b", 4 * GST_SECOND, 5);
  assert_text_at (&dec, "€b", 4 * GST_SECOND, 5);
  push_at (&dec, "\xe2\x96\x81 c", 5 * GST_SECOND, GST_CLOCK_TIME_NONE);
  assert_text_at (&dec, " c", 5 * GST_SECOND, GST_CLOCK_TIME_NONE);
  push (&dec, "d");
  assert_text (&dec, "d");
  assert_no_message (&dec);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (dec.harness->sinkpad);
  g_autoptr (GstCaps) want = gst_caps_from_string ("text/x-raw, format=(string)utf8");
  fail_unless (gst_caps_is_equal (caps, want));
  dec_free (&dec);
}
GST_END_TEST;

/* The event that says which answer the text behind it belongs to. */
static void
assert_answer_event (Dec *dec, guint64 want)
{
  guint64 number = G_MAXUINT64;
  g_autoptr (GstEvent) event = pull_event (dec, GST_EVENT_CUSTOM_DOWNSTREAM_STICKY);
  fail_unless (event != NULL && gst_event_has_name (event, "gemma4-answer"));
  gst_structure_get_uint64 (gst_event_get_structure (event), "number", &number);
  fail_unless_equals_uint64 (number, want);
}

GST_START_TEST (test_end_of_turn)
{
  Dec dec = dec_new ("");
  push (&dec, "a b");
  push (&dec, "c <turn|> <eos> <pad> <pad> d");
  assert_text (&dec, "ab");
  assert_text (&dec, "c");
  assert_text (&dec, "d");
  assert_end (&dec, "abc", 0, 4, "stop-token");
  assert_answer_event (&dec, 0);
  assert_answer_event (&dec, 1);
  push (&dec, "<turn|>");
  assert_end (&dec, "d", 1, 2, "stop-token");
  push (&dec, "<eos>");         /* an answer without words */
  assert_end (&dec, "", 2, 1, "stop-token");
  push (&dec, "<pad>");         /* of no answer */
  assert_nothing (&dec);
  push (&dec, "<pad> a <turn|>");
  assert_text (&dec, "a");
  assert_end (&dec, "a", 3, 2, "stop-token");
  gst_harness_push_event (dec.harness, gst_event_new_eos ());
  assert_no_message (&dec);
  dec_free (&dec);
}
GST_END_TEST;

GST_START_TEST (test_stop_tokens)
{
  Dec dec = dec_new ("stop-tokens=\"a <eos>\" strip=none");
  push (&dec, "<turn|> a b");
  assert_text (&dec, "<turn|>a");
  assert_text (&dec, "b");
  assert_end (&dec, "<turn|>a", 0, 2, "stop-token");
  dec_free (&dec);

  dec = dec_new ("stop-tokens=\"\"");
  push (&dec, "a <eos> b");
  assert_text (&dec, "ab");
  assert_no_message (&dec);
  dec_free (&dec);
}
GST_END_TEST;

/* At the end what was held back becomes U+FFFD, and a warning says so. */
GST_START_TEST (test_eos)
{
  Dec dec = dec_new ("");
  push_at (&dec, "a <0xE2> <0x82>", 7, 8);
  assert_text_at (&dec, "a", 7, 8);
  assert_no_message (&dec);
  gst_harness_push_event (dec.harness, gst_event_new_eos ());
  assert_text_at (&dec, "\xef\xbf\xbd\xef\xbf\xbd", 7, 8);
  assert_message (&dec, GST_MESSAGE_WARNING, "2 bytes of an answer belong to no character*");
  assert_end (&dec, "a\xef\xbf\xbd\xef\xbf\xbd", 0, 3, "eos");
  g_autoptr (GstEvent) eos = pull_event (&dec, GST_EVENT_EOS);
  fail_unless (eos != NULL);
  dec_free (&dec);
}
GST_END_TEST;

/* A flush forgets the answer, which is not one that ended. */
GST_START_TEST (test_flush)
{
  GstSegment segment;
  Dec dec = dec_new ("strip-thinking=true");
  push (&dec, "a <|channel> b <0xE2>");
  assert_text (&dec, "a");
  gst_harness_push_event (dec.harness, gst_event_new_flush_start ());
  gst_harness_push_event (dec.harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (dec.harness, gst_event_new_segment (&segment));
  push (&dec, "<0x82> c <turn|>");
  assert_text (&dec, "\xef\xbf\xbd" "c");
  assert_message (&dec, GST_MESSAGE_WARNING, "1 bytes of*");
  assert_end (&dec, "\xef\xbf\xbd" "c", 0, 3, "stop-token");
  dec_free (&dec);
}
GST_END_TEST;

/* What an overlay wants: all of the answer, whatever comes, until the next one. */
GST_START_TEST (test_accumulate)
{
  Dec dec = dec_new ("accumulate=true");
  push_at (&dec, "<bos>", 0, 1);
  assert_nothing (&dec);
  assert_gap (&dec, 0, 1);
  push_at (&dec, "a", 1, 1);
  assert_text_at (&dec, "a", 1, 1);
  push_at (&dec, "b", 2, 1);
  assert_text_at (&dec, "ab", 2, 1);
  push_at (&dec, "<0xE2>", 3, 1);
  assert_text_at (&dec, "ab", 3, 1);
  gst_harness_push_event (dec.harness, gst_event_new_gap (4, 2));
  assert_text_at (&dec, "ab", 4, 2);
  push_at (&dec, "<0x82> <0xAC> <turn|>", 6, 1);
  assert_text_at (&dec, "ab€", 6, 1);
  assert_end (&dec, "ab€", 0, 7, "stop-token");
  gst_harness_push_event (dec.harness, gst_event_new_gap (7, 3));
  assert_nothing (&dec);
  assert_gap (&dec, 7, 3);
  push_at (&dec, "c", 10, 1);
  assert_text_at (&dec, "c", 10, 1);
  dec_free (&dec);
}
GST_END_TEST;

/* An answer without an end is not kept for ever. */
GST_START_TEST (test_endless)
{
  Dec dec = dec_new ("stop-tokens=\"\"");
  gint32 longest = 0;
  gsize n_bytes, max_bytes = 0;
  for (guint32 id = 0; id < gemma4_tokenizer_n_pieces (dec.tokenizer); id++) {
    const gchar *piece = gemma4_tokenizer_piece (dec.tokenizer, id, &n_bytes);
    if (n_bytes > max_bytes && *piece != '<' && !memmem (piece, n_bytes, "\xe2\x96\x81", 3)) {
      longest = id;
      max_bytes = n_bytes;
    }
  }
  gint n = GEMMA4_MAX_TEXT_BYTES / max_bytes + 2;
  gint32 *ids = g_new (gint32, n);
  for (gint i = 0; i < n; i++)
    ids[i] = longest;
  g_autofree gchar *dims = g_strdup_printf ("%d", n);
  set_caps (&dec, "int32", dims, NULL);
  fail_unless_equals_int (gst_harness_push (dec.harness,
          gst_buffer_new_wrapped (ids, n * sizeof *ids)), GST_FLOW_OK);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (dec.bus, GST_MESSAGE_ELEMENT);
  fail_unless (message != NULL);
  fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message),
          "reason"), "limit");
  fail_unless_equals_int (gst_harness_buffers_in_queue (dec.harness), 2);
  dec_free (&dec);
}
GST_END_TEST;

/* A sink that is late must not make the model skip ids; nothing lasts over READY. */
GST_START_TEST (test_qos_and_restart)
{
  Dec dec = dec_new ("");
  push (&dec, "a <0xE2>");
  fail_unless (gst_harness_push_upstream_event (dec.harness,
          gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 0.5, 5, 5)));
  g_autoptr (GstEvent) event = NULL;
  while ((event = gst_harness_try_pull_upstream_event (dec.harness))) {
    fail_if (GST_EVENT_TYPE (event) == GST_EVENT_QOS);
    g_clear_pointer (&event, gst_event_unref);
  }
  assert_text (&dec, "a");
  gst_element_set_state (dec.harness->element, GST_STATE_READY);
  gst_harness_play (dec.harness);
  push (&dec, "b <turn|>");
  assert_text (&dec, "b");
  assert_end (&dec, "b", 0, 2, "stop-token");
  dec_free (&dec);
}
GST_END_TEST;

static Suite *
textdec_suite (void)
{
  Suite *s = suite_create ("textdec");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_stream);
  tcase_add_test (t, test_end_of_turn);
  tcase_add_test (t, test_stop_tokens);
  tcase_add_test (t, test_eos);
  tcase_add_test (t, test_flush);
  tcase_add_test (t, test_accumulate);
  tcase_add_test (t, test_endless);
  tcase_add_test (t, test_qos_and_restart);
  return s;
}

GST_CHECK_MAIN (textdec);
