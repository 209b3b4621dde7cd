/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: small JSON files, such as a preset's, whose objects are
 * described by tables. Errors name the file and the key. */

#include "notes.h"

#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stdint.h>

typedef enum
{
  GEMMA4_JSON_ANY,              /* known, and without effect here */
  GEMMA4_JSON_UINT,             /* uint32_t */
  GEMMA4_JSON_NUMBER,           /* double */
  GEMMA4_JSON_BOOL,             /* bool */
  GEMMA4_JSON_CHANNELS,         /* double[3]: one number for all, or three */
  GEMMA4_JSON_FLOATS,           /* Gemma4Floats */
} Gemma4JsonKind;

/* An array that its owner frees with free(). */
typedef struct
{
  float *values;                /* [n], or NULL */
  uint32_t n;
} Gemma4Floats;

typedef struct
{
  const char *name;
  Gemma4JsonKind kind;
  size_t offset;                /* of the field that takes the value */
  bool nullable;                /* null is allowed: a whole number becomes 0, other fields stay */
} Gemma4JsonKey;

typedef struct Gemma4JsonFile Gemma4JsonFile;

/* An object of a file, valid as long as that is open. */
typedef struct
{
  Gemma4JsonFile *file;
  void *members;                /* NULL: there is no object */
  char path[128];               /* of keys that lead to it, each with a dot behind */
} Gemma4JsonObject;

/**
 * gemma4_json_open:
 * Reads DIRECTORY/NAME, a file of at most 16 MiB and 64 levels that has an object
 * outermost.
 * @self: (out): see gemma4_json_close()
 * Returns: GEMMA4_OK, GEMMA4_NOT_FOUND, GEMMA4_BAD_DATA or GEMMA4_NO_MEMORY.
 * Test: tests/check/libs/preset-keras.c
 */
GEMMA4_NODISCARD Gemma4Status gemma4_json_open (const char *directory, const char *name,
    Gemma4JsonFile ** self, Gemma4Error * error);

/* NULL is allowed. */
void gemma4_json_close (Gemma4JsonFile * self);

/* A hash of the file's bytes. */
uint64_t gemma4_json_hash (const Gemma4JsonFile * self);

/* The outermost object. */
Gemma4JsonObject gemma4_json_root (Gemma4JsonFile * self);

/* Whether @object has @key, null included. */
bool gemma4_json_has (const Gemma4JsonObject * object, const char *key);

/* The object that is the value of @key; without members if that is absent or null. */
GEMMA4_NODISCARD Gemma4Status gemma4_json_get_object (const Gemma4JsonObject * object,
    const char *key, Gemma4JsonObject * value, Gemma4Error * error);

/* The string that is the value of @key, owned by the file; NULL if that is absent or
 * null. */
GEMMA4_NODISCARD Gemma4Status gemma4_json_get_string (const Gemma4JsonObject * object,
    const char *key, const char **value, Gemma4Error * error);

/**
 * gemma4_json_read:
 * Writes the values of @keys to the fields of @target; fields of absent keys stay
 * as they are. Keys of the object that the table lacks are noted.
 * @target: changed in part on error
 * Returns: GEMMA4_OK, GEMMA4_BAD_DATA or GEMMA4_NO_MEMORY.
 */
GEMMA4_NODISCARD Gemma4Status gemma4_json_read (const Gemma4JsonObject * object,
    const Gemma4JsonKey * keys, size_t n_keys, void *target, Gemma4Notes * notes,
    Gemma4Error * error);

/* Fails with a sentence about @key of @object: "FILE: KEY ...". */
__attribute__ ((format (printf, 4, 5)))
Gemma4Status gemma4_json_fail (const Gemma4JsonObject * object, const char *key,
    Gemma4Error * error, const char *format, ...);
