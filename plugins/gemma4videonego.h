/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What gemma4videoconv settles with its neighbours: caps and memory. */

#include "gstgemma4videoconv.h"

/* Whether the user's preset, or the default one, exists and sees. */
gboolean gemma4_video_nego_check (const GstGemma4VideoConv * self, Gemma4Error * error);

/* Completes @caps, of the src pad; takes and returns ownership. */
GstCaps *gemma4_video_nego_fixate (GstGemma4VideoConv * self, GstCaps * caps);

/* Begins to convert frames of @in to tensors of @out; FALSE after an error message. */
gboolean gemma4_video_nego_set_caps (GstGemma4VideoConv * self, GstCaps * in, GstCaps * out);

/* Answers upstream's ALLOCATION query. */
void gemma4_video_nego_propose_allocation (GstQuery * query);

/* Reads the answer to the ALLOCATION query that downstream got. */
void gemma4_video_nego_decide_allocation (GstGemma4VideoConv * self, GstQuery * query);
