/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/gemma4/sampler.h>

#include <json-glib/json-glib.h>

#include "golden.h"

#define SECOND G_GUINT64_CONSTANT (1000000000)

/* Compares one array of the golden file; returns how many indices agree. */
static guint
check_indices (const gchar *name, JsonObject *golden, const gchar *member,
    Gemma4Target target, guint64 n_frames, guint64 n_total)
{
  JsonArray *want = json_object_get_array_member (golden, member);
  fail_unless_equals_int (json_array_get_length (want), n_frames);
  for (guint i = 0; i < n_frames; i++) {
    gint64 got = gemma4_clip_index (target, i, n_frames, n_total);
    fail_unless (got == json_array_get_int_element (want, i),
        "%s %s, index %u: got %" G_GINT64_FORMAT ", want %" G_GINT64_FORMAT, member, name,
        i, got, json_array_get_int_element (want, i));
  }
  return n_frames;
}

/* All numbers of frames in the file are powers of two, where the float
 * arithmetic of transformers is exact. In NumPy's linspace i*step can fall just
 * below a whole number; no total in the file does that. */
static void
check_golden (JsonObject *root, const gchar *name, JsonNode *node, gpointer n_checked)
{
  gchar *slash;
  guint64 n_total = g_ascii_strtoull (name, &slash, 10);
  guint64 n_frames = g_ascii_strtoull (slash + 1, NULL, 10);
  fail_unless ((n_frames & (n_frames - 1)) == 0, "%s: not a power of two", name);
  JsonObject *golden = json_node_get_object (node);
  *(guint *) n_checked += check_indices (name, golden, "hf",
      GEMMA4_TARGET_TRANSFORMERS, n_frames, n_total);
  *(guint *) n_checked += check_indices (name, golden, "keras",
      GEMMA4_TARGET_KERASHUB, n_frames, n_total);
}

GST_START_TEST (test_golden)
{
  g_autofree gchar *path = golden_path ("prompt/frame_sampling.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  guint n_checked = 0;
  json_object_foreach_member (json_node_get_object (json_parser_get_root (parser)),
      check_golden, &n_checked);
  fail_unless (n_checked >= 900, "only %u indices were in %s", n_checked, path);
}
GST_END_TEST;

/* Where upstream's floats go astray: N that is no power of two. */
GST_START_TEST (test_any_count)
{
  for (guint64 n = 1; n <= 70; n++) {
    for (guint64 total = n; total <= 400; total++) {
      for (guint64 i = 0; i < n; i++) {
        guint64 got = gemma4_clip_index (GEMMA4_TARGET_TRANSFORMERS, i, n, total);
        if (got * n > i * total || i * total >= (got + 1) * n)
          fail ("transformers %u/%u, index %u: got %u", (guint) total, (guint) n, (guint) i,
              (guint) got);
        guint64 rest = MAX (n - 1, 1);
        got = gemma4_clip_index (GEMMA4_TARGET_KERASHUB, i, n, total);
        if (got * rest > i * (total - 1) || i * (total - 1) >= (got + 1) * rest)
          fail ("kerashub %u/%u, index %u: got %u", (guint) total, (guint) n, (guint) i,
              (guint) got);
      }
    }
  }
}
GST_END_TEST;

GST_START_TEST (test_few_frames)
{
  for (guint64 total = 0; total <= 32; total++) {
    for (guint64 i = 0; i < total; i++) {
      fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_KERASHUB, i, 32, total), i);
      fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_TRANSFORMERS, i, 32,
              total), i);
    }
  }
  fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_KERASHUB, 0, 1, 1000), 0);
  fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_TRANSFORMERS, 0, 1, 1000), 0);
}
GST_END_TEST;

GST_START_TEST (test_64_bits)
{
  const guint64 huge = G_MAXUINT64;
  fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_KERASHUB, 31, 32, huge), huge - 1);
  fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_KERASHUB, huge - 2, huge - 1,
          huge), huge - 1);
  fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_TRANSFORMERS, 31, 32, huge),
      huge - huge / 32 - 1);
  fail_unless_equals_uint64 (gemma4_clip_index (GEMMA4_TARGET_TRANSFORMERS, huge - 2,
          huge - 1, huge), huge - 2);
#ifdef __SIZEOF_INT128__
  const guint32 seed = 4;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  for (guint k = 0; k < 100000; k++) {
    guint64 word[3];
    for (guint w = 0; w < 3; w++)
      word[w] = ((guint64) g_rand_int (rand) << 32 | g_rand_int (rand))
          >> g_rand_int_range (rand, 0, 63);
    guint64 n = MAX (word[0], 2), total = MAX (word[1], n), i = word[2] % n;
    guint64 got = gemma4_clip_index (GEMMA4_TARGET_TRANSFORMERS, i, n, total);
    guint64 want = total == n ? i : (guint64) ((unsigned __int128) i * total / n);
    if (got != want)
      fail ("seed %u, %u: %" G_GUINT64_FORMAT "*%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT
          ": got %" G_GUINT64_FORMAT ", want %" G_GUINT64_FORMAT, seed, k, i, total, n, got,
          want);
  }
#endif
}
GST_END_TEST;

GST_START_TEST (test_clip_time)
{
  const guint64 duration = 10 * SECOND;
  fail_unless_equals_uint64 (gemma4_clip_time (GEMMA4_TARGET_TRANSFORMERS, 0, 4, duration), 0);
  fail_unless_equals_uint64 (gemma4_clip_time (GEMMA4_TARGET_TRANSFORMERS, 3, 4, duration),
      7500000000);
  fail_unless_equals_uint64 (gemma4_clip_time (GEMMA4_TARGET_TRANSFORMERS, 2, 3, duration),
      6666666666);
  fail_unless_equals_uint64 (gemma4_clip_time (GEMMA4_TARGET_KERASHUB, 3, 4, duration),
      duration);
  fail_unless_equals_uint64 (gemma4_clip_time (GEMMA4_TARGET_KERASHUB, 1, 4, duration),
      3333333333);
  fail_unless_equals_uint64 (gemma4_clip_time (GEMMA4_TARGET_KERASHUB, 0, 1, duration), 0);
  fail_unless_equals_uint64 (gemma4_clip_time (GEMMA4_TARGET_KERASHUB, 31, 32, G_MAXUINT64),
      G_MAXUINT64);
}
GST_END_TEST;

/* Frames with gaps: a late frame serves all points before it, once. */
GST_START_TEST (test_grid_gaps)
{
  static const struct
  {
    guint64 time_ms;
    gboolean taken;
  } frames[] = {
    {5000, TRUE}, {4999, FALSE}, {5000, FALSE}, {5400, FALSE}, {5999, FALSE}, {6001, TRUE},
    {6002, FALSE}, {6900, FALSE}, {9700, TRUE}, {9900, FALSE}, {10000, TRUE}, {10999, FALSE},
    {9000, FALSE}, {11000, TRUE}, {1000000, TRUE}, {1000500, FALSE}, {1001000, TRUE},
  };
  Gemma4Grid grid = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    gboolean taken = gemma4_grid_take (&grid, frames[i].time_ms * 1000000, 1, 1);
    fail_unless (taken == frames[i].taken, "frame %u at %u ms: got %d, want %d", i,
        (guint) frames[i].time_ms, taken, frames[i].taken);
  }
}
GST_END_TEST;

GST_START_TEST (test_grid_edges)
{
  Gemma4Grid grid = { 0 };
  const guint64 origin = G_MAXUINT64 - 3 * SECOND;
  fail_unless (gemma4_grid_take (&grid, origin, 1, 1));
  fail_if (gemma4_grid_take (&grid, origin + SECOND - 1, 1, 1));
  fail_unless (gemma4_grid_take (&grid, origin + SECOND, 1, 1));
  fail_unless (gemma4_grid_take (&grid, G_MAXUINT64, 1, 1));
  fail_if (gemma4_grid_take (&grid, G_MAXUINT64, 1, 1));
  fail_if (gemma4_grid_take (&grid, 0, 1, 1));

  /* one frame in 2^31-1 s, and a thousand million frames a second */
  grid = (Gemma4Grid) { 0 };
  fail_unless (gemma4_grid_take (&grid, 0, 1, G_MAXINT32));
  fail_if (gemma4_grid_take (&grid, G_MAXINT32 * SECOND - 1, 1, G_MAXINT32));
  fail_unless (gemma4_grid_take (&grid, G_MAXINT32 * SECOND, 1, G_MAXINT32));
  grid = (Gemma4Grid) { 0 };
  for (guint64 t = 0; t < 100; t++)
    fail_unless (gemma4_grid_take (&grid, t, 1000000000, 1), "at %u ns", (guint) t);
}
GST_END_TEST;

/* 24 hours of 30000/1001 frames, their stamps rounded down or to the nearest. */
GST_START_TEST (test_grid_does_not_drift)
{
  const guint64 round_up = __i__ ? 15000 : 0;
  const guint64 n_frames = 24 * 3600 * G_GUINT64_CONSTANT (30000) / 1001 + 1;
  Gemma4Grid own_rate = { 0 }, one_hz = { 0 };
  guint64 last = G_MAXUINT64, n_seconds = 0;
  for (guint64 n = 0; n < n_frames; n++) {
    guint64 t = (n * 1001 * SECOND + round_up) / 30000;
    if (!gemma4_grid_take (&own_rate, t, 30000, 1001))
      fail ("the grid of the source's own rate misses frame %" G_GUINT64_FORMAT, n);
    gboolean want = t / SECOND != last;
    last = t / SECOND;
    n_seconds += want;
    if (gemma4_grid_take (&one_hz, t, 1, 1) != want)
      fail ("1/s: frame %" G_GUINT64_FORMAT " at %" G_GUINT64_FORMAT " ns: want %d", n, t,
          want);
  }
  fail_unless_equals_uint64 (n_seconds, 24 * 3600);
}
GST_END_TEST;

/* Any stamps: taken is what is the first at or after a point, worked out by
 * walking over the points. */
GST_START_TEST (test_grid_any_times)
{
  const guint32 seed = 100 + __i__;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint32 rate_n = g_rand_int_range (rand, 1, 3000), rate_d = g_rand_int_range (rand, 1, 2000);
  const guint64 origin = g_rand_int (rand);
  Gemma4Grid grid = { 0 };
  guint64 k = 0;
  for (guint64 t = origin, i = 0; i < 2000; i++) {
    gboolean want = FALSE;
    while (origin + k * rate_d * SECOND / rate_n <= t) {
      want = TRUE;
      k++;
    }
    gboolean got = gemma4_grid_take (&grid, t, rate_n, rate_d);
    if (got != want || grid.next != k)
      fail ("seed %u, frame %u at %" G_GUINT64_FORMAT ": got %d and point %" G_GUINT64_FORMAT
          ", want %d and %" G_GUINT64_FORMAT, seed, (guint) i, t, got, grid.next, want, k);
    t += g_rand_int (rand) >> g_rand_int_range (rand, 0, 30);
  }
}
GST_END_TEST;

/* At any moment: kept[j] is frame j*stride, none is missing, none too many. */
GST_START_TEST (test_thinner)
{
  static const guint capacities[] = { 2, 4, 6, 10, 32, 128, 200 };
  const guint capacity = capacities[__i__];
  g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (guint64));
  Gemma4Thinner thinner;
  gemma4_thinner_init (&thinner, capacity);
  for (guint64 n = 0; n < 5000; n++) {
    bool halve;
    bool keep = gemma4_thinner_next (&thinner, &halve);
    if (halve) {
      for (guint j = 0; 2 * j < kept->len; j++)
        g_array_index (kept, guint64, j) = g_array_index (kept, guint64, 2 * j);
      g_array_set_size (kept, (kept->len + 1) / 2);
    }
    if (keep)
      g_array_append_val (kept, n);
    guint64 stride = thinner.stride;
    fail_unless ((stride & (stride - 1)) == 0 && kept->len == n / stride + 1
        && kept->len <= capacity && (n < capacity || kept->len > capacity / 2),
        "capacity %u, frame %u: %u kept, stride %u", capacity, (guint) n, kept->len,
        (guint) stride);
    for (guint j = 0; j < kept->len; j++)
      if (g_array_index (kept, guint64, j) != j * stride)
        fail ("capacity %u, frame %u: place %u holds frame %u, want %u", capacity, (guint) n,
            j, (guint) g_array_index (kept, guint64, j), (guint) (j * stride));
  }
}
GST_END_TEST;

static Suite *
sampler_suite (void)
{
  Suite *s = suite_create ("sampler");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden);
  tcase_add_test (t, test_any_count);
  tcase_add_test (t, test_few_frames);
  tcase_add_test (t, test_64_bits);
  tcase_add_test (t, test_clip_time);
  tcase_add_test (t, test_grid_gaps);
  tcase_add_test (t, test_grid_edges);
  tcase_add_loop_test (t, test_grid_does_not_drift, 0, 2);
  tcase_add_loop_test (t, test_grid_any_times, 0, 50);
  tcase_add_loop_test (t, test_thinner, 0, 7);
  return s;
}

GST_CHECK_MAIN (sampler);
