/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: what it negotiates, refuses and passes on. */

#include "videotest.h"

#define NONE GST_CLOCK_TIME_NONE

static void
expect_caps (VideoTest *t, const gchar *what, const gchar *want_text)
{
  g_autoptr (GstCaps) got = gst_pad_get_current_caps (t->h->sinkpad);
  g_autoptr (GstCaps) want = gst_caps_from_string (want_text);
  g_autofree gchar *text = got ? gst_caps_to_string (got) : g_strdup ("none");
  fail_unless (got && gst_caps_is_equal (got, want), "%s: got %s, want %s", what, text,
      want_text);
}

#define CAPS(types, dims, more) \
  "other/tensors, format=(string)static, num_tensors=(int)2, types=(string)\"" types \
  "\", dimensions=(string)\"" dims "\", framerate=(fraction)0/1, names=(string)\"" \
  "pixel_values,pixel_position_ids\", " more

GST_START_TEST (test_caps)
{
  const struct
  {
    const gchar *props, *sink_caps, *want;
  } cases[] = {
    {NULL, NULL, CAPS ("float32,int32", "768:630,2:630", "target=(string)kerashub")},
    {NULL, "other/tensors,types=(string)\"uint8,int32\"",
        CAPS ("uint8,int32", "768:630,2:630", "target=(string)kerashub")},
    {NULL, "other/tensors,types=(string){\"uint8,int32\",\"float32,int32\"}",
        CAPS ("float32,int32", "768:630,2:630", "target=(string)kerashub")},
    {NULL, "other/tensors,target=(string){transformers,kerashub}",
        CAPS ("float32,int32", "768:630,2:630", "target=(string)kerashub")},
    {NULL, "other/tensors,target=transformers,role=image,preset=gemma4_4b",
        CAPS ("float32,int32", "768:2520,2:2520", "target=(string)transformers, "
              "role=(string)image, preset=(string)gemma4_4b")},
    {"max-soft-tokens=140", "other/tensors,role=image",
        CAPS ("float32,int32", "768:1260,2:1260", "target=(string)kerashub, "
              "role=(string)image")},
    {"preset=gemma4_31b", NULL, CAPS ("float32,int32", "768:630,2:630",
            "target=(string)kerashub, preset=(string)gemma4_31b")},
    {"preset=gemma4_12b", NULL, CAPS ("float32,int32", "6912:70,2:70",
            "target=(string)transformers, preset=(string)gemma4_12b")},
    {NULL, "other/tensors,preset=gemma4_instruct_12b,role=image,target={kerashub,transformers}",
        CAPS ("float32,int32", "6912:280,2:280", "target=(string)transformers, "
              "role=(string)image, preset=(string)gemma4_instruct_12b")},
    {NULL, "other/tensors,num-frames=16",
        CAPS ("float32,int32", "768:630,2:630", "num-frames=(int)16, "
              "target=(string)kerashub")},
    {NULL, "other/tensors,num-frames=[1,16]",
        CAPS ("float32,int32", "768:630,2:630", "num-frames=(int)16, "
              "target=(string)kerashub")},
    {"num-frames=16", NULL,
        CAPS ("float32,int32", "768:630,2:630", "target=(string)kerashub")},
    {"patch-size=8 pooling-kernel-size=2", NULL,
        CAPS ("float32,int32", "192:280,2:280", "target=(string)kerashub")},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VideoTest *t = video_test_new (cases[i].props, cases[i].sink_caps);
    video_test_begin (t, "30/1", 0, NONE);      /* caps are there before any frame */
    expect_caps (t, cases[i].sink_caps ? cases[i].sink_caps : "any", cases[i].want);
    video_test_free (t);
  }
}

GST_END_TEST;

static void
expect_error (VideoTest *t, const gchar *what, const gchar *const *words)
{
  g_autofree gchar *error = video_test_error (t);
  fail_unless (error != NULL, "%s: no error", what);
  for (; *words; words++)
    fail_unless (strstr (error, *words) != NULL, "%s: \"%s\" does not say \"%s\"", what,
        error, *words);
}

static void
expect_one_error (VideoTest *t, const gchar *what)
{
  guint n = 0;
  for (gchar *error; (error = video_test_error (t)); n++)
    g_free (error);
  fail_unless (n == 1, "%s: %u errors, want 1", what, n);
}

/* Caps that are refused come again with every buffer; the element says it once, and
 * once more after a new start. */
GST_START_TEST (test_one_error)
{
  const struct
  {
    const gchar *sink_caps, *src_caps;
  } cases[] = {
    {NULL, "video/x-raw,format=I420,width=64,height=48,framerate=25/1,"
        "interlace-mode=interleaved"},
    {NULL, "video/x-raw,format=RGB,width=70000,height=48,framerate=25/1"},
    {"other/tensors,preset=gemma5", "video/x-raw,format=RGB,width=48,height=48,"
        "framerate=25/1"},
    {"other/tensors,target=kerashub,preset=gemma4_12b", "video/x-raw,format=RGB,width=48,"
        "height=48,framerate=25/1"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VideoTest *t = video_test_new (NULL, cases[i].sink_caps);
    gst_harness_set_src_caps_str (t->h, cases[i].src_caps);
    for (guint k = 0; k < 2; k++) {
      for (guint b = 0; b < 3; b++)
        fail_unless_equals_int (video_test_push (t, b * GST_SECOND, GST_SECOND),
            GST_FLOW_NOT_NEGOTIATED);
      expect_one_error (t, cases[i].src_caps);
      gst_element_set_state (t->element, GST_STATE_READY);
      gst_element_set_state (t->element, GST_STATE_PLAYING);
      gst_pad_push_event (t->h->srcpad, gst_event_new_stream_start ("again"));
    }
    video_test_free (t);
  }
}

GST_END_TEST;

/* Settings that no model has keep the element from PAUSED. */
GST_START_TEST (test_bad_settings)
{
  const struct
  {
    const gchar *name, *value, *words[6];
  } cases[] = {
    {"max-soft-tokens", "69", {"69", "70", "140", "280", "1120"}},
    {"max-soft-tokens", "1121", {"1121", "560"}},
    {"sample-rate", "0/1", {"sample-rate", "0/1"}},
    {"preset", "gemma5", {"gemma5", "gemma4_instruct_2b"}},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VideoTest t = {.element = gst_element_factory_make ("gemma4videoconv", NULL) };
    t.bus = gst_bus_new ();
    gst_element_set_bus (t.element, t.bus);
    gst_util_set_object_arg (G_OBJECT (t.element), cases[i].name, cases[i].value);
    fail_unless_equals_int (gst_element_set_state (t.element, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (gst_element_set_state (t.element, GST_STATE_PAUSED),
        GST_STATE_CHANGE_FAILURE);
    expect_error (&t, cases[i].value, cases[i].words);
    fail_unless (video_test_error (&t) == NULL, "%s: two errors", cases[i].value);
    gst_element_set_state (t.element, GST_STATE_NULL);
    gst_element_set_bus (t.element, NULL);
    gst_object_unref (t.element);
    gst_object_unref (t.bus);
  }
}

GST_END_TEST;

GST_START_TEST (test_unknown_preset_of_peer)
{
  const gchar *words[] = { "gemma5", NULL };
  VideoTest *t = video_test_new (NULL, "other/tensors,preset=gemma5");
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=48,height=48,"
      "framerate=30/1");
  expect_error (t, "preset", words);
  video_test_free (t);
}

GST_END_TEST;

GST_START_TEST (test_interlaced_is_refused)
{
  const gchar *words[] = { "interlaced", "deinterlace", NULL };
  const gchar *modes[] = { "interleaved", "mixed", "alternate" };
  for (guint i = 0; i < 3; i++) {
    VideoTest *t = video_test_new (NULL, NULL);
    g_autofree gchar *caps = g_strdup_printf ("video/x-raw%s,format=I420,width=64,height=48,"
        "framerate=25/1,interlace-mode=%s", i == 2 ? "(format:Interlaced)" : "", modes[i]);
    gst_harness_set_src_caps_str (t->h, caps);
    expect_error (t, modes[i], words);
    video_test_free (t);
  }
}

GST_END_TEST;

/* What contradicts the words of downstream is refused with a sentence. */
GST_START_TEST (test_refused_by_words)
{
  const struct
  {
    const gchar *props, *sink_caps, *words[5];
  } cases[] = {
    {"preset=gemma4_instruct_12b", "other/tensors,target=kerashub",
        {"gemma4_instruct_12b", "transformers", "KerasHub"}},
    {NULL, "other/tensors,target=kerashub,preset=gemma4_12b", {"gemma4_12b", "transformers"}},
    {"scale=2", "other/tensors,types=(string)\"uint8,int32\"", {"scale=2", "float32"}},
    {"offset=-0.5", "other/tensors,types=(string)\"uint8,int32\"", {"offset=-0.5", "1/255"}},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VideoTest *t = video_test_new (cases[i].props, cases[i].sink_caps);
    gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=48,height=48,"
        "framerate=30/1");
    expect_error (t, cases[i].sink_caps, cases[i].words);
    video_test_free (t);
  }
}

GST_END_TEST;

/* v * scale + offset, each step in float32 as KerasHub does it; padding stays 0. */
GST_START_TEST (test_scale_and_offset)
{
  const gchar *roles[] = { "", ",role=clip" };          /* at once, and at the end */
  for (guint c = 0; c < 2; c++) {
    g_autofree gchar *sink_caps = g_strdup_printf ("other/tensors%s", roles[c]);
    VideoTest *t = video_test_new ("scale=0.0078431372549 offset=-1", sink_caps);
    video_test_begin (t, "30/1", 0, NONE);
    video_test_push_30fps (t, 0, 1);
    video_test_end (t);
    GstBuffer *out = gst_harness_pull (t->h);
    GstMapInfo map;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 0), &map, GST_MAP_READ));
    const gfloat *got = (const gfloat *) map.data;
    gfloat scaled = 90 * 0.0078431372549f, want = scaled + -1.0f;
    for (guint i = 0; i < 630 * 768; i++)
      if (got[i] != (i < 576 * 768 ? want : 0))
        ck_abort_msg ("%s: value %u is %.9g, want %.9g", sink_caps, i, got[i], want);
    gst_memory_unmap (map.memory, &map);
    gst_buffer_unref (out);
    video_test_free (t);
  }
}

GST_END_TEST;

GST_START_TEST (test_backwards_is_refused)
{
  const gchar *words[] = { "backwards", NULL };
  VideoTest *t = video_test_new (NULL, NULL);
  video_test_begin (t, "30/1", 0, NONE);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  segment.stop = GST_SECOND;
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  fail_unless_equals_int (video_test_push (t, 0, GST_SECOND), GST_FLOW_ERROR);
  expect_error (t, "rate -1", words);
  video_test_free (t);
}

GST_END_TEST;

/* A buffer smaller than its caps say is an error with words, not a crash. */
GST_START_TEST (test_short_buffer)
{
  const gchar *words[] = { "48x48", NULL };
  VideoTest *t = video_test_new ("sampling=all", NULL);
  video_test_begin (t, "30/1", 0, NONE);
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 100, NULL);
  GST_BUFFER_PTS (frame) = 0;
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_ERROR);
  expect_error (t, "100 bytes", words);
  video_test_free (t);
}

GST_END_TEST;

/* A live source goes on: one warning, a GAP in the frame's place, and the next one comes. */
GST_START_TEST (test_short_buffer_of_live_source)
{
  VideoTest *t = video_test_new ("sampling=all", NULL);
  gst_harness_set_live (t->h, TRUE);
  video_test_begin (t, "30/1", 0, NONE);
  while (gst_harness_events_in_queue (t->h))
    gst_event_unref (gst_harness_pull_event (t->h));
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 100, NULL);
  GST_BUFFER_PTS (frame) = 0;
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);
  video_test_push_30fps (t, 1, 1);
  fail_unless_equals_int (gst_harness_buffers_in_queue (t->h), 1);
  GstEvent *gap = gst_harness_pull_event (t->h);
  fail_unless_equals_int (GST_EVENT_TYPE (gap), GST_EVENT_GAP);
  gst_event_unref (gap);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_WARNING);
  fail_unless (message != NULL, "no warning");
  fail_unless (video_test_error (t) == NULL, "an error");
  video_test_free (t);
}

GST_END_TEST;

GST_START_TEST (test_proposes_metas)
{
  VideoTest *t = video_test_new (NULL, NULL);
  video_test_begin (t, "30/1", 0, NONE);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (t->h->srcpad);
  GstQuery *query = gst_query_new_allocation (caps, TRUE);
  fail_unless (gst_pad_peer_query (t->h->srcpad, query));
  fail_unless (gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  fail_unless (gst_query_find_allocation_meta (query, GST_VIDEO_CROP_META_API_TYPE, NULL));
  guint size, min;              /* a clip holds one while the next comes */
  fail_unless (gst_query_get_n_allocation_pools (query) == 1, "no word about a pool");
  gst_query_parse_nth_allocation_pool (query, 0, NULL, &size, &min, NULL);
  fail_unless_equals_int (size, 48 * 48 * 3);
  fail_unless_equals_int (min, 2);
  gst_query_unref (query);
  video_test_free (t);
}

GST_END_TEST;

/* A late sink asks for fewer frames; upstream must not hear of it. */
GST_START_TEST (test_qos_stops_here)
{
  VideoTest *t = video_test_new ("sampling=all", NULL);
  video_test_begin (t, "30/1", 0, NONE);
  while (gst_harness_upstream_events_in_queue (t->h))
    gst_event_unref (gst_harness_pull_upstream_event (t->h));
  fail_unless (gst_harness_push_upstream_event (t->h, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW,
              2.0, GST_SECOND, 10 * GST_SECOND)));
  GstEvent *event;
  while ((event = gst_harness_try_pull_upstream_event (t->h))) {
    fail_unless (GST_EVENT_TYPE (event) != GST_EVENT_QOS, "upstream got a QOS event");
    gst_event_unref (event);
  }
  video_test_push_30fps (t, 0, 10);
  fail_unless_equals_int (gst_harness_buffers_in_queue (t->h), 10);
  video_test_free (t);
}

GST_END_TEST;

GST_START_TEST (test_latency_is_upstreams)
{
  VideoTest *t = video_test_new (NULL, NULL);
  video_test_begin (t, "30/1", 0, NONE);
  gst_harness_set_upstream_latency (t->h, 7 * GST_MSECOND);
  fail_unless_equals_uint64 (gst_harness_query_latency (t->h), 7 * GST_MSECOND);
  video_test_free (t);
}

GST_END_TEST;

/* What a taken frame keeps, and what it does not. */
GST_START_TEST (test_metadata)
{
  VideoTest *t = video_test_new ("sampling=all", NULL);
  video_test_begin (t, "30/1", 0, NONE);
  g_autoptr (GstCaps) reference = gst_caps_from_string ("timestamp/x-ntp");
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 48 * 48 * 3, NULL);
  gst_buffer_memset (frame, 0, 1, -1);
  GST_BUFFER_PTS (frame) = 123456789;
  GST_BUFFER_DURATION (frame) = 33333333;
  GST_BUFFER_OFFSET (frame) = 4711;
  GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_CORRUPTED | GST_BUFFER_FLAG_GAP);
  gst_buffer_add_reference_timestamp_meta (frame, reference, 42, 43);
  gst_buffer_add_video_meta (frame, 0, GST_VIDEO_FORMAT_RGB, 48, 48);
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);

  GstBuffer *out = gst_harness_pull (t->h);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 123456789);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (out), 33333333);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (out), 4711);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_CORRUPTED));
  fail_if (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_GAP));
  GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta (out, reference);
  fail_unless (meta != NULL, "the reference time stamp is gone");
  fail_unless_equals_uint64 (meta->timestamp, 42);
  fail_unless_equals_uint64 (meta->duration, 43);
  fail_unless (gst_buffer_get_video_meta (out) == NULL, "tensors with a video meta");
  gst_buffer_unref (out);
  video_test_free (t);
}

GST_END_TEST;

static Suite *
videocaps_suite (void)
{
  Suite *s = suite_create ("videocaps");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_caps);
  tcase_add_test (t, test_bad_settings);
  tcase_add_test (t, test_unknown_preset_of_peer);
  tcase_add_test (t, test_one_error);
  tcase_add_test (t, test_interlaced_is_refused);
  tcase_add_test (t, test_refused_by_words);
  tcase_add_test (t, test_scale_and_offset);
  tcase_add_test (t, test_backwards_is_refused);
  tcase_add_test (t, test_short_buffer);
  tcase_add_test (t, test_short_buffer_of_live_source);
  tcase_add_test (t, test_proposes_metas);
  tcase_add_test (t, test_qos_stops_here);
  tcase_add_test (t, test_latency_is_upstreams);
  tcase_add_test (t, test_metadata);
  return s;
}

GST_CHECK_MAIN (videocaps);
