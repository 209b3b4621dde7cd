/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: which frames it takes, and when it says so. */

#include "videotest.h"

#include <json-glib/json-glib.h>

#define NONE GST_CLOCK_TIME_NONE
#define TRANSFORMERS "other/tensors,target=transformers"
#define CLIP "other/tensors,target=kerashub,role=clip"
#define STREAM "other/tensors,target=kerashub,role=stream"

static void
expect_summary (VideoTest *t, guint64 seen, guint64 selected, guint64 total,
    gboolean estimated)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (t->bus, GST_MESSAGE_ELEMENT);
  fail_unless (message != NULL, "no gemma4-video message");
  const GstStructure *s = gst_message_get_structure (message);
  guint64 got_seen, got_selected, got_total;
  gboolean got_estimated;
  fail_unless (gst_structure_has_name (s, "gemma4-video"));
  fail_unless (gst_structure_get (s, "frames-seen", G_TYPE_UINT64, &got_seen,
          "frames-selected", G_TYPE_UINT64, &got_selected, "total", G_TYPE_UINT64,
          &got_total, "estimated", G_TYPE_BOOLEAN, &got_estimated, NULL));
  fail_unless_equals_uint64 (got_seen, seen);
  fail_unless_equals_uint64 (got_selected, selected);
  fail_unless_equals_uint64 (got_total, total);
  fail_unless_equals_int (got_estimated, estimated);
}

/* How a clip of @total frames at 30 fps becomes known. */
typedef enum
{ BY_PROPERTY, BY_SEGMENT, BY_DURATION } Known;

static void
run_golden (const gchar *key, guint total, guint n, JsonArray *want, Known known,
    const gchar *sink_caps)
{
  GstClockTime length = gst_util_uint64_scale_ceil (total, GST_SECOND, 30);
  g_autofree gchar *props = g_strdup_printf ("sampling=uniform num-frames=%u "
      "total-frames=%u patch-size=1", n, known == BY_PROPERTY ? total : 0);
  VideoTest *t = video_test_new (props, sink_caps);
  if (known == BY_DURATION)
    t->duration_ns = length;
  video_test_begin (t, "30/1", 0, known == BY_SEGMENT ? length : NONE);
  video_test_push_30fps (t, 0, total);
  video_test_end (t);

  g_autofree guint64 *indices = g_new (guint64, n);
  for (guint i = 0; i < n; i++)
    indices[i] = json_array_get_int_element (want, i);
  g_autofree gchar *what = g_strdup_printf ("%s known by %d", key, known);
  video_test_expect (t, what, indices, n);
  expect_summary (t, total, n, total, FALSE);
  video_test_free (t);
}

GST_START_TEST (test_golden)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *path = golden_path ("prompt/frame_sampling.json");
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *node;
  json_object_iter_init (&iter, json_node_get_object (json_parser_get_root (parser)));
  guint n_cases = 0;
  while (json_object_iter_next (&iter, &key, &node)) {
    gchar *slash;
    guint total = g_ascii_strtoull (key, &slash, 10);
    guint n = g_ascii_strtoull (slash + 1, NULL, 10);
    JsonObject *rules = json_node_get_object (node);
    JsonArray *keras = json_object_get_array_member (rules, "keras");
    JsonArray *hf = json_object_get_array_member (rules, "hf");
    run_golden (key, total, n, keras, n_cases % 3, CLIP);
    run_golden (key, total, n, hf, (n_cases + 1) % 3, TRANSFORMERS);
    n_cases++;
  }
  fail_unless (n_cases >= 30, "only %u cases", n_cases);
}

GST_END_TEST;

/* A clip that turned out to have @n_pushed frames rather than 100. */
static void
run_estimated (guint n_pushed, const guint64 *want, guint n_want)
{
  VideoTest *t = video_test_new ("num-frames=4 total-frames=100", CLIP);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, n_pushed);
  video_test_end (t);
  g_autofree gchar *what = g_strdup_printf ("%u of 100", n_pushed);
  video_test_expect (t, what, want, n_want);
  expect_summary (t, n_pushed, n_want, 100, n_pushed != 100);
  video_test_free (t);
}

GST_START_TEST (test_wrong_total)
{
  const guint64 all[] = { 0, 33, 66, 99 };
  const guint64 short_by_much[] = { 0, 33, 59 };
  const guint64 last_is_taken[] = { 0, 33 };
  run_estimated (100, all, 4);
  run_estimated (140, all, 4);
  run_estimated (60, short_by_much, 3);
  run_estimated (34, last_is_taken, 2);
}

GST_END_TEST;

GST_START_TEST (test_fewer_frames_than_wanted)
{
  const guint64 want[] = { 0, 1, 2 };
  VideoTest *t = video_test_new ("num-frames=8", CLIP);
  video_test_begin (t, "30/1", 0, GST_SECOND / 10);
  video_test_push_30fps (t, 0, 3);
  video_test_end (t);
  video_test_expect (t, "3 frames", want, 3);
  video_test_free (t);
}

GST_END_TEST;

/* Frames that are fewer than their nominal rate promises are spread over the whole time,
 * wherever that begins, but counted where the user counted them. */
GST_START_TEST (test_nominal_rate)
{
  const guint64 by_time[] = { 0, 4, 7, 29 }, counted[] = { 0, 9, 19, 29 };
  for (guint user = 0; user < 2; user++) {
    VideoTest *t = video_test_new (user ? "num-frames=4 total-frames=30" : "num-frames=4", CLIP);
    video_test_begin (t, "30/1", 0, 10 * GST_SECOND);
    for (guint i = 0; i < 30; i++)      /* 1 a second for 10 s, then 20 more in 0.8 s */
      video_test_push (t, (i < 10 ? i : 9 + (i - 9) / 25.0) * GST_SECOND, NONE);
    video_test_end (t);
    video_test_expect (t, user ? "counted" : "by time", user ? counted : by_time, 4);
    video_test_free (t);
  }
}

GST_END_TEST;

/* Nothing is said before the end; then the kept frames nearest to the rule's. A length of
 * 150 frames turns up with the last frame: that counts where all of them are still kept. */
GST_START_TEST (test_unknown_length)
{
  const struct
  {
    guint total, stride;
    const gchar *sink_caps;
    guint64 want[4];
  } cases[] = {
    {3, 1, CLIP, {0, 1, 2}},
    {10, 1, CLIP, {0, 3, 6, 9}},
    {16, 1, CLIP ",types=(string)\"uint8,int32\"", {0, 5, 10, 15}},
    {17, 2, CLIP, {0, 6, 10, 16}},
    {1000, 64, CLIP, {0, 320, 640, 960}},
    {1000, 64, TRANSFORMERS ",role=clip", {0, 256, 512, 768}},
  };
  for (guint c = 0; c < G_N_ELEMENTS (cases); c++) {
    VideoTest *t = video_test_new ("num-frames=4", cases[c].sink_caps);
    video_test_begin (t, "30/1", 0, NONE);
    video_test_push_30fps (t, 0, cases[c].total - 1);
    t->duration_ns = 5 * GST_SECOND;
    video_test_push_30fps (t, cases[c].total - 1, 1);
    video_test_expect (t, "before the end", NULL, 0);
    video_test_end (t);
    g_autofree gchar *what = g_strdup_printf ("%u frames", cases[c].total);
    video_test_expect (t, what, cases[c].want, MIN (cases[c].total, 4));
    expect_summary (t, cases[c].total, MIN (cases[c].total, 4),
        cases[c].total == 17 ? 150 : cases[c].total, cases[c].total > 16);
    video_test_free (t);
  }
}

GST_END_TEST;

static const GstClockTime vfr_ms[] = { 0, 100, 500, 2000, 59990, 61200 };

static void
run_vfr (const gchar *props, const gchar *sink_caps, GstClockTime stop_ns,
    const guint64 *want, guint n_want)
{
  VideoTest *t = video_test_new (props, sink_caps);
  video_test_begin (t, "0/1", 0, stop_ns);
  for (guint i = 0; i < G_N_ELEMENTS (vfr_ms); i++)
    fail_unless_equals_int (video_test_push (t, vfr_ms[i] * GST_MSECOND, NONE),
        GST_FLOW_OK);
  video_test_end (t);
  for (guint i = 0; i < n_want; i++) {
    GstBuffer *out = gst_harness_try_pull (t->h);
    fail_unless (out != NULL, "%s %s: %u frames, want %u", props, sink_caps, i, n_want);
    fail_unless_equals_uint64 (GST_BUFFER_OFFSET (out), want[i]);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (out), vfr_ms[want[i]] * GST_MSECOND);
    gst_buffer_unref (out);
  }
  video_test_expect (t, "more", NULL, 0);
  video_test_free (t);
}

GST_START_TEST (test_variable_frame_rate)
{
  const guint64 all[] = { 0, 1, 2, 3, 4, 5 };
  const guint64 grid[] = { 0, 3, 4, 5 };
  const guint64 kerashub[] = { 0, 3, 5 };
  const guint64 transformers[] = { 0, 3 };
  run_vfr ("sampling=all", NULL, NONE, all, 6);
  run_vfr (NULL, "other/tensors,role=image", NONE, all, 6);
  run_vfr (NULL, STREAM, NONE, grid, 4);
  run_vfr ("num-frames=4", CLIP, 62 * GST_SECOND, kerashub, 3);
  run_vfr ("num-frames=4", TRANSFORMERS ",role=clip", 62 * GST_SECOND, transformers, 2);
  run_vfr ("num-frames=6", CLIP, NONE, all, 6);
}

GST_END_TEST;

GST_START_TEST (test_gap_for_every_frame_passed_over)
{
  VideoTest *t = video_test_new ("sample-rate=10/1", STREAM);
  video_test_begin (t, "30/1", 0, NONE);
  while (gst_harness_events_in_queue (t->h))
    gst_event_unref (gst_harness_pull_event (t->h));
  video_test_push_30fps (t, 0, 30);
  g_autoptr (GArray) taken = video_test_offsets (t);
  fail_unless_equals_int (taken->len, 10);
  guint n_gaps = 0;
  GstEvent *event;
  while ((event = gst_harness_try_pull_event (t->h))) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
      guint number = n_gaps / 2 * 3 + n_gaps % 2 + 1;
      GstClockTime pts, duration;
      gst_event_parse_gap (event, &pts, &duration);
      fail_unless_equals_uint64 (pts, gst_util_uint64_scale (number, GST_SECOND, 30));
      fail_unless (duration > 33 * GST_MSECOND && duration < 34 * GST_MSECOND);
      n_gaps++;
    }
    gst_event_unref (event);
  }
  fail_unless_equals_int (n_gaps, 20);
  video_test_free (t);
}

GST_END_TEST;

/* Without a packer: a clip where the length is known and upstream is not live. */
GST_START_TEST (test_auto)
{
  const guint64 clip[] = { 0, 29, 59, 89 };
  const guint64 stream[] = { 0, 30, 60 };
  for (guint live = 0; live < 2; live++) {
    for (guint known = 0; known < 2; known++) {
      VideoTest *t = video_test_new ("num-frames=4", NULL);
      gst_harness_set_live (t->h, live);
      t->duration_ns = known ? 3 * GST_SECOND : NONE;
      video_test_begin (t, "30/1", 0, NONE);
      video_test_push_30fps (t, 0, 90);
      video_test_end (t);
      if (known && !live)
        video_test_expect (t, "clip", clip, 4);
      else
        video_test_expect (t, "stream", stream, 3);
      video_test_free (t);
    }
  }
}

GST_END_TEST;

/* A seek to 3 s: the duration is that of the whole file, frames before are gone. */
GST_START_TEST (test_segment)
{
  const guint64 want[] = { 0, 29, 59, 89 };
  VideoTest *t = video_test_new ("num-frames=4", CLIP);
  t->duration_ns = 6 * GST_SECOND;
  video_test_begin (t, "30/1", 3 * GST_SECOND, NONE);
  video_test_push_30fps (t, 80, 100);
  guint64 seen;
  g_object_get (t->element, "frames-seen", &seen, NULL);
  fail_unless_equals_uint64 (seen, 90);
  GstBuffer *out = gst_harness_pull (t->h);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), 3 * GST_SECOND);
  gst_buffer_unref (out);
  video_test_end (t);
  video_test_expect (t, "after the seek", want + 1, 3);
  video_test_free (t);
}

GST_END_TEST;

GST_START_TEST (test_flush_begins_afresh)
{
  const guint64 before[] = { 0 }, after[] = { 0, 6, 12, 19 };
  VideoTest *t = video_test_new ("num-frames=4 total-frames=20", CLIP);
  video_test_begin (t, "30/1", 0, NONE);
  video_test_push_30fps (t, 0, 5);
  video_test_expect (t, "before", before, 1);
  gst_harness_push_event (t->h, gst_event_new_flush_start ());
  gst_harness_push_event (t->h, gst_event_new_flush_stop (TRUE));
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  video_test_push_30fps (t, 0, 20);
  video_test_end (t);
  video_test_expect (t, "after", after, 4);
  expect_summary (t, 20, 4, 20, FALSE);
  video_test_free (t);
}

GST_END_TEST;

/* Frames without PTS are where their OFFSET says, else where their number does. */
GST_START_TEST (test_frames_without_pts)
{
  const guint64 at_10fps[] = { 0, 10, 20 }, at_24fps[] = { 0, 24, 48 };
  for (guint c = 0; c < 2; c++) {
    VideoTest *t = video_test_new (NULL, STREAM);
    video_test_begin (t, c ? "0/1" : "10/1", 0, NONE);
    for (guint i = 0; i < (c ? 50 : 25); i++)
      fail_unless_equals_int (video_test_push (t, NONE, NONE), GST_FLOW_OK);
    video_test_expect (t, "by number", c ? at_24fps : at_10fps, 3);
    GstBuffer *frame = gst_buffer_new_allocate (NULL, 48 * 48 * 3, NULL);
    GST_BUFFER_OFFSET (frame) = 1000;
    fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);
    fail_unless (gst_harness_buffers_in_queue (t->h) == 1, "frame 1000 was passed over");
    video_test_free (t);
  }
}

GST_END_TEST;

/* The frame that is held belongs to the old size when the size changes. */
GST_START_TEST (test_size_change_while_holding)
{
  VideoTest *t = video_test_new ("num-frames=2", CLIP);
  video_test_begin (t, "0/1", 0, 10 * GST_SECOND);
  video_test_push (t, 0, NONE);
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=96,height=24,"
      "framerate=0/1");
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.stop = 10 * GST_SECOND;
  gst_harness_push_event (t->h, gst_event_new_segment (&segment));
  GstBuffer *wide = gst_buffer_new_allocate (NULL, 96 * 24 * 3, NULL);
  gst_buffer_memset (wide, 0, 9, -1);
  GST_BUFFER_PTS (wide) = 5 * GST_SECOND;
  fail_unless_equals_int (gst_harness_push (t->h, wide), GST_FLOW_OK);
  video_test_end (t);

  const gint columns[] = { 24, 48 };    /* patches a row: 384x384 and 768x192 pixels */
  for (guint i = 0; i < 2; i++) {
    GstBuffer *out = gst_harness_pull (t->h);
    gint32 position[2];
    GstMapInfo map;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 1), &map, GST_MAP_READ));
    memcpy (position, map.data + (columns[i] - 1) * 8, 8);
    gst_memory_unmap (map.memory, &map);
    fail_unless (position[0] == columns[i] - 1 && position[1] == 0, "frame %u: patch %d is "
        "at %d,%d", i, columns[i] - 1, position[0], position[1]);
    gst_buffer_unref (out);
  }
  video_test_free (t);
}

GST_END_TEST;

static Suite *
videoselect_suite (void)
{
  Suite *s = suite_create ("videoselect");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden);
  tcase_add_test (t, test_wrong_total);
  tcase_add_test (t, test_nominal_rate);
  tcase_add_test (t, test_fewer_frames_than_wanted);
  tcase_add_test (t, test_unknown_length);
  tcase_add_test (t, test_variable_frame_rate);
  tcase_add_test (t, test_gap_for_every_frame_passed_over);
  tcase_add_test (t, test_auto);
  tcase_add_test (t, test_segment);
  tcase_add_test (t, test_flush_begins_afresh);
  tcase_add_test (t, test_frames_without_pts);
  tcase_add_test (t, test_size_change_while_holding);
  return s;
}

GST_CHECK_MAIN (videoselect);
