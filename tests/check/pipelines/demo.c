/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* The demo's line over examples/sample.webm: the tensors are what the oracle
 * makes of the same decoded frames and samples. */

#include "oracle.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_FRAMES 32
#define FRAME_VALUES (ORACLE_ROWS * ORACLE_VALUES)

static const gchar *const settings_of[] = { "", "target=transformers" };

typedef struct
{
  Taps taps;
  Gemma4Target target;
  GstBuffer *pack;
  guint64 numbers[N_FRAMES];
  guint n_frame_tokens;
  GArray *ids;                  /* of gint32 */
  guint length;                 /* of the sequence */
} Demo;

static GstPadProbeReturn
keep_pack (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer **pack = user_data;
  fail_unless (*pack == NULL, "more than one pack");
  *pack = gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static void
keep_packs_of (GstElement *pipeline, GstBuffer **pack)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (line_find (pipeline, "gemma4packer"),
      "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, keep_pack, pack, NULL);
}

/* Every number of a tensor, of any whole type. (A fail_unless() for each would
 * take minutes: it tells the parent process of every one.) */
static void
check_numbers (GstBuffer *pack, const gchar *name, const gchar *shape, const gint32 *want,
    gsize n)
{
  GstMapInfo map;
  pack_map (pack, name, shape, &map);
  gsize width = map.size / n;
  fail_unless (map.size == n * width && (width == 1 || width == 4 || width == 8),
      "%s has %" G_GSIZE_FORMAT " bytes for %" G_GSIZE_FORMAT " numbers", name, map.size, n);
  for (gsize i = 0; i < n; i++) {
    gint64 got = width == 1 ? map.data[i] : width == 4 ? ((gint32 *) map.data)[i]
        : ((gint64 *) map.data)[i];
    if (got != want[i])
      fail ("%s[%" G_GSIZE_FORMAT "]: got %" G_GINT64_FORMAT ", want %d", name, i, got,
          want[i]);
  }
  gst_memory_unmap (map.memory, &map);
}

static void
check_pixels (Demo *demo, const gchar *pixels_name, const gchar *positions_name,
    const gchar *positions_shape)
{
  g_autofree gint32 *positions = g_new (gint32, N_FRAMES * ORACLE_ROWS * 2);
  g_autofree gfloat *want = g_new (gfloat, FRAME_VALUES);
  GstMapInfo map;
  pack_map (demo->pack, pixels_name, "float32 [1, 32, 630, 768]", &map);
  for (guint f = 0; f < N_FRAMES; f++) {
    const gfloat *got = (const gfloat *) map.data + (gsize) f * FRAME_VALUES;
    demo->n_frame_tokens = oracle_frame (&demo->taps, demo->numbers[f], want,
        positions + f * ORACLE_ROWS * 2);
    for (gsize i = 0; i < FRAME_VALUES; i++)
      if (memcmp (&got[i], &want[i], 4) != 0)
        fail ("frame %u (number %" G_GUINT64_FORMAT ") patch %" G_GSIZE_FORMAT " value %"
            G_GSIZE_FORMAT ": got %.9g, want %.9g", f, demo->numbers[f], i / ORACLE_VALUES,
            i % ORACLE_VALUES, got[i], want[i]);
  }
  gst_memory_unmap (map.memory, &map);
  check_numbers (demo->pack, positions_name, positions_shape, positions,
      N_FRAMES * ORACLE_ROWS * 2);
}

static void
check_sound (Demo *demo, const gchar *mel_name, const gchar *mask_name, guint n_rows,
    guint n_valid, const gchar *mel_shape, const gchar *mask_shape)
{
  GstMapInfo map;
  g_autofree gint32 *mask = g_new0 (gint32, n_rows);
  pack_map (demo->pack, mel_name, mel_shape, &map);
  oracle_check_mel (&demo->taps, demo->target, (const gfloat *) map.data, n_rows);
  gst_memory_unmap (map.memory, &map);
  for (guint i = 0; i < n_valid; i++)
    mask[i] = 1;
  check_numbers (demo->pack, mask_name, mask_shape, mask, n_rows);
}

/* [length], 1 where the sequence has @piece. */
static gint32 *
mask_of (Demo *demo, const gchar *piece)
{
  gint32 id = oracle_piece (piece);
  gint32 *mask = g_new0 (gint32, demo->length);
  for (guint i = 0; i < demo->ids->len; i++)
    mask[i] = g_array_index (demo->ids, gint32, i) == id;
  return mask;
}

/* Item i owns entries i * entries_per_item and on: the places of its soft tokens,
 * then 0. */
static void
check_indices (Demo *demo, const gchar *name, const gchar *shape, const gint32 *mask,
    guint n_entries, guint entries_per_item, guint tokens_per_item)
{
  g_autofree gint32 *want = g_new0 (gint32, n_entries);
  guint k = 0;
  for (guint i = 0; i < demo->length; i++) {
    if (mask[i]) {
      want[k / tokens_per_item * entries_per_item + k % tokens_per_item] = i;
      k++;
    }
  }
  check_numbers (demo->pack, name, shape, want, n_entries);
}

static void
check_sequence_kerashub (Demo *demo)
{
  guint n = demo->ids->len, room = (n + 256 + 63) / 64 * 64;
  demo->length = MAX (1024, room);
  g_autofree gchar *int32 = g_strdup_printf ("int32 [1, %u]", demo->length);
  g_autofree gchar *boolean = g_strdup_printf ("bool [1, %u]", demo->length);
  g_autofree gint32 *ids = g_new (gint32, demo->length);
  g_autofree gint32 *places = g_new (gint32, demo->length);
  g_autofree gint32 *padding = g_new0 (gint32, demo->length);
  gint32 pad = oracle_piece ("<pad>");
  for (guint i = 0; i < demo->length; i++) {
    ids[i] = i < n ? g_array_index (demo->ids, gint32, i) : pad;
    padding[i] = i < n;
    places[i] = i;
  }
  g_autofree gint32 *vision = mask_of (demo, "<|video|>");
  g_autofree gint32 *audio = mask_of (demo, "<|audio|>");
  check_numbers (demo->pack, "token_ids", int32, ids, demo->length);
  check_numbers (demo->pack, "position_ids", int32, places, demo->length);
  check_numbers (demo->pack, "padding_mask", boolean, padding, demo->length);
  check_numbers (demo->pack, "vision_mask", boolean, vision, demo->length);
  check_numbers (demo->pack, "audio_mask", boolean, audio, demo->length);
  check_indices (demo, "vision_indices", "int32 [1, 2240]", vision, 2240, 70,
      demo->n_frame_tokens);
  guint n_audio = (demo->taps.sound->len / 160 + 3) / 4;
  g_autofree gchar *audio_shape = g_strdup_printf ("int32 [1, %u]", n_audio);
  check_indices (demo, "audio_indices", audio_shape, audio, n_audio, n_audio, n_audio);
}

static void
check_sequence_transformers (Demo *demo)
{
  demo->length = demo->ids->len;
  g_autofree gchar *shape = g_strdup_printf ("int64 [1, %u]", demo->length);
  g_autofree gint32 *attention = g_new (gint32, demo->length);
  g_autofree gint32 *vision = mask_of (demo, "<|video|>");
  g_autofree gint32 *audio = mask_of (demo, "<|audio|>");
  for (guint i = 0; i < demo->length; i++) {
    attention[i] = 1;
    vision[i] = 2 * vision[i] + 3 * audio[i];
  }
  check_numbers (demo->pack, "input_ids", shape, (gint32 *) demo->ids->data, demo->length);
  check_numbers (demo->pack, "attention_mask", shape, attention, demo->length);
  check_numbers (demo->pack, "mm_token_type_ids", shape, vision, demo->length);
  pack_assert_absent (demo->pack, "pixel_values");
}

/* Real times: the PTS that the decoder gave each chosen frame. */
static void
check_times (Demo *demo)
{
  fail_unless_equals_int (pack_meta_length (demo->pack, "frame-running-times"), N_FRAMES);
  for (guint f = 0; f < N_FRAMES; f++) {
    GstClockTime want = GST_BUFFER_PTS (g_ptr_array_index (demo->taps.frames,
            demo->numbers[f]));
    GstClockTime got = pack_meta_uint64 (demo->pack, "frame-running-times", f);
    fail_unless (got == want, "frame %u: got time %" GST_TIME_FORMAT ", want %"
        GST_TIME_FORMAT, f, GST_TIME_ARGS (got), GST_TIME_ARGS (want));
  }
  GstClockTime duration = gst_util_uint64_scale (demo->taps.sound->len, GST_SECOND, 16000);
  fail_unless_equals_uint64 (pack_meta_uint64 (demo->pack, "audio-running-times", 0), 0);
  fail_unless_equals_uint64 (pack_meta_uint64 (demo->pack, "audio-durations", 0), duration);
}

static void
check_prompt (Demo *demo)
{
  g_autofree gchar *expanded = oracle_prompt (&demo->taps, demo->target,
      demo->n_frame_tokens, LINE_QUESTION);
  demo->ids = oracle_ids (expanded);
  g_autoptr (GRegex) runs = g_regex_new ("(?:<\\|video\\|>){66}", 0, 0, NULL);
  g_autofree gchar *folded = g_regex_replace_literal (runs, expanded, -1, 0,
      "<|video|>*66", 0, NULL);
  g_autoptr (GRegex) sound = g_regex_new ("(?:<\\|audio\\|>){2,}", 0, 0, NULL);
  guint n_audio = pack_meta_length (demo->pack, "audio-pads") ? 300 : 0;
  g_autofree gchar *count = g_strdup_printf ("<|audio|>*%u", n_audio);
  g_autofree gchar *want = g_regex_replace_literal (sound, folded, -1, 0, count, 0, NULL);
  fail_unless_equals_string (gst_structure_get_string (pack_meta (demo->pack), "prompt"),
      want);
}

/* The file is the pack: behind the head the memories, in order. */
static void
check_file (const gchar *path, GstBuffer *pack)
{
  g_autofree gchar *contents = NULL;
  gsize n_bytes;
  fail_unless (g_file_get_contents (path, &contents, &n_bytes, NULL), "no %s", path);
  gsize at = 8 + GST_READ_UINT64_LE (contents);
  fail_unless_equals_uint64 (n_bytes, at + gst_buffer_get_size (pack));
  for (guint i = 0; i < gst_buffer_n_memory (pack); i++) {
    GstMapInfo map;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (pack, i), &map, GST_MAP_READ));
    fail_unless (memcmp (contents + at, map.data, map.size) == 0,
        "tensor %u of the file is not that of the pack", i);
    at += map.size;
    gst_memory_unmap (map.memory, &map);
  }
}

static void
check_pack (Demo *demo)
{
  fail_unless_equals_int (oracle_chosen (&demo->taps, demo->target, demo->numbers),
      N_FRAMES);
  fail_unless_equals_int (demo->taps.frames->len, 300);
  gboolean keras = demo->target == GEMMA4_TARGET_KERASHUB;
  if (keras)
    check_pixels (demo, "pixel_values", "pixel_position_ids", "int32 [1, 32, 630, 2]");
  else
    check_pixels (demo, "pixel_values_videos", "video_position_ids",
        "int64 [1, 32, 630, 2]");
  check_times (demo);
  check_prompt (demo);
  fail_unless_equals_int (demo->taps.sound->len, 192000);
  if (keras) {
    check_sequence_kerashub (demo);
    check_sound (demo, "audio_mel", "audio_mel_mask", 3000, 1200,
        "float32 [1, 1, 3000, 128]", "int32 [1, 1, 3000]");
  } else {
    check_sequence_transformers (demo);
    check_sound (demo, "input_features", "input_features_mask", 1199, 1199,
        "float32 [1, 1199, 128]", "bool [1, 1199]");
  }
}

GST_START_TEST (test_demo)
{
  Demo demo = {.target = __i__ };
  g_autofree gchar *path = g_strdup_printf ("%s/gemma4-demo-%d-%d.safetensors",
      g_get_tmp_dir (), (gint) getpid (), __i__);
  g_autofree gchar *sink = g_strdup_printf ("safetensorsenc ! filesink location=%s", path);
  g_autofree gchar *line = line_sample (settings_of[__i__], sink);
  GstElement *pipeline = line_parse (line);
  taps_open (&demo.taps, pipeline);
  keep_packs_of (pipeline, &demo.pack);
  line_play_to_eos (pipeline);
  fail_unless (demo.pack != NULL, "no pack came");
  check_pack (&demo);
  check_file (path, demo.pack);
  g_unlink (path);
  g_array_unref (demo.ids);
  gst_buffer_unref (demo.pack);
  line_free (pipeline);
  taps_close (&demo.taps);
}

GST_END_TEST;

static GstBuffer *
pack_of (const gchar *source, const gchar *settings)
{
  g_autofree gchar *quoted = g_strdup_printf ("prompt=\"%s\" %s", LINE_QUESTION, settings);
  g_autofree gchar *line = line_demo (source, quoted, "fakesink");
  GstElement *pipeline = line_parse (line);
  GstBuffer *pack = NULL;
  keep_packs_of (pipeline, &pack);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  fail_unless (pack != NULL, "no pack came");
  return pack;
}

/* uridecodebin in place of the demuxer changes nothing. */
GST_START_TEST (test_uridecodebin)
{
  g_autofree gchar *file = line_example ("sample.webm");
  g_autofree gchar *uri = gst_filename_to_uri (file, NULL);
  g_autofree gchar *demuxer = g_strdup_printf ("filesrc location=%s ! matroskademux name=d",
      file);
  g_autofree gchar *tokenizer = line_example ("demo-tokenizer.spm");
  g_autofree gchar *line = g_strdup_printf ("uridecodebin uri=%s name=d "
      "d. ! queue ! gemma4videoconv ! p.video_0 d. ! queue ! audioconvert ! "
      "audioresample quality=10 ! gemma4audioconv ! p.audio_0 gemma4packer name=p "
      "tokenizer=%s prompt=\"%s\" %s ! fakesink", uri, tokenizer, LINE_QUESTION,
      settings_of[__i__]);
  GstBuffer *want = pack_of (demuxer, settings_of[__i__]), *got = NULL;
  GstElement *pipeline = line_parse (line);
  keep_packs_of (pipeline, &got);
  line_play_to_eos (pipeline);
  line_free (pipeline);
  fail_unless (got != NULL, "no pack came");
  fail_unless_equals_int (gst_buffer_n_memory (got), gst_buffer_n_memory (want));
  for (guint i = 0; i < gst_buffer_n_memory (got); i++) {
    GstMapInfo g, w;
    gst_memory_map (gst_buffer_peek_memory (got, i), &g, GST_MAP_READ);
    gst_memory_map (gst_buffer_peek_memory (want, i), &w, GST_MAP_READ);
    fail_unless_equals_uint64 (g.size, w.size);
    fail_unless (memcmp (g.data, w.data, g.size) == 0, "tensor %s differs",
        pack_meta_string (got, "names", i));
    gst_memory_unmap (g.memory, &g);
    gst_memory_unmap (w.memory, &w);
  }
  gst_buffer_unref (got);
  gst_buffer_unref (want);
}

GST_END_TEST;

static Suite *
demo_suite (void)
{
  Suite *s = suite_create ("demo");
  TCase *t = line_tcase (60);
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_demo, 0, 2);
  tcase_add_loop_test (t, test_uridecodebin, 0, 2);
  return s;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  line_need ("matroskademux", "vp8dec", "opusdec", "audioconvert", "audioresample",
      "uridecodebin", NULL);
  return gst_check_run_suite (demo_suite (), "demo", __FILE__);
}
