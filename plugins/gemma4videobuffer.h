/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A video frame as a buffer of tensors: pixel_values and pixel_position_ids, one
 * memory each, with the frame's times. */

#include "gemma4tensors.h"
#include "gemma4videoframe.h"

/* Writes the patches of @in into the memories of @out. Returns FALSE, with a
 * sentence in @error, if one of them cannot be mapped. */
gboolean gemma4_frame_buffer_fill (Gemma4FrameConverter * converter, GstBuffer * in,
    GstBuffer * out, const Gemma4TensorSpec specs[2], Gemma4Error * error);

/* A new buffer for @in, which is frame @number: patches, times, clock references
 * and whether it is damaged; NULL on failure. */
GstBuffer *gemma4_frame_buffer_new (Gemma4FrameConverter * converter, GstBuffer * in,
    guint64 number, const Gemma4TensorSpec specs[2], const Gemma4Allocation * allocation,
    Gemma4Error * error);

/* A copy of @in, whose pixels are uint8, with pixels as @specs want them: float32;
 * NULL on failure. */
GstBuffer *gemma4_frame_buffer_widen (const Gemma4FrameConverter * converter,
    GstBuffer * in, const Gemma4TensorSpec specs[2], const Gemma4Allocation * allocation,
    Gemma4Error * error);
