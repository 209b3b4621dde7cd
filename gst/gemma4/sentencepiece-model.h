/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: libsentencepiece for C. No exception leaves it. */

#include <gst/gemma4/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Gemma4SentencePiece Gemma4SentencePiece;

/* Takes ids. Returns non-zero when it cannot. */
typedef int (*Gemma4SentencePieceSink) (void *user_data, const int *ids, size_t n_ids);

/* Reads a serialized ModelProto. On GEMMA4_BAD_DATA @error holds the library's
 * own words. */
Gemma4Status gemma4_sentencepiece_new (const char *proto, size_t n_bytes,
    Gemma4SentencePiece ** self, Gemma4Error * error);

void gemma4_sentencepiece_free (Gemma4SentencePiece * self);

uint32_t gemma4_sentencepiece_n_pieces (const Gemma4SentencePiece * self);

const char *gemma4_sentencepiece_piece (const Gemma4SentencePiece * self, uint32_t id,
    size_t *n_bytes);

/* The id of a piece, or -1. */
int32_t gemma4_sentencepiece_find (const Gemma4SentencePiece * self, const char *piece,
    size_t n_bytes);

/* Hands the ids of @text to @sink in one call. */
Gemma4Status gemma4_sentencepiece_encode (const Gemma4SentencePiece * self,
    const char *text, size_t n_bytes, Gemma4SentencePieceSink sink, void *user_data,
    Gemma4Error * error);

#ifdef __cplusplus
}
#endif
