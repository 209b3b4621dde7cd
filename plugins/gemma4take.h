/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One medium of one pack, taken out of a pad's store: a video, an image or a
 * sound, with its times. It owns what it points to, so packing needs no lock. */

#include <gst/gemma4/gemma4.h>
#include <gst/gst.h>

/* A part of a sound, no longer than a clip may be. */
typedef struct
{
  Gemma4Clip clip;              /* .rows point into the take's */
  GstClockTime running_ns, stream_ns, duration_ns;
} Gemma4TakenClip;

typedef struct
{
  gint refs;                    /* atomic */
  Gemma4MediaKind kind;
  guint number;                 /* of the pad: 1 for video_1 */
  gchar *pad_name;

  /* video and image */
  GArray *frames;               /* of Gemma4StoredFrame */
  gboolean is_still;            /* one frame that a pack before had too: it is still on the
                                 * screen; perhaps several times, see gemma4_take_stretch() */
  guint n_rows;                 /* patches of a padded frame, P */
  GstStructure *metadata;       /* video: what its pad says of the frames' times, or NULL */
  guint patch_values;

  /* audio */
  gfloat *rows;                 /* [][n_mels], of all clips */
  Gemma4TakenClip *clips;       /* [n_clips], in order */
  guint n_clips;
} Gemma4Take;

/* A take without media yet; @pad_name is copied. */
Gemma4Take *gemma4_take_new (Gemma4MediaKind kind, guint number, const gchar * pad_name);

/* The running time at which its media begins. */
GstClockTime gemma4_take_begin (const Gemma4Take * take);

/* Keeps @n_frames of its frames, fewer than it has: those that @target would. */
void gemma4_take_thin (Gemma4Take * take, Gemma4Target target, guint n_frames);

/* A still has @n_frames frames from here on, all of them the same. */
void gemma4_take_stretch (Gemma4Take * take, guint n_frames);

/* Whether one of its frames is @buffer. */
gboolean gemma4_take_has (const Gemma4Take * take, const GstBuffer * buffer);

Gemma4Take *gemma4_take_ref (Gemma4Take * take);

/* Gives a reference back; the last one frees it. */
void gemma4_take_free (Gemma4Take * take);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gemma4Take, gemma4_take_free)
