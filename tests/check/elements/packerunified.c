/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer with the 12B, which has no encoders: raw samples and raw pixels. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define SAMPLES 640             /* of a row */
#define PIXELS 6912             /* values of a patch, 48 x 48 x 3 */
#define ROWS 4                  /* of a buffer of sound */
#define PATCHES 70              /* of a padded frame */

static void
begin (Feed *feed, GstHarness *pad, const gchar *types, const gchar *dimensions)
{
  g_autofree gchar *caps = g_strdup_printf ("other/tensors, format=(string)static, "
      "num_tensors=(int)2, types=(string)\"%s\", dimensions=(string)\"%s\", "
      "framerate=(fraction)0/1", types, dimensions);
  if (!feed->out)
    feed->out = gst_harness_new_with_element (feed->packer, NULL, "src");
  gst_harness_push_event (pad, gst_event_new_stream_start ("media"));
  gst_harness_set_src_caps_str (pad, caps);
}

static void
push (GstHarness *pad, gpointer first, gsize first_bytes, gpointer second,
    gsize second_bytes, GstClockTime pts, GstClockTime duration)
{
  GstBuffer *buffer = gst_buffer_new ();
  gst_buffer_append_memory (buffer, gst_memory_new_wrapped (0, first, first_bytes, 0,
          first_bytes, first, g_free));
  gst_buffer_append_memory (buffer, gst_memory_new_wrapped (0, second, second_bytes, 0,
          second_bytes, second, g_free));
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  fail_unless_equals_int (gst_harness_push (pad, buffer), GST_FLOW_OK);
}

/* Row t of the buffer has the value @value + t. */
static void
push_sound (GstHarness *pad, GstClockTime pts, guint n_samples, gfloat value)
{
  gfloat *rows = g_new (gfloat, ROWS * SAMPLES);
  gint32 *mask = g_new (gint32, ROWS);
  for (guint i = 0; i < ROWS * SAMPLES; i++)
    rows[i] = value + i / SAMPLES;
  for (guint t = 0; t < ROWS; t++)
    mask[t] = t * SAMPLES < n_samples;
  push (pad, rows, ROWS * SAMPLES * sizeof *rows, mask, ROWS * sizeof *mask, pts,
      gst_util_uint64_scale (n_samples, GST_SECOND, 16000));
}

/* A frame of 3 x 2 patches. */
static void
push_frame (GstHarness *pad, GstClockTime pts, guint8 value)
{
  guint8 *pixels = g_malloc0 (PATCHES * PIXELS);
  gint32 *positions = g_new (gint32, PATCHES * 2);
  memset (pixels, value, 6 * PIXELS);
  for (gint p = 0; p < PATCHES; p++) {
    positions[2 * p] = p < 6 ? p % 3 : -1;
    positions[2 * p + 1] = p < 6 ? p / 3 : -1;
  }
  push (pad, pixels, PATCHES * PIXELS, positions, PATCHES * 2 * sizeof *positions, pts,
      40 * GST_MSECOND);
}

static Feed *
new_feed (const gchar *prompt)
{
  return feed_new ("preset", "gemma4_12b", "chat", FALSE, "prompt", prompt, NULL);
}

/* 3560 samples are five rows and a piece of one; each is a soft token. */
GST_START_TEST (test_sound)
{
  Feed *feed = new_feed ("<|audio|>What?");
  GstHarness *audio = feed_pad (feed, "audio_0");
  GstMapInfo map;
  begin (feed, audio, "float32,int32", "640:4,4");
  push_sound (audio, 0, 4 * SAMPLES, 10);
  push_sound (audio, 160 * GST_MSECOND, 1000, 14);
  feed_eos (audio);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "<|audio><|audio|>*6<audio|>What?");
  feed_tensor (pack, "input_features", &map);
  fail_unless_equals_uint64 (map.size, 6 * SAMPLES * sizeof (gfloat));
  for (guint i = 0; i < 6 * SAMPLES; i++)
    fail_unless (((gfloat *) map.data)[i] == 10 + i / SAMPLES, "sample %u is %g, not %u", i,
        ((gfloat *) map.data)[i], 10 + i / SAMPLES);
  gst_memory_unmap (map.memory, &map);
  feed_tensor (pack, "input_features_mask", &map);
  fail_unless_equals_uint64 (map.size, 6);
  for (guint t = 0; t < 6; t++)
    fail_unless (map.data[t] == 1, "mask of row %u is %u", t, map.data[t]);
  gst_memory_unmap (map.memory, &map);
  feed_assert_caps (feed, "other/tensors,target=transformers,"
      "names=\"input_ids,attention_mask,mm_token_type_ids,input_features,"
      "input_features_mask\"");
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* Every patch is a soft token. */
GST_START_TEST (test_video)
{
  Feed *feed = new_feed ("<|video|>What?");
  GstHarness *video = feed_pad (feed, "video_0");
  GstMapInfo map;
  begin (feed, video, "uint8,int32", "6912:70,2:70");
  push_frame (video, 0, 51);
  push_frame (video, GST_SECOND, 255);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "00:00 <|image><|video|>*6<image|> "
      "00:01 <|image><|video|>*6<image|>What?");
  feed_tensor (pack, "pixel_values_videos", &map);
  fail_unless_equals_uint64 (map.size, 2 * PATCHES * PIXELS * sizeof (gfloat));
  const gfloat *pixels = (const gfloat *) map.data;
  for (guint i = 0; i < 2 * PATCHES * PIXELS; i++) {
    guint frame = i / (PATCHES * PIXELS), patch = i / PIXELS % PATCHES;
    gfloat want = patch >= 6 ? 0 : frame ? 1 : 51 / 255.0f;
    fail_unless (pixels[i] == want, "value %u of patch %u of frame %u is %g, not %g",
        i % PIXELS, patch, frame, pixels[i], want);
  }
  gst_memory_unmap (map.memory, &map);
  feed_tensor (pack, "video_position_ids", &map);
  fail_unless_equals_uint64 (map.size, 2 * PATCHES * 2 * sizeof (gint64));
  const gint64 *positions = (const gint64 *) map.data;
  fail_unless_equals_int (positions[2 * 5], 2);
  fail_unless_equals_int (positions[2 * 5 + 1], 1);
  fail_unless_equals_int (positions[2 * 6], -1);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (pack);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerunified_suite (void)
{
  Suite *s = suite_create ("packerunified");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_sound);
  tcase_add_test (t, test_video);
  return s;
}

GST_CHECK_MAIN (packerunified);
