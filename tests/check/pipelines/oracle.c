/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "oracle.h"

#include "ref-colour.h"
#include "ref-fit.h"
#include "ref-logmel.h"
#include "ref-patchify.h"
#include "ref-resize.h"
#include "ref-sampler.h"

#include <gst/video/video.h>
#include <math.h>
#include <string.h>

#define N_MELS 128
#define N_FRAMES 32
#define MAX_SOFT_TOKENS 70

static GstPadProbeReturn
tap_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Taps *taps = user_data;
  if (!taps->caps)
    taps->caps = gst_pad_get_current_caps (pad);
  g_ptr_array_add (taps->frames, gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info)));
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
tap_sound (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Taps *taps = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const gchar *format = gst_structure_get_string (gst_caps_get_structure (caps, 0),
      "format");
  GstMapInfo map;
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  gboolean is_s16 = g_str_has_prefix (format, "S16");
  gsize n = map.size / (is_s16 ? 2 : 4);
  for (gsize i = 0; i < n; i++) {
    gdouble value = is_s16 ? ((gint16 *) map.data)[i] / 32768.0
        : ((gfloat *) map.data)[i];
    g_array_append_val (taps->sound, value);
  }
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

static void
tap (Taps *taps, GstElement *pipeline, const gchar *factory, GstPadProbeCallback callback)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (line_find (pipeline, factory),
      "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, taps, NULL);
}

void
taps_open (Taps *taps, GstElement *pipeline)
{
  taps->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  taps->sound = g_array_new (FALSE, FALSE, sizeof (gdouble));
  taps->caps = NULL;
  tap (taps, pipeline, "gemma4videoconv", tap_frame);
  tap (taps, pipeline, "gemma4audioconv", tap_sound);
}

void
taps_close (Taps *taps)
{
  g_ptr_array_unref (taps->frames);
  g_array_unref (taps->sound);
  gst_clear_caps (&taps->caps);
}

static RefPlane
ref_plane (const GstVideoFrame *frame, guint c)
{
  return (RefPlane) {
    .data = GST_VIDEO_FRAME_COMP_DATA (frame, c),
    .stride_bytes = GST_VIDEO_FRAME_COMP_STRIDE (frame, c),
    .step_bytes = 1,
    .sample_bytes = 1,
    .right = GST_VIDEO_FRAME_COMP_WIDTH (frame, c) - 1,
    .bottom = GST_VIDEO_FRAME_COMP_HEIGHT (frame, c) - 1,
  };
}

/* The core's arithmetic rounds a little differently from an exact one, so its result
 * is taken and held against the bound that its header states. */
static void
check_pixels (const GstVideoFrame *frame, const Gemma4YcbcrMeaning *meaning,
    const guint8 *rgb)
{
  RefPlane y = ref_plane (frame, 0), cb = ref_plane (frame, 1), cr = ref_plane (frame, 2);
  guint width = GST_VIDEO_FRAME_WIDTH (frame), height = GST_VIDEO_FRAME_HEIGHT (frame);
  gboolean sited = frame->info.chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED;
  for (guint row = 0; row < height; row++)
    for (guint column = 0; column < width; column++, rgb += 3) {
      gdouble x = sited ? column / 2.0 : (column - 0.5) / 2, line = (row - 0.5) / 2;
      gdouble want[3];
      ref_rgb (meaning->kr, meaning->kb, meaning->full_range, 8, ref_plane_value (&y, column,
              row), ref_plane_value (&cb, x, line), ref_plane_value (&cr, x, line), want);
      for (guint c = 0; c < 3; c++)
        if (!(fabs (rgb[c] - want[c]) <= 0.55))
          fail ("pixel %u,%u channel %u: got %d, exactly %.4f", column, row, c, rgb[c],
              want[c]);
    }
}

static guint8 *
to_rgb (const GstVideoInfo *info, GstBuffer *buffer)
{
  const Gemma4YcbcrLayout layout = {
    .depth_bits = 8,
    .step_bytes = {1, 1, 1},
    .half_width = true,
    .half_height = true,
    .sited_x = info->chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED,
  };
  Gemma4YcbcrMeaning meaning = { 0 };
  Gemma4Plane planes[3];
  Gemma4Ycbcr *ycbcr;
  GstVideoFrame frame;
  fail_unless (GST_VIDEO_INFO_FORMAT (info) == GST_VIDEO_FORMAT_I420
      && info->colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235
      && !(info->chroma_site & GST_VIDEO_CHROMA_SITE_V_COSITED));
  fail_unless (gst_video_color_matrix_get_Kr_Kb (info->colorimetry.matrix, &meaning.kr,
          &meaning.kb));
  fail_unless (gst_video_frame_map (&frame, info, buffer, GST_MAP_READ));
  for (guint c = 0; c < 3; c++)
    planes[c] = (Gemma4Plane) { GST_VIDEO_FRAME_COMP_DATA (&frame, c),
      GST_VIDEO_FRAME_COMP_STRIDE (&frame, c) };
  guint8 *rgb = g_malloc ((gsize) info->width * info->height * 3);
  fail_unless (gemma4_ycbcr_new (&layout, &meaning, 0, 0, info->width, info->height, &ycbcr)
      == GEMMA4_OK);
  gemma4_ycbcr_run (ycbcr, rgb, info->width * 3, planes, 0, info->height);
  gemma4_ycbcr_free (ycbcr);
  check_pixels (&frame, &meaning, rgb);
  gst_video_frame_unmap (&frame);
  return rgb;
}

guint
oracle_frame (const Taps *taps, guint64 number, gfloat *pixels, gint32 *positions)
{
  GstVideoInfo info;
  gint width, height;
  fail_unless (gst_video_info_from_caps (&info, taps->caps));
  fail_unless (number < taps->frames->len, "frame %" G_GUINT64_FORMAT " of %u", number,
      taps->frames->len);
  g_autofree guint8 *rgb = to_rgb (&info, g_ptr_array_index (taps->frames, number));
  fail_unless (ref_fit (16, 3, MAX_SOFT_TOKENS, info.width, info.height, &width, &height));
  g_autofree guint8 *resized = g_malloc (width * height * 3);
  g_autofree guint8 *patches = g_malloc (ORACLE_ROWS * ORACLE_VALUES);
  ref_resize (rgb, info.width, info.height, resized, width, height);
  ref_patchify (resized, width, height, 16, ORACLE_ROWS, patches);
  for (gsize i = 0; i < ORACLE_ROWS * ORACLE_VALUES; i++)
    pixels[i] = ref_video_value (patches[i]);
  ref_positions (width, height, 16, ORACLE_ROWS, positions);
  return width / 48 * (height / 48);
}

guint
oracle_chosen (const Taps *taps, Gemma4Target target, guint64 *numbers)
{
  guint64 total = taps->frames->len;
  guint n = MIN (N_FRAMES, total);
  for (guint i = 0; i < n; i++)
    numbers[i] = target == GEMMA4_TARGET_KERASHUB ? ref_linspace_index (i, N_FRAMES, total)
        : ref_arange_index (i, N_FRAMES, total);
  return n;
}

static void
append_soft (GString *text, const gchar *begin, const gchar *soft, guint n,
    const gchar *end)
{
  g_string_append (text, begin);
  while (n--)
    g_string_append (text, soft);
  g_string_append (text, end);
}

gchar *
oracle_prompt (const Taps *taps, Gemma4Target target, guint n_frame_tokens,
    const gchar *question)
{
  GString *text = g_string_new ("<|turn>user\n");
  guint64 numbers[N_FRAMES];
  guint n = oracle_chosen (taps, target, numbers);
  GstClockTime first = n ? GST_BUFFER_PTS (g_ptr_array_index (taps->frames, 0)) : 0;
  for (guint i = 0; i < n; i++) {
    gchar stamp[24];
    ref_stamp (GST_BUFFER_PTS (g_ptr_array_index (taps->frames, numbers[i])) - first,
        stamp);
    g_string_append_printf (text, "%s%s ", i ? " " : "", stamp);
    append_soft (text, "<|image>", "<|video|>", n_frame_tokens, "<image|>");
  }
  RefLogMelParams params = target == GEMMA4_TARGET_KERASHUB ? ref_logmel_kerashub ()
      : ref_logmel_transformers ();
  guint n_valid = ref_logmel_n_valid (&params, taps->sound->len);
  if (n_valid)
    append_soft (text, "<|audio>", "<|audio|>", (n_valid + 3) / 4, "<audio|>");
  g_string_append_printf (text, "%s<turn|>\n<|turn>model\n", question);
  return g_string_free (text, FALSE);
}

static Gemma4Tokenizer *
open_tokenizer (void)
{
  g_autofree gchar *path = line_example ("demo-tokenizer.spm");
  Gemma4Tokenizer *tokenizer = NULL;
  Gemma4Error error = { "" };
  fail_unless (gemma4_tokenizer_open (path, &tokenizer, &error) == GEMMA4_OK, "%s",
      error.text);
  return tokenizer;
}

gint32
oracle_piece (const gchar *name)
{
  Gemma4Tokenizer *tokenizer = open_tokenizer ();
  gint32 id = gemma4_tokenizer_find (tokenizer, name);
  gemma4_tokenizer_free (tokenizer);
  fail_unless (id >= 0, "the demo's tokenizer has no %s", name);
  return id;
}

GArray *
oracle_ids (const gchar *expanded)
{
  Gemma4Tokenizer *tokenizer = open_tokenizer ();
  Gemma4Ids ids = { NULL };
  Gemma4Error error = { "" };
  GArray *all = g_array_new (FALSE, FALSE, sizeof (gint32));
  gint32 bos = oracle_piece ("<bos>");
  fail_unless (gemma4_tokenizer_encode (tokenizer, expanded, strlen (expanded), &ids,
          &error) == GEMMA4_OK, "%s", error.text);
  g_array_append_val (all, bos);
  g_array_append_vals (all, ids.ids, ids.n_ids);
  gemma4_ids_clear (&ids);
  gemma4_tokenizer_free (tokenizer);
  return all;
}

void
oracle_check_mel (const Taps *taps, Gemma4Target target, const gfloat *got, guint n_rows)
{
  RefLogMelParams params = target == GEMMA4_TARGET_KERASHUB ? ref_logmel_kerashub ()
      : ref_logmel_transformers ();
  g_autofree gdouble *want = g_new (gdouble, (gsize) n_rows * N_MELS);
  ref_logmel (&params, (const gdouble *) taps->sound->data, taps->sound->len, n_rows, want);
  for (guint row = 0; row < n_rows; row++) {
    gdouble bound = GEMMA4_LOGMEL_TOLERANCE
        * ref_logmel_row_largest (&params, want + row * N_MELS);
    gdouble off = ref_logmel_row_difference (&params, got + row * N_MELS,
        want + row * N_MELS);
    if (!(off <= bound))
      fail ("row %u of %u is off by %g, allowed %g (bin 0: got %g, want %g)", row, n_rows,
          off, bound, got[row * N_MELS], want[row * N_MELS]);
  }
}
