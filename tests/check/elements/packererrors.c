/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and bad input: what it says, once, and that it does not hang. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>

#include <glib/gstdio.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND

/* The message contains every one of these, separated by '|'. */
static void
assert_says (const gchar *text, const gchar *words)
{
  g_auto (GStrv) parts = g_strsplit (words, "|", -1);
  for (guint i = 0; parts[i]; i++)
    fail_unless (strstr (text, parts[i]) != NULL, "\"%s\" is not in: %s", parts[i], text);
}

static void
assert_error (Feed *feed, const gchar *words)
{
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_ERROR);
  assert_says (text, words);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
}

/* Settings with which the element does not start. */
static const struct
{
  const gchar *tokenizer;
  const gchar *preset;
  const gchar *prompt;
  const gchar *pad;
  const gchar *words;
} settings[] = {
  {NULL, NULL, "a", NULL, "No tokenizer|gemma4_instruct_2b|tokenizer=|vocabulary.spm|kagglehub"},
  {"/no/such/file.spm", NULL, "a", NULL, "/no/such/file.spm"},
  {"README.md", NULL, "a", NULL, "README.md"},
  {"tokenizer/gemma4_tiny.model", "gemma5", "a", NULL, "gemma5|gemma4_instruct_2b"},
  {"tokenizer/gemma4_tiny.model", NULL, NULL, "video_0", "No prompt given|prompt="},
  {"tokenizer/gemma4_tiny.model", "gemma4_31b", "a", "audio_0",
      "gemma4_31b does not hear|gemma4_instruct_4b"},
};

GST_START_TEST (test_settings)
{
  g_autofree gchar *here = settings[__i__].tokenizer ?
      g_build_filename (g_getenv ("GEMMA4_TEST_DATA"), settings[__i__].tokenizer, NULL) :
      NULL;
  gboolean absent = here && g_str_has_prefix (settings[__i__].tokenizer, "/");
  Feed *feed = feed_new ("tokenizer", absent ? settings[__i__].tokenizer : here,
      "preset", settings[__i__].preset, "prompt", settings[__i__].prompt, NULL);
  if (settings[__i__].pad)
    feed_request (feed, settings[__i__].pad);
  for (guint i = 0; i < 2; i++) {
    fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
        GST_STATE_CHANGE_FAILURE);
    assert_error (feed, settings[__i__].words);
    gst_element_set_state (feed->packer, GST_STATE_NULL);
  }
  feed_free (feed);
}

GST_END_TEST;

static const struct
{
  const gchar *file;
  gint part;                    /* how much of it is there: 1/part, or nothing */
  const gchar *words;
} corrupt[] = {
  {"tokenizer/gemma4_tiny.model", 0, "empty"},
  {"tokenizer/gemma4_tiny.model", 2, "damaged"},
  {"tokenizer/tokenizer.json", 2, "line|cut short"},
  {"tokenizer/tokenizer_config.json", 1, "no \"model\"|tokenizer.json"},
};

/* Tokenizers that end in the middle or are something else. */
GST_START_TEST (test_corrupt_tokenizer)
{
  g_autofree gchar *good = g_build_filename (g_getenv ("GEMMA4_TEST_DATA"),
      corrupt[__i__].file, NULL);
  g_autofree gchar *content = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (good, &content, &n_bytes, NULL));
  g_autofree gchar *path = g_build_filename (g_get_tmp_dir (), "gemma4-corrupt-XXXXXX",
      NULL);
  gint fd = g_mkstemp (path);
  fail_unless (fd >= 0 && g_close (fd, NULL));
  fail_unless (g_file_set_contents (path, content,
          corrupt[__i__].part ? n_bytes / corrupt[__i__].part : 0, NULL));
  Feed *feed = feed_new ("tokenizer", path, "prompt", "a", NULL);
  fail_unless_equals_int (gst_element_set_state (feed->packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  g_autofree gchar *words = g_strconcat (path, "|", corrupt[__i__].words, NULL);
  assert_error (feed, words);
  feed_free (feed);
  g_remove (path);
}

GST_END_TEST;

/* What a prompt with a video needs of a vocabulary. */
static const struct
{
  const gchar *token;
  gboolean thinking;
} needed[] = {
  {"<bos>"}, {"<pad>"}, {"<|turn>"}, {"<turn|>"}, {"<|image>"}, {"<|video|>"}, {"<image|>"},
  {"<|think|>", TRUE}, {"<|channel>"}, {"<channel|>"},
};

GST_START_TEST (test_lacking_token)
{
  g_autofree gchar *good = g_build_filename (g_getenv ("GEMMA4_TEST_DATA"),
      "tokenizer/tokenizer.json", NULL);
  g_autofree gchar *content = NULL;
  fail_unless (g_file_get_contents (good, &content, NULL, NULL));
  g_autofree gchar *name = g_strdup_printf ("\"%s\"", needed[__i__].token);
  for (gchar *at = content; (at = strstr (at, name)); at++)
    memset (at + 1, '~', strlen (needed[__i__].token));
  g_autofree gchar *path = g_build_filename (g_get_tmp_dir (), "gemma4-lacking-XXXXXX", NULL);
  gint fd = g_mkstemp (path);
  fail_unless (fd >= 0 && g_close (fd, NULL));
  fail_unless (g_file_set_contents (path, content, -1, NULL));

  Feed *feed = feed_new ("tokenizer", path, "prompt", "What?", "preset", "gemma4_instruct_31b",
      "thinking", needed[__i__].thinking, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, GST_SECOND, GST_SECOND);
  feed_eos (video);
  assert_error (feed, needed[__i__].token);
  feed_free (feed);
  g_remove (path);
}

GST_END_TEST;

/* Prompts that cannot be packed end a recording, with EOS behind the error. */
static const struct
{
  const gchar *prompt;
  gboolean chat;
  const gchar *words;
} prompts[] = {
  {"What is it?", FALSE, "video|1|0"},
  {"<|video|> and <|image|>", FALSE, "image"},
  {"<|video|> and <|video|>", TRUE, "video|2|1"},
  {"<|audio|>", TRUE, "audio"},
  {"<|video:4|>", TRUE, "video"},
};

GST_START_TEST (test_placeholders)
{
  Feed *feed = feed_new ("prompt", prompts[__i__].prompt, "chat", prompts[__i__].chat, NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 1 * S, S);
  feed_eos (video);
  assert_error (feed, prompts[__i__].words);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Images and videos have no place in one KerasHub prompt. */
GST_START_TEST (test_images_and_videos)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *image = feed_pad (feed, "image_0");
  feed_begin (feed, video, FALSE);
  feed_begin (feed, image, FALSE);
  feed_frames (video, 0, 1 * S, S);
  feed_frames (image, 0, 1 * S, S);
  feed_eos (video);
  feed_eos (image);
  assert_error (feed, "image|video");
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* More sounds than max-audio-clips-per-prompt. */
GST_START_TEST (test_too_many_clips)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *a0 = feed_pad (feed, "audio_0"), *a1 = feed_pad (feed, "audio_1");
  feed_begin (feed, a0, FALSE);
  feed_begin (feed, a1, FALSE);
  feed_sound (a0, 0, 1 * S);
  feed_sound (a1, 0, 1 * S);
  feed_eos (a0);
  feed_eos (a1);
  assert_error (feed, "2|1");
  feed_free (feed);
}

GST_END_TEST;

static const gchar *const bad_utf8[] = { "\xff", "ok \xc3", "\xed\xa0\x80 surrogate",
  "\xf4\x90\x80\x80"
};

/* From the pad; upstream is told that it is over. */
GST_START_TEST (test_prompt_not_utf8)
{
  Feed *feed = feed_new (NULL, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  GstBuffer *buffer = gst_buffer_new_memdup (bad_utf8[__i__], strlen (bad_utf8[__i__]));
  fail_unless_equals_int (gst_harness_push (prompt, buffer), GST_FLOW_ERROR);
  assert_error (feed, "not valid UTF-8|at byte");
  feed_assert_eos (feed);
  fail_unless_equals_int (gst_harness_push (prompt, gst_buffer_new_memdup ("a", 1)),
      GST_FLOW_ERROR);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

static gpointer
push_bad_text (gpointer prompt)
{
  return GINT_TO_POINTER (gst_harness_push (prompt, gst_buffer_new_memdup ("\xff", 1)));
}

/* A bad question that comes before it is known that the media is live ends nothing. */
GST_START_TEST (test_bad_prompt_at_the_start)
{
  gboolean live = __i__;
  Feed *feed = feed_new ("startup-timeout", 10 * GST_SECOND, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, FALSE);
  GThread *thread = g_thread_new ("text", push_bad_text, prompt);
  g_usleep (100 * 1000);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  gst_harness_set_live (audio, live);
  feed_rows (audio, 0, 640, 0);
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)),
      live ? GST_FLOW_OK : GST_FLOW_ERROR);
  if (live)
    feed_assert_dropped_of (feed, "not-utf8", "prompt");
  else
    assert_error (feed, "not valid UTF-8|at byte");
  feed_free (feed);
}

GST_END_TEST;

/* on-bad-prompt=drop: a recording goes on too. */
GST_START_TEST (test_drop_bad_prompts)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, FALSE);
  feed_sound (audio, 0, 1 * S);
  feed_prompt (prompt, "no sound", 1 * S);
  feed_assert_dropped_of (feed, "media-mismatch", "prompt");
  feed_prompt (prompt, "\xff", 1 * S);
  feed_assert_dropped_of (feed, "not-utf8", "prompt");
  feed_prompt (prompt, "<|audio|>", 1 * S);
  feed_assert_pack (feed, 1 * S, "", 25);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}

GST_END_TEST;

/* on-bad-prompt=error: a live stream stops too. */
GST_START_TEST (test_bad_prompts_are_errors)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "error");
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, TRUE);
  feed_sound (audio, 0, 1 * S);
  feed_prompt (prompt, "no sound", GST_CLOCK_TIME_NONE);
  assert_error (feed, "audio|placeholder");
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* overflow=drop names both lengths. */
GST_START_TEST (test_overflow)
{
  Feed *feed = feed_new ("prompt", "a b c d e f g h", "max-images-per-prompt", 0,
      "sequence-length", 16, "answer-room",
      8, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "overflow", "drop");
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  feed_prompt (prompt, "one two three four five six seven", GST_CLOCK_TIME_NONE);
  assert_error (feed, "16|overflow");
  feed_free (feed);
}

GST_END_TEST;

static GstBuffer *
bad_buffer (guint kind)
{
  GstBuffer *buffer = feed_frame_buffer (3, 3, 1);
  GstMapInfo map;
  switch (kind) {
    case 0:                    /* one memory is missing */
      gst_buffer_remove_memory (buffer, 1);
      return buffer;
    case 1:                    /* pixels are cut */
      gst_memory_resize (gst_buffer_peek_memory (buffer, 0), 0, 100);
      return buffer;
    case 2:                    /* positions are cut */
      gst_memory_resize (gst_buffer_peek_memory (buffer, 1), 0, 100);
      return buffer;
    default:                   /* positions are no grid */
      gst_memory_map (gst_buffer_peek_memory (buffer, 1), &map, GST_MAP_WRITE);
      ((gint32 *) map.data)[2 * 8] = kind == 3 ? 77 : kind == 4 ? G_MAXINT32 : 0;
      ((gint32 *) map.data)[2 * 8 + 1] = kind == 3 ? 0 : kind == 4 ? G_MAXINT32 : -5;
      gst_memory_unmap (map.memory, &map);
      return buffer;
  }
}

/* Tensors that are not what their caps say. */
GST_START_TEST (test_bad_tensors)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  fail_unless_equals_int (gst_harness_push (video, bad_buffer (__i__)), GST_FLOW_ERROR);
  assert_error (feed, "video_0|smaller than its caps say");
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Segments that cannot be packed: bytes, and backwards. */
GST_START_TEST (test_bad_segments)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  GstSegment segment;
  feed_begin (feed, video, FALSE);
  gst_segment_init (&segment, __i__ ? GST_FORMAT_TIME : GST_FORMAT_BYTES);
  if (__i__)
    segment.rate = -1;
  gst_harness_push_event (video, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (video, feed_frame_buffer (3, 3, 1)),
      GST_FLOW_ERROR);
  assert_error (feed, __i__ ? "video_0|backwards" : "video_0|segment in time|bytes");
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packererrors_suite (void)
{
  Suite *s = suite_create ("packererrors");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_settings, 0, G_N_ELEMENTS (settings));
  tcase_add_loop_test (t, test_lacking_token, 0, G_N_ELEMENTS (needed));
  tcase_add_loop_test (t, test_corrupt_tokenizer, 0, G_N_ELEMENTS (corrupt));
  tcase_add_loop_test (t, test_placeholders, 0, G_N_ELEMENTS (prompts));
  tcase_add_test (t, test_images_and_videos);
  tcase_add_test (t, test_too_many_clips);
  tcase_add_loop_test (t, test_prompt_not_utf8, 0, G_N_ELEMENTS (bad_utf8));
  tcase_add_test (t, test_drop_bad_prompts);
  tcase_add_loop_test (t, test_bad_prompt_at_the_start, 0, 2);
  tcase_add_test (t, test_bad_prompts_are_errors);
  tcase_add_test (t, test_overflow);
  tcase_add_loop_test (t, test_bad_tensors, 0, 6);
  tcase_add_loop_test (t, test_bad_segments, 0, 2);
  return s;
}

GST_CHECK_MAIN (packererrors);
