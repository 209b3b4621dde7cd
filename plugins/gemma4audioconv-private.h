/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of gemma4audioconv share: gstgemma4audioconv.c is the element,
 * gemma4audiocaps.c negotiates, gemma4audioclip.c holds back what must not leave
 * before a clip's length is known, gemma4audioflow.c turns sound into buffers,
 * gemma4audiogap.c knows what GAP events are, gemma4audiolive.c lets wait what jumps. */

#include "gemma4audiochunk.h"
#include "gemma4audioplan.h"
#include "gemma4audioprops.h"
#include "gemma4audiotime.h"
#include "gemma4joint.h"
#include "gemma4live.h"
#include "gemma4tensors.h"
#include "gstgemma4audioconv.h"

#include <gst/audio/audio.h>
#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_EXTERN (gemma4_audio_conv_debug);

G_DECLARE_FINAL_TYPE (GstGemma4AudioConv, gst_gemma4_audio_conv, GST, GEMMA4_AUDIO_CONV,
    GstBaseTransform)

#define GEMMA4_AUDIO_N_TENSORS 2        /* rows and their mask */

struct _GstGemma4AudioConv
{
  GstBaseTransform parent;

  /* Under the object lock. */
  Gemma4AudioSettings settings; /* fixed while started, but for post-messages */
  guint64 user_set;
  gboolean started;
  GstClockTime latency;
  GstClockTime busy;            /* spent computing */

  /* The streaming thread's. */
  GstAudioInfo info;
  Gemma4Live incoming;          /* before the joint sees it */
  Gemma4AudioChunk chunk;       /* ready once caps are set */
  Gemma4AudioTime time;         /* in that of the joint's SEGMENT for downstream */
  Gemma4Joint joint;            /* what came with what comes */
  Gemma4TensorSpec specs[GEMMA4_AUDIO_N_TENSORS];
  Gemma4Allocation allocation;
  guint n_rows;                 /* of the clip that leaves, where their rows vary */
  GstClockTime hole_end;        /* up to where GAPs came that are no silence yet, or NONE */
  GstBufferList *hole;          /* its silence, which waits for the sample behind it, or NULL */
  guint64 told_position;        /* the end of the sound when a GAP came last */
  gboolean between;             /* SEGMENT_DONE came, and no SEGMENT since */
  GstClockTime pass_end;        /* of the sound before it; or NONE */
  guint64 n_trimmed;            /* samples behind the clip that were cut */
  GstClockTime clip_pts;        /* of the last clip */
  GstEvent *held_caps;          /* of the sink pad, until a clip ends */
  GstEvent *held_segment;       /* which must not overtake them */
  gboolean sending;             /* the caps of a clip */
  gboolean not_linked;          /* nobody took what the last buffer led to */
  gboolean discont;             /* the next buffer does not continue the last */
  gboolean refused;             /* an error has told why caps do not fit */
  gboolean warned_of_replaced;  /* this stream has values that are no numbers */
  gboolean warned_of_overlap;   /* its timestamps went back */
};

/* What the settings and the words of @caps (src caps, nullable) give. */
gboolean gemma4_audio_conv_plan (GstGemma4AudioConv * self, const GstCaps * caps,
    Gemma4AudioPlan * plan, Gemma4Error * error);

/* What they give with the peer of the src pad; FALSE when that is refused. */
gboolean gemma4_audio_conv_plan_with_peer (GstGemma4AudioConv * self,
    Gemma4AudioPlan * plan);

/* The tensors of a buffer of @n_rows. */
void gemma4_audio_conv_describe (const Gemma4AudioPlan * plan, guint n_rows,
    Gemma4TensorSpec specs[GEMMA4_AUDIO_N_TENSORS]);

/* Makes ready for sound of @incaps by @plan; a sound in work that goes by
 * another plan ends. FALSE when it is refused. */
gboolean gemma4_audio_conv_configure (GstGemma4AudioConv * self, const GstCaps * incaps,
    const Gemma4AudioPlan * plan);

/* Whether @plan is the one that the sound in work goes by. */
gboolean gemma4_audio_conv_goes_by (const GstGemma4AudioConv * self,
    const Gemma4AudioPlan * plan);

/* Posts an error about @caps; only the first one of several in a row. */
void gemma4_audio_conv_refuse (GstGemma4AudioConv * self, const gchar * text,
    const GstCaps * caps);

/* GstBaseTransform's functions of the same names. */
GstCaps *gemma4_audio_conv_transform_caps (GstBaseTransform * trans,
    GstPadDirection direction, GstCaps * caps, GstCaps * filter);
GstCaps *gemma4_audio_conv_fixate_caps (GstBaseTransform * trans,
    GstPadDirection direction, GstCaps * caps, GstCaps * othercaps);
gboolean gemma4_audio_conv_set_caps (GstBaseTransform * trans, GstCaps * incaps,
    GstCaps * outcaps);

/* Sets the latency that this plan means, and tells the pipeline when it is
 * another one than before. */
void gemma4_audio_conv_update_latency (GstGemma4AudioConv * self,
    const Gemma4AudioPlan * plan);

/* The CAPS event of the sink pad, taken over: handled by GstBaseTransform, or
 * held back where a clip must end before its caps are known. */
gboolean gemma4_audio_conv_take_caps (GstGemma4AudioConv * self, GstEvent * event);

/* A SEGMENT event in TIME, taken over: forwarded, or held back with the caps. */
gboolean gemma4_audio_conv_take_segment (GstGemma4AudioConv * self, GstEvent * event);

/* Before a clip of @n_rows leaves: sends the caps that it needs, and what was held
 * back. */
GstFlowReturn gemma4_audio_conv_send_caps (GstGemma4AudioConv * self, guint n_rows);

/* Forgets the held SEGMENT; with @all the CAPS too. */
void gemma4_audio_conv_drop_held (GstGemma4AudioConv * self, gboolean all);

/* At the end of a clip: says what was cut from it, and that it was too short. */
void gemma4_audio_conv_announce (GstGemma4AudioConv * self);

/* Takes @buffer and pushes what it completes. */
GstFlowReturn gemma4_audio_conv_take_buffer (GstGemma4AudioConv * self,
    GstBuffer * buffer);

/* The chunk that is complete, which leaves it; NULL if memory is short. */
GstBuffer *gemma4_audio_conv_make_buffer (GstGemma4AudioConv * self);

/* Notes a hole that a GAP event tells of, and tells downstream what comes before it;
 * a @duration of NONE is none. */
gboolean gemma4_audio_conv_take_gap (GstGemma4AudioConv * self, GstClockTime pts,
    GstClockTime duration);

/* Samples of the holes before sound at @pts, once: they are silence. */
guint64 gemma4_audio_conv_hole_before (GstGemma4AudioConv * self, GstClockTime pts);

/* Before sound or a GAP from @pts on: where a SEGMENT waits for it, ends the sound before
 * or goes on. Moves @pts to the SEGMENT that downstream has. */
void gemma4_audio_conv_join (GstGemma4AudioConv * self, GstClockTime * pts);

/* SEGMENT_DONE, before the sound ends; and whether a buffer is what upstream still had of
 * the pass that ended so. */
void gemma4_audio_conv_end_pass (GstGemma4AudioConv * self);
gboolean gemma4_audio_conv_is_left_over (GstGemma4AudioConv * self, GstClockTime pts);

/* The next buffer of the sink pad, taken over: waits if its time jumps, or is taken. */
GstFlowReturn gemma4_audio_conv_live_buffer (GstGemma4AudioConv * self, GstBuffer * buffer);

/* The next GAP. @counts: (out): whether it is to be taken. FALSE after an error. */
gboolean gemma4_audio_conv_live_gap (GstGemma4AudioConv * self, GstClockTime pts,
    GstClockTime duration, gboolean * counts);

/* What ends the sound or changes its format comes: nothing waits behind it. */
void gemma4_audio_conv_live_end (GstGemma4AudioConv * self);

/* Ends the stream: pushes what is left, masked or as a clip, and begins a new one. */
GstFlowReturn gemma4_audio_conv_drain (GstGemma4AudioConv * self);

/* Forgets the stream and begins a new one. */
void gemma4_audio_conv_reset (GstGemma4AudioConv * self);
