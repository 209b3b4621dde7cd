/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A prompt with what was said before it. */

#include <gst/gemma4/prompt.h>

/* What a user said, and what the model answered. */
typedef struct
{
  const char *prompt;           /* UTF-8, NUL-terminated */
  const char *answer;           /* UTF-8, with its thoughts; NULL: none came */
  const Gemma4PromptMedia *media;       /* [n_media], the prompt's */
  size_t n_media;
} Gemma4Turn;

/**
 * gemma4_conversation_expand:
 * Puts a conversation into the chat form, its media expanded to soft tokens and
 * without the begin token: system turn, every turn of the user followed by the
 * model's, if it answered, then the last turn of the user and the begin of the
 * model's. Of answers the thoughts are removed, and what stands behind a <turn|>.
 * Placeholders belong to the media of their own turn, those of the system prompt to
 * the last turn's. In earlier turns a placeholder of a kind of which the turn has no
 * media (given up since) leaves nothing, in answers every one does.
 * A last prompt that contains <|turn> is in chat form already: earlier turns and
 * @params do not count. One turn alone gives what gemma4_prompt_chat() and
 * gemma4_prompt_expand() give.
 * @turns: [n_turns], n_turns > 0; the last one is asked, and its answer not used
 * @text: (out): to be freed with free()
 * @order: (out): media indices in the order of the text, counted through all turns
 *   one behind the other; [the media of all turns], written on error, too
 * @n_order: (out): how many are in the text
 * Returns: GEMMA4_OK, GEMMA4_BAD_UTF8, GEMMA4_MEDIA_MISMATCH or GEMMA4_NO_MEMORY.
 * Source: the chat template published with the checkpoints, 2026-07-09
 * Test: tests/check/libs/conversation.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_conversation_expand (const Gemma4ChatParams *
    params, const Gemma4Turn * turns, size_t n_turns, char **text, size_t *order,
    size_t *n_order, Gemma4Error * error);
