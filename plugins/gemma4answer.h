/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sticky event gemma4-answer, by which gemma4textdec tells gemma4packer where
 * one answer of the model ends and the next begins.
 *
 *   number  (uint64)  of the answer to which the text behind the event belongs;
 *                     it counts the answers that ended before
 */

#include <gst/gst.h>

GstEvent *gemma4_answer_event_new (guint64 number);

/* FALSE if it is another event. */
gboolean gemma4_answer_event_parse (GstEvent * event, guint64 * number);
