/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One video frame becomes patches and their positions: colour first, at the size
 * it has, then upright, then the core's fit, resize and patchify. */

#include <gst/gemma4/gemma4.h>
#include <gst/video/video.h>

typedef struct
{
  Gemma4VisionParams vision;
  Gemma4PixelScale pixels;      /* what a byte becomes as float32 */
  guint n_threads;              /* 0: one for each processor */
} Gemma4FrameParams;

typedef struct Gemma4FrameConverter Gemma4FrameConverter;

/* For frames as @info describes them; NULL, with a sentence in @error, if there is
 * no size for them. Free with gemma4_frame_converter_free(). */
Gemma4FrameConverter *gemma4_frame_converter_new (const GstVideoInfo * info,
    const Gemma4FrameParams * params, Gemma4Error * error);

void gemma4_frame_converter_free (Gemma4FrameConverter * self);

/* Frames from now on are turned and mirrored like this. */
void gemma4_frame_converter_set_orientation (Gemma4FrameConverter * self,
    Gemma4Orientation orientation);

/* Converts @frame. Its GstVideoMeta and GstVideoCropMeta are honoured.
 * @dtype: of the pixels: GEMMA4_UINT8, or GEMMA4_FLOAT32
 * @pixels: (out): [max_patches][patch_values]
 * @positions: (out): [max_patches][2]
 * Returns FALSE, with a sentence in @error, if the frame cannot be read. */
gboolean gemma4_frame_converter_run (Gemma4FrameConverter * self, GstBuffer * frame,
    Gemma4DType dtype, gpointer pixels, gint32 * positions, Gemma4Error * error);

/* Converts pixels from GEMMA4_UINT8 to GEMMA4_FLOAT32. */
void gemma4_frame_converter_widen (const Gemma4FrameConverter * self, gfloat * out,
    const guint8 * in, const gint32 * positions);
