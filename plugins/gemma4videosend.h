/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Frames of gemma4videoconv become tensors and leave. Under the stream lock. */

#include "gstgemma4videoconv.h"

/* Adds 1 to a counter that properties show. */
void gemma4_video_count (GstGemma4VideoConv * self, guint64 * counter);

/* Counts a frame that leaves. */
void gemma4_video_send_count (GstGemma4VideoConv * self);

/* @out: (out): @frame as tensors; NULL if it cannot be read, which is an error only where
 * upstream is not live */
GstFlowReturn gemma4_video_send_convert (GstGemma4VideoConv * self,
    const Gemma4NumberedFrame * frame, const Gemma4TensorSpec * specs, GstBuffer ** out);

/* Converts and pushes. */
GstFlowReturn gemma4_video_send_frame (GstGemma4VideoConv * self,
    const Gemma4NumberedFrame * frame);

/* Pushes what was converted to bytes before. */
GstFlowReturn gemma4_video_send_tensors (GstGemma4VideoConv * self, GstBuffer * bytes);
