/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer's caps, memory, events and meta. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND

static GstStructure *
asked_caps (Feed *feed, const gchar *pad_name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (feed->packer, pad_name);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  fail_unless_equals_int (gst_caps_get_size (caps), 1);
  return gst_structure_copy (gst_caps_get_structure (caps, 0));
}

static void
assert_word (const GstStructure *caps, const gchar *field, const gchar *expected)
{
  fail_unless_equals_string (gst_structure_get_string (caps, field), expected);
}

/* What a converter is told. */
static const struct
{
  const gchar *pad, *trigger, *role, *types, *names;
} words[] = {
  {"image_0", "auto", "image", "uint8,int32", "pixel_values,pixel_position_ids"},
  {"video_0", "auto", "clip", "uint8,int32", "pixel_values,pixel_position_ids"},
  {"video_0", "eos", "clip", "uint8,int32", "pixel_values,pixel_position_ids"},
  {"video_0", "prompt", "stream", "uint8,int32", "pixel_values,pixel_position_ids"},
  {"audio_0", "auto", "audio", "float32,int32", "audio_mel,audio_mel_mask"},
};

GST_START_TEST (test_words)
{
  Feed *feed = feed_new ("prompt", "a", "target", GEMMA4_TARGET_TRANSFORMERS, "preset",
      "gemma4_instruct_4b", NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", words[__i__].trigger);
  feed_request (feed, words[__i__].pad);
  GstStructure *caps = asked_caps (feed, words[__i__].pad);
  assert_word (caps, "role", words[__i__].role);
  assert_word (caps, "target", "transformers");
  assert_word (caps, "preset", "gemma4_instruct_4b");
  assert_word (caps, "types", words[__i__].types);
  assert_word (caps, "names", words[__i__].names);
  gst_structure_free (caps);
  feed_free (feed);
}

GST_END_TEST;

/* Templates say none of the three words; a linked prompt pad makes streams. */
GST_START_TEST (test_role_follows_the_prompt_pad)
{
  Feed *feed = feed_new ("prompt", "a", NULL);
  feed_request (feed, "video_0");
  feed_request (feed, "prompt");
  GstStructure *caps = asked_caps (feed, "video_0");
  assert_word (caps, "role", "clip");
  assert_word (caps, "preset", NULL);
  gst_structure_free (caps);
  g_autoptr (GstPad) prompt = gst_element_get_static_pad (feed->packer, "prompt");
  g_autoptr (GstPad) peer = gst_pad_new ("peer", GST_PAD_SRC);
  fail_unless_equals_int (gst_pad_link (peer, prompt), GST_PAD_LINK_OK);
  caps = asked_caps (feed, "video_0");
  assert_word (caps, "role", "stream");
  gst_structure_free (caps);
  gst_pad_unlink (peer, prompt);
  feed_free (feed);
}

GST_END_TEST;

#define VIDEO_CAPS "other/tensors, format=(string)static, num_tensors=(int)2, " \
  "types=(string)\"uint8,int32\", dimensions=(string)\"768:630,2:630\", " \
  "framerate=(fraction)0/1"

static const struct
{
  const gchar *caps;
  const gchar *says[3];
} refused[] = {
  {VIDEO_CAPS ", target=(string)transformers", {"target=transformers", "target=kerashub",
          "video_0"}},
  {VIDEO_CAPS ", role=(string)stream", {"role=stream", "role=clip", "video_0"}},
  {VIDEO_CAPS ", preset=(string)gemma4_4b", {"preset=gemma4_4b",
          "preset=gemma4_instruct_2b", "video_0"}},
  {"other/tensors, format=(string)static, num_tensors=(int)2, types=(string)\"float32,int32\", "
      "dimensions=(string)\"768:630,2:630\", framerate=(fraction)0/1",
      {"gemma4videoconv", "uint8", "768"}},
  {"other/tensors, format=(string)static, num_tensors=(int)2, types=(string)\"uint8,int32\", "
      "dimensions=(string)\"768:630,2:70\", framerate=(fraction)0/1",
      {"gemma4videoconv", "uint8", "768"}},
};

/* Other caps are refused with a sentence that names both sides. */
GST_START_TEST (test_refused_caps)
{
  Feed *feed = feed_new ("prompt", "a", "preset", "gemma4_instruct_2b", NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  g_autoptr (GstCaps) caps = gst_caps_from_string (refused[__i__].caps);
  gst_harness_push_event (video, gst_event_new_stream_start ("media"));
  gst_harness_push_event (video, gst_event_new_caps (caps));
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (video, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (video, feed_frame_buffer (3, 3, 1)),
      GST_FLOW_NOT_NEGOTIATED);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  for (guint i = 0; i < 3; i++)
    fail_unless (strstr (text, refused[__i__].says[i]) != NULL, "\"%s\" is not in: %s",
        refused[__i__].says[i], text);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

typedef struct
{
  guint n_queries;
  GstAllocator *allocator;
} Downstream;

static gboolean
answer_allocation (GstPad *pad, GstObject *parent, GstQuery *query)
{
  Downstream *downstream = g_object_get_data (G_OBJECT (pad), "downstream");
  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return gst_pad_query_default (pad, parent, query);
  GstAllocationParams params;
  gst_allocation_params_init (&params);
  params.align = 255;
  gst_query_add_allocation_param (query, downstream->allocator, &params);
  downstream->n_queries++;
  return TRUE;
}

/* Memory is asked for once, whatever the shapes are; what downstream offers is
 * used, one contiguous aligned memory a tensor. */
GST_START_TEST (test_allocation)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  Downstream downstream = { 0, gst_allocator_find (NULL) };
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, TRUE);
  g_object_set_data (G_OBJECT (feed->out->sinkpad), "downstream", &downstream);
  gst_pad_set_query_function (feed->out->sinkpad, answer_allocation);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GString) text = g_string_new ("<|audio|>");
    for (guint k = 0; k < i * 500; k++)
      g_string_append (text, " word");
    feed_sound (audio, i * S, (i + 1) * S);
    feed_prompt (prompt, text->str, GST_CLOCK_TIME_NONE);
    GstBuffer *pack = feed_pull (feed);
    for (guint m = 0; m < gst_buffer_n_memory (pack); m++) {
      GstMapInfo map;
      GstMemory *memory = gst_buffer_peek_memory (pack, m);
      fail_unless (memory->allocator == downstream.allocator);
      fail_unless_equals_int (memory->align, 255);
      fail_unless (gst_memory_map (memory, &map, GST_MAP_READ));
      fail_unless_equals_int ((gsize) map.data % 256, 0);
      gst_memory_unmap (memory, &map);
    }
    gst_buffer_unref (pack);
    fail_unless_equals_int (downstream.n_queries, i == 3 ? 2 : 1);
    if (i == 2)
      gst_harness_push_upstream_event (feed->out, gst_event_new_reconfigure ());
  }
  gst_object_unref (downstream.allocator);
  feed_free (feed);
}

GST_END_TEST;

/* Without an answer it is 64 bytes. */
GST_START_TEST (test_alignment)
{
  Feed *feed = feed_new (NULL, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  feed_prompt (prompt, "Hello", GST_CLOCK_TIME_NONE);
  GstBuffer *pack = feed_pull (feed);
  for (guint m = 0; m < gst_buffer_n_memory (pack); m++) {
    GstMapInfo map;
    GstMemory *memory = gst_buffer_peek_memory (pack, m);
    fail_unless (gst_memory_map (memory, &map, GST_MAP_READ));
    fail_unless_equals_int ((gsize) map.data % 64, 0);
    gst_memory_unmap (memory, &map);
  }
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Stream-start, caps, segment, then buffers, then EOS; caps again when a shape
 * changes and only then; times never run backwards. */
GST_START_TEST (test_order_of_events)
{
  static const GstEventType expected[] = { GST_EVENT_STREAM_START, GST_EVENT_CAPS,
    GST_EVENT_SEGMENT, GST_EVENT_CAPS, GST_EVENT_CAPS, GST_EVENT_EOS
  };
  static const guint64 times_s[] = { 2, 1, 1 };
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, FALSE);
  feed_sound (audio, 0, 4 * S);
  for (guint i = 0; i < 3; i++)
    feed_prompt (prompt, "<|audio|>", times_s[i] * S);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *pack = feed_pull (feed);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), 2 * S);
    fail_if (GST_BUFFER_DURATION_IS_VALID (pack));
    gst_buffer_unref (pack);
  }
  /* longer than the sequence: a new shape */
  g_autoptr (GString) text = g_string_new ("<|audio|>");
  for (guint k = 0; k < 1000; k++)
    g_string_append (text, " word");
  feed_prompt (prompt, text->str, 1 * S);
  gst_buffer_unref (feed_pull (feed));
  feed_eos (prompt);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autoptr (GstEvent) event = gst_harness_pull_event (feed->out);
    fail_unless (event != NULL, "no %s", gst_event_type_get_name (expected[i]));
    fail_unless_equals_string (GST_EVENT_TYPE_NAME (event),
        gst_event_type_get_name (expected[i]));
  }
  feed_free (feed);
}

GST_END_TEST;

static void
assert_array (const GstStructure *meta, const gchar *field, const gchar *expected)
{
  g_autofree gchar *text =
      gst_value_serialize (gst_structure_get_value (meta, field));
  fail_unless (text != NULL, "the meta has no %s", field);
  fail_unless_equals_string (text, expected);
}

/* What a pack says of itself, beside its caps. */
GST_START_TEST (test_meta)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|audio|> <|video|>", NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_2");
  GstSegment segment;
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.time = 100 * S;
  gst_harness_push_event (video, gst_event_new_segment (&segment));
  gst_harness_push_event (audio, gst_event_new_segment (&segment));
  feed_frames (video, 0, 2 * S, S);
  feed_sound (audio, 1 * S, 3 * S);
  feed_eos (video);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  const GstStructure *meta = gst_custom_meta_get_structure
      (gst_buffer_get_custom_meta (pack, "GstGemma4TensorsMeta"));
  assert_array (meta, "names", "< (string)token_ids, (string)position_ids, "
      "(string)padding_mask, (string)vision_mask, (string)audio_mask, "
      "(string)vision_indices, (string)pixel_values, (string)pixel_position_ids, "
      "(string)audio_mel, (string)audio_mel_mask, (string)audio_indices >");
  assert_array (meta, "types", "< (string)int32, (string)int32, (string)bool, (string)bool, "
      "(string)bool, (string)int32, (string)float32, (string)int32, (string)float32, "
      "(string)int32, (string)int32 >");
  assert_array (meta, "frame-pads", "< (string)video_0, (string)video_0 >");
  assert_array (meta, "frame-running-times", "< (guint64)0, (guint64)1000000000 >");
  assert_array (meta, "frame-stream-times",
      "< (guint64)100000000000, (guint64)101000000000 >");
  assert_array (meta, "frame-stamps", "< (string)00:00, (string)00:01 >");
  assert_array (meta, "audio-pads", "< (string)audio_2 >");
  assert_array (meta, "audio-running-times", "< (guint64)1000000000 >");
  assert_array (meta, "audio-stream-times", "< (guint64)101000000000 >");
  assert_array (meta, "audio-durations", "< (guint64)2000000000 >");
  fail_unless_equals_string (gst_structure_get_string (meta, "target"), "kerashub");
  fail_unless_equals_uint64 (feed_uint64 (pack, "n-video-tokens"), 2);
  fail_unless_equals_uint64 (feed_uint64 (pack, "n-image-tokens"), 0);
  fail_unless_equals_uint64 (feed_uint64 (pack, "n-audio-tokens"), 50);
  fail_unless_equals_uint64 (feed_uint64 (pack, "window-start"), 0);
  fail_unless_equals_uint64 (feed_uint64 (pack, "window-stop"), 3 * S);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (feed->out->sinkpad);
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  fail_unless_equals_string (gst_structure_get_string (s, "target"), "kerashub");
  fail_unless (g_str_has_suffix (gst_structure_get_string (s, "dimensions"),
          "768:630:2:1,2:630:2:1,128:3000:1:1,3000:1:1,50:1"), "dimensions are %s",
      gst_structure_get_string (s, "dimensions"));
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packernego_suite (void)
{
  Suite *s = suite_create ("packernego");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_words, 0, G_N_ELEMENTS (words));
  tcase_add_test (t, test_role_follows_the_prompt_pad);
  tcase_add_loop_test (t, test_refused_caps, 0, G_N_ELEMENTS (refused));
  tcase_add_test (t, test_allocation);
  tcase_add_test (t, test_alignment);
  tcase_add_test (t, test_order_of_events);
  tcase_add_test (t, test_meta);
  return s;
}

GST_CHECK_MAIN (packernego);
