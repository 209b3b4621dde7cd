/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long a question waits: from the prompt's arrival at gemma4packer, when 32
 * frames of 1080p at 70 tokens and 30 s of sound have been seen and heard, to the
 * packed buffer on its way downstream. The first question comes a second after the
 * first frame, and is told apart. Beside it, in the same run and in turn, what a copy
 * of the same bytes costs: into new memory, and into memory that was used before. One
 * line a figure: name, value, unit, kernels; medians of 7. */

#include "feed.h"
#include "report.h"

#include <gst/check/gstcheck.h>
#include <stdlib.h>

#define N_FRAMES 32
#define N_COLUMNS 33            /* of patches: 528 x 288 px, what 1080p becomes */
#define N_LINES 18
#define WINDOW (30 * GST_SECOND)
#define PROMPT "What has happened, and what was said?"

typedef struct
{
  Feed *feed;
  GstHarness *prompt, *video, *audio;
  gint64 packed_us;
} Bench;

typedef enum
{ PACK, COPY_NEW, COPY_USED, N_FIGURES } Figure;

static GstPadProbeReturn
note_time (GstPad *pad, GstPadProbeInfo *info, gpointer packed_us)
{
  *(gint64 *) packed_us = g_get_monotonic_time ();
  return GST_PAD_PROBE_OK;
}

static void
bench_init (Bench *self)
{
  self->feed = feed_new ("window", G_GINT64_CONSTANT (0), NULL);
  self->prompt = feed_pad (self->feed, "prompt");
  self->video = feed_pad (self->feed, "video_0");
  self->audio = feed_pad (self->feed, "audio_0");
  feed_begin_bytes (self->feed, self->prompt);
  feed_begin (self->feed, self->video, TRUE);
  feed_begin (self->feed, self->audio, TRUE);
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->feed->packer, "src");
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER, note_time, &self->packed_us, NULL);
}

/* Everything that window number @k takes is in the stores before the question. */
static GstBuffer *
pack_one (Bench *self, guint k, gdouble *ms)
{
  GstClockTime start = k * WINDOW, cut = start + WINDOW;
  for (guint i = 0; i < N_FRAMES; i++)
    feed_frame (self->video, start + i * WINDOW / N_FRAMES, N_COLUMNS, N_LINES, i);
  feed_gap (self->video, cut, GST_SECOND);
  feed_sound (self->audio, start, cut);
  if (k == 0)
    g_usleep (G_USEC_PER_SEC);
  gint64 asked_us = g_get_monotonic_time ();
  feed_prompt (self->prompt, PROMPT, cut);
  GstBuffer *pack = feed_pull (self->feed);
  *ms = (self->packed_us - asked_us) / 1e3;
  return pack;
}

/* Copies @pack, tensor by tensor, into @copies or, where they are NULL, into
 * memory of its own. */
static gdouble
copy_ms (GstBuffer *pack, guint8 **copies)
{
  gdouble ms = 0;
  for (guint i = 0; i < gst_buffer_n_memory (pack); i++) {
    GstMapInfo map;
    gst_memory_map (gst_buffer_peek_memory (pack, i), &map, GST_MAP_READ);
    gint64 start_us = g_get_monotonic_time ();
    guint8 *copy = copies[i] ? copies[i] : g_malloc (map.size);
    memcpy (copy, map.data, map.size);
    ms += (g_get_monotonic_time () - start_us) / 1e3;
    copies[i] = copy;
    gst_memory_unmap (map.memory, &map);
  }
  return ms;
}

static void
measure (Bench *self, guint k, gdouble ms[N_FIGURES])
{
  guint8 *copies[16] = { NULL };        /* a pack has at most 16 tensors */
  GstBuffer *pack = pack_one (self, k, &ms[PACK]);
  fail_unless_equals_int (feed_uint64 (pack, "n-video-tokens"), N_FRAMES * 66);
  fail_unless_equals_int (feed_uint64 (pack, "n-audio-tokens"), 750);
  ms[COPY_NEW] = copy_ms (pack, copies);
  ms[COPY_USED] = copy_ms (pack, copies);
  for (guint i = 0; i < G_N_ELEMENTS (copies); i++)
    g_free (copies[i]);
  gst_buffer_unref (pack);
}

GST_START_TEST (bench_latency)
{
  gdouble runs[N_FIGURES][REPORT_N_RUNS], medians[N_FIGURES], ms[N_FIGURES], first_ms = 0;
  Bench bench = { NULL };
  bench_init (&bench);
  for (guint k = 0; k <= REPORT_N_RUNS; k++) {
    measure (&bench, k, ms);
    for (guint f = 0; k > 0 && f < N_FIGURES; f++)
      runs[f][k - 1] = ms[f];
    if (k == 0)
      first_ms = ms[PACK];
  }
  feed_free (bench.feed);
  for (guint f = 0; f < N_FIGURES; f++)
    medians[f] = report_median (runs[f], REPORT_N_RUNS);
  report_print ("first-prompt-to-pack", first_ms, "ms");
  report_print ("prompt-to-pack", medians[PACK], "ms");
  report_print ("copy-to-new-memory", medians[COPY_NEW], "ms");
  report_print ("copy-to-used-memory", medians[COPY_USED], "ms");
  report_print ("prompt-to-pack/copy-to-new-memory", medians[PACK] / medians[COPY_NEW], "x");
  report_print ("prompt-to-pack/copy-to-used-memory", medians[PACK] / medians[COPY_USED], "x");
}

GST_END_TEST;

/* The feed is a test's: it fails, as a test does, when no pack comes. */
static Suite *
latency_suite (void)
{
  Suite *s = suite_create ("latency");
  TCase *t = tcase_create ("bench");
  suite_add_tcase (s, t);
  tcase_add_test (t, bench_latency);
  return s;
}

GST_CHECK_MAIN (latency);
