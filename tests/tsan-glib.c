/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells ThreadSanitizer of the locks and references of a GLib and GStreamer that
 * are not built with it: a library for LD_PRELOAD, made by tests/stress.sh. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <gst/gst.h>

void __tsan_acquire (void *address);
void __tsan_release (void *address);
void AnnotateIgnoreReadsBegin (const char *file, int line);
void AnnotateIgnoreReadsEnd (const char *file, int line);
void AnnotateIgnoreWritesBegin (const char *file, int line);
void AnnotateIgnoreWritesEnd (const char *file, int line);

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

#undef g_mutex_lock
#undef g_mutex_trylock
#undef g_mutex_unlock

void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock) (mutex);
  __tsan_acquire (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked = REAL (g_mutex_trylock) (mutex);
  if (locked)
    __tsan_acquire (mutex);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_mutex_unlock) (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_us)
{
  __tsan_release (mutex);
  gboolean woken = REAL (g_cond_wait_until) (cond, mutex, end_us);
  __tsan_acquire (mutex);
  return woken;
}

/* GstTask hands its function to a thread of GLib's pool in memory that the thread frees:
 * what the queue between them orders is the data that goes through it. */
typedef struct
{
  GFunc func;
  gpointer user_data;
} Work;

static void
run (gpointer data, gpointer user_data)
{
  const Work *work = user_data;
  __tsan_acquire (data);
  work->func (data, work->user_data);
}

GThreadPool *
g_thread_pool_new (GFunc func, gpointer user_data, gint max_threads, gboolean exclusive,
    GError **error)
{
  Work *work = g_new (Work, 1); /* as long as the program lives */
  *work = (Work) { func, user_data };
  return REAL (g_thread_pool_new) (run, work, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer data, GError **error)
{
  __tsan_release (data);
  return REAL (g_thread_pool_push) (pool, data, error);
}

/* The same for what GstHarness keeps until a test pulls it. */
void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  __tsan_release (data);
  REAL (g_async_queue_push) (queue, data);
}

static gpointer
popped (gpointer data)
{
  if (data)
    __tsan_acquire (data);
  return data;
}

gpointer
g_async_queue_try_pop (GAsyncQueue *queue)
{
  return popped (REAL (g_async_queue_try_pop) (queue));
}

gpointer
g_async_queue_timeout_pop (GAsyncQueue *queue, guint64 timeout_us)
{
  return popped (REAL (g_async_queue_timeout_pop) (queue, timeout_us));
}

/* The table of names has a lock that cannot be seen. */
#define NAME(function, type, arg_type) \
type \
function (arg_type string) \
{ \
  AnnotateIgnoreReadsBegin (__FILE__, __LINE__); \
  AnnotateIgnoreWritesBegin (__FILE__, __LINE__); \
  type name = REAL (function) (string); \
  AnnotateIgnoreWritesEnd (__FILE__, __LINE__); \
  AnnotateIgnoreReadsEnd (__FILE__, __LINE__); \
  return name; \
}

/* *INDENT-OFF* */
NAME (g_quark_try_string, GQuark, const gchar *)
NAME (g_quark_from_string, GQuark, const gchar *)
NAME (g_quark_from_static_string, GQuark, const gchar *)
NAME (g_quark_to_string, const gchar *, GQuark)
/* *INDENT-ON* */

void
gst_mini_object_unref (GstMiniObject *object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  REAL (gst_mini_object_unref) (object);
}

void
g_ptr_array_unref (GPtrArray *array)
{
  __tsan_release (array);
  __tsan_acquire (array);
  REAL (g_ptr_array_unref) (array);
}

void
g_object_unref (gpointer object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  REAL (g_object_unref) (object);
}
