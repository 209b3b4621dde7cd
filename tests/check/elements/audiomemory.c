/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4audioconv: the memory of its tensors, and what it allocates while it runs. */

#include "allocations.h"
#include "audiotest.h"

static guint n_memories;

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
  n_memories++;
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
  fail_unless_equals_int (n_memories, 4);
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

static GstPadProbeReturn
offer_pool (GstPad *pad, GstPadProbeInfo *info, gpointer pool)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_pool (query, pool, 2064, 2, 0);
  return GST_PAD_PROBE_HANDLED;
}

/* A pool gives buffers of one memory: it is left alone. */
GST_START_TEST (test_pool)
{
  gfloat samples[640] = { 0 };
  g_autoptr (GstBufferPool) pool = gst_buffer_pool_new ();
  GstHarness *h = make_harness (NULL, NULL, NULL);
  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH,
      offer_pool, pool, NULL);
  gst_harness_set_src_caps_str (h, F32);
  gst_harness_push (h, make_buffer (samples, sizeof samples, 0));
  fail_if (gst_buffer_pool_is_active (pool), "the pool was taken");
  g_autoptr (GstBuffer) buffer = gst_harness_pull (h);
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 2);
  gst_harness_teardown (h);
}

GST_END_TEST;

#if COUNTS_ALLOCATIONS
#define PIECE 640
#define N_PIECES 192

/* Settings, how many pieces of 40 ms make a buffer, and how often the room for a
 * clip doubles in the second half of them. */
static const struct
{
  const gchar *settings;
  guint n_pieces, n_doublings;
} flows[] = {
  {"frames-per-buffer=4", 1}, {"frames-per-buffer=64", 16},
  {"preemphasis=0.97 dither=0.01 frames-per-buffer=64", 16},
  {"preset=card frames-per-buffer=64", 16}, {"preset=gemma4_12b", 1},
  {"mode=clip", G_MAXUINT}, {"mode=clip preset=card", G_MAXUINT, 1},
};

/* For a buffer that leaves its own header and its two memories, and for rows and
 * samples nothing. */
GST_START_TEST (test_allocations)
{
  g_autofree gint16 *samples = input_noise (PIECE, 1);
  GstBuffer *pieces[N_PIECES];
  GstHarness *h = make_harness (flows[__i__].settings, S16, NULL);
  gst_harness_set_drop_buffers (h, TRUE);
  for (guint i = 0; i < N_PIECES; i++)
    pieces[i] = make_buffer (samples, PIECE * 2, i * 40 * GST_MSECOND);
  /* The first half makes what is made once. A check in the loop would allocate. */
  gboolean good = TRUE;
  guint64 before = 0;
  for (guint i = 0; i < N_PIECES; i++) {
    if (i == N_PIECES / 2)
      before = n_allocations;
    good &= gst_pad_push (h->srcpad, pieces[i]) == GST_FLOW_OK;
  }
  guint64 n = n_allocations - before, n_buffers = N_PIECES / 2 / flows[__i__].n_pieces;
  fail_unless (good, "a buffer was refused");
  fail_unless (n >= n_buffers && n <= 3 * n_buffers + flows[__i__].n_doublings, "%s: %" G_GUINT64_FORMAT
      " allocations for %" G_GUINT64_FORMAT " buffers", flows[__i__].settings, n, n_buffers);
  gst_harness_teardown (h);
}

GST_END_TEST;
#endif

static Suite *
audiomemory_suite (void)
{
  Suite *s = suite_create ("audiomemory");
  TCase *t = tcase_create ("memory");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_allocator);
  tcase_add_test (t, test_alignment);
  tcase_add_test (t, test_pool);
#if COUNTS_ALLOCATIONS
  tcase_add_loop_test (t, test_allocations, 0, G_N_ELEMENTS (flows));
#endif
  return s;
}

GST_CHECK_MAIN (audiomemory);
