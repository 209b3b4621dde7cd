/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer: prompts from a file, and prompts that come as markup. */

#include "feed.h"

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>

#define S GST_SECOND

static gchar *path;

static void
setup (void)
{
  gint fd = g_file_open_tmp ("prompts-XXXXXX", &path, NULL);
  fail_unless (fd >= 0);
  g_close (fd, NULL);
}

static void
teardown (void)
{
  g_remove (path);
  g_clear_pointer (&path, g_free);
}

static void
write_file (const gchar *text)
{
  fail_unless (g_file_set_contents (path, text, -1, NULL));
}

/* A packer of the file with a video of @n frames, one a second, that has ended. */
static Feed *
feed_file (const gchar *text_mode, guint batch_size, guint64 interval, guint n)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt-location", path, "batch-size", batch_size,
      "interval", interval, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "text-mode", text_mode);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, n * S, S);
  feed_eos (video);
  return feed;
}

/* The next pack asks @prompt about @n_frames. */
static void
assert_asked (Feed *feed, const gchar *prompt, guint n_frames)
{
  gst_buffer_unref (feed_pull (feed));
  g_autoptr (GstMessage) message = feed_element_message (feed, "gemma4-packed");
  const GstStructure *s = gst_message_get_structure (message);
  guint n = 0;
  gst_structure_get_uint (s, "n-frames", &n);
  fail_unless_equals_string (gst_structure_get_string (s, "prompt"), prompt);
  fail_unless_equals_int (n, n_frames);
}

/* The whole file is one prompt, less a newline at its end and an editor's mark at
 * its begin. */
GST_START_TEST (test_whole)
{
  write_file ("\xef\xbb\xbfSee <|video|>:\r\nwhat is it?\r\n");
  Feed *feed = feed_file ("buffer", 1, 0, 3);
  assert_asked (feed, "See <|video|>:\r\nwhat is it?", 3);
  feed_assert_eos (feed);
  feed_free (feed);
}
GST_END_TEST;

/* Each line is a prompt, and all are asked about the same media. */
GST_START_TEST (test_lines)
{
  write_file ("<|video|> One?\n\n<|video|> Two?\r\n \t\r\n\u3000\n<|video|> Three?\n ");
  Feed *feed = feed_file ("lines", 1, 0, 3);
  assert_asked (feed, "<|video|> One?", 3);
  assert_asked (feed, "<|video|> Two?", 3);
  assert_asked (feed, "<|video|> Three?", 3);
  feed_assert_eos (feed);
  feed_free (feed);
}
GST_END_TEST;

GST_START_TEST (test_lines_of_batches)
{
  write_file ("<|video|> One?\n<|video|> Two?\n<|video|> Three?\n");
  Feed *feed = feed_file ("lines", 2, 0, 3);
  assert_asked (feed, "<|video|> One?\n<|video|> Two?", 6);
  assert_asked (feed, "<|video|> Three?", 3);
  feed_assert_eos (feed);
  feed_free (feed);
}
GST_END_TEST;

GST_START_TEST (test_lines_of_intervals)
{
  write_file ("<|video|> One?\n<|video|> Two?\n");
  Feed *feed = feed_file ("lines", 1, 2 * S, 3);
  assert_asked (feed, "<|video|> One?", 2);
  assert_asked (feed, "<|video|> Two?", 2);
  assert_asked (feed, "<|video|> One?", 1);
  assert_asked (feed, "<|video|> Two?", 1);
  feed_assert_eos (feed);
  feed_free (feed);
}
GST_END_TEST;

/* The signal without a prompt asks the file's. */
GST_START_TEST (test_signal)
{
  gboolean ok = FALSE;
  write_file ("One?\nTwo?\n");
  Feed *feed = feed_new ("chat", FALSE, "prompt-location", path, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "text-mode", "lines");
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", "prompt");
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_gap (video, 0, S);
  g_signal_emit_by_name (feed->packer, "pack", NULL, (guint64) 1, &ok);
  fail_unless (ok);
  assert_asked (feed, "One?", 0);
  assert_asked (feed, "Two?", 0);
  g_signal_emit_by_name (feed->packer, "pack", "Three?", (guint64) 2, &ok);
  assert_asked (feed, "Three?", 0);
  feed_free (feed);
}
GST_END_TEST;

static const struct
{
  const gchar *text;            /* of the file; NULL: there is none */
  const gchar *prompt;          /* the property */
  const gchar *pattern;
} bad[] = {
  {NULL, NULL, "prompt-location=*No such file*"},
  {"What?\n", "What?", "prompt-location=*the property prompt is set too*"},
  {"\r\n", NULL, "prompt-location=*there is no prompt in it.*"},
  {"ab\xff" "c", NULL, "prompt-location=*not valid UTF-8 at byte 2*"},
};

GST_START_TEST (test_bad_file)
{
  g_autoptr (GError) error = NULL;
  if (bad[__i__].text)
    write_file (bad[__i__].text);
  else
    g_remove (path);
  GstElement *packer = gst_element_factory_make ("gemma4packer", NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  gst_element_set_bus (packer, bus);
  Feed *with_tokenizer = feed_new ("prompt", "?", NULL);
  g_autofree gchar *tokenizer = NULL;
  g_object_get (with_tokenizer->packer, "tokenizer", &tokenizer, NULL);
  g_object_set (packer, "tokenizer", tokenizer, "prompt", bad[__i__].prompt,
      "prompt-location", path, NULL);
  feed_free (with_tokenizer);
  fail_unless_equals_int (gst_element_set_state (packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_pattern_match_simple (bad[__i__].pattern, error->message), "%s",
      error->message);
  gst_element_set_state (packer, GST_STATE_NULL);
  gst_element_set_bus (packer, NULL);
  gst_object_unref (packer);
}
GST_END_TEST;

/* Subtitles in a file are Pango markup; what is none stays as it is. */
GST_START_TEST (test_markup)
{
  static const gchar *const texts[][2] = {
    {"Is <i>that</i> a &lt;|video|&gt; &amp; <b>who?</b>", "Is that a <|video|> & who?"},
    {"a & b <x>", "a & b <x>"},
    {"so<c> what</c> <c", "so what <c"},
    {"5 &#8364; or &quot;more&quot; &#x20AC;", "5 € or \"more\" €"},
    {"<span size=\"small\">Tom & <B>Jerry</B></span>", "Tom & Jerry"},
    {"<font color=\"red\">a</font> <|video|> <eos> <bold> </x", "a <|video|> <eos> <bold> </x"},
    {"&#0; &#x110000; &#55; &#55 &# &; &#xd800; &#-1; &", "&#0; &#x110000; 7 &#55 &# &; &#xd800; &#-1; &"},
    {"<i", "<i"},
    {"<i>&lt;i&gt;</i>", "<i>"},
  };
  Feed *feed = feed_new ("chat", FALSE, "allow-missing-media", TRUE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  gst_harness_set_src_caps_str (prompt, "text/x-raw, format=(string)pango-markup");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    feed_prompt (prompt, texts[i][0], i * S);
    assert_asked (feed, texts[i][1], 0);
  }
  gst_harness_set_src_caps_str (prompt, "text/x-raw, format=(string)utf8");
  feed_prompt (prompt, "<i>&amp;</i>", 9 * S);
  assert_asked (feed, "<i>&amp;</i>", 0);
  feed_free (feed);
}
GST_END_TEST;

/* A pad's texts are asked, and not the property beside it, which is said once; intervals
 * ask it. */
GST_START_TEST (test_property_beside_a_pad)
{
  gboolean interval = __i__;
  Feed *feed = feed_new ("prompt", "Unheard?", NULL);
  if (interval)
    g_object_set (feed->packer, "trigger", 2, "interval", (guint64) S, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  if (interval) {
    feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  } else {
    g_autofree gchar *text = feed_message (feed, GST_MESSAGE_WARNING);
    fail_unless (strstr (text, "prompt=") && strstr (text, "pad prompt"), "the warning says: %s", text);
    feed_begin (feed, prompt, FALSE);
    feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  }
  feed_free (feed);
}

GST_END_TEST;

/* What has no words is no question. */
GST_START_TEST (test_blank)
{
  static const gchar *const blanks[] = { "", "\n", " \n", "\u00a0\n", " \t\r\n \u3000\u2028\n" };
  for (guint lines = 0; lines < 2; lines++) {
    Feed *feed = feed_new ("chat", FALSE, "text-mode", lines, NULL);
    GstHarness *prompt = feed_pad (feed, "prompt");
    feed_begin (feed, prompt, FALSE);
    for (guint i = 0; i < G_N_ELEMENTS (blanks); i++)
      feed_prompt (prompt, blanks[i], i * S);
    feed_prompt (prompt, " hi \n", 9 * S);
    assert_asked (feed, " hi ", 0);
    feed_eos (prompt);
    feed_assert_eos (feed);
    feed_free (feed);
  }
}

GST_END_TEST;

static Suite *
packerfiles_suite (void)
{
  Suite *s = suite_create ("packerfiles");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_test (t, test_whole);
  tcase_add_test (t, test_lines);
  tcase_add_test (t, test_lines_of_batches);
  tcase_add_test (t, test_lines_of_intervals);
  tcase_add_test (t, test_signal);
  tcase_add_loop_test (t, test_bad_file, 0, G_N_ELEMENTS (bad));
  tcase_add_test (t, test_markup);
  tcase_add_test (t, test_blank);
  tcase_add_loop_test (t, test_property_beside_a_pad, 0, 2);
  return s;
}

GST_CHECK_MAIN (packerfiles);
