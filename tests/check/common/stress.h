/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdlib.h>

/* How long a test of threads lasts: one second, or what tests/stress.sh asks for. */
static inline guint
stress_seconds (void)
{
  const gchar *text = g_getenv ("GEMMA4_STRESS_SECONDS");
  return text ? atoi (text) : 1;
}
