/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4textdec: ids in, text out. What an id means is tests/check/libs/detokenizer.c. */

#include "golden.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/gemma4/tokenizer.h>
#include <string.h>

typedef struct
{
  GstHarness *harness;
  GstBus *bus;
  Gemma4Tokenizer *tokenizer;
} Dec;

static Dec
dec_new (const gchar *properties)
{
  Dec dec;
  Gemma4Error error = { "" };
  g_autofree gchar *path = golden_path ("tokenizer/gemma4_tiny.model");
  fail_unless (gemma4_tokenizer_open (path, &dec.tokenizer, &error) == GEMMA4_OK, "%s",
      error.text);
  g_autofree gchar *line = g_strdup_printf ("gemma4textdec tokenizer=%s %s", path, properties);
  dec.harness = gst_harness_new_parse (line);
  dec.bus = gst_bus_new ();
  gst_element_set_bus (dec.harness->element, dec.bus);
  return dec;
}

static void
dec_free (Dec *dec)
{
  gst_element_set_bus (dec->harness->element, NULL);
  gst_object_unref (dec->bus);
  gst_harness_teardown (dec->harness);
  gemma4_tokenizer_free (dec->tokenizer);
}

static void
set_caps (Dec *dec, const gchar *types, const gchar *dims, const gchar *names)
{
  guint n = 1;
  for (const gchar *p = types; *p; p++)
    n += *p == ',';
  GstCaps *caps = gst_caps_new_simple ("other/tensors", "format", G_TYPE_STRING, "static",
      "num_tensors", G_TYPE_INT, n, "types", G_TYPE_STRING, types, "dimensions",
      G_TYPE_STRING, dims, "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
  if (names)
    gst_caps_set_simple (caps, "names", G_TYPE_STRING, names, NULL);
  gst_harness_set_src_caps (dec->harness, caps);
}

/* A memory with the ids of pieces that have blanks between them; U+2581 is a space. */
static GstMemory *
ids_memory (const Dec *dec, const gchar *pieces, gboolean wide)
{
  g_auto (GStrv) each = g_strsplit (pieces, " ", -1);
  guint n = g_strv_length (each);
  gint64 *ids64 = g_new (gint64, n);
  gint32 *ids32 = g_new (gint32, n);
  for (guint i = 0; i < n; i++) {
    ids64[i] = ids32[i] = gemma4_tokenizer_find (dec->tokenizer, each[i]);
    fail_unless (ids32[i] >= 0, "there is no piece %s", each[i]);
  }
  gpointer kept = wide ? (gpointer) ids64 : ids32;
  g_free (wide ? (gpointer) ids32 : ids64);
  gsize n_bytes = n * (wide ? 8 : 4);
  return gst_memory_new_wrapped (0, kept, n_bytes, 0, n_bytes, kept, g_free);
}

/* Pushes one buffer of int32 ids, with caps of its own where their number is another. */
static void
push_at (Dec *dec, const gchar *pieces, GstClockTime pts, GstClockTime duration)
{
  GstMemory *memory = ids_memory (dec, pieces, FALSE);
  g_autofree gchar *dims = g_strdup_printf ("%zu", memory->size / 4);
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, memory);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  set_caps (dec, "int32", dims, NULL);
  fail_unless_equals_int (gst_harness_push (dec->harness, buffer), GST_FLOW_OK);
}

static void
push (Dec *dec, const gchar *pieces)
{
  push_at (dec, pieces, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
}

static void
assert_text_at (Dec *dec, const gchar *want, GstClockTime pts, GstClockTime duration)
{
  GstMapInfo map;
  GstBuffer *buffer = gst_harness_try_pull (dec->harness);
  fail_unless (buffer != NULL, "no text came, want '%s'", want);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  fail_unless (map.size == strlen (want) && memcmp (map.data, want, map.size) == 0,
      "got '%.*s', want '%s'", (gint) map.size, map.data, want);
  gst_buffer_unmap (buffer, &map);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), pts);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), duration);
  gst_buffer_unref (buffer);
}

static void
assert_text (Dec *dec, const gchar *want)
{
  assert_text_at (dec, want, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
}

static void
assert_nothing (Dec *dec)
{
  fail_unless_equals_int (gst_harness_buffers_in_queue (dec->harness), 0);
}

/* The next event of this type downstream, others thrown away; NULL if none came. */
static GstEvent *
pull_event (Dec *dec, GstEventType type)
{
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (dec->harness))) {
    if (GST_EVENT_TYPE (event) == type)
      return event;
    gst_event_unref (event);
  }
  return NULL;
}

static void
assert_gap (Dec *dec, GstClockTime want, GstClockTime want_duration)
{
  GstClockTime pts, duration;
  g_autoptr (GstEvent) event = pull_event (dec, GST_EVENT_GAP);
  fail_unless (event != NULL, "no gap came");
  gst_event_parse_gap (event, &pts, &duration);
  fail_unless_equals_uint64 (pts, want);
  fail_unless_equals_uint64 (duration, want_duration);
}

static void
assert_end (Dec *dec, const gchar *text, guint64 number, guint64 n_tokens, const gchar *reason)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (dec->bus, GST_MESSAGE_ELEMENT);
  fail_unless (message != NULL, "no answer ended, want '%s'", text);
  const GstStructure *s = gst_message_get_structure (message);
  guint64 got_number, got_n;
  fail_unless_equals_string (gst_structure_get_name (s), "gemma4-end-of-turn");
  fail_unless (gst_structure_get (s, "number", G_TYPE_UINT64, &got_number, "n-tokens",
          G_TYPE_UINT64, &got_n, NULL));
  fail_unless_equals_string (gst_structure_get_string (s, "text"), text);
  fail_unless_equals_string (gst_structure_get_string (s, "reason"), reason);
  fail_unless_equals_uint64 (got_number, number);
  fail_unless_equals_uint64 (got_n, n_tokens);
}

static void
assert_no_message (Dec *dec)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (dec->bus, GST_MESSAGE_ELEMENT
      | GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  fail_unless (message == NULL, "got a message: %s", message ? GST_MESSAGE_TYPE_NAME (message) : "");
}

static void
assert_message (Dec *dec, GstMessageType type, const gchar *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (dec->bus, type);
  fail_unless (message != NULL, "no message like '%s'", pattern);
  if (type == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  else
    gst_message_parse_error (message, &error, NULL);
  fail_unless (g_pattern_match_simple (pattern, error->message), "%s", error->message);
}

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
  push (&dec, "<pad>");
  assert_nothing (&dec);
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

/* A flush forgets the answer, and the next one is another. */
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
  assert_end (&dec, "\xef\xbf\xbd" "c", 1, 3, "stop-token");
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

/* Whole sequences: one text a row, of what the mask shows, whatever tokens are in
 * it; as KerasHub's generate_postprocess(). */
GST_START_TEST (test_whole)
{
  static const gchar row0[] = "<bos> <|turn> a <turn|> <|image> <|image|> <image|> b";
  static const gchar row1[] = "<bos> c <unk> d <turn|> <eos> e <pad>";
  guint8 mask[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0 };
  Dec dec = dec_new ("strip=kerashub");
  for (guint wide = 0; wide < 2; wide++) {
    GstBuffer *buffer = gst_buffer_new ();
    g_autofree gchar *both = g_strconcat (row0, " ", row1, NULL);
    gst_buffer_append_memory (buffer, gst_memory_new_wrapped (0, g_memdup2 (mask, 16), 16, 0,
            16, NULL, NULL));
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
  assert_message (&dec, GST_MESSAGE_ERROR, "A buffer is smaller than its caps say*16 bytes*");
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
  {"gemma4textdec", "No tokenizer given*"},
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
  tcase_add_test (t, test_whole);
  tcase_add_test (t, test_shapes);
  tcase_add_test (t, test_bad_ids);
  tcase_add_test (t, test_bad_buffers);
  tcase_add_test (t, test_segments);
  tcase_add_loop_test (t, test_settings, 0, G_N_ELEMENTS (settings));
  tcase_add_test (t, test_qos_and_restart);
  return s;
}

GST_CHECK_MAIN (textdec);
