/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The src pad's task: waits for a cut, takes its media, packs and pushes. */

#include "gemma4packer.h"

#include "gemma4meta.h"
#include "gemma4timing.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* Ids that overflow=truncate has cut are announced. */
static void
tell_truncated (GstGemma4Packer *self, const Gemma4Assembly *assembly)
{
  guint64 n = gemma4_assembly_n_truncated (assembly);
  guint length = self->settings.pack.sequence_length;
  const Gemma4Asked *first = g_ptr_array_index (self->batch, 0);
  if (n)
    gemma4_packer_post_lost (self, gemma4_packer_dropped_of (self, first->pad_name,
            "truncated", length + n, length));
}

static void
push_start (GstGemma4Packer *self)
{
  if (self->sent_stream_start)
    return;
  g_autofree gchar *id = g_strdup_printf ("%s/%08x", GST_OBJECT_NAME (self),
      g_random_int ());
  GstEvent *event = gst_event_new_stream_start (id);
  gst_event_set_group_id (event, gst_util_group_id_next ());
  gst_pad_push_event (self->srcpad, event);
  self->sent_stream_start = TRUE;
}

static void
push_segment (GstGemma4Packer *self)
{
  GstSegment segment;
  if (!self->need_segment)
    return;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->srcpad, gst_event_new_segment (&segment));
  self->need_segment = FALSE;
}

/* New shapes are new caps, but memory is asked for only once, and again when
 * downstream says that it changed. */
static gboolean
negotiate (GstGemma4Packer *self, GstCaps *caps)
{
  gboolean first = !self->caps;
  gboolean changed = gst_pad_check_reconfigure (self->srcpad);
  if (first || changed || !gst_caps_is_equal (caps, self->caps)) {
    if (!gst_pad_push_event (self->srcpad, gst_event_new_caps (caps))) {
      gst_pad_mark_reconfigure (self->srcpad);
      return FALSE;
    }
    gst_caps_replace (&self->caps, caps);
  }
  if (first || changed) {
    g_autoptr (GstQuery) query = gst_query_new_allocation (caps, FALSE);
    gboolean answered = gst_pad_peer_query (self->srcpad, query);
    gemma4_allocation_from_query (&self->allocation, answered ? query : NULL);
  }
  return TRUE;
}

static void
append_stage (GstStructure *meta, const gchar *stage, GstClockTime time_ns)
{
  gemma4_meta_append_string (meta, "stages", stage);
  gemma4_meta_append_uint64 (meta, "stage-times", time_ns);
}

/* What the converters upstream, this element and the whole pipeline took. */
static void
describe_stages (GstGemma4Packer *self, GstStructure *meta, gint64 begun_us)
{
  g_autoptr (GPtrArray) pads = gemma4_packer_media_pads (self);
  for (guint i = 0; i < pads->len; i++) {
    g_autoptr (GstQuery) query = gemma4_timing_query_new ();
    const gchar *stage;
    GstClockTime busy_ns;
    if (!gst_pad_peer_query (g_ptr_array_index (pads, i), query))
      continue;
    gemma4_timing_query_parse (query, &stage, &busy_ns);
    append_stage (meta, stage, busy_ns);
  }
  gint64 now_us = g_get_monotonic_time ();
  append_stage (meta, GST_OBJECT_NAME (self), (now_us - begun_us) * GST_USECOND);
  append_stage (meta, "pipeline", (now_us - self->started_us) * GST_USECOND);
}

static void
post_packed (GstGemma4Packer *self, const gchar *prompt, const Gemma4Taken *last,
    const GstStructure *meta, GstClockTime preparation_ns)
{
  GstStructure *s = gst_structure_new ("gemma4-packed",
      "prompt", G_TYPE_STRING, prompt,
      "running-time", G_TYPE_UINT64, last->pts,
      "stream-time", G_TYPE_UINT64, last->stream_ns,
      "n-frames", G_TYPE_UINT, gemma4_meta_length (meta, "frame-pads"),
      "preparation-time", G_TYPE_UINT64, preparation_ns, NULL);
  static const gchar *const fields[] = { "window-start", "window-stop", "n-prompts",
    "n-tokens", "n-image-tokens", "n-video-tokens", "n-audio-tokens"
  };
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    gst_structure_set_value (s, fields[i], gst_structure_get_value (meta, fields[i]));
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), s));
}

/* What was asked, one prompt in a line each. */
static gchar *
join_prompts (GstGemma4Packer *self)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < self->batch->len; i++) {
    const Gemma4Asked *asked = g_ptr_array_index (self->batch, i);
    g_string_append_printf (text, "%s%s", i ? "\n" : "", asked->prompt);
  }
  return g_string_free (text, FALSE);
}

/* Writes the pack and its meta, from the first window's start to the last one's
 * end; NULL if there is no memory. */
static GstBuffer *
make_buffer (GstGemma4Packer *self, const Gemma4Assembly *assembly,
    const Gemma4Taken *last, gint64 begun_us)
{
  const Gemma4Asked *first = g_ptr_array_index (self->batch, 0);
  GstBuffer *buffer = gemma4_assembly_write (assembly, &self->allocation);
  if (!buffer)
    return NULL;
  self->last_pts = MAX (self->last_pts, last->pts);
  GST_BUFFER_PTS (buffer) = self->last_pts;
  GstStructure *meta = gemma4_meta_add (buffer);
  gst_structure_set (meta, "window-start", G_TYPE_UINT64, first->taken.start_ns,
      "window-stop", G_TYPE_UINT64, last->pts, NULL);
  describe_stages (self, meta, begun_us);
  return buffer;
}

/* Packs the prompts that were collected. */
static GstFlowReturn
push_batch (GstGemma4Packer *self, gint64 begun_us)
{
  Gemma4AssembleParams params;
  g_autoptr (Gemma4Assembly) assembly = gemma4_packer_assemble (self, &params);
  if (!assembly)
    return GST_FLOW_OK;
  const Gemma4Asked *last = g_ptr_array_index (self->batch, self->batch->len - 1);
  tell_truncated (self, assembly);
  g_autoptr (GstCaps) caps = gemma4_assembly_caps (assembly);
  push_start (self);
  if (!negotiate (self, caps))
    return GST_PAD_IS_FLUSHING (self->srcpad) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
  if (self->may_go_back && last->taken.pts < self->last_pts) {
    self->may_go_back = FALSE;
    self->need_segment = TRUE;
    self->last_pts = 0;
  }
  push_segment (self);
  GstBuffer *buffer = make_buffer (self, assembly, &last->taken, begun_us);
  if (!buffer) {
    Gemma4Error error = { "There is no memory for the tensors of a pack." };
    gemma4_packer_refuse (self, last, GEMMA4_NO_MEMORY, &error);
    return GST_FLOW_OK;
  }
  g_autofree gchar *prompts = join_prompts (self);
  GstClockTime preparation_ns = (g_get_monotonic_time () - begun_us) * GST_USECOND;
  gemma4_packer_count_pack (self, preparation_ns);
  post_packed (self, prompts, &last->taken, gemma4_meta_get (buffer), preparation_ns);
  gemma4_packer_remember (self, last);
  return gst_pad_push (self->srcpad, buffer);
}

/* EOS or SEGMENT_DONE, which come after a segment even if no pack does. */
static void
push_end (GstGemma4Packer *self, GstEvent *event)
{
  push_start (self);
  push_segment (self);
  gst_pad_push_event (self->srcpad, event);
}

/* Remembers what downstream said, so that the chain functions say it too. */
static void
end_loop (GstGemma4Packer *self, GstFlowReturn flow)
{
  g_mutex_lock (&self->lock);
  gboolean flushing = self->flushing || flow == GST_FLOW_FLUSHING;
  if (self->flow >= GST_FLOW_OK && !self->flushing)     /* other pads go on meanwhile */
    self->flow = flow;
  g_cond_broadcast (&self->cond);
  /* EOS must not overtake the error that another thread is posting */
  while (self->n_posting && !self->flushing)
    gemma4_packer_wait (self, 0);
  gemma4_packer_unlock (self);
  gst_pad_pause_task (self->srcpad);
  if (flow < GST_FLOW_EOS || flow == GST_FLOW_NOT_LINKED)
    GST_ELEMENT_FLOW_ERROR (self, flow);
  if (!flushing)
    push_end (self, gst_event_new_eos ());
}

/* A full batch leaves, and what is left at the end. */
static GstFlowReturn
push_if (GstGemma4Packer *self, gboolean due, gint64 begun_us)
{
  GstFlowReturn flow = GST_FLOW_OK;
  if (due && self->batch->len)
    flow = push_batch (self, begun_us);
  if (due)
    g_ptr_array_set_size (self->batch, 0);
  return flow;
}

/* Every question of the cut gets the same media. */
static GstFlowReturn
pack_cut (GstGemma4Packer *self, const Gemma4Cut *cut, const Gemma4Taken *taken)
{
  GstFlowReturn flow = GST_FLOW_OK;
  guint n = gemma4_packer_n_questions (self, cut);
  if (cut->needs_media && taken->takes->len == 0) {
    gemma4_packer_post_lost (self, gemma4_packer_dropped (self, NULL, "no-media", 0, 0));
    return GST_FLOW_OK;
  }
  for (guint i = 0; i < n && flow == GST_FLOW_OK; i++) {
    gint64 begun_us = g_get_monotonic_time ();
    gemma4_packer_collect (self, cut, i, taken);
    flow = push_if (self, self->batch->len >= self->settings.batch_size, begun_us);
  }
  return flow;
}

void
gemma4_packer_loop (gpointer srcpad)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (GST_PAD_PARENT (srcpad));
  Gemma4Taken taken = { NULL };

  g_mutex_lock (&self->lock);
  Gemma4Cut *cut = gemma4_packer_wait_cut (self);
  if (cut)
    gemma4_packer_take (self, cut, self->batch->len, &taken);
  self->may_go_back |= self->went_back;
  self->went_back = FALSE;
  g_autoptr (GstEvent) segment_done = gemma4_packer_tell_segment (self);
  gboolean last = self->finished || segment_done;
  gemma4_packer_unlock (self);

  GstFlowReturn flow = cut ? pack_cut (self, cut, &taken)
      : push_if (self, last, g_get_monotonic_time ());
  if (segment_done && flow == GST_FLOW_OK) {
    push_end (self, g_steal_pointer (&segment_done));
  } else if (!cut || flow != GST_FLOW_OK) {
    g_ptr_array_set_size (self->batch, 0);
    end_loop (self, flow);
  }
  gemma4_taken_clear (&taken);
  g_clear_pointer (&cut, gemma4_cut_free);
}
