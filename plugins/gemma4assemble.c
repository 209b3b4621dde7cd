/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4assemble.h"

#include "gemma4analytics.h"
#include "gemma4meta.h"
#include "gemma4row.h"

#include <stdlib.h>

struct Gemma4Assembly
{
  const Gemma4AssembleParams *params;
  Gemma4Pack *pack;
  Gemma4Row *rows;              /* [n_rows] */
  guint n_rows;
};

void
gemma4_assembly_free (Gemma4Assembly *self)
{
  gemma4_pack_free (self->pack);
  for (guint i = 0; i < self->n_rows; i++)
    gemma4_row_clear (&self->rows[i]);
  g_free (self->rows);
  g_free (self);
}

static Gemma4Status
lay_out (Gemma4Assembly *self, Gemma4Error *error)
{
  g_autofree Gemma4PackItem *items = g_new (Gemma4PackItem, self->n_rows);
  for (guint i = 0; i < self->n_rows; i++)
    items[i] = gemma4_row_item (&self->rows[i]);
  return gemma4_pack_new (&self->params->pack,
      gemma4_tokenizer_special_ids (self->params->tokenizer), items, self->n_rows,
      &self->pack, error);
}

Gemma4Status
gemma4_assemble (const Gemma4AssembleParams *params, const Gemma4AssembleItem *items,
    guint n_items, Gemma4Assembly **assembly, Gemma4Error *error)
{
  g_autoptr (Gemma4Assembly) self = g_new0 (Gemma4Assembly, 1);
  Gemma4Status status = GEMMA4_OK;
  self->params = params;
  self->rows = g_new0 (Gemma4Row, n_items);
  while (self->n_rows < n_items && status == GEMMA4_OK) {
    status = gemma4_row_read (&self->rows[self->n_rows], params, &items[self->n_rows],
        error);
    self->n_rows++;
  }
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
  for (guint r = 0; r < self->n_rows; r++) {
    const Gemma4Ids *ids = &self->rows[r].ids;
    for (gsize i = 0; i < ids->n_ids; i++)
      n += ids->ids[i] == id;
  }
  return n;
}

/* The expanded prompts, one in a line of its own each. */
static gchar *
fold_prompts (const Gemma4Assembly *self)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < self->n_rows; i++) {
    char *folded = NULL;
    if (gemma4_prompt_fold (self->rows[i].expanded, &folded) == GEMMA4_OK)
      g_string_append_printf (text, "%s%s", i ? "\n" : "", folded);
    free (folded);
  }
  return g_string_free (text, FALSE);
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
  g_autofree gchar *prompts = fold_prompts (self);
  gst_structure_set (meta,
      "prompt", G_TYPE_STRING, prompts,
      "n-prompts", G_TYPE_UINT64, (guint64) self->n_rows,
      "target", G_TYPE_STRING, gemma4_target_name (self->params->pack.target),
      "n-tokens", G_TYPE_UINT64, gemma4_assembly_n_tokens (self),
      "n-image-tokens", G_TYPE_UINT64, count_id (self, ids->image_soft),
      "n-video-tokens", G_TYPE_UINT64, count_id (self, ids->video_soft),
      "n-audio-tokens", G_TYPE_UINT64, count_id (self, ids->audio_soft), NULL);
  for (guint i = 0; i < self->n_rows; i++)
    gemma4_row_describe (&self->rows[i], meta);
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
