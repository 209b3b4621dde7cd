/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4rowstore.h"

#include <math.h>
#include <string.h>

gboolean
gemma4_row_store_init (Gemma4RowStore *store, guint rate_hz, guint hop, guint n_mels,
    gfloat silence, const gfloat *silent_row, guint64 capacity)
{
  *store = (Gemma4RowStore) {
    .rate_hz = rate_hz,
    .hop = hop,
    .n_mels = n_mels,
    .silence = silence,
    .silent_row = silent_row,
    .capacity = capacity,
    .limit = capacity,
    .rows = g_try_malloc_n (2 * capacity, n_mels * sizeof (gfloat)),
    .origin_ns = GST_CLOCK_TIME_NONE,
    .anchors = g_array_new (FALSE, FALSE, sizeof (Gemma4RowAnchor)),
    .rate = 1.0,
  };
  return store->rows != NULL;
}

void
gemma4_row_store_clear (Gemma4RowStore *store)
{
  g_clear_pointer (&store->rows, g_free);
  g_clear_pointer (&store->anchors, g_array_unref);
}

void
gemma4_row_store_empty (Gemma4RowStore *store)
{
  store->begin = store->first = store->n_rows = store->n_samples = 0;
  store->lost = store->next = 0;
  store->origin_ns = GST_CLOCK_TIME_NONE;
  store->has_tail = store->full = FALSE;
  if (store->anchors)
    g_array_set_size (store->anchors, 0);
}

static void
drop_rows (Gemma4RowStore *store, guint64 n)
{
  n = MIN (n, store->n_rows);
  store->begin += n;
  store->first += n;
  store->n_rows -= n;
}

gboolean
gemma4_row_store_resize (Gemma4RowStore *store, guint64 capacity)
{
  gsize row_bytes = store->n_mels * sizeof (gfloat);
  gfloat *rows = g_try_malloc_n (2 * capacity, row_bytes);
  if (!rows)
    return FALSE;
  if (store->n_rows > capacity) {
    drop_rows (store, store->n_rows - capacity);
    store->lost = store->first;
  }
  memcpy (rows, store->rows + store->begin * store->n_mels, store->n_rows * row_bytes);
  g_free (store->rows);
  store->rows = rows;
  store->begin = 0;
  store->capacity = store->limit = capacity;
  return TRUE;
}

/* Room for one more row behind the newest. */
static gfloat *
next_row (Gemma4RowStore *store)
{
  gsize row_bytes = store->n_mels * sizeof (gfloat);
  if (store->n_rows >= store->limit) {
    drop_rows (store, store->n_rows - store->limit + 1);
    store->lost = store->first;
  }
  if (store->begin + store->n_rows == 2 * store->capacity) {
    memmove (store->rows, store->rows + store->begin * store->n_mels,
        store->n_rows * row_bytes);
    store->begin = 0;
  }
  return store->rows + (store->begin + store->n_rows++) * store->n_mels;
}

/* Samples that are played in @duration_ns at @rate, and the other way round. */
static guint64
samples_in (const Gemma4RowStore *store, GstClockTime duration_ns, gdouble rate)
{
  if (rate == 1.0)
    return gst_util_uint64_scale_round (duration_ns, store->rate_hz, GST_SECOND);
  return llround (duration_ns * rate * store->rate_hz / GST_SECOND);
}

static GstClockTime
played_in (const Gemma4RowStore *store, guint64 n_samples, gdouble rate)
{
  GstClockTime duration = gst_util_uint64_scale (n_samples, GST_SECOND, store->rate_hz);
  return rate == 1.0 ? duration : (GstClockTime) llround (duration / rate);
}

static const Gemma4RowAnchor *
anchor (const Gemma4RowStore *store, guint i)
{
  return &g_array_index (store->anchors, Gemma4RowAnchor, i);
}

static const Gemma4RowAnchor *
newest_anchor (const Gemma4RowStore *store)
{
  return anchor (store, store->anchors->len - 1);
}

static const Gemma4RowAnchor *
anchor_of_sample (const Gemma4RowStore *store, guint64 sample)
{
  guint i = store->anchors->len - 1;
  while (i && anchor (store, i)->sample > sample)
    i--;
  return anchor (store, i);
}

/* The newest that is not later: where time went back, what came last counts. */
static guint
place_of_time (const Gemma4RowStore *store, GstClockTime running_ns)
{
  guint i = store->anchors->len - 1;
  while (i && anchor (store, i)->running_ns > running_ns)
    i--;
  return i;
}

/* As a count from row 0 on, which may lie before it. */
static gint64
sample_from (const Gemma4RowStore *store, const Gemma4RowAnchor *from, GstClockTime running_ns)
{
  gint64 sample = from->sample;
  return running_ns >= from->running_ns
      ? sample + (gint64) samples_in (store, running_ns - from->running_ns, from->rate)
      : sample - (gint64) samples_in (store, from->running_ns - running_ns, from->rate);
}

/* In a hole that has no rows, or fewer than it is long, the next sound is meant. */
static guint64
up_to_next_anchor (const Gemma4RowStore *store, guint i, guint64 sample)
{
  return i + 1 < store->anchors->len ? MIN (sample, anchor (store, i + 1)->sample) : sample;
}

guint64
gemma4_row_store_sample_at (const Gemma4RowStore *store, GstClockTime running_ns)
{
  if (!store->anchors->len)
    return 0;
  guint i = place_of_time (store, running_ns);
  return up_to_next_anchor (store, i, MAX (sample_from (store, anchor (store, i), running_ns), 0));
}

/* The anchors of rows that were given up go. */
static void
add_anchor (Gemma4RowStore *store, guint64 sample, GstClockTime running_ns,
    GstClockTime stream_ns)
{
  Gemma4RowAnchor added = { sample, running_ns, stream_ns, store->rate };
  while (store->anchors->len > 1 && anchor (store, 1)->sample <= store->first * store->hop)
    g_array_remove_index (store->anchors, 0);
  g_array_append_val (store->anchors, added);
}

/* What came lies as it was played. */
void
gemma4_row_store_set_rate (Gemma4RowStore *store, gdouble rate, GstClockTime running_ns,
    GstClockTime stream_ns)
{
  if (store->rate == rate)
    return;
  store->rate = rate;
  if (GST_CLOCK_TIME_IS_VALID (store->origin_ns))
    add_anchor (store, store->n_samples, running_ns, stream_ns);
}

static guint64
n_heard (const Gemma4RowStore *store)
{
  return (store->n_samples + store->hop - 1) / store->hop;
}

void
gemma4_row_store_jump (Gemma4RowStore *store, GstClockTime running_ns, GstClockTime stream_ns)
{
  if (!GST_CLOCK_TIME_IS_VALID (store->origin_ns))
    return;
  store->has_tail = FALSE;
  guint64 k = MAX (n_heard (store), store->first);
  gint64 shift = GST_CLOCK_DIFF (gemma4_row_store_time (store, k), running_ns);
  for (guint i = 0; i < store->anchors->len; i++) {
    Gemma4RowAnchor *old = &g_array_index (store->anchors, Gemma4RowAnchor, i);
    old->running_ns = gemma4_shifted_time (old->running_ns, shift);
  }
  store->origin_ns = gemma4_shifted_time (store->origin_ns, shift);
  add_anchor (store, k * store->hop, running_ns, stream_ns);
}

static void
push_silence (Gemma4RowStore *store, guint64 n)
{
  if (n > store->limit) {
    guint64 skipped = n - store->limit;
    drop_rows (store, store->n_rows);
    store->first += skipped;
    store->lost = store->first;
    n -= skipped;
  }
  while (n--) {
    gfloat *row = next_row (store);
    for (guint m = 0; m < store->n_mels; m++)
      row[m] = store->silent_row ? store->silent_row[m] : store->silence;
  }
}

/* Rows that are there as a tail and begin at row @k, or behind it, come again. They
 * may have been given up meanwhile. */
static void
give_up_tail (Gemma4RowStore *store, guint64 k)
{
  if (!store->has_tail || k > store->tail_first)
    return;
  store->has_tail = FALSE;
  if (store->tail_first < store->first) {
    store->first = store->tail_first;
    store->n_rows = 0;
  }
  store->n_rows = MIN (store->n_rows, store->tail_first - store->first);
  store->n_samples = MIN (store->n_samples, store->tail_first * store->hop);
}

/* The number of the first row of sound at @running_ns. Rows of a tail that lie
 * there already are given up: sound goes on after all. @n_late: (out): how many rows
 * lie before what is there, jitter within a row aside. */
static guint64
place (Gemma4RowStore *store, GstClockTime running_ns, guint64 *n_late)
{
  gint64 hop = store->hop;
  gint64 sample = sample_from (store, newest_anchor (store), running_ns);
  guint64 nearest = MAX (sample + hop / 2, 0) / hop;
  give_up_tail (store, nearest);
  gint64 late = (gint64) (n_heard (store) * hop) - sample;
  if (-hop < late && late < hop)
    nearest = n_heard (store);
  guint64 k = MAX (nearest, MAX (n_heard (store), store->first));
  *n_late = late >= hop ? (late + hop / 2) / hop : 0;
  if (k < store->first + store->n_rows && !*n_late)
    store->n_rows = k - store->first;
  return k;
}

/* Live, a hole for which there is no room pushes nothing out that no pack has had: it is
 * shortened to half the room, the rest being for what follows. Returns where that goes. */
static guint64
shorten_hole (Gemma4RowStore *store, guint64 k, guint n_rows, GstClockTime running_ns,
    GstClockTime stream_ns)
{
  guint64 end = store->first + store->n_rows;
  guint64 kept = end - MIN (MAX (store->next, store->first), end) + n_rows;
  guint64 room = store->limit > kept ? store->limit - kept : 0;
  if (!store->live || k <= end + room / 2)
    return k;
  add_anchor (store, (end + room / 2) * store->hop, running_ns, stream_ns);
  return end + room / 2;
}

/* A store that keeps the first takes no row behind one that it has refused. */
static gboolean
make_way (Gemma4RowStore *store, guint64 k, guint n_rows)
{
  if (!store->keeps_first)
    return TRUE;
  if (store->full && store->n_rows == 0) {
    store->full = FALSE;
    store->first = store->lost = MAX (store->first, k);
  }
  store->full = store->full || k + n_rows > store->first + store->limit;
  store->n_refused += store->full ? n_rows : 0;
  return !store->full;
}

static guint64
push (Gemma4RowStore *store, const gfloat *rows, guint n_rows, guint64 n_samples,
    GstClockTime running_ns, GstClockTime stream_ns)
{
  guint64 n_late;
  if (!GST_CLOCK_TIME_IS_VALID (store->origin_ns)) {
    store->origin_ns = running_ns;
    add_anchor (store, 0, running_ns, stream_ns);
  }
  guint64 k = place (store, running_ns, &n_late);
  if (n_late) {
    store->n_late_samples += MIN (n_samples, n_late * store->hop);
    if (n_late >= n_rows || n_late * store->hop >= n_samples)
      return k;
    rows += n_late * store->n_mels;
    n_rows -= n_late;
    n_samples -= n_late * store->hop;
    store->n_rows = k - store->first;
  }
  if (!make_way (store, k, n_rows)) {
    store->n_samples = MAX (store->n_samples, k * store->hop + n_samples);
    return k;
  }
  k = shorten_hole (store, k, n_rows, running_ns, stream_ns);
  push_silence (store, k - (store->first + store->n_rows));
  for (guint t = 0; t < n_rows; t++)
    memcpy (next_row (store), rows + (gsize) t * store->n_mels,
        store->n_mels * sizeof (gfloat));
  if (n_samples)
    store->n_samples = k * store->hop + n_samples;
  return k;
}

void
gemma4_row_store_push (Gemma4RowStore *store, const gfloat *rows, guint n_rows,
    guint64 n_samples, GstClockTime running_ns, GstClockTime stream_ns)
{
  push (store, rows, n_rows, n_samples, running_ns, stream_ns);
  store->has_tail = FALSE;
}

/* A tail of several buffers is one. */
void
gemma4_row_store_push_tail (Gemma4RowStore *store, const gfloat *rows, guint n_rows,
    guint64 n_samples, GstClockTime running_ns, GstClockTime stream_ns)
{
  guint64 k = push (store, rows, n_rows, n_samples, running_ns, stream_ns);
  if (!store->has_tail)
    store->tail_first = k;
  store->has_tail = TRUE;
}

/* @rate 1 for stream time. */
static GstClockTime
time_from (const Gemma4RowStore *store, const Gemma4RowAnchor *from, guint64 sample,
    GstClockTime time_ns, gdouble rate)
{
  if (sample >= from->sample)
    return time_ns + played_in (store, sample - from->sample, rate);
  GstClockTime before = played_in (store, from->sample - sample, rate);
  return time_ns > before ? time_ns - before : 0;
}

GstClockTime
gemma4_row_store_time (const Gemma4RowStore *store, guint64 k)
{
  const Gemma4RowAnchor *from = anchor_of_sample (store, k * store->hop);
  return time_from (store, from, k * store->hop, from->running_ns, from->rate);
}

GstClockTime
gemma4_row_store_stream_time (const Gemma4RowStore *store, guint64 k)
{
  const Gemma4RowAnchor *from = anchor_of_sample (store, k * store->hop);
  return time_from (store, from, k * store->hop, from->stream_ns, 1.0);
}

guint64
gemma4_row_store_row_at (const Gemma4RowStore *store, GstClockTime running_ns)
{
  if (!store->anchors->len || running_ns <= anchor (store, 0)->running_ns)
    return 0;
  guint i = place_of_time (store, running_ns);
  const Gemma4RowAnchor *from = anchor (store, i);
  guint64 sample = MAX (sample_from (store, from, running_ns), 0);
  if (from->rate == 1.0)
    sample = from->sample + gst_util_uint64_scale_ceil (running_ns - from->running_ns,
        store->rate_hz, GST_SECOND);
  return (up_to_next_anchor (store, i, sample) + store->hop - 1) / store->hop;
}

/* Of what came before the start only the last row is owed, where its window ended in it. */
guint64
gemma4_row_store_begin_of (const Gemma4RowStore *store, const Gemma4Window *window)
{
  if (!window->once)
    return gemma4_row_store_row_at (store, window->start_ns);
  if (!window->start_ns)
    return store->next;
  guint64 sample = gemma4_row_store_sample_at (store, window->start_ns);
  if (sample >= store->n_samples)
    return MAX (store->next, n_heard (store));
  guint64 k = sample / store->hop;
  return store->next + 1 == k ? store->next : MAX (store->next, k);
}

void
gemma4_row_store_took (Gemma4RowStore *store, guint64 k)
{
  store->next = MAX (store->next, k);
}

void
gemma4_row_store_drop_taken (Gemma4RowStore *store)
{
  if (store->next > store->first)
    drop_rows (store, store->next - store->first);
}

void
gemma4_row_store_drop_before (Gemma4RowStore *store, GstClockTime running_ns)
{
  if (!GST_CLOCK_TIME_IS_VALID (store->origin_ns))
    return;
  guint64 k = gemma4_row_store_row_at (store, running_ns);
  if (k > store->first)
    drop_rows (store, k - store->first);
}

const gfloat *
gemma4_row_store_row (const Gemma4RowStore *store, guint64 k)
{
  return store->rows + (store->begin + (k - store->first)) * store->n_mels;
}
