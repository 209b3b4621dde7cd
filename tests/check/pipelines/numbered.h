/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Video files made in a test, whose frames carry their number in the picture: 16
 * squares, 4 in a row, white where the bit is set. Lossy coding does not hide it. */

#include "line.h"

#define NUMBERED_SIDE 96

/* A folder that is removed with numbered_clear(); g_free() the path. */
gchar *numbered_folder (void);
void numbered_clear (const gchar * folder);

/* Plays @line with frames 0 to @n - 1 at the appsrc called "src", at @fps or, if that is
 * 0, at @times. */
void numbered_make (const gchar * line, guint n, guint fps, const GstClockTime * times);

/* The number in a buffer of gemma4videoconv with patch-size=4 and uint8 pixels. */
guint numbered_read (GstBuffer * tensors);

/* Plays @line, whose sink is the appsink "out", to its end: the numbers of what came,
 * of guint64. */
GArray *numbered_play (GstElement * pipeline);

/* The same for a line, which must give @want[@n]. */
void numbered_expect (const gchar * what, const gchar * line, const guint64 * want, guint n);
void numbered_check (const gchar * what, const GArray * got, const guint64 * want, guint n);
