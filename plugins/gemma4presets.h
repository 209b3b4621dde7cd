/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The presets that elements use. One that was read stays until the process ends, as
 * interned strings do, and is the same for all: so caps can name it in any thread and
 * state, and equal presets are equal pointers. One whose files have changed is
 * another. */

#include <gst/gemma4/gemma4.h>
#include <gst/gst.h>

/* As gemma4_preset_open(); NULL on error. */
const Gemma4Preset *gemma4_presets_get (const gchar * name, const gchar * config_file,
    Gemma4Error * error);

/* The preset that counts for a converter: @own and @own_config_file where the user
 * set them, else what @caps of downstream say, else the default. Without @caps a
 * configuration for what they may name is left out. */
const Gemma4Preset *gemma4_presets_choose (const gchar * own, const gchar * own_config_file,
    const GstCaps * caps, Gemma4Error * error);

/* Whether @caps name no preset, or one that is @ours; if not, *theirs says which, to be
 * freed with g_free(). */
gboolean gemma4_presets_agree (const GstCaps * caps, const Gemma4Preset * ours,
    gchar ** theirs);

/**
 * gemma4_presets_find_tokenizer:
 * @name: (nullable): the path of a vocabulary, or what names a preset
 * @preset: (nullable): whose vocabulary is taken without a name
 * Returns: the path, owned by @name or a preset; NULL on error.
 */
const gchar *gemma4_presets_find_tokenizer (const gchar * name, const Gemma4Preset * preset,
    Gemma4Error * error);

/* Writes the words `preset` and `config-file` to writable @caps; NULL ones are left out. */
void gemma4_presets_set_words (GstCaps * caps, const gchar * name, const gchar * config_file);

/* Logs where a preset comes from and what there is to say about it. */
void gemma4_presets_log (gpointer element, const Gemma4Preset * preset);
