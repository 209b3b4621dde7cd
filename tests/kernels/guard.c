/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "guard.h"

#include <gst/check/gstcheck.h>
#include <sys/mman.h>
#include <unistd.h>

void *
guard_new (Guard *guard, size_t n_bytes)
{
  size_t page = sysconf (_SC_PAGESIZE);
  size_t n_inside = (n_bytes + page - 1) / page * page;
  guard->n_page_bytes = n_inside + page;
  guard->pages = mmap (NULL, guard->n_page_bytes, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fail_unless (guard->pages != MAP_FAILED, "no pages");
  char *end = (char *) guard->pages + n_inside;
  fail_unless (mprotect (end, page, PROT_NONE) == 0, "no guard page");
  return end - n_bytes;
}

void
guard_free (Guard *guard)
{
  munmap (guard->pages, guard->n_page_bytes);
}
