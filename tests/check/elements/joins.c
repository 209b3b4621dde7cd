/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Both converters: SEGMENTs that begin no new media, and those that do. */

#include "audiotest.h"
#include "videotest.h"

#define NONE GST_CLOCK_TIME_NONE
#define MS GST_MSECOND
#define FRAME (100 * MS)
#define CLIP "other/tensors,target=kerashub,role=clip"

static void
push_segment (GstHarness *h, gdouble rate, GstClockTime start, GstClockTime base)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  segment.start = segment.position = start;
  segment.time = 0;
  segment.base = base;
  fail_unless (gst_harness_push_event (h, gst_event_new_segment (&segment)));
}

/* With a group, as every source sends it. */
static void
push_stream_start (GstHarness *h, const gchar *id)
{
  GstEvent *event = gst_event_new_stream_start (id);
  gst_event_set_group_id (event, gst_util_group_id_next ());
  gst_harness_push_event (h, event);
}

/* Frames [@first, @last) of 10 a second, frame 0 at @origin. */
static void
push_frames (VideoTest *t, guint first, guint last, GstClockTime origin)
{
  for (guint i = first; i < last; i++)
    fail_unless_equals_int (video_test_push (t, origin + i * FRAME, FRAME), GST_FLOW_OK);
}

/* The frames-seen of every gemma4-video message so far, as "2 98". */
static gchar *
clips (VideoTest *t)
{
  GString *text = g_string_new (NULL);
  GstMessage *message;
  while ((message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_ELEMENT))) {
    guint64 seen = 0;
    gst_structure_get_uint64 (gst_message_get_structure (message), "frames-seen", &seen);
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, text->len ? " " : "", seen);
    gst_message_unref (message);
  }
  return g_string_free (text, FALSE);
}

static void
expect_clips (VideoTest *t, const gchar *what, const gchar *want)
{
  g_autofree gchar *got = clips (t);
  fail_unless (g_str_equal (got, want), "%s: clips of %s frames, want %s", what, got, want);
}

static VideoTest *
begin_video (const gchar *props, const gchar *words)
{
  g_autofree gchar *all = g_strconcat (props, " patch-size=1", NULL);
  VideoTest *t = video_test_new (all, words);
  push_stream_start (t->h, "one");
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=48,height=48,framerate=10/1");
  return t;
}

/* As ffmpeg's Matroska comes out of its demuxer: the first SEGMENT is 23 ms wrong. */
GST_START_TEST (test_roles)
{
  const struct
  {
    const gchar *props, *words;
    guint64 want[16];
    guint n, total;
  } cases[] = {
    {"num-frames=5 total-frames=30", CLIP, {0, 7, 14, 21, 29}, 5, 30},
    {"num-frames=5", CLIP, {0, 4, 9, 14, 19}, 5, 20},       /* of 20, all of which are held */
    {"sample-rate=2/1", "other/tensors,role=stream", {0, 5, 10, 15, 20, 25}, 6, 30},
    {"sampling=all", "other/tensors,role=image", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 12, 12},
  };
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++) {
    guint total = cases[c].total;
    VideoTest *t = begin_video (cases[c].props, cases[c].words);
    push_segment (t->h, 1.0, 23 * MS, 0);
    push_frames (t, 0, 2, 23 * MS);
    push_segment (t->h, 1.0, 0, 0);
    push_frames (t, 2, total, 23 * MS);
    video_test_end (t);
    video_test_expect (t, cases[c].words, cases[c].want, cases[c].n);
    g_autofree gchar *want = g_strdup_printf ("%u", total);
    expect_clips (t, cases[c].words, want);
    video_test_free (t);
  }
}

GST_END_TEST;

/* Running times stay what they are, in the one SEGMENT that downstream gets, even where
 * that had an end. */
GST_START_TEST (test_running_times)
{
  VideoTest *t = begin_video ("sampling=all", NULL);
  GstSegment segment, out;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = 5 * GST_SECOND;
  segment.stop = 5 * GST_SECOND + 3 * FRAME;
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  push_frames (t, 0, 3, 5 * GST_SECOND);
  push_segment (t->h, 1.0, 0, 3 * FRAME);
  push_frames (t, 0, 3, 0);
  gst_harness_push_event (t->h, gst_event_new_gap (3 * FRAME, FRAME));
  guint n_gaps = 0;
  for (GstEvent *event; (event = gst_harness_try_pull_event (t->h)); gst_event_unref (event)) {
    GstClockTime time, duration;
    if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
      gst_event_copy_segment (event, &out);
    if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
      continue;
    gst_event_parse_gap (event, &time, &duration);
    fail_unless_equals_uint64 (gst_segment_to_running_time (&out, GST_FORMAT_TIME, time),
        6 * FRAME);
    n_gaps++;
  }
  fail_unless_equals_int (n_gaps, 1);
  for (guint i = 0; i < 6; i++) {
    GstBuffer *buffer = gst_harness_pull (t->h);
    fail_unless_equals_uint64 (gst_segment_to_running_time (&out, GST_FORMAT_TIME,
            GST_BUFFER_PTS (buffer)), i * FRAME);
    gst_buffer_unref (buffer);
  }
  video_test_free (t);
}

GST_END_TEST;

typedef enum
{ NOTHING, FLUSH, DONE, SAME_ID, OTHER_ID, LONE_ID } Between;

/* What comes between 5 frames and 5 more. */
static const struct
{
  const gchar *what;
  Between between;
  gdouble rate;
  GstClockTime start, base, origin;     /* of the second SEGMENT; PTS of its first frame */
  const gchar *clips;
} ends[] = {
  {"23 ms ahead", NOTHING, 1.0, 1 * MS, 0, 524 * MS, "10"},
  {"200 ms ahead", NOTHING, 1.0, 1 * MS, 0, 701 * MS, "10"},
  {"more ahead", NOTHING, 1.0, 1 * MS, 0, 702 * MS, "5 5"},
  {"200 ms back", NOTHING, 1.0, 1 * MS, 0, 301 * MS, "10"},
  {"more back", NOTHING, 1.0, 1 * MS, 0, 300 * MS, "5 5"},
  {"an update", NOTHING, 1.0, 0, 0, 900 * MS, "10"},
  {"the same id", SAME_ID, 1.0, 10 * MS, 0, 510 * MS, "10"},
  {"another id", OTHER_ID, 1.0, 10 * MS, 0, 510 * MS, "5 5"},
  {"an id without a group", LONE_ID, 1.0, 0, 500 * MS, 0, "5 5"},
  {"concat", OTHER_ID, 1.0, 0, 500 * MS, 0, "10"},
  {"appended", NOTHING, 1.0, 7 * GST_SECOND, 500 * MS, 7 * GST_SECOND, "10"},
  {"another rate", NOTHING, 2.0, 0, 500 * MS, 0, "5 5"},
  {"SEGMENT_DONE", DONE, 1.0, 0, 500 * MS, 0, "5 5"},
  {"a flush", FLUSH, 1.0, 0, 500 * MS, 0, "5"},
};

static void
push_between (GstHarness *h, Between between)
{
  if (between == FLUSH) {
    gst_harness_push_event (h, gst_event_new_flush_start ());
    gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  } else if (between == DONE) {
    gst_harness_push_event (h, gst_event_new_segment_done (GST_FORMAT_TIME, 500 * MS));
  } else if (between == LONE_ID) {
    gst_harness_push_event (h, gst_event_new_stream_start ("lone"));
  } else if (between != NOTHING) {
    push_stream_start (h, between == SAME_ID ? "one" : "two");
  }
}

GST_START_TEST (test_video_ends)
{
  VideoTest *t = begin_video ("sampling=all", NULL);
  push_segment (t->h, 1.0, 0, 0);
  push_frames (t, 0, 5, 0);
  push_between (t->h, ends[__i__].between);
  push_segment (t->h, ends[__i__].rate, ends[__i__].start, ends[__i__].base);
  push_frames (t, 0, 5, ends[__i__].origin);
  video_test_end (t);
  expect_clips (t, ends[__i__].what, ends[__i__].clips);
  video_test_free (t);
}

GST_END_TEST;

/* The same for sound: where it goes on, rows are counted on. */
GST_START_TEST (test_audio_ends)
{
  static const gint16 samples[1600] = { 0 };
  GstHarness *h = make_harness (NULL, NULL, NULL);
  push_stream_start (h, "one");
  gst_harness_set_src_caps_str (h, S16);
  push_segment (h, 1.0, 0, 0);
  for (guint i = 0; i < 5; i++)
    push_s16 (h, samples, 1600, 1600, i * FRAME);
  push_between (h, ends[__i__].between);
  push_segment (h, ends[__i__].rate, ends[__i__].start, ends[__i__].base);
  push_s16 (h, samples, 1600, 1600, ends[__i__].origin);
  gst_harness_push_event (h, gst_event_new_eos ());
  guint n_streams = 0;
  for (GstBuffer *buffer; (buffer = gst_harness_try_pull (h)); gst_buffer_unref (buffer))
    n_streams += GST_BUFFER_OFFSET (buffer) == 0;
  fail_unless_equals_int (n_streams, strchr (ends[__i__].clips, ' ')
      || ends[__i__].between == FLUSH ? 2 : 1);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Joined sound has the rows and the running times of the whole. */
static void
check_joined (GstClockTime start, GstClockTime base, GstClockTime pts, const gchar *id)
{
  g_autofree gint16 *samples = g_new (gint16, 16000);
  for (guint i = 0; i < 16000; i++)
    samples[i] = (i * 7919 % 4001) - 2000;
  Output out[2];
  for (guint cut = 0; cut < 2; cut++) {
    GstHarness *h = make_harness (NULL, NULL, NULL);
    push_stream_start (h, "one");
    gst_harness_set_src_caps_str (h, S16);
    push_segment (h, 1.0, 23 * MS, 0);
    push_s16 (h, samples, 8100, 900, 23 * MS);
    if (cut) {
      push_stream_start (h, id);
      push_segment (h, 1.0, start, base);
    }
    push_s16 (h, samples + 8100, 7900, 900, cut ? pts : 23 * MS + 506250 * GST_USECOND);
    gst_harness_push_event (h, gst_event_new_eos ());
    out[cut] = output_new ();
    for (GstBuffer *buffer; (buffer = gst_harness_try_pull (h)); gst_buffer_unref (buffer))
      take_buffer (&out[cut], buffer);
    gst_harness_teardown (h);
  }
  fail_unless_equals_int (out[1].mel->len, out[0].mel->len);
  fail_unless_equals_int (out[1].n_samples, 16000);
  fail_unless (memcmp (out[1].mel->data, out[0].mel->data, out[0].mel->len * 4) == 0);
  fail_unless (memcmp (out[1].pts->data, out[0].pts->data, out[0].pts->len * 8) == 0);
  for (guint i = 0; i < 2; i++)
    output_clear (&out[i]);
}

GST_START_TEST (test_audio_goes_on)
{
  check_joined (0, 0, 23 * MS + 506250 * GST_USECOND, "one");   /* ffmpeg: 23 ms are jitter */
  check_joined (0, 506250 * GST_USECOND, 0, "two");     /* concat */
}

GST_END_TEST;

static Suite *
joins_suite (void)
{
  Suite *s = suite_create ("joins");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_roles);
  tcase_add_test (t, test_running_times);
  tcase_add_loop_test (t, test_video_ends, 0, G_N_ELEMENTS (ends));
  tcase_add_loop_test (t, test_audio_ends, 0, G_N_ELEMENTS (ends));
  tcase_add_test (t, test_audio_goes_on);
  return s;
}

GST_CHECK_MAIN (joins);
