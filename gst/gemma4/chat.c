/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "chat.h"

#include "placeholder.h"
#include "strbuf.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOS "<bos>"
#define TURN_BEGIN "<|turn>"
#define TURN_END "<turn|>\n"
#define THOUGHT_BEGIN "<|channel>"
#define THOUGHT_END "<channel|>"

/* The user's words without blanks and begin token around them. */
static const char *
strip (const char *prompt, size_t *n_bytes)
{
  *n_bytes = strlen (prompt);
  gemma4_utf8_trim (&prompt, n_bytes);
  if (strncmp (prompt, BOS, strlen (BOS)) == 0) {
    prompt += strlen (BOS);
    *n_bytes -= strlen (BOS);
    gemma4_utf8_trim (&prompt, n_bytes);
  }
  return prompt;
}

static void
append_system_turn (Gemma4StrBuf *text, const Gemma4ChatParams *params)
{
  const char *words = params->system_prompt ? params->system_prompt : "";
  size_t n_bytes = strlen (words);
  gemma4_utf8_trim (&words, &n_bytes);
  if (n_bytes == 0 && !params->thinking)
    return;

  gemma4_strbuf_append (text, TURN_BEGIN "system\n");
  if (params->thinking)
    gemma4_strbuf_append (text, "<|think|>\n");
  gemma4_strbuf_append_bytes (text, words, n_bytes);
  gemma4_strbuf_append (text, TURN_END);
}

/* Writes a placeholder for every medium that has none. It carries the number of
 * its medium where another placeholder of the kind has none, which would
 * otherwise take a different medium than before. */
static void
append_placeholders (Gemma4StrBuf *text, const Gemma4PromptMedia *media, size_t n_media,
    const Gemma4Assignment *assignment)
{
  for (int kind = 0; kind < GEMMA4_N_MEDIA_KINDS; kind++) {
    const char *name = gemma4_placeholder_name (kind);
    for (size_t m = 0; m < n_media; m++) {
      if ((int) media[m].kind != kind || assignment->placed[m])
        continue;
      if (assignment->n_unnumbered[kind] == 0) {
        gemma4_strbuf_append (text, name);
      } else {
        char number[16];
        snprintf (number, sizeof number, ":%u|>", media[m].number);
        gemma4_strbuf_append_bytes (text, name, strlen (name) - strlen ("|>"));
        gemma4_strbuf_append (text, number);
      }
    }
  }
}

/* Finds the media without placeholder in all that the text is made of. */
static Gemma4Status
assign (const char *head, const char *words, size_t n_bytes, const Gemma4PromptMedia *media,
    size_t n_media, Gemma4Assignment *assignment, Gemma4Error *error)
{
  Gemma4StrBuf whole = { 0 };
  char *text;
  gemma4_strbuf_append (&whole, head);
  gemma4_strbuf_append_bytes (&whole, words, n_bytes);
  Gemma4Status status = gemma4_strbuf_take (&whole, &text, error);
  if (status != GEMMA4_OK)
    return status;
  status = gemma4_assign (text, media, n_media, assignment, error);
  free (text);
  return status;
}

Gemma4Status
gemma4_chat_append_user (Gemma4StrBuf *text, const char *head, const char *prompt,
    const Gemma4PromptMedia *media, size_t n_media, Gemma4Error *error)
{
  size_t n_bytes;
  const char *words = strip (prompt, &n_bytes);
  Gemma4Assignment assignment;
  Gemma4Status status = assign (head, words, n_bytes, media, n_media, &assignment, error);
  if (status != GEMMA4_OK)
    return status;
  gemma4_strbuf_append (text, TURN_BEGIN "user\n");
  append_placeholders (text, media, n_media, &assignment);
  gemma4_strbuf_append_bytes (text, words, n_bytes);
  gemma4_strbuf_append (text, TURN_END);
  gemma4_assignment_clear (&assignment);
  return GEMMA4_OK;
}

static Gemma4Status
write_tail (const Gemma4ChatParams *params, const char *head, const char *prompt,
    const Gemma4PromptMedia *media, size_t n_media, char **tail, Gemma4Error *error)
{
  Gemma4StrBuf text = { 0 };
  Gemma4Status status = gemma4_chat_append_user (&text, head, prompt, media, n_media, error);
  if (status != GEMMA4_OK) {
    gemma4_strbuf_clear (&text);
    return status;
  }
  gemma4_strbuf_append (&text, TURN_BEGIN "model\n");
  if (params->empty_thought && !params->thinking)
    gemma4_strbuf_append (&text, THOUGHT_BEGIN "thought\n" THOUGHT_END);
  return gemma4_strbuf_take (&text, tail, error);
}

bool
gemma4_chat_is_complete (const char *prompt)
{
  return strstr (prompt, TURN_BEGIN) != NULL;
}

static Gemma4Status
check_texts (const Gemma4ChatParams *params, const char *prompt, Gemma4Error *error)
{
  Gemma4Status status = gemma4_utf8_check ("the prompt", prompt, strlen (prompt), error);
  if (status == GEMMA4_OK && params->system_prompt)
    status = gemma4_utf8_check ("the system prompt", params->system_prompt,
        strlen (params->system_prompt), error);
  return status;
}

Gemma4Status
gemma4_chat_parts (const Gemma4ChatParams *params, const char *prompt,
    const Gemma4PromptMedia *media, size_t n_media, char **head, char **tail,
    Gemma4Error *error)
{
  Gemma4StrBuf text = { 0 };
  char *made;
  bool complete = gemma4_chat_is_complete (prompt);
  Gemma4Status status = check_texts (params, prompt, error);
  if (status != GEMMA4_OK)
    return status;
  if (!complete)
    append_system_turn (&text, params);
  status = gemma4_strbuf_take (&text, &made, error);
  if (status != GEMMA4_OK)
    return status;
  if (complete) {
    bool has_bos = strncmp (prompt, BOS, strlen (BOS)) == 0;
    gemma4_strbuf_append (&text, prompt + (has_bos ? strlen (BOS) : 0));
    status = gemma4_strbuf_take (&text, tail, error);
  } else {
    status = write_tail (params, made, prompt, media, n_media, tail, error);
  }
  if (status == GEMMA4_OK)
    *head = made;
  else
    free (made);
  return status;
}

Gemma4Status
gemma4_prompt_chat (const Gemma4ChatParams *params, const char *prompt,
    const Gemma4PromptMedia *media, size_t n_media, char **text, Gemma4Error *error)
{
  char *head, *tail;
  Gemma4StrBuf chat = { 0 };
  Gemma4Status status =
      gemma4_chat_parts (params, prompt, media, n_media, &head, &tail, error);
  if (status != GEMMA4_OK)
    return status;
  gemma4_strbuf_append (&chat, head);
  gemma4_strbuf_append (&chat, tail);
  free (head);
  free (tail);
  return gemma4_strbuf_take (&chat, text, error);
}

/* Appends @text without what lies between a thought's begin and its end. */
static void
append_without_thought (Gemma4StrBuf *answer, const char *text)
{
  while (*text) {
    const char *end = strstr (text, THOUGHT_END);
    size_t n_bytes = end ? (size_t) (end - text) : strlen (text);
    const char *begin = memmem (text, n_bytes, THOUGHT_BEGIN, strlen (THOUGHT_BEGIN));
    gemma4_strbuf_append_bytes (answer, text, begin ? (size_t) (begin - text) : n_bytes);
    text += n_bytes + (end ? strlen (THOUGHT_END) : 0);
  }
}

void
gemma4_chat_append_answer (Gemma4StrBuf *turn, const char *response)
{
  Gemma4StrBuf answer = { 0 };
  append_without_thought (&answer, response);
  if (answer.text) {
    const char *words = answer.text;
    size_t n_bytes = answer.n_bytes;
    gemma4_utf8_trim (&words, &n_bytes);
    gemma4_strbuf_append_bytes (turn, words, n_bytes);
  }
  turn->failed |= answer.failed;
  gemma4_strbuf_append (turn, TURN_END);
  gemma4_strbuf_clear (&answer);
}

Gemma4Status
gemma4_prompt_chat_response (const char *response, char **text, Gemma4Error *error)
{
  Gemma4Status status = gemma4_utf8_check ("the response", response, strlen (response), error);
  if (status != GEMMA4_OK)
    return status;
  Gemma4StrBuf turn = { 0 };
  gemma4_chat_append_answer (&turn, response);
  return gemma4_strbuf_take (&turn, text, error);
}
