/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4take.h"

#include "gemma4framestore.h"

static void
clear_frame (gpointer frame)
{
  gst_clear_buffer (&((Gemma4StoredFrame *) frame)->buffer);
}

Gemma4Take *
gemma4_take_new (Gemma4MediaKind kind, guint number, const gchar *pad_name)
{
  Gemma4Take *take = g_new0 (Gemma4Take, 1);
  take->refs = 1;
  take->kind = kind;
  take->number = number;
  take->pad_name = g_strdup (pad_name);
  take->frames = g_array_new (FALSE, FALSE, sizeof (Gemma4StoredFrame));
  g_array_set_clear_func (take->frames, clear_frame);
  return take;
}

Gemma4Take *
gemma4_take_ref (Gemma4Take *take)
{
  g_atomic_int_inc (&take->refs);
  return take;
}

void
gemma4_take_free (Gemma4Take *take)
{
  if (!g_atomic_int_dec_and_test (&take->refs))
    return;
  g_array_unref (take->frames);
  g_clear_pointer (&take->metadata, gst_structure_free);
  g_free (take->pad_name);
  g_free (take->rows);
  g_free (take->clips);
  g_free (take);
}

GstClockTime
gemma4_take_begin (const Gemma4Take *take)
{
  if (take->kind == GEMMA4_MEDIA_AUDIO)
    return take->n_clips ? take->clips[0].running_ns : GST_CLOCK_TIME_NONE;
  return take->frames->len ? g_array_index (take->frames, Gemma4StoredFrame, 0).running_ns
      : GST_CLOCK_TIME_NONE;
}

void
gemma4_take_thin (Gemma4Take *take, Gemma4Target target, guint n_frames)
{
  guint n_total = take->frames->len;
  for (guint i = 0; i < n_frames; i++) {
    guint place = gemma4_clip_index (target, i, n_frames, n_total);
    Gemma4StoredFrame *frames = (Gemma4StoredFrame *) take->frames->data;
    Gemma4StoredFrame kept = frames[place];
    frames[place] = frames[i];
    frames[i] = kept;
  }
  g_array_set_size (take->frames, n_frames);
}

void
gemma4_take_stretch (Gemma4Take *take, guint n_frames)
{
  Gemma4StoredFrame frame = g_array_index (take->frames, Gemma4StoredFrame, 0);
  while (take->frames->len < n_frames) {
    gst_buffer_ref (frame.buffer);
    g_array_append_val (take->frames, frame);
  }
  g_array_set_size (take->frames, n_frames);
}

gboolean
gemma4_take_has (const Gemma4Take *take, const GstBuffer *buffer)
{
  for (guint i = 0; i < take->frames->len; i++) {
    if (g_array_index (take->frames, Gemma4StoredFrame, i).buffer == buffer)
      return TRUE;
  }
  return FALSE;
}
