/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer's pads come and go while it plays. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND
#define MS GST_MSECOND

/* The harness gives its request pad back. */
static void
drop_pad (Feed *feed, GstHarness *pad)
{
  g_ptr_array_remove (feed->pads, pad);
}

/* A released pad holds nothing up, and the same name can be asked for again. */
GST_START_TEST (test_release_and_request_again)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_0");
  GstHarness *video = feed_pad (feed, "video_0");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, FALSE);
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 1 * S, S);
  feed_sound (audio, 0, 2 * S);
  feed_prompt (prompt, "<|audio|>", 2 * S);
  feed_assert_no_pack (feed);
  drop_pad (feed, video);
  feed_assert_pack (feed, 2 * S, "", 50);

  video = feed_pad (feed, "video_0");
  feed_begin (feed, video, FALSE);
  feed_frames (video, 2 * S, 5 * S, S);
  feed_sound (audio, 2 * S, 4 * S);
  feed_prompt (prompt, "<|video|><|audio|>", 4 * S);
  feed_assert_pack (feed, 4 * S, "2 3", 100);
  feed_free (feed);
}

GST_END_TEST;

/* Pads may be asked for by template: the first free number. */
GST_START_TEST (test_names)
{
  Feed *feed = feed_new ("prompt", "What?", NULL);
  static const gchar *const asked[] = { "video_%u", "video_3", "video_%u", "audio_%u",
    "image_%u", "prompt"
  };
  static const gchar *const got[] = { "video_0", "video_3", "video_1", "audio_0",
    "image_0", "prompt"
  };
  for (guint i = 0; i < G_N_ELEMENTS (asked); i++) {
    g_autoptr (GstPad) pad = gst_element_request_pad_simple (feed->packer, asked[i]);
    fail_unless (pad != NULL, "no pad for %s", asked[i]);
    fail_unless_equals_string (GST_PAD_NAME (pad), got[i]);
  }
  feed_free (feed);
}

GST_END_TEST;

/* A pad that is linked late: it counts from its first buffer on. */
GST_START_TEST (test_linked_late)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|><|video|>", NULL);
  GstHarness *v0 = feed_pad (feed, "video_0");
  feed_begin (feed, v0, FALSE);
  feed_frames (v0, 0, 2 * S, S);
  GstHarness *v1 = feed_pad (feed, "video_1");
  feed_eos (v0);
  feed_assert_no_pack (feed);
  feed_begin (feed, v1, FALSE);
  feed_frames (v1, 5 * S, 6 * S, S);
  feed_eos (v1);
  feed_assert_pack (feed, 5040 * MS, "0 1 5", 0);
  feed_assert_no_message (feed, GST_MESSAGE_WARNING);
  feed_free (feed);
}

GST_END_TEST;

/* A pad that is unlinked in the middle of a recording ends there. */
GST_START_TEST (test_unlinked_while_playing)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|video|><|audio|>", "startup-timeout",
      50 * MS, NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  feed_frames (video, 0, 2 * S, S);
  feed_sound (audio, 0, 1 * S);
  feed_eos (video);
  g_autoptr (GstPad) sink = gst_pad_get_peer (audio->srcpad);
  gst_pad_unlink (audio->srcpad, sink);
  feed_assert_pack (feed, 1040 * MS, "0 1", 25);
  feed_free (feed);
}

GST_END_TEST;

/* A pad is released while its chain function waits for a prompt. */
static gpointer
push_until_refused (gpointer data)
{
  GstHarness *video = data;
  GstFlowReturn flow = GST_FLOW_OK;
  for (guint i = 0; flow == GST_FLOW_OK; i++) {
    GstBuffer *buffer = feed_frame_buffer (3, 3, i);
    GST_BUFFER_PTS (buffer) = i * S;
    flow = gst_pad_push (video->srcpad, buffer);
  }
  return GINT_TO_POINTER (flow);
}

GST_START_TEST (test_release_while_it_waits)
{
  Feed *feed = feed_new (NULL, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *video = feed_pad (feed, "video_0");
  feed_begin (feed, prompt, FALSE);
  feed_begin (feed, video, FALSE);
  GThread *thread = g_thread_new ("frames", push_until_refused, video);
  g_usleep (20000);
  g_autoptr (GstPad) sink = gst_pad_get_peer (video->srcpad);
  gst_element_release_request_pad (feed->packer, sink);
  GstFlowReturn flow = GPOINTER_TO_INT (g_thread_join (thread));
  fail_unless (flow == GST_FLOW_FLUSHING || flow == GST_FLOW_NOT_LINKED, "got %s",
      gst_flow_get_name (flow));
  feed_free (feed);
}

GST_END_TEST;

/* One that flushes is released: the stream goes on. */
GST_START_TEST (test_release_while_it_flushes)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|audio|>", NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  feed_frames (video, 0, 2 * S, S);
  gst_harness_push_event (video, gst_event_new_flush_start ());
  drop_pad (feed, video);
  feed_sound (audio, 0, 1 * S);
  feed_eos (audio);
  feed_assert_pack (feed, 1 * S, "", 25);
  feed_free (feed);
}

GST_END_TEST;

static GstPadProbeReturn
release_on_flush (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Feed *feed = data;
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_FLUSH_START)
    return GST_PAD_PROBE_OK;
  g_autoptr (GstPad) video = gst_element_get_static_pad (feed->packer, "video_0");
  gst_element_release_request_pad (feed->packer, video);
  return GST_PAD_PROBE_REMOVE;
}

/* The same while the flush is on its way: its end must not overtake its start. */
GST_START_TEST (test_release_while_its_flush_starts)
{
  Feed *feed = feed_new ("chat", FALSE, "prompt", "<|audio|>", NULL);
  GstHarness *video = feed_pad (feed, "video_0"), *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, video, FALSE);
  feed_begin (feed, audio, FALSE);
  feed_frames (video, 0, 2 * S, S);
  gst_pad_add_probe (feed->out->sinkpad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, release_on_flush,
      feed, NULL);
  gst_harness_push_event (video, gst_event_new_flush_start ());
  feed_sound (audio, 0, 1 * S);
  feed_eos (audio);
  feed_assert_pack (feed, 1 * S, "", 25);
  feed_free (feed);
}

GST_END_TEST;

static gpointer
come_and_go (gpointer data)
{
  Feed *feed = data;
  for (guint i = 0; i < 200; i++) {
    g_autoptr (GstPad) pad = gst_element_request_pad_simple (feed->packer,
        i % 2 ? "video_%u" : "audio_%u");
    g_thread_yield ();
    gst_element_release_request_pad (feed->packer, pad);
  }
  return NULL;
}

/* Pads come and go in two threads while packs are made and states change. */
GST_START_TEST (test_stress)
{
  Feed *feed = feed_new ("chat", FALSE, "startup-timeout", 10 * MS, NULL);
  GstHarness *prompt = feed_pad (feed, "prompt"), *audio = feed_pad (feed, "audio_7");
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, TRUE);
  GThread *threads[2];
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("pads", come_and_go, feed);
  for (guint i = 0; i < 20; i++) {
    feed_sound (audio, i * S, (i + 1) * S);
    feed_prompt (prompt, "<|audio|>", GST_CLOCK_TIME_NONE);
    g_thread_yield ();
  }
  for (guint i = 0; i < 10; i++) {
    gst_element_set_state (feed->packer, GST_STATE_READY);
    gst_element_set_state (feed->packer, GST_STATE_PLAYING);
  }
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  feed_begin_bytes (feed, prompt);
  feed_begin (feed, audio, TRUE);
  while (gst_harness_buffers_in_queue (feed->out))
    gst_buffer_unref (feed_pull (feed));
  feed_sound (audio, 0, 1 * S);
  feed_prompt (prompt, "<|audio|>", GST_CLOCK_TIME_NONE);
  feed_assert_pack (feed, 1 * S, "", 25);
  feed_free (feed);
}

GST_END_TEST;

static gpointer
link_and_unlink (gpointer data)
{
  GstPad *sink = data;
  GstPad *src = gst_pad_new ("src", GST_PAD_SRC);
  gst_pad_set_active (src, TRUE);
  for (guint i = 0; i < 20000; i++) {
    gst_pad_link (src, sink);
    gst_pad_unlink (src, sink);
  }
  gst_object_unref (src);
  return NULL;
}

/* Unlinking holds the pad's lock while the task holds the packer's: neither may
 * want the other's. */
GST_START_TEST (test_link_and_unlink)
{
  Feed *feed = feed_new ("prompt", "a", NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "trigger", "prompt");
  GstHarness *video = feed_pad (feed, "video_0");
  GstPad *prompt = gst_element_request_pad_simple (feed->packer, "prompt");
  feed_begin (feed, video, TRUE);
  GThread *thread = g_thread_new ("link", link_and_unlink, prompt);
  for (guint i = 0; i < 300; i++)
    feed_gap (video, i * GST_MSECOND, GST_MSECOND);
  g_thread_join (thread);
  gst_object_unref (prompt);
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packerpads_suite (void)
{
  Suite *s = suite_create ("packerpads");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_release_and_request_again);
  tcase_add_test (t, test_names);
  tcase_add_test (t, test_linked_late);
  tcase_add_test (t, test_unlinked_while_playing);
  tcase_add_test (t, test_release_while_it_waits);
  tcase_add_test (t, test_release_while_it_flushes);
  tcase_add_test (t, test_release_while_its_flush_starts);
  tcase_add_test (t, test_link_and_unlink);
  tcase_add_test (t, test_stress);
  return s;
}

GST_CHECK_MAIN (packerpads);
