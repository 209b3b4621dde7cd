/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where huggingface_hub and kagglehub keep what they downloaded. */

#include "preset-private.h"

#include "error.h"

#include <dirent.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HF_PREFIX "hf://"
#define KAGGLE_PREFIX "kaggle://"
#define KAGGLE_PARTS 4          /* OWNER/MODEL/keras/NAME */
#define BUILTIN_VERSION "2"     /* of KerasHub's presets */

/* The variable @name of the environment, NULL if it is empty. */
static const char *
environment (const char *name)
{
  const char *value = getenv (name);
  return value && *value ? value : NULL;
}

__attribute__ ((format (printf, 1, 2)))
static char *
make_path (const char *format, ...)
{
  char *path;
  va_list args;
  va_start (args, format);
  if (vasprintf (&path, format, args) < 0)
    path = NULL;
  va_end (args);
  return path;
}

static bool
is_directory (const char *path)
{
  struct stat info;
  return stat (path, &info) == 0 && S_ISDIR (info.st_mode);
}

static char *
user_cache (const char *name)
{
  const char *home = environment ("HOME");
  return make_path ("%s/.cache/%s", home ? home : "", name);
}

/* @directory and @name; a ~ in front is the user's home, as in Python, which expands what no
 * shell did. */
static char *
inside (const char *directory, const char *name)
{
  const char *home = environment ("HOME");
  bool at_home = home && directory[0] == '~' && (directory[1] == '/' || directory[1] == '\0');
  return make_path ("%s%s%s", at_home ? home : "", directory + at_home, name);
}

static char *
hf_hub_cache (void)
{
  const char *hub = environment ("HF_HUB_CACHE"), *home = environment ("HF_HOME");
  const char *xdg = environment ("XDG_CACHE_HOME");
  if (hub)
    return inside (hub, "");
  if (home)
    return inside (home, "/hub");
  return xdg ? inside (xdg, "/huggingface/hub") : user_cache ("huggingface/hub");
}

static char *
kaggle_cache (void)
{
  const char *kaggle = environment ("KAGGLEHUB_CACHE");
  return kaggle ? inside (kaggle, "") : user_cache ("kagglehub");
}

/* Whether @handle consists of at least @least and at most @most names between
 * slashes, none of which leads elsewhere. */
static bool
has_parts (const char *handle, size_t least, size_t most)
{
  size_t n = 0;
  for (const char *at = handle;; at++) {
    size_t length = strcspn (at, "/");
    if (length == 0 || at[0] == '.' || strcspn (at, "\\ \t\r\n") < length)
      return false;
    n++;
    at += length;
    if (*at == '\0')
      return n >= least && n <= most;
  }
}

/* The commit that refs/main of @repository names, to be freed, or NULL. */
static char *
read_main (const char *repository)
{
  char commit[65] = "";
  char *path = make_path ("%s/refs/main", repository);
  FILE *file = path ? fopen (path, "r") : NULL;
  free (path);
  if (!file)
    return NULL;
  if (fscanf (file, "%64[0-9a-zA-Z]", commit) != 1)
    commit[0] = '\0';
  fclose (file);
  return commit[0] ? strdup (commit) : NULL;
}

/* models--USER--NAME of the hub's cache, to be freed. */
static char *
hf_repository (const char *hub, const char *id)
{
  const char *slash = strchr (id, '/');
  if (!slash)
    return make_path ("%s/models--%s", hub, id);
  return make_path ("%s/models--%.*s--%s", hub, (int) (slash - id), id, slash + 1);
}

static Gemma4Status
find_hf (const char *id, char **directory, Gemma4Error *error)
{
  if (!has_parts (id, 1, 2))
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "hf://%.100s is no handle: expected "
        "hf://USER/NAME", id);
  char *hub = hf_hub_cache (), *snapshot = NULL;
  char *repository = hub ? hf_repository (hub, id) : NULL;
  char *commit = repository ? read_main (repository) : NULL;
  if (commit)
    snapshot = make_path ("%s/snapshots/%s", repository, commit);
  Gemma4Status status = GEMMA4_OK;
  if (snapshot && is_directory (snapshot)) {
    *directory = snapshot;
    snapshot = NULL;
  } else {
    status = gemma4_fail (error, GEMMA4_NOT_FOUND, "hf://%.64s is not on this machine: "
        "looked for the snapshot of refs/main in %.180s (HF_HUB_CACHE, HF_HOME and XDG_CACHE_HOME say where "
        "the cache is); get it with: hf download %.64s", id, repository ? repository : "?", id);
  }
  free (hub);
  free (repository);
  free (commit);
  free (snapshot);
  return status;
}

/* The highest number that is a directory in @path, 0 if there is none. */
static unsigned long
newest_version (const char *path)
{
  unsigned long newest = 0;
  DIR *dir = opendir (path);
  struct dirent *entry;
  while (dir && (entry = readdir (dir))) {
    char *end;
    unsigned long version = strtoul (entry->d_name, &end, 10);
    char *version_path = *end == '\0' ? make_path ("%s/%s", path, entry->d_name) : NULL;
    if (version_path && version > newest && is_directory (version_path))
      newest = version;
    free (version_path);
  }
  if (dir)
    closedir (dir);
  return newest;
}

static size_t
count_slashes (const char *text)
{
  size_t n = 0;
  for (; *text; text++)
    n += *text == '/';
  return n;
}

/* The directory of @handle, OWNER/MODEL/keras/NAME[/VERSION], to be freed, or NULL. */
static char *
kaggle_directory (const char *cache, const char *handle)
{
  char *path = make_path ("%s/models/%s", cache, handle);
  if (path && count_slashes (handle) < KAGGLE_PARTS) {
    unsigned long version = newest_version (path);
    char *newest = version ? make_path ("%s/%lu", path, version) : NULL;
    free (path);
    path = newest;
  }
  if (path && is_directory (path))
    return path;
  free (path);
  return NULL;
}

static Gemma4Status
find_kaggle (const char *handle, char **directory, Gemma4Error *error)
{
  if (!has_parts (handle, KAGGLE_PARTS, KAGGLE_PARTS + 1))
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "kaggle://%.100s is no handle: expected "
        "kaggle://OWNER/MODEL/keras/NAME or kaggle://OWNER/MODEL/keras/NAME/VERSION", handle);
  char *cache = kaggle_cache ();
  char *found = cache ? kaggle_directory (cache, handle) : NULL;
  Gemma4Status status = GEMMA4_OK;
  if (found)
    *directory = found;
  else
    status = gemma4_fail (error, GEMMA4_NOT_FOUND, "kaggle://%.80s is not on this machine: "
        "looked for %.120s/models/%.80s (KAGGLEHUB_CACHE says where the cache is); get it with "
        "kagglehub.model_download(\"%.80s\")", handle, cache ? cache : "?", handle, handle);
  free (cache);
  return status;
}

Gemma4Status
gemma4_preset_cache_find (const char *handle, char **directory, Gemma4Error *error)
{
  if (strncmp (handle, HF_PREFIX, strlen (HF_PREFIX)) == 0)
    return find_hf (handle + strlen (HF_PREFIX), directory, error);
  if (strncmp (handle, KAGGLE_PREFIX, strlen (KAGGLE_PREFIX)) == 0)
    return find_kaggle (handle + strlen (KAGGLE_PREFIX), directory, error);
  return gemma4_fail (error, GEMMA4_BAD_ARGUMENT, "\"%.100s\" is no handle: expected "
      "hf://USER/NAME or kaggle://OWNER/MODEL/keras/NAME", handle);
}

char *
gemma4_preset_cache_builtin_path (const char *name)
{
  char *cache = kaggle_cache ();
  char *path = cache ? make_path ("%s/models/keras/gemma4/keras/%s/" BUILTIN_VERSION, cache, name)
      : NULL;
  free (cache);
  return path;
}

char *
gemma4_preset_cache_find_builtin (const char *name)
{
  char *path = gemma4_preset_cache_builtin_path (name);
  if (!path || is_directory (path))
    return path;
  *strrchr (path, '/') = '\0';
  unsigned long version = newest_version (path);
  char *newest = version ? make_path ("%s/%lu", path, version) : NULL;
  free (path);
  return newest;
}

/* Calls @each for the places that @pattern matches, with what stands behind @prefix in
 * their paths; in the hub's, the first -- is the slash of the handle. */
static void
each_match (const char *pattern, const char *prefix, const char *scheme,
    void (*each) (const char *, void *), void *data)
{
  glob_t found;
  if (glob (pattern, 0, NULL, &found) != 0)
    return;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    char *handle = make_path ("%s%s", scheme, found.gl_pathv[i] + strlen (prefix));
    char *dashes = handle && strcmp (scheme, HF_PREFIX) == 0 ? strstr (handle, "--") : NULL;
    if (dashes) {
      *dashes = '/';
      memmove (dashes + 1, dashes + 2, strlen (dashes + 2) + 1);
    }
    if (handle)
      each (handle, data);
    free (handle);
  }
  globfree (&found);
}

void
gemma4_preset_each_cached (void (*each) (const char *handle, void *data), void *data)
{
  char *hub = hf_hub_cache (), *kaggle = kaggle_cache ();
  char *hub_prefix = hub ? make_path ("%s/models--", hub) : NULL;
  char *kaggle_prefix = kaggle ? make_path ("%s/models/", kaggle) : NULL;
  char *hub_pattern = hub_prefix ? make_path ("%s*", hub_prefix) : NULL;
  char *kaggle_pattern = kaggle_prefix ? make_path ("%s*/*/keras/*", kaggle_prefix) : NULL;
  if (hub_pattern)
    each_match (hub_pattern, hub_prefix, HF_PREFIX, each, data);
  if (kaggle_pattern)
    each_match (kaggle_pattern, kaggle_prefix, KAGGLE_PREFIX, each, data);
  free (hub);
  free (kaggle);
  free (hub_prefix);
  free (kaggle_prefix);
  free (hub_pattern);
  free (kaggle_pattern);
}
