/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4row.h"

#include "gemma4framestore.h"
#include "gemma4meta.h"
#include "gemma4videometadata.h"

#include <stdlib.h>
#include <string.h>

static void
clear_medium (gpointer data)
{
  Gemma4Medium *medium = data;
  for (guint i = 0; i < medium->n_mapped; i++)
    gst_memory_unmap (medium->maps[i].memory, &medium->maps[i]);
  g_free (medium->maps);
  g_free (medium->frames);
  g_free (medium->n_tokens);
  g_free (medium->stamps_ns);
}

void
gemma4_row_clear (Gemma4Row *row)
{
  g_clear_pointer (&row->media, g_array_unref);
  g_free (row->order);
  g_free (row->pack_media);
  free (row->expanded);
  gemma4_ids_clear (&row->ids);
  gemma4_ids_clear (&row->response_ids);
}

static gboolean
map_frame (Gemma4Medium *medium, const Gemma4StoredFrame *stored)
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

static guint64
stamp_of (const Gemma4AssembleParams *params, const Gemma4Take *take, guint i,
    GstClockTime origin_ns)
{
  const Gemma4StoredFrame *stored = &g_array_index (take->frames, Gemma4StoredFrame, i);
  if (take->metadata)
    return gemma4_video_metadata_stamp_ns (take->metadata, i, params->video_fps);
  if (params->stamps_from_stream)
    return stored->stream_ns;
  /* a model reads time of the media */
  GstClockTime behind = stored->running_ns - origin_ns;
  return stored->rate == 1.0 ? behind : (guint64) (behind * stored->rate + 0.5);
}

static gboolean
read_frames (const Gemma4AssembleParams *params, Gemma4Medium *medium,
    GstClockTime origin_ns)
{
  for (guint i = 0; i < medium->n_frames; i++) {
    if (!map_frame (medium, &g_array_index (medium->take->frames, Gemma4StoredFrame, i)))
      return FALSE;
    medium->n_tokens[i] = gemma4_vision_tokens (medium->frames[i].n_columns *
        medium->frames[i].n_lines, params->pack.pooling_kernel_size);
    if (medium->kind == GEMMA4_MEDIA_IMAGE && params->pack.target == GEMMA4_TARGET_KERASHUB
        && params->pack.num_vision_tokens_per_image)
      medium->n_tokens[i] = params->pack.num_vision_tokens_per_image;
    medium->stamps_ns[i] = stamp_of (params, medium->take, i, origin_ns);
  }
  return TRUE;
}

/* A medium of the row with room for @n_frames. */
static Gemma4Medium *
add_medium (Gemma4Row *row, Gemma4MediaKind kind, guint number, guint n_frames)
{
  Gemma4Medium medium = {
    .kind = kind,
    .number = number,
    .n_frames = n_frames,
    .maps = g_new0 (GstMapInfo, n_frames),
    .frames = g_new0 (Gemma4Frame, n_frames),
    .n_tokens = g_new0 (guint32, n_frames),
    .stamps_ns = g_new0 (guint64, n_frames),
  };
  g_array_append_val (row->media, medium);
  return &g_array_index (row->media, Gemma4Medium, row->media->len - 1);
}

static Gemma4Status
check_metadata (const Gemma4Take *take, Gemma4Error *error)
{
  guint n = take->metadata ? gemma4_video_metadata_n_frames (take->metadata)
      : take->frames->len;
  if (n == take->frames->len)
    return GEMMA4_OK;
  g_snprintf (error->text, sizeof error->text, "video-metadata of %s has %u frames-indices, "
      "but its video has %u frames: give one for each", take->pad_name, n,
      take->frames->len);
  return GEMMA4_MEDIA_MISMATCH;
}

static Gemma4Status
read_take (Gemma4Row *row, const Gemma4Take *take, GstClockTime origin_ns,
    Gemma4Error *error)
{
  const Gemma4AssembleParams *params = row->params;
  gboolean audio = take->kind == GEMMA4_MEDIA_AUDIO;
  Gemma4Medium *medium = add_medium (row, take->kind, take->number,
      audio ? take->n_clips : take->frames->len);
  medium->take = take;
  if (audio) {
    for (guint i = 0; i < take->n_clips; i++)
      medium->n_tokens[i] = gemma4_clip_tokens (params->pack.raw_audio,
          take->clips[i].clip.n_valid);
    return GEMMA4_OK;
  }
  Gemma4Status status = check_metadata (take, error);
  if (status == GEMMA4_OK && !read_frames (params, medium, origin_ns)) {
    g_snprintf (error->text, sizeof error->text, "the tensors of %s cannot be read",
        take->pad_name);
    status = GEMMA4_BAD_DATA;
  }
  return status;
}

/* What KerasHub writes for a placeholder of which nothing came; @metadata of video, or
 * NULL. */
static void
add_missing (Gemma4Row *row, Gemma4MediaKind kind, guint number,
    const GstStructure *metadata)
{
  const Gemma4AssembleParams *params = row->params;
  const Gemma4PackParams *pack = &params->pack;
  gboolean video = kind == GEMMA4_MEDIA_VIDEO;
  guint n_told = metadata ? gemma4_video_metadata_n_frames (metadata) : 0;
  Gemma4Medium *medium = add_medium (row, kind, number,
      !video ? 1 : n_told ? n_told : pack->num_frames_per_video);
  for (guint i = 0; i < medium->n_frames; i++) {
    medium->n_tokens[i] = video ? params->num_vision_tokens_per_frame
        : pack->num_vision_tokens_per_image ? pack->num_vision_tokens_per_image
        : pack->image_soft_tokens;
    medium->stamps_ns[i] = video && n_told ? gemma4_video_metadata_stamp_ns (metadata, i,
        params->video_fps) : (guint64) (i / params->video_fps) * GST_SECOND;
  }
  if (kind == GEMMA4_MEDIA_AUDIO)
    g_clear_pointer (&medium->n_tokens, g_free);
}

static gboolean
has_kind (GPtrArray *takes, Gemma4MediaKind kind)
{
  for (guint i = 0; i < takes->len; i++) {
    if (((const Gemma4Take *) g_ptr_array_index (takes, i))->kind == kind)
      return TRUE;
  }
  return FALSE;
}

/* Placeholders of kinds of which nothing came get something in their place. */
static void
read_missing (Gemma4Row *row, const Gemma4AssembleItem *item)
{
  const gchar *system = row->params->chat ? row->params->chat_params.system_prompt : NULL;
  g_autofree gchar *text = g_strconcat (system ? system : "", item->prompt, NULL);
  if (!row->params->pack.allow_missing
      || row->params->pack.target != GEMMA4_TARGET_KERASHUB)
    return;
  for (guint kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    gsize n = has_kind (item->takes, kind) ? 0
        : gemma4_prompt_placeholders (text, kind, NULL, 0);
    g_autofree guint32 *numbers = g_new (guint32, n);
    gemma4_prompt_placeholders (text, kind, numbers, n);
    for (gsize i = 0; i < n; i++)
      add_missing (row, kind, numbers[i], item->video_metadata);
  }
}

/* What the core must know of the media. */
static Gemma4PromptMedia *
prompt_media (const Gemma4Row *row)
{
  Gemma4PromptMedia *media = g_new0 (Gemma4PromptMedia, row->media->len + 1);
  for (guint i = 0; i < row->media->len; i++) {
    const Gemma4Medium *m = &g_array_index (row->media, Gemma4Medium, i);
    media[i] = (Gemma4PromptMedia) {
      m->kind, m->number, m->n_frames, m->n_tokens, m->stamps_ns};
  }
  return media;
}

/* Earlier turns, then the prompt, each with its part of the media. */
static Gemma4Status
expand_chat (Gemma4Row *row, const gchar *prompt, const Gemma4PromptMedia *media,
    Gemma4Error *error)
{
  guint n_past = row->turns ? row->turns->len : 0;
  g_autofree Gemma4Turn *turns = g_new0 (Gemma4Turn, n_past + 1);
  guint first = 0;
  for (guint i = 0; i < n_past; i++) {
    const Gemma4PastTurn *past = g_ptr_array_index (row->turns, i);
    turns[i] = (Gemma4Turn) {
      past->prompt, past->answer ? past->answer->str : NULL, media + first, past->takes->len};
    first += past->takes->len;
  }
  turns[n_past] = (Gemma4Turn) {
    prompt, NULL, media + first, row->media->len - first};
  return gemma4_conversation_expand (&row->params->chat_params, turns, n_past + 1,
      &row->expanded, row->order, &row->n_order, error);
}

/* The text that is tokenized, and the order in which it names the media. To a
 * model that takes text only, placeholders are text. */
static Gemma4Status
expand (Gemma4Row *row, const gchar *prompt, Gemma4Error *error)
{
  g_autofree Gemma4PromptMedia *media = prompt_media (row);
  if (row->params->chat)
    return expand_chat (row, prompt, media, error);
  row->n_order = row->media->len;
  if (!row->params->pack.text_only)
    return gemma4_prompt_expand (prompt, media, row->media->len, &row->expanded, row->order,
        error);
  row->expanded = strdup (prompt);
  return row->expanded ? GEMMA4_OK : GEMMA4_NO_MEMORY;
}

static Gemma4Status
encode (const Gemma4Row *row, const char *text, Gemma4Ids *ids, Gemma4Error *error)
{
  const gchar *lacks = gemma4_tokenizer_lacks (row->params->tokenizer, text, strlen (text));
  if (lacks) {
    g_snprintf (error->text, sizeof error->text, "the prompt needs %s, but the tokenizer's "
        "vocabulary lacks it: give the tokenizer of a Gemma 4 model", lacks);
    return GEMMA4_NOT_FOUND;
  }
  return gemma4_tokenizer_encode (row->params->tokenizer, text, strlen (text), ids, error);
}

/* In chat form to train, the response is the model's turn. */
static Gemma4Status
encode_response (Gemma4Row *row, const gchar *response, Gemma4Error *error)
{
  char *turn = NULL;
  if (!response)
    return GEMMA4_OK;
  if (!row->params->chat || !row->params->pack.train)
    return encode (row, response, &row->response_ids, error);
  Gemma4Status status = gemma4_prompt_chat_response (response, &turn, error);
  if (status == GEMMA4_OK)
    status = encode (row, turn, &row->response_ids, error);
  free (turn);
  return status;
}

static void
add_pack_media (Gemma4Row *row, const Gemma4Medium *medium)
{
  const Gemma4Take *take = medium->take;
  if (medium->kind != GEMMA4_MEDIA_AUDIO) {
    row->pack_media[row->n_pack_media++] = (Gemma4PackMedia) {
      medium->kind, medium->frames, medium->n_frames,};
    return;
  }
  for (guint i = 0; i < take->n_clips; i++)
    row->pack_media[row->n_pack_media++] = (Gemma4PackMedia) {
      .kind = medium->kind,.clip = take->clips[i].clip};
}

/* Media that is there, in the order of the prompt. */
static void
order_media (Gemma4Row *row)
{
  gsize n = 0;
  for (guint i = 0; i < row->media->len; i++)
    n += MAX (g_array_index (row->media, Gemma4Medium, i).n_frames, 1);
  row->pack_media = g_new0 (Gemma4PackMedia, n);
  for (gsize i = 0; i < row->n_order; i++) {
    const Gemma4Medium *m = &g_array_index (row->media, Gemma4Medium, row->order[i]);
    if (m->take)
      add_pack_media (row, m);
  }
}

static Gemma4Status
read_takes (Gemma4Row *row, const GPtrArray *takes, GstClockTime origin_ns,
    Gemma4Error *error)
{
  Gemma4Status status = GEMMA4_OK;
  for (guint i = 0; i < takes->len && status == GEMMA4_OK; i++)
    status = read_take (row, g_ptr_array_index (takes, i), origin_ns, error);
  return status;
}

Gemma4Status
gemma4_row_read (Gemma4Row *row, const Gemma4AssembleParams *params,
    const Gemma4AssembleItem *item, Gemma4Error *error)
{
  Gemma4Status status = GEMMA4_OK;
  row->params = params;
  row->media = g_array_new (FALSE, FALSE, sizeof (Gemma4Medium));
  g_array_set_clear_func (row->media, clear_medium);
  row->turns = item->turns;
  for (guint i = 0; row->turns && i < row->turns->len && status == GEMMA4_OK; i++) {
    const Gemma4PastTurn *past = g_ptr_array_index (row->turns, i);
    status = read_takes (row, past->takes, past->origin_ns, error);
  }
  if (status == GEMMA4_OK)
    status = read_takes (row, item->takes, item->origin_ns, error);
  if (status != GEMMA4_OK)
    return status;
  read_missing (row, item);
  row->order = g_new0 (size_t, row->media->len);
  status = expand (row, item->prompt, error);
  if (status == GEMMA4_OK)
    status = encode (row, row->expanded, &row->ids, error);
  if (status == GEMMA4_OK)
    status = encode_response (row, item->response, error);
  if (status == GEMMA4_OK)
    order_media (row);
  return status;
}

Gemma4PackItem
gemma4_row_item (const Gemma4Row *row)
{
  return (Gemma4PackItem) {
    .prompt_ids = row->ids.ids,
    .n_prompt_ids = row->ids.n_ids,
    .response_ids = row->response_ids.ids,
    .n_response_ids = row->response_ids.n_ids,
    .media = row->pack_media,
    .n_media = row->n_pack_media,
  };
}

static void
describe_medium (const Gemma4Medium *medium, GstStructure *meta)
{
  const Gemma4Take *take = medium->take;
  for (guint i = 0; i < take->n_clips; i++) {
    gemma4_meta_append_string (meta, "audio-pads", take->pad_name);
    gemma4_meta_append_uint64 (meta, "audio-running-times", take->clips[i].running_ns);
    gemma4_meta_append_uint64 (meta, "audio-stream-times", take->clips[i].stream_ns);
    gemma4_meta_append_uint64 (meta, "audio-durations", take->clips[i].duration_ns);
  }
  if (take->kind == GEMMA4_MEDIA_AUDIO)
    return;
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

void
gemma4_row_describe (const Gemma4Row *row, GstStructure *meta)
{
  for (gsize i = 0; i < row->n_order; i++) {
    const Gemma4Medium *m = &g_array_index (row->media, Gemma4Medium, row->order[i]);
    if (m->take)
      describe_medium (m, meta);
  }
}
