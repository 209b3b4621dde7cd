/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: what ends with the state, the segment or a setting, and what goes on. */

#include "videotest.h"

#define NONE GST_CLOCK_TIME_NONE
#define CLIP "other/tensors,target=kerashub,role=clip"

static void
begin_wide (VideoTest *t)
{
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=96,height=48,framerate=30/1");
}

static void
push_wide (VideoTest *t, guint number)
{
  GstBuffer *frame = gst_buffer_new_allocate (NULL, 96 * 48 * 3, NULL);
  gst_buffer_memset (frame, 0, 9, -1);
  GST_BUFFER_PTS (frame) = gst_util_uint64_scale (number, GST_SECOND, 30);
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);
}

/* Patches in a row of the next buffer. */
static guint
pull_columns (VideoTest *t)
{
  GstBuffer *out = gst_harness_pull (t->h);
  GstMapInfo map;
  guint n = 1;
  fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 1), &map, GST_MAP_READ));
  while (((const gint32 *) map.data)[2 * n] > 0)
    n++;
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (out);
  return n;
}

/* A second start knows nothing of the first: no frame, no count, no tag. */
GST_START_TEST (test_ready)
{
  VideoTest *t = video_test_new ("num-frames=2 total-frames=100", CLIP);
  begin_wide (t);
  GstTagList *tags = gst_tag_list_new (GST_TAG_IMAGE_ORIENTATION, "rotate-90", NULL);
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);  /* a new stream alone keeps it */
  gst_harness_push_event (t->h, gst_event_new_tag (tags));
  push_wide (t, 0);
  push_wide (t, 1);             /* held */
  fail_unless_equals_int (pull_columns (t), 15);        /* upright: higher than wide */
  gst_element_set_state (t->element, GST_STATE_READY);
  gst_element_set_state (t->element, GST_STATE_PLAYING);

  guint64 seen, selected;
  g_object_get (t->element, "frames-seen", &seen, "frames-selected", &selected, NULL);
  fail_unless (seen == 0 && selected == 0, "%" G_GUINT64_FORMAT " seen, %" G_GUINT64_FORMAT
      " selected", seen, selected);
  gst_harness_push_event (t->h, gst_event_new_stream_start ("again"));
  begin_wide (t);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_buffers_in_queue (t->h), 0);
  push_wide (t, 0);
  fail_unless_equals_int (pull_columns (t), 33);
  video_test_end (t);
  video_test_expect (t, "after the end", NULL, 0);
  video_test_free (t);
}

GST_END_TEST;

/* The end of a segment is the end of a clip, as EOS is. */
GST_START_TEST (test_segment_done)
{
  const guint64 want[] = { 0, 6, 9 };
  VideoTest *t = video_test_new ("num-frames=4 total-frames=20", CLIP);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 10);
  gst_harness_push_event (t->h, gst_event_new_segment_done (GST_FORMAT_TIME, GST_SECOND / 3));
  video_test_expect (t, "segment", want, 3);
  video_test_free (t);
}

GST_END_TEST;

/* A new segment ends the clip before it; one that only moves its stop does not. */
GST_START_TEST (test_next_segment)
{
  const guint64 first[] = { 0, 6, 12, 15 }, second[] = { 0, 6, 12, 19 };
  VideoTest *t = video_test_new ("num-frames=4 total-frames=20", CLIP);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 10);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.stop = 10 * GST_SECOND;
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  video_test_push_30fps (t, 10, 6);
  segment.base = GST_SECOND;
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  video_test_expect (t, "first", first, 4);
  video_test_push_30fps (t, 0, 20);
  video_test_end (t);
  video_test_expect (t, "second", second, 4);
  video_test_free (t);
}

GST_END_TEST;

/* Rules that change in the midst of a clip count from its first frame, wherever that was. */
GST_START_TEST (test_change_far_from_0)
{
  const guint64 want[] = { 300, 333, 349, 366, 382, 399 };      /* 4, from frame 40 on 7 */
  VideoTest *t = video_test_new (NULL, CLIP ",num-frames=4");
  GstClockTime start = 10 * GST_SECOND;
  video_test_begin (t, "30/1", start, start + gst_util_uint64_scale (100, GST_SECOND, 30));
  for (guint i = 300; i < 400; i++) {
    if (i == 340)
      video_test_want (t, CLIP, 7);
    video_test_push_30fps (t, i, 1);
  }
  video_test_end (t);
  g_autoptr (GArray) got = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (GstBuffer *out; (out = gst_harness_try_pull (t->h)); gst_buffer_unref (out)) {
    guint64 number = gst_util_uint64_scale_round (GST_BUFFER_PTS (out), 30, GST_SECOND);
    g_array_append_val (got, number);
  }
  fail_unless_equals_int (got->len, G_N_ELEMENTS (want));
  for (guint i = 0; i < got->len; i++)
    fail_unless_equals_uint64 (g_array_index (got, guint64, i), want[i]);
  video_test_free (t);
}

GST_END_TEST;

/* The same by time: 4 places in 9 s, from 4 s on 7, of 2 frames a second. */
GST_START_TEST (test_change_by_time)
{
  const guint64 want[] = { 0, 6, 9, 12, 15, 18 };   /* at 0 and 3, then 4.5, 6, 7.5 and 9 s */
  VideoTest *t = video_test_new (NULL, CLIP ",num-frames=4");
  video_test_begin (t, "0/1", 0, 9 * GST_SECOND + 1);
  for (guint i = 0; i < 19; i++) {
    if (i == 8)
      video_test_want (t, CLIP, 7);
    fail_unless_equals_int (video_test_push (t, i * GST_SECOND / 2, NONE), GST_FLOW_OK);
  }
  video_test_end (t);
  video_test_expect (t, "4, then 7", want, G_N_ELEMENTS (want));
  video_test_free (t);
}

GST_END_TEST;

/* Downstream's words change in the midst of a clip: the rule that is new counts for the
 * places to come. */
GST_START_TEST (test_words_change)
{
  const struct
  {
    const gchar *words;
    guint64 want[8];
    guint n;
  } cases[] = {
    {CLIP, {0, 33, 66, 99}, 4}, {"other/tensors,target=transformers,role=clip", {0, 33, 50, 75}, 4},
    {"other/tensors,target=kerashub,role=stream", {0, 33, 40, 70}, 4},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VideoTest *t = video_test_new ("num-frames=4 total-frames=100", CLIP);
    video_test_begin (t, "30/1", 0, NONE);
    video_test_push_30fps (t, 0, 40);
    gst_harness_set_sink_caps_str (t->h, cases[i].words);
    gst_harness_push_upstream_event (t->h, gst_event_new_reconfigure ());
    video_test_push_30fps (t, 40, 60);
    video_test_end (t);
    video_test_expect (t, cases[i].words, cases[i].want, cases[i].n);
    video_test_free (t);
  }
}

GST_END_TEST;

static Suite *
videoends_suite (void)
{
  Suite *s = suite_create ("videoends");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_ready);
  tcase_add_test (t, test_segment_done);
  tcase_add_test (t, test_next_segment);
  tcase_add_test (t, test_change_far_from_0);
  tcase_add_test (t, test_change_by_time);
  tcase_add_test (t, test_words_change);
  return s;
}

GST_CHECK_MAIN (videoends);
