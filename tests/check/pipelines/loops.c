/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loops by segment seeks without a flush, at several rates, with a resampler before
 * gemma4audioconv: it gives what it still has of a pass when the next one comes. */

#include "line.h"

#define S GST_SECOND
#define MS GST_MSECOND

static const gchar *const queues[] = { "", "queue !" };
static const gchar *const targets[] = { "kerashub", "transformers" };
static const gdouble rates[] = { 1.0, 0.5, 1.5, 2.0 };

static GstElement *
line_new (const gchar *queue, const gchar *target)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("videotestsrc ! "
      "video/x-raw,width=96,height=96,framerate=10/1 ! %s gemma4videoconv ! p.video_0 "
      "audiotestsrc samplesperbuffer=441 ! audio/x-raw,rate=44100,channels=1 ! %s "
      "audioresample quality=10 ! gemma4audioconv ! p.audio_0 gemma4packer name=p target=%s "
      "tokenizer=%s prompt=What? ! appsink name=out sync=false async=false", queue, queue,
      target, tokenizer);
  return line_parse (line);
}

static gboolean
play_segment (GstElement *pipeline, gdouble rate, GstSeekFlags flags)
{
  return gst_element_seek (pipeline, rate, GST_FORMAT_TIME,
      GST_SEEK_FLAG_SEGMENT | GST_SEEK_FLAG_ACCURATE | flags, GST_SEEK_TYPE_SET, 0,
      GST_SEEK_TYPE_SET, 3 * S);
}

/* Sources can be sought once they have begun. */
static void
begin (GstElement *pipeline, gdouble rate)
{
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  for (guint i = 0; !play_segment (pipeline, rate, GST_SEEK_FLAG_FLUSH); i++) {
    fail_unless (i < 500, "the seek was refused");
    g_usleep (10000);
  }
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
}

static GstPadProbeReturn
count_ends (GstPad *pad, GstPadProbeInfo *info, gpointer n_ends)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_SEGMENT_DONE)
    g_atomic_int_inc ((gint *) n_ends);
  return GST_PAD_PROBE_OK;
}

/* The packer tells the end of a pass once; messages of the bin may come for each source. */
static void
wait_for_ends (const gint *n_ends, gint n)
{
  for (guint i = 0; g_atomic_int_get (n_ends) < n; i++) {
    fail_unless (i < 2000, "no SEGMENT_DONE came");
    g_usleep (10000);
  }
}

static GstMessage *
wait_for_packed (GstBus *bus)
{
  for (;;) {
    GstMessage *message = gst_bus_timed_pop_filtered (bus, LINE_TIMEOUT,
        GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);
    fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT,
        "no gemma4-packed came");
    if (gst_structure_has_name (gst_message_get_structure (message), "gemma4-packed"))
      return message;
    gst_message_unref (message);
  }
}

static guint64
field (const GstStructure *s, const gchar *name)
{
  guint64 value = 0;
  fail_unless (gst_structure_get_uint64 (s, name, &value), "there is no %s", name);
  return value;
}

/* Each pass of three seconds has its own sound and stamps, and ends where it should. */
static void
assert_pass (const GstStructure *packed, GstBuffer *pack, guint pass, gdouble rate)
{
  GstClockTime stop = field (packed, "window-stop"), want = (pass + 1) * 3 * S / rate;
  fail_unless_equals_uint64 (field (packed, "n-audio-tokens"), 75);
  fail_unless (stop + 1 * MS > want && stop < want + 1 * MS, "pass %u at rate %g ends at %"
      GST_TIME_FORMAT ", want %" GST_TIME_FORMAT, pass, rate, GST_TIME_ARGS (stop),
      GST_TIME_ARGS (want));
  guint64 stream_time = field (packed, "stream-time");
  fail_unless (stream_time + 2 * MS > 3 * S && stream_time < 3 * S + 2 * MS,
      "the stream time is %" G_GUINT64_FORMAT, stream_time);
  guint n = pack_meta_length (pack, "frame-stamps");
  fail_unless_equals_int (n, 30);
  fail_unless_equals_string (pack_meta_string (pack, "frame-stamps", 0), "00:00");
  fail_unless_equals_string (pack_meta_string (pack, "frame-stamps", 15), "00:01");
  fail_unless_equals_string (pack_meta_string (pack, "frame-stamps", n - 1), "00:02");
}

GST_START_TEST (test_passes)
{
  gdouble rate = rates[__i__ / 4];
  GstElement *pipeline = line_new (queues[__i__ % 2], targets[__i__ / 2 % 2]);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  gint n_ends = 0;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, count_ends, &n_ends, NULL);
  begin (pipeline, rate);
  for (guint pass = 0; pass < 4; pass++) {
    GstSample *sample = line_pull (pipeline);
    fail_unless (sample != NULL, "EOS without pack %u", pass);
    g_autoptr (GstMessage) message = wait_for_packed (bus);
    assert_pass (gst_message_get_structure (message), gst_sample_get_buffer (sample), pass, rate);
    gst_sample_unref (sample);
    wait_for_ends (&n_ends, pass + 1);
    fail_unless (play_segment (pipeline, rate, 0));
  }
  line_free (pipeline);
}

GST_END_TEST;

static Suite *
loops_suite (void)
{
  Suite *s = suite_create ("loops");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_passes, 0, 4 * G_N_ELEMENTS (rates));
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("videotestsrc", "audiotestsrc", "audioresample", "appsink", "queue", NULL);
  return gst_check_run_suite (loops_suite (), "loops", __FILE__);
}
