/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every test needs: the golden files, and the synthetic inputs that they
 * were made from, in 32-bit integer arithmetic. */

#include <glib.h>

/* A NumPy array in memory. */
typedef struct
{
  gchar *contents;              /* the file */
  const void *data;             /* the first element, row-major */
  gchar descr[8];               /* NumPy's type, such as "<f4" */
  gsize rank;
  gsize dims[4];                /* outermost first */
  gsize n_elements;
} Npy;

/* The path of a file under tests/golden; g_free() it. */
gchar *golden_path (const gchar * name);

/* Reads a .npy file under tests/golden; ends the test program if it cannot. */
Npy npy_load (const gchar * name);
void npy_clear (Npy * npy);

/* RGB24 test picture, [height][width][3]; g_free() it. */
guint8 *input_image (guint width, guint height);

/* 16-bit noise, [n]; g_free() it. */
gint16 *input_noise (gsize n, guint32 seed);

/* The samples of a canonical 16-bit mono WAV under tests/golden; g_free() it. */
gint16 *input_wav (const gchar * name, gsize * n_samples);

/* How often to repeat something random: @n times, a tenth of that where
 * GEMMA4_TEST_QUICK is set, as it is for sanitized builds. */
guint test_rounds (guint n);

/* SHA-256 as lower-case hexadecimal; g_free() it. */
gchar *sha256 (const void *data, gsize n_bytes);
