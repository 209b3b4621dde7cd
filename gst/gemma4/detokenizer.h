/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the ids that a model answers with to text, one id at a time. */

#include <gst/gemma4/tokenizer.h>

#include <stdbool.h>

/* Which tokens leave no text. */
typedef enum
{
  GEMMA4_STRIP_SPECIAL,         /* those that checkpoints mark as special: <bos>, <|turn>, <|image|> ... */
  GEMMA4_STRIP_KERASHUB,        /* what KerasHub's generate_postprocess() drops: <bos>, <eos>,
                                 * <pad>, <|image|>, <image|>, <|video|>, <|audio>, <|audio|>,
                                 * <audio|>; and <unk> is written as SentencePiece does */
  GEMMA4_STRIP_NONE,            /* none: each is written by its name */
} Gemma4Strip;

typedef struct Gemma4Detokenizer Gemma4Detokenizer;

/**
 * gemma4_detokenizer_new:
 * @tokenizer: whose ids will come; must live as long as the detokenizer
 * @strip_thinking: also drop everything from <|channel> to <channel|>, and to the
 *   end where no <channel|> comes
 * @self: (out): owned by the caller, see gemma4_detokenizer_free()
 * Returns: GEMMA4_OK, GEMMA4_NO_MEMORY, GEMMA4_BAD_DATA (a piece is not UTF-8), or
 *   GEMMA4_NOT_FOUND when @strip_thinking wants tokens that the vocabulary lacks.
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_detokenizer_new (const Gemma4Tokenizer *
    tokenizer, Gemma4Strip strip, bool strip_thinking, Gemma4Detokenizer ** self,
    Gemma4Error * error);

/* Frees @self; NULL is allowed. */
GEMMA4_API void gemma4_detokenizer_free (Gemma4Detokenizer * self);

/**
 * gemma4_detokenizer_push:
 * Takes the next id. U+2581 becomes a space, and byte pieces (<0xE2>) become the
 * characters that they spell: an unfinished one is held back, and each byte that
 * cannot belong to a character becomes U+FFFD. Nothing else is changed: no space
 * is removed.
 * @text: (out): what is complete now, [n_bytes] of valid UTF-8, maybe none; valid
 *   until the next call
 * Returns: GEMMA4_OK, or GEMMA4_BAD_ARGUMENT for an id that the vocabulary does not
 *   have; it is as if it had not come.
 * Accuracy: all text together equals transformers' decode (ids,
 *   skip_special_tokens=@strip is not NONE, clean_up_tokenization_spaces=False) and
 *   SentencePiece's Decode () for KerasHub. Where byte pieces in a row spell no UTF-8
 *   transformers writes U+FFFD for every one of them, here, as with SentencePiece,
 *   the good characters among them stay.
 * Test: tests/check/libs/detokenizer.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_detokenizer_push (Gemma4Detokenizer * self,
    int64_t id, const char **text, size_t *n_bytes, Gemma4Error * error);

/**
 * gemma4_detokenizer_finish:
 * The ids have ended: what was held back becomes U+FFFD, a thought is over, and
 * the next id begins anew.
 * @text: (out): as above, [n_bytes]
 */
GEMMA4_API void gemma4_detokenizer_finish (Gemma4Detokenizer * self, const char **text,
    size_t *n_bytes);

/* How many bytes have become U+FFFD so far. */
GEMMA4_API uint64_t gemma4_detokenizer_n_replaced (const Gemma4Detokenizer * self);
