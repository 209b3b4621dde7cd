/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4packer's training tensors: responses from the property and the pad. */

#include "feed.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

#define S GST_SECOND

/* The ids that the model is trained on: y where sample_weight is set, or labels
 * that are not -100; as text to compare. */
static gchar *
trained (GstBuffer *pack, gboolean kerashub)
{
  GstMapInfo ids, weights;
  GString *text = g_string_new (NULL);
  feed_tensor (pack, kerashub ? "y" : "labels", &ids);
  if (!kerashub) {
    for (gsize i = 0; i < ids.size / 8; i++) {
      if (((gint64 *) ids.data)[i] != -100)
        g_string_append_printf (text, "%d ", (gint) ((gint64 *) ids.data)[i]);
    }
  } else {
    feed_tensor (pack, "sample_weight", &weights);
    for (gsize i = 0; i < weights.size; i++) {
      if (weights.data[i])
        g_string_append_printf (text, "%d ", ((gint32 *) ids.data)[i]);
    }
    gst_memory_unmap (weights.memory, &weights);
  }
  gst_memory_unmap (ids.memory, &ids);
  return g_string_free (text, FALSE);
}

/* What the tokenizer makes of @text, and the end token. */
static gchar *
expected (Feed *feed, const gchar *text, gboolean end)
{
  g_autofree gchar *path = NULL;
  Gemma4Tokenizer *tokenizer;
  Gemma4Ids ids = { NULL };
  GString *list = g_string_new (NULL);
  g_object_get (feed->packer, "tokenizer", &path, NULL);
  fail_unless (gemma4_tokenizer_open (path, &tokenizer, NULL) == GEMMA4_OK);
  fail_unless (gemma4_tokenizer_encode (tokenizer, text, strlen (text), &ids, NULL)
      == GEMMA4_OK);
  for (gsize i = 0; i < ids.n_ids; i++)
    g_string_append_printf (list, "%d ", ids.ids[i]);
  if (end)
    g_string_append_printf (list, "%d ", gemma4_tokenizer_special_ids (tokenizer)->eos);
  gemma4_ids_clear (&ids);
  gemma4_tokenizer_free (tokenizer);
  return g_string_free (list, FALSE);
}

static void
assert_trained (Feed *feed, const gchar *text, gboolean kerashub, gboolean end)
{
  GstBuffer *pack = feed_pull (feed);
  g_autofree gchar *got = trained (pack, kerashub);
  g_autofree gchar *want = expected (feed, text, end);
  fail_unless_equals_string (got, want);
  gst_buffer_unref (pack);
}

static const struct
{
  gboolean kerashub, chat, end;
  const gchar *response, *text;
} responses[] = {
  {TRUE, FALSE, TRUE, "A cat.", "A cat."},
  {TRUE, FALSE, FALSE, "A cat.", "A cat."},
  {TRUE, TRUE, TRUE, "  A cat. ", "A cat.<turn|>\n"},
  {TRUE, FALSE, TRUE, "", ""},
  {FALSE, FALSE, TRUE, "A cat.", "A cat."},
  {FALSE, TRUE, FALSE, "A cat.", "A cat.<turn|>\n"},
};

/* The property's response, as it is and as a turn of a chat. */
GST_START_TEST (test_response_property)
{
  gboolean kerashub = responses[__i__].kerashub;
  Feed *feed = feed_new ("prompt", "What is it? <|audio|>", "response",
      responses[__i__].response, "chat", responses[__i__].chat, "add-end-token",
      responses[__i__].end, "target", kerashub ? GEMMA4_TARGET_KERASHUB :
      GEMMA4_TARGET_TRANSFORMERS, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "mode", "train");
  GstHarness *audio = feed_pad (feed, "audio_0");
  feed_begin (feed, audio, FALSE);
  feed_sound (audio, 0, 1 * S);
  feed_eos (audio);
  assert_trained (feed, responses[__i__].text, kerashub, responses[__i__].end);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* The example of KerasHub's documentation: four frames whose places in their source
 * are known, all in its first second, an empty response, and only its end is trained. */
GST_START_TEST (test_kerashub_example)
{
  Feed *feed = feed_new ("prompt", "Describe this video: <|video|>", "response", "", "chat",
      FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "mode", "train");
  GstHarness *video = feed_pad (feed, "video_0");
  g_autoptr (GstStructure) metadata = gst_structure_from_string (
      "metadata,frames-indices=<0,8,16,24>,fps=30.0", NULL);
  gst_child_proxy_set (GST_CHILD_PROXY (feed->packer), "video_0::video-metadata", metadata,
      NULL);
  feed_begin (feed, video, FALSE);
  feed_frames (video, 0, 4 * S, S);
  feed_eos (video);
  GstBuffer *pack = feed_pull (feed);
  feed_assert_prompt (pack, "Describe this video: 00:00 <|image><|video|><image|> "
      "00:00 <|image><|video|><image|> 00:00 <|image><|video|><image|> "
      "00:00 <|image><|video|><image|>");
  g_autofree gchar *got = trained (pack, TRUE);
  g_autofree gchar *want = expected (feed, "", TRUE);
  fail_unless_equals_string (got, want);
  gst_buffer_unref (pack);
  feed_free (feed);
}

GST_END_TEST;

/* Each prompt goes with the response of its number, whichever comes first; one
 * that is refused takes its response with it. */
GST_START_TEST (test_response_pad)
{
  Feed *feed = feed_new ("chat", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "mode", "train");
  gst_util_set_object_arg (G_OBJECT (feed->packer), "on-bad-prompt", "drop");
  GstHarness *prompt = feed_pad (feed, "prompt"), *response = feed_pad (feed, "response");
  feed_begin_bytes (feed, prompt);
  feed_begin_bytes (feed, response);
  feed_prompt (prompt, "one", GST_CLOCK_TIME_NONE);
  feed_assert_no_pack (feed);
  feed_prompt (response, "uno", GST_CLOCK_TIME_NONE);
  assert_trained (feed, "uno", TRUE, TRUE);
  feed_prompt (response, "dos", GST_CLOCK_TIME_NONE);
  feed_prompt (response, "tres", GST_CLOCK_TIME_NONE);
  feed_prompt (prompt, "\xff", GST_CLOCK_TIME_NONE);
  feed_prompt (prompt, "three", GST_CLOCK_TIME_NONE);
  assert_trained (feed, "tres", TRUE, TRUE);
  feed_prompt (prompt, "four", GST_CLOCK_TIME_NONE);
  feed_assert_no_pack (feed);
  feed_eos (response);
  assert_trained (feed, "", TRUE, TRUE);
  feed_eos (prompt);
  feed_assert_eos (feed);
  feed_free (feed);
}

GST_END_TEST;

/* overflow=truncate says what it cut. */
GST_START_TEST (test_truncated)
{
  Feed *feed = feed_new ("chat", FALSE, "response", "a b c", "max-images-per-prompt", 0,
      "sequence-length", 8, NULL);
  gst_util_set_object_arg (G_OBJECT (feed->packer), "mode", "train");
  gst_util_set_object_arg (G_OBJECT (feed->packer), "overflow", "truncate");
  GstHarness *prompt = feed_pad (feed, "prompt");
  feed_begin_bytes (feed, prompt);
  feed_prompt (prompt, "one two three four five six seven", GST_CLOCK_TIME_NONE);
  gst_buffer_unref (feed_pull (feed));
  feed_assert_dropped_of (feed, "truncated", "prompt");
  feed_free (feed);
}

GST_END_TEST;

static Suite *
packertrain_suite (void)
{
  Suite *s = suite_create ("packertrain");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_response_property, 0, G_N_ELEMENTS (responses));
  tcase_add_test (t, test_kerashub_example);
  tcase_add_test (t, test_response_pad);
  tcase_add_test (t, test_truncated);
  return s;
}

GST_CHECK_MAIN (packertrain);
