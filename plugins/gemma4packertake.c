/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a cut takes out of the stores. Everything here runs with the packer's
 * lock held; what is taken is owned, so packing needs no lock. */

#include "gemma4packer.h"

#include "gemma4videometadata.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

static gint64
window_length (GstGemma4Packer *self)
{
  gint64 window = self->settings.window_ns;
  if (window == GEMMA4_WINDOW_AUTO)
    window = gemma4_packer_is_live (self)
        || gemma4_packer_trigger (self) == GEMMA4_TRIGGER_INTERVAL ? 0 : GEMMA4_WINDOW_ALL;
  return window;
}

/* What a pack that ends at @taken's PTS may have. Without a length that is what none had
 * before: a frame that begins a little before the last cut and came after it is the next
 * window's. */
static Gemma4Window
window_of (GstGemma4Packer *self, const Gemma4Taken *taken)
{
  gint64 length = window_length (self);
  Gemma4Window window = {.stop_ns = taken->stop_ns,.once = length == 0 };
  if (length > 0 && taken->pts > (GstClockTime) length)
    window.start_ns = taken->pts - length;
  else if (!taken->asked && length == 0)
    window.start_ns = self->last_cut_ns;
  return window;
}

GstClockTime
gemma4_packer_kept_from (GstGemma4Packer *self)
{
  gint64 window = window_length (self);
  GstClockTime cut_ns = self->last_cut_ns;
  if (window == GEMMA4_WINDOW_ALL)
    return 0;
  return cut_ns > (GstClockTime) window ? cut_ns - window : 0;
}

static void
take_images (GstGemma4PackerPad *pad, const Gemma4Window *window, Gemma4Taken *taken)
{
  g_autoptr (GArray) frames = gemma4_frame_store_take (&pad->frames, window);
  for (guint i = 0; i < frames->len; i++) {
    Gemma4StoredFrame frame = g_array_index (frames, Gemma4StoredFrame, i);
    Gemma4Take *take = gemma4_take_new (GEMMA4_MEDIA_IMAGE, pad->number,
        GST_PAD_NAME (pad));
    gst_buffer_ref (frame.buffer);
    g_array_append_val (take->frames, frame);
    take->n_rows = pad->specs[0].dims[0];
    take->patch_values = pad->specs[0].dims[1];
    g_ptr_array_add (taken->takes, take);
  }
}

/* KerasHub's pooler takes the width of one frame for all. Of a live camera that
 * turned, the frames of the newest width stay; a recording is refused by the core. */
static void
skip_other_widths (GstGemma4Packer *self, GstGemma4PackerPad *pad, GArray *frames)
{
  guint n = frames->len, place = n;
  guint newest = g_array_index (frames, Gemma4StoredFrame, n - 1).n_columns;
  while (place && g_array_index (frames, Gemma4StoredFrame, place - 1).n_columns == newest)
    place--;
  if (!place)
    return;
  gemma4_packer_lost (self, gemma4_packer_dropped (self, pad, "size-changed", n, n - place));
  g_array_remove_range (frames, 0, place);
}

GstStructure *
gemma4_packer_video_metadata (GstGemma4PackerPad *pad, guint place)
{
  GST_OBJECT_LOCK (pad);
  GstStructure *metadata = gemma4_video_metadata_of (pad->video_metadata, place);
  GST_OBJECT_UNLOCK (pad);
  return metadata;
}

static void
take_video (GstGemma4Packer *self, GstGemma4PackerPad *pad, guint place,
    const Gemma4Window *window, Gemma4Taken *taken)
{
  g_autoptr (GArray) frames = gemma4_frame_store_take (&pad->frames, window);
  if (!frames->len)
    return;
  if (self->target == GEMMA4_TARGET_KERASHUB && gemma4_packer_is_live (self))
    skip_other_widths (self, pad, frames);
  Gemma4Take *take = gemma4_take_new (GEMMA4_MEDIA_VIDEO, pad->number,
      GST_PAD_NAME (pad));
  take->metadata = gemma4_packer_video_metadata (pad, place);
  g_array_unref (take->frames);
  take->frames = g_steal_pointer (&frames);
  take->n_rows = pad->specs[0].dims[0];
  take->patch_values = pad->specs[0].dims[1];
  g_ptr_array_add (taken->takes, take);
}

/* No video may have more than num-frames-per-video, for KerasHub stills included;
 * transformers stacks all videos of a pack, so all get as many as the shortest. */
static void
thin_videos (GstGemma4Packer *self, const Gemma4Taken *taken)
{
  Gemma4Target target = self->target;
  guint limit = self->settings.pack.num_frames_per_video, longest = 0;
  guint n_stills = target == GEMMA4_TARGET_KERASHUB ? gemma4_packer_n_stills (taken) : 0;
  guint n_frames = limit - MIN (n_stills, limit - 1);
  const Gemma4Take *longest_take = NULL;
  for (guint i = 0; i < taken->takes->len; i++) {
    const Gemma4Take *take = g_ptr_array_index (taken->takes, i);
    if (take->kind != GEMMA4_MEDIA_VIDEO || take->is_still)
      continue;
    longest_take = take->frames->len > longest ? take : longest_take;
    longest = MAX (longest, take->frames->len);
    if (target == GEMMA4_TARGET_TRANSFORMERS)
      n_frames = MIN (n_frames, take->frames->len);
  }
  for (guint i = 0; i < taken->takes->len; i++) {
    Gemma4Take *take = g_ptr_array_index (taken->takes, i);
    if (take->kind == GEMMA4_MEDIA_VIDEO && take->frames->len > n_frames)
      gemma4_take_thin_for (take, target, n_frames, taken->asked_live);
  }
  if (n_frames < MIN (longest, limit - MIN (n_stills, limit - 1)))
    gemma4_packer_lost (self, gemma4_packer_dropped_of (self, longest_take->pad_name,
            "videos-of-different-length", longest, n_frames));
}

/* mm:ss counts from the earliest thing that any video showed in the window, or, on the
 * screen already, before it. Without a length the window begins at the last cut, or at a
 * frame that is older and no pack had; a window that was longer before may have left more. */
static GstClockTime
stamp_origin (GstGemma4Packer *self, const Gemma4Window *window, const Gemma4Taken *taken)
{
  GstClockTime origin = GST_CLOCK_TIME_NONE;
  GstClockTime start_ns = window->once ? self->last_cut_ns : window->start_ns;
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == GEMMA4_PAD_VIDEO)
      origin = MIN (origin, gemma4_frame_store_first_shown (&pad->frames, start_ns,
              window->stop_ns));
  }
  for (guint i = 0; i < taken->takes->len; i++) {
    const Gemma4Take *take = g_ptr_array_index (taken->takes, i);
    if (take->kind == GEMMA4_MEDIA_VIDEO)
      origin = MIN (origin, g_array_index (take->frames, Gemma4StoredFrame, 0).running_ns);
  }
  return origin;
}

/* Gives up what no later window can want. */
static void
forget (GstGemma4PackerPad *pad, const Gemma4Window *window)
{
  if (pad->kind == GEMMA4_PAD_AUDIO && window->once)
    gemma4_row_store_drop_taken (&pad->rows);
  else if (pad->kind == GEMMA4_PAD_AUDIO)
    gemma4_row_store_drop_before (&pad->rows, window->start_ns);
  else if (gemma4_pad_is_media (pad) && window->once)
    gemma4_frame_store_drop_taken (&pad->frames, window->stop_ns);
  else if (gemma4_pad_is_media (pad))
    gemma4_frame_store_drop_before (&pad->frames, window->start_ns);
}

/* The stream time of a running time, by the first media that has one. */
static GstClockTime
stream_time (GstGemma4Packer *self, GstClockTime running_ns)
{
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    guint64 position, stream_ns;
    /* the end of a pack may lie behind that of the segment */
    if (gemma4_pad_is_media (pad) && pad->segment.format == GST_FORMAT_TIME
        && gst_segment_position_from_running_time_full (&pad->segment, GST_FORMAT_TIME,
            gemma4_shifted_time (running_ns, pad->ahead_ns), &position) > 0
        && gst_segment_to_stream_time_full (&pad->segment, GST_FORMAT_TIME, position,
            &stream_ns) > 0)
      return stream_ns;
  }
  return GST_CLOCK_TIME_NONE;
}

static void
set_end (GstGemma4Packer *self, Gemma4Cut *cut, Gemma4Taken *taken)
{
  GstClockTime end = gemma4_packer_end_of_media (self);
  if (gemma4_cut_is_now (self, cut) && !GST_CLOCK_TIME_IS_VALID (cut->time_ns))
    cut->time_ns = end;
  taken->stop_ns = cut->time_ns;
  taken->pts = GST_CLOCK_TIME_IS_VALID (cut->time_ns) ? cut->time_ns : end;
  taken->stream_ns = stream_time (self, taken->pts);
}

/* Where what was taken begins. A window without a length reaches back to the last cut, or
 * to what came behind it late; no window behind the segment that is played. */
static GstClockTime
begin_of (GstGemma4Packer *self, const Gemma4Window *window, const Gemma4Taken *taken)
{
  GstClockTime begin = window->once ? MIN (self->last_cut_ns, taken->pts)
      : MAX (window->start_ns, self->pass_ns);
  for (guint i = 0; i < taken->takes->len; i++)
    begin = MIN (begin, gemma4_take_begin (g_ptr_array_index (taken->takes, i)));
  return begin;
}

void
gemma4_packer_take (GstGemma4Packer *self, Gemma4Cut *cut, guint place,
    Gemma4Taken *taken)
{
  *taken = (Gemma4Taken) {
    .takes = g_ptr_array_new_with_free_func ((GDestroyNotify) gemma4_take_free),
    .target = self->target,
    .asked = gemma4_cut_is_asked (cut),
    .asked_live = gemma4_packer_is_live (self) && gemma4_cut_is_asked (cut),
  };
  set_end (self, cut, taken);
  Gemma4Window window = window_of (self, taken);
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == GEMMA4_PAD_IMAGE)
      take_images (pad, &window, taken);
    else if (pad->kind == GEMMA4_PAD_VIDEO)
      take_video (self, pad, place, &window, taken);
    else if (pad->kind == GEMMA4_PAD_AUDIO)
      gemma4_packer_take_audio (self, pad, &window, taken);
  }
  taken->start_ns = begin_of (self, &window, taken);
  gemma4_packer_add_screens (self, place, taken);
  thin_videos (self, taken);
  taken->origin_ns = stamp_origin (self, &window, taken);
  gemma4_packer_tell_blind (self, taken);
  self->last_cut_ns = MAX (self->last_cut_ns, taken->pts);
  for (guint i = 0; i < self->pads->len; i++)
    forget (g_ptr_array_index (self->pads, i), &window);
}

void
gemma4_taken_clear (Gemma4Taken *taken)
{
  g_clear_pointer (&taken->takes, g_ptr_array_unref);
}
