/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The event gemma4-tail, by which gemma4audioconv tells gemma4packer, before a GAP,
 * what its unfinished buffer holds: a cut inside the gap must have that sound. If
 * sound follows, the rows come again in buffers, whole; if none does, at EOS.
 *
 *   buffer  (GstBuffer)  as it would be if the stream ended here; of several the
 *                        next continues the one before
 */

#include <gst/gst.h>

/* Takes @buffer over. */
GstEvent *gemma4_tail_event_new (GstBuffer * buffer);

/* The buffer, which the event owns; NULL if it is another event. */
GstBuffer *gemma4_tail_event_parse (GstEvent * event);
