/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/safetensors.h>

#include "error.h"
#include "strbuf.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LENGTH_BYTES 8
#define ALIGNMENT_BYTES 64
#define METADATA_KEY "__metadata__"

/* By Gemma4DType. */
static const char *const dtype_names[] = { "F32", "I32", "I64", "U8", "BOOL" };

static Gemma4Status
check_name (const Gemma4TensorSpec *spec, size_t index, Gemma4Error *error)
{
  size_t n_bytes = strnlen (spec->name, sizeof spec->name);
  if (n_bytes == 0 || n_bytes == sizeof spec->name)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "the name of tensor %zu must have 1 to %zu bytes and end with NUL",
        index, sizeof spec->name - 1);
  Gemma4Status status = gemma4_utf8_check ("the name of a tensor", spec->name, n_bytes, error);
  if (status != GEMMA4_OK)
    return status;
  if (strcmp (spec->name, METADATA_KEY) == 0)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "tensor %zu is called %s, which the file format reserves: rename it", index, spec->name);
  return GEMMA4_OK;
}

static Gemma4Status
check_shape (const Gemma4TensorSpec *spec, Gemma4Error *error)
{
  if ((unsigned) spec->dtype >= sizeof dtype_names / sizeof *dtype_names)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "tensor %s has the unknown type %d", spec->name, (int) spec->dtype);
  if (spec->rank < 1 || spec->rank > GEMMA4_MAX_RANK)
    return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
        "tensor %s has %" PRIu32 " dimensions, expected 1 to %d", spec->name, spec->rank,
        GEMMA4_MAX_RANK);
  for (uint32_t i = 0; i < spec->rank; i++) {
    if (spec->dims[i] == 0)
      return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
          "dimension %" PRIu32 " of tensor %s is 0: leave empty tensors out", i, spec->name);
  }
  return GEMMA4_OK;
}

/* Also proves that the sum of all sizes fits. */
static Gemma4Status
check_tensors (const Gemma4TensorSpec *specs, size_t n_specs, Gemma4Error *error)
{
  uint64_t end = 0;
  for (size_t i = 0; i < n_specs; i++) {
    Gemma4Status status = check_name (&specs[i], i, error);
    if (status == GEMMA4_OK)
      status = check_shape (&specs[i], error);
    if (status != GEMMA4_OK)
      return status;
    for (size_t j = 0; j < i; j++) {
      if (strcmp (specs[i].name, specs[j].name) == 0)
        return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
            "tensors %zu and %zu are both called %s: rename one of them", j, i, specs[i].name);
    }
    size_t n_bytes = gemma4_tensor_bytes (&specs[i]);
    if (n_bytes == 0 || __builtin_add_overflow (end, n_bytes, &end))
      return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
          "tensor %s makes the file larger than 64-bit offsets can say: shrink its shape",
          specs[i].name);
  }
  return GEMMA4_OK;
}

static Gemma4Status
check_metadata (const Gemma4Metadata *metadata, size_t n_metadata, Gemma4Error *error)
{
  for (size_t i = 0; i < n_metadata; i++) {
    const char *key = metadata[i].key;
    const char *value = metadata[i].value;
    if (!key || !value)
      return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
          "line %zu of the metadata lacks its %s", i, key ? "value" : "key");
    Gemma4Status status = gemma4_utf8_check ("a key of the metadata", key, strlen (key), error);
    if (status == GEMMA4_OK)
      status = gemma4_utf8_check ("a value of the metadata", value, strlen (value), error);
    if (status != GEMMA4_OK)
      return status;
    for (size_t j = 0; j < i; j++) {
      if (strcmp (key, metadata[j].key) == 0)
        return gemma4_fail (error, GEMMA4_BAD_ARGUMENT,
            "lines %zu and %zu of the metadata have the same key: rename one of them", j, i);
    }
  }
  return GEMMA4_OK;
}

static void
append_escaped (Gemma4StrBuf *json, char c)
{
  static const char letters[] = "btn?fr";       /* 8 to 13, but 11 has none */
  char escape[16];
  if (c == '"' || c == '\\')
    snprintf (escape, sizeof escape, "\\%c", c);
  else if (c >= '\b' && c <= '\r' && c != '\v')
    snprintf (escape, sizeof escape, "\\%c", letters[c - '\b']);
  else
    snprintf (escape, sizeof escape, "\\u%04x", (unsigned) c);
  gemma4_strbuf_append (json, escape);
}

static void
append_string (Gemma4StrBuf *json, const char *text)
{
  gemma4_strbuf_append (json, "\"");
  while (*text) {
    size_t n_plain = 0;
    for (; text[n_plain] && text[n_plain] != '"' && text[n_plain] != '\\'; n_plain++) {
      if ((unsigned char) text[n_plain] < ' ')
        break;
    }
    gemma4_strbuf_append_bytes (json, text, n_plain);
    text += n_plain;
    if (*text)
      append_escaped (json, *text++);
  }
  gemma4_strbuf_append (json, "\"");
}

static void
append_number (Gemma4StrBuf *json, uint64_t number)
{
  char digits[24];
  snprintf (digits, sizeof digits, "%" PRIu64, number);
  gemma4_strbuf_append (json, digits);
}

static void
append_metadata (Gemma4StrBuf *json, const Gemma4Metadata *metadata, size_t n_metadata)
{
  gemma4_strbuf_append (json, "\"" METADATA_KEY "\":{");
  for (size_t i = 0; i < n_metadata; i++) {
    if (i > 0)
      gemma4_strbuf_append (json, ",");
    append_string (json, metadata[i].key);
    gemma4_strbuf_append (json, ":");
    append_string (json, metadata[i].value);
  }
  gemma4_strbuf_append (json, "}");
}

static void
append_tensor (Gemma4StrBuf *json, const Gemma4TensorSpec *spec, uint64_t begin)
{
  append_string (json, spec->name);
  gemma4_strbuf_append (json, ":{\"dtype\":");
  append_string (json, dtype_names[spec->dtype]);
  gemma4_strbuf_append (json, ",\"shape\":[");
  for (uint32_t i = 0; i < spec->rank; i++) {
    if (i > 0)
      gemma4_strbuf_append (json, ",");
    append_number (json, spec->dims[i]);
  }
  gemma4_strbuf_append (json, "],\"data_offsets\":[");
  append_number (json, begin);
  gemma4_strbuf_append (json, ",");
  append_number (json, begin + gemma4_tensor_bytes (spec));
  gemma4_strbuf_append (json, "]}");
}

static void
append_json (Gemma4StrBuf *json, const Gemma4TensorSpec *specs, size_t n_specs,
    const Gemma4Metadata *metadata, size_t n_metadata)
{
  uint64_t begin = 0;
  gemma4_strbuf_append (json, "{");
  if (n_metadata > 0)
    append_metadata (json, metadata, n_metadata);
  for (size_t i = 0; i < n_specs; i++) {
    if (i > 0 || n_metadata > 0)
      gemma4_strbuf_append (json, ",");
    append_tensor (json, &specs[i], begin);
    begin += gemma4_tensor_bytes (&specs[i]);
  }
  gemma4_strbuf_append (json, "}");
}

/* Writes the length of the JSON into the bytes kept free for it. */
static void
write_length (uint8_t *head, uint64_t n_json_bytes)
{
  for (int i = 0; i < LENGTH_BYTES; i++)
    head[i] = (uint8_t) (n_json_bytes >> 8 * i);
}

Gemma4Status
gemma4_safetensors_head (const Gemma4TensorSpec *specs, size_t n_specs,
    const Gemma4Metadata *metadata, size_t n_metadata, uint8_t **head, size_t *n_bytes,
    Gemma4Error *error)
{
  Gemma4Status status = check_tensors (specs, n_specs, error);
  if (status == GEMMA4_OK)
    status = check_metadata (metadata, n_metadata, error);
  if (status != GEMMA4_OK)
    return status;

  static const char no_length[LENGTH_BYTES] = { 0 };
  Gemma4StrBuf text = { 0 };
  gemma4_strbuf_append_bytes (&text, no_length, sizeof no_length);
  append_json (&text, specs, n_specs, metadata, n_metadata);
  gemma4_strbuf_repeat (&text, " ", -text.n_bytes % ALIGNMENT_BYTES);

  size_t n_json_bytes = text.n_bytes - LENGTH_BYTES;
  if (!text.failed && n_json_bytes > GEMMA4_SAFETENSORS_MAX_JSON_BYTES) {
    gemma4_strbuf_clear (&text);
    return gemma4_fail (error, GEMMA4_LIMIT,
        "the head of the file has %zu bytes, but readers accept only %d: shorten the metadata",
        n_json_bytes, GEMMA4_SAFETENSORS_MAX_JSON_BYTES);
  }
  char *bytes;
  status = gemma4_strbuf_take (&text, &bytes, error);
  if (status != GEMMA4_OK)
    return status;
  *head = (uint8_t *) bytes;
  *n_bytes = n_json_bytes + LENGTH_BYTES;
  write_length (*head, n_json_bytes);
  return GEMMA4_OK;
}
