/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Subtitles as questions about a recorded file: one pack for each, with the media
 * up to its start. */

#include "line.h"

#include <glib/gstdio.h>

#define SRT "1\n00:00:01,000 --> 00:00:02,000\nWhat is <i>that</i> & who?\n\n" \
    "2\n00:00:04,500 --> 00:00:05,000\nTwo lines:\n<|video|> a < b\n\n" \
    "3\n00:00:09,000 --> 00:00:09,500\nLast?\n"

/* Frames that begin before the question: one a second from 0 s on. */
static const struct
{
  const gchar *prompt;
  GstClockTime pts;
  guint n_frames;
  GstClockTime sound;
} questions[] = {
  {"What is that & who?", 1000 * GST_MSECOND, 1, 1000 * GST_MSECOND},
  {"Two lines:\n<|video|> a < b", 4500 * GST_MSECOND, 5, 4500 * GST_MSECOND},
  {"Last?", 9000 * GST_MSECOND, 9, 9000 * GST_MSECOND},
};

static gchar *folder, *srt, *mkv;

static void
setup (void)
{
  folder = g_dir_make_tmp ("subtitles-XXXXXX", NULL);
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

/* When a question comes to the packer, in running time: its file decides. */
static GstPadProbeReturn
note_time (GstPad *pad, GstPadProbeInfo *info, gpointer times)
{
  const GstSegment *segment;
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  gst_event_parse_segment (event, &segment);
  GstClockTime time = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info)));
  g_array_append_val ((GArray *) times, time);
  return GST_PAD_PROBE_OK;
}

static void
assert_question (GstElement *pipeline, guint i, const GArray *times)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstSample) sample = line_pull (pipeline);
  fail_unless (sample != NULL, "no pack for question %u", i);
  GstBuffer *pack = gst_sample_get_buffer (sample);
  fail_unless (times->len > i);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), g_array_index (times, GstClockTime, i));
  fail_unless (ABS (GST_CLOCK_DIFF (GST_BUFFER_PTS (pack), questions[i].pts)) <= 7 * GST_MSECOND,
      "question %u is at %" GST_TIME_FORMAT, i, GST_TIME_ARGS (GST_BUFFER_PTS (pack)));
  fail_unless_equals_int (pack_meta_length (pack, "frame-pads"), questions[i].n_frames);
  fail_unless_equals_int (pack_meta_length (pack, "audio-pads"), 1);
  GstClockTime sound = pack_meta_uint64 (pack, "audio-running-times", 0)
      + pack_meta_uint64 (pack, "audio-durations", 0);
  fail_unless (ABS (GST_CLOCK_DIFF (sound, questions[i].sound)) <= 10 * GST_MSECOND,
      "question %u hears up to %" GST_TIME_FORMAT, i, GST_TIME_ARGS (sound));
  do {
    gst_clear_message (&message);
    message = gst_bus_timed_pop_filtered (bus, LINE_TIMEOUT, GST_MESSAGE_ELEMENT);
    fail_unless (message != NULL, "no message for question %u", i);
  } while (!gst_message_has_name (message, "gemma4-packed"));
  g_autoptr (GString) prompt = g_string_new (gst_structure_get_string
      (gst_message_get_structure (message), "prompt"));
  g_string_replace (prompt, "\r\n", "\n", 0);
  fail_unless_equals_string (prompt->str, questions[i].prompt);
}

static void
check_questions (const gchar *source)
{
  g_autofree gchar *line = line_demo (source, "", "appsink name=out sync=false async=false");
  GstElement *pipeline = line_parse (line);
  g_autoptr (GArray) times = g_array_sized_new (FALSE, FALSE, sizeof (GstClockTime), 64);
  g_autoptr (GstElement) packer = gst_bin_get_by_name (GST_BIN (pipeline), "p");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (packer, "prompt");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_time, times, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    assert_question (pipeline, i, times);
  g_autoptr (GstSample) sample = line_pull (pipeline);
  fail_unless (sample == NULL, "a pack that nobody asked for");
  line_free (pipeline);
}

GST_START_TEST (test_srt)
{
  g_autofree gchar *sample = line_example ("sample.webm");
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! subparse ! p.prompt "
      "filesrc location=%s ! matroskademux name=d", srt, sample);
  check_questions (source);
}
GST_END_TEST;

/* The same where the subtitles are in the file: they come as markup, or what passes
 * for it, and lines end as Windows ends them. By the 7 ms of Opus before its first sample ffmpeg 7
 * moves everything but the subtitles. */
GST_START_TEST (test_matroska)
{
  g_autofree gchar *sample = line_example ("sample.webm");
  g_autoptr (GError) error = NULL;
  gint status;
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -y -v error -i %s -i %s -map 0 -map 1 "
      "-c copy -c:s srt %s", sample, srt, mkv);
  if (!g_spawn_command_line_sync (command, NULL, NULL, &status, &error) || status != 0) {
    g_print ("SKIP: no ffmpeg to put subtitles into a file\n");
    return;
  }
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! matroskademux name=d "
      "d.subtitle_0 ! queue ! p.prompt", mkv);
  check_questions (source);
}
GST_END_TEST;

static Suite *
subtitles_suite (void)
{
  Suite *s = suite_create ("subtitles");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_test (t, test_srt);
  tcase_add_test (t, test_matroska);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("subparse", "matroskademux", "vp8dec", "opusdec", NULL);
  return gst_check_run_suite (subtitles_suite (), "subtitles", __FILE__);
}
