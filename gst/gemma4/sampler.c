/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/gemma4/sampler.h>

/* Adds @b to the remainder @r of a division by @c, both below @c, and the carry
 * to the quotient @q. */
static void
add_rest (uint64_t *q, uint64_t *r, uint64_t b, uint64_t c)
{
  bool carry = *r >= c - b;
  *r = carry ? *r - (c - b) : *r + b;
  *q += carry;
}

/* a * b / c rounded down, exact for a product of 128 bits; the quotient must
 * fit. Long multiplication, bit by bit of @a, so it needs no 128-bit type. */
static uint64_t
mul_div (uint64_t a, uint64_t b, uint64_t c, bool *exact)
{
  uint64_t q = 0, r = 0;
  for (int bit = 63; bit >= 0; bit--) {
    q *= 2;
    add_rest (&q, &r, r, c);
    if (a >> bit & 1) {
      q += b / c;
      add_rest (&q, &r, b % c, c);
    }
  }
  *exact = r == 0;
  return q;
}

static uint64_t
mul_div_floor (uint64_t a, uint64_t b, uint64_t c)
{
  bool exact;
  return mul_div (a, b, c, &exact);
}

static uint64_t
mul_div_ceil (uint64_t a, uint64_t b, uint64_t c)
{
  bool exact;
  uint64_t q = mul_div (a, b, c, &exact);
  return exact ? q : q + 1;
}

uint64_t
gemma4_clip_index (Gemma4Target target, uint64_t i, uint64_t n_frames, uint64_t n_total)
{
  if (n_total <= n_frames)
    return i;
  if (target == GEMMA4_TARGET_TRANSFORMERS)
    return mul_div_floor (i, n_total, n_frames);
  return n_frames == 1 ? 0 : mul_div_floor (i, n_total - 1, n_frames - 1);
}

uint64_t
gemma4_clip_time (Gemma4Target target, uint64_t i, uint64_t n_frames, uint64_t duration_ns)
{
  if (target == GEMMA4_TARGET_TRANSFORMERS)
    return mul_div_floor (i, duration_ns, n_frames);
  return n_frames == 1 ? 0 : mul_div_floor (i, duration_ns, n_frames - 1);
}

bool
gemma4_grid_take (Gemma4Grid *grid, uint64_t time_ns, uint32_t rate_n, uint32_t rate_d)
{
  if (!grid->started)
    *grid = (Gemma4Grid) {.started = true,.origin_ns = time_ns };
  if (time_ns < grid->origin_ns)
    return false;

  /* Point k is rounded down to ns, as time stamps are: it has been reached when
   * k * period < elapsed + 1. That many points there are, from k = 0 on. */
  uint64_t elapsed_ns = time_ns - grid->origin_ns;
  uint64_t n_reached = mul_div_ceil (elapsed_ns + 1, rate_n, rate_d * UINT64_C (1000000000));
  if (n_reached <= grid->next)
    return false;
  grid->next = n_reached;
  return true;
}

void
gemma4_thinner_init (Gemma4Thinner *thinner, uint64_t capacity)
{
  *thinner = (Gemma4Thinner) {.capacity = capacity,.stride = 1 };
}

bool
gemma4_thinner_next (Gemma4Thinner *thinner, bool *halve)
{
  uint64_t index = thinner->n_seen++;
  *halve = index == thinner->capacity * thinner->stride;
  if (*halve)
    thinner->stride *= 2;
  return index % thinner->stride == 0;
}
