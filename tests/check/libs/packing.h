/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of packing share: a vocabulary and settings so small that
 * whole tensors can be written out, as text. */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/pack.h>

#include <string.h>

/* The ids of golden/tokenizer: 7 <|image> 8 <|image|> 9 <image|> 10 <|audio>
 * 11 <|audio|> 12 <audio|> 13 <|video|>; here, 20 and more are words. */
static const Gemma4SpecialIds vocabulary = {
  .pad = 0,.eos = 1,.bos = 2,.turn_begin = 5,.turn_end = 6,
  .image_begin = 7,.image_soft = 8,.image_end = 9,
  .audio_begin = 10,.audio_soft = 11,.audio_end = 12,.video_soft = 13,
};

/* A patch has 3 values and is a soft token: an image has up to 4, a frame 3. */
static inline Gemma4PackParams
small_params (void)
{
  Gemma4PackParams params = gemma4_pack_params_default;
  params.sequence_length = 12;
  params.answer_room = 0;
  params.max_audio_clips_per_prompt = 2;
  params.num_frames_per_video = 3;
  params.num_vision_tokens_per_image = 4;
  params.image_soft_tokens = 4;
  params.video_soft_tokens = 3;
  params.patch_values = 3;
  params.pooling_kernel_size = 1;
  params.n_mels = 2;
  params.clip_rows = 12;
  params.silence = -7;
  return params;
}

/* The numbers in @text; *@n of them. */
static inline gdouble *
parse_numbers (const gchar *text, gsize *n)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gchar *end;
  for (;;) {
    gdouble number = g_ascii_strtod (text, &end);
    if (end == text)
      break;
    g_array_append_val (numbers, number);
    text = end;
  }
  *n = numbers->len;
  return (gdouble *) g_array_free (numbers, FALSE);
}

/* Ids written as text; g_free() them. */
static inline gint32 *
parse_ids (const gchar *text, gsize *n)
{
  g_autofree gdouble *numbers = parse_numbers (text, n);
  gint32 *ids = g_new (gint32, *n + 1);
  for (gsize i = 0; i < *n; i++)
    ids[i] = numbers[i];
  return ids;
}

/* A prompt of the batch; @response may be NULL. item_clear() it. */
static inline Gemma4PackItem
item_new (const gchar *prompt, const gchar *response, const Gemma4PackMedia *media,
    gsize n_media)
{
  Gemma4PackItem item = {.media = media,.n_media = n_media };
  item.prompt_ids = parse_ids (prompt, &item.n_prompt_ids);
  if (response)
    item.response_ids = parse_ids (response, &item.n_response_ids);
  return item;
}

static inline void
item_clear (Gemma4PackItem *item)
{
  g_free ((gpointer) item->prompt_ids);
  g_free ((gpointer) item->response_ids);
}

/* Packs; fails the test if that does not work. */
static inline Gemma4Pack *
pack_items (const Gemma4PackParams *params, const Gemma4PackItem *items, gsize n_items)
{
  Gemma4Pack *pack = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_pack_new (params, &vocabulary, items, n_items, &pack, &error);
  fail_unless (status == GEMMA4_OK, "%s: %s", gemma4_status_string (status), error.text);
  return pack;
}

/* One prompt without media. */
static inline Gemma4Pack *
pack_text (const Gemma4PackParams *params, const gchar *prompt, const gchar *response)
{
  Gemma4PackItem item = item_new (prompt, response, NULL, 0);
  Gemma4Pack *pack = pack_items (params, &item, 1);
  item_clear (&item);
  return pack;
}

/* Packs one prompt, which must fail with @status and a text that has every one
 * of the @words, which are separated by |. */
static inline void
expect_refusal (const Gemma4PackParams *params, const Gemma4SpecialIds *ids,
    const gchar *prompt, const Gemma4PackMedia *media, gsize n_media, Gemma4Status want,
    const gchar *words)
{
  Gemma4PackItem item = item_new (prompt, NULL, media, n_media);
  Gemma4Pack *pack = (Gemma4Pack *) & item;
  Gemma4Error error = { "" };
  Gemma4Status got = gemma4_pack_new (params, ids, &item, 1, &pack, &error);
  fail_unless (got == want, "got %s, want %s: %s", gemma4_status_string (got),
      gemma4_status_string (want), error.text);
  fail_unless (pack == (Gemma4Pack *) & item, "the output was touched");
  g_auto (GStrv) parts = g_strsplit (words, "|", -1);
  for (gsize i = 0; parts[i]; i++)
    fail_unless (strstr (error.text, parts[i]) != NULL, "\"%s\" lacks \"%s\"", error.text,
        parts[i]);
  fail_unless (gemma4_pack_new (params, ids, &item, 1, &pack, NULL) == want);
  item_clear (&item);
}

/* The names of all tensors, separated by blanks. */
static inline void
expect_names (const Gemma4Pack *pack, const gchar *want)
{
  GString *names = g_string_new (NULL);
  for (gsize i = 0; i < gemma4_pack_n_tensors (pack); i++)
    g_string_append_printf (names, "%s%s", i ? " " : "", gemma4_pack_spec (pack, i)->name);
  fail_unless_equals_string (names->str, want);
  g_string_free (names, TRUE);
}

/* Index of tensor @name; fails the test if there is none. */
static inline gsize
find_tensor (const Gemma4Pack *pack, const gchar *name)
{
  gsize i = 0;
  while (i < gemma4_pack_n_tensors (pack)
      && strcmp (gemma4_pack_spec (pack, i)->name, name) != 0)
    i++;
  fail_unless (i < gemma4_pack_n_tensors (pack), "there is no %s", name);
  return i;
}

/* Type and dims as text, such as "int32 1 12"; g_free() it. */
static inline gchar *
describe_tensor (const Gemma4TensorSpec *spec)
{
  GString *text = g_string_new (gemma4_dtype_name (spec->dtype));
  for (guint32 i = 0; i < spec->rank; i++)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT, (guint64) spec->dims[i]);
  return g_string_free (text, FALSE);
}

/* The contents of tensor @i, g_free() it; fails the test if a byte outside of
 * it is written, or one inside is not. */
static inline gpointer
fill_tensor (const Gemma4Pack *pack, gsize i)
{
  gsize n_bytes = gemma4_tensor_bytes (gemma4_pack_spec (pack, i));
  guint8 *guarded = g_malloc (n_bytes + 16);
  guint8 *again = g_malloc (n_bytes + 16);
  memset (guarded, 0xa5, n_bytes + 16);
  memset (again, 0x5a, n_bytes + 16);
  gemma4_pack_fill (pack, i, guarded + 8);
  gemma4_pack_fill (pack, i, again + 8);
  for (gsize j = 0; j < 8; j++)
    fail_unless (guarded[j] == 0xa5 && guarded[8 + n_bytes + j] == 0xa5,
        "%s: byte %" G_GSIZE_FORMAT " around it was written",
        gemma4_pack_spec (pack, i)->name, j);
  fail_unless (memcmp (guarded + 8, again + 8, n_bytes) == 0,
      "%s: bytes were left unwritten", gemma4_pack_spec (pack, i)->name);
  gpointer contents = g_memdup2 (guarded + 8, n_bytes);
  g_free (guarded);
  g_free (again);
  return contents;
}

static inline gdouble
tensor_value (const Gemma4TensorSpec *spec, gconstpointer data, gsize i)
{
  switch (spec->dtype) {
    case GEMMA4_FLOAT32:
      return ((const gfloat *) data)[i];
    case GEMMA4_INT32:
      return ((const gint32 *) data)[i];
    case GEMMA4_INT64:
      return ((const gint64 *) data)[i];
    default:
      return ((const guint8 *) data)[i];
  }
}

/* Type, dims and all values of tensor @name. */
static inline void
expect_tensor (const Gemma4Pack *pack, const gchar *name, const gchar *type_and_dims,
    const gchar *values)
{
  gsize i = find_tensor (pack, name);
  const Gemma4TensorSpec *spec = gemma4_pack_spec (pack, i);
  g_autofree gchar *description = describe_tensor (spec);
  fail_unless (strcmp (description, type_and_dims) == 0, "%s: got %s, want %s", name,
      description, type_and_dims);
  gsize n_want;
  g_autofree gdouble *want = parse_numbers (values, &n_want);
  fail_unless_equals_uint64 (n_want, gemma4_tensor_n_elements (spec));
  g_autofree gpointer contents = fill_tensor (pack, i);
  for (gsize j = 0; j < n_want; j++) {
    gdouble got = tensor_value (spec, contents, j);
    fail_unless (got == want[j], "%s[%" G_GSIZE_FORMAT "]: got %.9g, want %.9g", name, j,
        got, want[j]);
  }
}
