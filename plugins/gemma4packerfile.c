/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The prompts that nobody says while it plays: the property prompt, or the file at
 * prompt-location. */

#include "gemma4packer.h"

#include <string.h>

#define GST_CAT_DEFAULT gst_gemma4_packer_debug

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void
add_prompt (GstGemma4Packer *self, const gchar *text, gsize n_bytes)
{
  if (n_bytes && text[n_bytes - 1] == '\n')
    n_bytes--;
  if (n_bytes && text[n_bytes - 1] == '\r')
    n_bytes--;
  if (!gemma4_text_is_blank (text, n_bytes))
    g_ptr_array_add (self->file_prompts, g_strndup (text, n_bytes));
}

static void
add_prompts (GstGemma4Packer *self, const gchar *text)
{
  if (g_str_has_prefix (text, BYTE_ORDER_MARK))
    text += strlen (BYTE_ORDER_MARK);
  while (self->settings.text_mode == GEMMA4_TEXT_LINES && *text) {
    gsize n_bytes = strcspn (text, "\n");
    add_prompt (self, text, n_bytes);
    text += n_bytes + (text[n_bytes] == '\n');
  }
  add_prompt (self, text, strlen (text));
}

static gboolean
refuse (GstGemma4Packer *self, const gchar *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree gchar *why = g_strdup_vprintf (format, args);
  va_end (args);
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("prompt-location=%s: %s",
          self->settings.prompt_location, why), (NULL));
  return FALSE;
}

gboolean
gemma4_packer_read_prompts (GstGemma4Packer *self)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *bad;
  gsize n_bytes;
  if (!self->settings.prompt_location)
    return TRUE;
  if (self->settings.prompt)
    return refuse (self, "the property prompt is set too: set one of them.");
  if (!g_file_get_contents (self->settings.prompt_location, &text, &n_bytes, &error))
    return refuse (self, "%s", error->message);
  if (n_bytes > GEMMA4_MAX_TEXT_BYTES)
    return refuse (self, "it has %" G_GSIZE_FORMAT " bytes, %d allowed: shorten it.", n_bytes,
        GEMMA4_MAX_TEXT_BYTES);
  if (!g_utf8_validate (text, n_bytes, &bad))
    return refuse (self, "it is not valid UTF-8 at byte %" G_GSIZE_FORMAT ": convert it.",
        (gsize) (bad - text));
  add_prompts (self, text);
  return self->file_prompts->len || refuse (self, "there is no prompt in it.");
}

/* What is asked where a cut says nothing of its own. */
guint
gemma4_packer_n_questions (GstGemma4Packer *self, const Gemma4Cut *cut)
{
  return cut->prompt ? 1 : MAX (self->file_prompts->len, 1);
}

gchar *
gemma4_packer_question (GstGemma4Packer *self, const Gemma4Cut *cut, guint i)
{
  if (cut->prompt || self->file_prompts->len)
    return g_strdup (cut->prompt ? cut->prompt : g_ptr_array_index (self->file_prompts, i));
  GST_OBJECT_LOCK (self);
  gchar *prompt = g_strdup (self->wanted.prompt ? self->wanted.prompt : "");
  GST_OBJECT_UNLOCK (self);
  return prompt;
}
