/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is on the screen when a prompt is asked: the newest frame of every live video
 * belongs to it, also where a pack before had it. All with the packer's lock held. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* A camera that was late for this long and the latency shows nothing any more. */
#define PATIENCE GST_SECOND

void
gemma4_packer_forget_screen (GstGemma4PackerPad *pad)
{
  gst_clear_buffer (&pad->screen.buffer);
}

/* The newest frame before the cut, which stays when the store gives it up. */
static const Gemma4StoredFrame *
look_at_screen (GstGemma4PackerPad *pad, GstClockTime stop_ns)
{
  const GArray *frames = pad->frames.frames;
  for (guint i = frames->len; i-- > 0;) {
    const Gemma4StoredFrame *frame = &g_array_index (frames, Gemma4StoredFrame, i);
    if (frame->running_ns >= stop_ns)
      continue;
    if (!pad->screen.buffer || pad->screen.running_ns <= frame->running_ns
        || pad->screen.running_ns >= stop_ns) {
      gst_buffer_replace (&pad->screen.buffer, frame->buffer);
      GstBuffer *buffer = pad->screen.buffer;
      pad->screen = *frame;
      pad->screen.buffer = buffer;
    }
    break;
  }
  return pad->screen.buffer && pad->screen.running_ns < stop_ns ? &pad->screen : NULL;
}

static gboolean
plays (const GstGemma4PackerPad *pad, GstClockTime cut_ns)
{
  return gemma4_pad_is_media (pad) && pad->started
      && !gemma4_packer_pad_had_ended (pad, cut_ns) && gemma4_pad_is_linked (pad);
}

static gboolean
shows_something (GstGemma4Packer *self, const GstGemma4PackerPad *pad, GstClockTime cut_ns)
{
  return plays (pad, cut_ns) && pad->live && pad->has_shown && !pad->stale
      && MAX (pad->shown_ns, pad->end_ns) + PATIENCE + gemma4_packer_latency (self)
      + pad->upstream_latency_ns >= cut_ns;
}

static Gemma4Take *
find_take (const GstGemma4PackerPad *pad, const Gemma4Taken *taken)
{
  for (guint i = 0; i < taken->takes->len; i++) {
    Gemma4Take *take = g_ptr_array_index (taken->takes, i);
    if ((guint) take->kind == (guint) pad->kind && take->number == pad->number)
      return take;
  }
  return NULL;
}

/* Takes are sorted by kind, then number. */
static Gemma4Take *
add_still (GstGemma4PackerPad *pad, Gemma4Taken *taken)
{
  Gemma4Take *take = gemma4_take_new (GEMMA4_MEDIA_VIDEO, pad->number, GST_PAD_NAME (pad));
  guint place = 0;
  for (; place < taken->takes->len; place++) {
    const Gemma4Take *next = g_ptr_array_index (taken->takes, place);
    if (next->kind > take->kind || (next->kind == take->kind && next->number > take->number))
      break;
  }
  take->is_still = TRUE;
  take->n_rows = pad->specs[0].dims[0];
  take->patch_values = pad->specs[0].dims[1];
  g_ptr_array_insert (taken->takes, place, take);
  return take;
}

/* Frames that came late are older than what is on the screen. */
static void
add_screen (GstGemma4Packer *self, GstGemma4PackerPad *pad, const Gemma4StoredFrame *screen,
    Gemma4Taken *taken)
{
  Gemma4Take *take = find_take (pad, taken);
  if (take && gemma4_take_has (take, screen->buffer))
    return;
  if (!take)
    take = add_still (pad, taken);
  else if (self->target == GEMMA4_TARGET_KERASHUB
      && g_array_index (take->frames, Gemma4StoredFrame, 0).n_columns != screen->n_columns)
    g_array_set_size (take->frames, 0);
  Gemma4StoredFrame frame = *screen;
  gst_buffer_ref (frame.buffer);
  g_array_append_val (take->frames, frame);
}

/* video-metadata says of which frames a video is made: no other is added. */
static gboolean
has_metadata (GstGemma4PackerPad *pad, guint place)
{
  g_autoptr (GstStructure) metadata = gemma4_packer_video_metadata (pad, place);
  return metadata != NULL;
}

void
gemma4_packer_add_screens (GstGemma4Packer *self, guint place, Gemma4Taken *taken)
{
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind != GEMMA4_PAD_VIDEO || !pad->live)
      continue;
    const Gemma4StoredFrame *screen = look_at_screen (pad, taken->stop_ns);
    if (screen && taken->asked_live && shows_something (self, pad, taken->pts)
        && !has_metadata (pad, place))
      add_screen (self, pad, screen, taken);
  }
}

/* A picture of an earlier turn is seen again; a sound of then is not that of now. */
static gboolean
is_blind (GstGemma4Packer *self, const GstGemma4PackerPad *pad, const Gemma4Taken *taken)
{
  return plays (pad, taken->stop_ns) && !pad->is_short && !find_take (pad, taken)
      && (pad->kind == GEMMA4_PAD_AUDIO || !gemma4_history_has_pad (&self->history,
              self->settings.history, GST_PAD_NAME (pad)));
}

void
gemma4_packer_tell_blind (GstGemma4Packer *self, const Gemma4Taken *taken)
{
  if (!taken->asked)
    return;
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (is_blind (self, pad, taken))
      gemma4_packer_lost (self, gemma4_packer_dropped (self, pad,
              pad->kind == GEMMA4_PAD_AUDIO ? "no-sound" : "no-picture", 0, 0));
  }
}

guint
gemma4_packer_n_stills (const Gemma4Taken *taken)
{
  guint n = 0;
  for (guint i = 0; i < taken->takes->len; i++)
    n += ((const Gemma4Take *) g_ptr_array_index (taken->takes, i))->is_still;
  return n;
}

void
gemma4_take_thin_for (Gemma4Take *take, Gemma4Target target, guint n_frames,
    gboolean asked)
{
  if (!asked || take->metadata) {
    gemma4_take_thin (take, target, n_frames);
    return;
  }
  Gemma4StoredFrame newest = g_array_index (take->frames, Gemma4StoredFrame,
      take->frames->len - 1);
  gst_buffer_ref (newest.buffer);
  gemma4_take_thin (take, target, n_frames);
  Gemma4StoredFrame *last = &g_array_index (take->frames, Gemma4StoredFrame, n_frames - 1);
  gst_buffer_unref (last->buffer);
  *last = newest;
}
