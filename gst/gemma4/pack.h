/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Token ids and media of one or several prompts become the tensors of one call
 * of the model: which there are, their shapes, and their contents. */

#include <gst/gemma4/patchify.h>
#include <gst/gemma4/status.h>
#include <gst/gemma4/target.h>
#include <gst/gemma4/tensor.h>
#include <gst/gemma4/tokenizer.h>

#include <stdbool.h>

/* Where the soft tokens of picture or clip i stand in vision_indices and
 * audio_indices. */
typedef enum
{
  GEMMA4_INDEX_PER_ITEM,        /* from entry i * budget on, 0 between: where KerasHub's
                                 * model reads them */
  GEMMA4_INDEX_KERASHUB,        /* all in a row, 0 behind the last: what KerasHub's
                                 * preprocessor writes */
} Gemma4IndexLayout;

/* What happens when the longest prompt and its answer_room do not fit into
 * sequence_length. */
typedef enum
{
  GEMMA4_OVERFLOW_GROW,         /* the sequence becomes longer, in steps of 64; nothing is lost */
  GEMMA4_OVERFLOW_DROP,         /* the prompt is refused */
  GEMMA4_OVERFLOW_TRUNCATE,     /* what is longer than sequence_length is cut as KerasHub's
                                 * packer cuts it: prompt and response are granted one id each
                                 * in turn; the answer gets no room */
} Gemma4Overflow;

typedef struct
{
  Gemma4Target target;
  bool train;                   /* adds what a training step needs */
  bool text_only;               /* the model takes neither pictures nor sound */
  bool video;                   /* the preset has a video converter: it decides how wide
                                 * vision_indices is */
  bool allow_missing;           /* kerashub: a prompt may have soft tokens of a kind of which it
                                 * has no media; they are text, no mask and no index has them */
  Gemma4IndexLayout index_layout;
  Gemma4Overflow overflow;
  uint32_t sequence_length;     /* 1024 */
  uint32_t answer_room;         /* kerashub, generate: ids kept free for the answer, 256 */
  bool add_start_token;         /* kerashub's generate mode always adds it */
  bool add_end_token;           /* train only */
  uint32_t max_images_per_prompt;       /* 2 */
  uint32_t max_audio_clips_per_prompt;  /* 1 */
  uint32_t num_frames_per_video;        /* 32 */
  uint32_t num_vision_tokens_per_image; /* kerashub: image_soft_tokens, or 0 = as many as each
                                         * picture has; 280 */
  uint32_t video_soft_tokens;   /* budget of a video frame, 70 */
  uint32_t image_soft_tokens;   /* budget of an image, 280 */
  uint32_t patch_values;        /* values of a patch, 768 */
  uint32_t pooling_kernel_size; /* 3 */
  Gemma4PixelScale image_pixels;        /* how they become float32 */
  Gemma4PixelScale video_pixels;
  uint32_t n_mels;              /* 128 */
  uint32_t frame_length;        /* transformers: samples of a row's window, 320 */
  uint32_t hop_length;          /* transformers: samples from row to row, 160 */
  bool raw_audio;               /* 12B, transformers: a row is samples and one soft token */
  uint32_t clip_rows;           /* kerashub, generate: rows of every clip, 3000 */
  float silence;                /* a row behind the end of a clip: ln (mel_floor) */
  const float *silent_row;      /* [n_mels]: in place of silence; lives as long; or NULL */
} Gemma4PackParams;

/* KerasHub's Gemma4CausalLMPreprocessor, generate mode, overflow=grow. */
GEMMA4_API const Gemma4PackParams gemma4_pack_params_default;

/* A picture as patches. */
typedef struct
{
  const uint8_t *pixels;        /* [n_columns * n_lines][patch_values] */
  uint32_t n_columns;           /* patches a line; a multiple of the pooling */
  uint32_t n_lines;             /* lines of patches; a multiple of the pooling */
} Gemma4Frame;

/* A sound as rows. */
typedef struct
{
  const float *rows;            /* [n_rows][n_mels] */
  uint64_t n_rows;              /* the valid rows, then those that still hear the tail */
  uint64_t n_valid;             /* rows that stand for sound, > 0 */
  uint64_t n_samples;           /* length of the clip; decides transformers' padding, else unused */
} Gemma4Clip;

typedef struct
{
  Gemma4MediaKind kind;
  const Gemma4Frame *frames;    /* [n_frames]; an image is one frame */
  size_t n_frames;
  Gemma4Clip clip;              /* audio */
} Gemma4PackMedia;

/* One prompt of the batch. */
typedef struct
{
  const int32_t *prompt_ids;    /* [n_prompt_ids], expanded; a begin token at its start is not doubled */
  size_t n_prompt_ids;
  const int32_t *response_ids;  /* [n_response_ids], or NULL */
  size_t n_response_ids;
  const Gemma4PackMedia *media; /* [n_media], in the order of their soft tokens */
  size_t n_media;
} Gemma4PackItem;

typedef struct Gemma4Pack Gemma4Pack;

/**
 * gemma4_pack_new:
 * Lays out the tensors of a batch. A tensor that would be empty is left out.
 *
 * kerashub, L = sequence_length or more:
 *   token_ids, position_ids int32 [B,L]; padding_mask, vision_mask, audio_mask
 *   bool [B,L]; vision_indices int32 [B,Nv]; pixel_values float32 [B,F,P,768],
 *   pixel_position_ids int32 [B,F,P,2]; audio_mel float32 [B,C,T,128],
 *   audio_mel_mask int32 [B,C,T], audio_indices int32 [B,C*m]; train adds y
 *   int32 and sample_weight bool [B,L]. text_only: token_ids, padding_mask, and
 *   in training position_ids, y, sample_weight. F and C are the most of any
 *   prompt; the others have empty pictures (0, position -1) and silent clips.
 * transformers, L = the longest prompt, the others padded on the left:
 *   input_ids, attention_mask, mm_token_type_ids int64 [B,L]; pixel_values
 *   float32 [I,P,768], image_position_ids int64 [I,P,2]; pixel_values_videos
 *   float32 [V,F,P,768], video_position_ids int64 [V,F,P,2]; input_features
 *   float32 [C,T,128], input_features_mask bool [C,T]; train adds labels int64
 *   [B,L], -100 outside the response.
 *
 * @params: copied
 * @ids: those of the tokenizer; copied
 * @items: [n_items]; pixels and rows of their media must live as long as the
 *   pack, all else is copied
 * @pack: (out): owned by the caller, see gemma4_pack_free()
 * @error: (out) (nullable): for GEMMA4_LIMIT says how many were needed and allowed
 * Returns: GEMMA4_OK; GEMMA4_LIMIT (too many tokens, images, frames or clips;
 *   for kerashub also images beside videos and pictures of different width;
 *   for transformers a cut through soft tokens); GEMMA4_MEDIA_MISMATCH (soft
 *   tokens and media disagree; videos of different length for transformers);
 *   GEMMA4_NOT_FOUND (the vocabulary lacks a token that is needed);
 *   GEMMA4_BAD_ARGUMENT; GEMMA4_NO_MEMORY.
 * Source: keras-hub 71453d08f gemma4_causal_lm_preprocessor.py; transformers
 *   5.17 processing_gemma4.py. Test: tests/check/libs/pack.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_pack_new (const Gemma4PackParams * params,
    const Gemma4SpecialIds * ids, const Gemma4PackItem * items, size_t n_items,
    Gemma4Pack ** pack, Gemma4Error * error);

/* Frees @pack; NULL is allowed. */
GEMMA4_API void gemma4_pack_free (Gemma4Pack * pack);

/* How many tensors there are: [1, GEMMA4_MAX_TENSORS]. */
GEMMA4_API size_t gemma4_pack_n_tensors (const Gemma4Pack * pack);

/* What tensor @i is. Valid as long as @pack. */
GEMMA4_API const Gemma4TensorSpec *gemma4_pack_spec (const Gemma4Pack * pack, size_t i);

/* Ids of the longest prompt without padding, begin and end tokens counted,
 * truncated ones not. */
GEMMA4_API size_t gemma4_pack_n_tokens (const Gemma4Pack * pack);

/* Ids cut by overflow=truncate, over all prompts; else 0. */
GEMMA4_API size_t gemma4_pack_n_truncated (const Gemma4Pack * pack);

/**
 * gemma4_pack_fill:
 * Writes tensor @i, each of its bytes once.
 * @memory: (out): gemma4_tensor_bytes() of its spec, 8-byte aligned
 */
GEMMA4_API void gemma4_pack_fill (const Gemma4Pack * pack, size_t i, void *memory);
