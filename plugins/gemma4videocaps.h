/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The caps of gemma4videoconv. */

#include "gemma4tensors.h"

#include <gst/video/video.h>

#define GEMMA4_VIDEO_TENSORS(types) \
  "other/tensors, format=(string)static, num_tensors=(int)2, types=(string)\"" types \
  "\", framerate=(fraction)0/1, names=(string)\"" GEMMA4_NAMES_VIDEO "\""

/* RGB goes through unconverted, so whoever has the choice should choose it. Single
 * fields are there to be refused with a sentence. */
#define GEMMA4_VIDEO_SINK_CAPS \
  GST_VIDEO_CAPS_MAKE ("RGB") "; " GST_VIDEO_CAPS_MAKE (GST_VIDEO_FORMATS_ALL) "; " \
  GST_VIDEO_CAPS_MAKE_WITH_FEATURES (GST_CAPS_FEATURE_FORMAT_INTERLACED, \
      GST_VIDEO_FORMATS_ALL) ", interlace-mode=(string)alternate"

/* float32 is what models take; uint8 is for those who ask, as the packer does. */
#define GEMMA4_VIDEO_SRC_CAPS \
  GEMMA4_VIDEO_TENSORS ("float32,int32") "; " GEMMA4_VIDEO_TENSORS ("uint8,int32")

/* pixel_values [P, values] of @dtype and pixel_position_ids [P, 2]. */
void gemma4_video_specs (const Gemma4VisionParams * params, Gemma4DType dtype,
    Gemma4TensorSpec specs[2]);

/* Fixes everything of @caps but the shapes: the types first offered, the target
 * (@usual unless the peer named others), and role if the peer named it. Takes and
 * returns ownership. */
GstCaps *gemma4_video_caps_fixate (GstCaps * caps, Gemma4Target usual);

/* Fixes the field `num-frames` of writable @caps, if the peer named it: @n_frames if
 * that @is_users, else what the peer takes, nearest to it. */
void gemma4_video_caps_fixate_n_frames (GstCaps * caps, guint n_frames, gboolean is_users);

/* The field `num-frames` of fixed caps, or 0. */
guint gemma4_video_caps_n_frames (const GstCaps * caps);

/* The type of the pixels in fixed caps. */
Gemma4DType gemma4_video_caps_dtype (const GstCaps * caps);
