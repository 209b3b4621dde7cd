/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The seed of a randomised test: GEMMA4_TEST_SEED, or 1, so that a run repeats
 * unless told otherwise. Failure messages name it. */
static inline guint32
test_seed (void)
{
  const gchar *text = g_getenv ("GEMMA4_TEST_SEED");
  return text ? (guint32) g_ascii_strtoull (text, NULL, 0) : 1;
}
