/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Another target while the packer plays. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

static gboolean
is_for_another (GstGemma4Packer *self, const GstCaps *caps)
{
  const gchar *target = caps ? gst_structure_get_string (gst_caps_get_structure (caps, 0),
      "target") : NULL;
  return target && !g_str_equal (target, gemma4_target_name (self->target));
}

gboolean
gemma4_packer_pad_is_stale (GstGemma4Packer *self, GstGemma4PackerPad *pad,
    const GstCaps *caps)
{
  pad->stale = pad->reconfigured && is_for_another (self, caps);
  pad->reconfigured = pad->stale;
  return pad->stale;
}

/* Gives up what the pad has stored, and says so. */
static void
forget_media (GstGemma4Packer *self, GstGemma4PackerPad *pad)
{
  if (!gemma4_pad_is_media (pad))
    return;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_PAD (pad));
  guint n = pad->frames.frames ? pad->frames.frames->len : 0;
  gemma4_packer_lost (self, gemma4_packer_dropped (self, pad, "target-changed", n, 0));
  gemma4_packer_pad_empty (pad);
  pad->reconfigured = TRUE;
  pad->stale = is_for_another (self, caps);
}

static gboolean
adopt (GstGemma4Packer *self, Gemma4Target target)
{
  if (!self->running || target == self->target)
    return FALSE;
  self->target = target;
  for (guint i = 0; i < self->pads->len; i++)
    forget_media (self, g_ptr_array_index (self->pads, i));
  return TRUE;
}

void
gemma4_packer_change_target (GstGemma4Packer *self)
{
  GST_OBJECT_LOCK (self);
  Gemma4Target target = self->wanted.pack.target;
  GST_OBJECT_UNLOCK (self);
  g_mutex_lock (&self->lock);
  gboolean changed = adopt (self, target);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  if (!changed)
    return;
  g_autoptr (GPtrArray) pads = gemma4_packer_media_pads (self);
  for (guint i = 0; i < pads->len; i++)
    gst_pad_push_event (g_ptr_array_index (pads, i), gst_event_new_reconfigure ());
}
