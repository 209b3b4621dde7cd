/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "file.h"

#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_BYTES (1 << 30)

/* Why the file cannot be read, or NULL. */
static const char *
complaint (const struct stat *info)
{
  if (S_ISDIR (info->st_mode))
    return "it is a directory, expected a file in it";
  if (!S_ISREG (info->st_mode))
    return "it is no regular file";
  if (info->st_size == 0)
    return "it is empty: the download or copy may have failed";
  if (info->st_size > MAX_BYTES)
    return "it is larger than 1 GiB";
  return NULL;
}

static Gemma4Status
read_all (FILE *file, size_t n_bytes, void **contents, Gemma4Error *error)
{
  void *read = malloc (n_bytes);
  if (!read)
    return gemma4_fail (error, GEMMA4_NO_MEMORY, "out of memory for %zu bytes", n_bytes);
  errno = 0;
  if (fread (read, 1, n_bytes, file) != n_bytes) {
    free (read);
    return gemma4_fail (error, GEMMA4_BAD_DATA, "it cannot be read: %s",
        errno ? strerror (errno) : "it became shorter meanwhile");
  }
  *contents = read;
  return GEMMA4_OK;
}

Gemma4Status
gemma4_file_read (const char *path, void **contents, size_t *n_bytes, Gemma4Error *error)
{
  struct stat info;
  if (stat (path, &info) != 0)
    return gemma4_fail (error, GEMMA4_NOT_FOUND, "%s", strerror (errno));
  const char *why = complaint (&info);
  if (why)
    return gemma4_fail (error, GEMMA4_BAD_DATA, "%s", why);
  FILE *file = fopen (path, "rb");
  if (!file)
    return gemma4_fail (error, GEMMA4_NOT_FOUND, "%s", strerror (errno));

  Gemma4Status status = read_all (file, info.st_size, contents, error);
  fclose (file);
  if (status == GEMMA4_OK)
    *n_bytes = info.st_size;
  return status;
}

uint64_t
gemma4_file_hash (const void *contents, size_t n_bytes)
{
  const unsigned char *bytes = contents;
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < n_bytes; i++)
    hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}
