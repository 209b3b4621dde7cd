/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How frames are to be turned, by the image-orientation tag. A tag of the stream
 * counts more than one of the whole file. */

#include <gst/gemma4/orient.h>
#include <gst/gst.h>

typedef struct
{
  gboolean known[2];            /* by GstTagScope */
  Gemma4Orientation orientation[2];
} Gemma4VideoTags;

void gemma4_video_tags_reset (Gemma4VideoTags * self);

/* A new stream begins: what the stream said is void. */
void gemma4_video_tags_start_stream (Gemma4VideoTags * self);

void gemma4_video_tags_take (Gemma4VideoTags * self, const GstTagList * tags);

Gemma4Orientation gemma4_video_tags_orientation (const Gemma4VideoTags * self);

/* A TAG event like @event without the orientation, because it has been applied.
 * Takes and returns ownership. */
GstEvent *gemma4_video_tags_strip (GstEvent * event);
