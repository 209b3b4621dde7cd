/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The clock of a live pipeline wakes the packer's task when a pack has waited
 * long enough. */

#include "gemma4packer.h"

static gboolean
ring (GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data)
{
  GstGemma4Packer *self = user_data;
  g_mutex_lock (&self->lock);
  if (self->alarm == id)
    g_clear_pointer (&self->alarm, gst_clock_id_unref);
  g_cond_broadcast (&self->cond);
  gemma4_packer_unlock (self);
  return TRUE;
}

void
gemma4_packer_disarm (GstGemma4Packer *self)
{
  if (!self->alarm)
    return;
  gst_clock_id_unschedule (self->alarm);
  g_clear_pointer (&self->alarm, gst_clock_id_unref);
}

/* The clock may ring at once and in this thread, so it is set without the lock. */
gboolean
gemma4_packer_arm (GstGemma4Packer *self, GstClockTime running_ns)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self));
  GstClockTime time = gst_element_get_base_time (GST_ELEMENT (self)) + running_ns;
  if (!clock || (self->alarm && gst_clock_id_get_time (self->alarm) == time))
    return FALSE;
  gemma4_packer_disarm (self);
  GstClockID id = gst_clock_new_single_shot_id (clock, time);
  self->alarm = gst_clock_id_ref (id);
  gemma4_packer_unlock (self);
  gst_clock_id_wait_async (id, ring, gst_object_ref (self), gst_object_unref);
  gst_clock_id_unref (id);
  g_mutex_lock (&self->lock);
  return TRUE;
}

GstClockTime
gemma4_packer_now (GstGemma4Packer *self)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self));
  GstClockTime base = gst_element_get_base_time (GST_ELEMENT (self));
  if (!clock || !self->playing)
    return 0;
  GstClockTime now = gst_clock_get_time (clock);
  return now > base ? now - base : 0;
}
