/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The stream of gemma4videoconv: frames go in, the chosen ones come out as buffers
 * of tensors. Everything here runs under the stream lock. */

#include "gstgemma4videoconv.h"

/* Takes over @buffer and decides what becomes of it; outside the segment it counts for nothing. */
GstFlowReturn gemma4_video_flow_push (GstGemma4VideoConv * self, GstBuffer * buffer);

/* Before a frame or GAP at @pts: if a SEGMENT waits for it, ends the clip or goes on. */
void gemma4_video_flow_join (GstGemma4VideoConv * self, GstClockTime pts);

/* The next buffer to send, or NULL in @out. */
GstFlowReturn gemma4_video_flow_next (GstGemma4VideoConv * self, GstBuffer ** out);

/* The clip has ended: sends what only its end decides, and begins afresh. */
void gemma4_video_flow_finish (GstGemma4VideoConv * self);

/* Forgets the clip, but not the caps. */
void gemma4_video_flow_reset (GstGemma4VideoConv * self);

/* The format of the frames is about to change: converts the held one while that
 * can be done. */
void gemma4_video_flow_settle (GstGemma4VideoConv * self);

/* Begins the selection again with the next frame, under new rules; frames seen so
 * far keep their numbers. */
void gemma4_video_flow_restart (GstGemma4VideoConv * self);

/* The same for another target, or bytes for floats: what is kept of a clip stays. */
void gemma4_video_flow_retarget (GstGemma4VideoConv * self, Gemma4Target target);

/* num-frames (of a clip that is on by downstream alone) or sample-rate may have changed:
 * the next frame is chosen by them; what is kept of a clip stays. */
void gemma4_video_flow_change (GstGemma4VideoConv * self);
