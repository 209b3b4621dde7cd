/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "conversation.h"

#include "chat.h"
#include "placeholder.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* Where the text of a conversation is written. */
typedef struct
{
  Gemma4StrBuf text;
  size_t *order;
  size_t n_order;
  size_t first_media;           /* of the turn that is written */
} Writer;

static bool
has_kind (const Gemma4Turn *turn, Gemma4MediaKind kind)
{
  for (size_t m = 0; m < turn->n_media; m++)
    if (turn->media[m].kind == kind)
      return true;
  return false;
}

/* @text up to @end, NULL: all of it, without the placeholders that have no media;
 * @turn NULL: without all of them. */
static Gemma4Status
without_placeholders (const char *text, const char *end, const Gemma4Turn *turn, char **rest,
    Gemma4Error *error)
{
  Gemma4StrBuf kept = { 0 };
  Gemma4Placeholder p;
  size_t n_bytes = end ? (size_t) (end - text) : strlen (text);
  size_t from = 0;
  for (size_t at = 0; gemma4_placeholder_next (text, at, &p) && p.start < n_bytes;) {
    at = p.start + p.n_bytes;
    if (turn && has_kind (turn, p.kind))
      continue;
    gemma4_strbuf_append_bytes (&kept, text + from, p.start - from);
    from = at;
  }
  gemma4_strbuf_append_bytes (&kept, text + from, n_bytes - from);
  return gemma4_strbuf_take (&kept, rest, error);
}

static Gemma4Status
write_prompt (Writer *writer, const Gemma4Turn *turn, Gemma4Error *error)
{
  Gemma4StrBuf user = { 0 };
  char *words, *text = NULL, *expanded;
  Gemma4Status status = without_placeholders (turn->prompt, NULL, turn, &words, error);
  if (status != GEMMA4_OK)
    return status;
  status = gemma4_chat_append_user (&user, "", words, turn->media, turn->n_media, error);
  free (words);
  if (status == GEMMA4_OK)
    status = gemma4_strbuf_take (&user, &text, error);
  if (status == GEMMA4_OK)      /* without media there is no order: NULL + 0 is undefined in C */
    status = gemma4_prompt_expand (text, turn->media, turn->n_media, &expanded,
        writer->order ? writer->order + writer->n_order : NULL, error);
  gemma4_strbuf_clear (&user);
  free (text);
  if (status != GEMMA4_OK)
    return status;
  for (size_t i = 0; i < turn->n_media; i++)
    writer->order[writer->n_order++] += writer->first_media;
  gemma4_strbuf_append (&writer->text, expanded);
  free (expanded);
  return GEMMA4_OK;
}

static Gemma4Status
write_answer (Writer *writer, const char *answer, Gemma4Error *error)
{
  char *words;
  Gemma4Status status = gemma4_utf8_check ("an answer", answer, strlen (answer), error);
  if (status == GEMMA4_OK)
    status = without_placeholders (answer, strstr (answer, "<turn|>"), NULL, &words, error);
  if (status != GEMMA4_OK)
    return status;
  gemma4_strbuf_append (&writer->text, "<|turn>model\n");
  gemma4_chat_append_answer (&writer->text, words);
  free (words);
  return GEMMA4_OK;
}

static Gemma4Status
write_past (Writer *writer, const Gemma4Turn *turns, size_t n_turns, Gemma4Error *error)
{
  Gemma4Status status = GEMMA4_OK;
  for (size_t i = 0; i < n_turns && status == GEMMA4_OK; i++) {
    status = gemma4_utf8_check ("an earlier prompt", turns[i].prompt,
        strlen (turns[i].prompt), error);
    if (status == GEMMA4_OK)
      status = write_prompt (writer, &turns[i], error);
    if (status == GEMMA4_OK && turns[i].answer)
      status = write_answer (writer, turns[i].answer, error);
    writer->first_media += turns[i].n_media;
  }
  return status;
}

/* Appends one part of the last turn. */
static void
write_part (Writer *writer, const char *part, const Gemma4Turn *turn, const size_t **assigned,
    size_t first_media)
{
  size_t n = gemma4_prompt_append_expanded (&writer->text, part, turn->media, *assigned);
  for (size_t i = 0; i < n; i++)
    writer->order[writer->n_order++] = first_media + *(*assigned)++;
}

/* Which media of the last turn the placeholders of both its parts take. */
static Gemma4Status
assign_last (const char *head, const char *tail, const Gemma4Turn *turn,
    Gemma4Assignment *assignment, Gemma4Error *error)
{
  Gemma4StrBuf both = { 0 };
  char *text;
  gemma4_strbuf_append (&both, head);
  gemma4_strbuf_append (&both, tail);
  Gemma4Status status = gemma4_strbuf_take (&both, &text, error);
  if (status != GEMMA4_OK)
    return status;
  status = gemma4_assign (text, turn->media, turn->n_media, assignment, error);
  free (text);
  if (status != GEMMA4_OK)
    return status;
  status = gemma4_assignment_check_complete (assignment, error);
  if (status != GEMMA4_OK)
    gemma4_assignment_clear (assignment);
  return status;
}

static Gemma4Status
write_all (Writer *writer, const Gemma4Turn *turns, size_t n_turns, const char *head,
    const char *tail, Gemma4Error *error)
{
  const Gemma4Turn *last = &turns[n_turns - 1];
  size_t n_past = gemma4_chat_is_complete (last->prompt) ? 0 : n_turns - 1;
  size_t first_media = 0;
  Gemma4Assignment assignment;
  Gemma4Status status = assign_last (head, tail, last, &assignment, error);
  if (status != GEMMA4_OK)
    return status;
  const size_t *assigned = assignment.media;
  for (size_t i = 0; i < n_turns - 1; i++)
    first_media += turns[i].n_media;
  write_part (writer, head, last, &assigned, first_media);
  status = write_past (writer, turns, n_past, error);
  if (status == GEMMA4_OK)
    write_part (writer, tail, last, &assigned, first_media);
  gemma4_assignment_clear (&assignment);
  return status;
}

Gemma4Status
gemma4_conversation_expand (const Gemma4ChatParams *params, const Gemma4Turn *turns,
    size_t n_turns, char **text, size_t *order, size_t *n_order, Gemma4Error *error)
{
  const Gemma4Turn *last = &turns[n_turns - 1];
  Writer writer = {.order = order };
  char *head, *tail;
  Gemma4Status status = gemma4_chat_parts (params, last->prompt, last->media, last->n_media,
      &head, &tail, error);
  if (status != GEMMA4_OK)
    return status;
  status = write_all (&writer, turns, n_turns, head, tail, error);
  free (head);
  free (tail);
  if (status == GEMMA4_OK)
    status = gemma4_strbuf_take (&writer.text, text, error);
  else
    gemma4_strbuf_clear (&writer.text);
  if (status == GEMMA4_OK)
    *n_order = writer.n_order;
  return status;
}
