/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties that may not change while an element runs, any of ours: they keep their
 * values, with a warning. */

#include "feed.h"
#include "golden.h"
#include "settingstest.h"

#define S GST_SECOND

static const struct
{
  const gchar *name, *value, *words;
} refused[] = {
  {"preset", "gemma4_instruct_4b", "NULL and READY"},
  {"tokenizer", "/nowhere", "NULL and READY"},
  {"trigger", "eos", "NULL and READY"},
  {"audio", "false", "NULL and READY"},
  {"audio-input-feat-size", "64", "NULL and READY"},
  {"prompt-location", "/nowhere", "NULL and READY"},
  {"text-mode", "lines", "NULL and READY"},
  {"batch-size", "2", "batch-size=1"},
  {"chat", "false", "chat=true"},
  {"mode", "train", "mode=generate"},
  {"overflow", "drop", "sequence-length is 1024"},
};

GST_START_TEST (test_refused)
{
  Feed *feed = feed_new ("chat", TRUE, "history", 2, "max-images-per-prompt", 4, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, TRUE);
  settings_assert_refused (feed->packer, feed->bus, refused[__i__].name, refused[__i__].value,
      refused[__i__].words);
  /* what is there already is no change */
  g_autofree gchar *old = settings_text (G_OBJECT (feed->packer), refused[__i__].name);
  if (old)
    gst_util_set_object_arg (G_OBJECT (feed->packer), refused[__i__].name, old);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_prompt (prompt, "hi", 0);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "user\nhi<turn\\|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* The converter was told how many frames a clip may have; before that it may change. */
GST_START_TEST (test_clip)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *tokenizer = golden_path ("tokenizer/gemma4_tiny.model");
  g_autofree gchar *text = g_strdup_printf ("appsrc name=a format=time ! "
      "gemma4videoconv name=c ! "
      "p.video_0 gemma4packer name=p prompt=\"<|video|>\" chat=false tokenizer=\"%s\" ! "
      "appsink name=s sync=false async=false", tokenizer);
  g_autoptr (GstElement) pipeline = gst_parse_launch (text, &error);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  g_autoptr (GstElement) packer = gst_bin_get_by_name (GST_BIN (pipeline), "p");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "a");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_object_set (packer, "num-frames-per-video", 4, NULL);
  gst_util_set_object_arg (G_OBJECT (source), "caps",
      "video/x-raw,format=RGB,width=48,height=48,framerate=10/1");
  for (guint i = 0; i < 20; i++) {
    GstFlowReturn flow;
    g_autoptr (GstBuffer) frame = gst_buffer_new_allocate (NULL, 48 * 48 * 3, NULL);
    gst_buffer_memset (frame, 0, 0, 48 * 48 * 3);
    GST_BUFFER_PTS (frame) = i * S / 10;
    GST_BUFFER_DURATION (frame) = S / 10;
    g_signal_emit_by_name (source, "push-buffer", frame, &flow);
  }
  guint64 n_seen = 0;
  g_autoptr (GstElement) converter = gst_bin_get_by_name (GST_BIN (pipeline), "c");
  for (guint i = 0; i < 500 && n_seen < 20; i++) {
    g_usleep (10000);
    g_object_get (converter, "frames-seen", &n_seen, NULL);
  }
  fail_unless_equals_int (n_seen, 20);
  settings_assert_refused (packer, bus, "num-frames-per-video", "8", "the clip has begun");
  GstFlowReturn flow;
  g_signal_emit_by_name (source, "end-of-stream", &flow);
  g_autoptr (GstSample) sample = NULL;
  g_signal_emit_by_name (sink, "try-pull-sample", 10 * S, &sample);
  fail_unless (sample != NULL, "no pack");
  GstCustomMeta *meta = gst_buffer_get_custom_meta (gst_sample_get_buffer (sample),
      "GstGemma4TensorsMeta");
  guint n = gst_value_array_get_size (gst_structure_get_value (gst_custom_meta_get_structure
          (meta), "frame-pads"));
  fail_unless_equals_int (n, 4);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_END_TEST;

/* Whatever element: a property that is not flagged keeps its value, with a warning. */
static const gchar *const elements[] = { "gemma4audioconv", "gemma4videoconv",
  "gemma4packer", "gemma4textdec", "safetensorsenc"
};

static void
set_another (GObject *object, const GParamSpec *spec)
{
  GValue value = G_VALUE_INIT;
  g_value_init (&value, spec->value_type);
  g_object_get_property (object, spec->name, &value);
  if (G_VALUE_HOLDS_BOOLEAN (&value))
    g_value_set_boolean (&value, !g_value_get_boolean (&value));
  else if (G_VALUE_HOLDS_UINT (&value))
    g_value_set_uint (&value, g_value_get_uint (&value) == 4 ? 5 : 4);
  else if (G_VALUE_HOLDS_DOUBLE (&value))
    g_value_set_double (&value, g_value_get_double (&value) == 0.5 ? 0.25 : 0.5);
  else if (G_VALUE_HOLDS_STRING (&value))
    g_value_set_string (&value, "another");
  else if (G_VALUE_HOLDS_UINT64 (&value))
    g_value_set_uint64 (&value, g_value_get_uint64 (&value) + 1);
  else if (G_VALUE_HOLDS_ENUM (&value))
    g_value_set_enum (&value, g_value_get_enum (&value) ? 0 : 1);
  else if (GST_VALUE_HOLDS_ARRAY (&value)) {
    GValue number = G_VALUE_INIT;
    g_value_init (&number, G_TYPE_FLOAT);
    g_value_set_float (&number, 1.5);
    gst_value_array_append_and_take_value (&value, &number);
  }
  else
    fail ("%s: another type", spec->name);
  g_object_set_property (object, spec->name, &value);
  g_value_unset (&value);
}

GST_START_TEST (test_fixed)
{
  g_autofree gchar *tokenizer = golden_path ("tokenizer/gemma4_tiny.model");
  GstElement *element = gst_element_factory_make (elements[__i__], NULL);
  GObjectClass *klass = G_OBJECT_GET_CLASS (element);
  g_autoptr (GstBus) bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  if (g_object_class_find_property (klass, "tokenizer"))
    g_object_set (element, "tokenizer", tokenizer, NULL);
  if (__i__ == 2)
    g_object_set (element, "prompt", "hi", NULL);
  gst_element_set_state (element, GST_STATE_PAUSED);
  guint n, n_fixed = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (klass, &n);
  for (guint i = 0; i < n; i++) {
    if (specs[i]->owner_type != G_OBJECT_TYPE (element)
        || !(specs[i]->flags & G_PARAM_WRITABLE)
        || (specs[i]->flags & GST_PARAM_MUTABLE_PLAYING))
      continue;
    n_fixed++;
    GValue before = G_VALUE_INIT;
    g_value_init (&before, specs[i]->value_type);
    g_object_get_property (G_OBJECT (element), specs[i]->name, &before);
    g_autofree gchar *old = settings_text (G_OBJECT (element), specs[i]->name);
    set_another (G_OBJECT (element), specs[i]);
    g_autofree gchar *now = settings_text (G_OBJECT (element), specs[i]->name);
    fail_unless (g_strcmp0 (old, now) == 0, "%s: %s became %s", specs[i]->name, old, now);
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
    fail_unless (message != NULL, "%s: no warning", specs[i]->name);
    gst_element_set_state (element, GST_STATE_READY);
    set_another (G_OBJECT (element), specs[i]);
    g_autofree gchar *taken = settings_text (G_OBJECT (element), specs[i]->name);
    fail_if (g_strcmp0 (old, taken) == 0, "%s stays %s in READY", specs[i]->name, old);
    g_object_set_property (G_OBJECT (element), specs[i]->name, &before);
    g_value_unset (&before);
    gst_element_set_state (element, GST_STATE_PAUSED);
  }
  fail_unless (n_fixed > 0 || __i__ == 4, "%s has no fixed property", elements[__i__]);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
}

GST_END_TEST;

static void
set_numbers (GObject *object, guint n)
{
  GValue array = G_VALUE_INIT;
  g_value_init (&array, GST_TYPE_ARRAY);
  for (guint i = 0; i < n; i++) {
    GValue number = G_VALUE_INIT;
    g_value_init (&number, G_TYPE_DOUBLE);
    g_value_set_double (&number, i % 2 ? 0.1 : -7.7);
    gst_value_array_append_and_take_value (&array, &number);
  }
  g_object_set_property (object, "per-bin-mean", &array);
  g_value_unset (&array);
}

/* What a warning shows of a value is short, numbers too. */
GST_START_TEST (test_short)
{
  g_autofree gchar *words = g_strnfill (5000, 'x');
  g_autoptr (GstBus) bus = gst_bus_new ();
  GstElement *element = gst_element_factory_make ("gemma4audioconv", NULL);
  gst_element_set_bus (element, bus);
  set_numbers (G_OBJECT (element), 128);
  gst_element_set_state (element, GST_STATE_PAUSED);
  static const gchar *const want[] = {
    "per-bin-mean stays <-7.7, 0.1, -7.7, 0.1, -7.7, 0.1, -7.7, 0.1, -7.7, 0.1, ...>, "
        "<-7.7, 0.1> was not taken: ",
    "mel-floor stays 0.001, 0.0005 was not taken: ",
    "preset stays \"gemma4_instruct_2b\", \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "...\" was not taken: ",
  };
  for (guint i = 0; i < G_N_ELEMENTS (want); i++) {
    if (i == 0)
      set_numbers (G_OBJECT (element), 2);
    else if (i == 1)
      g_object_set (element, "mel-floor", 0.0005, NULL);
    else
      g_object_set (element, "preset", words, NULL);
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
    g_autoptr (GError) error = NULL;
    gst_message_parse_warning (message, &error, NULL);
    fail_unless (g_str_has_prefix (error->message, want[i]), "%s", error->message);
  }
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
}

GST_END_TEST;

static Suite *
settingsfixed_suite (void)
{
  Suite *s = suite_create ("settingsfixed");
  TCase *t = tcase_create ("settings");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_test (t, test_clip);
  tcase_add_loop_test (t, test_fixed, 0, G_N_ELEMENTS (elements));
  tcase_add_test (t, test_short);
  return s;
}

GST_CHECK_MAIN (settingsfixed);
