/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory of packs. The first touch of new pages costs several times what filling them
 * does, so that the pixels of packs that came back are used again, and a live packer
 * has some ready before it is asked. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* Pixels of so many packs wait for the next one: one is downstream's while another is
 * written. */
#define PACKS_WAITING 2

Gemma4Blocks *
gemma4_packer_make_blocks (const Gemma4PackParams *pack)
{
  gsize n_rows = pack->video_soft_tokens * pack->pooling_kernel_size *
      pack->pooling_kernel_size;
  return gemma4_blocks_new (pack->num_frames_per_video * n_rows * pack->patch_values *
      sizeof (gfloat), PACKS_WAITING);
}

static gboolean
has_video (GstGemma4Packer *self)
{
  for (guint i = 0; i < self->pads->len; i++) {
    const GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == GEMMA4_PAD_VIDEO && pad->n_frames)
      return TRUE;
  }
  return FALSE;
}

gboolean
gemma4_packer_prepare (GstGemma4Packer *self)
{
  if (!gemma4_allocation_is_ours (&self->allocation)
      || gemma4_blocks_are_ready (self->allocation.blocks)
      || !gemma4_packer_is_live (self) || !has_video (self))
    return FALSE;
  gemma4_packer_unlock (self);
  gemma4_blocks_prepare (self->allocation.blocks);
  g_mutex_lock (&self->lock);
  return TRUE;
}
