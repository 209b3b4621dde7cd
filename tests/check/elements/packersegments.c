/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer and segment seeks: SEGMENT_DONE in the place of EOS. */

#include "feed.h"

#include <gst/check/gstcheck.h>

#define S GST_SECOND
#define MS GST_MSECOND
#define SEQNUM 7777

typedef struct
{
  Feed *feed;
  GstHarness *video, *audio;
} Rig;

static Rig
rig_new (guint64 interval_ns)
{
  Rig rig = { feed_new ("chat", FALSE, "prompt", "<|video|><|audio|>", "interval",
        interval_ns, NULL) };
  rig.video = feed_pad (rig.feed, "video_0");
  rig.audio = feed_pad (rig.feed, "audio_0");
  feed_begin (rig.feed, rig.video, FALSE);
  feed_begin (rig.feed, rig.audio, FALSE);
  return rig;
}

static void
segment_done (GstHarness *pad)
{
  GstEvent *event = gst_event_new_segment_done (GST_FORMAT_TIME, 3 * S);
  gst_event_set_seqnum (event, SEQNUM);
  fail_unless (gst_harness_push_event (pad, event));
}

/* The segment of a seek without a flush: running time goes on. */
static gboolean
begin_again (GstHarness *pad, GstClockTime base)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.base = base;
  return gst_harness_push_event (pad, gst_event_new_segment (&segment));
}

/* SEGMENT_DONE comes out, once, and no EOS. */
static void
assert_segment_done (Feed *feed)
{
  guint n = 0;
  for (guint i = 0; i < 20 || (!n && i < 1000);) {
    g_autoptr (GstEvent) event = gst_harness_try_pull_event (feed->out);
    if (!event) {
      g_usleep (10000);
      i++;
      continue;
    }
    fail_if (GST_EVENT_TYPE (event) == GST_EVENT_EOS);
    if (GST_EVENT_TYPE (event) != GST_EVENT_SEGMENT_DONE)
      continue;
    gint64 position;
    gst_event_parse_segment_done (event, NULL, &position);
    fail_unless_equals_int64 (position, 3 * S);
    fail_unless_equals_int (gst_event_get_seqnum (event), SEQNUM);
    n++;
  }
  fail_unless_equals_int (n, 1);
  fail_unless_equals_int (gst_harness_buffers_in_queue (feed->out), 0);
}

static void
play (Rig *rig)
{
  feed_frames (rig->video, 0, 3 * S, S);
  feed_sound (rig->audio, 0, 3 * S);
  segment_done (rig->video);
  segment_done (rig->audio);
}

/* Each pass is packed by itself, and goes on until EOS. */
GST_START_TEST (test_passes)
{
  Rig rig = rig_new (0);
  play (&rig);
  feed_assert_pack (rig.feed, 3 * S, "0 1 2", 75);
  assert_segment_done (rig.feed);
  feed_assert_no_pack (rig.feed);
  fail_unless (begin_again (rig.video, 3 * S));
  fail_unless (begin_again (rig.audio, 3 * S));
  play (&rig);
  feed_assert_pack (rig.feed, 6 * S, "3 4 5", 75);
  assert_segment_done (rig.feed);
  feed_eos (rig.video);
  feed_eos (rig.audio);
  feed_assert_eos (rig.feed);
  feed_assert_no_message (rig.feed, GST_MESSAGE_WARNING);
  feed_free (rig.feed);
}

GST_END_TEST;

/* window=-1 counts from the beginning of the pass. */
GST_START_TEST (test_window)
{
  Rig rig = rig_new (0);
  for (guint pass = 0; pass < 3; pass++) {
    play (&rig);
    GstBuffer *pack = feed_pull (rig.feed);
    fail_unless_equals_uint64 (feed_uint64 (pack, "window-start"), pass * 3 * S);
    fail_unless_equals_uint64 (feed_uint64 (pack, "window-stop"), (pass + 1) * 3 * S);
    gst_buffer_unref (pack);
    assert_segment_done (rig.feed);
    fail_unless (begin_again (rig.video, (pass + 1) * 3 * S));
    fail_unless (begin_again (rig.audio, (pass + 1) * 3 * S));
  }
  feed_free (rig.feed);
}

GST_END_TEST;

/* What upstream still had of a pass comes behind its SEGMENT_DONE: before another pad
 * begins the next pass, or after it. */
GST_START_TEST (test_left_over)
{
  Rig rig = rig_new (0);
  gboolean late = __i__ % 2;
  gst_util_set_object_arg (G_OBJECT (rig.feed->packer), "target",
      __i__ < 2 ? "kerashub" : "transformers");
  play (&rig);
  feed_assert_pack (rig.feed, 3 * S, "0 1 2", 75);
  assert_segment_done (rig.feed);
  for (guint pass = 1; pass < 4; pass++) {
    if (!late)
      feed_rows (rig.audio, 3 * S - 8 * MS, 128, 0);
    fail_unless (begin_again (rig.video, pass * 3 * S));
    if (late)
      feed_rows (rig.audio, 3 * S - 8 * MS, 128, 0);
    feed_gap (rig.audio, 3 * S, S);
    fail_unless (begin_again (rig.audio, pass * 3 * S));
    play (&rig);
    g_autofree gchar *frames = g_strdup_printf ("%u %u %u", pass * 3, pass * 3 + 1, pass * 3 + 2);
    feed_assert_pack (rig.feed, (pass + 1) * 3 * S, frames, 75);
    assert_segment_done (rig.feed);
  }
  feed_free (rig.feed);
}

GST_END_TEST;

/* Intervals count from the beginning of each pass; one that was cut short is packed. */
GST_START_TEST (test_intervals)
{
  Rig rig = rig_new (2 * S);
  for (guint pass = 0; pass < 2; pass++) {
    play (&rig);
    feed_assert_pack (rig.feed, (pass * 3 + 2) * S, pass ? "3 4" : "0 1", 50);
    feed_assert_pack (rig.feed, (pass * 3 + 3) * S, pass ? "5" : "2", 25);
    assert_segment_done (rig.feed);
    fail_unless (begin_again (rig.video, (pass + 1) * 3 * S));
    fail_unless (begin_again (rig.audio, (pass + 1) * 3 * S));
  }
  feed_free (rig.feed);
}

GST_END_TEST;

/* Prompts that wait for the end are packed, and those that come later at once. One
 * whose media has only begun is not. */
GST_START_TEST (test_prompts)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  Rig rig = { feed, video, audio };
  feed_prompt (prompt, "<|video|><|audio|>", GST_CLOCK_TIME_NONE);
  feed_frames (video, 0, 3 * S, S);
  segment_done (video);
  feed_assert_no_pack (feed);
  feed_sound (audio, 0, 3 * S);
  segment_done (audio);
  feed_assert_pack (feed, 3 * S, "0 1 2", 75);
  assert_segment_done (feed);
  feed_prompt (prompt, "<|video|><|audio|>", GST_CLOCK_TIME_NONE);
  feed_assert_pack (feed, 3 * S, "0 1 2", 75);
  fail_unless (begin_again (video, 3 * S));
  feed_prompt (prompt, "<|video|><|audio|>", GST_CLOCK_TIME_NONE);
  feed_assert_no_pack (feed);
  fail_unless (begin_again (audio, 3 * S));
  play (&rig);
  feed_assert_pack (feed, 6 * S, "3 4 5", 75);
  assert_segment_done (feed);
  feed_eos (prompt);
  feed_assert_no_pack (feed);
  feed_eos (video);
  feed_eos (audio);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

static gpointer
loop_at_once (gpointer rig)
{
  GstHarness *pads[] = { ((Rig *) rig)->video, ((Rig *) rig)->audio };
  play (rig);
  for (guint pass = 1; pass < 3; pass++) {
    for (guint i = 0; i < 2; i++)
      begin_again (pads[i], pass * 3 * S);
    play (rig);
  }
  return NULL;
}

/* Upstream does not wait for downstream, which is busy: every pass is packed whole. */
GST_START_TEST (test_loop_at_once)
{
  static const gchar *const frames[] = { "0 1 2", "3 4 5", "6 7 8" };
  Rig rig = rig_new (0);
  gst_harness_set_blocking_push_mode (rig.feed->out);
  GThread *thread = g_thread_new ("loop", loop_at_once, &rig);
  for (guint pass = 0; pass < 3; pass++) {
    g_usleep (50000);
    feed_assert_pack (rig.feed, (pass + 1) * 3 * S, frames[pass], 75);
  }
  g_thread_join (thread);
  feed_free (rig.feed);
}

GST_END_TEST;

static gint has_begun;

static gpointer
begin_too_early (gpointer video)
{
  begin_again (video, 3 * S);
  g_atomic_int_set (&has_begun, TRUE);
  return NULL;
}

/* A flush begins anew, and so does the next start; one that waits is woken. */
GST_START_TEST (test_flush_and_stop)
{
  Rig rig = rig_new (0);
  GstHarness *pads[] = { rig.video, rig.audio };
  play (&rig);
  feed_assert_pack (rig.feed, 3 * S, "0 1 2", 75);
  for (guint stop = 0; stop < 2; stop++)
    for (guint i = 0; i < 2; i++)
      fail_unless (gst_harness_push_event (pads[i], stop ? gst_event_new_flush_stop (TRUE)
              : gst_event_new_flush_start ()));
  fail_unless (begin_again (rig.video, 0));
  fail_unless (begin_again (rig.audio, 0));
  feed_frames (rig.video, 0, 1 * S, S);
  segment_done (rig.video);
  GThread *thread = g_thread_new ("waits", begin_too_early, rig.video);
  g_usleep (50000);
  fail_unless_equals_int (g_atomic_int_get (&has_begun), FALSE);
  gst_element_set_state (rig.feed->packer, GST_STATE_NULL);
  g_thread_join (thread);
  feed_free (rig.feed);
}

GST_END_TEST;

static Suite *
packersegments_suite (void)
{
  Suite *s = suite_create ("packersegments");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_passes);
  tcase_add_test (t, test_window);
  tcase_add_loop_test (t, test_left_over, 0, 4);
  tcase_add_test (t, test_intervals);
  tcase_add_test (t, test_prompts);
  tcase_add_test (t, test_loop_at_once);
  tcase_add_test (t, test_flush_and_stop);
  return s;
}

GST_CHECK_MAIN (packersegments);
