/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A vocabulary of a SentencePiece model file. */

#include "vocabulary.h"

#include "error.h"
#include "sentencepiece-model.h"
#include "spm-proto.h"

#include <stdlib.h>
#include <string.h>

#define SPACE "\xe2\x96\x81"

/* Appended to a serialized model these fields replace its own: a normalizer that
 * writes U+2581 for spaces and does nothing else, and no space moved to the end
 * of words. */
static const uint8_t plain_normalizer[] = {
  0x1a, 8,                      /* ModelProto.normalizer_spec, 8 bytes */
  0x12, 0,                      /* precompiled_charsmap, empty */
  0x18, 0,                      /* add_dummy_prefix, false */
  0x20, 0,                      /* remove_extra_whitespaces, false */
  0x28, 1,                      /* escape_whitespaces, true */
  0x12, 3,                      /* ModelProto.trainer_spec, 3 bytes */
  0xc0, 0x01, 0,                /* treat_whitespace_as_suffix, false */
};

typedef struct
{
  Gemma4SentencePiece *pieces;
  Gemma4SpmProto proto;
} Model;

static const char *
piece (const void *model, uint32_t id, size_t *n_bytes)
{
  return gemma4_sentencepiece_piece (((const Model *) model)->pieces, id, n_bytes);
}

static int32_t
find (const void *model, const char *name, size_t n_bytes)
{
  return gemma4_sentencepiece_find (((const Model *) model)->pieces, name, n_bytes);
}

/* User-defined pieces that contain spaces stay with libsentencepiece, which
 * finds them once spaces have become U+2581. */
static bool
is_whole (const void *model, uint32_t id)
{
  const Model *self = model;
  size_t n_bytes;
  const char *text = piece (model, id, &n_bytes);
  switch (self->proto.types[id]) {
    case GEMMA4_SPM_UNKNOWN:
    case GEMMA4_SPM_CONTROL:
      return true;
    case GEMMA4_SPM_USER_DEFINED:
      return !memmem (text, n_bytes, SPACE, strlen (SPACE));
    default:
      return false;
  }
}

static int
append (void *user_data, const int *from, size_t n_ids)
{
  Gemma4Ids *ids = user_data;
  if (gemma4_ids_reserve (ids, n_ids) != GEMMA4_OK)
    return -1;
  for (size_t i = 0; i < n_ids; i++)
    ids->ids[ids->n_ids++] = from[i];
  return 0;
}

static Gemma4Status
encode (const void *model, const char *text, size_t n_bytes, Gemma4Ids *ids,
    Gemma4Error *error)
{
  Gemma4Error why = { "out of memory" };
  Gemma4Status status = gemma4_sentencepiece_encode (((const Model *) model)->pieces, text,
      n_bytes, append, ids, &why);
  if (status != GEMMA4_OK)
    return gemma4_fail (error, status, "libsentencepiece cannot encode %zu bytes of text: %s",
        n_bytes, why.text);
  return GEMMA4_OK;
}

static void
free_model (void *model)
{
  Model *self = model;
  gemma4_sentencepiece_free (self->pieces);
  gemma4_spm_proto_clear (&self->proto);
  free (self);
}

static Gemma4Status
load (Model *self, const void *file, size_t n_bytes, Gemma4Error *error)
{
  Gemma4Status status = gemma4_spm_proto_read (file, n_bytes, &self->proto, error);
  if (status != GEMMA4_OK)
    return status;
  if (self->proto.model_type != GEMMA4_SPM_BPE)
    return gemma4_fail (error, GEMMA4_BAD_DATA,
        "it is a SentencePiece model of type %llu, expected BPE (2): "
        "give the tokenizer of a Gemma 4 model",
        (unsigned long long) self->proto.model_type);

  size_t n_all = n_bytes + sizeof plain_normalizer;
  char *all = malloc (n_all);
  if (!all)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory for %zu bytes", n_all);
  memcpy (all, file, n_bytes);
  memcpy (all + n_bytes, plain_normalizer, sizeof plain_normalizer);
  Gemma4Error why = { "out of memory" };
  status = gemma4_sentencepiece_new (all, n_all, &self->pieces, &why);
  free (all);
  if (status != GEMMA4_OK)
    return gemma4_fail (error, status, "libsentencepiece cannot load it: %s", why.text);
  return GEMMA4_OK;
}

Gemma4Status
gemma4_sentencepiece_vocabulary (const void *file, size_t n_bytes,
    Gemma4Vocabulary *vocabulary, Gemma4Error *error)
{
  Model *self = calloc (1, sizeof *self);
  if (!self)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory");
  Gemma4Status status = load (self, file, n_bytes, error);
  if (status == GEMMA4_OK
      && gemma4_sentencepiece_n_pieces (self->pieces) != self->proto.n_pieces)
    status = gemma4_fail (error, GEMMA4_BAD_DATA, "libsentencepiece finds %u of its %u pieces",
        gemma4_sentencepiece_n_pieces (self->pieces), self->proto.n_pieces);
  if (status != GEMMA4_OK) {
    free_model (self);
    return status;
  }
  *vocabulary = (Gemma4Vocabulary) {
    .model = self,
    .n_pieces = self->proto.n_pieces,
    .piece = piece,
    .is_whole = is_whole,
    .find = find,
    .encode = encode,
    .free = free_model,
  };
  return GEMMA4_OK;
}
