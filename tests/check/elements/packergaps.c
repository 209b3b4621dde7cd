/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and sound that ends before its picture, or begins again: GAP and the
 * gemma4-tail before it. */

#include "feed.h"

#include <gst/check/gstcheck.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define N_TAIL 200              /* samples of the unfinished buffer: one row and a bit */

static const gchar *const targets[] = { "kerashub", "transformers" };

typedef struct
{
  Feed *feed;
  GstHarness *audio, *prompt;
} Rig;

static void
push_tail (GstHarness *audio, GstClockTime pts, gfloat value)
{
  GstBuffer *buffer = feed_rows_buffer (N_TAIL, value);
  GST_BUFFER_PTS (buffer) = pts;
  GstStructure *s = gst_structure_new ("gemma4-tail", "buffer", GST_TYPE_BUFFER, buffer, NULL);
  gst_buffer_unref (buffer);
  fail_unless (gst_harness_push_event (audio,
          gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, s)));
}

/* Sound of a second and a bit, and gaps up to @end. */
static void
sound_that_ends (GstHarness *audio, GstClockTime end)
{
  feed_sound (audio, 0, 1 * S);
  push_tail (audio, 1 * S, 100);
  for (GstClockTime at = 1 * S + 50 * MS; at < end; at += 250 * MS)
    feed_gap (audio, at, MIN (250 * MS, end - at));
}

static Rig
rig_new (guint target, gint64 window_ns)
{
  Rig rig = { feed_new ("chat", FALSE, "window", window_ns, NULL) };
  gst_util_set_object_arg (G_OBJECT (rig.feed->packer), "target", targets[target]);
  rig.prompt = feed_pad (rig.feed, "prompt");
  rig.audio = feed_pad (rig.feed, "audio_0");
  feed_begin_bytes (rig.feed, rig.prompt);
  feed_begin (rig.feed, rig.audio, FALSE);
  return rig;
}

/* A cut in a hole that nothing has come behind yet has the sound up to its last
 * sample, with the rows that still hear it. */
GST_START_TEST (test_cut_in_a_hole)
{
  Rig rig = rig_new (__i__, -1);
  feed_prompt (rig.prompt, "<|audio|>", 3 * S);
  sound_that_ends (rig.audio, 2900 * MS);
  feed_assert_no_pack (rig.feed);
  feed_gap (rig.audio, 2900 * MS, 200 * MS);
  GstBuffer *pack = feed_pull (rig.feed);
  GstMapInfo mel;
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 26);
  feed_tensor (pack, __i__ ? "input_features" : "audio_mel", &mel);
  const gfloat *rows = (const gfloat *) mel.data;
  fail_unless (rows[99 * 128] == 99 && rows[100 * 128] == 100);
  fail_unless (__i__ == 1 || (rows[101 * 128] == 101 && rows[103 * 128] == 103
          && rows[104 * 128] < 0), "the rows behind the end are not the tail's");
  gst_memory_unmap (mel.memory, &mel);
  gst_buffer_unref (pack);
  feed_eos (rig.prompt);
  feed_assert_eos (rig.feed);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Sound that goes on behind the hole: its rows, and the silence before it, take the
 * place of the tail. */
GST_START_TEST (test_sound_goes_on)
{
  Rig rig = rig_new (__i__ % 2, -1);
  sound_that_ends (rig.audio, 4 * S);
  if (__i__ >= 2) {
    feed_prompt (rig.prompt, "<|audio|>", 3 * S);
    feed_assert_pack (rig.feed, 3 * S, "", 26);
  }
  feed_sound (rig.audio, 1 * S, 6 * S);
  feed_prompt (rig.prompt, "<|audio|>", 3 * S);
  feed_assert_pack (rig.feed, 3 * S, "", 75);
  feed_prompt (rig.prompt, "<|audio|>", 5 * S);
  GstBuffer *pack = feed_pull (rig.feed);
  GstMapInfo mel;
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 125);
  feed_tensor (pack, __i__ % 2 ? "input_features" : "audio_mel", &mel);
  for (guint k = 0; k < 499; k++)
    fail_unless (((const gfloat *) mel.data)[k * 128] == k, "row %u", k);
  gst_memory_unmap (mel.memory, &mel);
  gst_buffer_unref (pack);
  feed_eos (rig.prompt);
  feed_assert_eos (rig.feed);
  feed_free (rig.feed);
}

GST_END_TEST;

/* The tail was given up with the window before: what comes again is in its place. */
GST_START_TEST (test_tail_was_taken)
{
  Rig rig = rig_new (__i__ % 2, 2 * S);
  sound_that_ends (rig.audio, 4 * S);
  feed_prompt (rig.prompt, "<|audio|>", 2 * S);
  feed_assert_pack (rig.feed, 2 * S, "", 26);
  feed_prompt (rig.prompt, "x", 3500 * MS);
  feed_assert_pack (rig.feed, 3500 * MS, "", 0);
  feed_sound (rig.audio, 1 * S, 6 * S);
  feed_prompt (rig.prompt, "<|audio|>", 5500 * MS);
  GstBuffer *pack = feed_pull (rig.feed);
  GstMapInfo mel;
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 50);
  feed_tensor (pack, __i__ ? "input_features" : "audio_mel", &mel);
  for (guint k = 0; k < 199; k++)
    fail_unless (((const gfloat *) mel.data)[k * 128] == 350 + k, "row %u", k);
  gst_memory_unmap (mel.memory, &mel);
  gst_buffer_unref (pack);
  feed_eos (rig.prompt);
  feed_assert_eos (rig.feed);
  feed_free (rig.feed);
}

GST_END_TEST;

/* Intervals: those behind the sound have no clip, and none waits. */
GST_START_TEST (test_intervals)
{
  Feed *feed = feed_new ("prompt", "What?", "interval", 2 * S, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", targets[__i__ % 2]);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  gboolean live = __i__ >= 2;
  feed_begin (feed, video, live);
  feed_begin (feed, audio, live);
  sound_that_ends (audio, 5 * S);
  feed_frames (video, 0, 5 * S, S);
  feed_assert_pack (feed, 2 * S, "0 1", 26);
  feed_assert_pack (feed, 4 * S, "2 3", 0);
  feed_eos (video);
  feed_rows (audio, 1 * S, N_TAIL, 100);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 0);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* An interval that ended in a hole owes no row to the next one. */
GST_START_TEST (test_interval_behind_a_hole)
{
  Feed *feed = feed_new ("prompt", "What?", "interval", 2 * S, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", targets[__i__]);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  sound_that_ends (audio, 3 * S);
  feed_assert_pack (feed, 2 * S, "", 26);
  feed_sound (audio, 3 * S, 5 * S);
  feed_assert_pack (feed, 4 * S, "", 50);
  GstMessage *packed;
  GstClockTime start = 0;
  for (guint i = 0; i < 2; i++) {
    packed = feed_element_message (feed, "gemma4-packed");
    gst_structure_get_uint64 (gst_message_get_structure (packed), "window-start", &start);
    gst_message_unref (packed);
  }
  fail_unless_equals_uint64 (start, 2 * S);
  feed_free (feed);
}

GST_END_TEST;

/* A rest in which nothing begins is no interval: containers are some ms longer than what
 * is in them. A rest that has a row is one. */
GST_START_TEST (test_rest)
{
  Feed *feed = feed_new ("prompt", "What?", "interval", 2 * S, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", targets[__i__ % 2]);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  gboolean rest = __i__ / 2;
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  feed_frames (video, 0, 4 * S, S);
  feed_gap (video, 4 * S, 7 * MS);
  feed_sound (audio, 0, 4 * S);
  if (rest)
    feed_rows (audio, 4 * S, 640, 0);
  feed_eos (video);
  feed_eos (audio);
  feed_assert_pack (feed, 2 * S, "0 1", 50);
  feed_assert_pack (feed, 4 * S, "2 3", 50);
  if (rest)
    feed_assert_pack (feed, 4 * S + 40 * MS, "", 1);
  feed_assert_eos (feed);
  if (!rest)
    feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

static gpointer
push_list (gpointer audio)
{
  GstBufferList *list = gst_buffer_list_new ();
  for (GstClockTime at = 1 * S; at < 9 * S; at += 40 * MS) {
    GstBuffer *buffer = feed_rows_buffer (640, at / (10 * MS));
    GST_BUFFER_PTS (buffer) = at;
    gst_buffer_list_add (list, buffer);
  }
  return GINT_TO_POINTER (gst_pad_push_list (((GstHarness *) audio)->srcpad, list));
}

/* A hole comes as a list, which waits for questions on its way: one inside the hole has
 * nothing of it, as if no sound had come behind, and none has a part. */
GST_START_TEST (test_list_that_waits)
{
  Feed *feed = feed_new ("chat", FALSE, "window", (gint64) -1, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", targets[__i__]);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, audio, FALSE);
  feed_gap (prompt, 0, 2 * S);
  feed_sound (audio, 0, 1 * S);
  push_tail (audio, 1 * S, 100);
  feed_gap (audio, 1 * S + 50 * MS, 7 * S);
  GThread *thread = g_thread_new ("sound", push_list, audio);
  g_usleep (50 * 1000);
  feed_prompt (prompt, "<|audio|>", 5 * S);
  GstBuffer *pack = feed_pull (feed);
  guint n = feed_uint64 (pack, "n-audio-tokens");
  fail_unless (n == 26 || n == 125, "%u tokens", n);
  gst_buffer_unref (pack);
  feed_prompt (prompt, "<|audio|>", 7 * S);
  pack = feed_pull (feed);
  n = feed_uint64 (pack, "n-audio-tokens");
  fail_unless (n == 26 || n == 175, "%u tokens", n);
  gst_buffer_unref (pack);
  feed_eos (prompt);
  gint flow = GPOINTER_TO_INT (g_thread_join (thread));
  fail_unless (flow == GST_FLOW_OK || flow == GST_FLOW_EOS, "the list returned %d", flow);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packergaps_suite (void)
{
  Suite *s = suite_create ("packergaps");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_cut_in_a_hole, 0, 2);
  tcase_add_loop_test (t, test_sound_goes_on, 0, 4);
  tcase_add_loop_test (t, test_tail_was_taken, 0, 2);
  tcase_add_loop_test (t, test_intervals, 0, 4);
  tcase_add_loop_test (t, test_interval_behind_a_hole, 0, 2);
  tcase_add_loop_test (t, test_rest, 0, 4);
  tcase_add_loop_test (t, test_list_that_waits, 0, 2);
  return s;
}

GST_CHECK_MAIN (packergaps);
