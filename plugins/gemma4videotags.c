/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videotags.h"

#include <gst/video/video.h>

static const Gemma4Orientation orientations[] = {
  [GST_VIDEO_ORIENTATION_IDENTITY] = GEMMA4_ORIENT_NONE,
  [GST_VIDEO_ORIENTATION_90R] = GEMMA4_ORIENT_TURN_90,
  [GST_VIDEO_ORIENTATION_180] = GEMMA4_ORIENT_TURN_180,
  [GST_VIDEO_ORIENTATION_90L] = GEMMA4_ORIENT_TURN_270,
  [GST_VIDEO_ORIENTATION_HORIZ] = GEMMA4_ORIENT_MIRROR,
  [GST_VIDEO_ORIENTATION_VERT] = GEMMA4_ORIENT_MIRROR_VERTICALLY,
  [GST_VIDEO_ORIENTATION_UL_LR] = GEMMA4_ORIENT_TRANSPOSE,
  [GST_VIDEO_ORIENTATION_UR_LL] = GEMMA4_ORIENT_TRANSVERSE,
};

void
gemma4_video_tags_reset (Gemma4VideoTags *self)
{
  *self = (Gemma4VideoTags) { 0 };
}

void
gemma4_video_tags_start_stream (Gemma4VideoTags *self)
{
  self->known[GST_TAG_SCOPE_STREAM] = FALSE;
}

void
gemma4_video_tags_take (Gemma4VideoTags *self, const GstTagList *tags)
{
  GstVideoOrientationMethod method;
  GstTagScope scope = gst_tag_list_get_scope (tags);
  if (!gst_video_orientation_from_tag ((GstTagList *) tags, &method)
      || method >= G_N_ELEMENTS (orientations))
    return;
  self->known[scope] = TRUE;
  self->orientation[scope] = orientations[method];
}

Gemma4Orientation
gemma4_video_tags_orientation (const Gemma4VideoTags *self)
{
  if (self->known[GST_TAG_SCOPE_STREAM])
    return self->orientation[GST_TAG_SCOPE_STREAM];
  return self->known[GST_TAG_SCOPE_GLOBAL] ? self->orientation[GST_TAG_SCOPE_GLOBAL]
      : GEMMA4_ORIENT_NONE;
}

GstEvent *
gemma4_video_tags_strip (GstEvent *event)
{
  GstTagList *tags;
  gst_event_parse_tag (event, &tags);
  if (gst_tag_list_get_tag_size (tags, GST_TAG_IMAGE_ORIENTATION) == 0)
    return event;
  tags = gst_tag_list_copy (tags);
  gst_tag_list_remove_tag (tags, GST_TAG_IMAGE_ORIENTATION);
  GstEvent *stripped = gst_event_new_tag (tags);
  gst_event_set_seqnum (stripped, gst_event_get_seqnum (event));
  gst_event_unref (event);
  return stripped;
}
