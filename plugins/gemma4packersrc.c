/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The src pad: queries and events from downstream. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

GPtrArray *
gemma4_packer_media_pads (GstGemma4Packer *self)
{
  GPtrArray *pads = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->pads->len; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (gemma4_pad_is_media (pad))
      g_ptr_array_add (pads, gst_object_ref (pad));
  }
  g_mutex_unlock (&self->lock);
  return pads;
}

/* Windows add no latency: a pack's PTS is its cut. */
static gboolean
answer_latency (GstGemma4Packer *self, GstQuery *query)
{
  g_autoptr (GPtrArray) pads = gemma4_packer_media_pads (self);
  gboolean live = FALSE;
  GstClockTime min = 0, max = GST_CLOCK_TIME_NONE;
  for (guint i = 0; i < pads->len; i++) {
    g_autoptr (GstQuery) upstream = gst_query_new_latency ();
    gboolean pad_live;
    GstClockTime pad_min, pad_max;
    if (!gst_pad_peer_query (g_ptr_array_index (pads, i), upstream))
      continue;
    gst_query_parse_latency (upstream, &pad_live, &pad_min, &pad_max);
    if (!pad_live)
      continue;
    live = TRUE;
    min = MAX (min, pad_min);
    max = MIN (max, pad_max);
  }
  if (live) {
    GST_OBJECT_LOCK (self);
    /* the default is not said: a preview beside the packer need not wait for packs */
    GstClockTime own = MAX (self->wanted.latency_ns, 0);
    GST_OBJECT_UNLOCK (self);
    min += own;
    if (max != GST_CLOCK_TIME_NONE)
      max += own;
  }
  gst_query_set_latency (query, live, min, max);
  return TRUE;
}

/* Duration and position are those of the first video, else of the first sound. */
static gboolean
ask_media (GstGemma4Packer *self, GstQuery *query)
{
  static const Gemma4PadKind order[] = { GEMMA4_PAD_VIDEO, GEMMA4_PAD_AUDIO,
    GEMMA4_PAD_IMAGE
  };
  g_autoptr (GPtrArray) pads = gemma4_packer_media_pads (self);
  for (guint k = 0; k < G_N_ELEMENTS (order); k++) {
    for (guint i = 0; i < pads->len; i++) {
      if (GST_GEMMA4_PACKER_PAD (g_ptr_array_index (pads, i))->kind == order[k])
        return gst_pad_peer_query (g_ptr_array_index (pads, i), query);
    }
  }
  return FALSE;
}

gboolean
gemma4_packer_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_LATENCY:
      return answer_latency (self, query);
    case GST_QUERY_DURATION:
    case GST_QUERY_POSITION:
    case GST_QUERY_SEEKING:
      return ask_media (self, query);
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

static gboolean
send_to_media (GstGemma4Packer *self, GstEvent *event)
{
  g_autoptr (GPtrArray) pads = gemma4_packer_media_pads (self);
  gboolean sent = FALSE;
  for (guint i = 0; i < pads->len; i++)
    sent |= gst_pad_push_event (g_ptr_array_index (pads, i), gst_event_ref (event));
  gst_event_unref (event);
  return sent;
}

/* What upstream's latency is, is asked again with the next buffers. */
static gboolean
forward_latency (GstGemma4Packer *self, GstEvent *event)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->pads->len; i++)
    GST_GEMMA4_PACKER_PAD (g_ptr_array_index (self->pads, i))->latency_known = FALSE;
  g_mutex_unlock (&self->lock);
  return send_to_media (self, event);
}

gboolean
gemma4_packer_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstGemma4Packer *self = GST_GEMMA4_PACKER (parent);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_SEEK:
      return gemma4_packer_seek (self, event);
    case GST_EVENT_LATENCY:
      return forward_latency (self, event);
    case GST_EVENT_QOS:        /* a late sink must not make a decoder skip frames */
    case GST_EVENT_RECONFIGURE:        /* of our caps, not of upstream's */
      gst_event_unref (event);
      return TRUE;
    default:
      return gst_pad_event_default (pad, parent, event);
  }
}

static gint
is_answer (gconstpointer pad, gconstpointer unused)
{
  return GST_GEMMA4_PACKER_PAD (g_value_get_object (pad))->kind == GEMMA4_PAD_ANSWER;
}

/* Answers come from downstream: what goes upstream from here must not go round in
 * circles. */
GstIterator *
gemma4_packer_src_links (GstPad *pad, GstObject *parent)
{
  return gst_iterator_filter (gst_pad_iterate_internal_links_default (pad, parent), is_answer,
      NULL);
}
