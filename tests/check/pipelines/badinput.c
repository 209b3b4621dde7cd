/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a user is told when the line or its media is wrong: the text of the error
 * on the bus, which says what was expected, what came and what to do. */

#include "line.h"

#include <glib/gstdio.h>
#include <string.h>

#define VIDEO "videotestsrc num-buffers=3 ! video/x-raw,width=96,height=96 ! " \
    "gemma4videoconv %s ! p.video_0 gemma4packer name=p %s ! fakesink"

/* A file that is gone when the test ends. */
typedef struct
{
  gchar *path;
} TempFile;

static TempFile
temp_file (gconstpointer data, gsize n_bytes)
{
  TempFile file;
  gint fd = g_file_open_tmp ("gemma4-XXXXXX", &file.path, NULL);
  fail_unless (fd >= 0);
  g_close (fd, NULL);
  fail_unless (g_file_set_contents (file.path, data, n_bytes, NULL));
  return file;
}

static void
temp_file_clear (TempFile *file)
{
  g_unlink (file->path);
  g_free (file->path);
}

static gchar *
play (const gchar *line)
{
  GstElement *pipeline = line_parse (line);
  gchar *error = line_play (pipeline);
  line_free (pipeline);
  return error;
}

/* The line fails, and each of the words is in what it says. */
static void
expect_error (const gchar *line, const gchar *first_word, ...)
{
  g_autofree gchar *error = play (line);
  fail_unless (error != NULL, "no error from: %s", line);
  va_list args;
  va_start (args, first_word);
  for (const gchar *word = first_word; word; word = va_arg (args, const gchar *))
    fail_unless (strstr (error, word) != NULL, "the error lacks \"%s\": %s", word, error);
  va_end (args);
}

static gchar *
video_line (const gchar *converter, const gchar *packer)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *all = g_strdup_printf ("tokenizer=%s %s", tokenizer, packer);
  return g_strdup_printf (VIDEO, converter, all);
}

GST_START_TEST (test_no_tokenizer)
{
  g_autofree gchar *line = g_strdup_printf (VIDEO, "", "prompt=What?");
  expect_error (line, "p: ", "tokenizer=", "vocabulary.spm", NULL);
}

GST_END_TEST;

GST_START_TEST (test_tokenizer_is_missing)
{
  g_autofree gchar *line = g_strdup_printf (VIDEO, "", "prompt=What? tokenizer=/no/such.spm");
  expect_error (line, "/no/such.spm", "No such file", NULL);
}

GST_END_TEST;

/* Cut short, empty, or something else. */
GST_START_TEST (test_tokenizer_is_damaged)
{
  g_autofree gchar *path = line_example (__i__ == 2 ? "sample.webm" : "demo-tokenizer.spm");
  g_autofree gchar *contents = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (path, &contents, &n_bytes, NULL));
  gsize sizes[] = { 0, n_bytes / 2, n_bytes };
  TempFile file = temp_file (contents, sizes[__i__]);
  g_autofree gchar *packer = g_strdup_printf ("prompt=What? tokenizer=%s", file.path);
  g_autofree gchar *line = g_strdup_printf (VIDEO, "", packer);
  expect_error (line, file.path, __i__ == 0 ? "empty" : "damaged", NULL);
  temp_file_clear (&file);
}

GST_END_TEST;

GST_START_TEST (test_no_prompt)
{
  g_autofree gchar *line = video_line ("", "");
  expect_error (line, "prompt=", "prompt pad", NULL);
}

GST_END_TEST;

/* A byte that no UTF-8 has, in the property. */
GST_START_TEST (test_prompt_is_not_utf8)
{
  g_autofree gchar *line = video_line ("", "");
  GstElement *pipeline = line_parse (line);
  g_object_set (line_find (pipeline, "gemma4packer"), "prompt", "caf\xe9?", NULL);
  g_autofree gchar *error = line_play (pipeline);
  fail_unless (error && strstr (error, "UTF-8") && strstr (error, "byte 3"), "got: %s",
      error);
  line_free (pipeline);
}

GST_END_TEST;

/* The same on the prompt pad. */
GST_START_TEST (test_prompt_on_the_pad_is_not_utf8)
{
  TempFile file = temp_file ("caf\xe9?\n", 6);
  g_autofree gchar *line = video_line ("", "");
  g_autofree gchar *all = g_strdup_printf ("%s filesrc location=%s ! "
      "text/x-raw,format=utf8 ! p.prompt", line, file.path);
  expect_error (all, "UTF-8", "byte 3", NULL);
  temp_file_clear (&file);
}

GST_END_TEST;

GST_START_TEST (test_placeholder_without_media)
{
  g_autofree gchar *line = video_line ("", "chat=false prompt=\"<|video|> and <|audio|>?\"");
  expect_error (line, "<|audio|>", "1", "audio pad", NULL);
}

GST_END_TEST;

GST_START_TEST (test_media_without_placeholder)
{
  g_autofree gchar *line = video_line ("", "chat=false prompt=What?");
  expect_error (line, "<|video|>", "1 video", "chat form", NULL);
}

GST_END_TEST;

GST_START_TEST (test_max_soft_tokens)
{
  g_autofree gchar *line = video_line ("max-soft-tokens=100", "prompt=What?");
  expect_error (line, "max-soft-tokens", "100", "70, 140, 280, 560 or 1120", NULL);
}

GST_END_TEST;

GST_START_TEST (test_unknown_preset)
{
  g_autofree gchar *line = video_line ("", "prompt=What? preset=gemma5");
  expect_error (line, "gemma5", "gemma4_instruct_2b", NULL);
}

GST_END_TEST;

/* One second of silence as a WAV file. */
static TempFile
wav_file (guint rate_hz, guint n_channels)
{
  guint32 n_bytes = rate_hz * n_channels * 2;
  g_autofree guint8 *wav = g_malloc0 (44 + n_bytes);
  memcpy (wav, "RIFF    WAVEfmt ", 16);
  GST_WRITE_UINT32_LE (wav + 4, 36 + n_bytes);
  GST_WRITE_UINT32_LE (wav + 16, 16);
  GST_WRITE_UINT16_LE (wav + 20, 1);
  GST_WRITE_UINT16_LE (wav + 22, n_channels);
  GST_WRITE_UINT32_LE (wav + 24, rate_hz);
  GST_WRITE_UINT32_LE (wav + 28, rate_hz * n_channels * 2);
  GST_WRITE_UINT16_LE (wav + 32, n_channels * 2);
  GST_WRITE_UINT16_LE (wav + 34, 16);
  memcpy (wav + 36, "data", 4);
  GST_WRITE_UINT32_LE (wav + 40, n_bytes);
  return temp_file (wav, 44 + n_bytes);
}

static gchar *
wav_line (const TempFile *file, const gchar *between, const gchar *packer)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  return g_strdup_printf ("filesrc location=%s ! wavparse ! %s gemma4audioconv ! p.audio_0 "
      "gemma4packer name=p tokenizer=%s prompt=What? %s ! fakesink", file->path, between,
      tokenizer, packer);
}

/* However it is linked: no line just says that it could not be. */
static const gchar *const links[] = { "", "audio/x-raw,rate=8000 !", "decodebin !",
  "decodebin ! audioconvert !" };

GST_START_TEST (test_sound_of_another_rate)
{
  TempFile file = wav_file (8000, 1);
  g_autofree gchar *line = wav_line (&file, links[__i__], "");
  expect_error (line, "16000", "8000", "audioresample", NULL);
  temp_file_clear (&file);
}

GST_END_TEST;

GST_START_TEST (test_sound_of_two_channels)
{
  TempFile file = wav_file (16000, 2);
  g_autofree gchar *line = wav_line (&file, "", "");
  expect_error (line, "gemma4audioconv", "channels", "audioconvert", NULL);
  temp_file_clear (&file);
}

GST_END_TEST;

/* With the elements that the errors name, both play. */
GST_START_TEST (test_sound_that_is_converted)
{
  TempFile file = wav_file (8000, 2);
  g_autofree gchar *line = wav_line (&file, "audioconvert ! audioresample !", "");
  g_autofree gchar *error = play (line);
  fail_unless (error == NULL, "%s", error);
  temp_file_clear (&file);
}

GST_END_TEST;

GST_START_TEST (test_preset_without_audio)
{
  TempFile file = wav_file (16000, 1);
  g_autofree gchar *line = wav_line (&file, "", "preset=gemma4_instruct_26b_a4b");
  expect_error (line, "gemma4_instruct_26b_a4b", "audio", "gemma4_instruct_2b", NULL);
  temp_file_clear (&file);
}

GST_END_TEST;

/* A file that ends early: a pack of what was there, or an error; never a hang. */
GST_START_TEST (test_truncated_clip)
{
  static const gsize sizes[] = { 0, 1, 200, 700, 5000, 20000, 262144, 523000 };
  g_autofree gchar *path = line_example ("sample.webm");
  g_autofree gchar *contents = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (path, &contents, &n_bytes, NULL));
  TempFile file = temp_file (contents, MIN (sizes[__i__], n_bytes));
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! matroskademux name=d",
      file.path);
  g_autofree gchar *line = line_demo (source, "prompt=What?",
      "appsink name=out sync=false");
  GstElement *pipeline = line_parse (line);
  if (__i__ < 3) {
    g_autofree gchar *error = line_play (pipeline);
    fail_unless (error != NULL, "no error with %u bytes", (guint) sizes[__i__]);
  } else {
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    GstSample *sample = line_pull (pipeline);
    fail_unless (sample != NULL, "no pack of %u bytes", (guint) sizes[__i__]);
    GstBuffer *pack = gst_sample_get_buffer (sample);
    guint n = pack_meta_length (pack, "frame-pads");
    guint least = sizes[__i__] * 32 / n_bytes;
    fail_unless (n + 1 >= least && n <= 32, "%u frames of %u bytes, want %u", n,
        (guint) sizes[__i__], least);
    for (guint i = 1; i < n; i++)
      fail_unless (pack_meta_uint64 (pack, "frame-running-times", i)
          > pack_meta_uint64 (pack, "frame-running-times", i - 1), "frame %u is not later "
          "than the one before", i);
    gst_sample_unref (sample);
    fail_unless (line_pull (pipeline) == NULL, "more than one pack");
  }
  line_free (pipeline);
  temp_file_clear (&file);
}

GST_END_TEST;

/* A file without sound on a line that expects it: a pack of the picture, and a
 * warning that names the pad. */
GST_START_TEST (test_file_without_sound)
{
  g_autofree gchar *file = line_example ("sample.webm");
  TempFile silent = temp_file ("", 0);
  g_autofree gchar *remux = g_strdup_printf ("filesrc location=%s ! matroskademux ! "
      "video/x-vp8 ! webmmux ! filesink location=%s", file, silent.path);
  g_autofree gchar *remux_error = play (remux);
  fail_unless (remux_error == NULL, "%s", remux_error);
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! matroskademux name=d",
      silent.path);
  g_autofree gchar *line = line_demo (source, "prompt=What? startup-timeout=500000000",
      "appsink name=out sync=false");
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  GstSample *sample = line_pull (pipeline);
  fail_unless (sample != NULL, "no pack");
  GstBuffer *pack = gst_sample_get_buffer (sample);
  fail_unless_equals_int (pack_meta_length (pack, "frame-pads"), 32);
  fail_unless_equals_int (pack_meta_length (pack, "audio-pads"), 0);
  gst_sample_unref (sample);
  g_autofree gchar *said = NULL;
  for (;;) {
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
    if (!message)
      break;
    g_autoptr (GError) warning = NULL;
    gst_message_parse_warning (message, &warning, NULL);
    if (GST_MESSAGE_SRC (message) == GST_OBJECT (line_find (pipeline, "gemma4packer"))) {
      g_free (said);
      said = g_strdup (warning->message);
    }
  }
  fail_unless (said && strstr (said, "audio_0"), "the warning is: %s", said);
  line_free (pipeline);
  temp_file_clear (&silent);
}

GST_END_TEST;

static Suite *
badinput_suite (void)
{
  Suite *s = suite_create ("badinput");
  TCase *t = line_tcase (40);
  suite_add_tcase (s, t);
  tcase_add_test (t, test_no_tokenizer);
  tcase_add_test (t, test_tokenizer_is_missing);
  tcase_add_loop_test (t, test_tokenizer_is_damaged, 0, 3);
  tcase_add_test (t, test_no_prompt);
  tcase_add_test (t, test_prompt_is_not_utf8);
  tcase_add_test (t, test_prompt_on_the_pad_is_not_utf8);
  tcase_add_test (t, test_placeholder_without_media);
  tcase_add_test (t, test_media_without_placeholder);
  tcase_add_test (t, test_max_soft_tokens);
  tcase_add_test (t, test_unknown_preset);
  tcase_add_loop_test (t, test_sound_of_another_rate, 0, G_N_ELEMENTS (links));
  tcase_add_test (t, test_sound_of_two_channels);
  tcase_add_test (t, test_sound_that_is_converted);
  tcase_add_test (t, test_preset_without_audio);
  tcase_add_loop_test (t, test_truncated_clip, 0, 8);
  tcase_add_test (t, test_file_without_sound);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("videotestsrc", "decodebin", "matroskademux", "vp8dec", "opusdec", "audioconvert",
      "audioresample", "wavparse", "webmmux", NULL);
  return gst_check_run_suite (badinput_suite (), "badinput", __FILE__);
}
