/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "placeholder.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct
{
  const char *name;
  const char *keyword;
  const char *one;
  const char *many;
} kinds[GEMMA4_N_MEDIA_KINDS] = {
  [GEMMA4_MEDIA_IMAGE] = { "<|image|>", "image", "image", "images" },
  [GEMMA4_MEDIA_VIDEO] = { "<|video|>", "video", "video", "videos" },
  [GEMMA4_MEDIA_AUDIO] = { "<|audio|>", "audio", "audio clip", "audio clips" },
};

const char *
gemma4_placeholder_name (Gemma4MediaKind kind)
{
  return kinds[kind].name;
}

/* Reads the digits at @text and returns the first byte behind them. */
static const char *
read_number (const char *text, uint32_t *number)
{
  uint32_t value = 0;
  for (; *text >= '0' && *text <= '9'; text++)
    if (__builtin_mul_overflow (value, 10, &value)
        || __builtin_add_overflow (value, *text - '0', &value))
      value = UINT32_MAX;
  *number = value;
  return text;
}

/* Reads the placeholder of @kind that begins with the "<|" at @text. */
static bool
read_placeholder (const char *text, Gemma4MediaKind kind, Gemma4Placeholder *found)
{
  size_t n_bytes = strlen (kinds[kind].keyword);
  const char *end = text + 2;
  if (strncmp (end, kinds[kind].keyword, n_bytes) != 0)
    return false;

  end += n_bytes;
  found->kind = kind;
  found->numbered = end[0] == ':' && end[1] >= '0' && end[1] <= '9';
  found->number = 0;
  if (found->numbered)
    end = read_number (end + 1, &found->number);
  if (strncmp (end, "|>", 2) != 0)
    return false;
  found->n_bytes = end + 2 - text;
  return true;
}

bool
gemma4_placeholder_next (const char *text, size_t from, Gemma4Placeholder *found)
{
  const char *at = text + from;
  while ((at = strstr (at, "<|"))) {
    for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
      if (read_placeholder (at, kind, found)) {
        found->start = at - text;
        return true;
      }
    }
    at += 2;
  }
  return false;
}

/* "is no image", "is 1 image" or "are 2 images" */
static void
format_media (char *text, size_t n_bytes, Gemma4MediaKind kind, size_t n)
{
  if (n == 0)
    snprintf (text, n_bytes, "is no %s", kinds[kind].one);
  else if (n == 1)
    snprintf (text, n_bytes, "is 1 %s", kinds[kind].one);
  else
    snprintf (text, n_bytes, "are %zu %s", n, kinds[kind].many);
}

static Gemma4Status
check_not_too_many (const Gemma4Assignment *self, Gemma4Error *error)
{
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    size_t n = self->n_written[kind];
    if (n <= self->n_media[kind])
      continue;
    char there[64];
    format_media (there, sizeof there, kind, self->n_media[kind]);
    return gemma4_fail (error, GEMMA4_MEDIA_MISMATCH,
        "the prompt has %zu %s placeholder%s but there %s: "
        "remove a placeholder or link another %s pad", n, kinds[kind].name,
        n == 1 ? "" : "s", there, kinds[kind].keyword);
  }
  return GEMMA4_OK;
}

Gemma4Status
gemma4_assignment_check_complete (const Gemma4Assignment *self, Gemma4Error *error)
{
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    size_t n = self->n_written[kind];
    if (n >= self->n_media[kind])
      continue;
    char there[64];
    format_media (there, sizeof there, kind, self->n_media[kind]);
    return gemma4_fail (error, GEMMA4_MEDIA_MISMATCH,
        "the prompt has %zu %s placeholder%s but there %s: "
        "write %s in the prompt where each belongs, or use the chat form, which adds it",
        n, kinds[kind].name, n == 1 ? "" : "s", there, kinds[kind].name);
  }
  return GEMMA4_OK;
}

static void
count (const char *text, const Gemma4PromptMedia *media, size_t n_media,
    Gemma4Assignment *self)
{
  Gemma4Placeholder p;
  for (size_t at = 0; gemma4_placeholder_next (text, at, &p); at = p.start + p.n_bytes) {
    self->n_placeholders++;
    self->n_written[p.kind]++;
    self->n_unnumbered[p.kind] += !p.numbered;
  }
  for (size_t m = 0; m < n_media; m++)
    self->n_media[media[m].kind]++;
}

/* The first medium that is left and that @p can take, or @n_media. */
static size_t
find_media (const Gemma4Assignment *self, const Gemma4PromptMedia *media, size_t n_media,
    const Gemma4Placeholder *p)
{
  size_t m = 0;
  while (m < n_media && (self->placed[m] || media[m].kind != p->kind
          || (p->numbered && media[m].number != p->number)))
    m++;
  return m;
}

/* Serves the placeholders that have a number, or those that have none. */
static Gemma4Status
assign_pass (const char *text, const Gemma4PromptMedia *media, size_t n_media, bool numbered,
    Gemma4Assignment *self, Gemma4Error *error)
{
  Gemma4Placeholder p;
  size_t i = 0;
  for (size_t at = 0; gemma4_placeholder_next (text, at, &p); at = p.start + p.n_bytes, i++) {
    if (p.numbered != numbered)
      continue;
    size_t m = find_media (self, media, n_media, &p);
    if (m == n_media)
      return gemma4_fail (error, GEMMA4_MEDIA_MISMATCH,
          "the prompt has %.*s at byte %zu but no %s %u is left for it: write the number "
          "of a linked pad, or %s for the next one", (int) p.n_bytes, text + p.start, p.start,
          kinds[p.kind].one, p.number, kinds[p.kind].name);
    self->media[i] = m;
    self->placed[m] = true;
  }
  return GEMMA4_OK;
}

Gemma4Status
gemma4_assign (const char *text, const Gemma4PromptMedia *media, size_t n_media,
    Gemma4Assignment *assignment, Gemma4Error *error)
{
  Gemma4Assignment self = { 0 };
  count (text, media, n_media, &self);
  Gemma4Status status = check_not_too_many (&self, error);
  if (status != GEMMA4_OK)
    return status;

  self.media = calloc (self.n_placeholders + 1, sizeof *self.media);
  self.placed = calloc (n_media + 1, sizeof *self.placed);
  if (!self.media || !self.placed)
    status = gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory for %zu media", n_media);
  for (int numbered = 1; numbered >= 0 && status == GEMMA4_OK; numbered--)
    status = assign_pass (text, media, n_media, numbered, &self, error);
  if (status != GEMMA4_OK)
    gemma4_assignment_clear (&self);
  else
    *assignment = self;
  return status;
}

void
gemma4_assignment_clear (Gemma4Assignment *self)
{
  free (self->media);
  free (self->placed);
  *self = (Gemma4Assignment) { 0 };
}
