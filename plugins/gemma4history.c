/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4history.h"

#include <string.h>

/* Prompts that may wait for their answers beyond those that are kept. */
#define MAX_WAITING 64

static GPtrArray *
takes_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) gemma4_take_free);
}

static void
turn_free (Gemma4PastTurn *turn)
{
  g_free (turn->prompt);
  g_ptr_array_unref (turn->takes);
  if (turn->answer)
    g_string_free (turn->answer, TRUE);
  g_free (turn);
}

static GPtrArray *
turns_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) turn_free);
}

void
gemma4_past_turn_drop_media (Gemma4PastTurn *turn)
{
  g_ptr_array_unref (turn->takes);
  turn->takes = takes_new ();
}

const gchar *
gemma4_past_turn_pad (const Gemma4PastTurn *turn, gint kind)
{
  for (guint i = 0; i < turn->takes->len; i++) {
    const Gemma4Take *take = g_ptr_array_index (turn->takes, i);
    if (kind < 0 || (gint) take->kind == kind)
      return take->pad_name;
  }
  return NULL;
}

/* The array is shared with what it was recalled from. */
gboolean
gemma4_past_turn_drop_kind (Gemma4PastTurn *turn, Gemma4MediaKind kind)
{
  if (!gemma4_past_turn_pad (turn, kind))
    return FALSE;
  GPtrArray *left = takes_new ();
  for (guint i = 0; i < turn->takes->len; i++) {
    Gemma4Take *take = g_ptr_array_index (turn->takes, i);
    if (take->kind != kind)
      g_ptr_array_add (left, gemma4_take_ref (take));
  }
  g_ptr_array_unref (turn->takes);
  turn->takes = left;
  return TRUE;
}

static void
hide (Gemma4PastTurn *turn)
{
  turn->hidden = TRUE;
  gemma4_past_turn_drop_media (turn);
}

void
gemma4_history_init (Gemma4History *self)
{
  *self = (Gemma4History) {.turns = turns_new ()};
}

void
gemma4_history_clear (Gemma4History *self)
{
  g_ptr_array_unref (self->turns);
}

/* The turn whose answer is coming. */
static Gemma4PastTurn *
waiting (const Gemma4History *self)
{
  for (guint i = 0; i < self->turns->len; i++) {
    Gemma4PastTurn *turn = g_ptr_array_index (self->turns, i);
    if (!turn->ended)
      return turn;
  }
  return NULL;
}

static void
trim (Gemma4History *self, guint n_kept)
{
  while (self->turns->len > 0) {
    const Gemma4PastTurn *oldest = g_ptr_array_index (self->turns, 0);
    gboolean over = oldest->ended && (oldest->hidden || self->turns->len > n_kept);
    if (!over && self->turns->len <= n_kept + MAX_WAITING)
      return;
    g_ptr_array_remove_index (self->turns, 0);
  }
}

void
gemma4_history_end_answers (Gemma4History *self)
{
  for (guint i = 0; i < self->turns->len; i++)
    ((Gemma4PastTurn *) g_ptr_array_index (self->turns, i))->ended = TRUE;
}

void
gemma4_history_add (Gemma4History *self, const gchar *prompt, GPtrArray *takes,
    Gemma4Target target, GstClockTime origin_ns, guint n_kept)
{
  Gemma4PastTurn *turn = g_new0 (Gemma4PastTurn, 1);
  if (!self->counted)
    gemma4_history_end_answers (self);
  turn->id = self->n_turns++;
  turn->prompt = g_strdup (prompt);
  turn->takes = takes ? g_ptr_array_ref (takes) : takes_new ();
  turn->target = target;
  turn->origin_ns = origin_ns;
  /* one in chat form is a conversation of its own */
  turn->hidden = !n_kept || strstr (prompt, "<|turn>") != NULL;
  g_ptr_array_add (self->turns, turn);
  trim (self, n_kept);
}

const gchar *
gemma4_history_answer (Gemma4History *self, const gchar *text, gsize n_bytes)
{
  Gemma4PastTurn *turn = waiting (self);
  if (!turn)
    return "nothing was asked that is not answered yet";
  if (!turn->answer)
    turn->answer = g_string_new (NULL);
  if (turn->answer->len + n_bytes > GEMMA4_MAX_TEXT_BYTES)
    return "it is longer than 16 MiB";
  g_string_append_len (turn->answer, text, n_bytes);
  return NULL;
}

/* An answer without words is one, too. */
static void
end_answer (Gemma4PastTurn *turn)
{
  turn->ended = TRUE;
  if (!turn->answer)
    turn->answer = g_string_new (NULL);
}

/* A number that is smaller than before is of another stream. */
void
gemma4_history_count (Gemma4History *self, guint64 number)
{
  if (self->counted) {
    guint64 n = number > self->number ? number - self->number : number < self->number;
    for (Gemma4PastTurn *turn; n > 0 && (turn = waiting (self)); n--)
      end_answer (turn);
  }
  self->counted = TRUE;
  self->number = number;
}

void
gemma4_history_forget (Gemma4History *self)
{
  for (guint i = 0; i < self->turns->len; i++)
    hide (g_ptr_array_index (self->turns, i));
}

static Gemma4PastTurn *
copy_turn (const Gemma4PastTurn *turn)
{
  Gemma4PastTurn *copy = g_memdup2 (turn, sizeof *turn);
  copy->prompt = g_strdup (turn->prompt);
  copy->takes = g_ptr_array_ref (turn->takes);
  if (turn->answer) {
    g_autofree gchar *valid = g_utf8_make_valid (turn->answer->str, turn->answer->len);
    copy->answer = g_string_new (valid);
  }
  return copy;
}

static gboolean
has_pad (const Gemma4PastTurn *turn, const gchar *pad_name)
{
  for (guint i = 0; i < turn->takes->len; i++) {
    if (g_str_equal (((const Gemma4Take *) g_ptr_array_index (turn->takes, i))->pad_name,
            pad_name))
      return TRUE;
  }
  return FALSE;
}

gboolean
gemma4_history_has_pad (const Gemma4History *self, guint n, const gchar *pad_name)
{
  for (guint i = self->turns->len; i-- > 0 && n > 0;) {
    const Gemma4PastTurn *turn = g_ptr_array_index (self->turns, i);
    if (has_pad (turn, pad_name))
      return TRUE;
    n -= !turn->hidden;
  }
  return FALSE;
}

GPtrArray *
gemma4_history_recall (const Gemma4History *self, guint n)
{
  GPtrArray *turns = turns_new ();
  for (guint i = self->turns->len; i-- > 0 && turns->len < n;) {
    const Gemma4PastTurn *turn = g_ptr_array_index (self->turns, i);
    if (!turn->hidden)
      g_ptr_array_insert (turns, 0, copy_turn (turn));
  }
  return turns;
}

gboolean
gemma4_history_shorten (GPtrArray *turns, Gemma4MediaKind kind)
{
  for (guint i = 0; i < turns->len; i++) {
    if (gemma4_past_turn_drop_kind (g_ptr_array_index (turns, i), kind))
      return TRUE;
  }
  return FALSE;
}

GPtrArray *
gemma4_history_without (const GPtrArray *turns, Gemma4MediaKind kind)
{
  g_autoptr (GPtrArray) copies = turns_new ();
  gboolean any = FALSE;
  for (guint i = 0; i < turns->len; i++) {
    Gemma4PastTurn *copy = copy_turn (g_ptr_array_index (turns, i));
    any |= gemma4_past_turn_drop_kind (copy, kind);
    g_ptr_array_add (copies, copy);
  }
  return any ? g_steal_pointer (&copies) : NULL;
}

gboolean
gemma4_history_shows (const GPtrArray *turns, const GstBuffer *buffer)
{
  for (guint i = 0; i < turns->len; i++) {
    const GPtrArray *takes = ((const Gemma4PastTurn *) g_ptr_array_index (turns, i))->takes;
    for (guint k = 0; k < takes->len; k++) {
      if (gemma4_take_has (g_ptr_array_index (takes, k), buffer))
        return TRUE;
    }
  }
  return FALSE;
}

static const Gemma4PastTurn *
find (const GPtrArray *turns, guint64 id)
{
  for (guint i = 0; i < turns->len; i++) {
    const Gemma4PastTurn *turn = g_ptr_array_index (turns, i);
    if (turn->id == id)
      return turn;
  }
  return NULL;
}

void
gemma4_history_adopt (Gemma4History *self, const GPtrArray *turns)
{
  for (guint i = 0; i < self->turns->len; i++) {
    Gemma4PastTurn *turn = g_ptr_array_index (self->turns, i);
    const Gemma4PastTurn *copy = find (turns, turn->id);
    if (!copy)
      hide (turn);
    else if (!turn->hidden) {
      g_ptr_array_ref (copy->takes);
      g_ptr_array_unref (turn->takes);
      turn->takes = copy->takes;
    }
  }
}
