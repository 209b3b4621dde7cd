/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: what it negotiates, refuses, allocates and passes on. */

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
  const gchar *modes[] = { "interleaved", "mixed" };
  for (guint i = 0; i < 2; i++) {
    VideoTest *t = video_test_new (NULL, NULL);
    g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=I420,width=64,height=48,"
        "framerate=25/1,interlace-mode=%s", modes[i]);
    gst_harness_set_src_caps_str (t->h, caps);
    expect_error (t, modes[i], words);
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

/* An allocator that counts: what it gave and how often that was mapped. */
typedef struct
{
  GstAllocator parent;
  gint n_allocated, n_mapped;
} CountingAllocator;
typedef GstAllocatorClass CountingAllocatorClass;

GType counting_allocator_get_type (void);
G_DEFINE_TYPE (CountingAllocator, counting_allocator, GST_TYPE_ALLOCATOR);

typedef struct
{
  GstMemory parent;
  guint8 *block;
} CountingMemory;

static GstMemory *
counting_alloc (GstAllocator *allocator, gsize size, GstAllocationParams *params)
{
  CountingMemory *memory = g_new0 (CountingMemory, 1);
  gsize maxsize = size + params->align;
  memory->block = g_malloc0 (maxsize);
  gsize offset = -(guintptr) memory->block & params->align;
  gst_memory_init (GST_MEMORY_CAST (memory), 0, allocator, NULL, maxsize, params->align,
      offset, size);
  ((CountingAllocator *) allocator)->n_allocated++;
  return GST_MEMORY_CAST (memory);
}

static void
counting_free (GstAllocator *allocator, GstMemory *memory)
{
  g_free (((CountingMemory *) memory)->block);
  g_free (memory);
}

static gpointer
counting_map (GstMemory *memory, gsize maxsize, GstMapFlags flags)
{
  ((CountingAllocator *) memory->allocator)->n_mapped++;
  return ((CountingMemory *) memory)->block;
}

static void
counting_unmap (GstMemory *memory)
{
}

static void
counting_allocator_class_init (CountingAllocatorClass *klass)
{
  klass->alloc = counting_alloc;
  klass->free = counting_free;
}

static void
counting_allocator_init (CountingAllocator *self)
{
  GstAllocator *allocator = GST_ALLOCATOR_CAST (self);
  allocator->mem_type = "counting";
  allocator->mem_map = counting_map;
  allocator->mem_unmap = counting_unmap;
  GST_OBJECT_FLAG_SET (self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}

static CountingAllocator *
counting_allocator_new (void)
{
  return gst_object_ref_sink (g_object_new (counting_allocator_get_type (), NULL));
}

GST_START_TEST (test_not_selected_is_not_mapped)
{
  const struct
  {
    const gchar *props, *sink_caps;
    guint n_taken;
  } cases[] = {
    {"num-frames=4 total-frames=100", "other/tensors,role=clip", 4},
    {"sample-rate=2/1", "other/tensors,role=stream", 7},
    {NULL, "other/tensors,role=image", 100},
  };
  GstAllocationParams params;
  gst_allocation_params_init (&params);
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++) {
    CountingAllocator *allocator = counting_allocator_new ();
    VideoTest *t = video_test_new (cases[c].props, cases[c].sink_caps);
    video_test_begin (t, "30/1", 0, NONE);
    for (guint i = 0; i < 100; i++) {
      GstBuffer *frame = gst_buffer_new ();
      gst_buffer_append_memory (frame, counting_alloc (GST_ALLOCATOR_CAST (allocator),
              48 * 48 * 3, &params));
      GST_BUFFER_PTS (frame) = gst_util_uint64_scale (i, GST_SECOND, 30);
      fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);
    }
    video_test_end (t);
    fail_unless_equals_int (gst_harness_buffers_in_queue (t->h), cases[c].n_taken);
    fail_unless (allocator->n_mapped == (gint) cases[c].n_taken, "case %u: %d maps for %u "
        "frames", c, allocator->n_mapped, cases[c].n_taken);
    guint64 seen, selected;
    g_object_get (t->element, "frames-seen", &seen, "frames-selected", &selected, NULL);
    fail_unless_equals_uint64 (seen, 100);
    fail_unless_equals_uint64 (selected, cases[c].n_taken);
    video_test_free (t);
    gst_object_unref (allocator);
  }
}

GST_END_TEST;

static void
expect_aligned (GstBuffer *buffer)
{
  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++) {
    GstMapInfo map;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (buffer, i), &map, GST_MAP_READ));
    fail_unless ((guintptr) map.data % 64 == 0, "memory %u begins at %p", i, map.data);
    gst_memory_unmap (map.memory, &map);
  }
}

GST_START_TEST (test_allocator_of_downstream)
{
  CountingAllocator *allocator = counting_allocator_new ();
  GstAllocationParams params;
  gst_allocation_params_init (&params);
  VideoTest *t = video_test_new ("sampling=all", NULL);
  gst_harness_set_propose_allocator (t->h, gst_object_ref (GST_ALLOCATOR_CAST (allocator)),
      &params);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 3);
  fail_unless_equals_int (allocator->n_allocated, 6);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *out = gst_harness_pull (t->h);
    fail_unless_equals_int (gst_buffer_n_memory (out), 2);
    expect_aligned (out);
    gst_buffer_unref (out);
  }
  video_test_free (t);
  gst_object_unref (allocator);
}

GST_END_TEST;

GST_START_TEST (test_alignment_of_our_own)
{
  VideoTest *t = video_test_new ("sampling=all", NULL);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 1);
  GstBuffer *out = gst_harness_pull (t->h);
  expect_aligned (out);
  gst_buffer_unref (out);
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
  gst_buffer_add_reference_timestamp_meta (frame, reference, 42, NONE);
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
  tcase_add_test (t, test_interlaced_is_refused);
  tcase_add_test (t, test_backwards_is_refused);
  tcase_add_test (t, test_short_buffer);
  tcase_add_test (t, test_not_selected_is_not_mapped);
  tcase_add_test (t, test_allocator_of_downstream);
  tcase_add_test (t, test_alignment_of_our_own);
  tcase_add_test (t, test_proposes_metas);
  tcase_add_test (t, test_qos_stops_here);
  tcase_add_test (t, test_latency_is_upstreams);
  tcase_add_test (t, test_metadata);
  return s;
}

GST_CHECK_MAIN (videocaps);
