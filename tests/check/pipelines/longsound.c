/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* A recording longer than 30 s: a pack has what upstream's converters make of it, the
 * first 30 s, byte for byte what mode=clip gives. */

#include "line.h"

#include <string.h>

#define SOUND "audiotestsrc freq=441.3 num-buffers=330 samplesperbuffer=1600 ! " \
  "audio/x-raw,rate=16000,channels=1,format=S16LE ! "

static const gchar *const queues[] = { "", "queue !" };
static const gchar *const targets[] = { "kerashub", "transformers" };

static GstBuffer *
pull_one (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "EOS without a buffer");
  GstBuffer *buffer = gst_buffer_ref (gst_sample_get_buffer (sample));
  gst_sample_unref (sample);
  return buffer;
}

static void
check (guint target, const gchar *queue)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *clip_line = g_strdup_printf (SOUND "gemma4audioconv mode=clip ! "
      "other/tensors,target=%s ! appsink name=out sync=false", targets[target]);
  g_autofree gchar *pack_line = g_strdup_printf (SOUND "%s gemma4audioconv ! gemma4packer "
      "target=%s tokenizer=%s prompt=What? ! appsink name=out sync=false async=false", queue,
      targets[target], tokenizer);
  GstElement *pipeline = line_parse (clip_line);
  GstBuffer *clip = pull_one (pipeline);
  line_free (pipeline);
  pipeline = line_parse (pack_line);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstBuffer *pack = pull_one (pipeline);

  GstMapInfo got, want;
  pack_map (pack, target ? "input_features" : "audio_mel", target ? "float32 [1, 2999, 128]"
      : "float32 [1, 1, 3000, 128]", &got);
  fail_unless (gst_memory_map (gst_buffer_peek_memory (clip, 0), &want, GST_MAP_READ));
  fail_unless_equals_int (got.size, want.size);
  fail_unless (memcmp (got.data, want.data, got.size) == 0, "the rows are not those of mode=clip");
  gst_memory_unmap (got.memory, &got);
  gst_memory_unmap (want.memory, &want);
  g_autoptr (GstMessage) warning = gst_bus_timed_pop_filtered (bus, LINE_TIMEOUT,
      GST_MESSAGE_WARNING);
  fail_unless (warning != NULL, "gst-launch would print nothing");
  gst_buffer_unref (clip);
  gst_buffer_unref (pack);
  line_free (pipeline);
}

GST_START_TEST (test_first_of_a_recording)
{
  check (__i__ % 2, queues[__i__ / 2]);
}

GST_END_TEST;

static Suite *
longsound_suite (void)
{
  Suite *s = suite_create ("longsound");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_first_of_a_recording, 0, 4);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("audiotestsrc", "appsink", "queue", NULL);
  return gst_check_run_suite (longsound_suite (), "longsound", __FILE__);
}
