/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real speech from 44.1 kHz stereo files, lossy and not, through audioconvert and
 * audioresample: the rows are the oracle's for the samples that came in. */

#include "../elements/audiooracle.h"
#include "line.h"

#include <glib/gstdio.h>

static const struct
{
  const gchar *name, *encode, *decode;
} codecs[] = {
  /* Opus itself knows 48 kHz only. */
  {"opus", "audioresample ! opusenc bitrate=96000 ! oggmux", "oggdemux ! opusdec"},
  {"mp3", "lamemp3enc target=bitrate bitrate=192 ! mpegaudioparse",
      "mpegaudioparse ! mpg123audiodec"},
  {"flac", "flacenc", "flacparse ! flacdec"},
};

static gchar *
write_file (guint codec)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *wav = golden_path ("audio/speech_en.wav");
  gchar *path;
  gint fd = g_file_open_tmp ("gemma4-XXXXXX", &path, &error);
  fail_unless (fd >= 0, "%s", error ? error->message : "");
  g_close (fd, NULL);
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! wavparse ! audioconvert ! "
      "audioresample quality=10 ! audio/x-raw,rate=44100,channels=2 ! audioconvert ! %s ! "
      "filesink location=%s", wav, codecs[codec].encode, path);
  GstElement *pipeline = line_parse (line);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  return path;
}

static GstPadProbeReturn
tap_samples (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GArray *samples = data;
  GstMapInfo map;
  fail_unless (gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ));
  for (gsize i = 0; i < map.size / sizeof (gfloat); i++) {
    gdouble sample = ((const gfloat *) map.data)[i];
    g_array_append_val (samples, sample);
  }
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
tap_rows (GstPad *pad, GstPadProbeInfo *info, gpointer out)
{
  take_buffer (out, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static void
add_tap (GstElement *conv, const gchar *pad_name, GstPadProbeCallback tap, gpointer data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (conv, pad_name);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, tap, data, NULL);
}

/* How far the rows are from those of the file that was encoded, on average; a
 * codec may delay them by some. */
static gdouble
distance (const Output *out)
{
  gsize n;
  g_autofree gint16 *speech = input_wav ("audio/speech_en.wav", &n);
  Output want = convert_s16 (NULL, NULL, speech, n, n);
  gdouble least = G_MAXDOUBLE;
  for (guint delay = 0; delay < 12; delay++) {
    guint first = delay * 128, n_values = MIN (out->mel->len - first, want.mel->len);
    gdouble sum = 0.0;
    for (guint i = 0; i < n_values; i++)
      sum += fabs (AT (out->mel, gfloat, first + i) - AT (want.mel, gfloat, i));
    least = MIN (least, sum / n_values);
  }
  output_clear (&want);
  return least;
}

static void
check_codec (guint codec, gboolean transformers)
{
  g_autofree gchar *path = write_file (codec);
  g_autofree gchar *line = g_strdup_printf ("filesrc location=%s ! %s ! audioconvert ! "
      "audioresample quality=10 ! audio/x-raw,format=F32LE ! gemma4audioconv ! "
      "other/tensors,target=%s ! fakesink sync=false", path, codecs[codec].decode,
      transformers ? "transformers" : "kerashub");
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (gdouble));
  Output out = output_new ();
  GstElement *pipeline = line_parse (line);
  g_autoptr (GstElement) conv = line_find (pipeline, "gemma4audioconv");
  gst_object_ref (conv);
  add_tap (conv, "sink", tap_samples, samples);
  add_tap (conv, "src", tap_rows, &out);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  g_unlink (path);

  RefLogMelParams params = transformers ? ref_logmel_transformers () : ref_logmel_kerashub ();
  guint n_valid = ref_logmel_n_valid (&params, samples->len);
  fail_unless (samples->len > 7 * 16000, "%s: only %u samples", codecs[codec].name, samples->len);
  fail_unless_equals_int (count_ones (out.mask), n_valid);
  fail_unless_equals_uint64 (out.n_samples, samples->len);
  assert_oracle_of (&out, &params, (const gdouble *) samples->data, samples->len, n_valid, 0);
  for (guint i = 1; i < out.pts->len; i++)
    fail_unless (AT (out.pts, GstClockTime, i) - AT (out.pts, GstClockTime, 0)
        == i * 40 * GST_MSECOND, "%s: buffer %u is off", codecs[codec].name, i);
  /* It is the speech that went in, as well as the codec keeps it. */
  gdouble d = distance (&out);
  g_print ("%s: %.3f away from what was encoded\n", codecs[codec].name, d);
  fail_unless (d < (g_str_equal (codecs[codec].name, "flac") ? 0.05 : 0.6),
      "%s: %g away from what was encoded", codecs[codec].name, d);
  output_clear (&out);
}

GST_START_TEST (test_codec)
{
  check_codec (__i__ / 2, __i__ % 2);
}

GST_END_TEST;

static Suite *
audiocodecs_suite (void)
{
  line_need ("opusenc", "oggmux", "oggdemux", "opusdec", "lamemp3enc", "mpegaudioparse",
      "mpg123audiodec", "flacenc", "flacparse", "flacdec", "wavparse", NULL);
  Suite *s = suite_create ("audiocodecs");
  TCase *t = tcase_create ("files");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_codec, 0, 2 * G_N_ELEMENTS (codecs));
  return s;
}

GST_CHECK_MAIN (audiocodecs);
