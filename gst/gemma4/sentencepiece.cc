/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sentencepiece-model.h"

#include <sentencepiece_processor.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

struct Gemma4SentencePiece
{
  sentencepiece::SentencePieceProcessor processor;
};

/* The library may quote bytes of a damaged file; an error's text is UTF-8. */
static Gemma4Status
bad_data (Gemma4Error *error, const char *words)
{
  if (error) {
    snprintf (error->text, sizeof error->text, "%s", words);
    for (char *at = error->text; *at; at++)
      if (static_cast<unsigned char> (*at) > 0x7e)
        *at = '?';
  }
  return GEMMA4_BAD_DATA;
}

/* Runs @function, and turns what it throws into a status. */
template <typename Function>
static Gemma4Status
guard (Gemma4Error *error, Function function)
{
  try {
    return function ();
  } catch (const std::bad_alloc &) {
    return GEMMA4_NO_MEMORY;
  } catch (const std::exception &thrown) {
    return bad_data (error, thrown.what ());
  } catch (...) {
    return bad_data (error, "libsentencepiece failed");
  }
}

Gemma4Status
gemma4_sentencepiece_new (const char *proto, size_t n_bytes, Gemma4SentencePiece **self,
    Gemma4Error *error)
{
  Gemma4SentencePiece *made = nullptr;
  Gemma4Status status = guard (error, [&] {
    made = new Gemma4SentencePiece;
    const auto loaded = made->processor.LoadFromSerializedProto ({ proto, n_bytes });
    return loaded.ok () ? GEMMA4_OK : bad_data (error, loaded.error_message ());
  });
  if (status == GEMMA4_OK)
    *self = made;
  else
    delete made;
  return status;
}

void
gemma4_sentencepiece_free (Gemma4SentencePiece *self)
{
  delete self;
}

uint32_t
gemma4_sentencepiece_n_pieces (const Gemma4SentencePiece *self)
{
  return self->processor.GetPieceSize ();
}

const char *
gemma4_sentencepiece_piece (const Gemma4SentencePiece *self, uint32_t id, size_t *n_bytes)
{
  const std::string &piece = self->processor.IdToPiece (id);
  *n_bytes = piece.size ();
  return piece.data ();
}

int32_t
gemma4_sentencepiece_find (const Gemma4SentencePiece *self, const char *piece, size_t n_bytes)
{
  const std::string_view wanted (piece, n_bytes);
  int id = self->processor.PieceToId (wanted);
  /* The library answers the unknown token for what it does not know. */
  return self->processor.IdToPiece (id) == wanted ? id : -1;
}

Gemma4Status
gemma4_sentencepiece_encode (const Gemma4SentencePiece *self, const char *text,
    size_t n_bytes, Gemma4SentencePieceSink sink, void *user_data, Gemma4Error *error)
{
  return guard (error, [&] {
    std::vector<int> ids;
    const auto encoded = self->processor.Encode (std::string_view (text, n_bytes), &ids);
    if (!encoded.ok ())
      return bad_data (error, encoded.error_message ());
    return sink (user_data, ids.data (), ids.size ()) == 0 ? GEMMA4_OK : GEMMA4_NO_MEMORY;
  });
}
