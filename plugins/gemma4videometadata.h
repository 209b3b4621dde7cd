/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A video pad's property video-metadata: which frames of its source a video is
 * made of. A structure of
 *
 *   frames-indices  (array of int)  one for each frame
 *   fps             (double)  of the source; video-fps if it is absent
 *
 * or one with an array `samples` of such structures, one for each prompt of a
 * batch. */

#include <gst/gst.h>

/* What the structure says of prompt @number of a batch, as a copy; NULL if nothing. */
GstStructure *gemma4_video_metadata_of (const GstStructure * metadata, guint number);

/* Frames that it speaks of. */
guint gemma4_video_metadata_n_frames (const GstStructure * metadata);

/* The second in which frame @i is shown, in ns; KerasHub prints whole seconds. */
guint64 gemma4_video_metadata_stamp_ns (const GstStructure * metadata, guint i,
    gdouble video_fps);
