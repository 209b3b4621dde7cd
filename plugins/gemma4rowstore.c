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
    .rate = 1.0,
    .rate_before = 1.0,
  };
  return store->rows != NULL;
}

void
gemma4_row_store_clear (Gemma4RowStore *store)
{
  g_clear_pointer (&store->rows, g_free);
}

void
gemma4_row_store_empty (Gemma4RowStore *store)
{
  store->begin = store->first = store->n_rows = store->n_samples = 0;
  store->lost = store->next = 0;
  store->origin_ns = GST_CLOCK_TIME_NONE;
  store->has_tail = store->full = FALSE;
}

static void
drop_rows (Gemma4RowStore *store, guint64 n)
{
  n = MIN (n, store->n_rows);
  store->begin += n;
  store->first += n;
  store->n_rows -= n;
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

guint64
gemma4_row_store_sample_at (const Gemma4RowStore *store, GstClockTime running_ns)
{
  if (running_ns >= store->anchor_ns)
    return store->anchor_sample + samples_in (store, running_ns - store->anchor_ns, store->rate);
  guint64 n = samples_in (store, store->anchor_ns - running_ns, store->rate_before);
  return store->anchor_sample > n ? store->anchor_sample - n : 0;
}

static void
set_anchor (Gemma4RowStore *store, guint64 sample, GstClockTime running_ns,
    GstClockTime stream_ns)
{
  store->anchor_sample = sample;
  store->anchor_ns = running_ns;
  store->anchor_stream_ns = stream_ns;
}

/* What came lies as it was played; of several changes only the last is known. */
void
gemma4_row_store_set_rate (Gemma4RowStore *store, gdouble rate, GstClockTime running_ns,
    GstClockTime stream_ns)
{
  if (store->rate == rate)
    return;
  store->rate_before = store->rate;
  store->rate = rate;
  if (GST_CLOCK_TIME_IS_VALID (store->origin_ns))
    set_anchor (store, store->n_samples, running_ns, stream_ns);
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
 * there already are given up: sound goes on after all. */
static guint64
place (Gemma4RowStore *store, GstClockTime running_ns)
{
  guint64 sample = gemma4_row_store_sample_at (store, running_ns);
  guint64 nearest = (sample + store->hop / 2) / store->hop;
  give_up_tail (store, nearest);
  guint64 heard = (store->n_samples + store->hop - 1) / store->hop;
  guint64 k = MAX (nearest, MAX (heard, store->first));
  if (k < store->first + store->n_rows)
    store->n_rows = k - store->first;
  return k;
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
  if (!GST_CLOCK_TIME_IS_VALID (store->origin_ns)) {
    store->origin_ns = running_ns;
    set_anchor (store, 0, running_ns, stream_ns);
  }
  guint64 k = place (store, running_ns);
  if (!make_way (store, k, n_rows)) {
    store->n_samples = MAX (store->n_samples, k * store->hop + n_samples);
    return k;
  }
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

GstClockTime
gemma4_row_store_time (const Gemma4RowStore *store, guint64 k)
{
  guint64 sample = k * store->hop;
  if (sample >= store->anchor_sample)
    return store->anchor_ns + played_in (store, sample - store->anchor_sample, store->rate);
  GstClockTime before = played_in (store, store->anchor_sample - sample, store->rate_before);
  return store->anchor_ns > before ? store->anchor_ns - before : 0;
}

GstClockTime
gemma4_row_store_stream_time (const Gemma4RowStore *store, guint64 k)
{
  guint64 sample = k * store->hop;
  if (sample >= store->anchor_sample)
    return store->anchor_stream_ns + played_in (store, sample - store->anchor_sample, 1.0);
  GstClockTime before = played_in (store, store->anchor_sample - sample, 1.0);
  return store->anchor_stream_ns > before ? store->anchor_stream_ns - before : 0;
}

guint64
gemma4_row_store_row_at (const Gemma4RowStore *store, GstClockTime running_ns)
{
  if (running_ns <= store->origin_ns)
    return 0;
  guint64 sample = gemma4_row_store_sample_at (store, running_ns);
  if (store->rate == 1.0 && running_ns >= store->anchor_ns)
    sample = store->anchor_sample + gst_util_uint64_scale_ceil (running_ns - store->anchor_ns,
        store->rate_hz, GST_SECOND);
  return (sample + store->hop - 1) / store->hop;
}

guint64
gemma4_row_store_begin_of (const Gemma4RowStore *store, const Gemma4Window *window)
{
  return window->once ? store->next : gemma4_row_store_row_at (store, window->start_ns);
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
