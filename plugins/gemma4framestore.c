/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4framestore.h"

/* Times shown are 8 bytes each; at 60 a second this remembers 4.5 minutes. Of
 * what lies further back only the first is known. */
#define MAX_SHOWN 16384

static void
clear_frame (gpointer frame)
{
  gst_clear_buffer (&((Gemma4StoredFrame *) frame)->buffer);
}

void
gemma4_frame_store_init (Gemma4FrameStore *store, guint capacity, gboolean thin)
{
  *store = (Gemma4FrameStore) {
    .frames = g_array_new (FALSE, FALSE, sizeof (Gemma4StoredFrame)),
    .shown = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .capacity = capacity,
    .thin = thin,
  };
  g_array_set_clear_func (store->frames, clear_frame);
}

void
gemma4_frame_store_clear (Gemma4FrameStore *store)
{
  g_clear_pointer (&store->frames, g_array_unref);
  g_clear_pointer (&store->shown, g_array_unref);
}

void
gemma4_frame_store_empty (Gemma4FrameStore *store)
{
  g_array_set_size (store->frames, 0);
  g_array_set_size (store->shown, 0);
  store->n_dropped = 0;
}

/* The grid of a padded list of positions: x and y of its last patch, plus 1. */
static gboolean
read_grid (const gint32 *positions, guint64 n_rows, Gemma4StoredFrame *frame)
{
  guint64 n = n_rows;
  while (n > 0 && positions[2 * (n - 1)] < 0)
    n--;
  if (n == 0 || positions[2 * (n - 1) + 1] < 0)
    return FALSE;
  frame->n_columns = (guint) positions[2 * (n - 1)] + 1;
  frame->n_lines = (guint) positions[2 * (n - 1) + 1] + 1;
  return (guint64) frame->n_columns * frame->n_lines == n;
}

gboolean
gemma4_stored_frame_read (Gemma4StoredFrame *frame, GstBuffer *buffer,
    const Gemma4TensorSpec specs[2])
{
  GstMapInfo map;
  if (gst_buffer_n_memory (buffer) != 2
      || gst_buffer_peek_memory (buffer, 0)->size < gemma4_tensor_bytes (&specs[0])
      || !gemma4_tensors_map (buffer, 1, gemma4_tensor_bytes (&specs[1]), &map,
          GST_MAP_READ))
    return FALSE;
  gboolean ok = read_grid ((const gint32 *) map.data, specs[1].dims[0], frame);
  gst_memory_unmap (map.memory, &map);
  if (ok)
    frame->buffer = gst_buffer_ref (buffer);
  return ok;
}

/* Times are sorted: PTS may jump back a little. */
static guint
count_shown_before (const Gemma4FrameStore *store, GstClockTime running_ns)
{
  guint n = store->shown->len;
  while (n && g_array_index (store->shown, guint64, n - 1) >= running_ns)
    n--;
  return n;
}

static guint
count_before (const Gemma4FrameStore *store, GstClockTime running_ns)
{
  guint n = store->frames->len;
  while (n
      && g_array_index (store->frames, Gemma4StoredFrame, n - 1).running_ns >= running_ns)
    n--;
  return n;
}

void
gemma4_frame_store_gap (Gemma4FrameStore *store, GstClockTime running_ns)
{
  if (store->shown->len == MAX_SHOWN)
    g_array_remove_range (store->shown, 1, MAX_SHOWN / 2);
  g_array_insert_val (store->shown, count_shown_before (store, running_ns + 1), running_ns);
}

static void
make_room (Gemma4FrameStore *store)
{
  guint before = store->frames->len;
  if (store->thin) {
    for (guint i = before / 2; i-- > 0;)
      g_array_remove_index (store->frames, 2 * i + 1);
  } else {
    g_array_remove_index (store->frames, 0);
  }
  store->n_dropped += before - store->frames->len;
}

void
gemma4_frame_store_resize (Gemma4FrameStore *store, guint capacity)
{
  store->capacity = capacity;
}

void
gemma4_frame_store_push (Gemma4FrameStore *store, const Gemma4StoredFrame *frame)
{
  gemma4_frame_store_gap (store, frame->running_ns);
  while (store->frames->len >= store->capacity)
    make_room (store);
  g_array_insert_vals (store->frames, count_before (store, frame->running_ns + 1), frame,
      1);
}

void
gemma4_frame_store_drop_before (Gemma4FrameStore *store, GstClockTime running_ns)
{
  guint n = count_before (store, running_ns);
  if (n)
    g_array_remove_range (store->frames, 0, n);
  n = count_shown_before (store, running_ns);
  if (n)
    g_array_remove_range (store->shown, 0, n);
}

void
gemma4_frame_store_drop_taken (Gemma4FrameStore *store, GstClockTime stop_ns)
{
  for (guint i = store->frames->len; i-- > 0;) {
    if (g_array_index (store->frames, Gemma4StoredFrame, i).taken)
      g_array_remove_index (store->frames, i);
  }
  guint n = count_shown_before (store, stop_ns);
  if (n)
    g_array_remove_range (store->shown, 0, n);
}

GstClockTime
gemma4_frame_store_first_shown (const Gemma4FrameStore *store, GstClockTime start_ns,
    GstClockTime stop_ns)
{
  guint i = count_shown_before (store, start_ns);
  if (i == store->shown->len)
    return GST_CLOCK_TIME_NONE;
  guint64 time = g_array_index (store->shown, guint64, i);
  return time < stop_ns ? time : GST_CLOCK_TIME_NONE;
}

gboolean
gemma4_frame_store_has_untaken (const Gemma4FrameStore *store)
{
  for (guint i = store->frames ? store->frames->len : 0; i-- > 0;) {
    if (!g_array_index (store->frames, Gemma4StoredFrame, i).taken)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_in (const Gemma4StoredFrame *frame, const Gemma4Window *window)
{
  return frame->running_ns < window->stop_ns
      && (window->once ? !frame->taken : frame->running_ns >= window->start_ns);
}

GArray *
gemma4_frame_store_take (Gemma4FrameStore *store, const Gemma4Window *window)
{
  GArray *taken = g_array_new (FALSE, FALSE, sizeof (Gemma4StoredFrame));
  g_array_set_clear_func (taken, clear_frame);
  for (guint i = 0; i < store->frames->len; i++) {
    Gemma4StoredFrame *frame = &g_array_index (store->frames, Gemma4StoredFrame, i);
    if (!is_in (frame, window))
      continue;
    frame->taken = TRUE;
    gst_buffer_ref (frame->buffer);
    g_array_append_val (taken, *frame);
  }
  return taken;
}

void
gemma4_frame_store_shift (Gemma4FrameStore *store, gint64 shift_ns)
{
  for (guint i = 0; i < store->frames->len; i++) {
    Gemma4StoredFrame *frame = &g_array_index (store->frames, Gemma4StoredFrame, i);
    frame->running_ns = gemma4_shifted_time (frame->running_ns, shift_ns);
  }
  for (guint i = 0; i < store->shown->len; i++) {
    guint64 *shown_ns = &g_array_index (store->shown, guint64, i);
    *shown_ns = gemma4_shifted_time (*shown_ns, shift_ns);
  }
}
