/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of gemma4audioconv share: gstgemma4audioconv.c is the element,
 * gemma4audiocaps.c negotiates, gemma4audioflow.c turns sound into buffers. */

#include "gemma4audioprops.h"
#include "gemma4audiotime.h"
#include "gemma4melchunk.h"
#include "gemma4tensors.h"
#include "gstgemma4audioconv.h"

#include <gst/audio/audio.h>
#include <gst/base/gstbasetransform.h>

GST_DEBUG_CATEGORY_EXTERN (gemma4_audio_conv_debug);

G_DECLARE_FINAL_TYPE (GstGemma4AudioConv, gst_gemma4_audio_conv, GST, GEMMA4_AUDIO_CONV,
    GstBaseTransform)

#define GEMMA4_AUDIO_N_TENSORS 2        /* audio_mel, audio_mel_mask */

struct _GstGemma4AudioConv
{
  GstBaseTransform parent;

  /* Under the object lock. */
  Gemma4AudioSettings settings; /* fixed while started */
  guint64 user_set;
  gboolean started;
  GstClockTime latency;
  GstClockTime busy;            /* spent computing */

  /* The streaming thread's. */
  GstAudioInfo info;
  Gemma4MelChunk chunk;         /* has a logmel once caps are set */
  Gemma4AudioTime time;
  Gemma4TensorSpec specs[GEMMA4_AUDIO_N_TENSORS];
  Gemma4Allocation allocation;
  gboolean discont;             /* the next buffer does not continue the last */
  gboolean refused;             /* an error has told why caps do not fit */
  gboolean warned;              /* that this stream has values that are no numbers */
};

/* What the settings and the words of @caps (src caps, nullable) give. */
gboolean gemma4_audio_conv_resolve (GstGemma4AudioConv * self, const GstCaps * caps,
    Gemma4LogMelParams * params, Gemma4Error * error);

/* GstBaseTransform's functions of the same names. */
GstCaps *gemma4_audio_conv_transform_caps (GstBaseTransform * trans,
    GstPadDirection direction, GstCaps * caps, GstCaps * filter);
GstCaps *gemma4_audio_conv_fixate_caps (GstBaseTransform * trans,
    GstPadDirection direction, GstCaps * caps, GstCaps * othercaps);
gboolean gemma4_audio_conv_set_caps (GstBaseTransform * trans, GstCaps * incaps,
    GstCaps * outcaps);

/* Sets the latency that these parameters mean, and tells the pipeline when it
 * is another one than before. */
void gemma4_audio_conv_update_latency (GstGemma4AudioConv * self,
    const Gemma4LogMelParams * params);

/* Takes @buffer and pushes what it completes. */
GstFlowReturn gemma4_audio_conv_take_buffer (GstGemma4AudioConv * self,
    GstBuffer * buffer);

/* Takes silence from @pts on; a @duration of NONE is none. */
GstFlowReturn gemma4_audio_conv_take_gap (GstGemma4AudioConv * self, GstClockTime pts,
    GstClockTime duration);

/* Ends the stream: pushes what is left, masked, and begins a new one. */
GstFlowReturn gemma4_audio_conv_drain (GstGemma4AudioConv * self);

/* Forgets the stream and begins a new one. */
void gemma4_audio_conv_reset (GstGemma4AudioConv * self);
