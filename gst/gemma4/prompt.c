/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "prompt.h"

#include "placeholder.h"
#include "stamp.h"
#include "strbuf.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

/* What stands around the soft tokens of one picture or sound. */
static const struct
{
  const char *begin;
  const char *end;
} brackets[GEMMA4_N_MEDIA_KINDS] = {
  [GEMMA4_MEDIA_IMAGE] = { "<|image>", "<image|>" },
  [GEMMA4_MEDIA_VIDEO] = { "<|image>", "<image|>" },
  [GEMMA4_MEDIA_AUDIO] = { "<|audio>", "<audio|>" },
};

static void
append_media (Gemma4StrBuf *text, const Gemma4PromptMedia *media)
{
  if (!media->n_tokens)
    gemma4_strbuf_append (text, gemma4_placeholder_name (media->kind));
  for (size_t i = 0; media->n_tokens && i < media->n_frames; i++) {
    if (media->kind == GEMMA4_MEDIA_VIDEO) {
      if (i > 0)
        gemma4_strbuf_append (text, " ");
      char stamp[GEMMA4_STAMP_BYTES];
      gemma4_stamp_format (stamp, media->stamps_ns[i]);
      gemma4_strbuf_append (text, stamp);
      gemma4_strbuf_append (text, " ");
    }
    gemma4_strbuf_append (text, brackets[media->kind].begin);
    gemma4_strbuf_repeat (text, gemma4_placeholder_name (media->kind), media->n_tokens[i]);
    gemma4_strbuf_append (text, brackets[media->kind].end);
  }
}

size_t
gemma4_prompt_append_expanded (Gemma4StrBuf *expanded, const char *text,
    const Gemma4PromptMedia *media, const size_t *assigned)
{
  Gemma4Placeholder p;
  size_t n = 0, at = 0;
  while (gemma4_placeholder_next (text, at, &p)) {
    gemma4_strbuf_append_bytes (expanded, text + at, p.start - at);
    append_media (expanded, &media[assigned[n++]]);
    at = p.start + p.n_bytes;
  }
  gemma4_strbuf_append (expanded, text + at);
  return n;
}

static Gemma4Status
expand (const char *prompt, const Gemma4PromptMedia *media,
    const Gemma4Assignment *assignment, char **text, Gemma4Error *error)
{
  Gemma4StrBuf expanded = { 0 };
  gemma4_prompt_append_expanded (&expanded, prompt, media, assignment->media);
  return gemma4_strbuf_take (&expanded, text, error);
}

Gemma4Status
gemma4_prompt_expand (const char *prompt, const Gemma4PromptMedia *media, size_t n_media,
    char **text, size_t *order, Gemma4Error *error)
{
  Gemma4Status status = gemma4_utf8_check ("the prompt", prompt, strlen (prompt), error);
  if (status != GEMMA4_OK)
    return status;
  Gemma4Assignment assignment;
  status = gemma4_assign (prompt, media, n_media, &assignment, error);
  if (status != GEMMA4_OK)
    return status;

  status = gemma4_assignment_check_complete (&assignment, error);
  if (status == GEMMA4_OK)
    status = expand (prompt, media, &assignment, text, error);
  if (status == GEMMA4_OK && n_media > 0)
    memcpy (order, assignment.media, n_media * sizeof *order);
  gemma4_assignment_clear (&assignment);
  return status;
}

size_t
gemma4_prompt_placeholders (const char *text, Gemma4MediaKind kind, uint32_t *numbers,
    size_t max)
{
  Gemma4Placeholder p;
  size_t n = 0;
  for (size_t at = 0; gemma4_placeholder_next (text, at, &p); at = p.start + p.n_bytes) {
    if (p.kind != kind)
      continue;
    if (numbers && n < max)
      numbers[n] = p.numbered ? p.number : UINT32_MAX;
    n++;
  }
  return n;
}

/* Bytes of the soft token at @text, or 0. */
static size_t
soft_token_bytes (const char *text)
{
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    const char *name = gemma4_placeholder_name (kind);
    if (strncmp (text, name, strlen (name)) == 0)
      return strlen (name);
  }
  return 0;
}

Gemma4Status
gemma4_prompt_fold (const char *expanded, char **text)
{
  Gemma4StrBuf folded = { 0 };
  const char *from = expanded;
  const char *at = expanded;
  while ((at = strstr (at, "<|"))) {
    size_t n_bytes = soft_token_bytes (at);
    if (n_bytes == 0) {
      at += 2;
      continue;
    }
    size_t n_times = 1;
    while (strncmp (at + n_times * n_bytes, at, n_bytes) == 0)
      n_times++;
    if (n_times > 1) {
      char times[24];
      snprintf (times, sizeof times, "*%zu", n_times);
      gemma4_strbuf_append_bytes (&folded, from, at + n_bytes - from);
      gemma4_strbuf_append (&folded, times);
      from = at + n_times * n_bytes;
    }
    at += n_times * n_bytes;
  }
  gemma4_strbuf_append (&folded, from);
  return gemma4_strbuf_take (&folded, text, NULL);
}
