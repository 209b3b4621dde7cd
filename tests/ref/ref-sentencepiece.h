/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libsentencepiece, with spaces as U+2581 and no other change to the text,
 * whatever the model asks for. */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RefSentencePiece RefSentencePiece;

/* Reads a serialized ModelProto; NULL if the library refuses it. */
RefSentencePiece *ref_sentencepiece_new (const char *model, size_t n_bytes);

void ref_sentencepiece_free (RefSentencePiece * self);

/* The ids of [n_bytes] @text; free() them. NULL if the library fails. */
int *ref_sentencepiece_encode (const RefSentencePiece * self, const char *text,
    size_t n_bytes, size_t *n_ids);

#ifdef __cplusplus
}
#endif
