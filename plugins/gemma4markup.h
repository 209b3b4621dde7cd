/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The text of Pango markup, as text/x-raw, format=pango-markup has it: without
 * Pango's tags, entities replaced. Demuxers and subparse send subtitles as markup that is
 * none ("Tom & <i>Jerry</i>"), with what their files have: overrides of ASS ({\an8}),
 * voices and times of WebVTT, codes of MicroDVD ({c:$0000ff}) where a line begins, entities
 * that were escaped once more. Whatever has no meaning stays as it is. g_free() it. */
gchar *gemma4_markup_to_text (const gchar * markup, gsize n_bytes, gsize * n_text_bytes);
