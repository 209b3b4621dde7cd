/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a pack has of a sound: up to 30 s, or as many clips of them as there may be.
 * Everything here runs with the packer's lock held. */

#include "gemma4packer.h"

#include <string.h>

static gboolean
splits (GstGemma4Packer *self)
{
  return self->settings.audio_overflow == GEMMA4_AUDIO_OVERFLOW_SPLIT;
}

/* Which end of a sound stays: upstream's converters keep the first of a recording. */
static gboolean
keeps_first (GstGemma4Packer *self)
{
  Gemma4AudioOverflow overflow = self->settings.audio_overflow;
  if (overflow == GEMMA4_AUDIO_OVERFLOW_FIRST || overflow == GEMMA4_AUDIO_OVERFLOW_NEWEST)
    return overflow == GEMMA4_AUDIO_OVERFLOW_FIRST;
  return !gemma4_packer_is_live (self) && self->settings.window_ns <= 0
      && gemma4_packer_trigger (self) == GEMMA4_TRIGGER_EOS;
}

guint
gemma4_packer_most_clips (GstGemma4Packer *self)
{
  return splits (self) ? MAX (self->settings.pack.max_audio_clips_per_prompt, 1) : 1;
}

/* A window that slides needs the newest rows, whatever it keeps of them. */
void
gemma4_packer_limit_sound (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  pad->rows.keeps_first = keeps_first (self) && self->settings.window_ns <= 0;
}

/* The part of a sound that a pack has, in samples behind the store's origin. */
typedef struct
{
  guint64 begin, end;           /* begin is that of a row */
  guint64 asked_end;            /* of the window */
  guint64 wanted;               /* samples of the whole window */
  guint n_clips;                /* that it may have */
} Part;

/* Clips that are left for a pad, those behind it having one each. */
static guint
clips_for (GstGemma4Packer *self, const GstGemma4PackerPad *pad, const Gemma4Taken *taken)
{
  guint n = gemma4_packer_most_clips (self), n_used = 0;
  for (guint i = 0; i < taken->takes->len; i++)
    n_used += ((const Gemma4Take *) g_ptr_array_index (taken->takes, i))->n_clips;
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *other = g_ptr_array_index (self->pads, i);
    n_used += other->kind == GEMMA4_PAD_AUDIO && other->number > pad->number
        && GST_CLOCK_TIME_IS_VALID (other->rows.origin_ns);
  }
  return n > n_used ? n - n_used : 1;
}

static Part
part_of (GstGemma4Packer *self, GstGemma4PackerPad *pad, const Gemma4Window *window,
    const Gemma4Taken *taken)
{
  const Gemma4RowStore *rows = &pad->rows;
  guint64 hop = rows->hop, sound = rows->n_samples;
  guint64 asked = gemma4_row_store_begin_of (rows, window) * hop;
  Part part = {.n_clips = clips_for (self, pad, taken) };
  guint64 stop = window->stop_ns == GST_CLOCK_TIME_NONE ? G_MAXUINT64
      : gemma4_row_store_sample_at (rows, window->stop_ns);
  if (stop > sound)
    sound = MIN (sound, pad->list_from);
  sound = MIN (sound, stop);
  guint64 most = (guint64) part.n_clips * self->settings.pack.clip_rows * hop;
  part.begin = MAX (asked, rows->first * hop);
  part.end = part.asked_end = MAX (sound, part.begin);
  asked = rows->lost * hop > asked ? asked : part.begin;
  part.wanted = sound > asked ? sound - asked : 0;
  if (part.end - part.begin > most && keeps_first (self))
    part.end = part.begin + most;
  else if (part.end - part.begin > most)
    part.begin = (part.end - most + hop - 1) / hop * hop;
  return part;
}

static guint64
valid_rows (GstGemma4Packer *self, guint64 n_samples)
{
  Gemma4LogMelParams mel = *self->preset->audio;
  mel.framing = self->target == GEMMA4_TARGET_TRANSFORMERS ?
      GEMMA4_FRAMING_TRANSFORMERS : GEMMA4_FRAMING_KERASHUB;
  return self->settings.pack.raw_audio ? gemma4_raw_frames_n_rows (n_samples)
      : gemma4_logmel_valid_rows (&mel, n_samples);
}

gboolean
gemma4_packer_sound_is_left (GstGemma4Packer *self, const GstGemma4PackerPad *pad)
{
  guint64 had = pad->rows.next * pad->rows.hop;
  return pad->rows.n_samples > had && valid_rows (self, pad->rows.n_samples - had) > 0;
}

/* The clip from sample @begin on, if it has a row. The rows behind the end of a sound
 * still hear its tail; at a cut inside it they are silent. */
static gboolean
add_clip (GstGemma4Packer *self, const GstGemma4PackerPad *pad, guint64 begin,
    guint64 n_samples, Gemma4Take *take)
{
  const Gemma4RowStore *rows = &pad->rows;
  guint64 k = begin / rows->hop, limit = self->settings.pack.clip_rows;
  guint64 here = rows->first + rows->n_rows > k ? rows->first + rows->n_rows - k : 0;
  guint64 n_valid = MIN (valid_rows (self, n_samples), here);
  gboolean whole = begin + n_samples == rows->n_samples && (pad->end || rows->has_tail);
  if (!n_valid)
    return FALSE;
  take->clips[take->n_clips++] = (Gemma4TakenClip) {
    .clip = {.n_rows = MIN (whole ? here : n_valid, limit),.n_valid = n_valid,
        .n_samples = n_samples},
    .running_ns = gemma4_row_store_time (rows, k),
    .stream_ns = gemma4_row_store_stream_time (rows, k),
    .duration_ns = gst_util_uint64_scale (n_samples, GST_SECOND, rows->rate_hz),
  };
  return TRUE;
}

static void
copy_rows (GstGemma4Packer *self, const Gemma4RowStore *rows, guint64 first, Gemma4Take *take)
{
  gsize n_rows = 0, row_values = rows->n_mels;
  for (guint i = 0; i < take->n_clips; i++)
    n_rows += take->clips[i].clip.n_rows;
  gfloat *to = take->rows = g_new (gfloat, n_rows * row_values);
  for (guint i = 0; i < take->n_clips; i++) {
    Gemma4Clip *clip = &take->clips[i].clip;
    memcpy (to, gemma4_row_store_row (rows, first + (guint64) i * self->settings.pack.clip_rows),
        clip->n_rows * row_values * sizeof (gfloat));
    clip->rows = to;
    to += clip->n_rows * row_values;
  }
}

/* No other pack has what this one had, nor what there was no room for. */
static void
note_taken (const Part *part, const Gemma4Take *take, guint64 limit, Gemma4RowStore *rows)
{
  const Gemma4TakenClip *last = &take->clips[take->n_clips - 1];
  guint64 k = part->begin / rows->hop + (take->n_clips - 1) * limit + last->clip.n_valid;
  gemma4_row_store_took (rows, part->end < part->asked_end ? part->asked_end / rows->hop : k);
}

static void
tell_too_long (GstGemma4Packer *self, GstGemma4PackerPad *pad, const Part *part)
{
  gboolean first = keeps_first (self), split = splits (self);
  guint64 rate_hz = pad->rows.rate_hz;
  gemma4_packer_warn (self, "%s: the sound of this prompt is %.3f s long, and %u clip%s may have "
      "%g s: only its %s packed. %s", GST_PAD_NAME (pad), (gdouble) part->wanted / rate_hz,
      part->n_clips, part->n_clips > 1 ? "s" : "",
      (gdouble) part->n_clips * self->settings.pack.clip_rows * pad->rows.hop / rate_hz,
      first ? "beginning is" : "end is",
      split ? "A larger max-audio-clips-per-prompt takes more."
      : "audio-overflow says which, and split makes further clips.");
  gemma4_packer_note (self, gemma4_packer_dropped (self, pad, "audio-too-long",
          valid_rows (self, part->wanted),
          (guint64) part->n_clips * self->settings.pack.clip_rows));
}

/* Whether the pad had ended by @stop_ns. Of a recording the end may have come before a
 * question of an earlier time is packed, or not: that says nothing of it. */
gboolean
gemma4_packer_pad_had_ended (const GstGemma4PackerPad *pad, GstClockTime stop_ns)
{
  return pad->end && (pad->live || pad->end_ns <= stop_ns);
}

static void
tell_too_short (GstGemma4Packer *self, GstGemma4PackerPad *pad, const Gemma4Taken *taken)
{
  GstMessage *message = gemma4_packer_dropped (self, pad, "audio-too-short", 0, 0);
  gboolean late = !pad->end && GST_CLOCK_TIME_IS_VALID (taken->stop_ns)
      && pad->shown_ns < taken->stop_ns;
  gst_structure_set (gst_message_writable_structure (message), "state", G_TYPE_STRING,
      gemma4_packer_pad_had_ended (pad, taken->stop_ns) ? "ended" : late ? "late" : "silent", NULL);
  gemma4_packer_lost (self, message);
}

void
gemma4_packer_take_audio (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    const Gemma4Window *window, Gemma4Taken *taken)
{
  Gemma4RowStore *rows = &pad->rows;
  guint64 limit = (guint64) self->settings.pack.clip_rows * rows->hop;
  pad->is_short = FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (rows->origin_ns))
    return;
  Part part = part_of (self, pad, window, taken);
  Gemma4Take *take = gemma4_take_new (GEMMA4_MEDIA_AUDIO, pad->number, GST_PAD_NAME (pad));
  take->clips = g_new0 (Gemma4TakenClip, part.n_clips);
  for (guint64 at = part.begin; at < part.end; at += limit) {
    if (!add_clip (self, pad, at, MIN (limit, part.end - at), take))
      break;
  }
  if (!take->n_clips) {
    gemma4_take_free (take);
    pad->is_short = part.end > part.begin || !taken->asked
        || gemma4_packer_pad_had_ended (pad, taken->stop_ns);
    if (pad->is_short)
      tell_too_short (self, pad, taken);
    return;
  }
  copy_rows (self, rows, part.begin / rows->hop, take);
  note_taken (&part, take, self->settings.pack.clip_rows, rows);
  g_ptr_array_add (taken->takes, take);
  if (part.wanted >= part.end - part.begin + rows->hop)
    tell_too_long (self, pad, &part);
}
