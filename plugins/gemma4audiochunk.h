/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rows of a sound in chunks, each of which becomes a buffer: samples go in,
 * and a chunk is complete as soon as its last row stands for sound that is all
 * there. Chunks of a stream are of equal size, and its last ones carry the tail,
 * masked. A clip is one chunk; it is complete when the sound ends or the clip is
 * as long as can be, and the next clip knows nothing of it. Everything is
 * counted in samples and rows since the sound began; times are the element's
 * matter. Rows are computed into the memory that leaves with them. */

#include "gemma4audioplan.h"
#include "gemma4tensors.h"

#include <gst/audio/audio.h>

typedef struct
{
  Gemma4AudioPlan plan;         /* without per-bin arrays */
  Gemma4LogMel *logmel;         /* NULL where rows are raw samples */
  const Gemma4Allocation *allocation;   /* of the memory of rows; not owned */
  GstMapInfo map;               /* its memory is that of the chunk in work, or NULL */
  gfloat *values;               /* [capacity][n_values], in there */
  guint64 capacity;             /* in rows */
  gboolean no_memory;           /* for more rows: the chunk stands still */

  guint n_rows;                 /* of the chunk; of a clip known when it ended */
  guint n_filled;               /* rows of it that are computed */
  guint64 row;                  /* number of its first row, in the stream or the clip */
  guint64 skipped_rows;         /* left out of a long silence, before row */
  guint64 skip_next;            /* the same, to be left out behind the chunk */
  guint64 clip_start;           /* samples before the clip; of a stream 0 */
  guint64 n_clips;              /* before this one */
  guint64 n_raw;                /* samples taken, where rows are raw samples */
  guint64 n_replaced;           /* by 0, before the clip or where rows are raw samples */
  gboolean ended;
} Gemma4AudioChunk;

/* FALSE with a sentence in @error if the plan is not good or memory is short.
 * @self is zero before. @allocation must stay. */
gboolean gemma4_audio_chunk_init (Gemma4AudioChunk * self, const Gemma4AudioPlan * plan,
    const Gemma4Allocation * allocation, Gemma4Error * error);

/* Whether it has been initialised. */
gboolean gemma4_audio_chunk_is_ready (const Gemma4AudioChunk * self);

void gemma4_audio_chunk_clear (Gemma4AudioChunk * self);

/* The next sample is sample 0 of a new sound. */
void gemma4_audio_chunk_reset (Gemma4AudioChunk * self);

/* Takes samples until a chunk is complete, and returns how many it took. More
 * than one chunk can be complete after it: ask is_complete() again after next().
 * @samples: [n_samples] of @format, S16 or F32 of this machine, aligned or not;
 * NULL is silence. */
gsize gemma4_audio_chunk_push (Gemma4AudioChunk * self, GstAudioFormat format,
    gconstpointer samples, gsize n_samples);

/* Inside a silence of a stream: leaves out @n_rows rows, a multiple of a chunk,
 * behind the chunk in work. The silence around must be longer than a window. */
void gemma4_audio_chunk_skip (Gemma4AudioChunk * self, guint64 n_rows);

/* Between clips: no clip has the next @n_samples. */
void gemma4_audio_chunk_pass (Gemma4AudioChunk * self, guint64 n_samples);

/* No more samples: what is left comes out in masked chunks, or as the clip. */
void gemma4_audio_chunk_end (Gemma4AudioChunk * self);

/* The same for now, in a stream: what is left comes out in masked chunks, and go_on()
 * makes it as if nothing had come out. */
typedef struct
{
  guint n_filled;
  guint64 row, skipped_rows, skip_next;
  gfloat *values;               /* those that the chunk held, or NULL */
  gsize n_values;
} Gemma4AudioPause;
Gemma4AudioPause gemma4_audio_chunk_pause (Gemma4AudioChunk * self);
void gemma4_audio_chunk_go_on (Gemma4AudioChunk * self, Gemma4AudioPause * pause);

/* Whether a chunk is there: then read n_rows, n_valid(), begin() and n_samples(),
 * take its rows, and go on with next(). */
gboolean gemma4_audio_chunk_is_complete (Gemma4AudioChunk * self);
guint gemma4_audio_chunk_n_valid (const Gemma4AudioChunk * self);

/* The rows, [n_rows][n_values]; owned by the caller. */
GstMemory *gemma4_audio_chunk_take_rows (Gemma4AudioChunk * self);
void gemma4_audio_chunk_next (Gemma4AudioChunk * self);

/* Number of the first sample of the chunk's first row. */
guint64 gemma4_audio_chunk_begin (const Gemma4AudioChunk * self);

/* Samples that the chunk covers: of a stream n_rows * hop, fewer at its end; of
 * a clip all that it took so far. */
guint64 gemma4_audio_chunk_n_samples (const Gemma4AudioChunk * self);

/* Samples since the sound began, those left out included. */
guint64 gemma4_audio_chunk_position (const Gemma4AudioChunk * self);

/* Samples that were no numbers. */
guint64 gemma4_audio_chunk_n_replaced (const Gemma4AudioChunk * self);
