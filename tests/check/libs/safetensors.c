/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The head of a .safetensors file is read back with json-glib and compared with
 * what was asked for, and every way to ask for a wrong one is refused. */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/safetensors.h>
#include <json-glib/json-glib.h>

static const Gemma4TensorSpec sample_specs[] = {
  {"pixel_values", GEMMA4_FLOAT32, 4, {1, 2, 630, 768}},
  {"token_ids", GEMMA4_INT32, 2, {1, 5}},
  {"input_ids", GEMMA4_INT64, 1, {3}},
  {"picture", GEMMA4_UINT8, 3, {3, 1, 7}},
  {"padding_mask", GEMMA4_BOOL, 2, {1, 5}},
};

static const gchar *const sample_dtypes[] = { "F32", "I32", "I64", "U8", "BOOL" };
static const guint64 sample_sizes[] = { 2 * 630 * 768 * 4, 5 * 4, 3 * 8, 21, 5 };

static const Gemma4Metadata sample_metadata[] = {
  {"format", "gst-gemma4"},
  {"prompt", "a \"quoted\" back\\slash / \b\f\n\r\t \x01\x0b\x1f\x7f end"},
  {"k\u00e9y \"2\"", "caf\u00e9 \u4f60\u597d \U0001f600 \u2028"},
  {"empty", ""},
};

typedef struct
{
  guint8 *bytes;
  gsize n_bytes;
} Head;

static Head
make_head (const Gemma4TensorSpec *specs, gsize n_specs, const Gemma4Metadata *metadata,
    gsize n_metadata)
{
  Head head = { 0 };
  Gemma4Error error = { 0 };
  Gemma4Status status = gemma4_safetensors_head (specs, n_specs, metadata, n_metadata,
      &head.bytes, &head.n_bytes, &error);
  fail_unless (status == GEMMA4_OK, "got status '%s': %s", gemma4_status_string (status),
      error.text);
  return head;
}

static guint64
json_length (const Head *head)
{
  fail_unless (head->n_bytes > 8, "the head has only %zu bytes", head->n_bytes);
  return GST_READ_UINT64_LE (head->bytes);
}

/* The parsed JSON; g_object_unref() the parser. */
static JsonParser *
parse_head (const Head *head)
{
  JsonParser *parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  fail_unless (json_parser_load_from_data (parser, (const gchar *) head->bytes + 8,
          json_length (head), &error), "not JSON: %s", error ? error->message : "");
  return parser;
}

static JsonObject *
root_object (JsonParser *parser)
{
  return json_node_get_object (json_parser_get_root (parser));
}

static void
assert_tensor (JsonObject *root, guint i, guint64 begin)
{
  const Gemma4TensorSpec *spec = &sample_specs[i];
  fail_unless (json_object_has_member (root, spec->name), "tensor %u (%s) is missing", i,
      spec->name);
  JsonObject *tensor = json_object_get_object_member (root, spec->name);
  fail_unless_equals_string (json_object_get_string_member (tensor, "dtype"), sample_dtypes[i]);

  JsonArray *shape = json_object_get_array_member (tensor, "shape");
  fail_unless_equals_int (json_array_get_length (shape), spec->rank);
  for (guint k = 0; k < spec->rank; k++)
    fail_unless (json_array_get_int_element (shape, k) == (gint64) spec->dims[k],
        "tensor %u, dimension %u: got %" G_GINT64_FORMAT ", want %" G_GUINT64_FORMAT, i, k,
        json_array_get_int_element (shape, k), spec->dims[k]);

  JsonArray *offsets = json_object_get_array_member (tensor, "data_offsets");
  fail_unless_equals_int (json_array_get_length (offsets), 2);
  fail_unless_equals_int64 (json_array_get_int_element (offsets, 0), begin);
  fail_unless_equals_int64 (json_array_get_int_element (offsets, 1), begin + sample_sizes[i]);
}

GST_START_TEST (test_round_trip)
{
  Head head = make_head (sample_specs, G_N_ELEMENTS (sample_specs), sample_metadata,
      G_N_ELEMENTS (sample_metadata));
  g_autoptr (JsonParser) parser = parse_head (&head);
  JsonObject *root = root_object (parser);
  fail_unless_equals_int (json_object_get_size (root), G_N_ELEMENTS (sample_specs) + 1);

  guint64 begin = 0;
  for (guint i = 0; i < G_N_ELEMENTS (sample_specs); i++) {
    assert_tensor (root, i, begin);
    begin += sample_sizes[i];
  }

  JsonObject *metadata = json_object_get_object_member (root, "__metadata__");
  fail_unless_equals_int (json_object_get_size (metadata), G_N_ELEMENTS (sample_metadata));
  for (guint i = 0; i < G_N_ELEMENTS (sample_metadata); i++)
    fail_unless_equals_string (json_object_get_string_member (metadata, sample_metadata[i].key),
        sample_metadata[i].value);
  free (head.bytes);
}
GST_END_TEST;

GST_START_TEST (test_exact_bytes)
{
  const Gemma4TensorSpec spec = { "a", GEMMA4_INT32, 2, {2, 3} };
  const Gemma4Metadata line = { "k", "\"\n\x01" };
  const gchar want[] = "{\"__metadata__\":{\"k\":\"\\\"\\n\\u0001\"},"
      "\"a\":{\"dtype\":\"I32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}";
  Head head = make_head (&spec, 1, &line, 1);
  g_autofree gchar *got = g_strndup ((const gchar *) head.bytes + 8, json_length (&head));
  fail_unless_equals_string (g_strchomp (got), want);
  free (head.bytes);
}
GST_END_TEST;

static void
assert_aligned (guint n_value_bytes)
{
  g_autofree gchar *value = g_strnfill (n_value_bytes, 'x');
  const Gemma4Metadata line = { "k", value };
  Head head = make_head (sample_specs, 1, &line, 1);
  fail_unless (head.n_bytes % 64 == 0, "%u bytes of metadata: the head has %zu bytes",
      n_value_bytes, head.n_bytes);
  fail_unless_equals_uint64 (json_length (&head), head.n_bytes - 8);
  fail_unless_equals_int (head.bytes[8], '{');

  gsize end = head.n_bytes;
  while (head.bytes[end - 1] == ' ')
    end--;
  fail_unless_equals_int (head.bytes[end - 1], '}');
  fail_unless (head.n_bytes - end < 64, "%u bytes of metadata: %zu blanks", n_value_bytes,
      head.n_bytes - end);
  g_autoptr (JsonParser) parser = parse_head (&head);
  fail_unless_equals_int (json_object_get_size (root_object (parser)), 2);
  free (head.bytes);
}

/* Whatever the length of the JSON, the tensors begin at a multiple of 64 bytes,
 * and only blanks fill the gap. */
GST_START_TEST (test_alignment)
{
  for (guint i = 0; i < 128; i++)
    assert_aligned (i);
}
GST_END_TEST;

static void
assert_character_survives (gchar c)
{
  const gchar value[] = { c, 'x', c, '\0' };
  const Gemma4Metadata line = { "k", value };
  Head head = make_head (NULL, 0, &line, 1);
  g_autoptr (JsonParser) parser = parse_head (&head);
  JsonObject *metadata =
      json_object_get_object_member (root_object (parser), "__metadata__");
  fail_unless_equals_string (json_object_get_string_member (metadata, "k"), value);
  for (gsize i = 8; i < head.n_bytes; i++)
    fail_unless (head.bytes[i] >= ' ', "character %d: byte %zu is a bare control character",
        c, i);
  free (head.bytes);
}

GST_START_TEST (test_every_ascii_character)
{
  for (gint c = 1; c < 128; c++)
    assert_character_survives ((gchar) c);
}
GST_END_TEST;

GST_START_TEST (test_nothing_to_say)
{
  Head head = make_head (NULL, 0, NULL, 0);
  g_autoptr (JsonParser) parser = parse_head (&head);
  fail_unless_equals_int (json_object_get_size (root_object (parser)), 0);
  free (head.bytes);
}
GST_END_TEST;

GST_START_TEST (test_same_bytes_every_time)
{
  Head a = make_head (sample_specs, 5, sample_metadata, 4);
  Head b = make_head (sample_specs, 5, sample_metadata, 4);
  fail_unless_equals_uint64 (a.n_bytes, b.n_bytes);
  fail_unless (memcmp (a.bytes, b.bytes, a.n_bytes) == 0,
      "equal arguments gave different bytes");
  free (a.bytes);
  free (b.bytes);
}
GST_END_TEST;

/* Refused with @want and a sentence that contains @words; outputs untouched. */
static void
assert_refused (const Gemma4TensorSpec *specs, gsize n_specs, const Gemma4Metadata *metadata,
    gsize n_metadata, Gemma4Status want, const gchar *words)
{
  guint8 mark;
  guint8 *bytes = &mark;
  gsize n_bytes = 77;
  Gemma4Error error = { 0 };
  Gemma4Status got = gemma4_safetensors_head (specs, n_specs, metadata, n_metadata, &bytes,
      &n_bytes, &error);
  fail_unless (got == want, "'%s': got status '%s', want '%s'", words,
      gemma4_status_string (got), gemma4_status_string (want));
  fail_unless (strstr (error.text, words) != NULL, "'%s' is not in '%s'", words, error.text);
  fail_unless (bytes == &mark && n_bytes == 77, "'%s': the outputs were touched", words);
  fail_unless (gemma4_safetensors_head (specs, n_specs, metadata, n_metadata, &bytes, &n_bytes,
          NULL) == want, "'%s': another status without an error to fill", words);
}

static const struct
{
  Gemma4TensorSpec spec;
  Gemma4Status want;
  const gchar *words;
} bad_specs[] = {
  {{"token_ids", GEMMA4_INT32, 1, {1}}, GEMMA4_BAD_ARGUMENT, "both called token_ids"},
  {{"__metadata__", GEMMA4_INT32, 1, {1}}, GEMMA4_BAD_ARGUMENT, "reserves"},
  {{"", GEMMA4_INT32, 1, {1}}, GEMMA4_BAD_ARGUMENT, "name of tensor 1"},
  {{"a\xff", GEMMA4_INT32, 1, {1}}, GEMMA4_BAD_UTF8, "UTF-8"},
  {{"a", (Gemma4DType) 5, 1, {1}}, GEMMA4_BAD_ARGUMENT, "unknown type 5"},
  {{"a", GEMMA4_INT32, 0, {1}}, GEMMA4_BAD_ARGUMENT, "0 dimensions"},
  {{"a", GEMMA4_INT32, 9, {1}}, GEMMA4_BAD_ARGUMENT, "9 dimensions"},
  {{"a", GEMMA4_INT32, 2, {1, 0}}, GEMMA4_BAD_ARGUMENT, "dimension 1 of tensor a is 0"},
  {{"a", GEMMA4_INT32, 2, {1ull << 32, 1ull << 32}}, GEMMA4_BAD_ARGUMENT, "larger than"},
  {{"a", GEMMA4_INT64, 1, {1ull << 61}}, GEMMA4_BAD_ARGUMENT, "larger than"},
  /* fits alone, but not behind the tensor before it */
  {{"a", GEMMA4_UINT8, 1, {G_MAXUINT64 - 3}}, GEMMA4_BAD_ARGUMENT, "larger than"},
};

GST_START_TEST (test_bad_specs)
{
  const Gemma4TensorSpec specs[] = {
    {"token_ids", GEMMA4_INT32, 1, {1}}, bad_specs[__i__].spec
  };
  assert_refused (specs, 2, NULL, 0, bad_specs[__i__].want, bad_specs[__i__].words);
}
GST_END_TEST;

GST_START_TEST (test_unterminated_name)
{
  Gemma4TensorSpec spec = { "", GEMMA4_INT32, 1, {1} };
  memset (spec.name, 'a', sizeof spec.name);
  assert_refused (&spec, 1, NULL, 0, GEMMA4_BAD_ARGUMENT, "end with NUL");
}
GST_END_TEST;

static const struct
{
  Gemma4Metadata line;
  Gemma4Status want;
  const gchar *words;
} bad_metadata[] = {
  {{"k", "again"}, GEMMA4_BAD_ARGUMENT, "lines 0 and 1"},
  {{NULL, "v"}, GEMMA4_BAD_ARGUMENT, "lacks its key"},
  {{"a", NULL}, GEMMA4_BAD_ARGUMENT, "lacks its value"},
  {{"a\xc3", "v"}, GEMMA4_BAD_UTF8, "UTF-8"},
  {{"a", "\xed\xa0\x80"}, GEMMA4_BAD_UTF8, "UTF-8"},
};

GST_START_TEST (test_bad_metadata)
{
  const Gemma4Metadata metadata[] = { {"k", "v"}, bad_metadata[__i__].line };
  assert_refused (sample_specs, 1, metadata, 2, bad_metadata[__i__].want,
      bad_metadata[__i__].words);
}
GST_END_TEST;

GST_START_TEST (test_length_limit)
{
  /* {"__metadata__":{"k":""}} takes 25 bytes; 8 + JSON is a multiple of 64. */
  const gsize most = GEMMA4_SAFETENSORS_MAX_JSON_BYTES / 64 * 64 - 8 - 25;
  g_autofree gchar *value = g_strnfill (most + 64, 'x');
  const Gemma4Metadata line = { "k", value };
  assert_refused (NULL, 0, &line, 1, GEMMA4_LIMIT, "shorten the metadata");

  value[most] = '\0';
  Head head = make_head (NULL, 0, &line, 1);
  fail_unless_equals_uint64 (json_length (&head), most + 25);
  free (head.bytes);
}
GST_END_TEST;

static Suite *
safetensors_suite (void)
{
  Suite *s = suite_create ("safetensors");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_round_trip);
  tcase_add_test (t, test_exact_bytes);
  tcase_add_test (t, test_alignment);
  tcase_add_test (t, test_every_ascii_character);
  tcase_add_test (t, test_nothing_to_say);
  tcase_add_test (t, test_same_bytes_every_time);
  tcase_add_loop_test (t, test_bad_specs, 0, G_N_ELEMENTS (bad_specs));
  tcase_add_test (t, test_unterminated_name);
  tcase_add_loop_test (t, test_bad_metadata, 0, G_N_ELEMENTS (bad_metadata));
  tcase_add_test (t, test_length_limit);
  return s;
}

GST_CHECK_MAIN (safetensors);
