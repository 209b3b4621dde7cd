/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties that are set while elements run: what may change counts from the next pack
 * on; what may not keeps its value, with a warning. */

#include "feed.h"
#include "golden.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define S GST_SECOND

static gchar *
get_text (GObject *object, const gchar *name)
{
  GValue value = G_VALUE_INIT;
  g_value_init (&value, g_object_class_find_property (G_OBJECT_GET_CLASS (object),
          name)->value_type);
  g_object_get_property (object, name, &value);
  gchar *text = G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value)
      : gst_value_serialize (&value);
  g_value_unset (&value);
  return text;
}

/* Sets what is not taken: a warning has every word of @words, and the value stays. */
static void
assert_refused (GstElement *element, GstBus *bus, const gchar *name, const gchar *value,
    const gchar *words)
{
  g_autofree gchar *old = get_text (G_OBJECT (element), name);
  gst_util_set_object_arg (G_OBJECT (element), name, value);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, S, GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;
  fail_unless (message != NULL, "%s=%s: no warning", name, value);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, name) && strstr (error->message, words), "%s=%s: %s",
      name, value, error->message);
  g_autofree gchar *now = get_text (G_OBJECT (element), name);
  fail_unless (g_strcmp0 (now, old) == 0, "%s is %s, want %s", name, now, old);
}

/* What a prompt becomes after a property was set. */
static const struct
{
  const gchar *name, *value, *want;
} words[] = {
  {"system-prompt", "Be brief.",
      "<|turn>system\nBe brief.<turn|>\n<|turn>user\nhi<turn|>\n<|turn>model\n"},
  {"thinking", "true", "<|turn>system\n<|think|>\n<turn|>\n<|turn>user\nhi<turn|>\n<|turn>model\n"},
  {"chat", "false", "hi"},
};

GST_START_TEST (test_words)
{
  for (guint live = 0; live < 2; live++) {
    Feed *feed = feed_new ("chat", TRUE, NULL);
    GstHarness *prompt = feed_pad (feed, "prompt");
    feed_begin (feed, prompt, live);
    feed_prompt (prompt, "hi", 0);
    GstBuffer *pack = feed_pull (feed);
    feed_assert_prompt (pack, "<|turn>user\nhi<turn|>\n<|turn>model\n");
    gst_buffer_unref (pack);
    gst_util_set_object_arg (G_OBJECT (feed->packer), words[__i__].name, words[__i__].value);
    feed_prompt (prompt, "hi", S);
    pack = feed_pull (feed);
    feed_assert_prompt (pack, words[__i__].want);
    gst_buffer_unref (pack);
    feed_assert_no_message (feed, GST_MESSAGE_WARNING);
    feed_free (feed);
  }
}

GST_END_TEST;

static void
ask (Feed *feed, GstClockTime time)
{
  gboolean taken;
  g_signal_emit_by_name (feed->packer, "pack", "<|video|>", time, &taken);
  fail_unless (taken, "not taken");
}

/* Ten frames, one a second, and then a question. */
static Feed *
new_video_feed (GstHarness **video)
{
  Feed *feed = feed_new ("chat", FALSE, "trigger", 1 /* prompt */, "window",
      (gint64) - 1, NULL);
  *video = feed_pad (feed, "video_0");
  feed_begin (feed, *video, FALSE);
  feed_frames (*video, 0, 10 * S, S);
  feed_gap (*video, 10 * S, S);
  return feed;
}

GST_START_TEST (test_window)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  ask (feed, 8 * S);
  feed_assert_pack (feed, 8 * S, "0 1 2 3 4 5 6 7", 0);
  g_object_set (feed->packer, "window", (gint64) 3 * S, NULL);
  ask (feed, 10 * S);
  feed_assert_pack (feed, 10 * S, "7 8 9", 0);
  feed_free (feed);
}

GST_END_TEST;

/* More frames too: the store grows with the number. */
GST_START_TEST (test_frames)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  g_object_set (feed->packer, "num-frames-per-video", 2, NULL);
  ask (feed, 10 * S);
  feed_assert_pack (feed, 10 * S, "0 9", 0);
  g_object_set (feed->packer, "num-frames-per-video", 20, NULL);
  ask (feed, 10 * S);
  GstBuffer *pack = feed_pull (feed);       /* the store for two frames has thinned them */
  gst_buffer_unref (pack);
  feed_frames (video, 11 * S, 40 * S, S);
  feed_gap (video, 40 * S, S);
  g_object_set (feed->packer, "window", (gint64) 20 * S, NULL);
  ask (feed, 40 * S);
  feed_assert_pack (feed, 40 * S, "20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39",
      0);
  feed_free (feed);
}

GST_END_TEST;

/* The interval that has begun is as long as the new one. */
GST_START_TEST (test_interval)
{
  static const gchar *const longer[] = { "4 5 6 7", "8 9 10 11" };
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|>", "interval", 2 * S, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 5 * S + 1, S);
  feed_assert_pack (feed, 2 * S, "0 1", 0);
  feed_assert_pack (feed, 4 * S, "2 3", 0);
  if (__i__) {
    g_object_set (feed->packer, "interval", 4 * S, NULL);
    feed_frames (video, 6 * S, 13 * S, S);
    for (guint i = 0; i < 2; i++)
      feed_assert_pack (feed, (8 + 4 * i) * S, longer[i], 0);
  } else {
    g_object_set (feed->packer, "interval", 1 * S, NULL);
    feed_assert_pack (feed, 5 * S, "4", 0);
    feed_frames (video, 6 * S, 7 * S, S);
    feed_assert_pack (feed, 6 * S, "5", 0);
  }
  assert_refused (feed->packer, feed->bus, "interval", "0", "converters were told");
  feed_free (feed);
}

GST_END_TEST;

GST_START_TEST (test_stamps)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  g_object_set (feed->packer, "window", (gint64) 1 * S, NULL);
  ask (feed, 9 * S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "timestamp-base", "stream");
  ask (feed, 10 * S);
  pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:09 <|image><|video|><image|>");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static gsize
sequence_length (Feed *feed)
{
  GstMapInfo map;
  ask (feed, 10 * S);
  GstBuffer *pack = feed_pull (feed);
  feed_tensor (pack, "token_ids", &map);
  gsize n = map.size / sizeof (gint32);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  return n;
}

/* What is the sequence's: its length, what is kept free, and what happens beyond. */
GST_START_TEST (test_sequence)
{
  GstHarness *video;
  Feed *feed = new_video_feed (&video);
  fail_unless_equals_int (sequence_length (feed), 1024);
  g_object_set (feed->packer, "sequence-length", 2048, NULL);
  fail_unless_equals_int (sequence_length (feed), 2048);
  g_object_set (feed->packer, "answer-room", 4000, NULL);
  fail_unless (sequence_length (feed) > 4000);
  g_object_set (feed->packer, "max-images-per-prompt", 1, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "overflow", "drop");
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
  ask (feed, 10 * S);
  feed_assert_dropped (feed, "over-limit");
  feed_free (feed);
}

GST_END_TEST;

/* From one turn on what was said before is said again; an answer to what was asked
 * while nothing was is no other turn's. */
GST_START_TEST (test_history)
{
  Feed *feed = feed_new ("chat", TRUE, "history", 4, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *answer = feed_pad (feed, "answer");
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, answer, FALSE);
  static const struct
  {
    guint history;
    const gchar *prompt, *want;
  } turns[] = {
    {4, "a", "^<.turn>user\na<turn"},
    {4, "b", "(?s)user\na<turn.*A<turn.*user\nb<turn"},
    {0, "c", "^<.turn>user\nc<turn"},
    {4, "d", "^<.turn>user\nd<turn"},
    {4, "e", "<|turn>user\nd<turn|>*D<turn|>*user\ne<turn|>*"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (turns); i++) {
    g_object_set (feed->packer, "history", turns[i].history, NULL);
    feed_prompt (prompt, turns[i].prompt, i * S);
    GstBuffer *pack = feed_pull (feed);
    feed_assert_prompt_matches (pack, turns[i].want);
    gst_buffer_unref (pack);
    g_autofree gchar *text = g_ascii_strup (turns[i].prompt, -1);
    feed_prompt (answer, text, i * S);
  }
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

/* A batch that has begun goes by what counted when it did. */
GST_START_TEST (test_batch)
{
  Feed *feed = feed_new ("chat", FALSE, "batch-size", 2, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  feed_prompt (prompt, "a", 0);
  feed_assert_no_pack (feed);
  g_object_set (feed->packer, "chat", TRUE, "batch-size", 1, NULL);
  feed_prompt (prompt, "b", S);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "a\nb");
  gst_buffer_unref (pack);
  feed_prompt (prompt, "c", 2 * S);
  pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "user\nc<turn");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

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
  assert_refused (feed->packer, feed->bus, refused[__i__].name, refused[__i__].value,
      refused[__i__].words);
  /* what is there already is no change */
  g_autofree gchar *old = get_text (G_OBJECT (feed->packer), refused[__i__].name);
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
  assert_refused (packer, bus, "num-frames-per-video", "8", "the clip has begun");
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
    g_autofree gchar *old = get_text (G_OBJECT (element), specs[i]->name);
    set_another (G_OBJECT (element), specs[i]);
    g_autofree gchar *now = get_text (G_OBJECT (element), specs[i]->name);
    fail_unless (g_strcmp0 (old, now) == 0, "%s: %s became %s", specs[i]->name, old, now);
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
    fail_unless (message != NULL, "%s: no warning", specs[i]->name);
    gst_element_set_state (element, GST_STATE_READY);
    set_another (G_OBJECT (element), specs[i]);
    g_autofree gchar *taken = get_text (G_OBJECT (element), specs[i]->name);
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

/* As many threads as want to, while packs are made. */
static gpointer
set_for_a_while (gpointer data)
{
  GObject *packer = data;
  for (guint i = 0; i < 300; i++) {
    gst_util_set_object_arg (packer, words[i % 3].name, i % 2 ? "true" : "false");
    g_object_set (packer, "num-frames-per-video", 1 + i % 40, "window",
        (gint64) (i % 7) * S - 1, "history", i % 3, "max-pending", 1 + i % 8, NULL);
    gst_util_set_object_arg (packer, "audio-overflow", i % 2 ? "split" : "newest");
    g_object_set (packer, "max-audio-clips-per-prompt", 1 + i % 3, NULL);
  }
  return NULL;
}

GST_START_TEST (test_threads)
{
  Feed *feed = feed_new ("chat", TRUE, "trigger", 1, NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, TRUE);
  feed_begin (feed, audio, TRUE);
  GThread *threads[2];
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new (NULL, set_for_a_while, feed->packer);
  for (guint i = 0; i < 50; i++) {
    gboolean taken;
    feed_frames (video, i * S, (i + 1) * S, S / 2);
    feed_sound (audio, i * S, (i + 1) * S);
    g_signal_emit_by_name (feed->packer, "pack", "hi", (i + 1) * S, &taken);
    GstBuffer *pack = gst_harness_try_pull (feed->out);
    gst_clear_buffer (&pack);
  }
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packersettings_suite (void)
{
  Suite *s = suite_create ("packersettings");
  TCase *t = tcase_create ("settings");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_words, 0, G_N_ELEMENTS (words));
  tcase_add_test (t, test_window);
  tcase_add_test (t, test_frames);
  tcase_add_loop_test (t, test_interval, 0, 2);
  tcase_add_test (t, test_stamps);
  tcase_add_test (t, test_sequence);
  tcase_add_test (t, test_history);
  tcase_add_test (t, test_batch);
  tcase_add_loop_test (t, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_test (t, test_clip);
  tcase_add_loop_test (t, test_fixed, 0, G_N_ELEMENTS (elements));
  tcase_add_test (t, test_threads);
  return s;
}

GST_CHECK_MAIN (packersettings);
