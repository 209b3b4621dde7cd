/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A loop: packs go to something that answers, and its words come back. Here it is
 * gemma4textdec on the pack itself, so the answer to a question is what was asked. */

#include "line.h"

#include <glib/gstdio.h>

/* A bin starts a loop in the reverse order of the line; bare caps would come first. */
#define VIDEO "videotestsrc num-buffers=80 ! " \
    "capsfilter caps=video/x-raw,width=48,height=48,framerate=10/1 ! gemma4videoconv ! p.video_0"

/* Without a queue the answer comes while the pack is pushed, in the packer's own
 * thread; with one, whenever it comes, but before the next question's time. */
#define LINE "%s filesrc location=%s ! subparse ! p.prompt " \
    "gemma4packer name=p tokenizer=%s history=2 ! tee name=t " \
    "t. ! %s gemma4textdec tokenizer=%s strip=%s ! p.answer " \
    "t. ! queue ! appsink name=out sync=false async=false"

#define SRT "1\n00:00:01,000 --> 00:00:02,000\nWho?\n\n" \
    "2\n00:00:03,000 --> 00:00:04,000\nWhere?\n\n" \
    "3\n00:00:05,000 --> 00:00:06,000\nWhen?\n\n" \
    "4\n00:00:07,000 --> 00:00:08,000\nWhy?\n"

#define USER(words) "<|turn>user\n" words "<turn|>\n"
#define MODEL(words) "<|turn>model\n" words "<turn|>\n"
#define ASK "<|turn>model\n"

static gchar *srt;

static void
setup (void)
{
  gint fd = g_file_open_tmp ("questions-XXXXXX.srt", &srt, NULL);
  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (srt, SRT, -1, NULL));
}

static void
teardown (void)
{
  g_remove (srt);
  g_clear_pointer (&srt, g_free);
}

static GstElement *
start (const gchar *video, const gchar *queue, const gchar *strip)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf (LINE, video, srt, tokenizer, queue, tokenizer,
      strip);
  GstElement *pipeline = line_parse (line);
  /* a bin warns of a loop, whose elements it cannot sort, at every change of state */
  _gst_check_expecting_log = TRUE;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

static void
assert_prompt (GstElement *pipeline, const gchar *want)
{
  g_autoptr (GstSample) sample = line_pull (pipeline);
  fail_unless (sample != NULL, "no pack, want '%s'", want);
  const gchar *got =
      gst_structure_get_string (pack_meta (gst_sample_get_buffer (sample)), "prompt");
  fail_unless_equals_string (got, want);
}

/* What goes upstream must not go round in the loop for ever. */
static void
ask_upstream (GstElement *pipeline)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstQuery) query =
      gst_query_new_custom (GST_QUERY_CUSTOM, gst_structure_new_empty ("anybody"));
  fail_if (gst_pad_peer_query (pad, query));
  gst_pad_push_event (pad, gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
          gst_structure_new_empty ("anybody")));
}

#define WHO "user\nWho?\nmodel"
#define WHERE "user\nWho?\nmodel\n" WHO "\nuser\nWhere?\nmodel"
#define WHEN "user\nWho?\nmodel\n" WHO "\nuser\nWhere?\nmodel\n" WHERE "\nuser\nWhen?\nmodel"

GST_START_TEST (test_loop)
{
  GstElement *pipeline = start ("", "", "special");
  assert_prompt (pipeline, USER ("Who?") ASK);
  assert_prompt (pipeline, USER ("Who?") MODEL (WHO) USER ("Where?") ASK);
  assert_prompt (pipeline, USER ("Who?") MODEL (WHO) USER ("Where?") MODEL (WHERE)
      USER ("When?") ASK);
  assert_prompt (pipeline, USER ("Where?") MODEL (WHERE) USER ("When?") MODEL (WHEN)
      USER ("Why?") ASK);
  g_autoptr (GstSample) sample = line_pull (pipeline);
  fail_unless (sample == NULL, "a pack that nobody asked for");
  ask_upstream (pipeline);
  line_free (pipeline);
}
GST_END_TEST;

/* Answers that come late change what is said again, but nothing waits: all questions
 * are asked, and EOS comes through the loop, with and without media. */
GST_START_TEST (test_queued)
{
  GstElement *pipeline = start (__i__ ? VIDEO : "", "queue !", "special");
  if (__i__ == 0)
    assert_prompt (pipeline, USER ("Who?") ASK);
  for (guint i = __i__ == 0; i < 4; i++) {
    g_autoptr (GstSample) sample = line_pull (pipeline);
    fail_unless (sample != NULL, "no pack for question %u", i + 1);
  }
  g_autoptr (GstSample) sample = line_pull (pipeline);
  fail_unless (sample == NULL, "a pack that nobody asked for");
  line_free (pipeline);
}
GST_END_TEST;

static Suite *
talk_suite (void)
{
  Suite *s = suite_create ("talk");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_test (t, test_loop);
  tcase_add_loop_test (t, test_queued, 0, 2);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("subparse", "tee", "appsink", NULL);
  return gst_check_run_suite (talk_suite (), "talk", __FILE__);
}
