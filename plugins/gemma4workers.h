/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Threads that share one job after another. */

#include <glib.h>

typedef struct Gemma4Workers Gemma4Workers;

/* Does share @i of the @n shares of a job. */
typedef void (*Gemma4WorkerFunc) (gpointer job, guint i, guint n);

/* @n_threads: 0 is one for each processor. The caller of gemma4_workers_run() is one
 * of them. Free with gemma4_workers_free(). */
Gemma4Workers *gemma4_workers_new (guint n_threads);
void gemma4_workers_free (Gemma4Workers * self);

guint gemma4_workers_n (const Gemma4Workers * self);

/* Does all shares, one a thread, and returns when they are done. Allocates nothing. */
void gemma4_workers_run (Gemma4Workers * self, Gemma4WorkerFunc func, gpointer job);

/* Share @i of @n of @n_rows rows: @first and the number of them. */
guint gemma4_workers_rows (guint n_rows, guint i, guint n, guint * first);
