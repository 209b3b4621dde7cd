/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Times and samples of one stream of sound. Samples are counted from the first
 * one, and every time is computed from such a count, so that nothing drifts. */

#include <gst/audio/audio.h>

/* Timestamps that stray less than this from the count are jitter. */
#define GEMMA4_AUDIO_ALIGNMENT_THRESHOLD (40 * GST_MSECOND)

typedef struct
{
  guint rate_hz;
  GstClockTime start;           /* of sample 0; NONE before there is one */
  GstAudioStreamAlign *align;
  guint64 n_overlap;            /* samples to come that were there before */
} Gemma4AudioTime;

/* Begins a new stream; @self is zero or was initialised before. */
void gemma4_audio_time_init (Gemma4AudioTime * self, guint rate_hz);
void gemma4_audio_time_clear (Gemma4AudioTime * self);

/* The time of sample @n; start must be known. */
GstClockTime gemma4_audio_time_of (const Gemma4AudioTime * self, guint64 n);

/* The sample nearest to @time; 0 for times before the start. */
guint64 gemma4_audio_time_sample_at (const Gemma4AudioTime * self, GstClockTime time);

/**
 * gemma4_audio_time_clip:
 * Which of @n_samples lie in a segment, by their count alone: a wrong DURATION of
 * their buffer does no harm.
 * @pts: (inout): of the first of them; NONE lies in any segment
 * @n_before: (out): how many lie before the first that is in
 * Returns: how many are in.
 */
guint gemma4_audio_time_clip (const Gemma4AudioTime * self, const GstSegment * segment,
    GstClockTime * pts, guint n_samples, guint * n_before);

/**
 * gemma4_audio_time_place:
 * Where the next @n_samples belong, after @position samples of the stream. Sets
 * the start if there is none.
 * @time: of the first of them; NONE is right behind the last one
 * @n_missing: (out): samples that are missing before them
 * @n_late: (out): how many of them, from their first on, were there before
 * Returns: whether they do not continue what came before.
 */
gboolean gemma4_audio_time_place (Gemma4AudioTime * self, GstClockTime time,
    guint n_samples, guint64 position, guint64 * n_missing, guint * n_late);
