/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where gemma4packer's memory for pixels comes from: packs that came back, or what was
 * made ready before the prompt; downstream's allocator, if it offers one. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <stdio.h>
#include <unistd.h>

#define S GST_SECOND
#define FULL_BYTES (32 * FEED_ROWS * 768 * sizeof (gfloat))     /* of 32 frames */

/* What a sanitizer frees stays where it is. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define FREES FALSE
#elif defined __has_feature
#define FREES (!__has_feature (address_sanitizer) && !__has_feature (thread_sanitizer))
#else
#define FREES TRUE
#endif

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video;
} Rig;

static Rig
rig_new (gboolean live)
{
  Feed *feed = feed_new ("chat", FALSE, "window", G_GINT64_CONSTANT (0), NULL);
  Rig rig = { feed, feed_pad (feed, "prompt"), feed_pad (feed, "video_0") };
  feed_begin_bytes (feed, rig.prompt);
  feed_begin (feed, rig.video, live);
  return rig;
}

/* A pack of the frames of [from, to) seconds. */
static GstBuffer *
pack (Rig *rig, guint from, guint to)
{
  feed_frames (rig->video, from * S, to * S, S);
  feed_gap (rig->video, to * S, S);
  feed_prompt (rig->prompt, "<|video|>", to * S);
  return feed_pull (rig->feed);
}

static gpointer
pixels_of (GstBuffer *pack, gsize n_bytes)
{
  GstMapInfo map;
  feed_tensor (pack, "pixel_values", &map);
  fail_unless_equals_int (map.size, n_bytes);
  fail_unless (GPOINTER_TO_SIZE (map.data) % 64 == 0, "at %p", map.data);
  gpointer data = map.data;
  gst_memory_unmap (map.memory, &map);
  return data;
}

/* Frame i is of the value @value + i, and its padding is zero. */
static void
assert_frames (GstBuffer *pack, guint value, guint n)
{
  GstMapInfo map;
  feed_tensor (pack, "pixel_values", &map);
  for (guint i = 0; i < n; i++) {
    const gfloat *frame = (gfloat *) map.data + (gsize) i * FEED_ROWS * 768;
    fail_unless_equals_float (frame[9 * 768 - 1], (gfloat) (value + i) / 255);
    guint k = 9 * 768;
    while (k < FEED_ROWS * 768 && frame[k] == 0)
      k++;
    fail_unless (k == FEED_ROWS * 768, "frame %u, value %u is %g", i, k, frame[k]);
  }
  gst_memory_unmap (map.memory, &map);
}

/* A pack that came back is written again, whatever the number of frames; one that
 * did not is not. */
GST_START_TEST (test_used_again)
{
  Rig rig = rig_new (FALSE);
  GstBuffer *first = pack (&rig, 0, 32);
  gpointer place = pixels_of (first, FULL_BYTES);
  gst_buffer_unref (first);
  GstBuffer *second = pack (&rig, 32, 40);
  fail_unless (pixels_of (second, FULL_BYTES / 4) == place, "memory was not used again");
  assert_frames (second, 32, 8);
  GstBuffer *third = pack (&rig, 40, 56);
  fail_unless (pixels_of (third, FULL_BYTES / 2) != place, "memory in use was written");
  assert_frames (third, 40, 16);
  assert_frames (second, 32, 8);
  feed_free (rig.feed);         /* they outlive the element */
  assert_frames (second, 32, 8);
  gst_buffer_unref (second);
  assert_frames (third, 40, 16);
  gst_buffer_unref (third);
}

GST_END_TEST;

static gboolean
answer_allocation (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstAllocationParams *params = g_object_get_data (G_OBJECT (pad), "params");
  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return gst_pad_query_default (pad, parent, query);
  gst_query_add_allocation_param (query, NULL, params);
  return TRUE;
}

static const struct
{
  GstAllocationParams params;
  gboolean ours;
} offers[] = {
  {{0, 15, 0, 0}, TRUE},
  {{0, 255, 0, 0}, FALSE},
  {{0, 0, 4096, 0}, FALSE},
  {{0, 0, 0, 64}, FALSE},
  {{GST_MEMORY_FLAG_ZERO_PREFIXED, 0, 0, 0}, FALSE},
};

/* What downstream asks of memory it gets. */
GST_START_TEST (test_downstreams_wishes)
{
  Rig rig = rig_new (FALSE);
  GstAllocationParams params = offers[__i__].params;
  g_object_set_data (G_OBJECT (rig.feed->out->sinkpad), "params", &params);
  gst_pad_set_query_function (rig.feed->out->sinkpad, answer_allocation);
  GstBuffer *buffer = pack (&rig, 0, 8);
  gpointer place = pixels_of (buffer, FULL_BYTES / 4);
  gsize offset, max_bytes;
  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++) {
    GstMemory *memory = gst_buffer_peek_memory (buffer, i);
    gsize size = gst_memory_get_sizes (memory, &offset, &max_bytes);
    fail_unless (offset >= params.prefix, "memory %u begins at %zu", i, offset);
    fail_unless (max_bytes >= offset + size + params.padding, "memory %u has %zu bytes", i,
        max_bytes);
    fail_unless (params.align < 64 || memory->align == params.align, "memory %u: %zu", i,
        memory->align);
  }
  gst_buffer_unref (buffer);
  buffer = pack (&rig, 8, 40);  /* more than a quarter: only a block has room there */
  fail_unless_equals_int (pixels_of (buffer, FULL_BYTES) == place, offers[__i__].ours);
  gst_buffer_unref (buffer);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Memory that this process has, in bytes. */
static gsize
resident (void)
{
  unsigned long n_all, n_resident = 0;
  FILE *file = fopen ("/proc/self/statm", "r");
  fail_unless (file && fscanf (file, "%lu %lu", &n_all, &n_resident) == 2);
  fclose (file);
  return n_resident * sysconf (_SC_PAGESIZE);
}

/* A live packer has the memory of a full pack before it is asked for one, and gives
 * it back when it stops; a recording has none. */
GST_START_TEST (test_ready)
{
  gboolean live = __i__;
  Rig rig = rig_new (live);
  gsize before = resident ();
  feed_frame (rig.video, 0, 3, 3, 1);
  for (guint i = 0; i < (live ? 1000 : 20) && resident () < before + FULL_BYTES; i++)
    g_usleep (10000);
  gsize ready = resident ();
  if (live)
    fail_unless (ready > before + FULL_BYTES * 9 / 10, "%zu, then %zu bytes", before, ready);
  else
    fail_unless (ready < before + FULL_BYTES / 2, "%zu, then %zu bytes", before, ready);
  gst_element_set_state (rig.feed->packer, GST_STATE_NULL);
  gsize after = resident ();
  fail_unless (!live || !FREES || after < ready - FULL_BYTES * 9 / 10, "%zu, then %zu bytes",
      ready, after);
  feed_free (rig.feed);
}

GST_END_TEST;

static Suite *
packermemory_suite (void)
{
  Suite *s = suite_create ("packermemory");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_used_again);
  tcase_add_loop_test (t, test_downstreams_wishes, 0, G_N_ELEMENTS (offers));
  tcase_add_loop_test (t, test_ready, 0, 2);
  return s;
}

GST_CHECK_MAIN (packermemory);
