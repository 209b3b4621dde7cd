/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videoclip.h"

typedef struct
{
  GstBuffer *tensors;
  guint64 index;                /* its place in the clip, from 0 */
} Frame;

static void
clear_frame (gpointer frame)
{
  gst_buffer_unref (((Frame *) frame)->tensors);
}

static GArray *
new_frames (void)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  g_array_set_clear_func (frames, clear_frame);
  return frames;
}

void
gemma4_video_clip_init (Gemma4VideoClip *self)
{
  *self = (Gemma4VideoClip) {.kept = new_frames (),.chosen = new_frames () };
}

void
gemma4_video_clip_free (Gemma4VideoClip *self)
{
  g_clear_pointer (&self->kept, g_array_unref);
  g_clear_pointer (&self->chosen, g_array_unref);
}

void
gemma4_video_clip_empty (Gemma4VideoClip *self)
{
  g_array_set_size (self->kept, 0);
  g_array_set_size (self->chosen, 0);
  gemma4_select_reset (&self->select);
  self->told = 0;
  self->choosing = self->incomplete = self->first_is_sent = FALSE;
}

guint
gemma4_video_clip_give_up (Gemma4VideoClip *self)
{
  guint n = self->kept->len;
  gboolean incomplete = self->incomplete || n > 0;
  gemma4_video_clip_empty (self);
  self->incomplete = incomplete;
  return n;
}

void
gemma4_video_clip_change (Gemma4VideoClip *self)
{
  g_array_set_size (self->chosen, 0);
  self->choosing = FALSE;
}

/* Places in the clip that were shown. */
static guint64
n_shown (const Gemma4Select *clip)
{
  return clip->thinner.n_seen;
}

gboolean
gemma4_video_clip_is_full (const Gemma4VideoClip *self, const Gemma4Select *clip)
{
  return clip->thinner.stride == 1 && n_shown (clip) == clip->thinner.capacity;
}

static void
append (GArray *frames, GstBuffer *tensors, guint64 index)
{
  Frame frame = { gst_buffer_ref (tensors), index };
  g_array_append_val (frames, frame);
}

/* All frames so far are kept: the choice begins with the first of them. */
void
gemma4_video_clip_tell (Gemma4VideoClip *self, const Gemma4Select *clip, guint64 total)
{
  self->told = total;
  self->choosing = total > n_shown (clip);
  if (!self->choosing)
    return;
  Gemma4SelectParams params = clip->params;
  params.rule = GEMMA4_SELECT_INDEX;
  params.total = total;
  gemma4_select_reset (&self->select);
  gemma4_select_start (&self->select, &params);
  for (guint64 i = 0, place = 0; i < n_shown (clip); i++) {
    const Frame *frame = &g_array_index (self->kept, Frame, place);
    gboolean there = place < self->kept->len && frame->index == i;
    if (gemma4_select_frame (&self->select, i, GST_CLOCK_TIME_NONE) == GEMMA4_SELECT_TAKE
        && there)
      append (self->chosen, frame->tensors, i);
    place += there;
  }
}

/* Of the kept frames those stay that the wider stride keeps too. */
static void
thin (Gemma4VideoClip *self, guint64 stride)
{
  for (guint i = self->kept->len; i-- > 0;) {
    if (g_array_index (self->kept, Frame, i).index % stride != 0)
      g_array_remove_index (self->kept, i);
  }
}

gboolean
gemma4_video_clip_next (Gemma4VideoClip *self, Gemma4Select *clip, GstClockTime time_ns,
    GstClockTime duration_ns)
{
  Gemma4Verdict verdict = gemma4_select_frame (clip, time_ns, duration_ns);
  if (verdict == GEMMA4_SELECT_KEEP_HALVED)
    thin (self, clip->thinner.stride);
  gboolean chosen = self->choosing && gemma4_select_frame (&self->select, time_ns,
      duration_ns) == GEMMA4_SELECT_TAKE;
  self->chosen_now = chosen;
  self->kept_now = verdict != GEMMA4_SELECT_PASS;
  return self->chosen_now || self->kept_now;
}

void
gemma4_video_clip_add (Gemma4VideoClip *self, const Gemma4Select *clip, GstBuffer *tensors)
{
  guint64 index = n_shown (clip) - 1;
  if (!tensors) {
    self->incomplete = TRUE;
    return;
  }
  if (self->kept_now)
    append (self->kept, tensors, index);
  if (self->chosen_now)
    append (self->chosen, tensors, index);
  gst_buffer_unref (tensors);
}

GstBuffer *
gemma4_video_clip_first (Gemma4VideoClip *self)
{
  if (self->first_is_sent || self->kept->len == 0)
    return NULL;
  self->first_is_sent = TRUE;
  return g_array_index (self->kept, Frame, 0).tensors;
}

static gboolean
told_was_right (const Gemma4VideoClip *self, const Gemma4Select *clip)
{
  return self->choosing && self->told == n_shown (clip);
}

gboolean
gemma4_video_clip_is_exact (const Gemma4VideoClip *self, const Gemma4Select *clip)
{
  return !self->incomplete && (clip->thinner.stride <= 1 || told_was_right (self, clip));
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  guint64 x = ((const Frame *) a)->index, y = ((const Frame *) b)->index;
  return x < y ? -1 : x > y;
}

/* All that is there, in order; some frames twice. A told length that was wrong by little
 * has chosen frames that are nearer than a stride. */
static GArray *
merge (const Gemma4VideoClip *self)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  g_array_append_vals (frames, self->kept->data, self->kept->len);
  g_array_append_vals (frames, self->chosen->data, self->chosen->len);
  g_array_sort (frames, compare_places);
  return frames;
}

/* The frame nearest to @index, from place @from on. */
static guint
nearest (const GArray *array, guint from, guint64 index)
{
  const Frame *frames = (const Frame *) array->data;
  guint place = from;
  while (place + 1 < array->len && frames[place + 1].index <= index)
    place++;
  if (place + 1 < array->len && frames[place].index < index
      && frames[place + 1].index - index <= index - frames[place].index)
    place++;
  return place;
}

static void
add_nearest (const Gemma4VideoClip *self, const Gemma4Select *clip, GPtrArray *frames)
{
  const Gemma4SelectParams *p = &clip->params;
  guint64 n = MIN (p->n_frames, n_shown (clip));
  g_autoptr (GArray) all = merge (self);
  guint next = 0;
  for (guint64 i = 0; i < n && next < all->len; i++) {
    guint64 index = gemma4_clip_index (p->target, i, p->n_frames, n_shown (clip));
    const Frame *taken = &g_array_index (all, Frame, nearest (all, next, index));
    g_ptr_array_add (frames, gst_buffer_ref (taken->tensors));
    while (next < all->len && g_array_index (all, Frame, next).index <= taken->index)
      next++;
  }
}

GPtrArray *
gemma4_video_clip_frames (const Gemma4VideoClip *self, const Gemma4Select *clip)
{
  GPtrArray *frames = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  if (clip->thinner.stride <= 1 || !told_was_right (self, clip))
    add_nearest (self, clip, frames);
  else
    for (guint i = 0; i < self->chosen->len; i++)
      g_ptr_array_add (frames, gst_buffer_ref (g_array_index (self->chosen, Frame, i).tensors));
  if (self->first_is_sent && frames->len > 0)
    g_ptr_array_remove_index (frames, 0);
  return frames;
}
