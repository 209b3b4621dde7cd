/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How tensors travel: `other/tensors` caps as NNStreamer writes them, buffers
 * with one aligned memory per tensor, and the words that converters learn from
 * the packer by caps negotiation. */

#include "gemma4blocks.h"

#include <gst/gemma4/gemma4.h>
#include <gst/gst.h>

/* What `audio_mel` and so on are called on the wire between converter and packer. */
#define GEMMA4_NAMES_AUDIO "audio_mel,audio_mel_mask"
#define GEMMA4_NAMES_RAW_AUDIO "audio_frames,audio_frames_mask"
#define GEMMA4_NAMES_VIDEO "pixel_values,pixel_position_ids"

/* Any static tensors; framerate is always there, as NNStreamer wants it. */
#define GEMMA4_TENSORS_CAPS \
  "other/tensors, format=(string)static, num_tensors=(int)[1, 16], " \
  "framerate=(fraction)[0/1, 2147483647/1]"

/* Memory of our tensors begins at multiples of 64 bytes. */
#define GEMMA4_TENSORS_ALIGN 63

/* What a pad's media is for; the packer says it in the caps field `role`. */
typedef enum
{
  GEMMA4_ROLE_NONE,             /* no packer spoke */
  GEMMA4_ROLE_IMAGE,            /* every frame is a picture of its own */
  GEMMA4_ROLE_CLIP,             /* one clip from start to end */
  GEMMA4_ROLE_STREAM,           /* frames as time goes by */
  GEMMA4_ROLE_AUDIO,
} Gemma4Role;

const gchar *gemma4_role_name (Gemma4Role role);
Gemma4Role gemma4_role_from_caps (const GstCaps * caps);

GType gemma4_target_get_type (void);
const gchar *gemma4_target_name (Gemma4Target target);

/* Reads the caps field `target`; FALSE if it is absent, not fixed or unknown. */
gboolean gemma4_target_from_caps (const GstCaps * caps, Gemma4Target * target);

/* The field `preset` of fixed caps, or NULL; owned by @caps. */
const gchar *gemma4_preset_from_caps (const GstCaps * caps);

/* Sets num_tensors, types, dimensions and names of @caps' first structure from
 * the specs, and framerate to 0/1. @caps must be writable. */
void gemma4_tensors_set_caps (GstCaps * caps, const Gemma4TensorSpec * specs,
    guint n_specs);

/* New complete caps for the specs. */
GstCaps *gemma4_tensors_caps (const Gemma4TensorSpec * specs, guint n_specs);

/* Reads complete static caps. Tensors without a name are called tensor_0 ...
 * Returns FALSE, with a sentence in @error, if the caps are not understood. */
gboolean gemma4_tensors_from_caps (const GstCaps * caps,
    Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS], guint * n_specs, Gemma4Error * error);

/* The allocator and parameters that downstream offered, ours where it did not. */
typedef struct
{
  GstAllocator *allocator;      /* owned; NULL is the default */
  GstAllocationParams params;
  Gemma4Blocks *blocks;         /* the element's, or NULL */
} Gemma4Allocation;

/* Reads the first two from an answered ALLOCATION query, alignment raised to ours, or
 * forgets them. */
void gemma4_allocation_from_query (Gemma4Allocation * allocation, GstQuery * query);
void gemma4_allocation_clear (Gemma4Allocation * allocation);

/* Whether the blocks serve: there are some, and downstream has asked for nothing that
 * they do not give. */
gboolean gemma4_allocation_is_ours (const Gemma4Allocation * allocation);

/* Memory of @n_bytes, contents undefined; NULL if it is short. */
GstMemory *gemma4_allocation_alloc (const Gemma4Allocation * allocation, gsize n_bytes);

/* A buffer with one memory per tensor, contents undefined; NULL if memory is
 * short. */
GstBuffer *gemma4_tensors_buffer_new (const Gemma4TensorSpec * specs, guint n_specs,
    const Gemma4Allocation * allocation);

/* Maps memory @i of @buffer; FALSE if there is none or it is smaller than
 * @n_bytes. Unmap with gst_memory_unmap (info->memory, info). */
gboolean gemma4_tensors_map (GstBuffer * buffer, guint i, gsize n_bytes,
    GstMapInfo * info, GstMapFlags flags);

/* Query function of a sink pad whose element turns tensors into something else:
 * neither caps nor allocation pass through it. */
gboolean gemma4_tensors_sink_query (GstPad * pad, GstObject * parent, GstQuery * query);
