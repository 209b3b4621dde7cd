/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4videoconv: the pixels, from every format, wherever they lie in memory.
 * Inside loops over pixels only a failure calls check, which notes every call. */

#include "videotest.h"

#include <json-glib/json-glib.h>
#include <math.h>

#define UINT8 "other/tensors,types=(string)\"uint8,int32\""
#define FLOAT32 "other/tensors,types=(string)\"float32,int32\""

/* The two tensors of a buffer. */
typedef struct
{
  GstBuffer *buffer;
  GstMapInfo pixels, positions;
} Tensors;

static Tensors
tensors_map (GstBuffer *buffer)
{
  Tensors t = {.buffer = buffer };
  fail_unless (buffer != NULL, "nothing came out");
  fail_unless_equals_int (gst_buffer_n_memory (buffer), 2);
  fail_unless (gst_memory_map (gst_buffer_peek_memory (buffer, 0), &t.pixels, GST_MAP_READ));
  fail_unless (gst_memory_map (gst_buffer_peek_memory (buffer, 1), &t.positions, GST_MAP_READ));
  return t;
}

static void
tensors_clear (Tensors *t)
{
  gst_memory_unmap (t->pixels.memory, &t->pixels);
  gst_memory_unmap (t->positions.memory, &t->positions);
  gst_buffer_unref (t->buffer);
}

static VideoTest *
begin (const gchar *props, const gchar *sink_caps, const gchar *format, guint width,
    guint height, const gchar *more)
{
  VideoTest *t = video_test_new (props, sink_caps);
  g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=%s,width=%u,height=%u,"
      "framerate=25/1%s", format, width, height, more);
  gst_harness_set_src_caps_str (t->h, caps);
  return t;
}

static Tensors
convert (VideoTest *t, GstBuffer *frame)
{
  GST_BUFFER_PTS (frame) = 0;
  fail_unless_equals_int (gst_harness_push (t->h, frame), GST_FLOW_OK);
  return tensors_map (gst_harness_try_pull (t->h));
}

/* A frame of tightly packed RGB24 in memory whose rows are @stride apart. */
static GstBuffer *
rgb_frame (const guint8 *rgb, guint width, guint height, guint stride, guint offset)
{
  GstBuffer *frame = gst_buffer_new_allocate (NULL, offset + (gsize) stride * height, NULL);
  gst_buffer_memset (frame, 0, 0xee, -1);
  for (guint y = 0; y < height; y++)
    gst_buffer_fill (frame, offset + (gsize) y * stride, rgb + (gsize) y * width * 3,
        width * 3);
  return frame;
}

/* The picture whose patches of @side these are, [height][width][3]. */
static guint8 *
picture_of (const guint8 *pixels, guint width, guint height, guint side)
{
  guint8 *rgb = g_malloc (width * height * 3);
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++) {
      guint patch = y / side * (width / side) + x / side;
      memcpy (rgb + (y * width + x) * 3,
          pixels + (patch * side * side + y % side * side + x % side) * 3, 3);
    }
  return rgb;
}

static void
check_positions (const Tensors *t, const gchar *what, guint width, guint height, guint n_rows)
{
  const gint32 *p = (const gint32 *) t->positions.data;
  guint n_columns = width / 16, n = n_columns * (height / 16);
  fail_unless_equals_uint64 (t->positions.size, n_rows * 8);
  for (guint i = 0; i < n_rows; i++) {
    gint x = i < n ? (gint) (i % n_columns) : -1, y = i < n ? (gint) (i / n_columns) : -1;
    if (p[2 * i] != x || p[2 * i + 1] != y)
      ck_abort_msg ("%s: row %u is at %d,%d, want %d,%d", what, i, p[2 * i], p[2 * i + 1], x, y);
  }
}

static void
check_golden (const gchar *name, JsonObject *want)
{
#define GET(field) ((guint) json_object_get_int_member (want, field))
  guint width = GET ("width_px"), height = GET ("height_px");
  guint target_width = GET ("target_width_px"), target_height = GET ("target_height_px");
  guint n_rows = GET ("max_patches"), n = target_width * target_height / 256;
  g_autofree gchar *props = g_strdup_printf ("sampling=all max-soft-tokens=%u",
      GET ("max_soft_tokens"));
#undef GET
  VideoTest *t = begin (props, UINT8, "RGB", width, height, "");
  g_autofree guint8 *rgb = input_image (width, height);
  guint stride = GST_ROUND_UP_4 (width * 3);
  Tensors out = convert (t, rgb_frame (rgb, width, height, stride, 0));

  fail_unless_equals_uint64 (out.pixels.size, n_rows * 768);
  g_autofree guint8 *picture = picture_of (out.pixels.data, target_width, target_height, 16);
  g_autofree gchar *sum = sha256 (picture, target_width * target_height * 3);
  const gchar *want_sum = json_object_get_string_member (want, "resized_rgb24_sha256");
  fail_unless (g_str_equal (sum, want_sum), "%s: got %s, want %s", name, sum, want_sum);
  for (guint i = n * 768; i < n_rows * 768; i++)
    if (out.pixels.data[i] != 0)
      ck_abort_msg ("%s: padding byte %u is %u", name, i, out.pixels.data[i]);
  check_positions (&out, name, target_width, target_height, n_rows);
  tensors_clear (&out);
  video_test_free (t);
}

GST_START_TEST (test_golden)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *path = golden_path ("image/manifest.json");
  fail_unless (json_parser_load_from_file (parser, path, NULL), "cannot read %s", path);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;
  guint n_cases = 0;
  json_object_iter_init (&iter, json_node_get_object (json_parser_get_root (parser)));
  while (json_object_iter_next (&iter, &name, &node)) {
    check_golden (name, json_node_get_object (node));
    n_cases++;
  }
  fail_unless (n_cases >= 25, "only %u cases", n_cases);
}

GST_END_TEST;

GST_START_TEST (test_float_is_divided)
{
  g_autofree guint8 *rgb = input_image (100, 100);
  VideoTest *narrow = begin ("sampling=all", UINT8, "RGB", 100, 100, "");
  VideoTest *wide = begin ("sampling=all", FLOAT32, "RGB", 100, 100, "");
  Tensors a = convert (narrow, rgb_frame (rgb, 100, 100, 300, 0));
  Tensors b = convert (wide, rgb_frame (rgb, 100, 100, 300, 0));
  const gfloat *got = (const gfloat *) b.pixels.data;
  fail_unless_equals_uint64 (b.pixels.size, a.pixels.size * 4);
  for (guint i = 0; i < a.pixels.size; i++) {
    gfloat want = a.pixels.data[i] / 255.0;
    if (got[i] != want)
      ck_abort_msg ("value %u is %.9g, want %.9g", i, got[i], want);
  }
  fail_unless (memcmp (a.positions.data, b.positions.data, a.positions.size) == 0);
  tensors_clear (&a);
  tensors_clear (&b);
  video_test_free (narrow);
  video_test_free (wide);
}

GST_END_TEST;

/* Colours: pictures of 96x96, which are not resized at 70 tokens if patches are small. */
#define SIDE 96
#define SMALL "sampling=all patch-size=4"

/* What a component is in the test picture: luma runs, chroma stands still. */
static guint
test_level (guint component, guint x, guint y, guint cb, guint cr)
{
  return component == 0 ? 16 + (x + 71 * y) % 220 : component == 1 ? cb : cr;
}

static GstBuffer *
yuv_frame (const GstVideoInfo *info, guint cb, guint cr)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  GstVideoFrame f;
  fail_unless (gst_video_frame_map (&f, info, buffer, GST_MAP_WRITE));
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS (info); c++) {
    guint depth = GST_VIDEO_INFO_COMP_DEPTH (info, c), shift = info->finfo->shift[c];
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (&f, c); y++)
      for (gint x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH (&f, c); x++) {
        guint v = test_level (c, x, y, cb, cr) << (depth - 8);
        guint8 *p = (guint8 *) GST_VIDEO_FRAME_COMP_DATA (&f, c)
            + y * GST_VIDEO_FRAME_COMP_STRIDE (&f, c)
            + x * GST_VIDEO_FRAME_COMP_PSTRIDE (&f, c);
        if (depth == 8)
          *p = v;
        else                    /* 1.22 counts P010's offset in samples, not in bytes */
          GST_WRITE_UINT16_LE (p + (info->finfo->poffset[c] == 1), v << shift);
      }
  }
  gst_video_frame_unmap (&f);
  return buffer;
}

/* ITU-T H.273 in double precision. */
static void
yuv_to_rgb (gdouble kr, gdouble kb, gboolean full, guint depth, const guint yuv[3],
    gdouble rgb[3])
{
  gdouble all = full && depth > 8 ? ldexp (1, depth) - 1 : 255 * ldexp (1, depth - 8);
  gdouble unit = ldexp (1, depth - 8);
  gdouble y = full ? yuv[0] * unit / all : (yuv[0] - 16.0) / 219;
  gdouble b = (yuv[1] - 128.0) * (full ? unit / all : 1 / 224.0);
  gdouble r = (yuv[2] - 128.0) * (full ? unit / all : 1 / 224.0);
  rgb[0] = y + 2 * (1 - kr) * r;
  rgb[2] = y + 2 * (1 - kb) * b;
  rgb[1] = (y - kr * rgb[0] - kb * rgb[2]) / (1 - kr - kb);
  for (guint c = 0; c < 3; c++)
    rgb[c] = CLAMP (rgb[c], 0, 1) * 255;
}

static void
check_colour (const gchar *format, const gchar *colorimetry, guint cb, guint cr)
{
  g_autofree gchar *more = g_strdup_printf (",colorimetry=%s", colorimetry);
  g_autofree gchar *caps_text = g_strdup_printf ("video/x-raw,format=%s,width=%d,height=%d,"
      "framerate=25/1%s", format, SIDE, SIDE, more);
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_text);
  GstVideoInfo info;
  fail_unless (gst_video_info_from_caps (&info, caps), "%s", caps_text);
  gdouble kr = 0.299, kb = 0.114;
  gst_video_color_matrix_get_Kr_Kb (info.colorimetry.matrix, &kr, &kb);
  gboolean full = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  gboolean grey = GST_VIDEO_INFO_IS_GRAY (&info);

  VideoTest *t = begin (SMALL, UINT8, format, SIDE, SIDE, more);
  Tensors out = convert (t, yuv_frame (&info, cb, cr));
  g_autofree guint8 *got = picture_of (out.pixels.data, SIDE, SIDE, 4);
  for (guint i = 0; i < SIDE * SIDE; i++) {
    guint yuv[3] = { test_level (0, i % SIDE, i / SIDE, 0, 0), grey ? 128 : cb, grey ? 128 : cr };
    gdouble want[3];
    yuv_to_rgb (kr, kb, full, GST_VIDEO_INFO_COMP_DEPTH (&info, 0), yuv, want);
    for (guint c = 0; c < 3; c++)
      if (fabs (got[3 * i + c] - want[c]) > 1)
        ck_abort_msg ("%s %s: Y %u Cb %u Cr %u gives component %u = %u, want %.2f", format, colorimetry, yuv[0], yuv[1], yuv[2], c,
          got[3 * i + c], want[c]);
  }
  tensors_clear (&out);
  video_test_free (t);
}

GST_START_TEST (test_colours)
{
  const gchar *formats[] = { "I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "YUY2", "UYVY",
    "I420_10LE", "P010_10LE", "GRAY8"
  };
  const gchar *colorimetries[] = { "bt601", "bt709", "bt2020", "1:4:0:0", "1:3:0:0" };
  const guint chroma[][2] = { {128, 128}, {90, 180}, {200, 110}, {16, 240} };
  for (guint m = 0; m < G_N_ELEMENTS (colorimetries); m++)
    for (guint c = 0; c < G_N_ELEMENTS (chroma); c++)
      check_colour (formats[__i__], colorimetries[m], chroma[c][0], chroma[c][1]);
}

GST_END_TEST;

/* Other orders of R, G and B lose nothing. */
GST_START_TEST (test_rgb_orders)
{
  const gchar *formats[] = { "RGB", "BGR", "RGBx", "BGRx", "xRGB", "xBGR", "RGBA", "BGRA",
    "ARGB", "ABGR", "GBR"
  };
  const gchar *format = formats[__i__];
  GstVideoInfo info;
  gst_video_info_set_format (&info, gst_video_format_from_string (format), SIDE, SIDE);
  GstBuffer *frame = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info), NULL);
  gst_buffer_memset (frame, 0, 0x7b, -1);
  g_autofree guint8 *rgb = input_image (SIDE, SIDE);
  GstVideoFrame f;
  fail_unless (gst_video_frame_map (&f, &info, frame, GST_MAP_WRITE));
  for (guint i = 0; i < SIDE * SIDE; i++)
    for (guint c = 0; c < 3; c++)
      *((guint8 *) GST_VIDEO_FRAME_COMP_DATA (&f, c)
          + i / SIDE * GST_VIDEO_FRAME_COMP_STRIDE (&f, c)
          + i % SIDE * GST_VIDEO_FRAME_COMP_PSTRIDE (&f, c)) = rgb[3 * i + c];
  gst_video_frame_unmap (&f);

  VideoTest *t = begin (SMALL, UINT8, format, SIDE, SIDE, "");
  Tensors out = convert (t, frame);
  g_autofree guint8 *got = picture_of (out.pixels.data, SIDE, SIDE, 4);
  for (guint i = 0; i < SIDE * SIDE * 3; i++)
    if (got[i] != rgb[i])
      ck_abort_msg ("%s: value %u is %u, want %u", format, i, got[i], rgb[i]);
  tensors_clear (&out);
  video_test_free (t);
}

GST_END_TEST;

/* Rows far apart, a start inside the buffer, and a picture inside a larger one, which may
 * name more than there is. */
GST_START_TEST (test_metas)
{
  const guint width = 100, height = 75, big_width = 160, big_height = 120;
  g_autofree guint8 *rgb = input_image (big_width, big_height);
  g_autofree guint8 *crop = g_malloc (width * height * 3);
  for (guint y = 0; y < height; y++)
    memcpy (crop + y * width * 3, rgb + ((y + 11) * big_width + 13) * 3, width * 3);
  VideoTest *t = begin ("sampling=all", UINT8, "RGB", width, height, "");
  Tensors want = convert (t, rgb_frame (crop, width, height, width * 3, 0));

  gsize offset[GST_VIDEO_MAX_PLANES] = { 70 };
  gint stride[GST_VIDEO_MAX_PLANES] = { 512 };
  GstBuffer *strided = rgb_frame (crop, width, height, stride[0], offset[0]);
  gst_buffer_add_video_meta_full (strided, 0, GST_VIDEO_FORMAT_RGB, width, height, 1, offset,
      stride);
  GstBuffer *inside = rgb_frame (rgb, big_width, big_height, stride[0], offset[0]);
  gst_buffer_add_video_meta_full (inside, 0, GST_VIDEO_FORMAT_RGB, big_width, big_height, 1,
      offset, stride);
  GstVideoCropMeta *meta = gst_buffer_add_video_crop_meta (inside);
  meta->x = 13, meta->y = 11, meta->width = width, meta->height = height;

  GstBuffer *beyond = rgb_frame (crop, width, height, stride[0], offset[0]);
  gst_buffer_add_video_meta_full (beyond, 0, GST_VIDEO_FORMAT_RGB, width, height, 1, offset,
      stride);
  GstBuffer *outside = gst_buffer_copy (beyond);
  meta = gst_buffer_add_video_crop_meta (beyond);
  meta->x = meta->y = 0, meta->width = G_MAXUINT, meta->height = height + 1;
  meta = gst_buffer_add_video_crop_meta (outside);
  meta->x = width, meta->y = 0, meta->width = meta->height = 10;

  GstBuffer *frames[] = { strided, inside, beyond, outside };
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++) {
    Tensors got = convert (t, frames[i]);
    fail_unless (memcmp (got.pixels.data, want.pixels.data, want.pixels.size) == 0,
        "frame %u has other pixels", i);
    tensors_clear (&got);
  }
  tensors_clear (&want);
  video_test_free (t);
}

GST_END_TEST;

GST_START_TEST (test_pixel_aspect_ratio)
{
  const struct
  {
    guint width, height;
    const gchar *par;
    guint target_width, target_height;
  } cases[] = {
    {640, 480, "1/1", 432, 336}, {320, 480, "2/1", 432, 336}, {640, 240, "1/2", 432, 336},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *more = g_strdup_printf (",pixel-aspect-ratio=%s", cases[i].par);
    guint width = cases[i].width, height = cases[i].height;
    g_autofree guint8 *rgb = input_image (width, height);
    VideoTest *t = begin ("sampling=all", UINT8, "RGB", width, height, more);
    Tensors out = convert (t, rgb_frame (rgb, width, height, width * 3, 0));
    check_positions (&out, cases[i].par, cases[i].target_width, cases[i].target_height, 630);
    tensors_clear (&out);
    video_test_free (t);
  }
}

GST_END_TEST;

/* Odd sizes of subsampled formats: a grey picture stays grey to its edges. */
GST_START_TEST (test_odd_sizes)
{
  const guint sizes[][2] = { {1, 1}, {7, 5}, {641, 359}, {3, 200} };
  const gchar *formats[] = { "I420", "NV12", "YUY2", "GRAY8", "I420_10LE" };
  guint width = sizes[__i__ % 4][0], height = sizes[__i__ % 4][1];
  const gchar *format = formats[__i__ / 4];
  GstVideoInfo info;
  gst_video_info_set_format (&info, gst_video_format_from_string (format), width, height);
  GstBuffer *frame = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info), NULL);
  gst_buffer_memset (frame, 0, 128, -1);
  if (GST_VIDEO_INFO_COMP_DEPTH (&info, 0) == 10)
    for (gsize i = 0; i + 1 < GST_VIDEO_INFO_SIZE (&info); i += 2)
      gst_buffer_fill (frame, i, "\0\2", 2);
  VideoTest *t = begin ("sampling=all", UINT8, format, width, height, "");
  Tensors out = convert (t, frame);
  const gint32 *position = (const gint32 *) out.positions.data;
  for (guint i = 0; i < 630 && position[2 * i] >= 0; i++)
    for (guint k = 0; k < 768; k++)
      if (ABS (out.pixels.data[i * 768 + k] - 129) > 2)
        ck_abort_msg ("%s %ux%u: patch %u value %u is %u", format, width, height, i, k, out.pixels.data[i * 768 + k]);
  tensors_clear (&out);
  video_test_free (t);
}

GST_END_TEST;

static Suite *
videoconv_suite (void)
{
  Suite *s = suite_create ("videoconv");
  TCase *t = tcase_create ("general");
  suite_add_tcase (s, t);
  tcase_add_test (t, test_golden);
  tcase_add_test (t, test_float_is_divided);
  tcase_add_loop_test (t, test_colours, 0, 11);
  tcase_add_loop_test (t, test_rgb_orders, 0, 11);
  tcase_add_test (t, test_metas);
  tcase_add_test (t, test_pixel_aspect_ratio);
  tcase_add_loop_test (t, test_odd_sizes, 0, 20);
  return s;
}

GST_CHECK_MAIN (videoconv);
