/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where GStreamer has GstTensorMeta, a pack carries one over its own memories. */

#include "feed.h"

#include <gst/check/gstcheck.h>

#define GST_USE_UNSTABLE_API
#include <gst/analytics/analytics.h>

GST_START_TEST (test_tensor_meta)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frame (video, 0, 3, 3, 51);
  gst_harness_push_event (video, gst_event_new_eos ());
  GstBuffer *pack = feed_pull (feed);
  GstTensorMeta *meta = gst_buffer_get_tensor_meta (pack);
  fail_unless (meta != NULL, "the pack has no GstTensorMeta");
  fail_unless_equals_int (meta->num_tensors, gst_buffer_n_memory (pack));

  gint i = gst_tensor_meta_get_index_from_id (meta,
      g_quark_from_static_string ("gemma4-pixel-values"));
  fail_unless (i >= 0, "no gemma4-pixel-values among %" G_GSIZE_FORMAT, meta->num_tensors);
  const GstTensor *pixels = gst_tensor_meta_get (meta, i);
  const gsize dims[] = { 1, 1, FEED_ROWS, 768 };
  gsize rank;
  const gsize *got = gst_tensor_get_dims ((GstTensor *) pixels, &rank);
  fail_unless_equals_int (rank, G_N_ELEMENTS (dims));
  for (guint d = 0; d < rank; d++)
    fail_unless_equals_int (got[d], dims[d]);
  fail_unless_equals_int (pixels->data_type, GST_TENSOR_DATA_TYPE_FLOAT32);
  gfloat value;
  gst_buffer_extract (pixels->data, 0, &value, sizeof value);
  fail_unless_equals_float (value, 51 / 255.0f);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
analytics_suite (void)
{
  Suite *s = suite_create ("analytics");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_tensor_meta);
  return s;
}

GST_CHECK_MAIN (analytics);
