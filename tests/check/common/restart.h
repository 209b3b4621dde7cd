/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An element that is stopped in the middle of data and started again, for threads that feed it.
 * Its pads forget on the way how the stream began, and no source sends data before it has said
 * that: gst_harness_stress_statechange_start() does, and GStreamer warns. */

#include <gst/gst.h>

typedef struct
{
  GstElement *element;
  void (*begin) (gpointer data);        /* pushes stream-start, caps and segment, or NULL */
  gpointer data;
  GRWLock lock;                 /* who feeds holds it for reading, from a beginning on */
} Restart;

/* For gst_harness_stress_custom_start(). */
static inline void
restart_element (gpointer thread, gpointer data)
{
  Restart *self = data;
  gst_element_set_state (self->element, GST_STATE_NULL);
  g_rw_lock_writer_lock (&self->lock);
  gst_element_set_state (self->element, GST_STATE_PLAYING);
  if (self->begin)
    self->begin (self->data);
  g_rw_lock_writer_unlock (&self->lock);
}
