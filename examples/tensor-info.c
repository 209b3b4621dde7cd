/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints what is in a .safetensors file written by safetensorsenc: the tensors,
 * the expanded prompt, the times of all frames, token counts and timings. */

#include "tensor-file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_COLUMNS 100
#define NS_PER_S 1e9

typedef struct
{
  gdouble min, mean, max;
} Statistics;

/* A copy of file contents that is safe to print: control characters other than
 * a newline could steer a terminal. */
static gchar *
printable (const gchar *text)
{
  GString *copy = g_string_new (NULL);
  for (const gchar *p = text; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    g_string_append_unichar (copy, g_unichar_iscntrl (c) && c != '\n' ? '?' : c);
  }
  return g_string_free (copy, FALSE);
}

static gdouble
element (const Tensor *tensor, guint64 i)
{
  const guint8 *place = tensor->data + i * gemma4_dtype_bytes (tensor->spec.dtype);
  guint32 word;
  guint64 long_word;
  gfloat real;
  switch (tensor->spec.dtype) {
    case GEMMA4_FLOAT32:
      memcpy (&word, place, sizeof word);
      word = GUINT32_FROM_LE (word);
      memcpy (&real, &word, sizeof real);
      return real;
    case GEMMA4_INT32:
      memcpy (&word, place, sizeof word);
      return (gint32) GUINT32_FROM_LE (word);
    case GEMMA4_INT64:
      memcpy (&long_word, place, sizeof long_word);
      return (gdouble) (gint64) GUINT64_FROM_LE (long_word);
    case GEMMA4_UINT8:
    case GEMMA4_BOOL:
      return *place;
  }
  return NAN;
}

/* All of them NaN as soon as one element is. */
static Statistics
measure (const Tensor *tensor)
{
  guint64 n = gemma4_tensor_n_elements (&tensor->spec);
  gdouble sum = 0;
  Statistics s = {.min = INFINITY,.max = -INFINITY };
  for (guint64 i = 0; i < n; i++) {
    gdouble value = element (tensor, i);
    if (isnan (value))
      return (Statistics) { NAN, NAN, NAN };
    s.min = fmin (s.min, value);
    s.max = fmax (s.max, value);
    sum += value;
  }
  s.mean = sum / (gdouble) n;
  return s;
}

static gchar *
shape_string (const Gemma4TensorSpec *spec)
{
  GString *shape = g_string_new ("[");
  for (guint i = 0; i < spec->rank; i++)
    g_string_append_printf (shape, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", spec->dims[i]);
  return g_string_free (g_string_append_c (shape, ']'), FALSE);
}

static void
print_tensors (const TensorFile *file)
{
  int name_width = 6, shape_width = 5;
  for (guint i = 0; i < file->tensors->len; i++) {
    const Gemma4TensorSpec *spec = &g_array_index (file->tensors, Tensor, i).spec;
    g_autofree gchar *shape = shape_string (spec);
    name_width = MAX (name_width, (int) strlen (spec->name));
    shape_width = MAX (shape_width, (int) strlen (shape));
  }
  printf ("%-*s  %-7s  %-*s  %11s  %11s  %11s\n", name_width, "tensor", "type", shape_width,
      "shape", "min", "mean", "max");
  for (guint i = 0; i < file->tensors->len; i++) {
    const Tensor *tensor = &g_array_index (file->tensors, Tensor, i);
    g_autofree gchar *name = printable (tensor->spec.name);
    g_autofree gchar *shape = shape_string (&tensor->spec);
    Statistics s = measure (tensor);
    int digits = tensor->spec.dtype == GEMMA4_FLOAT32 ? 5 : 10;
    printf ("%-*s  %-7s  %-*s  %11.*g  %11.5g  %11.*g\n", name_width, name,
        gemma4_dtype_name (tensor->spec.dtype), shape_width, shape, digits, s.min, s.mean,
        digits, s.max);
  }
}

/* Where to break before @limit: behind a whole frame such as
 * "00:00 <|image><|video|>*66<image|>", else between words, else anywhere. */
static const gchar *
find_break (const gchar *line, const gchar *limit)
{
  const gchar *tag = g_strrstr_len (line, limit + 1 - line, "> ");
  if (tag && tag - line > (limit - line) / 3)
    return tag + 1;
  const gchar *blank = g_strrstr_len (line, limit + 1 - line, " ");
  return blank && blank > line ? blank : limit;
}

static void
print_wrapped (const gchar *line, gsize n_bytes)
{
  const glong width = N_COLUMNS - 2;
  const gchar *end = line + n_bytes;
  do {
    const gchar *stop = end;
    if (g_utf8_strlen (line, MIN (end - line, 4 * (width + 1))) > width)
      stop = find_break (line, g_utf8_offset_to_pointer (line, width));
    printf ("  %.*s\n", (int) (stop - line), line);
    line = stop + (stop < end && *stop == ' ');
  } while (line < end);
}

static void
print_text (const gchar *text)
{
  g_autofree gchar *safe = printable (text);
  g_auto (GStrv) lines = g_strsplit (safe, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (lines[i + 1] || *lines[i])
      print_wrapped (lines[i], strlen (lines[i]));
  }
}

/* The time @key in seconds, or NaN if there is none. */
static gdouble
seconds_of (JsonObject *object, const gchar *key)
{
  JsonNode *node = json_object_get_member (object, key);
  if (!node || json_node_get_value_type (node) != G_TYPE_INT64)
    return NAN;
  gint64 ns = json_node_get_int (node);
  return ns < 0 || ns == G_MAXINT64 ? NAN : (gdouble) ns / NS_PER_S;
}

static void
print_seconds (gdouble seconds)
{
  if (isnan (seconds))
    printf ("  %14s", "-");
  else
    printf ("  %12.6f s", seconds);
}

static gchar *
string_of (JsonObject *object, const gchar *key)
{
  JsonNode *node = json_object_get_member (object, key);
  if (!node || json_node_get_value_type (node) != G_TYPE_STRING)
    return g_strdup ("-");
  return printable (json_node_get_string (node));
}

/* Takes the line @key of the metadata out of it, so that what is left at the end
 * are the lines that no section knows. */
static gchar *
take_text (TensorFile *file, const gchar *key)
{
  gchar *text =
      g_strdup (json_object_get_string_member_with_default (file->metadata, key, NULL));
  json_object_remove_member (file->metadata, key);
  return text;
}

/* The same as parsed JSON; lines that are not what is expected stay. */
static JsonNode *
take_json (TensorFile *file, const gchar *key, JsonNodeType type)
{
  const gchar *text = json_object_get_string_member_with_default (file->metadata, key, NULL);
  JsonNode *node = text ? tensor_file_parse_json (text, strlen (text), NULL) : NULL;
  if (node && json_node_get_node_type (node) != type)
    g_clear_pointer (&node, json_node_unref);
  if (node)
    json_object_remove_member (file->metadata, key);
  return node;
}

/* The object at @i, or NULL. */
static JsonObject *
object_at (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static void
print_prompt (TensorFile *file)
{
  g_autofree gchar *prompt = take_text (file, "prompt");
  if (!prompt)
    return;
  printf ("\nprompt\n");
  print_text (prompt);
}

static void
print_tokens (TensorFile *file)
{
  g_autofree gchar *all = take_text (file, "n-tokens");
  g_autofree gchar *image = take_text (file, "n-image-tokens");
  g_autofree gchar *video = take_text (file, "n-video-tokens");
  g_autofree gchar *audio = take_text (file, "n-audio-tokens");
  if (!all)
    return;
  gint64 n_all = g_ascii_strtoll (all, NULL, 10);
  gint64 n_image = image ? g_ascii_strtoll (image, NULL, 10) : 0;
  gint64 n_video = video ? g_ascii_strtoll (video, NULL, 10) : 0;
  gint64 n_audio = audio ? g_ascii_strtoll (audio, NULL, 10) : 0;
  printf ("\n%-10s%10s%10s%10s%10s\n", "tokens", "text", "image", "video", "audio");
  printf ("%-10" G_GINT64_FORMAT "%10" G_GINT64_FORMAT "%10" G_GINT64_FORMAT "%10"
      G_GINT64_FORMAT "%10" G_GINT64_FORMAT "\n", n_all, n_all - n_image - n_video - n_audio,
      n_image, n_video, n_audio);
}

static void
print_frames (TensorFile *file)
{
  g_autoptr (JsonNode) node = take_json (file, "frame-times", JSON_NODE_ARRAY);
  if (!node || json_array_get_length (json_node_get_array (node)) == 0)
    return;
  JsonArray *frames = json_node_get_array (node);
  printf ("\n%-10s  %5s  %6s  %14s  %14s\n", "frames", "", "stamp", "running time",
      "stream time");
  for (guint i = 0; i < json_array_get_length (frames); i++) {
    JsonObject *frame = object_at (frames, i);
    if (!frame)
      continue;
    g_autofree gchar *pad = string_of (frame, "pad");
    g_autofree gchar *stamp = string_of (frame, "stamp");
    printf ("%-10s  %5u  %6s", pad, i, stamp);
    print_seconds (seconds_of (frame, "running-time"));
    print_seconds (seconds_of (frame, "stream-time"));
    printf ("\n");
  }
}

/* Returns the length of the longest one in seconds, 0 if there is none. */
static gdouble
print_sound (TensorFile *file)
{
  g_autoptr (JsonNode) node = take_json (file, "audio-spans", JSON_NODE_ARRAY);
  if (!node || json_array_get_length (json_node_get_array (node)) == 0)
    return 0;
  JsonArray *spans = json_node_get_array (node);
  gdouble longest = 0;
  printf ("\n%-10s  %14s  %14s  %14s\n", "sound", "duration", "running time", "stream time");
  for (guint i = 0; i < json_array_get_length (spans); i++) {
    JsonObject *span = object_at (spans, i);
    if (!span)
      continue;
    g_autofree gchar *pad = string_of (span, "pad");
    gdouble duration = seconds_of (span, "duration");
    longest = fmax (longest, duration);
    printf ("%-10s", pad);
    print_seconds (duration);
    print_seconds (seconds_of (span, "running-time"));
    print_seconds (seconds_of (span, "stream-time"));
    printf ("\n");
  }
  return longest;
}

/* Returns the length of the window in seconds, NaN if it is not known. */
static gdouble
print_window (TensorFile *file)
{
  g_autoptr (JsonNode) node = take_json (file, "window", JSON_NODE_OBJECT);
  if (!node)
    return NAN;
  g_autofree gchar *pts = take_text (file, "pts");
  gdouble start = seconds_of (json_node_get_object (node), "start");
  gdouble stop = seconds_of (json_node_get_object (node), "stop");
  printf ("\n%-10s  %14s  %14s  %14s\n%-10s", "window", "start", "stop", "packed at", "");
  print_seconds (start);
  print_seconds (stop);
  print_seconds (pts ? (gdouble) g_ascii_strtoull (pts, NULL, 10) / NS_PER_S : NAN);
  printf ("\n");
  return stop - start;
}

static void
print_stages (TensorFile *file, gdouble media_s)
{
  g_autoptr (JsonNode) node = take_json (file, "stage-times", JSON_NODE_ARRAY);
  if (!node || json_array_get_length (json_node_get_array (node)) == 0)
    return;
  JsonArray *stages = json_node_get_array (node);
  printf ("\n%-26s  %14s  %s\n", "stage", "time", media_s > 0 ? "media length / time" : "");
  for (guint i = 0; i < json_array_get_length (stages); i++) {
    JsonObject *stage = object_at (stages, i);
    if (!stage)
      continue;
    g_autofree gchar *name = string_of (stage, "stage");
    gdouble seconds = seconds_of (stage, "time");
    printf ("%-26s", name);
    print_seconds (seconds);
    if (media_s > 0 && seconds > 0)
      printf ("  %18.1fx", media_s / seconds);
    printf ("\n");
  }
}

/* Whatever no section above knows, as it is. */
static void
print_rest (TensorFile *file)
{
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;
  if (json_object_get_size (file->metadata) > 0)
    printf ("\nmore metadata\n");
  json_object_iter_init_ordered (&iter, file->metadata);
  while (json_object_iter_next_ordered (&iter, &key, &value)) {
    g_autofree gchar *line = g_strdup_printf ("%s: %s", key, json_node_get_string (value));
    print_text (line);
  }
}

static void
print_file (TensorFile *file, const gchar *path)
{
  g_autofree gchar *format = take_text (file, "format");
  g_autofree gchar *target = take_text (file, "target");
  g_autofree gchar *safe_format = printable (format ? format : "safetensors");
  g_autofree gchar *safe_target = printable (target ? target : "unknown");
  printf ("%s: %s, target %s, %u tensors, %.1f MB\n\n", path, safe_format, safe_target,
      file->tensors->len, (gdouble) g_mapped_file_get_length (file->mapping) / 1e6);
  print_tensors (file);
  print_prompt (file);
  print_tokens (file);
  print_frames (file);
  gdouble sound_s = print_sound (file);
  gdouble window_s = print_window (file);
  print_stages (file, isnan (window_s) ? sound_s : window_s);
  print_rest (file);
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) paths = NULL;
  const GOptionEntry entries[] = {
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, "FILE"},
    {0}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (context, "Prints what is in a .safetensors file written by "
      "safetensorsenc: the tensors,\nthe expanded prompt, the times of all frames, token counts "
      "and timings.");
  g_option_context_add_main_entries (context, entries, NULL);
  g_autoptr (GError) error = NULL;
  if (!g_option_context_parse (context, &argc, &argv, &error) || !paths
      || g_strv_length (paths) != 1) {
    g_printerr ("tensor-info: %s\nUsage: tensor-info FILE\n",
        error ? error->message : "expected the name of one file");
    return 2;
  }

  g_autoptr (TensorFile) file = tensor_file_open (paths[0], &error);
  if (!file) {
    g_autofree gchar *message = printable (error->message);
    g_printerr ("tensor-info: %s: %s\n", paths[0], message);
    return EXIT_FAILURE;
  }
  print_file (file, paths[0]);
  return EXIT_SUCCESS;
}
