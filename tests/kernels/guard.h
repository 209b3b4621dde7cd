/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Memory that ends where the process may not read: one byte too many is a crash. */
typedef struct
{
  void *pages;
  size_t n_page_bytes;
} Guard;

/* Returns [n_bytes] zeros that end at the forbidden page. */
void *guard_new (Guard * guard, size_t n_bytes);

void guard_free (Guard * guard);
