/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Opening tokenizers and comparing ids; what goes wrong ends the test. */

#include <gst/gemma4/tokenizer.h>

#include <glib.h>

/* The contents of a file under tests/golden; g_string_free() them. */
GString *tokenizer_contents (const gchar * name);

/* Opens the file under @path, or one with these contents. */
Gemma4Tokenizer *tokenizer_open (const gchar * path);
Gemma4Tokenizer *tokenizer_open_contents (const gchar * contents, gsize n_bytes);

/* Writes a file without waiting for the disk, as g_file_set_contents() does. */
void tokenizer_write (const gchar * path, gconstpointer contents, gsize n_bytes);

/* Opening fails with status @want; the sentence names the file and has @word. */
void tokenizer_check_refused (const gchar * path, Gemma4Status want, const gchar * word);

/* The same with these contents, and GEMMA4_BAD_DATA. */
void tokenizer_check_refused_contents (const gchar * contents, gsize n_bytes,
    const gchar * word);

/* Encodes text; the ids come behind those in @ids. */
void tokenizer_encode (const Gemma4Tokenizer * tokenizer, const gchar * text, gsize n_bytes,
    Gemma4Ids * ids);

/* @what: names the text */
void tokenizer_check_ids (const gchar * what, const Gemma4Ids * got, const gint32 * want,
    gsize n_want);

/* @text, which ends with NUL, has these ids. */
void tokenizer_check_encodes (const Gemma4Tokenizer * tokenizer, const gchar * text,
    const gint32 * want, gsize n_want);

/* The path of what tests/tokenizer/generate.py wrote; g_free() it. NULL if it was
 * not run, since there is no Python. */
gchar *generated_path (const gchar * name);

/* Texts that generate.py wrote: zero-initialise but for the contents, go on until
 * texts_next() is false. */
typedef struct
{
  gchar *contents;
  gsize n_bytes;
  gsize at;
} Texts;

Texts texts_load (const gchar * name);
gboolean texts_next (Texts * texts, const gchar ** text, gsize * n_bytes);
void texts_clear (Texts * texts);
