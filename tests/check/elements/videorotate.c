/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: frames stand upright by their image-orientation tag, as
 * videoflip would turn them. */

#include "videotest.h"

#define NONE GST_CLOCK_TIME_NONE
#define UINT8 "other/tensors,types=(string)\"uint8,int32\""
#define WIDTH 200
#define HEIGHT 120

static const gchar *const orientations[] = {
  "rotate-0", "rotate-90", "rotate-180", "rotate-270",
  "flip-rotate-0", "flip-rotate-90", "flip-rotate-180", "flip-rotate-270",
};

static GstBuffer *
rgb_frame (GstClockTime pts)
{
  g_autofree guint8 *rgb = input_image (WIDTH, HEIGHT);
  GstBuffer *frame = gst_buffer_new_memdup (rgb, WIDTH * HEIGHT * 3);
  GST_BUFFER_PTS (frame) = pts;
  GST_BUFFER_DURATION (frame) = 40 * GST_MSECOND;
  return frame;
}

static void
push_tag (GstHarness *h, const gchar *orientation, GstTagScope scope)
{
  GstTagList *tags = gst_tag_list_new (GST_TAG_IMAGE_ORIENTATION, orientation,
      GST_TAG_TITLE, "title", NULL);
  gst_tag_list_set_scope (tags, scope);
  fail_unless (gst_harness_push_event (h, gst_event_new_tag (tags)));
}

static VideoTest *
begin (const gchar *props, const gchar *sink_caps)
{
  VideoTest *t = video_test_new (props, sink_caps);
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=200,height=120,"
      "framerate=25/1");
  return t;
}

/* The frame as videoflip turns it, tightly packed, and its size. */
static guint8 *
flipped (const gchar *orientation, guint *width, guint *height)
{
  GstHarness *h = gst_harness_new_parse ("videoflip video-direction=auto");
  gst_harness_set_src_caps_str (h, "video/x-raw,format=RGB,width=200,height=120,"
      "framerate=25/1");
  push_tag (h, orientation, GST_TAG_SCOPE_STREAM);
  fail_unless_equals_int (gst_harness_push (h, rgb_frame (0)), GST_FLOW_OK);
  GstBuffer *out = gst_harness_pull (h);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (h->sinkpad);
  GstVideoInfo info;
  GstVideoFrame frame;
  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless (gst_video_frame_map (&frame, &info, out, GST_MAP_READ));
  *width = info.width;
  *height = info.height;
  guint8 *rgb = g_malloc (*width * *height * 3);
  for (guint y = 0; y < *height; y++)
    memcpy (rgb + y * *width * 3, (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0)
        + y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0), *width * 3);
  gst_video_frame_unmap (&frame);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
  return rgb;
}

/* What comes out for a frame that is upright already. */
static GstBuffer *
converted (const guint8 *rgb, guint width, guint height)
{
  VideoTest *t = video_test_new ("sampling=all", UINT8);
  g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=RGB,width=%u,height=%u,"
      "framerate=25/1", width, height);
  gst_harness_set_src_caps_str (t->h, caps);
  gsize offset[GST_VIDEO_MAX_PLANES] = { 0 };
  gint stride[GST_VIDEO_MAX_PLANES] = { width * 3 };
  GstBuffer *frame = gst_buffer_new_memdup (rgb, width * height * 3);
  gst_buffer_add_video_meta_full (frame, 0, GST_VIDEO_FORMAT_RGB, width, height, 1, offset,
      stride);
  GST_BUFFER_PTS (frame) = 0;
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);
  GstBuffer *out = gst_harness_pull (t->h);
  video_test_free (t);
  return out;
}

static void
expect_equal (const gchar *what, GstBuffer *got, GstBuffer *want)
{
  for (guint i = 0; i < 2; i++) {
    GstMapInfo a, b;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (got, i), &a, GST_MAP_READ));
    fail_unless (gst_memory_map (gst_buffer_peek_memory (want, i), &b, GST_MAP_READ));
    fail_unless_equals_uint64 (a.size, b.size);
    for (gsize k = 0; k < a.size; k++)
      if (a.data[k] != b.data[k])
        ck_abort_msg ("%s: byte %" G_GSIZE_FORMAT " of tensor %u is %u, want %u", what, k, i,
            a.data[k], b.data[k]);
    gst_memory_unmap (a.memory, &a);
    gst_memory_unmap (b.memory, &b);
  }
}

/* The next frame comes out as videoflip would have turned it by @orientation. */
static void
expect_oriented (VideoTest *t, const gchar *what, const gchar *orientation)
{
  guint width, height;
  g_autofree guint8 *rgb = flipped (orientation, &width, &height);
  GstBuffer *want = converted (rgb, width, height);
  fail_unless_equals_int (gst_harness_push (t->h, rgb_frame (0)), GST_FLOW_OK);
  GstBuffer *got = gst_harness_pull (t->h);
  expect_equal (what, got, want);
  gst_buffer_unref (got);
  gst_buffer_unref (want);
}

GST_START_TEST (test_orientations)
{
  for (GstTagScope scope = GST_TAG_SCOPE_STREAM; scope <= GST_TAG_SCOPE_GLOBAL; scope++)
    for (guint threads = 1; threads <= 3; threads += 2) {
      g_autofree gchar *props = g_strdup_printf ("sampling=all n-threads=%u", threads);
      VideoTest *t = begin (props, UINT8);
      push_tag (t->h, orientations[__i__], scope);
      expect_oriented (t, orientations[__i__], orientations[__i__]);
      video_test_free (t);
    }
}

GST_END_TEST;

/* The stream's tag counts more, and a new stream forgets it. */
GST_START_TEST (test_scopes)
{
  VideoTest *t = begin ("sampling=all", UINT8);
  push_tag (t->h, "rotate-90", GST_TAG_SCOPE_STREAM);
  push_tag (t->h, "rotate-180", GST_TAG_SCOPE_GLOBAL);
  expect_oriented (t, "stream and global", "rotate-90");
  push_tag (t->h, "rotate-0", GST_TAG_SCOPE_STREAM);
  expect_oriented (t, "stream again", "rotate-0");
  gst_harness_push_event (t->h, gst_event_new_stream_start ("second"));
  expect_oriented (t, "next stream", "rotate-180");
  push_tag (t->h, "nonsense", GST_TAG_SCOPE_STREAM);
  expect_oriented (t, "unknown value", "rotate-180");
  video_test_free (t);
}

GST_END_TEST;

GST_START_TEST (test_auto_rotate_off)
{
  VideoTest *t = begin ("sampling=all auto-rotate=false", UINT8);
  push_tag (t->h, "rotate-90", GST_TAG_SCOPE_STREAM);
  expect_oriented (t, "off", "rotate-0");
  video_test_free (t);
}

GST_END_TEST;

/* A tag that has been applied does not go on; the others do. */
GST_START_TEST (test_tag_is_taken_away)
{
  for (guint on = 0; on < 2; on++) {
    VideoTest *t = begin (on ? NULL : "auto-rotate=false", UINT8);
    push_tag (t->h, "rotate-90", GST_TAG_SCOPE_STREAM);
    guint n_tags = 0;
    GstEvent *event;
    while ((event = gst_harness_try_pull_event (t->h))) {
      GstTagList *tags;
      if (GST_EVENT_TYPE (event) == GST_EVENT_TAG) {
        gst_event_parse_tag (event, &tags);
        fail_unless_equals_int (gst_tag_list_get_tag_size (tags, GST_TAG_TITLE), 1);
        fail_unless_equals_int (gst_tag_list_get_tag_size (tags, GST_TAG_IMAGE_ORIENTATION),
            !on);
        n_tags++;
      }
      gst_event_unref (event);
    }
    fail_unless_equals_int (n_tags, 1);
    video_test_free (t);
  }
}

GST_END_TEST;

/* A frame that is held was upright by the tag before. */
GST_START_TEST (test_held_frame)
{
  guint width, height;
  g_autofree guint8 *rgb = flipped ("rotate-0", &width, &height);
  GstBuffer *want = converted (rgb, width, height);
  VideoTest *t = video_test_new ("num-frames=2 total-frames=100", UINT8 ",role=clip");
  gst_harness_set_src_caps_str (t->h, "video/x-raw,format=RGB,width=200,height=120,"
      "framerate=25/1");
  gst_harness_push (t->h, rgb_frame (0));
  gst_buffer_unref (gst_harness_pull (t->h));
  gst_harness_push (t->h, rgb_frame (40 * GST_MSECOND));        /* held: it may be the last */
  push_tag (t->h, "rotate-90", GST_TAG_SCOPE_STREAM);
  video_test_end (t);
  GstBuffer *got = gst_harness_try_pull (t->h);
  fail_unless (got != NULL, "the held frame is gone");
  expect_equal ("held", got, want);
  gst_buffer_unref (got);
  gst_buffer_unref (want);
  video_test_free (t);
}

GST_END_TEST;

/* Pixels that are wider than high make a turned picture higher. */
GST_START_TEST (test_displayed_size_decides)
{
  const struct
  {
    const gchar *par, *orientation;
    guint columns;              /* of patches */
  } cases[] = {
    {"1/1", "rotate-0", 30}, {"1/1", "rotate-90", 18}, {"3/5", "rotate-90", 24},
    {"2/1", "rotate-270", 12}, {"2/1", "rotate-180", 45},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    VideoTest *t = video_test_new ("sampling=all", UINT8);
    g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=RGB,width=200,height=120,"
        "framerate=25/1,pixel-aspect-ratio=%s", cases[i].par);
    gst_harness_set_src_caps_str (t->h, caps);
    push_tag (t->h, cases[i].orientation, GST_TAG_SCOPE_STREAM);
    gst_harness_push (t->h, rgb_frame (0));
    GstBuffer *out = gst_harness_pull (t->h);
    GstMapInfo map;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 1), &map, GST_MAP_READ));
    const gint32 *position = (const gint32 *) map.data;
    guint columns = 0;
    while (position[2 * columns + 1] == 0)
      columns++;
    fail_unless (columns == cases[i].columns, "%s %s: %u columns, want %u", cases[i].par,
        cases[i].orientation, columns, cases[i].columns);
    gst_memory_unmap (map.memory, &map);
    gst_buffer_unref (out);
    video_test_free (t);
  }
}

GST_END_TEST;

static Suite *
videorotate_suite (void)
{
  Suite *s = suite_create ("videorotate");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_orientations, 0, G_N_ELEMENTS (orientations));
  tcase_add_test (t, test_scopes);
  tcase_add_test (t, test_auto_rotate_off);
  tcase_add_test (t, test_tag_is_taken_away);
  tcase_add_test (t, test_held_frame);
  tcase_add_test (t, test_displayed_size_decides);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  GstElementFactory *factory = gst_element_factory_find ("videoflip");
  if (!factory) {
    g_print ("SKIP: there is no element videoflip\n");
    return 77;
  }
  gst_object_unref (factory);
  return gst_check_run_suite (videorotate_suite (), "videorotate", __FILE__);
}
