/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to packing. A batch is a list of rows (one for each prompt) and a
 * list of pieces (one for each run of soft tokens); a target is a table of
 * tensors, each of which knows its shape and how to write itself. */

#include "error.h"

#include <gst/gemma4/pack.h>

/* What one run of soft tokens stands for: an image, a frame of a video, a clip. */
typedef struct
{
  Gemma4MediaKind kind;
  Gemma4Frame frame;
  Gemma4Clip clip;
  uint32_t n_tokens;            /* length of the run */
} Gemma4PackPiece;

/* One prompt: begin token, prompt, response, end token. */
typedef struct
{
  int32_t *ids;                 /* [n_ids] */
  size_t n_ids;
  size_t response_start;        /* from here on the ids are the response and its end token */
  size_t first_column;          /* where ids[0] stands; columns before and behind are padding */
  const Gemma4PackPiece *pieces;        /* [n_pieces], in the order of media */
  size_t n_pieces;
} Gemma4PackRow;

typedef struct _Gemma4PackTensor Gemma4PackTensor;

/* A tensor as a target defines it. */
struct _Gemma4PackTensor
{
  const char *name;
  Gemma4DType dtype;
  /* Sets rank and dims; a dim of 0 leaves the tensor out. */
  void (*shape) (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
      Gemma4TensorSpec * spec);
  void (*fill) (const Gemma4Pack * pack, const Gemma4PackTensor * tensor, void *memory);
  Gemma4MediaKind kind;         /* of pictures */
  int64_t (*value) (const Gemma4Pack * pack, const Gemma4PackRow * row, size_t column);
};

struct Gemma4Pack
{
  Gemma4PackParams params;
  Gemma4SpecialIds ids;

  int32_t *all_ids;             /* those of all rows */
  Gemma4PackRow *rows;
  size_t n_rows;
  uint64_t n_columns;           /* L */
  size_t n_truncated;

  Gemma4PackPiece *pieces;      /* those of all rows */
  size_t n_media[GEMMA4_N_MEDIA_KINDS];
  size_t n_pieces[GEMMA4_N_MEDIA_KINDS];
  size_t max_pieces[GEMMA4_N_MEDIA_KINDS];      /* most pieces of any row */
  uint64_t max_patches[GEMMA4_N_MEDIA_KINDS];   /* P of images and frames */
  uint64_t n_mel_rows;          /* T */
  uint64_t n_clip_tokens;       /* m: entries of a clip in audio_indices */

  const Gemma4PackTensor *tensors[GEMMA4_MAX_TENSORS];
  Gemma4TensorSpec specs[GEMMA4_MAX_TENSORS];
  size_t n_tensors;
};

/* The tables of the two targets; the last entry has no name. */
extern const Gemma4PackTensor gemma4_pack_kerashub_tensors[];
extern const Gemma4PackTensor gemma4_pack_transformers_tensors[];

/* The steps of gemma4_pack_new(), in this order. What they allocate belongs to
 * the pack, also on error. */
Gemma4Status gemma4_pack_collect (Gemma4Pack * pack, const Gemma4PackItem * items,
    Gemma4Error * error);
Gemma4Status gemma4_pack_sequence (Gemma4Pack * pack, const Gemma4PackItem * items,
    Gemma4Error * error);
Gemma4Status gemma4_pack_check_kerashub (const Gemma4Pack * pack, Gemma4Error * error);
Gemma4Status gemma4_pack_check_transformers (const Gemma4Pack * pack,
    const Gemma4PackItem * items, Gemma4Error * error);
Gemma4Status gemma4_pack_match (const Gemma4Pack * pack, Gemma4Error * error);
Gemma4Status gemma4_pack_fit (Gemma4Pack * pack, Gemma4Error * error);
Gemma4Status gemma4_pack_measure_audio (Gemma4Pack * pack, Gemma4Error * error);

/* "image", "video frame" or "audio clip". */
const char *gemma4_pack_kind_name (Gemma4MediaKind kind);

/* The kind of media of which @id is the soft token, or -1. */
int gemma4_pack_kind_of_id (const Gemma4Pack * pack, int32_t id);

/* The same in the sequence, only if the row has media of that kind. */
int gemma4_pack_kind_at (const Gemma4Pack * pack, const Gemma4PackRow * row, size_t column);

/* How many ids from @first on belong to the same run of soft tokens. */
size_t gemma4_pack_run_length (const Gemma4PackRow * row, size_t first);

/* The next piece of @kind from index *@next on, which moves behind it; or NULL. */
const Gemma4PackPiece *gemma4_pack_next_piece (const Gemma4PackRow * row,
    Gemma4MediaKind kind, size_t *next);

/* Images or, if there are any, videos: kerashub has one kind in a batch. */
Gemma4MediaKind gemma4_pack_vision_kind (const Gemma4Pack * pack);

/* Most soft tokens of an image or of a video frame. */
uint64_t gemma4_pack_vision_budget (const Gemma4Pack * pack, Gemma4MediaKind kind);

/* Sets rank and dims. */
void gemma4_pack_set_dims (Gemma4TensorSpec * spec, uint32_t rank, uint64_t d0,
    uint64_t d1, uint64_t d2, uint64_t d3);

/* [B][L] tensors: shape, contents through tensor->value, and the values that
 * both targets have. */
void gemma4_pack_shape_row (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
    Gemma4TensorSpec * spec);
void gemma4_pack_shape_train_row (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
    Gemma4TensorSpec * spec);
void gemma4_pack_fill_row (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
    void *memory);
int64_t gemma4_pack_id (const Gemma4Pack * pack, const Gemma4PackRow * row, size_t column);
bool gemma4_pack_is_token (const Gemma4PackRow * row, size_t column);
bool gemma4_pack_is_response (const Gemma4PackRow * row, size_t column);

/* The last dims of pictures, patches and their positions. */
void gemma4_pack_fill_pixels (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
    void *memory);
void gemma4_pack_fill_positions (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
    void *memory);

/* Rows of clips and which of them are valid. */
void gemma4_pack_fill_mel (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
    void *memory);
void gemma4_pack_fill_mel_mask (const Gemma4Pack * pack, const Gemma4PackTensor * tensor,
    void *memory);

/* What gemma4_pack_write_pieces() calls for each piece, NULL for an empty one;
 * returns where the next one is written. */
typedef void *(*Gemma4PackWrite) (const Gemma4Pack * pack, const Gemma4PackPiece * piece,
    const Gemma4PackTensor * tensor, void *memory);

/* Writes the pieces of @kind row by row; with kerashub every row has as many. */
void gemma4_pack_write_pieces (const Gemma4Pack * pack, Gemma4MediaKind kind,
    const Gemma4PackTensor * tensor, void *memory, Gemma4PackWrite write);
