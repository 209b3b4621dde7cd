/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Subtitles as their files write them become plain words; what is no markup stays. */

#include "line.h"

#include <glib/gstdio.h>

#define SRT "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}What is <i>that</i> & who? {\\i1}x{\\i0}\n\n" \
    "2\n00:00:02,500 --> 00:00:03,000\n<font color=\"#ff0000\">Red</font> a < b &amp; c " \
    "<b>bold</b> 1 < 2 > 0 {curly} {\\pos(10,20)}there\n\n" \
    "3\n00:00:04,000 --> 00:00:04,500\nTake <3 & AT&T\n\n"

#define VTT "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 line:0 align:start\n" \
    "<v Anna>What <i>is</i> that?</v>\n\n" \
    "1\n00:00:03.000 --> 00:00:04.000\n" \
    "Now <00:00:03.500><c.yellow.bg_blue>and</c> then &amp; &lt;there&gt;&nbsp;x&lrm;\n\n" \
    "00:00:05.000 --> 00:00:06.000\n" \
    "<v.loud Bob Smith>Hi <b>you</b> <lang en>there</lang> 1 < 2 and <3\n\n"

/* As YouTube writes what it hears. */
#define AUTO_VTT "WEBVTT\nKind: captions\nLanguage: en\n\n" \
    "00:00:00.000 --> 00:00:02.000 align:start position:0%\n \n" \
    "so<00:00:01.320><c> what</c><00:00:01.500><c.colorE5E5E5> is</c>\n\n" \
    "00:00:03.000 --> 00:00:04.000 align:start position:0%\nso what is\n \n\n" \
    "00:00:05.000 --> 00:00:06.000\n&nbsp;\n\n"

/* At 25 frames a second; subparse itself takes {y:...} and {s:...}. */
#define MICRODVD "{1}{1}25\n{25}{50}{c:$0000ff}red|{Y:i}{F:Arial}second\n" \
    "{75}{100}{y:i}{C:$ff}it & <x>|{P:1}up {f:y} {c}\n" \
    "{125}{150}{s:20}{o:1,2}{H:a}{S:9}{h:b}{O:3}{p:0}{f:B}big {c:x|{a:b}{cc:d}{c:end\n"

#define SAMI "<SAMI><HEAD><TITLE>x</TITLE></HEAD><BODY>\n" \
    "<SYNC Start=1000><P Class=ENCC>Hi you &amp; <i>him</i>&nbsp;\n" \
    "<SYNC Start=2000><P Class=ENCC>&nbsp;\n" \
    "<SYNC Start=3000><P Class=ENCC>Bye<br>now <font color=red>me</font>\n</BODY></SAMI>\n"

#define ASS "[Script Info]\nScriptType: v4.00+\n\n[Events]\n" \
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n" \
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\an8\\b1}What{\\b0} is\\Nthis & <that>?\n"

static gchar *folder;

static void
setup (void)
{
  folder = g_dir_make_tmp ("markup-XXXXXX", NULL);
}

static void
teardown (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const gchar *name; (name = g_dir_read_name (dir));) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_remove (path);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

static gchar *
write_file (const gchar *name, const gchar *text)
{
  gchar *path = g_build_filename (folder, name, NULL);
  fail_unless (g_file_set_contents (path, text, -1, NULL));
  return path;
}

/* What the packs ask: one line each, their own newlines being '/'. */
static void
assert_asked (const gchar *source, const gchar *expected)
{
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("%s ! p.prompt gemma4packer name=p tokenizer=%s ! "
      "appsink name=out sync=false async=false", source, tokenizer);
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GString) asked = g_string_new (NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (GstSample *sample; (sample = line_pull (pipeline));)
    gst_sample_unref (sample);
  for (GstMessage *message; (message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT));) {
    if (gst_message_has_name (message, "gemma4-packed"))
      g_string_append_printf (asked, "%s\n",
          gst_structure_get_string (gst_message_get_structure (message), "prompt"));
    gst_message_unref (message);
  }
  g_string_replace (asked, "\r", "", 0);
  fail_unless_equals_string (asked->str, expected);
  line_free (pipeline);
}

/* The same of a file with this @text. */
static void
assert_asked_of (const gchar *name, const gchar *text, const gchar *expected)
{
  g_autofree gchar *path = write_file (name, text);
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! subparse", path);
  assert_asked (source, expected);
}

GST_START_TEST (test_subrip)
{
  static const gchar *const queues[] = { "", "! queue" };
  g_autofree gchar *path = write_file ("a.srt", SRT);
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! subparse %s", path,
      queues[__i__]);
  assert_asked (source, "What is that & who? x\n"
      "Red a < b & c bold 1 < 2 > 0 {curly} there\nTake <3 & AT&T\n");
}

GST_END_TEST;

GST_START_TEST (test_webvtt)
{
  assert_asked_of ("a.vtt", VTT, "What is that?\nNow and then & <there> x\nHi you there 1 < 2 and <3\n");
}

GST_END_TEST;

GST_START_TEST (test_automatic_captions)
{
  assert_asked_of ("a.vtt", AUTO_VTT, " \nso what is\nso what is\n \n");
}

GST_END_TEST;

GST_START_TEST (test_microdvd)
{
  assert_asked_of ("a.sub", MICRODVD, "red\nsecond\nit & <x>\nup {f:y} {c}\nbig {c:x\n{a:b}{cc:d}{c:end\n");
}

GST_END_TEST;

GST_START_TEST (test_sami)
{
  assert_asked_of ("a.smi", SAMI, "Hi you &him\u00a0\nBye\nnowme\n");  /* subparse takes the blanks */
}

GST_END_TEST;

/* A cue ends its line, though no newline does: it is asked at its own time. */
GST_START_TEST (test_lines_of_cues)
{
  static const guint64 at_ms[] = { 1000, 2500, 2500, 4000 };
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *path = write_file ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\none\n\n"
      "2\n00:00:02,500 --> 00:00:03,000\ntwo\nthree\n\n3\n00:00:04,000 --> 00:00:04,500\nfour\n\n");
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! subparse ! p.prompt "
      "gemma4packer name=p text-mode=lines tokenizer=%s ! appsink name=out sync=false async=false",
      path, tokenizer);
  GstElement *pipeline = line_parse (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  guint n = 0;
  for (GstSample *sample; (sample = line_pull (pipeline)); gst_sample_unref (sample), n++) {
    fail_unless (n < G_N_ELEMENTS (at_ms), "more than %u questions", n);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (gst_sample_get_buffer (sample)),
        at_ms[n] * GST_MSECOND);
  }
  fail_unless_equals_int (n, G_N_ELEMENTS (at_ms));
  line_free (pipeline);
}

GST_END_TEST;

/* In Matroska and MP4 ffmpeg writes them otherwise. */
GST_START_TEST (test_in_a_film)
{
  static const struct
  {
    const gchar *name, *text, *codec, *film, *demuxer, *asked;
  } kinds[] = {
    {"a.srt", SRT, "srt", "s.mkv", "matroskademux name=d d.subtitle_0 ! queue",
        "What is that & who? x\nRed a < b & c bold 1 < 2 > 0 {curly} there\nTake <3 & AT&T\n"},
    {"a.ass", ASS, "copy", "a.mkv", "matroskademux name=d d.subtitle_0 ! queue ! ssaparse",
        "What is \nthis & <that>?\n"},
    {"a.srt", SRT, "mov_text", "s.mp4", "qtdemux name=d d.subtitle_0 ! queue",
        "What is that & who? x\nRed a < b &amp; c bold 1 < 2 > 0 {curly} there\nTake <3 & AT&T\n"},
  };
  g_autofree gchar *path = write_file (kinds[__i__].name, kinds[__i__].text);
  g_autofree gchar *film = g_build_filename (folder, kinds[__i__].film, NULL);
  g_autofree gchar *command = g_strdup_printf ("ffmpeg -y -v error -i %s -c:s %s %s", path,
      kinds[__i__].codec, film);
  g_autoptr (GError) error = NULL;
  gint status;
  if (!g_spawn_command_line_sync (command, NULL, NULL, &status, &error) || status != 0) {
    g_print ("SKIP: no ffmpeg to put subtitles into a file\n");
    return;
  }
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! %s", film,
      kinds[__i__].demuxer);
  assert_asked (source, kinds[__i__].asked);
}

GST_END_TEST;

/* What somebody types stays as it is. */
GST_START_TEST (test_plain_text)
{
  g_autofree gchar *path = write_file ("q.txt", "Is <b>x</b> {\\an8} &amp; <v Anna> markup?");
  g_autofree gchar *source = g_strdup_printf ("filesrc location=%s ! text/x-raw,format=utf8", path);
  assert_asked (source, "Is <b>x</b> {\\an8} &amp; <v Anna> markup?\n");
}

GST_END_TEST;

static Suite *
markup_suite (void)
{
  Suite *s = suite_create ("markup");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_checked_fixture (t, setup, teardown);
  tcase_add_loop_test (t, test_subrip, 0, 2);
  tcase_add_test (t, test_webvtt);
  tcase_add_test (t, test_automatic_captions);
  tcase_add_test (t, test_microdvd);
  tcase_add_test (t, test_sami);
  tcase_add_test (t, test_lines_of_cues);
  tcase_add_loop_test (t, test_in_a_film, 0, 3);
  tcase_add_test (t, test_plain_text);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("subparse", "ssaparse", "matroskademux", "qtdemux", "appsink", NULL);
  return gst_check_run_suite (markup_suite (), "markup", __FILE__);
}
