/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the chat form, turn by turn. */

#include "prompt.h"
#include "strbuf.h"

/* The chat form of one prompt in two parts, between which earlier turns belong: the
 * system turn, maybe "", and the user's turn with the begin of the model's. A prompt
 * that is in chat form already is all @tail. As gemma4_prompt_chat(); free() both. */
Gemma4Status gemma4_chat_parts (const Gemma4ChatParams * params, const char *prompt,
    const Gemma4PromptMedia * media, size_t n_media, char **head, char **tail,
    Gemma4Error * error);

/* Whether @prompt is in chat form already. */
bool gemma4_chat_is_complete (const char *prompt);

/* Appends the user's turn. Media that have no placeholder in @head or @prompt get one
 * before the words. */
Gemma4Status gemma4_chat_append_user (Gemma4StrBuf * text, const char *head,
    const char *prompt, const Gemma4PromptMedia * media, size_t n_media,
    Gemma4Error * error);

/* Appends the rest of the model's turn: @response without thoughts, trimmed, and the
 * turn's end. */
void gemma4_chat_append_answer (Gemma4StrBuf * turn, const char *response);
