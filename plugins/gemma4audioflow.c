/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4audioconv-private.h"

#define GST_CAT_DEFAULT gemma4_audio_conv_debug

static GstMemory *
make_mask (GstGemma4AudioConv *self)
{
  guint n_rows = self->chunk.n_rows, n_valid = gemma4_audio_chunk_n_valid (&self->chunk);
  GstMemory *memory = gemma4_allocation_alloc (&self->allocation, n_rows * sizeof (gint32));
  GstMapInfo info;
  if (!memory || !gst_memory_map (memory, &info, GST_MAP_WRITE)) {
    g_clear_pointer (&memory, gst_memory_unref);
    return NULL;
  }
  gint32 *mask = (gint32 *) info.data;
  for (guint i = 0; i < n_rows; i++)
    mask[i] = i < n_valid;
  gst_memory_unmap (memory, &info);
  return memory;
}

static void
stamp (const GstGemma4AudioConv *self, GstBuffer *buffer)
{
  const Gemma4AudioChunk *chunk = &self->chunk;
  guint64 begin = gemma4_audio_chunk_begin (chunk);
  guint64 end = begin + gemma4_audio_chunk_n_samples (chunk);
  gboolean clip = chunk->plan.clip;

  GST_BUFFER_PTS (buffer) = gemma4_audio_time_of (&self->time, begin);
  GST_BUFFER_DURATION (buffer) = gemma4_audio_time_of (&self->time, end)
      - GST_BUFFER_PTS (buffer);
  GST_BUFFER_OFFSET (buffer) = clip ? chunk->n_clips : chunk->row;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET (buffer) + (clip ? 1 : chunk->n_rows);
}

static GstFlowReturn
fail_for_memory (GstGemma4AudioConv *self)
{
  GST_ELEMENT_ERROR (self, RESOURCE, FAILED, ("No memory for %u rows of %u values.",
          self->chunk.n_rows, self->chunk.plan.n_values), (NULL));
  return GST_FLOW_ERROR;
}

GstBuffer *
gemma4_audio_conv_make_buffer (GstGemma4AudioConv *self)
{
  GstMemory *mask = make_mask (self);
  if (!mask) {
    fail_for_memory (self);
    return NULL;
  }
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, gemma4_audio_chunk_take_rows (&self->chunk));
  gst_buffer_append_memory (buffer, mask);
  stamp (self, buffer);
  return buffer;
}

/* The pad may be linked again: until then the rest of the sound counts too. */
static GstFlowReturn
result_of (GstGemma4AudioConv *self, GstFlowReturn flow)
{
  if (flow != GST_FLOW_NOT_LINKED)
    return flow;
  self->not_linked = TRUE;
  return GST_FLOW_OK;
}

static GstFlowReturn
send_hole (GstGemma4AudioConv *self)
{
  GstBufferList *hole = g_steal_pointer (&self->hole);
  if (hole && gst_buffer_list_length (hole) > 0)
    return result_of (self, gst_pad_push_list (GST_BASE_TRANSFORM_SRC_PAD (self), hole));
  g_clear_pointer (&hole, gst_buffer_list_unref);
  return GST_FLOW_OK;
}

/* GstBaseTransform would mark a buffer DISCONT whenever an input buffer was,
 * even if its time fits, and cannot push at EOS; so buffers leave here. */
static GstFlowReturn
push_chunk (GstGemma4AudioConv *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);
  Gemma4AudioChunk *chunk = &self->chunk;
  if (gemma4_audio_plan_rows_vary (&chunk->plan)) {
    GstFlowReturn flow = gemma4_audio_conv_send_caps (self, chunk->n_rows);
    if (flow != GST_FLOW_OK)
      return flow;
  }
  GstBuffer *buffer = gemma4_audio_conv_make_buffer (self);
  if (!buffer)
    return GST_FLOW_ERROR;
  if (self->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  self->clip_pts = GST_BUFFER_PTS (buffer);
  trans->segment.position = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  GST_LOG_OBJECT (self, "pushing %u valid rows: %" GST_PTR_FORMAT,
      gemma4_audio_chunk_n_valid (chunk), buffer);
  gemma4_audio_chunk_next (chunk);
  if (!self->hole)
    return result_of (self, gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (self), buffer));
  gst_buffer_list_add (self->hole, buffer);
  return GST_FLOW_OK;
}

static gboolean
compute (GstGemma4AudioConv *self, const guint8 *samples, guint64 n_samples, guint64 *taken)
{
  GstClockTime begin = gst_util_get_timestamp ();
  *taken = gemma4_audio_chunk_push (&self->chunk, GST_AUDIO_INFO_FORMAT (&self->info),
      samples, n_samples);
  gboolean complete = gemma4_audio_chunk_is_complete (&self->chunk);
  GST_OBJECT_LOCK (self);
  self->busy += gst_util_get_timestamp () - begin;
  GST_OBJECT_UNLOCK (self);
  return complete;
}

/* Whether the one clip that there may be is full. */
static gboolean
is_full (const GstGemma4AudioConv *self)
{
  const Gemma4AudioChunk *chunk = &self->chunk;
  return chunk->plan.clip && !chunk->plan.split && chunk->n_clips > 0
      && !gemma4_audio_plan_is_unlimited (&chunk->plan);
}

static GstFlowReturn
trim (GstGemma4AudioConv *self, guint64 n_samples)
{
  gemma4_audio_chunk_pass (&self->chunk, n_samples);
  self->n_trimmed += n_samples;
  return GST_FLOW_OK;
}

/* NULL samples are silence. */
static GstFlowReturn
push_samples (GstGemma4AudioConv *self, const guint8 *samples, guint64 n_samples)
{
  gboolean complete = FALSE;
  while (n_samples > 0 || complete) {
    if (is_full (self))
      return trim (self, n_samples);
    guint64 taken;
    complete = compute (self, samples, n_samples, &taken);
    if (self->chunk.no_memory)
      return fail_for_memory (self);
    n_samples -= taken;
    if (samples)
      samples += taken * GST_AUDIO_INFO_BPF (&self->info);
    GstFlowReturn flow = complete ? push_chunk (self) : GST_FLOW_OK;
    if (flow != GST_FLOW_OK)
      return flow;
  }
  return GST_FLOW_OK;
}

/* Of a silence longer than any clip only its ends become rows. */
static GstFlowReturn
push_silence_in_stream (GstGemma4AudioConv *self, guint64 n_samples)
{
  const Gemma4AudioPlan *plan = &self->chunk.plan;
  guint64 chunk = (guint64) plan->n_rows * plan->hop;
  guint64 window = 2 * (guint64) plan->mel.fft_length + plan->hop;
  if (n_samples <= plan->longest_hole + 2 * window + 3 * chunk)
    return push_samples (self, NULL, n_samples);

  guint64 begin = gemma4_audio_chunk_position (&self->chunk);
  guint64 end = begin + n_samples;
  guint64 leave = (begin + window + chunk - 1) / chunk * chunk;
  guint64 enter = (end - window - chunk) / chunk * chunk;
  GST_INFO_OBJECT (self, "%" G_GUINT64_FORMAT " samples of silence are longer than "
      "any clip", n_samples);
  GstFlowReturn flow = push_samples (self, NULL, leave - begin);
  if (flow != GST_FLOW_OK)
    return flow;
  gemma4_audio_chunk_skip (&self->chunk, (enter - leave) / plan->hop);
  return push_samples (self, NULL, end - enter);
}

/* A clip without limit ends at a hole that is longer than any clip should be: it
 * would take all memory. */
static GstFlowReturn
end_clip (GstGemma4AudioConv *self, guint64 n_samples)
{
  gemma4_audio_chunk_end (&self->chunk);
  GstFlowReturn flow = gemma4_audio_chunk_is_complete (&self->chunk) ? push_chunk (self)
      : GST_FLOW_OK;
  gemma4_audio_chunk_pass (&self->chunk, n_samples);
  self->discont = TRUE;
  return flow;
}

/* With clip-overflow=split a clip that is nothing but silence between two sounds
 * is left out; a long silence would give thousands. */
static GstFlowReturn
push_silence_in_clips (GstGemma4AudioConv *self, guint64 n_samples)
{
  const Gemma4AudioPlan *plan = &self->chunk.plan;
  guint64 longest = plan->longest;
  if (gemma4_audio_plan_is_unlimited (plan) && n_samples > plan->longest_hole)
    return end_clip (self, n_samples);
  guint64 begun = gemma4_audio_chunk_n_samples (&self->chunk);
  guint64 room = begun > 0 ? longest - begun : 0;
  if (!plan->split || n_samples < room || n_samples - room < longest)
    return push_samples (self, NULL, n_samples);
  GstFlowReturn flow = push_samples (self, NULL, room);
  if (flow != GST_FLOW_OK)
    return flow;
  n_samples -= room;
  gemma4_audio_chunk_pass (&self->chunk, n_samples - n_samples % longest);
  self->discont = TRUE;
  return push_samples (self, NULL, n_samples % longest);
}

/* The silence of a hole leaves with the sample behind it: a cut inside has all of it or
 * nothing. */
static GstFlowReturn
push_silence (GstGemma4AudioConv *self, guint64 n_samples)
{
  if (self->chunk.plan.clip)
    return push_silence_in_clips (self, n_samples);
  if (n_samples > 0 && !self->hole)
    self->hole = gst_buffer_list_new ();        /* up to send_hole() */
  return push_silence_in_stream (self, n_samples);
}

/* @n_late and time.n_overlap follow a discontinuity. */
static void
warn_of_overlap (GstGemma4AudioConv *self, guint n_late)
{
  guint64 n_samples = n_late + self->time.n_overlap;
  if (self->warned_of_overlap || n_samples == 0)
    return;
  self->warned_of_overlap = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, FAILED, ("The timestamps went back by %.3f s: sound of "
          "times that were there before is left out.",
          (gdouble) n_samples / self->chunk.plan.rate_hz), (NULL));
}

static GstFlowReturn
take (GstGemma4AudioConv *self, GstClockTime pts, const guint8 *samples, guint n_samples)
{
  guint64 n_missing;
  guint n_late;
  guint64 position = gemma4_audio_chunk_position (&self->chunk);
  if (!GST_CLOCK_TIME_IS_VALID (self->time.start) && !GST_CLOCK_TIME_IS_VALID (pts))
    pts = gemma4_joint_time (&self->joint, GST_BASE_TRANSFORM (self)->segment.start);
  if (gemma4_audio_time_place (&self->time, pts, n_samples, position, &n_missing, &n_late)) {
    GST_DEBUG_OBJECT (self, "discontinuity at %" GST_TIME_FORMAT ": %" G_GUINT64_FORMAT
        " samples missing, %u late", GST_TIME_ARGS (pts), n_missing, n_late);
    self->discont = TRUE;
    warn_of_overlap (self, n_late);
  }
  GstFlowReturn flow = push_silence (self, n_missing);
  if (flow != GST_FLOW_OK)
    return flow;
  if (!samples)
    return push_silence (self, n_samples - n_late);
  return push_samples (self, samples + (gsize) n_late * GST_AUDIO_INFO_BPF (&self->info),
      n_samples - n_late);
}

/* First what GAPs before @pts left open, as silence that was counted. */
static GstFlowReturn
take_behind_hole (GstGemma4AudioConv *self, GstClockTime pts, const guint8 *samples,
    guint n_samples)
{
  guint64 hole = gemma4_audio_conv_hole_before (self, pts);
  GstFlowReturn flow = GST_FLOW_OK;
  /* One of more than a day is a discontinuity of the samples that follow. */
  if (hole > 0 && hole <= G_MAXINT)
    flow = take (self, gemma4_audio_time_of (&self->time,
            gemma4_audio_chunk_position (&self->chunk)), NULL, hole);
  return flow == GST_FLOW_OK ? take (self, pts, samples, n_samples) : flow;
}

void
gemma4_audio_conv_join (GstGemma4AudioConv *self, GstClockTime *pts)
{
  GstEvent *segment;
  if (gemma4_joint_decide (&self->joint, *pts, &segment) == GEMMA4_JOINT_BEGINS)
    gemma4_audio_conv_drain (self);
  if (segment) {
    GstSegment current = GST_BASE_TRANSFORM (self)->segment;
    gemma4_audio_conv_take_segment (self, segment);
    GST_BASE_TRANSFORM (self)->segment = current;
  }
  *pts = gemma4_joint_time (&self->joint, *pts);
}

static void
join_samples (GstGemma4AudioConv *self, GstClockTime *pts, guint n_samples)
{
  GstClockTime begin = *pts;
  if (n_samples == 0)
    return;
  gemma4_audio_conv_join (self, pts);
  gemma4_joint_show (&self->joint, begin, gst_util_uint64_scale (n_samples, GST_SECOND,
          self->time.rate_hz));
}

static void
warn_of_replaced (GstGemma4AudioConv *self)
{
  if (self->warned_of_replaced || gemma4_audio_chunk_n_replaced (&self->chunk) == 0)
    return;
  self->warned_of_replaced = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, DECODE, ("The sound has samples that are not finite "
          "numbers; they are taken as silence."), (NULL));
}

GstFlowReturn
gemma4_audio_conv_take_buffer (GstGemma4AudioConv *self, GstBuffer *buffer)
{
  gint bpf = GST_AUDIO_INFO_BPF (&self->info);
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstMapInfo info;
  if (!gst_buffer_map (buffer, &info, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("Could not read a buffer."), (NULL));
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  guint n_before;
  guint n_samples = gemma4_audio_time_clip (&self->time, &GST_BASE_TRANSFORM (self)->segment,
      &pts, info.size / bpf, &n_before);
  gboolean gap = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  GstFlowReturn flow = GST_FLOW_OK;
  self->not_linked = FALSE;
  join_samples (self, &pts, n_samples);
  if (n_samples > 0)
    flow = take_behind_hole (self, pts, gap ? NULL : info.data + (gsize) n_before * bpf, n_samples);
  GstFlowReturn sent = send_hole (self);
  flow = flow == GST_FLOW_OK ? sent : flow;
  gst_buffer_unmap (buffer, &info);
  gst_buffer_unref (buffer);
  warn_of_replaced (self);
  return flow == GST_FLOW_OK && self->not_linked ? GST_FLOW_NOT_LINKED : flow;
}

void
gemma4_audio_conv_reset (GstGemma4AudioConv *self)
{
  if (gemma4_audio_chunk_is_ready (&self->chunk)) {
    gemma4_audio_chunk_reset (&self->chunk);
    gemma4_audio_time_init (&self->time, self->chunk.plan.rate_hz);
  }
  self->n_trimmed = 0;
  self->hole_end = GST_CLOCK_TIME_NONE;
  self->told_position = 0;
  self->discont = TRUE;
}

GstFlowReturn
gemma4_audio_conv_drain (GstGemma4AudioConv *self)
{
  GstFlowReturn flow = GST_FLOW_OK;
  if (gemma4_audio_chunk_is_ready (&self->chunk) && GST_CLOCK_TIME_IS_VALID (self->time.start)) {
    gemma4_audio_chunk_end (&self->chunk);
    while (flow == GST_FLOW_OK && gemma4_audio_chunk_is_complete (&self->chunk))
      flow = push_chunk (self);
    if (self->chunk.no_memory)
      flow = fail_for_memory (self);
    if (flow == GST_FLOW_OK && self->chunk.plan.clip)
      gemma4_audio_conv_announce (self);
  }
  gemma4_audio_conv_reset (self);
  return flow;
}
