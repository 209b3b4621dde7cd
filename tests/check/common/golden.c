/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "golden.h"

#include <stdlib.h>
#include <string.h>

gchar *
golden_path (const gchar *name)
{
  const gchar *dir = g_getenv ("GEMMA4_TEST_DATA");
  if (!dir)
    g_error ("GEMMA4_TEST_DATA must name the folder tests/golden");
  return g_build_filename (dir, name, NULL);
}

static gchar *
load (const gchar *name, gsize *n_bytes)
{
  g_autofree gchar *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  gchar *contents;
  if (!g_file_get_contents (path, &contents, n_bytes, &error))
    g_error ("%s", error->message);
  return contents;
}

Npy
npy_load (const gchar *name)
{
  gsize n_bytes;
  Npy npy = {.contents = load (name, &n_bytes) };
  if (n_bytes < 10 || memcmp (npy.contents, "\x93NUMPY\x01", 7) != 0)
    g_error ("%s is not a version 1 .npy file", name);
  guint head = (guint8) npy.contents[8] | (guint8) npy.contents[9] << 8;
  g_autofree gchar *text = g_strndup (npy.contents + 10, head);
  const gchar *descr = strstr (text, "'descr': '") + 10;
  g_strlcpy (npy.descr, descr, MIN (strcspn (descr, "'") + 1, sizeof npy.descr));
  npy.n_elements = 1;
  gchar *p = strchr (text, '(') + 1;
  while (*p != ')') {
    if (g_ascii_isdigit (*p)) {
      gsize n = g_ascii_strtoull (p, &p, 10);
      npy.dims[npy.rank++] = n;
      npy.n_elements *= n;
    } else {
      p++;
    }
  }
  npy.data = npy.contents + 10 + head;
  return npy;
}

void
npy_clear (Npy *npy)
{
  g_free (npy->contents);
  *npy = (Npy) { 0 };
}

static guint8
image_value (guint32 x, guint32 y, guint32 c, guint32 width, guint32 height)
{
  switch (((x >> 6) + (y >> 6)) & 3) {
    case 0:
      return ((x * x * (c + 1) + y * y * (3 - c) + x * y) >> 7) & 255;
    case 1:{
      guint32 h = x * 374761393u + y * 668265263u + c * 974634781u;
      h = (h ^ (h >> 13)) * 1274126177u;
      return (h ^ (h >> 16)) & 255;
    }
    case 2:
      return (((x >> 2) ^ (y >> 3)) & 1) * 255;
    default:
      return (x * 255 / MAX (width - 1, 1) + y * 255 / MAX (height - 1, 1)) >> 1;
  }
}

guint8 *
input_image (guint width, guint height)
{
  guint8 *rgb = g_malloc ((gsize) width * height * 3);
  guint8 *out = rgb;
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      for (guint c = 0; c < 3; c++)
        *out++ = image_value (x, y, c, width, height);
  return rgb;
}

gint16 *
input_noise (gsize n, guint32 seed)
{
  gint16 *samples = g_new (gint16, MAX (n, 1));
  for (gsize i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    samples[i] = (gint16) (seed >> 16) / 4;
  }
  return samples;
}

gint16 *
input_wav (const gchar *name, gsize *n_samples)
{
  gsize n_bytes;
  g_autofree gchar *contents = load (name, &n_bytes);
  gchar *chunk = contents + 12;
  while (memcmp (chunk, "data", 4) != 0) {
    guint32 size;
    memcpy (&size, chunk + 4, 4);
    chunk += 8 + size + (size & 1);
    if (chunk + 8 > contents + n_bytes)
      g_error ("%s has no data chunk", name);
  }
  guint32 size;
  memcpy (&size, chunk + 4, 4);
  *n_samples = size / 2;
  return g_memdup2 (chunk + 8, size);
}

gchar *
sha256 (const void *data, gsize n_bytes)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, n_bytes);
}

guint
test_rounds (guint n)
{
  return g_getenv ("GEMMA4_TEST_QUICK") ? MAX (n / 10, 1) : n;
}
