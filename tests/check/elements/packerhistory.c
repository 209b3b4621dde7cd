/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer: a conversation. Its text is tests/check/libs/conversation.c. */

#include "feed.h"

#include <gst/check/gstcheck.h>

#define S GST_SECOND
#define USER(words) "<|turn>user\n" words "<turn|>\n"
#define MODEL(words) "<|turn>model\n" words "<turn|>\n"
#define ASK "<|turn>model\n"

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *answer;
  guint n_prompts;
} Talk;

static Talk
talk_of (Feed *feed)
{
  Talk talk = {.feed = feed };
  talk.prompt = feed_pad (feed, "prompt");
  talk.answer = feed_pad (feed, "answer");
  feed_begin (feed, talk.prompt, FALSE);
  feed_begin_bytes (feed, talk.answer);
  return talk;
}

static Talk
talk_new (guint history)
{
  return talk_of (feed_new ("history", history, NULL));
}

/* Asks @words and checks what the model is asked. */
static void
ask (Talk *talk, const gchar *words, const gchar *want)
{
  feed_prompt (talk->prompt, words, talk->n_prompts++ * S);
  g_autoptr (GstBuffer) pack = feed_pull (talk->feed);
  feed_assert_prompt (pack, want);
}

static void
say (Talk *talk, const gchar *text)
{
  feed_prompt (talk->answer, text, GST_CLOCK_TIME_NONE);
}

static void
count (Talk *talk, guint64 number)
{
  gst_harness_push_event (talk->answer,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM_STICKY,
          gst_structure_new ("gemma4-answer", "number", G_TYPE_UINT64, number, NULL)));
}

/* Answers come in pieces, with thoughts, and only the last two turns are kept. */
GST_START_TEST (test_turns)
{
  Talk talk = talk_new (2);
  ask (&talk, "A?", USER ("A?") ASK);
  say (&talk, "<|channel>thought\nAn A.<chan");
  say (&talk, "nel|> One ");
  say (&talk, "and two. ");
  ask (&talk, "B?", USER ("A?") MODEL ("One and two.") USER ("B?") ASK);
  say (&talk, "Three<turn|>");
  ask (&talk, "C?", USER ("A?") MODEL ("One and two.") USER ("B?") MODEL ("Three")
      USER ("C?") ASK);
  ask (&talk, "D?", USER ("B?") MODEL ("Three") USER ("C?") USER ("D?") ASK);
  feed_assert_no_message (talk.feed, GST_MESSAGE_WARNING);
  feed_free (talk.feed);
}
GST_END_TEST;

/* Nothing is said again unless it is wanted. */
GST_START_TEST (test_none)
{
  Feed *feed = feed_new (NULL, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin (feed, prompt, FALSE);
  for (guint i = 0; i < 2; i++) {
    feed_prompt (prompt, "A?", i * S);
    g_autoptr (GstBuffer) pack = feed_pull (feed);
    feed_assert_prompt (pack, USER ("A?") ASK);
  }
  feed_free (feed);
}
GST_END_TEST;

/* With gemma4-answer events an answer finds its turn however late it comes; without
 * them it ends with the next prompt. */
GST_START_TEST (test_late_answers)
{
  Talk talk = talk_new (4);
  count (&talk, 0);
  ask (&talk, "A?", USER ("A?") ASK);
  say (&talk, "One");
  ask (&talk, "B?", USER ("A?") MODEL ("One") USER ("B?") ASK);
  say (&talk, " more");
  count (&talk, 1);
  say (&talk, "Two");
  count (&talk, 2);
  ask (&talk, "C?", USER ("A?") MODEL ("One more") USER ("B?") MODEL ("Two") USER ("C?") ASK);
  count (&talk, 3);             /* an answer without words is one, too */
  ask (&talk, "D?", USER ("A?") MODEL ("One more") USER ("B?") MODEL ("Two") USER ("C?")
      MODEL ("") USER ("D?") ASK);
  feed_free (talk.feed);

  talk = talk_new (4);
  ask (&talk, "A?", USER ("A?") ASK);
  say (&talk, "One");
  ask (&talk, "B?", USER ("A?") MODEL ("One") USER ("B?") ASK);
  say (&talk, "Two");
  ask (&talk, "C?", USER ("A?") MODEL ("One") USER ("B?") MODEL ("Two") USER ("C?") ASK);
  feed_free (talk.feed);
}
GST_END_TEST;

/* An answer that is still coming when its turn is not kept any more does not become
 * that of another. */
GST_START_TEST (test_forgotten_answer)
{
  Talk talk = talk_new (1);
  count (&talk, 0);
  ask (&talk, "A?", USER ("A?") ASK);
  ask (&talk, "B?", USER ("A?") USER ("B?") ASK);
  ask (&talk, "C?", USER ("B?") USER ("C?") ASK);
  say (&talk, "One");
  count (&talk, 1);
  say (&talk, "Two");
  count (&talk, 2);
  say (&talk, "Three");
  ask (&talk, "D?", USER ("C?") MODEL ("Three") USER ("D?") ASK);
  feed_free (talk.feed);
}
GST_END_TEST;

/* Nobody waits for the answer pad, not even for its stream; it may end early, and it
 * takes what comes after the end. */
GST_START_TEST (test_never_waits)
{
  Feed *feed = feed_new ("history", 2, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *answer = feed_pad (feed, "answer");
  feed_begin (feed, prompt, FALSE);
  feed_prompt (prompt, "A?", 0);
  gst_buffer_unref (feed_pull (feed));
  feed_begin_bytes (feed, answer);
  feed_assert_no_pack (feed);
  feed_prompt (answer, "One", GST_CLOCK_TIME_NONE);
  feed_assert_no_pack (feed);
  feed_eos (prompt);
  feed_assert_eos (feed);
  feed_prompt (answer, "more", GST_CLOCK_TIME_NONE);
  feed_eos (answer);
  feed_assert_no_message (feed, GST_MESSAGE_ERROR);
  feed_free (feed);
}
GST_END_TEST;

GST_START_TEST (test_unasked)
{
  Talk talk = talk_new (2);
  say (&talk, "Hello!");
  g_autofree gchar *warning = feed_message (talk.feed, GST_MESSAGE_WARNING);
  fail_unless (g_pattern_match_simple ("Text of an answer was left out: nothing was asked*",
          warning), "%s", warning);
  feed_assert_dropped_of (talk.feed, "answer", "answer");
  ask (&talk, "A?", USER ("A?") ASK);
  feed_free (talk.feed);
}
GST_END_TEST;

/* A flush loses the answers that are on their way, all of them, and the count goes on
 * where it was. */
GST_START_TEST (test_lost_answers)
{
  Talk talk = talk_new (4);
  count (&talk, 0);
  ask (&talk, "A?", USER ("A?") ASK);
  say (&talk, "One");
  ask (&talk, "B?", USER ("A?") MODEL ("One") USER ("B?") ASK);
  gst_harness_push_event (talk.answer, gst_event_new_flush_start ());
  gst_harness_push_event (talk.answer, gst_event_new_flush_stop (TRUE));
  feed_begin_bytes (talk.feed, talk.answer);
  ask (&talk, "C?", USER ("A?") MODEL ("One") USER ("B?") USER ("C?") ASK);
  say (&talk, "Three");
  count (&talk, 1);
  ask (&talk, "D?", USER ("A?") MODEL ("One") USER ("B?") USER ("C?") MODEL ("Three")
      USER ("D?") ASK);
  feed_free (talk.feed);
}
GST_END_TEST;

/* A flush ends the answer that was coming, and the signal ends the conversation. */
GST_START_TEST (test_flush_and_forget)
{
  Talk talk = talk_new (4);
  count (&talk, 0);
  ask (&talk, "A?", USER ("A?") ASK);
  say (&talk, "One");
  gst_harness_push_event (talk.answer, gst_event_new_flush_start ());
  gst_harness_push_event (talk.answer, gst_event_new_flush_stop (TRUE));
  feed_begin_bytes (talk.feed, talk.answer);
  ask (&talk, "B?", USER ("A?") MODEL ("One") USER ("B?") ASK);
  say (&talk, "Two");
  ask (&talk, "C?", USER ("A?") MODEL ("One") USER ("B?") MODEL ("Two") USER ("C?") ASK);
  g_signal_emit_by_name (talk.feed->packer, "forget-history");
  say (&talk, " more");
  ask (&talk, "D?", USER ("D?") ASK);
  count (&talk, 1);
  count (&talk, 2);
  say (&talk, "Four");
  ask (&talk, "E?", USER ("D?") MODEL ("Four") USER ("E?") ASK);
  feed_free (talk.feed);
}
GST_END_TEST;

/* A prompt in chat form is a conversation of its own. */
GST_START_TEST (test_complete)
{
  Talk talk = talk_new (4);
  ask (&talk, "A?", USER ("A?") ASK);
  say (&talk, "One");
  ask (&talk, "<|turn>user\nX?<turn|>\n<|turn>model\n\n", USER ("X?") ASK);
  say (&talk, "Ex");
  ask (&talk, "B?", USER ("A?") MODEL ("One") USER ("B?") ASK);
  feed_free (talk.feed);
}
GST_END_TEST;

#define FOLDED "00:00 <|image><|video|><image|>"

/* Media of earlier turns stays or goes; what stays comes before that of now. */
GST_START_TEST (test_media)
{
  gboolean keep = __i__;
  Feed *feed = feed_new ("history", 4, "history-media", keep, "window", (gint64) 0, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", "transformers");
  Talk talk = talk_of (feed);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_prompt (talk.prompt, "A <|video|>?", 1 * S);
  feed_frame (video, 0, 3, 3, 7);
  feed_gap (video, 1 * S, 0);
  g_autoptr (GstBuffer) first = feed_pull (feed);
  feed_assert_prompt (first, USER ("A " FOLDED "?") ASK);
  say (&talk, "One");
  feed_prompt (talk.prompt, "B?", 2 * S);
  feed_frame (video, S, 3, 3, 9);
  feed_gap (video, 2 * S, 0);
  g_autoptr (GstBuffer) second = feed_pull (feed);
  feed_assert_prompt (second, keep ?
      USER ("A " FOLDED "?") MODEL ("One") USER (FOLDED "B?") ASK
      : USER ("A ?") MODEL ("One") USER (FOLDED "B?") ASK);

  GstMapInfo map;
  feed_tensor (second, "pixel_values_videos", &map);
  const gfloat *pixels = (const gfloat *) map.data;
  gsize n_values = FEED_ROWS * 768;
  fail_unless_equals_int (map.size, (keep ? 2 : 1) * n_values * sizeof (gfloat));
  fail_unless_equals_float (pixels[0], keep ? 7 / 255.f : 9 / 255.f);
  if (keep)
    fail_unless_equals_float (pixels[n_values], 9 / 255.f);
  gst_memory_unmap (map.memory, &map);
  feed_free (feed);
}
GST_END_TEST;

/* All videos of a pack for transformers have as many frames: an earlier one that is
 * shorter goes, a longer one is thinned. */
GST_START_TEST (test_video_lengths)
{
  static const guint n_frames[] = { 1, 3, 2 };
  static const gchar *const wanted[] = { "0", "1 2 3", "1 2 4 5" };
  Feed *feed = feed_new ("history", 4, "history-media", TRUE, "window", (gint64) 0, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", "transformers");
  Talk talk = talk_of (feed);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  GstClockTime now = 0;
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    GstClockTime end = now + n_frames[i] * S;
    feed_prompt (talk.prompt, "?", end);
    feed_frames (video, now, end, S);
    feed_gap (video, end, 0);
    feed_assert_pack (feed, end, wanted[i], 0);
    now = end;
  }
  feed_assert_dropped_of (feed, "history", "video_0");
  feed_free (feed);
}
GST_END_TEST;

/* What one pack may not have, earlier turns give up: KerasHub takes one kind of
 * pictures, and so many. */
GST_START_TEST (test_media_over_limit)
{
  Feed *feed = feed_new ("history", 4, "history-media", TRUE, "window", (gint64) 0,
      "max-images-per-prompt", 2, "num-vision-tokens-per-image", 0, NULL);
  Talk talk = talk_of (feed);
  GstHarness *image = feed_pad (feed, "image_0");
  feed_begin (feed, image, FALSE);
  static const gchar *const wanted[] = {
    USER ("<|image><|image|><image|>0?") ASK,
    USER ("<|image><|image|><image|>0?") USER ("<|image><|image|><image|>1?") ASK,
    USER ("0?") USER ("<|image><|image|><image|>1?") USER ("<|image><|image|><image|>2?") ASK,
  };
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    g_autofree gchar *words = g_strdup_printf ("%u?", i);
    feed_prompt (talk.prompt, words, (i + 1) * S);
    feed_frame (image, i * S, 3, 3, i);
    feed_gap (image, (i + 1) * S, 0);
    g_autoptr (GstBuffer) pack = feed_pull (feed);
    feed_assert_prompt (pack, wanted[i]);
  }
  feed_assert_dropped_of (feed, "history", "image_0");
  /* what was given up stays so */
  feed_prompt (talk.prompt, "3?", 4 * S);
  feed_gap (image, 4 * S, 0);
  g_autoptr (GstBuffer) pack = feed_pull (feed);
  feed_assert_prompt (pack, USER ("0?") USER ("<|image><|image|><image|>1?")
      USER ("<|image><|image|><image|>2?") USER ("3?") ASK);
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (feed->bus, GST_MESSAGE_ELEMENT))) {
    fail_if (gst_message_has_name (message, "gemma4-dropped"));
    gst_message_unref (message);
  }
  feed_free (feed);
}
GST_END_TEST;

/* What is too long gives up the oldest turns before anything of the prompt, and only a
 * prompt that is too long alone is dropped or cut. */
GST_START_TEST (test_overflow)
{
  static const gchar *const overflows[] = { "drop", "truncate", "grow" };
  gboolean grows = __i__ == 2;
  Feed *feed = feed_new ("history", 8, "sequence-length", 40, "answer-room", 0, "vision",
      FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "overflow", overflows[__i__]);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
  Talk talk = talk_of (feed);
  ask (&talk, "A?", USER ("A?") ASK);
  say (&talk, "One");
  ask (&talk, "B?", USER ("A?") MODEL ("One") USER ("B?") ASK);
  say (&talk, "Two");
  ask (&talk, "C?", grows ? USER ("A?") MODEL ("One") USER ("B?") MODEL ("Two") USER ("C?") ASK
      : USER ("B?") MODEL ("Two") USER ("C?") ASK);
  if (!grows)
    feed_assert_dropped_of (feed, "history", "prompt");
  say (&talk, "Three");
  feed_prompt (talk.prompt, "This question has many more words than may ever stand in a "
      "sequence of forty, as everybody sees who counts them one by one", 9 * S);
  if (__i__ == 0)
    feed_assert_dropped_of (feed, "over-limit", "prompt");
  else
    gst_buffer_unref (feed_pull (feed));
  if (__i__ == 1) {
    feed_assert_dropped_of (feed, "history", "prompt");
    feed_assert_dropped_of (feed, "truncated", "prompt");
  }
  talk.n_prompts = 10;
  if (__i__ == 0)               /* what was refused was never said */
    ask (&talk, "D?", USER ("C?") MODEL ("Three") USER ("D?") ASK);
  feed_free (feed);
}
GST_END_TEST;

static const struct
{
  const gchar *properties, *pattern;
} bad[] = {
  {"history=2 chat=false", "history= wants a conversation*"},
  {"history=2 batch-size=2", "history= wants a conversation*"},
  {"history=2 mode=train", "history= wants a conversation*"},
  {"history=0", "Answers come, but nothing is said again*"},
};

GST_START_TEST (test_settings)
{
  g_autoptr (GError) error = NULL;
  Feed *feed = feed_new ("prompt", "?", NULL);
  g_autofree gchar *tokenizer = NULL;
  g_object_get (feed->packer, "tokenizer", &tokenizer, NULL);
  feed_free (feed);
  g_autofree gchar *line = g_strdup_printf ("gemma4packer prompt=? tokenizer=%s %s", tokenizer,
      bad[__i__].properties);
  GstElement *packer = gst_parse_launch (line, NULL);
  GstPad *pad = gst_element_request_pad_simple (packer, "answer");
  g_autoptr (GstBus) bus = gst_bus_new ();
  gst_element_set_bus (packer, bus);
  fail_unless_equals_int (gst_element_set_state (packer, GST_STATE_PAUSED),
      GST_STATE_CHANGE_FAILURE);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_pattern_match_simple (bad[__i__].pattern, error->message), "%s",
      error->message);
  gst_element_set_state (packer, GST_STATE_NULL);
  gst_element_set_bus (packer, NULL);
  gst_object_unref (pad);
  gst_object_unref (packer);
}
GST_END_TEST;

static Suite *
packerhistory_suite (void)
{
  Suite *s = suite_create ("packerhistory");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_turns);
  tcase_add_test (t, test_none);
  tcase_add_test (t, test_late_answers);
  tcase_add_test (t, test_forgotten_answer);
  tcase_add_test (t, test_never_waits);
  tcase_add_test (t, test_unasked);
  tcase_add_test (t, test_lost_answers);
  tcase_add_test (t, test_flush_and_forget);
  tcase_add_test (t, test_complete);
  tcase_add_loop_test (t, test_media, 0, 2);
  tcase_add_test (t, test_video_lengths);
  tcase_add_test (t, test_media_over_limit);
  tcase_add_loop_test (t, test_overflow, 0, 3);
  tcase_add_loop_test (t, test_settings, 0, G_N_ELEMENTS (bad));
  return s;
}

GST_CHECK_MAIN (packerhistory);
