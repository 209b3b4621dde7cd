/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The body of a set of kernels of resize-rows.h, compiled once for every
 * instruction set. The including file includes one of lanes-*.h before, defines
 * N_REGISTERS, how many registers of rows share a weight, and then makes the struct
 * with N_ROWS, horizontal() and vertical(). From lanes-*.h come:
 *
 *   Lanes, N_QUADS     a register of N_QUADS times 16 bytes
 *   LANES(name)        the instruction of that name for such registers, such as
 *                      madd_epi16; most work on each 16 bytes on their own
 *   lanes_load(), lanes_store()
 *   lanes_load_pixels()   4 pixels of each of the rows 0, 4 and so on, sorted as
 *                         sort_pixels() wants them; may read 18 bytes
 *   lanes_store_quads()   16 bytes to each of the rows 0, 2 and so on
 *   lanes_pick()          the 32-bit values 0 and 2, or 1 and 3, of each 16 bytes
 *   lanes_add_product()   a + b * c, two products of 16 bits in each 32
 *   lanes_shift_right()   of 32-bit values
 *   lanes_in_order()      undoes what packing does to the order of 8 bytes */

#include "resize-rows.h"

#include <string.h>

#define LANES_INLINE inline __attribute__ ((always_inline))

enum
{
  REGISTER_ROWS = 4 * N_QUADS,  /* one in each 32 bits */
  N_ROWS = N_REGISTERS * REGISTER_ROWS,
  IN_PX = 4,                    /* that are sorted at once */
  OUT_PX = GEMMA4_RESIZE_SPANS, /* that are made at once */
  OUT_VALUES = 3 * OUT_PX,
  N_SUMS = 8,                   /* registers of the vertical pass */
  BLOCK_VALUES = 4 * N_QUADS * N_SUMS,
};

_Static_assert (GEMMA4_RESIZE_BLOCK % BLOCK_VALUES == 0, "a block ends with the pair of rows");

/* One colour of two neighbours, of all rows: in each 32 bits those of one row. */
typedef struct
{
  Lanes rows[N_REGISTERS];
} Pairs;

/* A pixel and its right neighbour. */
typedef struct
{
  Pairs colours[3];
} Column;

static LANES_INLINE Lanes
lanes_all (int32_t value)
{
  return LANES (set1_epi32) (value);
}

static LANES_INLINE Lanes
lanes_pair (const int16_t *weights)
{
  int32_t pair;
  memcpy (&pair, weights, sizeof pair);
  return lanes_all (pair);
}

static LANES_INLINE Lanes
lanes_half (const Gemma4ResizePass *pass)
{
  return lanes_all (1 << pass->precision >> 1);
}

/* Turns IN_PX pixels of REGISTER_ROWS rows into two columns. A row has 16 bytes: R0 R1,
 * G0 G1, B0 B1, nothing, R2 R3, G2 G3, B2 B3, nothing. */
static LANES_INLINE void
sort_pixels (Column *columns, unsigned r, const uint8_t *const *rows, size_t at)
{
  const Lanes zero = lanes_all (0);
  Lanes row[4];
  for (int i = 0; i < 4; i++)
    row[i] = lanes_load_pixels (rows + i, at);
  Lanes twos[2][2] = {
    { LANES (unpacklo_epi16) (row[0], row[1]), LANES (unpacklo_epi16) (row[2], row[3]) },
    { LANES (unpackhi_epi16) (row[0], row[1]), LANES (unpackhi_epi16) (row[2], row[3]) },
  };
  for (int i = 0; i < 2; i++) {
    Lanes red_green = LANES (unpacklo_epi32) (twos[i][0], twos[i][1]);
    Lanes blue = LANES (unpackhi_epi32) (twos[i][0], twos[i][1]);
    columns[i].colours[0].rows[r] = LANES (unpacklo_epi8) (red_green, zero);
    columns[i].colours[1].rows[r] = LANES (unpackhi_epi8) (red_green, zero);
    columns[i].colours[2].rows[r] = LANES (unpacklo_epi8) (blue, zero);
  }
}

/* Sorts pixels from @ready on up to @end or a few more. */
static LANES_INLINE uint32_t
sort_inner (Column *columns, const uint8_t *const *rows, uint32_t ready, uint32_t end)
{
  for (; ready < end; ready += IN_PX)
    for (unsigned r = 0; r < N_REGISTERS; r++)
      sort_pixels (columns + ready / 2, r, rows + REGISTER_ROWS * r, 3 * (size_t) ready);
  return ready;
}

/* The last pixels of the rows, which end with them: by way of copies. */
static void
sort_last (Column *columns, const uint8_t *const *rows, uint32_t ready, uint32_t n_px)
{
  enum { MAX_PX = 2 * IN_PX };
  uint8_t ends[N_ROWS][3 * MAX_PX + 16] = { 0 };
  const uint8_t *end_rows[N_ROWS];
  for (int i = 0; i < N_ROWS; i++) {
    end_rows[i] = ends[i];
    memcpy (ends[i], rows[i] + 3 * (size_t) ready, 3 * (size_t) (n_px - ready));
  }
  sort_inner (columns + ready / 2, end_rows, 0, n_px - ready);
}

/* Sorts pixels until those before @end are there; returns the first that is not, UINT32_MAX
 * if all are. */
static LANES_INLINE uint32_t
sort_until (Column *columns, const uint8_t *const *rows, uint32_t n_px, uint32_t ready,
    uint32_t end)
{
  const uint32_t reach_px = IN_PX + 2;  /* 18 bytes: the most that sorting reads */
  uint32_t inner_end = n_px < reach_px ? 0 : n_px - reach_px + 1;
  ready = sort_inner (columns, rows, ready, end < inner_end ? end : inner_end);
  if (ready >= end)
    return ready;
  sort_last (columns, rows, ready, n_px);
  return UINT32_MAX;
}

/* One pixel of all rows, before it is packed. */
static LANES_INLINE void
sum_pixel (Lanes sums[][OUT_VALUES], unsigned at, const Column *columns,
    const Gemma4ResizePass *pass, const Gemma4ResizeSpan *span)
{
  const int16_t *weights = pass->weights + 2 * (size_t) span->offset;
  const Column *column = columns + span->first, *end = column + span->n_pairs;
  Lanes sum[3][N_REGISTERS], weight = lanes_pair (weights);
  for (int c = 0; c < 3; c++)
    for (int r = 0; r < N_REGISTERS; r++)
      sum[c][r] = lanes_add_product (lanes_half (pass), column->colours[c].rows[r], weight);
  while (++column < end) {
    weight = lanes_pair (weights += 2);
    for (int c = 0; c < 3; c++)
      for (int r = 0; r < N_REGISTERS; r++)
        sum[c][r] = lanes_add_product (sum[c][r], column->colours[c].rows[r], weight);
  }
  for (int c = 0; c < 3; c++)
    for (int r = 0; r < N_REGISTERS; r++)
      sums[r][at + c] = lanes_shift_right (sum[c][r], pass->precision);
}

/* Writes 8 values of REGISTER_ROWS rows, those of two rows alternating. */
static LANES_INLINE void
store_values (uint8_t *const *pairs, size_t at, const Lanes *sums)
{
  Lanes p[4];
  for (int i = 0; i < 4; i++)
    p[i] = LANES (packs_epi32) (sums[2 * i], sums[2 * i + 1]);
  lanes_store_quads (pairs, at, LANES (packus_epi16) (lanes_pick (p[0], p[1], 0),
          lanes_pick (p[2], p[3], 0)));
  lanes_store_quads (pairs + 1, at, LANES (packus_epi16) (lanes_pick (p[0], p[1], 1),
          lanes_pick (p[2], p[3], 1)));
}

/* @shared is copied: what is written could be it, for all the compiler knows. */
static void
horizontal (uint8_t *const *pairs, const uint8_t *const *in, const Gemma4ResizePass *shared,
    void *work)
{
  const Gemma4ResizePass pass = *shared;
  Column *columns = work;
  uint32_t ready = 0;
  for (uint32_t x = 0; x < pass.n_outputs; x += OUT_PX) {
    const Gemma4ResizeSpan *spans = pass.spans + x;
    uint32_t end = 2 * (spans[OUT_PX - 1].first + spans[OUT_PX - 1].n_pairs);
    if (ready < end)
      ready = sort_until (columns, in, pass.n_inputs, ready, end);
    Lanes sums[N_REGISTERS][OUT_VALUES];
    for (unsigned i = 0; i < OUT_PX; i++)
      sum_pixel (sums, 3 * i, columns, &pass, &spans[i]);
    for (unsigned r = 0; r < N_REGISTERS; r++)
      for (unsigned i = 0; i < OUT_VALUES; i += 8)
        store_values (pairs + REGISTER_ROWS / 2 * r, 2 * (3 * (size_t) x + i), sums[r] + i);
  }
}

/* Adds the values of two rows to the sums @start. */
static LANES_INLINE void
add_pair (Lanes *sums, const Lanes *start, const uint8_t *values, const int16_t *weights)
{
  const Lanes zero = lanes_all (0), weight = lanes_pair (weights);
  for (int i = 0; i < N_SUMS; i += 2) {
    Lanes bytes = lanes_load (values + sizeof (Lanes) / 2 * i);
    Lanes low = LANES (unpacklo_epi8) (bytes, zero), high = LANES (unpackhi_epi8) (bytes, zero);
    sums[i] = lanes_add_product (start[i], low, weight);
    sums[i + 1] = lanes_add_product (start[i + 1], high, weight);
  }
}

static LANES_INLINE Lanes
pack_sums (const Lanes *sums, uint32_t precision)
{
  Lanes s[4];
  for (int i = 0; i < 4; i++)
    s[i] = lanes_shift_right (sums[i], precision);
  return lanes_in_order (LANES (packus_epi16) (LANES (packs_epi32) (s[0], s[1]),
          LANES (packs_epi32) (s[2], s[3])));
}

static LANES_INLINE void
sum_block (uint8_t *out, const uint8_t *const *pairs, size_t x, const Gemma4ResizePass *pass,
    const Gemma4ResizeSpan *span)
{
  const int16_t *weights = pass->weights + 2 * (size_t) span->offset;
  const uint8_t *const *end = pairs + span->n_pairs;
  Lanes sums[N_SUMS];
  for (int i = 0; i < N_SUMS; i++)
    sums[i] = lanes_half (pass);
  add_pair (sums, sums, *pairs + 2 * x, weights);
  while (++pairs < end)
    add_pair (sums, sums, *pairs + 2 * x, weights += 2);
  for (int i = 0; i < N_SUMS; i += 4)
    lanes_store (out + sizeof (Lanes) / 4 * i, pack_sums (sums + i, pass->precision));
}

static void
vertical (uint8_t *out, const uint8_t *const *pairs, size_t n_values,
    const Gemma4ResizePass *shared, const Gemma4ResizeSpan *shared_span)
{
  const Gemma4ResizePass pass = *shared;
  const Gemma4ResizeSpan span = *shared_span;
  size_t x = 0;
  for (; x + BLOCK_VALUES <= n_values; x += BLOCK_VALUES)
    sum_block (out + x, pairs, x, &pass, &span);
  if (x < n_values) {
    uint8_t block[BLOCK_VALUES];
    sum_block (block, pairs, x, &pass, &span);
    memcpy (out + x, block, n_values - x);
  }
}
