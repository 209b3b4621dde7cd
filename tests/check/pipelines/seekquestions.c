/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Subtitles as questions, and seeks: they return at their times. */

#include "line.h"

#include <glib/gstdio.h>
#include <string.h>

#define MS GST_MSECOND
#define SRT "1\n00:00:01,000 --> 00:00:02,000\nOne?\n\n" \
    "2\n00:00:03,000 --> 00:00:04,000\nTwo?\n\n3\n00:00:06,000 --> 00:00:07,000\nThree?\n\n"

static gchar *folder, *srt, *mkv;

/* How exactly a time is looked at, in ms: ffmpeg 7 moves picture and sound of a file by the 7 ms
 * that Opus says before its first sample, but not the subtitles. */
static guint exact_ms = 1;

static void
setup (void)
{
  folder = g_dir_make_tmp ("seekquestions-XXXXXX", NULL);
  srt = g_build_filename (folder, "q.srt", NULL);
  mkv = g_build_filename (folder, "q.mkv", NULL);
  fail_unless (g_file_set_contents (srt, SRT, -1, NULL));
}

static void
teardown (void)
{
  g_remove (srt);
  g_remove (mkv);
  g_rmdir (folder);
  g_clear_pointer (&srt, g_free);
  g_clear_pointer (&mkv, g_free);
  g_clear_pointer (&folder, g_free);
}

/* The sample with the questions beside it, with or without queue; or in one file. */
static gchar *
source_of (guint kind)
{
  g_autofree gchar *sample = line_example ("sample.webm");
  if (kind < 2)
    return g_strdup_printf ("filesrc location=%s ! subparse %s ! p.prompt "
        "filesrc location=%s ! matroskademux name=d", srt, kind ? "! queue" : "", sample);
  gint status;
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -y -v error -i %s -i %s -map 0 -map 1 "
      "-c copy -c:s srt %s", sample, srt, mkv);
  if (!g_spawn_command_line_sync (command, NULL, NULL, &status, NULL) || status != 0)
    return NULL;
  return g_strdup_printf ("filesrc location=%s ! matroskademux name=d "
      "d.subtitle_0 ! queue ! p.prompt", mkv);
}

static GstElement *
begin (guint kind, const gchar *settings)
{
  g_autofree gchar *source = source_of (kind);
  exact_ms = kind == 2 ? 20 : 1;
  if (!source)
    return NULL;
  g_autofree gchar *line = line_demo (source, settings,
      "appsink name=out sync=false async=false");
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

static guint
in_ms (const GstBuffer *pack)
{
  return (GST_BUFFER_PTS (pack) / MS + exact_ms / 2) / exact_ms * exact_ms;
}

/* The time of each question's pack in ms; a pipeline that is left hangs in line_pull(). */
static void
assert_questions (GstElement *pipeline, const gchar *want)
{
  GString *got = g_string_new (NULL);
  GstSample *sample;
  while ((sample = line_pull (pipeline))) {
    GstBuffer *pack = gst_sample_get_buffer (sample);
    const gchar *prompt = gst_structure_get_string (pack_meta (pack), "prompt");
    g_string_append_printf (got, "%s%s %u", got->len ? ", " : "",
        strstr (prompt, "One") ? "one" : strstr (prompt, "Two") ? "two" :
        strstr (prompt, "Three") ? "three" : prompt, in_ms (pack));
    gst_sample_unref (sample);
  }
  fail_unless_equals_string (got->str, want);
  g_string_free (got, TRUE);
}

static gboolean
seek (GstElement *pipeline, GstClockTime time, GstSeekFlags flags)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  return gst_element_seek (sink, 1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_ACCURATE | flags,
      GST_SEEK_TYPE_SET, time, GST_SEEK_TYPE_NONE, 0);
}

static const struct
{
  GstClockTime time;
  const gchar *questions;
  const gchar *inside;          /* one file: matroskademux leaves out what runs already */
} seeks[] = {
  {0, "one 1000, two 3000, three 6000", "one 1000, two 3000, three 6000"},
  {2500 * MS, "two 500, three 3500", "two 500, three 3500"},
  {3500 * MS, "two 0, three 2500", "three 2500"},
  {6500 * MS, "three 0", ""},
};

/* After all was asked, while it is, and often. */
GST_START_TEST (test_flushing_seek)
{
  guint kind = __i__ % 3, place = __i__ / 3 % G_N_ELEMENTS (seeks);
  guint when = __i__ / 3 / G_N_ELEMENTS (seeks);
  GstElement *pipeline = begin (kind, "");
  if (!pipeline)
    return;
  if (when == 0)
    assert_questions (pipeline, seeks[0].questions);
  else
    gst_sample_unref (line_pull (pipeline));
  for (guint i = 0; i < (when == 2 ? 10 : 1); i++) {
    g_usleep (when == 2 ? 3000 * (i % 3) : 0);
    gboolean last = when != 2 || i == 9;
    fail_unless (seek (pipeline, last ? seeks[place].time : i * 700 * MS, GST_SEEK_FLAG_FLUSH));
  }
  assert_questions (pipeline, kind == 2 ? seeks[place].inside : seeks[place].questions);
  line_free (pipeline);
}
GST_END_TEST;

/* A running question is asked where the seek begins, and that is said. */
GST_START_TEST (test_running_question_is_announced)
{
  GstElement *pipeline = begin (0, "");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  assert_questions (pipeline, seeks[0].questions);
  while (gst_bus_have_pending (bus))
    gst_message_unref (gst_bus_pop (bus));
  fail_unless (seek (pipeline, 3500 * MS, GST_SEEK_FLAG_FLUSH));
  assert_questions (pipeline, "two 0, three 2500");
  for (gboolean said = FALSE; !said;) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, LINE_TIMEOUT,
        GST_MESSAGE_WARNING);
    g_autoptr (GError) error = NULL;
    fail_unless (message != NULL, "nothing was said of the question at 3.5 s");
    gst_message_parse_warning (message, &error, NULL);
    said = strstr (error->message, "0:00:03.500000000") != NULL;
  }
  line_free (pipeline);
}
GST_END_TEST;

static GstPadProbeReturn
note (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    g_async_queue_push (user_data, GUINT_TO_POINTER
        (1 + in_ms (GST_PAD_PROBE_INFO_BUFFER (info))));
  else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_SEGMENT_DONE)
    g_async_queue_push (user_data, GUINT_TO_POINTER (1));
  return GST_PAD_PROBE_OK;
}

/* All questions of the pass are packed before it is over. */
GST_START_TEST (test_segment_seek)
{
  static const guint want[] = { 500, 3500, 0 };
  GstElement *pipeline = begin (__i__, "");
  if (!pipeline)
    return;
  g_autoptr (GAsyncQueue) queue = g_async_queue_new ();
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  assert_questions (pipeline, seeks[0].questions);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note,
      queue, NULL);
  fail_unless (seek (pipeline, 2500 * MS, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_SEGMENT));
  for (guint i = 0; i < G_N_ELEMENTS (want); i++) {
    gpointer got = g_async_queue_timeout_pop (queue, LINE_TIMEOUT / GST_USECOND);
    fail_unless (got != NULL, "nothing comes at place %u", i);
    fail_unless_equals_int (GPOINTER_TO_UINT (got) - 1, want[i]);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  line_free (pipeline);
}
GST_END_TEST;

/* Plain text knows no times: it stays at its end, and that is said once. */
GST_START_TEST (test_text_that_does_not_seek)
{
  g_autofree gchar *sample = line_example ("sample.webm");
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! text/x-raw,format=utf8 ! "
      "p.prompt filesrc location=%s ! matroskademux name=d", srt, sample);
  g_autofree gchar *line = line_demo (source, "", "appsink name=out sync=false async=false");
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_sample_unref (line_pull (pipeline));
  fail_unless (line_pull (pipeline) == NULL);
  guint n = 0;
  for (guint i = 0; i < 2; i++) {
    GstMessage *message;
    fail_unless (seek (pipeline, 0, GST_SEEK_FLAG_FLUSH), "the seek failed");
    fail_unless (line_pull (pipeline) == NULL, "a question came back");
    while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT))) {
      n += g_strcmp0 (gst_structure_get_string (gst_message_get_structure (message), "why"),
          "not-seekable") == 0;
      gst_message_unref (message);
    }
  }
  fail_unless_equals_int (n, 1);
  line_free (pipeline);
}
GST_END_TEST;

/* Questions alone: the seek flushes downstream too. */
GST_START_TEST (test_no_media)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! subparse ! p.prompt "
      "gemma4packer name=p tokenizer=%s ! appsink name=out sync=false async=false", srt,
      tokenizer);
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  assert_questions (pipeline, seeks[0].questions);
  fail_unless (seek (pipeline, 2500 * MS, GST_SEEK_FLAG_FLUSH));
  assert_questions (pipeline, seeks[1].questions);
  line_free (pipeline);
}
GST_END_TEST;

static Suite *
seekquestions_suite (void)
{
  Suite *s = suite_create ("seekquestions");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_loop_test (t, test_flushing_seek, 0, 3 * 3 * G_N_ELEMENTS (seeks));
  tcase_add_test (t, test_running_question_is_announced);
  tcase_add_loop_test (t, test_segment_seek, 0, 3);
  tcase_add_test (t, test_text_that_does_not_seek);
  tcase_add_test (t, test_no_media);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("subparse", "matroskademux", "vp8dec", "opusdec", NULL);
  return gst_check_run_suite (seekquestions_suite (), "seekquestions", __FILE__);
}
