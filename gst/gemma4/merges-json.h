/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: the merges of a tokenizer.json, each ["a", "b"] or "a b". */

#include <gst/gemma4/bpe.h>
#include <gst/gemma4/json-reader.h>

/* Reads the array that follows into @bpe, whose vocabulary is finished. Merges of
 * or into something that is no piece are ignored; merges of what stands for an
 * unknown character are refused. What fails is remembered by @json. */
void gemma4_merges_read_json (Gemma4Bpe * bpe, Gemma4JsonReader * json);
