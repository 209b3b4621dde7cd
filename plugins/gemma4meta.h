/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* GstGemma4TensorsMeta, what a pack says of itself: a custom meta whose
 * structure any language can read with gst_custom_meta_get_structure().
 *
 *   names, types      (array of string)  of each tensor; types may be "bool"
 *   shapes            (array of array of int64)  outermost first
 *   target            (string)  kerashub or transformers
 *   prompt            (string)  expanded, runs of soft tokens folded: <|video|>*66; those
 *                     of a batch have a newline between them
 *   n-prompts         (uint64)  of the batch
 *   n-tokens, n-image-tokens, n-video-tokens, n-audio-tokens  (uint64)
 *   window-start, window-stop  (uint64)  running time, in ns; window=0 begins at the last
 *                     cut, or at the earliest thing in it that no pack had
 *   frame-pads        (array of string)  of each frame or image, in prompt order
 *   frame-running-times, frame-stream-times  (array of uint64)  in ns
 *   frame-stamps      (array of string)  mm:ss as in the prompt; "" for an image
 *   audio-pads        (array of string)  of each clip
 *   audio-running-times, audio-stream-times, audio-durations  (array of uint64)  in ns
 *   stages            (array of string)  what computed
 *   stage-times       (array of uint64)  and for how long, in ns
 */

#include <gst/gemma4/gemma4.h>
#include <gst/gst.h>

#define GEMMA4_META_NAME "GstGemma4TensorsMeta"

/* Registers the meta; safe to call more than once. */
void gemma4_meta_register (void);

/* The structure of @buffer's meta, added to the buffer if it is not there. */
GstStructure *gemma4_meta_add (GstBuffer * buffer);

/* The same to read; NULL if there is none. */
const GstStructure *gemma4_meta_get (GstBuffer * buffer);

void gemma4_meta_set_tensors (GstStructure * meta, const Gemma4TensorSpec * const *specs,
    guint n_specs);

/* Reads names, types and shapes; FALSE if they are absent or malformed. */
gboolean gemma4_meta_get_tensors (const GstStructure * meta,
    Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS], guint * n_specs);

/* Appends one element to an array field, which is made if it is not there. */
void gemma4_meta_append_string (GstStructure * meta, const gchar * field,
    const gchar * value);
void gemma4_meta_append_uint64 (GstStructure * meta, const gchar * field, guint64 value);

/* Elements of an array field; 0 if it is absent. */
guint gemma4_meta_length (const GstStructure * meta, const gchar * field);

/* Element @i of an array field; NULL or 0 if it is absent. */
const gchar *gemma4_meta_string (const GstStructure * meta, const gchar * field, guint i);
guint64 gemma4_meta_uint64 (const GstStructure * meta, const gchar * field, guint i);
