/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4assemble.h"

#include "gemma4analytics.h"
#include "gemma4framestore.h"
#include "gemma4meta.h"

#include <stdlib.h>
#include <string.h>

/* What one take is to the prompt and to the pack. */
typedef struct
{
  const Gemma4Take *take;
  GstMapInfo *maps;             /* [n_frames], of the patches */
  Gemma4Frame *frames;          /* [n_frames] */
  guint32 *n_tokens;            /* [n_frames] */
  guint64 *stamps_ns;           /* [n_frames] */
  guint n_frames;               /* a sound counts as one */
  guint n_mapped;
} Medium;

struct Gemma4Assembly
{
  const Gemma4AssembleParams *params;
  Gemma4Pack *pack;
  Medium *media;                /* [n_media], in the order of the takes */
  guint n_media;
  size_t *order;                /* [n_media]: media in the order of the prompt */
  Gemma4PackMedia *pack_media;  /* [n_media], in the order of the prompt */
  char *expanded;
  Gemma4Ids ids;
  Gemma4Ids response_ids;
};

static void
clear_medium (Medium *medium)
{
  for (guint i = 0; i < medium->n_mapped; i++)
    gst_memory_unmap (medium->maps[i].memory, &medium->maps[i]);
  g_free (medium->maps);
  g_free (medium->frames);
  g_free (medium->n_tokens);
  g_free (medium->stamps_ns);
}

void
gemma4_assembly_free (Gemma4Assembly *self)
{
  gemma4_pack_free (self->pack);
  for (guint i = 0; i < self->n_media; i++)
    clear_medium (&self->media[i]);
  g_free (self->media);
  g_free (self->order);
  g_free (self->pack_media);
  free (self->expanded);
  gemma4_ids_clear (&self->ids);
  gemma4_ids_clear (&self->response_ids);
  g_free (self);
}

static gboolean
map_frame (Medium *medium, const Gemma4StoredFrame *stored)
{
  const Gemma4Take *take = medium->take;
  GstMapInfo *map = &medium->maps[medium->n_mapped];
  if (!gemma4_tensors_map (stored->buffer, 0, (gsize) take->n_rows * take->patch_values,
          map, GST_MAP_READ))
    return FALSE;
  medium->frames[medium->n_mapped++] = (Gemma4Frame) {
    map->data, stored->n_columns, stored->n_lines};
  return TRUE;
}

static gboolean
read_frames (Gemma4Assembly *self, Medium *medium, GstClockTime origin_ns)
{
  const Gemma4AssembleParams *params = self->params;
  for (guint i = 0; i < medium->n_frames; i++) {
    const Gemma4StoredFrame *stored =
        &g_array_index (medium->take->frames, Gemma4StoredFrame, i);
    if (!map_frame (medium, stored))
      return FALSE;
    medium->n_tokens[i] = gemma4_vision_tokens (medium->frames[i].n_columns *
        medium->frames[i].n_lines, params->pack.pooling_kernel_size);
    if (medium->take->kind == GEMMA4_MEDIA_IMAGE
        && params->pack.target == GEMMA4_TARGET_KERASHUB
        && params->pack.num_vision_tokens_per_image)
      medium->n_tokens[i] = params->pack.num_vision_tokens_per_image;
    medium->stamps_ns[i] = params->stamps_from_stream ? stored->stream_ns
        : stored->running_ns - origin_ns;
  }
  return TRUE;
}

static gboolean
read_take (Gemma4Assembly *self, Medium *medium, const Gemma4Take *take,
    GstClockTime origin_ns)
{
  gboolean audio = take->kind == GEMMA4_MEDIA_AUDIO;
  medium->take = take;
  medium->n_frames = audio ? 1 : take->frames->len;
  medium->maps = g_new0 (GstMapInfo, medium->n_frames);
  medium->frames = g_new0 (Gemma4Frame, medium->n_frames);
  medium->n_tokens = g_new0 (guint32, medium->n_frames);
  medium->stamps_ns = g_new0 (guint64, medium->n_frames);
  if (!audio)
    return read_frames (self, medium, origin_ns);
  medium->n_tokens[0] = self->params->pack.raw_audio ? take->clip.n_valid
      : gemma4_audio_tokens (take->clip.n_valid);
  return TRUE;
}

/* The text that is tokenized, and the order in which it names the media. */
static Gemma4Status
expand (Gemma4Assembly *self, const gchar *prompt, Gemma4Error *error)
{
  g_autofree Gemma4PromptMedia *media = g_new0 (Gemma4PromptMedia, self->n_media + 1);
  for (guint i = 0; i < self->n_media; i++) {
    const Medium *m = &self->media[i];
    media[i] = (Gemma4PromptMedia) {
      m->take->kind, m->take->number, m->n_frames, m->n_tokens, m->stamps_ns};
  }

  char *chat = NULL;
  Gemma4Status status = GEMMA4_OK;
  if (self->params->chat) {
    status = gemma4_prompt_chat (&self->params->chat_params, prompt, media, self->n_media,
        &chat, error);
    prompt = chat;
  }
  if (status == GEMMA4_OK)
    status = gemma4_prompt_expand (prompt, media, self->n_media, &self->expanded,
        self->order, error);
  free (chat);
  return status;
}

static Gemma4Status
encode (const Gemma4Assembly *self, const char *text, Gemma4Ids *ids, Gemma4Error *error)
{
  return gemma4_tokenizer_encode (self->params->tokenizer, text, strlen (text), ids, error);
}

/* In chat form to train, the response is the model's turn. */
static Gemma4Status
encode_response (Gemma4Assembly *self, const gchar *response, Gemma4Error *error)
{
  char *turn = NULL;
  if (!response)
    return GEMMA4_OK;
  if (!self->params->chat || !self->params->pack.train)
    return encode (self, response, &self->response_ids, error);
  Gemma4Status status = gemma4_prompt_chat_response (response, &turn, error);
  if (status == GEMMA4_OK)
    status = encode (self, turn, &self->response_ids, error);
  free (turn);
  return status;
}

static Gemma4Status
lay_out (Gemma4Assembly *self, Gemma4Error *error)
{
  for (guint i = 0; i < self->n_media; i++) {
    const Medium *m = &self->media[self->order[i]];
    self->pack_media[i] = (Gemma4PackMedia) {
      m->take->kind, m->frames, m->take->kind == GEMMA4_MEDIA_AUDIO ? 0 : m->n_frames,
      m->take->clip};
  }
  const Gemma4PackItem item = {
    .prompt_ids = self->ids.ids,
    .n_prompt_ids = self->ids.n_ids,
    .response_ids = self->response_ids.ids,
    .n_response_ids = self->response_ids.n_ids,
    .media = self->pack_media,
    .n_media = self->n_media,
  };
  return gemma4_pack_new (&self->params->pack,
      gemma4_tokenizer_special_ids (self->params->tokenizer), &item, 1, &self->pack,
      error);
}

Gemma4Status
gemma4_assemble (const Gemma4AssembleParams *params, const gchar *prompt,
    const gchar *response, GPtrArray *takes, GstClockTime origin_ns, Gemma4Assembly **assembly,
    Gemma4Error *error)
{
  g_autoptr (Gemma4Assembly) self = g_new0 (Gemma4Assembly, 1);
  self->params = params;
  self->n_media = takes->len;
  self->media = g_new0 (Medium, takes->len);
  self->order = g_new0 (size_t, takes->len);
  self->pack_media = g_new0 (Gemma4PackMedia, takes->len);

  for (guint i = 0; i < takes->len; i++) {
    if (!read_take (self, &self->media[i], g_ptr_array_index (takes, i), origin_ns)) {
      g_snprintf (error->text, sizeof error->text, "the tensors of %s cannot be read",
          self->media[i].take->pad_name);
      return GEMMA4_BAD_DATA;
    }
  }
  Gemma4Status status = expand (self, prompt, error);
  if (status == GEMMA4_OK)
    status = encode (self, self->expanded, &self->ids, error);
  if (status == GEMMA4_OK)
    status = encode_response (self, response, error);
  if (status == GEMMA4_OK)
    status = lay_out (self, error);
  if (status == GEMMA4_OK)
    *assembly = g_steal_pointer (&self);
  return status;
}

GstCaps *
gemma4_assembly_caps (const Gemma4Assembly *self)
{
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];
  guint n = gemma4_pack_n_tensors (self->pack);
  for (guint i = 0; i < n; i++)
    specs[i] = *gemma4_pack_spec (self->pack, i);
  GstCaps *caps = gemma4_tensors_caps (specs, n);
  gst_caps_set_simple (caps, "target", G_TYPE_STRING,
      gemma4_target_name (self->params->pack.target), NULL);
  return caps;
}

guint64
gemma4_assembly_n_tokens (const Gemma4Assembly *self)
{
  return gemma4_pack_n_tokens (self->pack);
}

guint64
gemma4_assembly_n_truncated (const Gemma4Assembly *self)
{
  return gemma4_pack_n_truncated (self->pack);
}

static guint64
count_id (const Gemma4Assembly *self, gint32 id)
{
  guint64 n = 0;
  for (gsize i = 0; i < self->ids.n_ids; i++)
    n += self->ids.ids[i] == id;
  return n;
}

static void
describe_medium (const Medium *medium, GstStructure *meta)
{
  const Gemma4Take *take = medium->take;
  if (take->kind == GEMMA4_MEDIA_AUDIO) {
    gemma4_meta_append_string (meta, "audio-pads", take->pad_name);
    gemma4_meta_append_uint64 (meta, "audio-running-times", take->running_ns);
    gemma4_meta_append_uint64 (meta, "audio-stream-times", take->stream_ns);
    gemma4_meta_append_uint64 (meta, "audio-durations", take->duration_ns);
    return;
  }
  for (guint i = 0; i < medium->n_frames; i++) {
    const Gemma4StoredFrame *frame = &g_array_index (take->frames, Gemma4StoredFrame, i);
    char stamp[GEMMA4_STAMP_BYTES] = "";
    if (take->kind == GEMMA4_MEDIA_VIDEO)
      gemma4_stamp_format (stamp, medium->stamps_ns[i]);
    gemma4_meta_append_string (meta, "frame-pads", take->pad_name);
    gemma4_meta_append_uint64 (meta, "frame-running-times", frame->running_ns);
    gemma4_meta_append_uint64 (meta, "frame-stream-times", frame->stream_ns);
    gemma4_meta_append_string (meta, "frame-stamps", stamp);
  }
}

static void
describe (const Gemma4Assembly *self, GstStructure *meta)
{
  const Gemma4SpecialIds *ids = gemma4_tokenizer_special_ids (self->params->tokenizer);
  const Gemma4TensorSpec *specs[GEMMA4_MAX_TENSORS];
  guint n = gemma4_pack_n_tensors (self->pack);
  for (guint i = 0; i < n; i++)
    specs[i] = gemma4_pack_spec (self->pack, i);
  gemma4_meta_set_tensors (meta, specs, n);

  char *folded = NULL;
  if (gemma4_prompt_fold (self->expanded, &folded) == GEMMA4_OK)
    gst_structure_set (meta, "prompt", G_TYPE_STRING, folded, NULL);
  free (folded);
  gst_structure_set (meta,
      "target", G_TYPE_STRING, gemma4_target_name (self->params->pack.target),
      "n-tokens", G_TYPE_UINT64, gemma4_assembly_n_tokens (self),
      "n-image-tokens", G_TYPE_UINT64, count_id (self, ids->image_soft),
      "n-video-tokens", G_TYPE_UINT64, count_id (self, ids->video_soft),
      "n-audio-tokens", G_TYPE_UINT64, count_id (self, ids->audio_soft), NULL);
  for (guint i = 0; i < self->n_media; i++)
    describe_medium (&self->media[self->order[i]], meta);
}

GstBuffer *
gemma4_assembly_write (const Gemma4Assembly *self, const Gemma4Allocation *allocation)
{
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];
  guint n = gemma4_pack_n_tensors (self->pack);
  for (guint i = 0; i < n; i++)
    specs[i] = *gemma4_pack_spec (self->pack, i);
  g_autoptr (GstBuffer) buffer = gemma4_tensors_buffer_new (specs, n, allocation);
  for (guint i = 0; buffer && i < n; i++) {
    GstMapInfo map;
    if (!gemma4_tensors_map (buffer, i, gemma4_tensor_bytes (&specs[i]), &map,
            GST_MAP_WRITE))
      return NULL;
    gemma4_pack_fill (self->pack, i, map.data);
    gst_memory_unmap (map.memory, &map);
  }
  if (!buffer)
    return NULL;
  describe (self, gemma4_meta_add (buffer));
#ifdef HAVE_ANALYTICS
  gemma4_analytics_add (buffer, specs, n);
#endif
  return g_steal_pointer (&buffer);
}
