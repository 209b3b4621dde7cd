/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A question without a time about media that is not live waits for its end. Where nobody
 * knows when that is, the application is told. All with the packer's lock held. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

#define PATIENCE_US (5 * G_USEC_PER_SEC)

gint64
gemma4_packer_patience_ends (GstGemma4Packer *self, const Gemma4Cut *cut)
{
  return cut->kind != GEMMA4_CUT_ARRIVED || gemma4_packer_is_live (self) || self->told_endless
      ? 0 : cut->since_us + PATIENCE_US;
}

static gboolean
is_awaited (const GstGemma4PackerPad *pad)
{
  return gemma4_pad_is_media (pad) && pad->started && !pad->end;
}

static gboolean
knows_its_length (GstPad *pad)
{
  gint64 length;
  return gst_pad_peer_query_duration (pad, GST_FORMAT_TIME, &length) && length >= 0;
}

/* The pads whose end nobody knows; gives the lock back for a moment. */
static gchar *
find_endless (GstGemma4Packer *self)
{
  g_autoptr (GPtrArray) pads = g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (is_awaited (pad))
      g_ptr_array_add (pads, gst_object_ref (pad));
  }
  gemma4_packer_unlock (self);
  for (guint i = 0; i < pads->len; i++) {
    GstPad *pad = g_ptr_array_index (pads, i);
    if (!knows_its_length (pad))
      g_string_append_printf (names, "%s%s", names->len ? ", " : "", GST_PAD_NAME (pad));
  }
  g_mutex_lock (&self->lock);
  return names->len ? g_strdup (names->str) : NULL;
}

void
gemma4_packer_tell_endless (GstGemma4Packer *self)
{
  self->told_endless = TRUE;
  g_autofree gchar *names = find_endless (self);
  const Gemma4Cut *cut = g_queue_peek_head (&self->cuts);
  if (!names || !cut || cut->kind != GEMMA4_CUT_ARRIVED)
    return;
  gemma4_packer_warn (self, "The question \"%s\" has no time, so it waits for the end of %s, "
      "which is not live and of unknown length. If that never comes, give the question a "
      "time (do-timestamp=true on its source), say that the media is live (is-live=true on "
      "its source), or set prompt-time=arrival on the prompt pad: then it is packed with "
      "what has arrived.", cut->prompt ? cut->prompt : "", names);
}
