/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Directories that a test makes: presets as KerasHub and transformers write them. */

#include <glib.h>

/* A new directory without anything in it; see tree_free(). */
gchar *tree_new (void);

/* Removes the directory and what is in it. */
void tree_free (gchar * tree);

/* Writes TREE/NAME, and the directories on the way to it. */
void tree_write (const gchar * tree, const gchar * name, const gchar * text);

/* Removes TREE/NAME; fails the test if it is not there. */
void tree_remove (const gchar * tree, const gchar * name);

/* A symbolic link TREE/NAME. */
void tree_link (const gchar * tree, const gchar * name, const gchar * target);

/* A file of tests/golden as TREE/NAME. */
void tree_copy (const gchar * tree, const gchar * name, const gchar * golden);

/* In TREE/NAME replaces every @old; fails the test if there is none. */
void tree_replace (const gchar * tree, const gchar * name, const gchar * old,
    const gchar * new);

/* What KerasHub saves of gemma4_instruct_2b, without weights and with the tiny
 * vocabulary: config.json, metadata.json, tokenizer.json, preprocessor.json and the
 * files of the converters. */
void tree_write_keras (const gchar * tree);

/* What transformers saves of google/gemma-4-E2B-it, without weights and with the tiny
 * vocabulary. */
void tree_write_checkpoint (const gchar * tree);

/* Of the 12B. */
void tree_write_unified (const gchar * tree);
