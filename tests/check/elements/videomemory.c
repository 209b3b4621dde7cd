/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: what it allocates, what it converts, and that a late sink costs no
 * frame. */

#include "videotest.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#define NONE GST_CLOCK_TIME_NONE

/* Sanitizers bring a malloc of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAVE_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAVE_SANITIZER 1
#endif
#endif

/* Counts what this thread asks for. */
static __thread gboolean counting;
static __thread guint n_small, n_large;

#if !defined(HAVE_SANITIZER) && defined(__GLIBC__)
#define HAVE_COUNT 1

static void
count (gsize size)
{
  if (counting)
    size > 2048 ? n_large++ : n_small++;
}

#define EXPORT __attribute__ ((visibility ("default")))

void *__libc_malloc (gsize size);
void *__libc_calloc (gsize n, gsize size);
void *__libc_realloc (void *memory, gsize size);
void *__libc_memalign (gsize alignment, gsize size);

EXPORT void *
malloc (gsize size)
{
  count (size);
  return __libc_malloc (size);
}

EXPORT void *
calloc (gsize n, gsize size)
{
  count (n * size);
  return __libc_calloc (n, size);
}

EXPORT void *
realloc (void *memory, gsize size)
{
  count (size);
  return __libc_realloc (memory, size);
}

EXPORT void *
aligned_alloc (gsize alignment, gsize size)
{
  count (size);
  return __libc_memalign (alignment, size);
}

EXPORT int
posix_memalign (void **memory, gsize alignment, gsize size)
{
  count (size);
  *memory = __libc_memalign (alignment, size);
  return *memory ? 0 : ENOMEM;
}
#endif

static GstFlowReturn
swallow (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
swallow_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

/* What GStreamer's own converter asks for in 50 frames, which gemma4videoconv uses for RGB and
 * for what has transparency: nothing in 1.22, two blocks a frame and thread in 1.26. */
static guint
count_converter (const GstVideoInfo *in, guint n_threads)
{
  GstVideoInfo out;
  gboolean rgb = GST_VIDEO_INFO_IS_RGB (in);
  if ((!rgb && !GST_VIDEO_FORMAT_INFO_HAS_ALPHA (in->finfo)) || GST_VIDEO_INFO_FORMAT (in) == GST_VIDEO_FORMAT_RGB)
    return 0;
  gst_video_info_set_format (&out, rgb ? GST_VIDEO_FORMAT_RGB : GST_VIDEO_FORMAT_AYUV64, in->width,
      in->height);
  if (!rgb)
    out.colorimetry = in->colorimetry;
  out.fps_n = in->fps_n;
  out.fps_d = in->fps_d;
  GstVideoConverter *converter = gst_video_converter_new (in, &out, gst_structure_new ("options",
          GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT, n_threads, NULL));
  g_autoptr (GstBuffer) from = gst_buffer_new_allocate (NULL, in->size, NULL);
  g_autoptr (GstBuffer) to = gst_buffer_new_allocate (NULL, out.size, NULL);
  GstVideoFrame frame, converted;
  gst_buffer_memset (from, 0, 100, -1);
  fail_unless (gst_video_frame_map (&frame, in, from, GST_MAP_READ)
      && gst_video_frame_map (&converted, &out, to, GST_MAP_WRITE));
  for (guint i = 0; i < 60; i++) {
    counting = i >= 10;
    gst_video_converter_frame (converter, &frame, &converted);
  }
  counting = FALSE;
  gst_video_frame_unmap (&converted);
  gst_video_frame_unmap (&frame);
  gst_video_converter_free (converter);
  guint n = n_small;
  n_small = n_large = 0;
  return n;
}

/* Frames are made before the count; of the calls that remain three a frame that is taken
 * are the headers of the buffer and of its memories, with room for what they hold. */
static void
count_frames (const gchar *caps_text, const gchar *props)
{
  VideoTest *t = video_test_new (props, NULL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_text);
  GstVideoInfo info;
  GstBuffer *frames[60];
  fail_unless (gst_video_info_from_caps (&info, caps));
  guint n_upstream = count_converter (&info, strstr (props, "n-threads=2") ? 2 : 1);
  gst_pad_set_chain_function (t->h->sinkpad, swallow);
  gst_pad_set_event_function (t->h->sinkpad, swallow_event);
  gst_harness_set_src_caps_str (t->h, caps_text);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    frames[i] = gst_buffer_new_allocate (NULL, info.size, NULL);
    gst_buffer_memset (frames[i], 0, 100, -1);
    GST_BUFFER_PTS (frames[i]) = i * GST_SECOND;
  }
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    counting = i >= 10;
    gst_pad_push (t->h->srcpad, frames[i]);
  }
  counting = FALSE;
  guint64 selected;
  g_object_get (t->element, "frames-selected", &selected, NULL);
  fail_unless_equals_uint64 (selected, G_N_ELEMENTS (frames));
#ifdef HAVE_COUNT
  fail_unless (n_large == 0, "%s %s: %u large blocks for 50 frames", caps_text, props, n_large);
  fail_unless (n_small <= 3 * 50 + n_upstream, "%s %s: %u small blocks for 50 frames, of them %u "
      "of GstVideoConverter", caps_text, props, n_small, n_upstream);
#endif
  n_small = n_large = 0;
  video_test_free (t);
}

GST_START_TEST (test_allocates_nothing)
{
  const gchar *formats[] = { "NV12", "I420", "RGB", "BGRx", "P010_10LE", "Y42B", "AYUV" };
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=%s,width=320,height=240,"
        "framerate=1/1", formats[i]);
    count_frames (caps, "sampling=all");
    count_frames (caps, "sampling=rate");
    count_frames (caps, "sampling=all n-threads=2");
  }
}

GST_END_TEST;

/* The count above counts: it sees what a test allocates. */
GST_START_TEST (test_count_counts)
{
#ifdef HAVE_COUNT
  counting = TRUE;
  g_free (g_malloc (100));
  g_free (g_malloc (100000));
  counting = FALSE;
  fail_unless_equals_int (n_small, 1);
  fail_unless_equals_int (n_large, 1);
  n_small = n_large = 0;
#endif
}

GST_END_TEST;

/* A block that came back is used again, one that did not is not. */
GST_START_TEST (test_blocks_are_used_again)
{
  VideoTest *t = video_test_new ("sampling=all", NULL);
  GstMapInfo map;
  video_test_begin (t, "30/1", 0, NONE);
  GPtrArray *held = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < 40; i++) {
    video_test_push_30fps (t, i, 1);
    GstBuffer *out = gst_harness_pull (t->h);
    gst_memory_map (gst_buffer_peek_memory (out, 0), &map, GST_MAP_READ);
    fail_unless (GPOINTER_TO_SIZE (map.data) % 64 == 0, "at %p", map.data);
    if (i < 20)
      fail_unless (g_hash_table_add (places, map.data), "frame %u writes into one in use", i);
    gst_memory_unmap (map.memory, &map);
    if (i < 20)
      g_ptr_array_add (held, out);
    else
      gst_buffer_unref (out);
    if (i == 20)
      g_ptr_array_set_size (held, 19);
  }
  video_test_free (t);          /* 19 of them outlive the element */
  gst_buffer_unref (g_ptr_array_steal_index (held, 0));
  g_ptr_array_unref (held);
}

GST_END_TEST;

/* Sleeps 30 ms for each frame of 10 ms. */
static void
handle_slowly (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer n_frames)
{
  g_usleep (30000);
  ++*(guint *) n_frames;
}

static GstPadProbeReturn
hear_qos (GstPad *pad, GstPadProbeInfo *info, gpointer n_events)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_QOS)
    ++*(guint *) n_events;
  return GST_PAD_PROBE_OK;
}

/* A synchronised sink that is late says so; videoscale would drop frames for it. */
GST_START_TEST (test_late_sink_costs_no_frame)
{
  guint n_frames = 0, n_qos = 0;
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=30 ! "
      "video/x-raw,format=RGB,width=96,height=96,framerate=100/1 ! videoscale qos=true ! "
      "video/x-raw,width=48,height=48 ! gemma4videoconv name=v sampling=all ! "
      "fakesink name=s sync=true qos=true signal-handoffs=true", &error);
  fail_unless (pipeline && !error, "%s", error ? error->message : "no pipeline");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (handle_slowly), &n_frames);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hear_qos, &n_qos, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS, "no EOS");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  fail_unless (n_qos > 0, "the sink was never late");
  fail_unless (n_frames == 30, "%u of 30 frames arrived", n_frames);
}

GST_END_TEST;

static Suite *
videomemory_suite (void)
{
  Suite *s = suite_create ("videomemory");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_count_counts);
  tcase_add_test (t, test_allocates_nothing);
  tcase_add_test (t, test_blocks_are_used_again);
  tcase_add_test (t, test_late_sink_costs_no_frame);
  return s;
}

GST_CHECK_MAIN (videomemory);
