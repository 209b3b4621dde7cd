/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ref-sentencepiece.h"

#include <sentencepiece_processor.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

struct RefSentencePiece
{
  sentencepiece::SentencePieceProcessor processor;
};

/* Behind a serialized model these fields replace its own. */
static const unsigned char plain_normalizer[] = {
  0x1a, 8,                      /* ModelProto.normalizer_spec, 8 bytes */
  0x12, 0,                      /* precompiled_charsmap, empty */
  0x18, 0,                      /* add_dummy_prefix, false */
  0x20, 0,                      /* remove_extra_whitespaces, false */
  0x28, 1,                      /* escape_whitespaces, true */
  0x12, 3,                      /* ModelProto.trainer_spec, 3 bytes */
  0xc0, 0x01, 0,                /* treat_whitespace_as_suffix, false */
};

RefSentencePiece *
ref_sentencepiece_new (const char *model, size_t n_bytes)
{
  std::string all (model, n_bytes);
  all.append (reinterpret_cast<const char *> (plain_normalizer), sizeof plain_normalizer);
  RefSentencePiece *made = new RefSentencePiece;
  if (made->processor.LoadFromSerializedProto (all).ok ())
    return made;
  delete made;
  return nullptr;
}

void
ref_sentencepiece_free (RefSentencePiece *self)
{
  delete self;
}

int *
ref_sentencepiece_encode (const RefSentencePiece *self, const char *text, size_t n_bytes,
    size_t *n_ids)
{
  std::vector<int> ids;
  if (!self->processor.Encode (std::string_view (text, n_bytes), &ids).ok ())
    return nullptr;
  int *copy = static_cast<int *> (malloc ((ids.size () + 1) * sizeof *copy));
  if (copy && !ids.empty ())
    memcpy (copy, ids.data (), ids.size () * sizeof *copy);
  *n_ids = ids.size ();
  return copy;
}
