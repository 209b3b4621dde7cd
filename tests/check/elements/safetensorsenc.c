/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* safetensorsenc: the bytes of the files, read back with a JSON parser. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define TWO "other/tensors, format=(string)static, num_tensors=(int)2, " \
    "types=(string)\"float32,uint8\", dimensions=(string)\"3:2,5\", framerate=(fraction)0/1"

/* A buffer of memories of these sizes, ended by 0; byte k of memory i is 16 i + k. */
static GstBuffer *
buffer_of (gsize first, ...)
{
  GstBuffer *buffer = gst_buffer_new ();
  va_list args;
  guint8 value = 0;
  va_start (args, first);
  for (gsize n = first; n; n = va_arg (args, gsize)) {
    GstMemory *memory = gst_allocator_alloc (NULL, n, NULL);
    GstMapInfo map;
    gst_memory_map (memory, &map, GST_MAP_WRITE);
    for (gsize k = 0; k < n; k++)
      map.data[k] = value + k;
    gst_memory_unmap (memory, &map);
    gst_buffer_append_memory (buffer, memory);
    value += 16;
  }
  va_end (args);
  return buffer;
}

/* A file taken apart. */
typedef struct
{
  GstBuffer *buffer;
  GstMapInfo map;
  JsonParser *parser;
  JsonObject *head;
  const guint8 *data;
  gsize n_data_bytes;
} File;

static File
file_of (GstBuffer *buffer)
{
  File file = {.buffer = buffer,.parser = json_parser_new () };
  fail_unless (buffer != NULL, "no file came");
  fail_unless (gst_buffer_map (buffer, &file.map, GST_MAP_READ));
  fail_unless (file.map.size > 8);
  guint64 n = GST_READ_UINT64_LE (file.map.data);
  fail_unless (n <= file.map.size - 8, "a head of %" G_GUINT64_FORMAT " bytes in a file of %"
      G_GSIZE_FORMAT, n, file.map.size);
  fail_unless ((8 + n) % 64 == 0, "data begins at %" G_GUINT64_FORMAT, 8 + n);
  g_autoptr (GError) error = NULL;
  fail_unless (json_parser_load_from_data (file.parser, (gchar *) file.map.data + 8, n,
          &error), "%s", error ? error->message : "");
  file.head = json_node_get_object (json_parser_get_root (file.parser));
  file.data = file.map.data + 8 + n;
  file.n_data_bytes = file.map.size - 8 - n;
  return file;
}

static void
file_clear (File *file)
{
  g_object_unref (file->parser);
  gst_buffer_unmap (file->buffer, &file->map);
  gst_buffer_unref (file->buffer);
}

/* The tensor is there, of that type and shape (as JSON), its bytes begin at @at and
 * count up from @value. */
static void
check_tensor (const File *file, const gchar *name, const gchar *dtype, const gchar *shape,
    gsize at, gsize n_bytes, guint8 value)
{
  fail_unless (json_object_has_member (file->head, name), "no tensor %s", name);
  JsonObject *tensor = json_object_get_object_member (file->head, name);
  fail_unless_equals_string (json_object_get_string_member (tensor, "dtype"), dtype);
  g_autofree gchar *got = json_to_string (json_object_get_member (tensor, "shape"), FALSE);
  fail_unless_equals_string (got, shape);
  JsonArray *offsets = json_object_get_array_member (tensor, "data_offsets");
  fail_unless_equals_uint64 (json_array_get_int_element (offsets, 0), at);
  fail_unless_equals_uint64 (json_array_get_int_element (offsets, 1), at + n_bytes);
  fail_unless (at + n_bytes <= file->n_data_bytes, "%s ends at %" G_GSIZE_FORMAT " of %"
      G_GSIZE_FORMAT " bytes", name, at + n_bytes, file->n_data_bytes);
  for (gsize k = 0; k < n_bytes; k++)
    fail_unless (file->data[at + k] == (guint8) (value + k), "%s byte %" G_GSIZE_FORMAT
        ": got %u, want %u", name, k, file->data[at + k], (guint8) (value + k));
}

static GstHarness *
harness (const gchar *caps, GstBus **bus)
{
  GstHarness *h = gst_harness_new ("safetensorsenc");
  *bus = gst_bus_new ();
  gst_element_set_bus (h->element, *bus);
  gst_harness_set_src_caps_str (h, caps);
  return h;
}

static void
harness_free (GstHarness *h, GstBus *bus)
{
  gst_element_set_bus (h->element, NULL);
  gst_object_unref (bus);
  gst_harness_teardown (h);
}

GST_START_TEST (test_names_from_the_caps)
{
  GstBus *bus;
  GstHarness *h = harness (TWO ", names=(string)\"scores,flags\", target=transformers", &bus);
  GstBuffer *tensors = buffer_of ((gsize) 24, (gsize) 5, (gsize) 0);
  GST_BUFFER_PTS (tensors) = 7 * GST_SECOND;
  File file = file_of (gst_harness_push_and_pull (h, tensors));
  fail_unless_equals_uint64 (GST_BUFFER_PTS (file.buffer), 7 * GST_SECOND);
  check_tensor (&file, "scores", "F32", "[2,3]", 0, 24, 0);
  check_tensor (&file, "flags", "U8", "[5]", 24, 5, 16);
  fail_unless_equals_uint64 (file.n_data_bytes, 29);
  JsonObject *metadata = json_object_get_object_member (file.head, "__metadata__");
  fail_unless_equals_string (json_object_get_string_member (metadata, "pts"), "7000000000");
  fail_unless_equals_string (json_object_get_string_member (metadata, "target"),
      "transformers");
  file_clear (&file);
  GstCaps *caps = gst_pad_get_current_caps (h->sinkpad);
  fail_unless (gst_structure_has_name (gst_caps_get_structure (caps, 0),
          "application/x-safetensors"));
  gst_caps_unref (caps);
  harness_free (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_tensors_without_names)
{
  GstBus *bus;
  GstHarness *h = harness (TWO, &bus);
  File file = file_of (gst_harness_push_and_pull (h, buffer_of ((gsize) 24, (gsize) 5,
              (gsize) 0)));
  check_tensor (&file, "tensor_0", "F32", "[2,3]", 0, 24, 0);
  check_tensor (&file, "tensor_1", "U8", "[5]", 24, 5, 16);
  file_clear (&file);
  harness_free (h, bus);
}

GST_END_TEST;

/* NNStreamer may pad dimensions with ones, part tensors by dots, and has a frame
 * rate. */
GST_START_TEST (test_caps_of_nnstreamer)
{
  GstBus *bus;
  GstHarness *h = harness ("other/tensors, format=(string)static, num_tensors=(int)2, "
      "types=(string)\"int64.uint8\", dimensions=(string)\"2:3:1:1.7\", "
      "framerate=(fraction)30/1", &bus);
  File file = file_of (gst_harness_push_and_pull (h, buffer_of ((gsize) 48, (gsize) 7,
              (gsize) 0)));
  check_tensor (&file, "tensor_0", "I64", "[1,1,3,2]", 0, 48, 0);
  check_tensor (&file, "tensor_1", "U8", "[7]", 48, 7, 16);
  file_clear (&file);
  harness_free (h, bus);
}

GST_END_TEST;

static void
append_string (GValue *array, const gchar *text)
{
  GValue value = G_VALUE_INIT;
  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  gst_value_array_append_and_take_value (array, &value);
}

static void
append_shape (GValue *array, gint64 outer, gint64 inner)
{
  GValue shape = G_VALUE_INIT, value = G_VALUE_INIT;
  g_value_init (&shape, GST_TYPE_ARRAY);
  g_value_init (&value, G_TYPE_INT64);
  g_value_set_int64 (&value, outer);
  gst_value_array_append_value (&shape, &value);
  g_value_set_int64 (&value, inner);
  gst_value_array_append_value (&shape, &value);
  gst_value_array_append_and_take_value (array, &shape);
}

/* As gemma4packer says of a pack: the second is bool, and there is a prompt. */
static void
add_meta (GstBuffer *buffer, gint64 inner)
{
  GstCustomMeta *meta = gst_buffer_add_custom_meta (buffer, "GstGemma4TensorsMeta");
  fail_unless (meta != NULL, "the plugin registers no meta");
  GstStructure *s = gst_custom_meta_get_structure (meta);
  GValue names = G_VALUE_INIT, types = G_VALUE_INIT, shapes = G_VALUE_INIT;
  g_value_init (&names, GST_TYPE_ARRAY);
  g_value_init (&types, GST_TYPE_ARRAY);
  g_value_init (&shapes, GST_TYPE_ARRAY);
  append_string (&names, "audio_mel");
  append_string (&names, "audio_mask");
  append_string (&types, "float32");
  append_string (&types, "bool");
  append_shape (&shapes, 2, 3);
  append_shape (&shapes, 1, inner);
  gst_structure_take_value (s, "names", &names);
  gst_structure_take_value (s, "types", &types);
  gst_structure_take_value (s, "shapes", &shapes);
  gst_structure_set (s, "prompt", G_TYPE_STRING, "a \"quoted\"\nquestion", "n-tokens",
      G_TYPE_UINT64, (guint64) 9, NULL);
}

GST_START_TEST (test_names_and_bool_from_the_meta)
{
  GstBus *bus;
  GstHarness *h = harness (TWO, &bus);
  GstBuffer *tensors = buffer_of ((gsize) 24, (gsize) 5, (gsize) 0);
  add_meta (tensors, 5);
  File file = file_of (gst_harness_push_and_pull (h, tensors));
  check_tensor (&file, "audio_mel", "F32", "[2,3]", 0, 24, 0);
  check_tensor (&file, "audio_mask", "BOOL", "[1,5]", 24, 5, 16);
  JsonObject *metadata = json_object_get_object_member (file.head, "__metadata__");
  fail_unless_equals_string (json_object_get_string_member (metadata, "prompt"),
      "a \"quoted\"\nquestion");
  fail_unless_equals_string (json_object_get_string_member (metadata, "n-tokens"), "9");
  file_clear (&file);
  harness_free (h, bus);
}

GST_END_TEST;

/* A meta of other bytes than the caps does not count. */
GST_START_TEST (test_caps_rule)
{
  GstBus *bus;
  GstHarness *h = harness (TWO ", names=(string)\"scores,flags\"", &bus);
  GstBuffer *tensors = buffer_of ((gsize) 24, (gsize) 5, (gsize) 0);
  add_meta (tensors, 6);
  File file = file_of (gst_harness_push_and_pull (h, tensors));
  check_tensor (&file, "scores", "F32", "[2,3]", 0, 24, 0);
  check_tensor (&file, "flags", "U8", "[5]", 24, 5, 16);
  file_clear (&file);
  harness_free (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_new_caps)
{
  GstBus *bus;
  GstHarness *h = harness (TWO, &bus);
  gst_buffer_unref (gst_harness_push_and_pull (h, buffer_of ((gsize) 24, (gsize) 5,
              (gsize) 0)));
  gst_harness_set_src_caps_str (h, "other/tensors, format=(string)static, num_tensors=(int)1, "
      "types=(string)int32, dimensions=(string)4, framerate=(fraction)0/1");
  File file = file_of (gst_harness_push_and_pull (h, buffer_of ((gsize) 16, (gsize) 0)));
  check_tensor (&file, "tensor_0", "I32", "[4]", 0, 16, 0);
  fail_if (json_object_has_member (file.head, "tensor_1"));
  file_clear (&file);
  harness_free (h, bus);
}

GST_END_TEST;

static void
expect_error (GstBus *bus, const gchar *word, const gchar *other)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "no error");
  g_autoptr (GError) error = NULL;
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, word) && strstr (error->message, other),
      "got \"%s\", want %s and %s", error->message, word, other);
}

GST_START_TEST (test_buffer_of_another_number_of_memories)
{
  GstBus *bus;
  GstHarness *h = harness (TWO, &bus);
  fail_unless_equals_int (gst_harness_push (h, buffer_of ((gsize) 24, (gsize) 0)),
      GST_FLOW_ERROR);
  expect_error (bus, "1 memor", "2 tensors");
  harness_free (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_buffer_that_is_too_small)
{
  GstBus *bus;
  GstHarness *h = harness (TWO, &bus);
  fail_unless_equals_int (gst_harness_push (h, buffer_of ((gsize) 23, (gsize) 5,
              (gsize) 0)), GST_FLOW_ERROR);
  expect_error (bus, "23 bytes", "24");
  harness_free (h, bus);
}

GST_END_TEST;

GST_START_TEST (test_caps_that_make_no_sense)
{
  static const gchar *const bad[] = {
    "num_tensors=(int)2, types=(string)int32, dimensions=(string)4",
    "num_tensors=(int)1, types=(string)int32, dimensions=(string)4:0",
    "num_tensors=(int)1, types=(string)complex64, dimensions=(string)4",
    "num_tensors=(int)1, types=(string)int32, dimensions=(string)cat",
  };
  GstBus *bus = gst_bus_new ();
  GstHarness *h = gst_harness_new ("safetensorsenc");
  gst_element_set_bus (h->element, bus);
  g_autofree gchar *caps = g_strdup_printf ("other/tensors, format=(string)static, "
      "framerate=(fraction)0/1, %s", bad[__i__]);
  gst_harness_set_src_caps_str (h, caps);
  fail_unless (gst_harness_push (h, buffer_of ((gsize) 16, (gsize) 0)) != GST_FLOW_OK);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "no error for %s", bad[__i__]);
  harness_free (h, bus);
}

GST_END_TEST;

static Suite *
safetensorsenc_suite (void)
{
  Suite *s = suite_create ("safetensorsenc");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_names_from_the_caps);
  tcase_add_test (t, test_tensors_without_names);
  tcase_add_test (t, test_caps_of_nnstreamer);
  tcase_add_test (t, test_names_and_bool_from_the_meta);
  tcase_add_test (t, test_caps_rule);
  tcase_add_test (t, test_new_caps);
  tcase_add_test (t, test_buffer_of_another_number_of_memories);
  tcase_add_test (t, test_buffer_that_is_too_small);
  tcase_add_loop_test (t, test_caps_that_make_no_sense, 0, 4);
  return s;
}

GST_CHECK_MAIN (safetensorsenc);
