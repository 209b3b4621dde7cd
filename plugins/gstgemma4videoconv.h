/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gemma4joint.h"
#include "gemma4live.h"
#include "gemma4videobuffer.h"
#include "gemma4videoclip.h"
#include "gemma4videoselect.h"
#include "gemma4videoprops.h"
#include "gemma4videotags.h"

#include <gst/base/gstbasetransform.h>

G_DECLARE_FINAL_TYPE (GstGemma4VideoConv, gst_gemma4_video_conv, GST, GEMMA4_VIDEO_CONV,
    GstBaseTransform)

/* A frame and its number, counted from the start of the segment. */
typedef struct
{
  GstBuffer *buffer;
  guint64 number;
  gboolean converted;           /* the buffer is tensors already */
} Gemma4NumberedFrame;

struct _GstGemma4VideoConv
{
  GstBaseTransform parent;

  /* Under the object lock. */
  Gemma4VideoSettings settings;
  guint64 user_set;
  gboolean started;
  gboolean changed;             /* a setting that may change while playing did */
  gboolean clip_is_on;          /* a frame of it has come: num-frames is settled */
  guint64 n_seen, n_selected;   /* since the element started */
  GstClockTime busy_ns;

  /* Fixed while started, but for what may change, which the next frame takes over. */
  Gemma4VideoSettings active;
  guint64 active_set;
  gboolean n_frames_is_users;   /* the user set active.num_frames */

  /* Under the stream lock. */
  GstVideoInfo info;
  Gemma4Role role;
  Gemma4Target target;
  guint caps_n_frames;          /* the user's, else downstream's; 0: it named none */
  guint preset_n_frames;        /* what counts then, unless the user set it */
  gboolean refused;             /* an error has told why caps do not fit */
  Gemma4TensorSpec specs[2];
  Gemma4Allocation allocation;
  Gemma4FrameConverter *converter;
  Gemma4VideoTags tags;
  Gemma4Orientation orientation;        /* of the frames to come */
  Gemma4Live incoming;          /* before the joint sees it */
  gboolean discont;             /* the next buffer begins a new timeline */
  Gemma4Joint joint;            /* what came with what comes */
  Gemma4Select select;
  gboolean selecting;
  gboolean length_is_told;      /* by upstream, when the selection began */
  gboolean live;                /* the source of what is selected from */
  guint64 first_total;          /* of a clip that went on behind its SEGMENT; else 0 */
  guint64 n_taken;              /* since the selection began */
  Gemma4NumberedFrame chosen;   /* to be converted next */
  Gemma4NumberedFrame held;     /* the newest frame, passed over; one at most */
  Gemma4VideoClip clip;         /* what is held of one whose length is not certain */
};

GST_ELEMENT_REGISTER_DECLARE (gemma4videoconv);
