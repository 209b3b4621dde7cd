/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The prompts that leave together: each is tried when it comes, so that a bad
 * one does not take the others with it. */

#include "gemma4packer.h"

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

static Gemma4PackParams
pack_params (const Gemma4PackerSettings *settings, Gemma4Target target)
{
  Gemma4PackParams pack = settings->pack;
  pack.target = target;
  pack.train = settings->mode == GEMMA4_MODE_TRAIN;
  return pack;
}

static Gemma4AssembleParams
assemble_params (GstGemma4Packer *self, Gemma4Target target)
{
  const Gemma4PackerSettings *s = &self->settings;
  return (Gemma4AssembleParams) {
    .pack = pack_params (s, target),
    .tokenizer = self->tokenizer,
    .chat = s->chat,
    .chat_params = {
      s->system_prompt, s->thinking, self->preset->empty_thought},
    .stamps_from_stream = s->timestamp_base == GEMMA4_STAMPS_STREAM,
    .video_fps = s->video_fps,
    .num_vision_tokens_per_frame = s->num_vision_tokens_per_frame,
  };
}

/* The core checks the budgets; the caps of the pads say what they are. */
static void
adopt_budgets (const GPtrArray *takes, Gemma4PackParams *pack)
{
  guint pooled = pack->pooling_kernel_size * pack->pooling_kernel_size;
  for (guint i = 0; i < takes->len; i++) {
    const Gemma4Take *take = g_ptr_array_index (takes, i);
    if (take->kind == GEMMA4_MEDIA_IMAGE)
      pack->image_soft_tokens = take->n_rows / pooled;
    else if (take->kind == GEMMA4_MEDIA_VIDEO)
      pack->video_soft_tokens = take->n_rows / pooled;
  }
}

/* What a cut says, or else what its property says now. */
static gchar *
response_of (GstGemma4Packer *self, const Gemma4Cut *cut)
{
  if (cut->response)
    return g_strdup (cut->response);
  GST_OBJECT_LOCK (self);
  gchar *response = g_strdup (self->wanted.response);
  GST_OBJECT_UNLOCK (self);
  return response;
}

static const gchar *
why (Gemma4Status status)
{
  switch (status) {
    case GEMMA4_BAD_UTF8:
      return "not-utf8";
    case GEMMA4_MEDIA_MISMATCH:
      return "media-mismatch";
    case GEMMA4_LIMIT:
      return "over-limit";
    case GEMMA4_BAD_SIZE:
      return "size";
    default:
      return "failed";
  }
}

/* The video of which a picture is not as wide as the first one; or NULL. */
static const gchar *
pad_of_other_width (const Gemma4Asked *asked)
{
  guint width = 0;
  for (guint i = 0; i < asked->taken.takes->len; i++) {
    const Gemma4Take *take = g_ptr_array_index (asked->taken.takes, i);
    for (guint k = 0; take->kind == GEMMA4_MEDIA_VIDEO && k < take->frames->len; k++) {
      guint n = g_array_index (take->frames, Gemma4StoredFrame, k).n_columns;
      if (width && n != width)
        return take->pad_name;
      width = n;
    }
  }
  return NULL;
}

void
gemma4_packer_refuse (GstGemma4Packer *self, const Gemma4Asked *asked, Gemma4Status status,
    const Gemma4Error *error)
{
  const gchar *pad_name = status == GEMMA4_BAD_SIZE ? pad_of_other_width (asked) : NULL;
  g_mutex_lock (&self->lock);
  gemma4_packer_bad_prompt (self, pad_name ? pad_name : asked->pad_name, why (status),
      error->text[0] ? error->text : gemma4_status_string (status), error->needed,
      error->allowed);
  gemma4_packer_unlock (self);
}

void
gemma4_asked_free (Gemma4Asked *asked)
{
  gemma4_taken_clear (&asked->taken);
  g_clear_pointer (&asked->video_metadata, gst_structure_free);
  g_clear_pointer (&asked->turns, g_ptr_array_unref);
  g_free (asked->prompt);
  g_free (asked->response);
  g_free (asked->pad_name);
  g_free (asked);
}

static gboolean
try_alone (GstGemma4Packer *self, Gemma4Asked *asked)
{
  g_autoptr (Gemma4Assembly) assembly = NULL;
  Gemma4Error error = { "" };
  Gemma4AssembleParams params = assemble_params (self, asked->taken.target);
  adopt_budgets (asked->taken.takes, &params.pack);
  Gemma4Status status = gemma4_packer_lay_out (&params, &asked, 1, &assembly, &error);
  g_autoptr (GPtrArray) all = g_ptr_array_ref (asked->taken.takes);
  if (status != GEMMA4_OK && gemma4_packer_drop_stills (self, asked)) {
    status = gemma4_packer_lay_out (&params, &asked, 1, &assembly, &error);
    if (status == GEMMA4_OK)
      gemma4_packer_tell_stills (self, all);
  }
  if (status != GEMMA4_OK)
    gemma4_packer_refuse (self, asked, status, &error);
  return status == GEMMA4_OK;
}

/* What was taken for another target is of no use any more. */
static void
drop_other_targets (GstGemma4Packer *self, Gemma4Target target)
{
  guint n = self->batch->len;
  const Gemma4Asked *first = n ? g_ptr_array_index (self->batch, 0) : NULL;
  if (!first || first->taken.target == target)
    return;
  gemma4_packer_post_lost (self, gemma4_packer_dropped_of (self, first->pad_name,
          "target-changed", n, 0));
  g_ptr_array_set_size (self->batch, 0);
}

/* What the first video pad says of frames that did not come. */
static GstStructure *
missing_metadata (GstGemma4Packer *self)
{
  GstStructure *metadata = NULL;
  if (!self->settings.pack.allow_missing)
    return NULL;
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->pads->len && !metadata; i++) {
    GstGemma4PackerPad *pad = g_ptr_array_index (self->pads, i);
    if (pad->kind == GEMMA4_PAD_VIDEO)
      metadata = gemma4_packer_video_metadata (pad, self->batch->len);
  }
  g_mutex_unlock (&self->lock);
  return metadata;
}

void
gemma4_packer_collect (GstGemma4Packer *self, const Gemma4Cut *cut, guint i,
    const Gemma4Taken *taken)
{
  Gemma4Asked *asked = g_new (Gemma4Asked, 1);
  *asked = (Gemma4Asked) {
    gemma4_packer_question (self, cut, i), response_of (self, cut), g_strdup (cut->pad_name),
    *taken, NULL, missing_metadata (self)};
  g_ptr_array_ref (asked->taken.takes);
  gemma4_packer_recall (self, asked);
  drop_other_targets (self, taken->target);
  if (self->settings.batch_size == 1 || try_alone (self, asked))
    g_ptr_array_add (self->batch, asked);
  else
    gemma4_asked_free (asked);
}

/* What all prompts and the turns before them took. */
static GPtrArray *
all_takes (GstGemma4Packer *self)
{
  GPtrArray *takes = g_ptr_array_new ();
  for (guint i = 0; i < self->batch->len; i++) {
    const Gemma4Asked *asked = g_ptr_array_index (self->batch, i);
    g_ptr_array_extend (takes, asked->taken.takes, NULL, NULL);
    for (guint k = 0; k < asked->turns->len; k++) {
      const Gemma4PastTurn *turn = g_ptr_array_index (asked->turns, k);
      g_ptr_array_extend (takes, turn->takes, NULL, NULL);
    }
  }
  return takes;
}

/* All videos of a pack for transformers have as many frames as the shortest; stills are
 * repeated, so that none of them thins another. */
static void
thin_videos (GstGemma4Packer *self, const GPtrArray *takes, Gemma4Target target)
{
  guint shortest = G_MAXUINT, longest = 0;
  gboolean asked = ((const Gemma4Asked *) g_ptr_array_index (self->batch, 0))->taken.asked_live;
  const Gemma4Take *longest_take = NULL;
  for (guint pass = 0; pass < 2; pass++) {
    for (guint i = 0; i < takes->len; i++) {
      Gemma4Take *take = g_ptr_array_index (takes, i);
      guint n = take->kind == GEMMA4_MEDIA_VIDEO && !take->is_still ? take->frames->len : 0;
      shortest = n ? MIN (shortest, n) : shortest;
      longest_take = n > longest ? take : longest_take;
      longest = MAX (longest, n);
      if (pass && n > shortest)
        gemma4_take_thin_for (take, target, shortest, asked);
      if (pass && take->is_still)
        gemma4_take_stretch (take, longest ? shortest : 1);
    }
  }
  if (longest > shortest)
    gemma4_packer_post_lost (self, gemma4_packer_dropped_of (self,
            longest_take->pad_name, "videos-of-different-length", longest, shortest));
}

Gemma4Assembly *
gemma4_packer_assemble (GstGemma4Packer *self, Gemma4AssembleParams *params)
{
  const Gemma4Asked *first = g_ptr_array_index (self->batch, 0);
  g_autoptr (GPtrArray) takes = all_takes (self);
  Gemma4Assembly *assembly = NULL;
  Gemma4Error error = { "" };
  *params = assemble_params (self, first->taken.target);
  if (params->pack.target == GEMMA4_TARGET_TRANSFORMERS)
    thin_videos (self, takes, params->pack.target);
  adopt_budgets (takes, &params->pack);
  Gemma4Status status = gemma4_packer_fit (self, params, &assembly, &error);
  if (status != GEMMA4_OK)
    gemma4_packer_refuse (self, first, status, &error);
  return assembly;
}
