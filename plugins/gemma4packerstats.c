/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The property stats. */

#include "gemma4packer.h"

void
gemma4_packer_count_pack (GstGemma4Packer *self, GstClockTime preparation_ns)
{
  g_mutex_lock (&self->lock);
  Gemma4PackerCounts *counts = &self->counts;
  counts->n_packs++;
  counts->preparation_ns = preparation_ns;
  counts->max_preparation_ns = MAX (counts->max_preparation_ns, preparation_ns);
  g_mutex_unlock (&self->lock);
}

GstStructure *
gemma4_packer_stats (GstGemma4Packer *self)
{
  guint64 n_frames = 0, n_frames_dropped = 0, n_rows_dropped = 0;
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    n_frames += pad->n_frames;
    n_frames_dropped += pad->frames.n_dropped;
    n_rows_dropped += pad->rows.lost + pad->rows.n_refused;
  }
  const Gemma4PackerCounts *counts = &self->counts;
  GstStructure *stats = gst_structure_new ("gemma4-packer-stats",
      "prompts", G_TYPE_UINT64, self->n_prompts,
      "prompts-waiting", G_TYPE_UINT64, (guint64) self->cuts.length,
      "prompts-refused", G_TYPE_UINT64, counts->n_refused,
      "prompts-dropped-busy", G_TYPE_UINT64, counts->n_busy,
      "late", G_TYPE_UINT64, counts->n_late,
      "packs", G_TYPE_UINT64, counts->n_packs,
      "frames", G_TYPE_UINT64, n_frames,
      "frames-dropped", G_TYPE_UINT64, n_frames_dropped,
      "rows-dropped", G_TYPE_UINT64, n_rows_dropped,
      "preparation-time", G_TYPE_UINT64, counts->preparation_ns,
      "max-preparation-time", G_TYPE_UINT64, counts->max_preparation_ns, NULL);
  g_mutex_unlock (&self->lock);
  return stats;
}
