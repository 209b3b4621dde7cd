/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer: when a question was asked, by its time or when it arrives. Half a second
 * of sound is 13 soft tokens, a second 25. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define NONE GST_CLOCK_TIME_NONE
#define PROMPT "<|audio|>"

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *audio;
} Rig;

static Rig
rig_new (gboolean live, GstFormat format, const gchar *text_mode, const gchar *prompt_time)
{
  Rig rig = { feed_new ("chat", FALSE, "latency", (guint64) 0, NULL) };
  gst_util_set_object_arg (G_OBJECT (rig.feed->packer), "text-mode", text_mode);
  rig.prompt = feed_pad (rig.feed, "prompt");
  gst_harness_use_testclock (rig.prompt);
  rig.audio = feed_pad (rig.feed, "audio_0");
  if (prompt_time) {
    g_autoptr (GstPad) pad = gst_pad_get_peer (rig.prompt->srcpad);
    gst_util_set_object_arg (G_OBJECT (pad), "prompt-time", prompt_time);
  }
  if (format == GST_FORMAT_TIME)
    feed_begin (rig.feed, rig.prompt, live);
  else
    feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, rig.audio, live);
  return rig;
}

static void
say (Rig *rig, const gchar *text, GstClockTime pts, GstClockTime dts, GstClockTime duration)
{
  GstBuffer *buffer = gst_buffer_new_memdup (text, strlen (text));
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = dts;
  GST_BUFFER_DURATION (buffer) = duration;
  fail_unless_equals_int (gst_harness_push (rig->prompt, buffer), GST_FLOW_OK);
}

static const GstFormat formats[] = { GST_FORMAT_BYTES, GST_FORMAT_TIME };
static const gchar *const text_modes[] = { "buffer", "lines" };

/* What GstBaseSrc writes on a first buffer is no time: four ways to send it. */
GST_START_TEST (test_invented)
{
  Rig rig = rig_new (TRUE, formats[__i__ % 2], text_modes[__i__ / 2], NULL);
  feed_sound (rig.audio, 0, 2 * S);
  say (&rig, PROMPT "\n", 0, 0, NONE);
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_sound (rig.audio, 2 * S, 3 * S);
  say (&rig, PROMPT "\n", NONE, NONE, NONE);
  feed_assert_pack (rig.feed, 3 * S, "", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A line that comes in pieces is asked when it ends; lines of one buffer are asked
 * together. */
GST_START_TEST (test_invented_pieces)
{
  Rig rig = rig_new (TRUE, GST_FORMAT_BYTES, "lines", NULL);
  feed_sound (rig.audio, 0, 1 * S);
  say (&rig, "<|audio|> What", 0, 0, NONE);
  feed_sound (rig.audio, 1 * S, 2 * S);
  feed_assert_no_pack (rig.feed);
  say (&rig, " is it?\n", NONE, NONE, NONE);
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_free (rig.feed);

  rig = rig_new (TRUE, GST_FORMAT_BYTES, "lines", NULL);
  g_object_set (rig.feed->packer, "window", G_GINT64_CONSTANT (-1), NULL);
  feed_sound (rig.audio, 0, 1 * S);
  say (&rig, "<|audio|>One?\n<|audio|>Two?\n", 0, 0, NONE);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstBuffer) pack = feed_pull (rig.feed);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (pack), 1 * S);
  }
  feed_free (rig.feed);
}

GST_END_TEST;

/* What an application says counts, 0 too; and so does a second buffer's 0. */
GST_START_TEST (test_said)
{
  Rig rig = rig_new (TRUE, formats[__i__], "buffer", NULL);
  feed_sound (rig.audio, 0, 2 * S);
  say (&rig, "First?", 0, NONE, NONE);
  feed_assert_pack (rig.feed, 0, "", 0);
  say (&rig, "Second?", 0, 0, NONE);
  feed_assert_pack (rig.feed, 0, "", 0);
  say (&rig, PROMPT, 1500 * MS, 1500 * MS, NONE);
  feed_assert_pack (rig.feed, 1500 * MS, "", 38);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Before all that is kept, a question has nothing to be about. */
GST_START_TEST (test_forgotten)
{
  Rig rig = rig_new (TRUE, GST_FORMAT_BYTES, "buffer", NULL);
  feed_sound (rig.audio, 0, 4 * S);
  say (&rig, PROMPT, 3 * S, NONE, NONE);
  feed_assert_pack (rig.feed, 3 * S, "", 75);
  say (&rig, PROMPT, 1 * S, NONE, NONE);
  feed_assert_pack (rig.feed, 4 * S, "", 25);
  feed_free (rig.feed);

  rig = rig_new (TRUE, GST_FORMAT_BYTES, "buffer", NULL);
  feed_sound (rig.audio, 10 * S, 12 * S);
  say (&rig, PROMPT, 1 * S, NONE, NONE);
  feed_assert_pack (rig.feed, 12 * S, "", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Over a second and the latency ahead of the clock is no time of now. */
GST_START_TEST (test_ahead)
{
  Rig rig = rig_new (TRUE, GST_FORMAT_BYTES, "buffer", NULL);
  g_object_set (rig.feed->packer, "latency", (guint64) (200 * MS), NULL);
  gst_element_set_state (rig.feed->packer, GST_STATE_READY);
  gst_element_set_state (rig.feed->packer, GST_STATE_PLAYING);
  feed_begin_bytes (rig.feed, rig.prompt);
  gst_harness_set_upstream_latency (rig.audio, 300 * MS);
  feed_begin (rig.feed, rig.audio, TRUE);
  gst_harness_set_time (rig.prompt, 2 * S);
  feed_sound (rig.audio, 0, 2 * S);
  say (&rig, PROMPT, 3501 * MS, NONE, NONE);
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  say (&rig, PROMPT, 3500 * MS, NONE, NONE);
  feed_assert_no_pack (rig.feed);
  feed_sound (rig.audio, 2 * S, 4 * S);
  feed_assert_pack (rig.feed, 3500 * MS, "", 38);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A source that stamps while it gets its base time says the clock's own time, before any
 * media said that it is live. */
GST_START_TEST (test_ahead_at_the_start)
{
  Rig rig = rig_new (FALSE, GST_FORMAT_BYTES, "buffer", NULL);
  gst_harness_set_time (rig.prompt, 2 * S);
  say (&rig, PROMPT, 19693 * S, NONE, NONE);
  gst_harness_set_live (rig.audio, TRUE);
  feed_rows (rig.audio, 2 * S, 640, 0);
  feed_assert_pack (rig.feed, 2 * S + 40 * MS, "", 1);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A question that comes before all media, and lies before it, is about what comes first. */
GST_START_TEST (test_before_the_media)
{
  Rig rig = rig_new (TRUE, GST_FORMAT_BYTES, "buffer", NULL);
  gst_harness_set_time (rig.prompt, 50 * MS);
  say (&rig, PROMPT, 10 * MS, NONE, NONE);
  feed_rows (rig.audio, 40 * MS, 640, 0);
  feed_assert_pack (rig.feed, 80 * MS, "", 1);
  feed_free (rig.feed);
}

GST_END_TEST;

/* do-timestamp counts on through a pause, from the old base time. */
GST_START_TEST (test_asked_in_a_pause)
{
  Rig rig = rig_new (TRUE, GST_FORMAT_BYTES, "buffer", NULL);
  gst_harness_set_time (rig.prompt, 2 * S);
  feed_sound (rig.audio, 0, 2 * S);
  gst_element_set_state (rig.feed->packer, GST_STATE_PAUSED);
  say (&rig, PROMPT, 30 * S, 30 * S, NONE);
  gst_harness_set_time (rig.prompt, 60 * S);
  gst_element_set_base_time (rig.feed->packer, 58 * S);
  gst_element_set_state (rig.feed->packer, GST_STATE_PLAYING);
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_sound (rig.audio, 2 * S, 3 * S);
  say (&rig, PROMPT, 60500 * MS, 60500 * MS, NONE);     /* another queue of the pause's */
  feed_assert_pack (rig.feed, 3 * S, "", 25);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Subtitles beside a camera come early, and keep their times. */
GST_START_TEST (test_subtitles)
{
  Rig rig = rig_new (TRUE, GST_FORMAT_TIME, "buffer", NULL);
  feed_sound (rig.audio, 0, 1 * S);
  say (&rig, "Begin?", 0, NONE, 500 * MS);
  say (&rig, PROMPT, 5 * S, NONE, 1 * S);
  feed_assert_pack (rig.feed, 0, "", 0);
  feed_assert_no_pack (rig.feed);
  feed_sound (rig.audio, 1 * S, 6 * S);
  feed_assert_pack (rig.feed, 5 * S, "", 125);
  feed_free (rig.feed);
}

GST_END_TEST;

/* prompt-time=pts takes what is written; =arrival takes nothing of it. */
GST_START_TEST (test_property)
{
  Rig rig = rig_new (TRUE, GST_FORMAT_BYTES, "buffer", "pts");
  feed_sound (rig.audio, 0, 2 * S);
  say (&rig, "First?", 0, 0, NONE);
  feed_assert_pack (rig.feed, 0, "", 0);
  say (&rig, PROMPT, 9 * S, NONE, NONE);
  feed_assert_no_pack (rig.feed);
  feed_sound (rig.audio, 2 * S, 9 * S);
  feed_assert_pack (rig.feed, 9 * S, "", 225);
  feed_free (rig.feed);

  rig = rig_new (TRUE, GST_FORMAT_BYTES, "buffer", "arrival");
  feed_sound (rig.audio, 0, 2 * S);
  say (&rig, PROMPT, 1 * S, NONE, 1 * S);
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A recording's questions keep their times; what GstBaseSrc wrote on bytes is none. */
GST_START_TEST (test_recorded)
{
  gboolean bytes = formats[__i__] == GST_FORMAT_BYTES;
  Rig rig = rig_new (FALSE, formats[__i__], "buffer", NULL);
  say (&rig, bytes ? PROMPT : "First?", 0, 0, NONE);
  say (&rig, PROMPT, 30 * S, NONE, NONE);
  feed_sound (rig.audio, 0, 2 * S);
  if (bytes)
    feed_assert_no_pack (rig.feed);
  else
    feed_assert_pack (rig.feed, 0, "", 0);
  feed_eos (rig.audio);
  if (bytes)
    feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_assert_pack (rig.feed, 30 * S, "", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

/* A recording that does not end is asked at once with prompt-time=arrival, and its media
 * does not wait for questions. */
GST_START_TEST (test_recorded_arrival)
{
  Rig rig = rig_new (FALSE, formats[__i__], "buffer", "arrival");
  say (&rig, PROMPT, NONE, NONE, NONE);
  feed_assert_no_pack (rig.feed);
  feed_sound (rig.audio, 0, 40 * MS);
  feed_assert_pack (rig.feed, 40 * MS, "", 1);
  feed_sound (rig.audio, 40 * MS, 20 * S);
  say (&rig, PROMPT, 1 * S, NONE, NONE);
  feed_assert_pack (rig.feed, 20 * S, "", 500);
  feed_free (rig.feed);
}

GST_END_TEST;

static GstPadProbeReturn
answer_duration (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  if (GST_QUERY_TYPE (query) != GST_QUERY_DURATION)
    return GST_PAD_PROBE_OK;
  gst_query_set_duration (query, GST_FORMAT_TIME, 60 * S);
  return GST_PAD_PROBE_HANDLED;
}

/* A question that waits for an end which may never come says so after 5 s, once; not if
 * the length is known. */
GST_START_TEST (test_endless)
{
  gboolean known = __i__;
  Rig rig = rig_new (FALSE, GST_FORMAT_BYTES, "buffer", NULL);
  if (known)
    gst_pad_add_probe (rig.audio->srcpad, GST_PAD_PROBE_TYPE_QUERY_BOTH, answer_duration, NULL,
        NULL);
  feed_sound (rig.audio, 0, 2 * S);
  say (&rig, PROMPT "Well?", NONE, NONE, NONE);
  g_usleep (4500000);
  feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
  if (known) {
    g_usleep (1500000);
  } else {
    g_autofree gchar *text = feed_message (rig.feed, GST_MESSAGE_WARNING);
    fail_unless (strstr (text, "audio_0") && strstr (text, "Well?\"")
        && strstr (text, "is-live=true") && strstr (text, "prompt-time=arrival"),
        "the warning says: %s", text);
    say (&rig, PROMPT "And now?", NONE, NONE, NONE);
    g_usleep (5500000);
  }
  feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
  feed_eos (rig.audio);
  feed_assert_pack (rig.feed, 2 * S, "", 50);
  feed_free (rig.feed);
}

GST_END_TEST;

static void
assert_refused (Feed *feed, const gchar *prompt, const gchar *why, const gchar *sentence)
{
  gboolean ok = TRUE;
  g_signal_emit_by_name (feed->packer, "pack", prompt, NONE, &ok);
  fail_unless (!ok, "\"%.20s\" is packed, %s expected", prompt, why);
  g_autofree gchar *text = feed_message (feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (text, sentence) != NULL, "the warning says: %s", text);
  feed_assert_dropped (feed, why);
}

/* pack() that returns FALSE says why. */
GST_START_TEST (test_pack_refused)
{
  Feed *feed = feed_new ("chat", FALSE, "max-pending", 1, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", "prompt");
  assert_refused (feed, "Hm?", "not-running", "PAUSED");
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  assert_refused (feed, "\xff", "not-utf8", "byte 0");
  g_autofree gchar *longer = g_strnfill ((16 << 20) + 1, 'a');
  assert_refused (feed, longer, "over-limit", "16777216 allowed");
  gboolean ok;
  g_signal_emit_by_name (feed->packer, "pack", PROMPT, NONE, &ok);
  fail_unless (ok);
  assert_refused (feed, "Hm?", "busy", "max-pending");
  feed_sound (audio, 0, 1 * S);
  feed_eos (audio);
  feed_assert_pack (feed, 1 * S, "", 25);
  feed_assert_eos (feed);
  assert_refused (feed, "Hm?", "not-running", "has ended");
  gst_element_set_state (feed->packer, GST_STATE_READY);
  assert_refused (feed, "Hm?", "not-running", "PAUSED");
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerasked_suite (void)
{
  Suite *s = suite_create ("packerasked");
  TCase *t = tcase_create ("general");
  tcase_set_timeout (t, 60);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_invented, 0, 4);
  tcase_add_test (t, test_invented_pieces);
  tcase_add_loop_test (t, test_said, 0, 2);
  tcase_add_test (t, test_forgotten);
  tcase_add_test (t, test_ahead);
  tcase_add_test (t, test_ahead_at_the_start);
  tcase_add_test (t, test_before_the_media);
  tcase_add_test (t, test_asked_in_a_pause);
  tcase_add_test (t, test_subtitles);
  tcase_add_test (t, test_property);
  tcase_add_loop_test (t, test_recorded, 0, 2);
  tcase_add_loop_test (t, test_recorded_arrival, 0, 2);
  tcase_add_loop_test (t, test_endless, 0, 2);
  tcase_add_test (t, test_pack_refused);
  return s;
}

GST_CHECK_MAIN (packerasked);
