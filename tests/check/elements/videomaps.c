/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: what it maps, and where the memory of its tensors comes from. */

#include "videotest.h"

#define NONE GST_CLOCK_TIME_NONE

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

/* Input and output have allocators that count: each frame is mapped once if it is taken,
 * and each conversion takes two memories. */
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
    CountingAllocator *outputs = counting_allocator_new ();
    VideoTest *t = video_test_new (cases[c].props, cases[c].sink_caps);
    gst_harness_set_propose_allocator (t->h, gst_object_ref (GST_ALLOCATOR_CAST (outputs)),
        &params);
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
    fail_unless (outputs->n_allocated == 2 * (gint) cases[c].n_taken, "case %u: %d memories "
        "for %u frames", c, outputs->n_allocated, cases[c].n_taken);
    guint64 seen, selected;
    g_object_get (t->element, "frames-seen", &seen, "frames-selected", &selected, NULL);
    fail_unless_equals_uint64 (seen, 100);
    fail_unless_equals_uint64 (selected, cases[c].n_taken);
    video_test_free (t);
    gst_object_unref (allocator);
    gst_object_unref (outputs);
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

static Suite *
videomaps_suite (void)
{
  Suite *s = suite_create ("videomaps");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_not_selected_is_not_mapped);
  tcase_add_test (t, test_allocator_of_downstream);
  tcase_add_test (t, test_alignment_of_our_own);
  return s;
}

GST_CHECK_MAIN (videomaps);
