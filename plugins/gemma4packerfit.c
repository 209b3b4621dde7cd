/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Laying out the prompts of a batch, and what is given up where they do not fit: of
 * earlier turns their media, kind by kind, the oldest first, then the oldest turns; then
 * stills, which packs before had too; and only then the prompt itself. For the task,
 * without the lock. */

#include "gemma4packer.h"

#include <string.h>

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

/* A layout that was tried. */
typedef struct
{
  Gemma4Status status;
  Gemma4Assembly *assembly;     /* owned; or NULL */
  Gemma4Error error;
} Try;

static void
try_clear (Try *t)
{
  g_clear_pointer (&t->assembly, gemma4_assembly_free);
}

Gemma4Status
gemma4_packer_lay_out (const Gemma4AssembleParams *params, Gemma4Asked *const *asked, guint n,
    Gemma4Assembly **assembly, Gemma4Error *error)
{
  g_autofree Gemma4AssembleItem *items = g_new (Gemma4AssembleItem, n);
  for (guint i = 0; i < n; i++)
    items[i] = (Gemma4AssembleItem) {
      asked[i]->prompt, asked[i]->response, asked[i]->taken.takes, asked[i]->taken.origin_ns,
      asked[i]->turns, asked[i]->video_metadata};
  return gemma4_assemble (params, items, n, assembly, error);
}

static Try
lay_out (GstGemma4Packer *self, const Gemma4AssembleParams *params)
{
  Try t = {.error = {"" } };
  t.status = gemma4_packer_lay_out (params, (Gemma4Asked **) self->batch->pdata,
      self->batch->len, &t.assembly, &t.error);
  guint64 n_truncated = t.status == GEMMA4_OK ? gemma4_assembly_n_truncated (t.assembly) : 0;
  if (n_truncated) {
    t.error.allowed = self->settings.pack.sequence_length;
    t.error.needed = t.error.allowed + n_truncated;
  }
  return t;
}

/* Whether nothing is missing. */
static gboolean
fits (const Try *t)
{
  return t->status == GEMMA4_OK && !t->error.needed;
}

static gboolean
is_another_fault (const Try *a, const Try *b)
{
  return a->status != b->status || a->error.needed != b->error.needed
      || a->error.allowed != b->error.allowed || strcmp (a->error.text, b->error.text);
}

static gboolean
is_still (const Gemma4Take *take)
{
  return take->kind == GEMMA4_MEDIA_VIDEO && take->is_still;
}

/* The takes, without stills that the turns before have if @held, or without any. */
static GPtrArray *
without_stills (const GPtrArray *takes, const GPtrArray *turns, gboolean held)
{
  GPtrArray *left = g_ptr_array_new_with_free_func ((GDestroyNotify) gemma4_take_free);
  for (guint i = 0; i < takes->len; i++) {
    Gemma4Take *take = g_ptr_array_index (takes, i);
    if (!is_still (take) || (held && !gemma4_history_shows (turns,
                g_array_index (take->frames, Gemma4StoredFrame, 0).buffer)))
      g_ptr_array_add (left, gemma4_take_ref (take));
  }
  return left;
}

static void
set_takes (Gemma4Asked *asked, GPtrArray *takes)
{
  g_ptr_array_unref (asked->taken.takes);
  asked->taken.takes = takes;
}

/* Where @all was taken: what an earlier turn still has is not repeated, unless the prompt
 * says where it belongs. */
static Try
lay_out_again (GstGemma4Packer *self, const Gemma4AssembleParams *params, GPtrArray *all)
{
  Gemma4Asked *asked = g_ptr_array_index (self->batch, 0);
  if (asked->turns->len && !strstr (asked->prompt, "<|video|>"))
    set_takes (asked, without_stills (all, asked->turns, TRUE));
  else
    set_takes (asked, g_ptr_array_ref (all));
  return lay_out (self, params);
}

/* The kind of media of earlier turns without which it fits, or else without which something
 * else is wrong; -1 if there is none. */
static gint
kind_at_fault (GstGemma4Packer *self, const Gemma4AssembleParams *params, const Try *wrong,
    GPtrArray *all)
{
  static const Gemma4MediaKind kinds[] = { GEMMA4_MEDIA_AUDIO, GEMMA4_MEDIA_IMAGE,
    GEMMA4_MEDIA_VIDEO
  };
  Gemma4Asked *asked = g_ptr_array_index (self->batch, 0);
  GPtrArray *turns = asked->turns;
  gint found = -1;
  gboolean is_enough = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds) && !is_enough; i++) {
    g_autoptr (GPtrArray) without = gemma4_history_without (turns, kinds[i]);
    if (!without)
      continue;
    asked->turns = without;
    Try t = lay_out_again (self, params, all);
    asked->turns = turns;
    is_enough = fits (&t);
    if (is_enough || (found < 0 && is_another_fault (&t, wrong)))
      found = kinds[i];
    try_clear (&t);
  }
  return found;
}

/* The pad of the first thing that goes: of media of @kind, or, without one, of the oldest
 * turn and else of what was asked. */
static const gchar *
pad_of_oldest (const Gemma4Asked *asked, gint kind)
{
  const gchar *name = NULL;
  for (guint i = 0; i < (kind < 0 ? 1 : asked->turns->len) && !name; i++)
    name = gemma4_past_turn_pad (g_ptr_array_index (asked->turns, i), kind);
  return name ? name : asked->pad_name;
}

/* Gives up earlier turns until it fits. */
static Try
shorten (GstGemma4Packer *self, const Gemma4AssembleParams *params, GPtrArray *all)
{
  Gemma4Asked *asked = g_ptr_array_index (self->batch, 0);
  Try t = lay_out_again (self, params, all);
  Gemma4Error first = t.error;
  gint kind = -1;
  g_autofree gchar *pad_name = NULL;
  gboolean shortened = FALSE;
  while (!fits (&t) && asked->turns->len) {
    if (kind < 0 || !gemma4_history_shorten (asked->turns, kind)) {
      kind = kind_at_fault (self, params, &t, all);
      if (!shortened)
        pad_name = g_strdup (pad_of_oldest (asked, kind));
      if (kind < 0 || !gemma4_history_shorten (asked->turns, kind))
        g_ptr_array_remove_index (asked->turns, 0);
    }
    shortened = TRUE;
    try_clear (&t);
    t = lay_out_again (self, params, all);
  }
  if (shortened && t.status == GEMMA4_OK)
    gemma4_packer_post_lost (self, gemma4_packer_dropped_of (self, pad_name,
            "history", first.needed, first.allowed));
  return t;
}

gboolean
gemma4_packer_drop_stills (GstGemma4Packer *self, Gemma4Asked *asked)
{
  g_autoptr (GPtrArray) all = g_ptr_array_ref (asked->taken.takes);
  GPtrArray *left = without_stills (all, asked->turns, FALSE);
  gboolean any = left->len < all->len;
  set_takes (asked, left);
  return any;
}

void
gemma4_packer_tell_stills (GstGemma4Packer *self, const GPtrArray *takes)
{
  for (guint i = 0; i < takes->len; i++) {
    const Gemma4Take *take = g_ptr_array_index (takes, i);
    if (is_still (take))
      gst_element_post_message (GST_ELEMENT (self),
          gemma4_packer_dropped_of (self, take->pad_name, "no-picture", 0, 0));
  }
}

/* Lays the batch out without stills; FALSE, and all as before, if there are none or that
 * is no better. */
static gboolean
fits_without_stills (GstGemma4Packer *self, const Gemma4AssembleParams *params, Try *t)
{
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func ((GDestroyNotify)
      g_ptr_array_unref);
  gboolean any = FALSE;
  for (guint i = 0; i < self->batch->len; i++) {
    Gemma4Asked *asked = g_ptr_array_index (self->batch, i);
    g_ptr_array_add (before, g_ptr_array_ref (asked->taken.takes));
    any |= gemma4_packer_drop_stills (self, asked);
  }
  Try better = any ? lay_out (self, params) : *t;
  gboolean ok = any && better.status == GEMMA4_OK;
  for (guint i = 0; i < self->batch->len; i++) {
    GPtrArray *takes = g_ptr_array_index (before, i);
    if (ok)
      gemma4_packer_tell_stills (self, takes);
    else
      set_takes (g_ptr_array_index (self->batch, i), g_ptr_array_ref (takes));
  }
  if (!ok)
    return FALSE;
  try_clear (t);
  *t = better;
  return TRUE;
}

Gemma4Status
gemma4_packer_fit (GstGemma4Packer *self, const Gemma4AssembleParams *params,
    Gemma4Assembly **assembly, Gemma4Error *error)
{
  const Gemma4Asked *first = g_ptr_array_index (self->batch, 0);
  g_autoptr (GPtrArray) all = g_ptr_array_ref (first->taken.takes);
  Try t = shorten (self, params, all);
  if (t.status != GEMMA4_OK)
    fits_without_stills (self, params, &t);
  *assembly = t.assembly;
  *error = t.error;
  return t.status;
}
