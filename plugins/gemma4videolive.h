/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What comes to gemma4videoconv, before gemma4videoflow.h sees it: frames of live video
 * whose times jump wait here. Everything runs under the stream lock. */

#include "gstgemma4videoconv.h"

/* Takes over @frame; then ask gemma4_video_live_next(). */
void gemma4_video_live_push (GstGemma4VideoConv * self, GstBuffer * frame);

/* The next buffer to send, or NULL in @out. */
GstFlowReturn gemma4_video_live_next (GstGemma4VideoConv * self, GstBuffer ** out);

/* A GAP event of the sink pad: whether it counts. What it decides has been sent then. */
gboolean gemma4_video_live_gap (GstGemma4VideoConv * self, GstEvent * event);

/* What ends the media or changes the frames comes: nothing waits behind it. */
void gemma4_video_live_end (GstGemma4VideoConv * self);
