/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Segment seeks. SEGMENT_DONE ends a pad's media as EOS does, but another segment may
 * follow without a flush. When all media has ended and what was asked is packed, one
 * SEGMENT_DONE goes out; the next segment begins with empty stores. Everything here runs
 * with the packer's lock held. */

#include "gemma4packer.h"

gboolean
gemma4_packer_segment_is_over (GstGemma4Packer *self)
{
  gboolean over = FALSE;
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    /* a text pad that takes part in a segment seek ends as media does */
    if (!pad->started || (!gemma4_pad_is_media (pad) && !pad->segment_seeked))
      continue;
    if (pad->end == GEMMA4_PAD_FLOWS || pad->end == GEMMA4_PAD_SEGMENT_TOLD)
      return FALSE;
    over |= pad->end == GEMMA4_PAD_SEGMENT_DONE;
  }
  return over;
}

GstEvent *
gemma4_packer_tell_segment (GstGemma4Packer *self)
{
  if (!self->segment_over)
    return NULL;
  self->segment_over = FALSE;
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->end == GEMMA4_PAD_SEGMENT_DONE)
      pad->end = GEMMA4_PAD_SEGMENT_TOLD;
  }
  g_cond_broadcast (&self->cond);
  return g_steal_pointer (&self->segment_done);
}

/* One pad goes on, so all will: what they had is of the segment before. */
static void
begin_again (GstGemma4Packer *self)
{
  self->pass_ns = gemma4_packer_end_of_media (self);
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->end != GEMMA4_PAD_SEGMENT_TOLD)
      continue;
    gemma4_packer_pad_reset (pad);
    pad->between = TRUE;
  }
  self->asked = FALSE;
  self->n_intervals = 0;
}

/* A resampler or decoder gives what it still has when the next segment comes, behind
 * SEGMENT_DONE. That is of the pass before, and too late for a pack that went out. */
gboolean
gemma4_packer_pad_is_behind (const GstGemma4PackerPad *pad)
{
  return pad->between && pad->end != GEMMA4_PAD_SEGMENT_DONE;
}

gboolean
gemma4_packer_pad_begin_again (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  while (pad->end == GEMMA4_PAD_SEGMENT_DONE && gemma4_pad_is_media (pad)
      && !gemma4_pad_is_flushing (self, pad) && self->flow >= GST_FLOW_OK)
    gemma4_packer_wait (self, 0);
  if (gemma4_pad_is_flushing (self, pad))
    return FALSE;
  if (pad->end == GEMMA4_PAD_SEGMENT_TOLD)
    begin_again (self);
  pad->end = GEMMA4_PAD_FLOWS;
  pad->between = FALSE;
  return TRUE;
}
