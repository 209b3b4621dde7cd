/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4audiochunk.h"

#include <string.h>

/* Rows for which there is room from the start, where their number varies. */
#define FIRST_ROWS 500

/* Rows for which room is made at once, while nobody knows how many follow. */
#define MANY_ROWS 64

static const gfloat silence[256];

static void
drop_memory (Gemma4AudioChunk *self)
{
  if (!self->map.memory)
    return;
  gst_memory_unmap (self->map.memory, &self->map);
  gst_memory_unref (self->map.memory);
  self->map.memory = NULL;
  self->values = NULL;
  self->capacity = 0;
}

static guint64
capacity_for (const Gemma4AudioChunk *self, guint64 n_rows)
{
  const Gemma4AudioPlan *plan = &self->plan;
  if (!gemma4_audio_plan_rows_vary (plan))
    return plan->n_rows;
  guint64 capacity = MAX (n_rows, MAX (2 * self->capacity, FIRST_ROWS));
  return plan->n_rows > 0 ? MIN (capacity, plan->n_rows) : capacity;
}

/* Makes room for @n_rows rows, those filled kept. */
static gboolean
reserve (Gemma4AudioChunk *self, guint64 n_rows)
{
  if (n_rows <= self->capacity)
    return TRUE;
  guint64 capacity = capacity_for (self, n_rows);
  gsize n_bytes, n_old_bytes = self->capacity * self->plan.n_values * sizeof (gfloat);
  GstMemory *memory = NULL;
  GstMapInfo map;
  if (g_size_checked_mul (&n_bytes, capacity, self->plan.n_values * sizeof (gfloat)))
    memory = gemma4_allocation_alloc (self->allocation, n_bytes);
  self->no_memory = !memory || !gst_memory_map (memory, &map, GST_MAP_READWRITE);
  if (self->no_memory) {
    g_clear_pointer (&memory, gst_memory_unref);
    return FALSE;
  }
  if (n_old_bytes > 0)
    memcpy (map.data, self->values, n_old_bytes);
  drop_memory (self);
  self->map = map;
  self->values = (gfloat *) map.data;
  self->capacity = capacity;
  return TRUE;
}

gboolean
gemma4_audio_chunk_init (Gemma4AudioChunk *self, const Gemma4AudioPlan *plan,
    const Gemma4Allocation *allocation, Gemma4Error *error)
{
  if (!plan->raw && gemma4_logmel_new (&plan->mel, &self->logmel, error) != GEMMA4_OK)
    return FALSE;
  self->plan = *plan;
  self->plan.mel.per_bin_mean = self->plan.mel.per_bin_stddev = NULL;
  self->allocation = allocation;
  gemma4_audio_chunk_reset (self);
  return TRUE;
}

gboolean
gemma4_audio_chunk_is_ready (const Gemma4AudioChunk *self)
{
  return self->allocation != NULL;
}

void
gemma4_audio_chunk_clear (Gemma4AudioChunk *self)
{
  gemma4_logmel_free (self->logmel);
  drop_memory (self);
  *self = (Gemma4AudioChunk) { 0 };
}

static void
begin_rows (Gemma4AudioChunk *self)
{
  if (self->logmel)
    gemma4_logmel_reset (self->logmel);
  self->n_raw = 0;
  self->n_rows = self->plan.n_rows;
  self->n_filled = 0;
  self->row = self->skipped_rows = self->skip_next = 0;
  self->ended = self->no_memory = FALSE;
}

void
gemma4_audio_chunk_reset (Gemma4AudioChunk *self)
{
  begin_rows (self);
  self->clip_start = self->n_clips = self->n_replaced = 0;
}

/* Samples of the stream or the clip so far, those left out not counted. */
static guint64
n_taken (const Gemma4AudioChunk *self)
{
  return self->logmel ? gemma4_logmel_n_samples (self->logmel) : self->n_raw;
}

/* Rows of the stream or the clip that stand for sound so far. */
static guint64
valid_rows (const Gemma4AudioChunk *self)
{
  guint64 n = n_taken (self);
  if (self->logmel)
    n = gemma4_logmel_valid_rows (&self->plan.mel, n);
  else
    n = self->ended ? gemma4_raw_frames_n_rows (n) : n / self->plan.hop;
  return n + self->skipped_rows;
}

/* Rows of the stream that its end leaves: the valid ones and the tail. */
static guint64
all_rows (const Gemma4AudioChunk *self)
{
  guint64 n_tail = self->logmel ? gemma4_logmel_tail_rows (&self->plan.mel, n_taken (self)) : 0;
  return valid_rows (self) + n_tail;
}

/* Samples that stand in the chunk, where rows are raw samples. */
static guint64
raw_in_chunk (const Gemma4AudioChunk *self)
{
  return self->n_raw - (self->row - self->skipped_rows) * self->plan.hop;
}

static gsize
push_raw (Gemma4AudioChunk *self, GstAudioFormat format, gconstpointer samples, gsize n)
{
  guint64 at = raw_in_chunk (self);
  if (!self->plan.clip)
    n = MIN (n, (guint64) self->n_rows * self->plan.hop - at);
  if (!reserve (self, gemma4_raw_frames_n_rows (at + n)))
    return 0;
  gfloat *to = self->values + at;
  if (!samples)
    memset (to, 0, n * sizeof *to);
  else if (format == GST_AUDIO_FORMAT_S16)
    gemma4_raw_frames_copy_s16 (to, samples, n);
  else
    self->n_replaced += gemma4_raw_frames_copy (to, samples, n);
  self->n_raw += n;
  return n;
}

/* Computes the rows of the chunk that can be, and makes room for more samples. */
static void
fill_mel (Gemma4AudioChunk *self)
{
  gsize n_wanted, n = 0;
  do {
    n_wanted = self->n_rows - self->n_filled;
    if (!self->ended)
      n_wanted = MIN (n_wanted, MANY_ROWS);
    if (!reserve (self, self->n_filled + n_wanted))
      return;
    n = gemma4_logmel_pull (self->logmel,
        self->values + (gsize) self->n_filled * self->plan.n_values, n_wanted);
    self->n_filled += n;
  } while (n > 0 && n == n_wanted);
}

static gsize
push_some (Gemma4AudioChunk *self, GstAudioFormat format, gconstpointer samples, gsize n)
{
  gsize taken;
  if (!self->logmel)
    return push_raw (self, format, samples, n);
  if (!samples)
    taken = gemma4_logmel_push (self->logmel, silence, n = MIN (n, G_N_ELEMENTS (silence)));
  else if (format == GST_AUDIO_FORMAT_S16)
    taken = gemma4_logmel_push_s16 (self->logmel, samples, n);
  else
    taken = gemma4_logmel_push (self->logmel, samples, n);
  /* Rows are computed late, because many at once are cheaper. */
  if (taken < n)
    fill_mel (self);
  return taken;
}

gsize
gemma4_audio_chunk_push (Gemma4AudioChunk *self, GstAudioFormat format,
    gconstpointer samples, gsize n_samples)
{
  const guint8 *from = samples;
  gsize width = format == GST_AUDIO_FORMAT_S16 ? sizeof (gint16) : sizeof (gfloat);
  gsize taken = 0;
  while (!self->ended && taken < n_samples && !gemma4_audio_chunk_is_complete (self)
      && !self->no_memory) {
    guint64 left = n_samples - taken;
    if (self->plan.clip)
      left = MIN (left, self->plan.longest - n_taken (self));
    taken += push_some (self, format, from ? from + taken * width : NULL, left);
    if (self->plan.clip && n_taken (self) == self->plan.longest)
      gemma4_audio_chunk_end (self);
  }
  return taken;
}

void
gemma4_audio_chunk_skip (Gemma4AudioChunk *self, guint64 n_rows)
{
  self->skip_next += n_rows;
}

void
gemma4_audio_chunk_pass (Gemma4AudioChunk *self, guint64 n_samples)
{
  self->clip_start += n_samples;
}

void
gemma4_audio_chunk_end (Gemma4AudioChunk *self)
{
  guint64 n = n_taken (self);
  if (self->plan.clip) {
    self->n_rows = n > 0 ? gemma4_audio_plan_clip_rows (&self->plan, n) : 0;
    self->n_filled = MIN (self->n_filled, self->n_rows);
  }
  if (self->logmel)
    gemma4_logmel_end (self->logmel);
  self->ended = TRUE;
}

Gemma4AudioPause
gemma4_audio_chunk_pause (Gemma4AudioChunk *self)
{
  Gemma4AudioPause pause = {
    .n_filled = self->n_filled,
    .row = self->row,
    .skipped_rows = self->skipped_rows,
    .skip_next = self->skip_next,
    .n_values = self->logmel ? (gsize) self->n_filled * self->plan.n_values : raw_in_chunk (self),
  };
  if (pause.n_values > 0)
    pause.values = g_memdup2 (self->values, pause.n_values * sizeof (gfloat));
  gemma4_audio_chunk_end (self);
  return pause;
}

void
gemma4_audio_chunk_go_on (Gemma4AudioChunk *self, Gemma4AudioPause *pause)
{
  self->n_filled = pause->n_filled;
  self->row = pause->row;
  self->skipped_rows = pause->skipped_rows;
  self->skip_next = pause->skip_next;
  self->ended = FALSE;
  if (self->logmel)
    gemma4_logmel_go_on (self->logmel);
  if (pause->n_values > 0 && reserve (self, self->n_rows))
    memcpy (self->values, pause->values, pause->n_values * sizeof (gfloat));
  g_clear_pointer (&pause->values, g_free);
}

/* Whole rows are there already; the end makes the last one whole. */
static void
fill_raw (Gemma4AudioChunk *self)
{
  guint64 at = raw_in_chunk (self), n_whole = at / self->plan.hop;
  if (self->ended) {
    memset (self->values + at, 0,
        ((gsize) self->n_rows * self->plan.hop - at) * sizeof (gfloat));
    n_whole = self->n_rows;
  }
  self->n_filled = n_whole;
}

/* Whether the sound of the chunk is all there. A row may be computed, and even be
 * valid, before the hop that it stands for has ended. */
static gboolean
is_heard (const Gemma4AudioChunk *self)
{
  guint64 hop = self->plan.hop, end = self->row + self->n_rows;
  if (self->ended)
    return self->plan.clip ? self->n_rows > 0 : self->row < all_rows (self);
  return !self->plan.clip && valid_rows (self) >= end
      && n_taken (self) + self->skipped_rows * hop >= end * hop;
}

gboolean
gemma4_audio_chunk_is_complete (Gemma4AudioChunk *self)
{
  if (!is_heard (self))
    return FALSE;
  if (self->logmel)
    fill_mel (self);
  else
    fill_raw (self);
  return self->n_filled == self->n_rows;
}

guint
gemma4_audio_chunk_n_valid (const Gemma4AudioChunk *self)
{
  guint64 valid = valid_rows (self);
  return valid > self->row ? MIN (valid - self->row, self->n_rows) : 0;
}

GstMemory *
gemma4_audio_chunk_take_rows (Gemma4AudioChunk *self)
{
  gsize row_bytes = self->plan.n_values * sizeof (gfloat);
  /* transformers has 0.0 where the mask is 0, KerasHub what it hears there. */
  if (!self->plan.raw && self->plan.mel.framing == GEMMA4_FRAMING_TRANSFORMERS) {
    guint n_valid = gemma4_audio_chunk_n_valid (self);
    memset (self->map.data + n_valid * row_bytes, 0, (self->n_rows - n_valid) * row_bytes);
  }
  GstMemory *rows = gst_memory_ref (self->map.memory);
  drop_memory (self);
  gst_memory_resize (rows, 0, self->n_rows * row_bytes);
  return rows;
}

void
gemma4_audio_chunk_next (Gemma4AudioChunk *self)
{
  if (self->plan.clip) {
    self->n_replaced = gemma4_audio_chunk_n_replaced (self);
    self->clip_start += n_taken (self);
    self->n_clips++;
    begin_rows (self);
    return;
  }
  self->row += self->n_rows + self->skip_next;
  self->skipped_rows += self->skip_next;
  self->skip_next = 0;
  self->n_filled = 0;
}

guint64
gemma4_audio_chunk_begin (const Gemma4AudioChunk *self)
{
  return self->clip_start + self->row * self->plan.hop;
}

guint64
gemma4_audio_chunk_n_samples (const Gemma4AudioChunk *self)
{
  if (self->plan.clip)
    return n_taken (self);
  guint64 begin = gemma4_audio_chunk_begin (self);
  guint64 position = gemma4_audio_chunk_position (self);
  return position > begin ? MIN (position - begin,
      (guint64) self->n_rows * self->plan.hop) : 0;
}

guint64
gemma4_audio_chunk_position (const Gemma4AudioChunk *self)
{
  return self->clip_start + n_taken (self)
      + (self->skipped_rows + self->skip_next) * self->plan.hop;
}

guint64
gemma4_audio_chunk_n_replaced (const Gemma4AudioChunk *self)
{
  return self->n_replaced + (self->logmel ? gemma4_logmel_n_replaced (self->logmel) : 0);
}
