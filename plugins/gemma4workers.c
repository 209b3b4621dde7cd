/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4workers.h"

typedef struct
{
  Gemma4Workers *workers;
  guint share;
  GThread *thread;
} Worker;

struct Gemma4Workers
{
  guint n;                      /* shares; all but share 0 have a thread of their own */
  Worker *others;               /* [n - 1] */

  GMutex lock;
  GCond wake, done;
  Gemma4WorkerFunc func;        /* NULL: go home */
  gpointer job;
  guint round;                  /* goes up with every job */
  guint n_busy;                 /* of the others */
};

static gpointer
work (gpointer user_data)
{
  Worker *worker = user_data;
  Gemma4Workers *self = worker->workers;
  guint round = 0;
  g_mutex_lock (&self->lock);
  while (TRUE) {
    while (self->round == round)
      g_cond_wait (&self->wake, &self->lock);
    round = self->round;
    if (!self->func)
      break;
    g_mutex_unlock (&self->lock);
    self->func (self->job, worker->share, self->n);
    g_mutex_lock (&self->lock);
    if (--self->n_busy == 0)
      g_cond_signal (&self->done);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

static void
announce (Gemma4Workers *self, Gemma4WorkerFunc func, gpointer job)
{
  g_mutex_lock (&self->lock);
  self->func = func;
  self->job = job;
  self->n_busy = self->n - 1;
  self->round++;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
}

Gemma4Workers *
gemma4_workers_new (guint n_threads)
{
  Gemma4Workers *self = g_new0 (Gemma4Workers, 1);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->done);
  self->n = n_threads ? n_threads : g_get_num_processors ();
  self->others = g_new0 (Worker, self->n);
  for (guint i = 0; i < self->n - 1; i++) {
    self->others[i].workers = self;
    self->others[i].share = i + 1;
    self->others[i].thread = g_thread_new ("gemma4", work, &self->others[i]);
  }
  return self;
}

void
gemma4_workers_free (Gemma4Workers *self)
{
  announce (self, NULL, NULL);
  for (guint i = 0; i < self->n - 1; i++)
    g_thread_join (self->others[i].thread);
  g_free (self->others);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->done);
  g_free (self);
}

guint
gemma4_workers_n (const Gemma4Workers *self)
{
  return self->n;
}

void
gemma4_workers_run (Gemma4Workers *self, Gemma4WorkerFunc func, gpointer job)
{
  if (self->n == 1) {
    func (job, 0, 1);
    return;
  }
  announce (self, func, job);
  func (job, 0, self->n);
  g_mutex_lock (&self->lock);
  while (self->n_busy)
    g_cond_wait (&self->done, &self->lock);
  g_mutex_unlock (&self->lock);
}

guint
gemma4_workers_rows (guint n_rows, guint i, guint n, guint *first)
{
  *first = (guint64) n_rows * i / n;
  return (guint64) n_rows * (i + 1) / n - *first;
}
