/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: what a SentencePiece model file says that
 * libsentencepiece does not tell, read from the protocol buffer itself. */

#include <gst/gemma4/status.h>

#include <stddef.h>
#include <stdint.h>

/* ModelProto.SentencePiece.Type */
typedef enum
{
  GEMMA4_SPM_NORMAL = 1,
  GEMMA4_SPM_UNKNOWN,
  GEMMA4_SPM_CONTROL,
  GEMMA4_SPM_USER_DEFINED,
  GEMMA4_SPM_UNUSED,
  GEMMA4_SPM_BYTE,
} Gemma4SpmType;

/* TrainerSpec.ModelType */
typedef enum
{
  GEMMA4_SPM_UNIGRAM = 1,
  GEMMA4_SPM_BPE,
} Gemma4SpmModelType;

typedef struct
{
  uint8_t *types;               /* [n_pieces], Gemma4SpmType of each id */
  uint32_t n_pieces;
  uint64_t model_type;          /* Gemma4SpmModelType */
} Gemma4SpmProto;

/**
 * gemma4_spm_proto_read:
 * @file: [n_bytes], a serialized ModelProto
 * @proto: (out): to be freed with gemma4_spm_proto_clear()
 * Returns: GEMMA4_OK, GEMMA4_BAD_DATA or GEMMA4_NO_MEMORY.
 * Source: sentencepiece_model.proto of SentencePiece 0.1.97
 */
GEMMA4_NODISCARD Gemma4Status gemma4_spm_proto_read (const void *file, size_t n_bytes,
    Gemma4SpmProto * proto, Gemma4Error * error);

void gemma4_spm_proto_clear (Gemma4SpmProto * self);
