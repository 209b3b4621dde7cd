/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: pictures of noise in every format against tests/ref, with chroma
 * between its samples; patches of every kind of model. */

#include "videotest.h"

#include "ref-colour.h"
#include "ref-patchify.h"
#include "ref-resize.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>

#define UINT8 "other/tensors,types=(string)\"uint8,int32\""
#define PATCH 4                 /* small patches, so small pictures */
#define SIDE 96                 /* not resized at 70 tokens */
#define TOLERANCE 0.55

static GstBuffer *
noise_frame (const GstVideoInfo *info)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  GstMapInfo map;
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
  guint depth = GST_VIDEO_INFO_COMP_DEPTH (info, 0), shift = info->finfo->shift[0];
  guint32 state = 1;
  for (gsize i = 0; i < map.size; i++) {
    state = state * 1664525 + 1013904223;
    map.data[i] = state >> 24;
    if (depth > 8 && i % 2 && shift == 0)
      map.data[i] &= (1 << (depth - 8)) - 1;
  }
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

static RefPlane
ref_plane (const GstVideoFrame *f, guint c, const GstVideoRectangle *part)
{
  const GstVideoFormatInfo *format = f->info.finfo;
  guint bytes = format->depth[c] > 8 ? 2 : 1;
  guint8 *data = GST_VIDEO_FRAME_COMP_DATA (f, c);
  return (RefPlane) {
    .data = data + (bytes == 2 && format->poffset[c] == 1),     /* 1.22 counts samples */
    .stride_bytes = GST_VIDEO_FRAME_COMP_STRIDE (f, c),
    .step_bytes = GST_VIDEO_FRAME_COMP_PSTRIDE (f, c),
    .sample_bytes = bytes,
    .shift = format->shift[c],
    .left = part->x >> format->w_sub[c],
    .top = part->y >> format->h_sub[c],
    .right = (part->x + part->w - 1) >> format->w_sub[c],
    .bottom = (part->y + part->h - 1) >> format->h_sub[c],
  };
}

/* Where a pixel lies among samples of chroma. */
static gdouble
place (gint at, guint sub, gboolean sited)
{
  return !sub ? at : sited ? at / 2.0 : (at - 0.5) / 2;
}

static void
check_picture (const gchar *what, const GstVideoFrame *f, const GstVideoRectangle *part,
    const guint8 *patches)
{
  gdouble kr, kb;
  const GstVideoFormatInfo *format = f->info.finfo;
  gboolean grey = GST_VIDEO_FORMAT_INFO_IS_GRAY (format);
  guint depth = format->depth[0];
  RefPlane planes[3];
  fail_unless (gst_video_color_matrix_get_Kr_Kb (f->info.colorimetry.matrix, &kr, &kb));
  for (guint c = 0; c < (grey ? 1 : 3); c++)
    planes[c] = ref_plane (f, c, part);
  for (gint y = 0; y < SIDE; y++)
    for (gint x = 0; x < SIDE; x++) {
      gdouble value[3] = { 0, 1 << (depth - 1), 1 << (depth - 1) }, want[3];
      value[0] = ref_plane_value (&planes[0], part->x + x, part->y + y);
      for (guint c = 1; c < 3 && !grey; c++)
        value[c] = ref_plane_value (&planes[c], place (part->x + x, format->w_sub[c],
                f->info.chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED), place (part->y + y,
                format->h_sub[c], f->info.chroma_site & GST_VIDEO_CHROMA_SITE_V_COSITED));
      ref_rgb (kr, kb, f->info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255, depth,
          value[0], value[1], value[2], want);
      const guint8 *got = patches + ((y / PATCH * (SIDE / PATCH) + x / PATCH) * PATCH * PATCH
          + y % PATCH * PATCH + x % PATCH) * 3;
      for (guint c = 0; c < 3; c++)
        if (!(fabs (got[c] - want[c]) <= TOLERANCE))
          ck_abort_msg ("%s: pixel %d,%d component %u is %u, want %.3f", what, x, y, c, got[c],
              want[c]);
    }
}

/* A frame of noise, of which @part is the picture. */
static void
check_noise (const gchar *format, const gchar *site, const gchar *colorimetry, guint width,
    guint height, const GstVideoRectangle *part)
{
  g_autofree gchar *text = g_strdup_printf ("video/x-raw,format=%s,width=%u,height=%u,"
      "framerate=25/1,chroma-site=%s,colorimetry=%s", format, width, height, site, colorimetry);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstVideoInfo info;
  GstVideoFrame f;
  fail_unless (gst_video_info_from_caps (&info, caps), "%s", text);
  VideoTest *t = video_test_new ("sampling=all n-threads=2 patch-size=4", UINT8);
  gst_harness_set_src_caps_str (t->h, text);
  GstBuffer *frame = noise_frame (&info);
  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta (frame);
  crop->x = part->x, crop->y = part->y, crop->width = part->w, crop->height = part->h;
  GST_BUFFER_PTS (frame) = 0;
  fail_unless_equals_int (gst_harness_push (t->h, gst_buffer_ref (frame)), GST_FLOW_OK);
  GstBuffer *out = gst_harness_pull (t->h);
  GstMapInfo map;
  fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 0), &map, GST_MAP_READ));
  fail_unless (gst_video_frame_map (&f, &info, frame, GST_MAP_READ));
  check_picture (text, &f, part, map.data);
  gst_video_frame_unmap (&f);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (out);
  gst_buffer_unref (frame);
  video_test_free (t);
}

static const gchar *const formats[] = {
  "I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "YUY2", "UYVY", "YVYU", "VYUY", "NV16",
  "NV61", "NV24", "I420_10LE", "P010_10LE", "I422_10LE", "Y444_12LE", "P012_LE", "v308", "GRAY8",
};

GST_START_TEST (test_noise)
{
  const gchar *sites[] = { "jpeg", "mpeg2", "cosited" };
  const GstVideoRectangle whole = { 0, 0, SIDE, SIDE };
  const GstVideoRectangle inside = { 13, 7, SIDE, SIDE };
  const gchar *format = formats[__i__];
  check_noise (format, sites[__i__ % 3], "bt709", SIDE, SIDE, &whole);
  check_noise (format, sites[(__i__ + 1) % 3], "bt601", 2 * SIDE + 1, SIDE + 9, &inside);
  check_noise (format, sites[(__i__ + 2) % 3], "1:3:0:0", SIDE, SIDE, &whole);
}

GST_END_TEST;

/* Formats that GstVideoConverter unpacks: grey stays grey. */
GST_START_TEST (test_rare_formats)
{
  const gchar *rare[] = { "AYUV", "VUYA", "Y41B", "YUV9", "IYU1", "v210", "v216", "Y210", "Y410",
    "A420", "AYUV64", "NV12_64Z32", "GRAY16_LE", "GRAY10_LE32", "P016_LE", "I420_10BE", "RGB16",
    "ARGB64", "r210", "GBR_10LE", "BGR10A2_LE"
  };
  const gchar *format = rare[__i__];
  GstHarness *h = gst_harness_new_parse ("videotestsrc num-buffers=1 pattern=solid-color "
      "foreground-color=0xff808080 ! videoconvert dither=none");
  g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=%s,width=64,height=64,"
      "framerate=25/1", format);
  gst_harness_set_sink_caps_str (h, caps);
  gst_harness_play (h);
  GstBuffer *frame = gst_harness_pull (h);
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (h->sinkpad);
  VideoTest *t = video_test_new ("sampling=all", UINT8);
  gst_harness_set_src_caps (t->h, g_steal_pointer (&current));
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);
  GstBuffer *out = gst_harness_pull (t->h);
  GstMapInfo map;
  fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 0), &map, GST_MAP_READ));
  for (guint i = 0; i < 576 * 768; i++)
    if (ABS (map.data[i] - 128) > 8)    /* RGB16 has steps of 8 */
      ck_abort_msg ("%s: value %u is %u, want 128", format, i, map.data[i]);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
  video_test_free (t);
}

GST_END_TEST;

/* The extremes of the size: they fit their budget, and are resized as the oracle does. */
GST_START_TEST (test_extreme_sizes)
{
  const struct
  {
    guint width, height, target_width, target_height;
  } cases[] = {
    {1, 1, 384, 384}, {2000, 30, 3264, 48}, {30, 2000, 48, 3264}, {8192, 1, 3360, 48},
    {1, 8192, 48, 3360}, {8192, 8192, 384, 384},
  };
  guint width = cases[__i__].width, height = cases[__i__].height;
  guint to_width = cases[__i__].target_width, to_height = cases[__i__].target_height;
  g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=GRAY8,width=%u,height=%u,"
      "framerate=25/1,colorimetry=1:1:0:0", width, height);
  gsize stride = GST_ROUND_UP_4 (width);
  guint8 *grey = g_malloc (stride * height);
  g_autofree guint8 *rgb = g_malloc ((gsize) width * height * 3);
  for (gsize y = 0; y < height; y++)
    for (gsize x = 0; x < width; x++)
      memset (rgb + (y * width + x) * 3, grey[y * stride + x] = x * 31 + y * 17 + x * y / 7, 3);
  VideoTest *t = video_test_new ("sampling=all n-threads=2", UINT8);
  gst_harness_set_src_caps_str (t->h, caps);
  fail_unless_equals_int (gst_harness_push (t->h, gst_buffer_new_wrapped (grey,
              stride * height)), GST_FLOW_OK);

  g_autofree guint8 *resized = g_malloc (to_width * to_height * 3);
  g_autofree guint8 *want = g_malloc (630 * 768);
  ref_resize (rgb, width, height, resized, to_width, to_height);
  ref_patchify (resized, to_width, to_height, 16, 630, want);
  GstBuffer *out = gst_harness_pull (t->h);
  GstMapInfo map;
  fail_unless (gst_memory_map (gst_buffer_peek_memory (out, 0), &map, GST_MAP_READ));
  for (guint i = 0; i < 630 * 768; i++)
    if (map.data[i] != want[i])
      ck_abort_msg ("%ux%u: value %u is %u, want %u", width, height, i, map.data[i], want[i]);
  gst_memory_unmap (map.memory, &map);
  gst_buffer_unref (out);
  video_test_free (t);
}

GST_END_TEST;

/* The 12B's patches, as transformers made them. */
static void
check_unified (JsonObject *manifest, const gchar *name, JsonNode *node, gpointer n_checked)
{
  guint width, height, budget;
  if (sscanf (name, "image_%ux%u_%u", &width, &height, &budget) != 3)
    return;
  g_autofree gchar *props = g_strdup_printf ("preset=gemma4_instruct_12b sampling=all "
      "max-soft-tokens=%u", budget);
  g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=RGB,width=%u,height=%u,"
      "framerate=25/1", width, height);
  g_autofree guint8 *rgb = input_image (width, height);
  VideoTest *t = video_test_new (props, UINT8);
  gst_harness_set_src_caps_str (t->h, caps);
  guint stride = GST_ROUND_UP_4 (width * 3);
  GstBuffer *frame = gst_buffer_new_allocate (NULL, stride * height, NULL);
  for (guint y = 0; y < height; y++)
    gst_buffer_fill (frame, y * stride, rgb + y * width * 3, width * 3);
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);

  const gchar *sums[] = { "values_u8_sha256", "positions_int32_sha256" };
  const gsize sizes[] = { budget * 6912, budget * 8 };
  GstBuffer *out = gst_harness_pull (t->h);
  for (guint i = 0; i < 2; i++) {
    GstMapInfo map;
    fail_unless (gst_memory_map (gst_buffer_peek_memory (out, i), &map, GST_MAP_READ));
    fail_unless_equals_uint64 (map.size, sizes[i]);
    g_autofree gchar *sum = sha256 (map.data, map.size);
    const gchar *want = json_object_get_string_member (json_node_get_object (node), sums[i]);
    fail_unless (g_str_equal (sum, want), "%s %s: got %s, want %s", name, sums[i], sum, want);
    gst_memory_unmap (map.memory, &map);
  }
  g_autoptr (GstCaps) got = gst_pad_get_current_caps (t->h->sinkpad);
  const GstStructure *s = gst_caps_get_structure (got, 0);
  g_autofree gchar *dims = g_strdup_printf ("6912:%u,2:%u", budget, budget);
  fail_unless_equals_string (gst_structure_get_string (s, "dimensions"), dims);
  fail_unless_equals_string (gst_structure_get_string (s, "target"), "transformers");
  gst_buffer_unref (out);
  video_test_free (t);
  ++*(guint *) n_checked;
}

GST_START_TEST (test_unified)
{
  g_autofree gchar *path = golden_path ("unified/manifest.json");
  g_autoptr (JsonParser) parser = json_parser_new ();
  guint n_checked = 0;
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  json_object_foreach_member (json_node_get_object (json_parser_get_root (parser)),
      check_unified, &n_checked);
  fail_unless (n_checked >= 7, "got %u pictures, want at least 7", n_checked);
}

GST_END_TEST;

static Suite *
videochroma_suite (void)
{
  Suite *s = suite_create ("videochroma");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_loop_test (t, test_noise, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (t, test_rare_formats, 0, 21);
  tcase_add_loop_test (t, test_extreme_sizes, 0, 6);
  tcase_add_test (t, test_unified);
  return s;
}

GST_CHECK_MAIN (videochroma);
