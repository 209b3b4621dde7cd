/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ids that prompts and masks are made of, found by the names of their
 * pieces; -1 where the vocabulary lacks one. */
typedef struct
{
  int32_t pad;                  /* <pad> */
  int32_t bos;                  /* <bos> */
  int32_t eos;                  /* <eos> */
  int32_t turn_begin;           /* <|turn> */
  int32_t turn_end;             /* <turn|> */
  int32_t think;                /* <|think|> */
  int32_t thought_begin;        /* <|channel> */
  int32_t thought_end;          /* <channel|> */
  int32_t image_begin;          /* <|image>, also before a video frame */
  int32_t image_soft;           /* <|image|> */
  int32_t image_end;            /* <image|>, also behind a video frame */
  int32_t video_soft;           /* <|video|> */
  int32_t audio_begin;          /* <|audio> */
  int32_t audio_soft;           /* <|audio|> */
  int32_t audio_end;            /* <audio|> */
} Gemma4SpecialIds;

/* A growable array of token ids. Zero-initialise, and gemma4_ids_clear() it. */
typedef struct
{
  int32_t *ids;
  size_t n_ids;
  size_t capacity;
} Gemma4Ids;

/* Frees the array and leaves it empty. */
GEMMA4_API void gemma4_ids_clear (Gemma4Ids * ids);

/* Makes room for @n_more ids behind the last one. */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_ids_reserve (Gemma4Ids * ids,
    size_t n_more);

/* Most text that is encoded at once: some millions of tokens. */
#define GEMMA4_MAX_TEXT_BYTES (16 << 20)

typedef struct Gemma4Tokenizer Gemma4Tokenizer;

/**
 * gemma4_tokenizer_open:
 * Reads a SentencePiece model file (tokenizer.model, vocabulary.spm) of type BPE,
 * or a checkpoint's tokenizer.json; which of them, its contents say.
 * @path: in the file system's encoding
 * @self: (out): owned by the caller, see gemma4_tokenizer_free()
 * @error: (out) (nullable): names the file and what is wrong with it
 * Returns: GEMMA4_OK, GEMMA4_NOT_FOUND, GEMMA4_BAD_DATA or GEMMA4_NO_MEMORY.
 * Cost: 262,144 pieces take 0.1 s as a model and 0.6 s and 52 MiB as a
 *   tokenizer.json with half a million merges (docs/performance.md).
 * Test: tests/check/libs/tokenizer-model.c, tokenizer-json.c, tokenizer-upstream.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_tokenizer_open (const char *path,
    Gemma4Tokenizer ** self, Gemma4Error * error);

/* Frees @self; NULL is allowed. */
GEMMA4_API void gemma4_tokenizer_free (Gemma4Tokenizer * self);

/* How many ids the vocabulary has. */
GEMMA4_API uint32_t gemma4_tokenizer_n_pieces (const Gemma4Tokenizer * self);

/* The id of the piece @name, or -1. */
GEMMA4_API int32_t gemma4_tokenizer_find (const Gemma4Tokenizer * self, const char *name);

/* The text of piece @id < n_pieces, [n_bytes], not NUL-terminated; valid as long as
 * @self. U+2581 stands for a space, and <0xE2> for a byte. */
GEMMA4_API const char *gemma4_tokenizer_piece (const Gemma4Tokenizer * self, uint32_t id,
    size_t *n_bytes);

/* Whether a tokenizer.json says that piece @id < n_pieces is special, which SentencePiece
 * models say of none. */
GEMMA4_API bool gemma4_tokenizer_is_special (const Gemma4Tokenizer * self, uint32_t id);

/* The ids found by name when the tokenizer was opened. */
GEMMA4_API const Gemma4SpecialIds *gemma4_tokenizer_special_ids (const Gemma4Tokenizer *
    self);

/* The first token of Gemma4SpecialIds that is written in [n_bytes] @text although the
 * vocabulary lacks it, so that it would be spelled out; NULL if there is none. */
GEMMA4_API const char *gemma4_tokenizer_lacks (const Gemma4Tokenizer * self,
    const char *text, size_t n_bytes);

/**
 * gemma4_tokenizer_encode:
 * Turns text into ids, without a begin or end token. Special tokens written in
 * the text become their ids: leftmost first, the longest of several. Nothing is
 * trimmed, normalized or put before the text, whatever the file says.
 * @text: UTF-8, [n_bytes], need not end with NUL
 * @ids: the ids are appended
 * Returns: GEMMA4_OK, GEMMA4_BAD_UTF8 (the error says at which byte),
 *   GEMMA4_LIMIT (over GEMMA4_MAX_TEXT_BYTES) or GEMMA4_NO_MEMORY; @ids holds the
 *   same ids as before on error.
 * Accuracy: equal to transformers' GemmaTokenizer id by id, for a model file also
 *   to libsentencepiece. Time: as good as
 *   linear in the length. Threads: any number at once on one @self.
 * Source: transformers 5.17 GemmaTokenizer, SentencePiece 0.1.97
 * Test: tests/check/libs/tokenizer.c, tokenizer-upstream.c, tokenizer-sentencepiece.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_tokenizer_encode (const Gemma4Tokenizer *
    self, const char *text, size_t n_bytes, Gemma4Ids * ids, Gemma4Error * error);
