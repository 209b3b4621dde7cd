/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a person's words to the text that is tokenized: the turns of a chat
 * around them, and every placeholder replaced by the soft tokens of its media. */

#include <gst/gemma4/status.h>
#include <gst/gemma4/target.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a prompt needs to know of one picture, video or sound. */
typedef struct
{
  Gemma4MediaKind kind;
  uint32_t number;              /* n of the pad video_n, which <|video:n|> names */
  size_t n_frames;              /* frames of a video; clips of a sound; 1 for an image */
  const uint32_t *n_tokens;     /* [n_frames] soft tokens of each; NULL: the placeholder
                                 * stays as it is */
  const uint64_t *stamps_ns;    /* [n_frames] times of a video's frames; else unused */
} Gemma4PromptMedia;

typedef struct
{
  const char *system_prompt;    /* UTF-8, or NULL */
  bool thinking;                /* let the model think before it answers */
  bool empty_thought;           /* without thinking, the model wants an empty thought (12B, 26B, 31B) */
} Gemma4ChatParams;

/**
 * gemma4_prompt_chat:
 * Puts a user's prompt into the chat form, without the begin token:
 * [<|turn>system\n...<turn|>\n]<|turn>user\n...<turn|>\n<|turn>model\n
 * Media that have no placeholder in @prompt or the system prompt get one directly
 * before @prompt, in the order image, video, audio, and as in @media within a
 * kind; a numbered one, where another of its kind has no number, since that
 * would take a different medium than before.
 * A prompt that contains <|turn> is in chat form already and is left as it is:
 * @params do not count, no placeholder is added. A <bos> at the start of either
 * is dropped: the caller prepends its id.
 * @prompt: UTF-8, NUL-terminated; blanks at both ends are trimmed (all that
 *   Python's str.strip() takes for blanks)
 * @media: [n_media]
 * @text: (out): to be freed with free()
 * Returns: GEMMA4_OK, GEMMA4_BAD_UTF8, GEMMA4_MEDIA_MISMATCH or GEMMA4_NO_MEMORY.
 * Source: the chat template published with the checkpoints, 2026-07-09
 * Test: tests/check/libs/prompt.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_prompt_chat (const Gemma4ChatParams *
    params, const char *prompt, const Gemma4PromptMedia * media, size_t n_media,
    char **text, Gemma4Error * error);

/**
 * gemma4_prompt_chat_response:
 * The model's turn that answers a prompt in chat form, as training wants it:
 * the thought removed, trimmed, <turn|>\n behind it.
 * @text: (out): to be freed with free()
 * Returns: GEMMA4_OK, GEMMA4_BAD_UTF8 or GEMMA4_NO_MEMORY.
 * Source: strip_thinking of the same chat template
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_prompt_chat_response (const char *response,
    char **text, Gemma4Error * error);

/**
 * gemma4_prompt_expand:
 * Replaces every placeholder by the soft tokens of its media:
 * <|image|> and <|audio|> by begin, n times itself, end (a sound of several clips by as
 * many of these, with nothing between); <|video|> by
 * "mm:ss <|image>" n times itself "<image|>" for each frame, joined by blanks.
 * A numbered placeholder, <|video:1|>, takes the first medium of its kind and
 * number that no earlier one took; the k-th of the others takes the k-th medium
 * of its kind that is left.
 * @media: [n_media]; every one is used exactly once
 * @text: (out): to be freed with free()
 * @order: (out): [n_media], media indices in the order of their placeholders
 * Returns: GEMMA4_OK, GEMMA4_BAD_UTF8, GEMMA4_NO_MEMORY, or
 *   GEMMA4_MEDIA_MISMATCH when a placeholder has no media or media has no
 *   placeholder: the error names the kind and both counts.
 * Source: transformers 5.17 processing_gemma4.py. Test: tests/check/libs/prompt.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_prompt_expand (const char *prompt,
    const Gemma4PromptMedia * media, size_t n_media, char **text, size_t *order,
    Gemma4Error * error);

/**
 * gemma4_prompt_placeholders:
 * How many placeholders of @kind there are in @text, and which pads they name.
 * @text: NUL-terminated
 * @numbers: (out) (nullable): [max] the number of each, UINT32_MAX without one
 */
GEMMA4_API size_t gemma4_prompt_placeholders (const char *text, Gemma4MediaKind kind,
    uint32_t *numbers, size_t max);

/**
 * gemma4_prompt_fold:
 * Shortens expanded text for people: <|image|><|image|><|image|> becomes
 * <|image|>*3.
 * @text: (out): to be freed with free()
 * Returns: GEMMA4_OK or GEMMA4_NO_MEMORY.
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_prompt_fold (const char *expanded,
    char **text);
