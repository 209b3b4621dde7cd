/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv: the memory of its tensors. */

#include "audiotest.h"

static guint n_allocations;

typedef struct
{
  GstAllocator parent;
} CountingAllocator;
typedef GstAllocatorClass CountingAllocatorClass;
GType counting_allocator_get_type (void);
G_DEFINE_TYPE (CountingAllocator, counting_allocator, GST_TYPE_ALLOCATOR);

static GstMemory *
counting_alloc (GstAllocator *allocator, gsize size, GstAllocationParams *params)
{
  n_allocations++;
  fail_unless ((params->align & 255) == 255, "align is %zu", params->align);
  return gst_allocator_alloc (NULL, size, params);
}

static void
counting_allocator_class_init (CountingAllocatorClass *klass)
{
  klass->alloc = counting_alloc;
}

static void
counting_allocator_init (CountingAllocator *self)
{
}

/* Downstream's allocator and alignment are used, one memory a tensor. */
GST_START_TEST (test_allocator)
{
  gfloat samples[1280] = { 0 };
  GstHarness *h = make_harness (NULL, NULL, NULL);
  GstAllocator *allocator = g_object_new (counting_allocator_get_type (), NULL);
  GstAllocationParams params = {.align = 255 };
  gst_harness_set_propose_allocator (h, allocator, &params);
  gst_harness_set_src_caps_str (h, F32);
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  fail_unless_equals_int (gst_harness_buffers_received (h), 2);
  fail_unless_equals_int (n_allocations, 4);
  gst_harness_teardown (h);
}

GST_END_TEST;

GST_START_TEST (test_alignment)
{
  gfloat samples[640] = { 0 };
  GstHarness *h = make_harness (NULL, F32, NULL);
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  GstBuffer *buffer = gst_harness_pull (h);
  const gsize sizes[] = { 4 * 128 * 4, 4 * 4 };
  for (guint i = 0; i < 2; i++) {
    GstMapInfo info;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (buffer, i), &info, GST_MAP_READ));
    fail_unless_equals_int (GPOINTER_TO_SIZE (info.data) % 64, 0);
    fail_unless_equals_int (info.size, sizes[i]);
    gst_memory_unmap (info.memory, &info);
  }
  gst_buffer_unref (buffer);
  gst_harness_teardown (h);
}

GST_END_TEST;

static Suite *
audiomemory_suite (void)
{
  Suite *s = suite_create ("audiomemory");
  TCase *t = tcase_create ("memory");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_allocator);
  tcase_add_test (t, test_alignment);
  return s;
}

GST_CHECK_MAIN (audiomemory);
