/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: where a prompt wants its media, and which. */

#include "strbuf.h"

#include <gst/gemma4/prompt.h>

/* One of <|image|>, <|video|>, <|audio|>, or numbered: <|image:2|>. */
typedef struct
{
  size_t start;                 /* its first byte in the text */
  size_t n_bytes;
  Gemma4MediaKind kind;
  bool numbered;
  uint32_t number;              /* if numbered; too large is UINT32_MAX */
} Gemma4Placeholder;

/* <|image|>, <|video|> or <|audio|>, which is also the name of its soft token. */
const char *gemma4_placeholder_name (Gemma4MediaKind kind);

/* Finds the first placeholder at or after @from in a NUL-terminated text. */
bool gemma4_placeholder_next (const char *text, size_t from, Gemma4Placeholder * found);

/* Which media the placeholders of a text take. */
typedef struct
{
  size_t *media;                /* [n_placeholders], media indices as written */
  size_t n_placeholders;
  bool *placed;                 /* [n_media], whether a placeholder takes it */
  size_t n_written[GEMMA4_N_MEDIA_KINDS];       /* placeholders of each kind */
  size_t n_unnumbered[GEMMA4_N_MEDIA_KINDS];    /* those without a number */
  size_t n_media[GEMMA4_N_MEDIA_KINDS]; /* media of each kind */
} Gemma4Assignment;

/**
 * gemma4_assign:
 * Numbered placeholders take the first medium of their kind and number that no
 * earlier one took; then the k-th of the others takes the k-th medium of its
 * kind that is left.
 * @assignment: (out): to be freed with gemma4_assignment_clear()
 * Returns: GEMMA4_OK, also when media are left over; GEMMA4_NO_MEMORY; or
 *   GEMMA4_MEDIA_MISMATCH when a placeholder finds none.
 */
Gemma4Status gemma4_assign (const char *text, const Gemma4PromptMedia * media,
    size_t n_media, Gemma4Assignment * assignment, Gemma4Error * error);

/* GEMMA4_OK if no medium is left over, else GEMMA4_MEDIA_MISMATCH. */
Gemma4Status gemma4_assignment_check_complete (const Gemma4Assignment * self,
    Gemma4Error * error);

void gemma4_assignment_clear (Gemma4Assignment * self);

/* Appends @text with its media in place of the placeholders, the n-th being
 * @assigned[n]; returns how many there were. In prompt.c. */
size_t gemma4_prompt_append_expanded (Gemma4StrBuf * expanded, const char *text,
    const Gemma4PromptMedia * media, const size_t *assigned);
