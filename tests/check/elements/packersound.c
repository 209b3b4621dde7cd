/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and sound that is longer than a clip may be: audio-overflow. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define CLIP 3000               /* rows of 30 s */

static const gchar *const targets[] = { "kerashub", "transformers" };

static Feed *
feed_of (guint target, const gchar *overflow, guint max_clips)
{
  Feed *feed = feed_new ("max-audio-clips-per-prompt", max_clips, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "target", targets[target]);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "audio-overflow", overflow);
  return feed;
}

/* Row t of clip c of the pack is row first + t of the sound, for all that are valid. */
static void
assert_rows (GstBuffer *pack, guint target, guint clip, guint n_rows, guint first)
{
  GstMapInfo mel;
  feed_tensor (pack, target ? "input_features" : "audio_mel", &mel);
  guint per_clip = target ? CLIP - 1 : CLIP;
  const gfloat *rows = (const gfloat *) mel.data + (gsize) clip * per_clip * 128;
  for (guint t = 0; t < n_rows - target; t++)
    fail_unless (rows[t * 128] == first + t, "clip %u: row %u is %g, want %u", clip, t,
        rows[t * 128], first + t);
  gst_memory_unmap (mel.memory, &mel);
}

/* What is lost is said: in a message with rows of the sound, and in a warning. */
static void
assert_told (Feed *feed, guint target, guint n_rows, guint n_clips, const gchar *words)
{
  g_autofree gchar *warning = feed_message (feed, GST_MESSAGE_WARNING);
  fail_unless (strstr (warning, words) && strstr (warning, "audio_0"), "the warning is: %s",
      warning);
  feed_assert_dropped_limit (feed, "audio-too-long", n_rows - target, n_clips * CLIP);
}

static const struct
{
  const gchar *overflow;
  gboolean prompts, live, interval, window;
  gboolean first;               /* what stays */
} cases[] = {
  {"auto", FALSE, FALSE, FALSE, FALSE, TRUE},
  {"auto", FALSE, TRUE, FALSE, FALSE, FALSE},
  {"auto", TRUE, FALSE, FALSE, FALSE, FALSE},
  {"auto", TRUE, TRUE, FALSE, FALSE, FALSE},
  {"auto", FALSE, FALSE, FALSE, TRUE, FALSE},
  {"auto", FALSE, FALSE, TRUE, FALSE, FALSE},
  {"first", FALSE, FALSE, FALSE, FALSE, TRUE},
  {"first", TRUE, TRUE, FALSE, FALSE, TRUE},
  {"first", TRUE, FALSE, FALSE, FALSE, TRUE},
  {"first", FALSE, FALSE, TRUE, FALSE, TRUE},
  {"newest", FALSE, FALSE, FALSE, FALSE, FALSE},
  {"newest", TRUE, TRUE, FALSE, FALSE, FALSE},
  {"split", FALSE, FALSE, FALSE, FALSE, TRUE},
  {"split", TRUE, TRUE, FALSE, FALSE, FALSE},
};

/* 31 s of sound, of which a pack has 30. */
GST_START_TEST (test_which_stays)
{
  guint c = __i__ / 2, target = __i__ % 2;
  Feed *feed = feed_of (target, cases[c].overflow, 1);
  GstHarness *prompt = cases[c].prompts ? feed_pad (feed, "prompt") : NULL;
  if (cases[c].interval)
    g_object_set (feed->packer, "interval", 31 * S, NULL);
  if (cases[c].window)
    g_object_set (feed->packer, "window", (gint64) 31 * S, NULL);
  if (!prompt)
    g_object_set (feed->packer, "prompt", "What?", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  if (prompt)
    feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, cases[c].live);
  feed_sound (audio, 0, 31 * S);
  if (prompt)
    feed_prompt (prompt, "What?", 31 * S);
  if (!cases[c].live && !prompt)
    feed_rows (audio, 31 * S, 0, 3100);
  if (!prompt)
    feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 750);
  assert_rows (pack, target, 0, CLIP, cases[c].first ? 0 : 100);
  assert_told (feed, target, 3100, 1, cases[c].first ? "beginning" : "end is");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* As long as a clip may be: nothing is lost, and nothing said. */
GST_START_TEST (test_just_fits)
{
  Feed *feed = feed_of (__i__, "auto", 1);
  g_object_set (feed->packer, "prompt", "What?", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  feed_sound (audio, 0, 30 * S);
  feed_rows (audio, 30 * S, 0, 3000);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 750);
  assert_rows (pack, __i__, 0, CLIP, 0);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Five minutes: the store does not run over, and all of it is counted. */
GST_START_TEST (test_five_minutes)
{
  Feed *feed = feed_of (__i__, "auto", 1);
  g_object_set (feed->packer, "prompt", "What?", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  feed_sound (audio, 0, 300 * S);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  assert_rows (pack, __i__, 0, CLIP, 0);
  assert_told (feed, __i__, 30000, 1, "300.000 s");
  g_autoptr (GstStructure) stats = NULL;
  guint64 n_dropped = 0;
  g_object_get (feed->packer, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "rows-dropped", &n_dropped));
  fail_unless_equals_uint64 (n_dropped, 30000 - 6000);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

#define BLOCK(n) "<\\|audio><\\|audio\\|>\\*" #n "<audio\\|>"

/* 70 s are three clips, in the place of one <|audio|>. */
GST_START_TEST (test_split)
{
  guint target = __i__ % 2;
  gboolean live = __i__ >= 2;
  Feed *feed = feed_of (target, "split", 3);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, live);
  feed_sound (audio, 0, 71 * S);
  feed_prompt (prompt, "a <|audio|> b", 70 * S);
  GstBuffer *pack = feed_pull (feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 1750);
  feed_assert_prompt_matches (pack, "a " BLOCK (750) BLOCK (750) BLOCK (250) " b");
  assert_rows (pack, target, 0, CLIP, 0);
  assert_rows (pack, target, 1, CLIP, CLIP);
  assert_rows (pack, target, 2, 1000, 2 * CLIP);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Two clips do not hold 70 s: which of it stays is as without split. */
GST_START_TEST (test_split_overflows)
{
  guint target = __i__ % 2;
  gboolean live = __i__ >= 2;
  Feed *feed = feed_of (target, "split", 2);
  g_object_set (feed->packer, "prompt", "What?", NULL);
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, live);
  feed_sound (audio, 0, 70 * S);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 1500);
  assert_rows (pack, target, 0, CLIP, live ? 1000 : 0);
  assert_rows (pack, target, 1, CLIP, live ? 4000 : CLIP);
  assert_told (feed, target, 7000, 2, "max-audio-clips-per-prompt");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Two sounds share the clips: the second keeps one. */
GST_START_TEST (test_split_of_two)
{
  Feed *feed = feed_of (__i__, "split", 3);
  g_object_set (feed->packer, "prompt", "a <|audio|> b <|audio|>", "chat", FALSE, NULL);
  GstHarness *a0 = feed_pad (feed, "audio_0"), *a1 = feed_pad (feed, "audio_1");
  feed_begin (feed, a0, FALSE);
  feed_begin (feed, a1, FALSE);
  feed_sound (a0, 0, 70 * S);
  feed_sound (a1, 0, 10 * S);
  feed_eos (a0);
  feed_eos (a1);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt_matches (pack, "a " BLOCK (750) BLOCK (750) " b " BLOCK (250));
  assert_told (feed, __i__, 7000, 2, "max-audio-clips-per-prompt");
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* first, question by question: each has the first of what no other had. */
GST_START_TEST (test_first_of_each)
{
  Feed *feed = feed_of (__i__, "first", 1);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, TRUE);
  for (guint i = 0; i < 3; i++) {
    feed_sound (audio, i * 80 * S, (i + 1) * 80 * S);
    feed_prompt (prompt, "What?", (i + 1) * 80 * S);
    GstBuffer *pack = feed_pull (feed);
    assert_rows (pack, __i__, 0, CLIP, i * 8000);
    assert_told (feed, __i__, 8000, 1, "beginning");
    gst_buffer_unref (pack);
  }
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packersound_suite (void)
{
  Suite *s = suite_create ("packersound");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_which_stays, 0, 2 * G_N_ELEMENTS (cases));
  tcase_add_loop_test (t, test_just_fits, 0, 2);
  tcase_add_loop_test (t, test_five_minutes, 0, 2);
  tcase_add_loop_test (t, test_split, 0, 4);
  tcase_add_loop_test (t, test_split_overflows, 0, 4);
  tcase_add_loop_test (t, test_split_of_two, 0, 2);
  tcase_add_loop_test (t, test_first_of_each, 0, 2);
  return s;
}

GST_CHECK_MAIN (packersound);
