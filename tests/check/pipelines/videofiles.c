/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which frames of a WebM file gemma4videoconv takes, by the numbers in its pictures. */

#include "golden.h"
#include "numbered.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <unistd.h>

#define SOURCE "appsrc name=src ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=30 "
#define SINK "appsink name=out sync=false caps=\"other/tensors,types=(string)" \
  "\\\"uint8,int32\\\",target=%s\""

static gchar *folder;

static void
remove_folder (void)
{
  numbered_clear (folder);
  g_free (folder);
}

/* A file of @n frames at 30 a second, made once. */
static gchar *
file_of (guint n)
{
  g_autofree gchar *name = g_strdup_printf ("%u.webm", n);
  gchar *path = g_build_filename (folder, name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_autofree gchar *line = g_strdup_printf (SOURCE "! webmmux ! filesink location=%s", path);
    numbered_make (line, n, 30, NULL);
  }
  return path;
}

static gchar *
line_of (const gchar *source, const gchar *settings, const gchar *target)
{
  return g_strdup_printf ("%s ! matroskademux ! vp8dec ! gemma4videoconv patch-size=4 "
      "sampling=uniform %s ! " SINK, source, settings, target);
}

static void
check_golden (const gchar *key, JsonArray *indices, const gchar *target)
{
  gchar *slash;
  guint total = g_ascii_strtoull (key, &slash, 10);
  guint n = g_ascii_strtoull (slash + 1, NULL, 10);
  guint64 want[64];
  g_autofree gchar *path = file_of (total);
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s", path);
  g_autofree gchar *settings = g_strdup_printf ("num-frames=%u", n);
  g_autofree gchar *line = line_of (source, settings, target);
  g_autofree gchar *what = g_strdup_printf ("%s %s", key, target);
  for (guint i = 0; i < n; i++)
    want[i] = json_array_get_int_element (indices, i);
  numbered_expect (what, line, want, n);
}

GST_START_TEST (test_golden)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *path = golden_path ("prompt/frame_sampling.json");
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *node;
  guint n_cases = 0;
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  json_object_iter_init (&iter, json_node_get_object (json_parser_get_root (parser)));
  while (json_object_iter_next (&iter, &key, &node)) {
    JsonObject *rules = json_node_get_object (node);
    /* The longest files once: they are the same rule. */
    if (g_ascii_strtoull (key, NULL, 10) < 1000 || g_str_has_suffix (key, "/8")) {
      check_golden (key, json_object_get_array_member (rules, "keras"), "kerashub");
      check_golden (key, json_object_get_array_member (rules, "hf"), "transformers");
      n_cases++;
    }
  }
  fail_unless (n_cases >= 25, "only %u cases", n_cases);
}

GST_END_TEST;

GST_START_TEST (test_seek)
{
  const guint64 want[] = { 90, 119, 149, 179 };
  g_autofree gchar *path = file_of (300);
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s", path);
  g_autofree gchar *line = line_of (source, "num-frames=4", "kerashub");
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL, LINE_TIMEOUT),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless (gst_element_seek (pipeline, 1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH
          | GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET, 3 * GST_SECOND, GST_SEEK_TYPE_SET,
          6 * GST_SECOND));
  g_autoptr (GArray) got = numbered_play (pipeline);
  line_free (pipeline);
  numbered_check ("3 to 6 s", got, want, 4);
}

GST_END_TEST;

/* The file lasts as long as its sound: frames are spread over all that came. */
GST_START_TEST (test_sound_is_longer)
{
  const guint64 want[] = { 0, 32, 56, 88 };     /* 0, 29, 59, 89 within 8 */
  g_autofree gchar *path = g_build_filename (folder, "sound.webm", NULL);
  g_autofree gchar *make = g_strdup_printf (SOURCE "! queue ! webmmux name=m ! "
      "filesink location=%s audiotestsrc num-buffers=250 samplesperbuffer=960 ! "
      "audio/x-raw,rate=48000 ! opusenc ! queue ! m.", path);
  numbered_make (make, 90, 30, NULL);
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! matroskademux name=d "
      "d.video_0 ! queue ! vp8dec ! gemma4videoconv patch-size=4 num-frames=4 ! " SINK
      " d.audio_0 ! queue ! fakesink", path, "kerashub");
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GArray) got = numbered_play (pipeline);
  GstMessage *message;
  guint64 total = 0;
  gboolean estimated = FALSE;
  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT))) {
    const GstStructure *s = gst_message_get_structure (message);
    if (gst_structure_has_name (s, "gemma4-video"))
      gst_structure_get (s, "total", G_TYPE_UINT64, &total, "estimated", G_TYPE_BOOLEAN,
          &estimated, NULL);
    gst_message_unref (message);
  }
  line_free (pipeline);
  numbered_check ("sound", got, want, 4);
  fail_unless (estimated && total == 150, "estimated %d, total %" G_GUINT64_FORMAT, estimated,
      total);
}

GST_END_TEST;

/* Frames shown at times of their own, in a file that names no frame rate. */
GST_START_TEST (test_variable_frame_rate)
{
  const GstClockTime ms = GST_MSECOND;
  const GstClockTime times[] = { 0, 40 * ms, 500 * ms, 540 * ms, 1900 * ms, 2000 * ms, 2040 * ms,
    2700 * ms, 3500 * ms, 3540 * ms, 3580 * ms, 4000 * ms
  };
  const guint64 counted[] = { 0, 2, 5, 8, 11 };
  const guint64 by_rate[] = { 0, 4, 5, 8, 11 }; /* at or after 0, 1, 2, 3, 4 s */
  g_autofree gchar *path = g_build_filename (folder, "vfr.webm", NULL);
  g_autofree gchar *make = g_strdup_printf (SOURCE "! webmmux ! filesink location=%s", path);
  numbered_make (make, G_N_ELEMENTS (times), 0, times);
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s", path);
  g_autofree gchar *line = line_of (source, "num-frames=5", "kerashub");
  numbered_expect ("counted", line, counted, 5);

  g_autofree gchar *rate = line_of (source, "sampling=rate", "kerashub");
  numbered_expect ("by rate", rate, by_rate, G_N_ELEMENTS (by_rate));
}

GST_END_TEST;

static void
check_piped (const gchar *path, const gchar *settings, const guint64 *want)
{
  gint fd = open (path, O_RDONLY), ends[2];
  fail_unless (fd >= 0 && pipe (ends) == 0);
  gchar *argv[] = { "cat", NULL };
  GPid pid;
  fail_unless (g_spawn_async_with_fds (NULL, argv, NULL, G_SPAWN_SEARCH_PATH
          | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, fd, ends[1], -1, NULL));
  close (fd);
  close (ends[1]);
  g_autofree gchar *source = g_strdup_printf ("fdsrc fd=%d", ends[0]);
  g_autofree gchar *line = line_of (source, settings, "kerashub");
  numbered_expect (settings, line, want, 4);
  close (ends[0]);
  g_spawn_close_pid (pid);
}

/* From a pipe nobody knows the length: the end decides, or the user says it. */
GST_START_TEST (test_piped)
{
  const guint64 known[] = { 0, 33, 66, 99 }, unknown[] = { 0, 32, 64, 96 };
  g_autofree gchar *path = file_of (100);
  check_piped (path, "num-frames=4", unknown);
  check_piped (path, "num-frames=4 total-frames=100", known);
}

GST_END_TEST;

static Suite *
videofiles_suite (void)
{
  Suite *s = suite_create ("videofiles");
  TCase *t = line_tcase (120);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden);
  tcase_add_test (t, test_seek);
  tcase_add_test (t, test_sound_is_longer);
  tcase_add_test (t, test_variable_frame_rate);
  tcase_add_test (t, test_piped);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("vp8enc", "vp8dec", "webmmux", "matroskademux", "opusenc", "appsrc", NULL);
  folder = numbered_folder ();
  gint status = gst_check_run_suite (videofiles_suite (), "videofiles", __FILE__);
  remove_folder ();
  return status;
}
