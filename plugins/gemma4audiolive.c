/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes to gemma4audioconv: buffers of live sound whose times jump wait here. */

#include "gemma4audioconv-private.h"

#define GST_CAT_DEFAULT gemma4_audio_conv_debug

#define SEGMENT(self) (&GST_BASE_TRANSFORM (self)->segment)

/* What is not linked now may be linked again: the sound goes on. */
static gboolean
goes_on (GstFlowReturn flow)
{
  return flow == GST_FLOW_OK || flow == GST_FLOW_NOT_LINKED;
}

/* A new timeline is a new sound; a pause is a hole like any other. */
static GstFlowReturn
take_ready (GstGemma4AudioConv *self)
{
  GstFlowReturn flow = GST_FLOW_OK;
  Gemma4LiveStart start;
  GstBuffer *buffer;
  while ((buffer = gemma4_live_next (&self->incoming, &start))) {
    if (start == GEMMA4_LIVE_NEW)
      flow = gemma4_audio_conv_drain (self);
    if (goes_on (flow))
      flow = gemma4_audio_conv_take_buffer (self, buffer);
    else
      gst_buffer_unref (buffer);
  }
  return flow;
}

/* The number of samples counts, a DURATION can be wrong. */
static GstClockTime
length (const GstGemma4AudioConv *self, GstBuffer *buffer)
{
  gint bpf = GST_AUDIO_INFO_BPF (&self->info), rate_hz = GST_AUDIO_INFO_RATE (&self->info);
  if (bpf <= 0 || rate_hz <= 0)
    return GST_CLOCK_TIME_NONE;
  return gst_util_uint64_scale (gst_buffer_get_size (buffer) / bpf, GST_SECOND, rate_hz);
}

GstFlowReturn
gemma4_audio_conv_live_buffer (GstGemma4AudioConv *self, GstBuffer *buffer)
{
  self->incoming.post_messages = self->settings.post_messages;
  gemma4_live_push (&self->incoming, SEGMENT (self), buffer, length (self, buffer));
  return take_ready (self);
}

gboolean
gemma4_audio_conv_live_gap (GstGemma4AudioConv *self, GstClockTime pts, GstClockTime duration,
    gboolean *counts)
{
  *counts = gemma4_live_gap (&self->incoming, SEGMENT (self), pts, duration);
  return take_ready (self) == GST_FLOW_OK;
}

void
gemma4_audio_conv_live_end (GstGemma4AudioConv *self)
{
  gemma4_live_end (&self->incoming, SEGMENT (self));
  take_ready (self);
}
