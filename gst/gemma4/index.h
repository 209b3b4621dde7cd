/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: finds the number of something by its hash. A slot is 4
 * bytes: the number and, in the bits that it leaves, bits of the hash, so that
 * what is not there costs one look into the table, and seldom one at the thing. */

#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEMMA4_INDEX_MAX_NUMBERS ((size_t) 1 << 24)

typedef struct
{
  uint32_t *slots;              /* [1 << n_bits] */
  unsigned n_bits;
} Gemma4Index;

/* Whether thing @number of @owner is what @key says. */
typedef bool (*Gemma4IndexIs) (const void *owner, uint32_t number, const void *key);

/* Makes an empty index for @n_numbers <= GEMMA4_INDEX_MAX_NUMBERS things; returns
 * GEMMA4_OK or GEMMA4_NO_MEMORY. */
GEMMA4_NODISCARD Gemma4Status gemma4_index_init (Gemma4Index * self, size_t n_numbers);

void gemma4_index_clear (Gemma4Index * self);

/* The number of the thing that @key says, or -1. @hash is that of the key, all
 * 64 bits of it. An index that is not made yet is empty. */
int64_t gemma4_index_find (const Gemma4Index * self, uint64_t hash, Gemma4IndexIs is,
    const void *owner, const void *key);

/* Enters @number for the thing that @key says. Returns the number that it takes
 * the place of, or -1. */
int64_t gemma4_index_put (Gemma4Index * self, uint64_t hash, Gemma4IndexIs is,
    const void *owner, const void *key, uint32_t number);

/* Spreads a number over 64 bits. */
static inline uint64_t
gemma4_index_mix (uint64_t x)
{
  x *= UINT64_C (0x9e3779b97f4a7c15);
  x ^= x >> 32;
  x *= UINT64_C (0xd6e8feb86659fd93);
  return x ^ x >> 32;
}
