/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How long a stage has computed, asked upstream by the packer with a custom
 * query, so that a pack can say what its making cost. */

#include <gst/gst.h>

GstQuery *gemma4_timing_query_new (void);

/* Answers @query if it is ours: @element spent @busy_ns computing so far.
 * Returns whether it was. */
gboolean gemma4_timing_query_answer (GstQuery * query, GstElement * element,
    GstClockTime busy_ns);

/* Reads an answered query; @stage is owned by @query. */
void gemma4_timing_query_parse (GstQuery * query, const gchar ** stage,
    GstClockTime * busy_ns);
