/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Counts what a program allocates, in all libraries that it uses. Included by the
 * program's one source file, because it takes malloc() and its kin from glibc;
 * where it cannot, as with another C library or a sanitizer, COUNTS_ALLOCATIONS is
 * 0. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __has_feature
#define ALLOCATIONS_HAS_FEATURE(x) __has_feature (x)
#else
#define ALLOCATIONS_HAS_FEATURE(x) 0
#endif

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) \
    && !ALLOCATIONS_HAS_FEATURE (address_sanitizer) && !ALLOCATIONS_HAS_FEATURE (thread_sanitizer)
#define COUNTS_ALLOCATIONS 1
#else
#define COUNTS_ALLOCATIONS 0
#endif

/* Allocations of this thread so far. */
static _Thread_local uint64_t n_allocations;

#if COUNTS_ALLOCATIONS
/* Other libraries must find them. */
#pragma GCC visibility push(default)

extern void *__libc_malloc (size_t n_bytes);
extern void *__libc_calloc (size_t n, size_t n_bytes);
extern void *__libc_realloc (void *memory, size_t n_bytes);
extern void *__libc_memalign (size_t alignment, size_t n_bytes);

void *
malloc (size_t n_bytes)
{
  n_allocations++;
  return __libc_malloc (n_bytes);
}

void *
calloc (size_t n, size_t n_bytes)
{
  n_allocations++;
  return __libc_calloc (n, n_bytes);
}

void *
realloc (void *memory, size_t n_bytes)
{
  n_allocations++;
  return __libc_realloc (memory, n_bytes);
}

void *
aligned_alloc (size_t alignment, size_t n_bytes)
{
  n_allocations++;
  return __libc_memalign (alignment, n_bytes);
}

int
posix_memalign (void **memory, size_t alignment, size_t n_bytes)
{
  n_allocations++;
  *memory = __libc_memalign (alignment, n_bytes);
  return *memory ? 0 : ENOMEM;
}

#pragma GCC visibility pop
#endif
