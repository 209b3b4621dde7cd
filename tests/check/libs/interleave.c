/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Does every soft token receive its own embedding? vision_indices and
 * audio_indices go through KerasHub's model as ref-interleave has it. An
 * embedding says what it is: {row, item, token}; text is {row, -1, column}. */

#include "packing.h"

#include "ref-interleave.h"

#define N_VALUES 3

typedef struct
{
  const gchar *indices;         /* the tensor */
  gint32 soft;                  /* the soft token */
  guint n_rows;
  guint n_items[2];             /* of each row */
  guint n_tokens;               /* soft tokens of an item */
  guint n_short;                /* the first item of a row has as many fewer */
  guint n_embeddings;           /* what the model makes of an item */
  guint n_columns, n_lines;     /* patches of a picture */
} Case;

static const Case cases[] = {
  {"vision_indices", 13, 1, {3}, 66, 0, 70, 33, 18},
  {"vision_indices", 13, 1, {32}, 63, 0, 70, 27, 21},
  {"vision_indices", 13, 2, {2, 5}, 63, 0, 70, 27, 21},
  {"vision_indices", 13, 1, {4}, 70, 0, 70, 30, 21},
  {"vision_indices", 8, 1, {2}, 266, 0, 280, 57, 42},
  {"audio_indices", 11, 1, {2}, 5, 0, 750, 0, 0},
  {"audio_indices", 11, 1, {2}, 5, 2, 750, 0, 0},
  {"audio_indices", 11, 2, {1, 3}, 7, 2, 750, 0, 0},
};

static guint
tokens_of (const Case *c, guint item)
{
  return item == 0 ? c->n_tokens - c->n_short : c->n_tokens;
}

static const guint8 pixel;
static const gfloat mel_row;

/* Ids: two words, then each item between begin and end. */
static gint32 *
make_prompt (const Case *c, guint n_items, gsize *n_ids)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  const gint32 word = 20, begin = 7, end = 9;
  g_array_append_val (ids, word);
  for (guint i = 0; i < n_items; i++) {
    g_array_append_val (ids, word);
    g_array_append_val (ids, begin);
    for (guint k = 0; k < tokens_of (c, i); k++)
      g_array_append_val (ids, c->soft);
    g_array_append_val (ids, end);
  }
  *n_ids = ids->len;
  return (gint32 *) g_array_free (ids, FALSE);
}

/* A picture or clip each, so that videos are lists of one-frame videos. */
static Gemma4PackMedia *
make_media (const Case *c, const Gemma4Frame *frame, guint n_items)
{
  Gemma4PackMedia *media = g_new0 (Gemma4PackMedia, n_items);
  for (guint i = 0; i < n_items; i++) {
    media[i].kind = c->soft == 13 ? GEMMA4_MEDIA_VIDEO :
        c->soft == 8 ? GEMMA4_MEDIA_IMAGE : GEMMA4_MEDIA_AUDIO;
    media[i].frames = frame;
    media[i].n_frames = 1;
    media[i].clip = (Gemma4Clip) { &mel_row, tokens_of (c, i) * 4, tokens_of (c, i) * 4, 1 };
  }
  return media;
}

static Gemma4Pack *
make_pack (const Case *c, Gemma4IndexLayout layout)
{
  const Gemma4Frame frame = { &pixel, c->n_columns, c->n_lines };
  Gemma4PackParams params = gemma4_pack_params_default;
  params.index_layout = layout;
  params.num_vision_tokens_per_image = 0;
  params.max_audio_clips_per_prompt = 3;
  Gemma4PackItem items[2] = { 0 };
  for (guint i = 0; i < c->n_rows; i++) {
    items[i].prompt_ids = make_prompt (c, c->n_items[i], &items[i].n_prompt_ids);
    items[i].media = make_media (c, &frame, c->n_items[i]);
    items[i].n_media = c->n_items[i];
  }
  Gemma4Pack *pack = pack_items (&params, items, c->n_rows);
  for (guint i = 0; i < c->n_rows; i++) {
    g_free ((gpointer) items[i].media);
    item_clear (&items[i]);
  }
  return pack;
}

/* Embeddings of @n_rows x @n_items x @n_tokens; item -1 is text. */
static gdouble *
make_embeddings (gsize n_rows, gsize n_items, gsize n_tokens, gboolean text)
{
  gdouble *embeddings = g_new (gdouble, n_rows * n_items * n_tokens * N_VALUES);
  gdouble *out = embeddings;
  for (gsize row = 0; row < n_rows; row++) {
    for (gsize item = 0; item < n_items; item++) {
      for (gsize token = 0; token < n_tokens; token++) {
        *out++ = row;
        *out++ = text ? -1 : (gdouble) item;
        *out++ = token;
      }
    }
  }
  return embeddings;
}

/* The embeddings that the model goes on with, and the ids they stand for. */
static gdouble *
interleave (const Case *c, Gemma4IndexLayout layout, gint32 **ids, gsize *n_columns)
{
  Gemma4Pack *pack = make_pack (c, layout);
  gsize at = find_tensor (pack, c->indices);
  g_autofree gint32 *indices = fill_tensor (pack, at);
  *ids = fill_tensor (pack, find_tensor (pack, "token_ids"));
  *n_columns = gemma4_pack_spec (pack, find_tensor (pack, "token_ids"))->dims[1];
  RefInterleave shape = {
    .n_rows = c->n_rows,
    .n_columns = *n_columns,
    .n_items = MAX (c->n_items[0], c->n_items[1]),
    .n_tokens = c->n_embeddings,
    .n_indices = gemma4_pack_spec (pack, at)->dims[1],
    .n_values = N_VALUES,
  };
  g_autofree gdouble *media =
      make_embeddings (shape.n_rows, shape.n_items, shape.n_tokens, FALSE);
  gdouble *text = make_embeddings (shape.n_rows, 1, shape.n_columns, TRUE);
  ref_interleave (&shape, text, media, indices);
  gemma4_pack_free (pack);
  return text;
}

/* How many soft tokens of @row have their own embedding; a word must have its. */
static guint
count_right (const Case *c, guint row, const gint32 *ids, const gdouble *got, gsize n_columns)
{
  guint n_right = 0, item = 0, token = 0;
  for (gsize i = 0; i < n_columns; i++, got += N_VALUES) {
    if (ids[i] != c->soft) {
      fail_unless (got[0] == row && got[1] == -1 && got[2] == i,
          "row %u: the word at %" G_GSIZE_FORMAT " became {%g, %g, %g}", row, i, got[0],
          got[1], got[2]);
      continue;
    }
    n_right += got[0] == row && got[1] == item && got[2] == token;
    if (++token == tokens_of (c, item)) {
      item++;
      token = 0;
    }
  }
  fail_unless_equals_int (item, c->n_items[row]);
  return n_right;
}

GST_START_TEST (test_per_item)
{
  const Case *c = &cases[__i__];
  gsize n_columns;
  g_autofree gint32 *ids = NULL;
  g_autofree gdouble *got = interleave (c, GEMMA4_INDEX_PER_ITEM, &ids, &n_columns);
  for (guint row = 0; row < c->n_rows; row++) {
    guint n_right = count_right (c, row, ids + row * n_columns,
        got + row * n_columns * N_VALUES, n_columns);
    guint want = c->n_items[row] * c->n_tokens - c->n_short;
    fail_unless (n_right == want, "case %d row %u: %u of %u soft tokens have their own "
        "embedding", __i__, row, n_right, want);
  }
}
GST_END_TEST;

/* Upstream's own layout is right in the first item only, unless every item
 * fills its share: 66 of 198 with three frames. This is what per-item repairs,
 * and it proves that the count above can fail. */
GST_START_TEST (test_kerashub)
{
  const Case *c = &cases[__i__];
  gsize n_columns;
  g_autofree gint32 *ids = NULL;
  g_autofree gdouble *got = interleave (c, GEMMA4_INDEX_KERASHUB, &ids, &n_columns);
  gboolean full = c->n_tokens == c->n_embeddings || (c->soft == 11 && c->n_short == 0);
  for (guint row = 0; row < c->n_rows; row++) {
    guint n_right = count_right (c, row, ids + row * n_columns,
        got + row * n_columns * N_VALUES, n_columns);
    guint want = full ? c->n_items[row] * c->n_tokens : tokens_of (c, 0);
    fail_unless (n_right == want, "case %d row %u: %u soft tokens have their own embedding, "
        "upstream has %u", __i__, row, n_right, want);
  }
}
GST_END_TEST;

static Suite *
interleave_suite (void)
{
  Suite *s = suite_create ("interleave");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_per_item, 0, G_N_ELEMENTS (cases));
  tcase_add_loop_test (t, test_kerashub, 0, G_N_ELEMENTS (cases));
  return s;
}

GST_CHECK_MAIN (interleave);
