/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videopicture.h"

/* One worker's. */
typedef struct
{
  const Gemma4PictureReader *reader;
  Gemma4Ycbcr *ycbcr;

  /* The last GEMMA4_RESIZE_INPUT_ROWS that were made one after the other. */
  guint8 *rgb;
  guint first, end;
} Rows;

struct Gemma4PictureReader
{
  Gemma4Region region;
  Gemma4Workers *workers;
  guint8 *rgb;                  /* [height][width][3]; NULL if nothing is converted */

  /* Either of these, or none. */
  Rows *rows;                   /* one a thread */
  GstVideoConverter *converter;

  Gemma4Plane planes[3];        /* of the frame at hand */
  Gemma4Colour matrix;          /* of what @converter unpacks, if that is not RGB */
  GstVideoFrame unpacked;       /* what @converter writes: RGB or AYUV64 */
};

static Gemma4YcbcrMeaning
find_meaning (const GstVideoInfo *info)
{
  const GstVideoColorimetry *c = &info->colorimetry;
  Gemma4YcbcrMeaning meaning = { 0.299, 0.114, c->range == GST_VIDEO_COLOR_RANGE_0_255 };
  gst_video_color_matrix_get_Kr_Kb (c->matrix, &meaning.kr, &meaning.kb);
  return meaning;
}

/* Where a component begins in a pixel, in bytes. */
static guint
component_offset (const GstVideoFormatInfo *format, guint c)
{
  guint offset = format->poffset[c];
  if (format->depth[c] > 8 && offset == 1)
    offset = 2;                 /* before 1.24 GStreamer counts P010's in samples */
  return offset;
}

/* Whether every sample is one byte, or two in little endian, at a fixed distance. */
static gboolean
has_plain_samples (const GstVideoFormatInfo *format)
{
  guint depth = format->depth[0];
  if (GST_VIDEO_FORMAT_INFO_IS_COMPLEX (format) || GST_VIDEO_FORMAT_INFO_IS_TILED (format)
      || GST_VIDEO_FORMAT_INFO_HAS_ALPHA (format) || depth < 8 || depth > 12
      || (depth > 8 && !GST_VIDEO_FORMAT_INFO_IS_LE (format)))
    return FALSE;
  for (guint c = 0; c < format->n_components; c++) {
    guint bytes = depth > 8 ? 2 : 1;
    if (format->depth[c] != depth || format->shift[c] != format->shift[0]
        || format->pixel_stride[c] < (gint) bytes || format->w_sub[c] > 1 || format->h_sub[c] > 1)
      return FALSE;
  }
  return TRUE;
}

/* Whether the core reads frames of this kind as they are. */
static gboolean
find_layout (const GstVideoInfo *info, Gemma4YcbcrLayout *layout)
{
  const GstVideoFormatInfo *format = info->finfo;
  gboolean grey = GST_VIDEO_FORMAT_INFO_IS_GRAY (format);
  if (!(grey || GST_VIDEO_FORMAT_INFO_IS_YUV (format)) || !has_plain_samples (format))
    return FALSE;
  *layout = (Gemma4YcbcrLayout) {
    .depth_bits = format->depth[0],
    .shift = format->shift[0],
    .grey = grey,
    .half_width = !grey && format->w_sub[1],
    .half_height = !grey && format->h_sub[1],
    .sited_x = info->chroma_site & GST_VIDEO_CHROMA_SITE_H_COSITED,
    .sited_y = info->chroma_site & GST_VIDEO_CHROMA_SITE_V_COSITED,
  };
  for (guint c = 0; c < (grey ? 1 : 3); c++)
    layout->step_bytes[c] = format->pixel_stride[c];
  return TRUE;
}

static gboolean
make_ycbcr (Gemma4PictureReader *self, const Gemma4YcbcrLayout *layout,
    const GstVideoInfo *info)
{
  const Gemma4Region *r = &self->region;
  Gemma4YcbcrMeaning meaning = find_meaning (info);
  self->rows = g_new0 (Rows, gemma4_workers_n (self->workers));
  for (guint i = 0; i < gemma4_workers_n (self->workers); i++) {
    Rows *rows = &self->rows[i];
    rows->reader = self;
    rows->rgb = g_try_malloc_n (GEMMA4_RESIZE_INPUT_ROWS, r->width * 3);
    if (!rows->rgb || gemma4_ycbcr_new (layout, &meaning, r->x, r->y, r->width, r->height,
            &rows->ycbcr) != GEMMA4_OK)
      return FALSE;
  }
  return TRUE;
}

static gboolean
map_unpacked (Gemma4PictureReader *self, const GstVideoInfo *info)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info),
      NULL);
  if (buffer && gst_video_frame_map (&self->unpacked, info, buffer, GST_MAP_READWRITE))
    return TRUE;
  self->unpacked = (GstVideoFrame) { 0 };
  return FALSE;
}

/* Luma and chroma come as they were, in 16 bits: the converter's own matrix is not
 * exact. */
static gboolean
make_converter (Gemma4PictureReader *self, const GstVideoInfo *info)
{
  const Gemma4Region *r = &self->region;
  gboolean rgb = GST_VIDEO_INFO_IS_RGB (info);
  GstVideoInfo out;
  if (!gst_video_info_set_format (&out, rgb ? GST_VIDEO_FORMAT_RGB
          : GST_VIDEO_FORMAT_AYUV64, r->width, r->height))
    return FALSE;
  out.fps_n = info->fps_n;
  out.fps_d = info->fps_d;
  if (!rgb) {
    Gemma4YcbcrMeaning meaning = find_meaning (info);
    out.colorimetry = info->colorimetry;
    gemma4_colour_init (&self->matrix, meaning.kr, meaning.kb,
        GST_VIDEO_INFO_COMP_DEPTH (info, 0), meaning.full_range);
  }

  self->converter = gst_video_converter_new (info, &out, gst_structure_new ("options",
          GST_VIDEO_CONVERTER_OPT_SRC_X, G_TYPE_INT, r->x,
          GST_VIDEO_CONVERTER_OPT_SRC_Y, G_TYPE_INT, r->y,
          GST_VIDEO_CONVERTER_OPT_SRC_WIDTH, G_TYPE_INT, r->width,
          GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT, G_TYPE_INT, r->height,
          GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT, gemma4_workers_n (self->workers),
          GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
          GST_VIDEO_DITHER_NONE, NULL));
  return self->converter && map_unpacked (self, &out);
}

Gemma4PictureReader *
gemma4_picture_reader_new (const GstVideoInfo *info, const Gemma4Region *region,
    Gemma4Workers *workers)
{
  Gemma4PictureReader *self = g_new0 (Gemma4PictureReader, 1);
  Gemma4YcbcrLayout layout;
  gboolean ok = TRUE, rgb = GST_VIDEO_INFO_IS_RGB (info);
  self->region = *region;
  self->workers = workers;
  if (find_layout (info, &layout))
    ok = make_ycbcr (self, &layout, info);
  else if (GST_VIDEO_INFO_FORMAT (info) != GST_VIDEO_FORMAT_RGB)
    ok = make_converter (self, info);
  if (!rgb) {
    self->rgb = g_try_malloc_n (region->height, region->width * 3);
    ok = ok && self->rgb;
  }
  if (!ok)
    g_clear_pointer (&self, gemma4_picture_reader_free);
  return self;
}

void
gemma4_picture_reader_free (Gemma4PictureReader *self)
{
  for (guint i = 0; self->rows && i < gemma4_workers_n (self->workers); i++) {
    gemma4_ycbcr_free (self->rows[i].ycbcr);
    g_free (self->rows[i].rgb);
  }
  g_free (self->rows);
  g_clear_pointer (&self->converter, gst_video_converter_free);
  if (self->unpacked.buffer)
    gst_video_frame_unmap (&self->unpacked);
  g_free (self->rgb);
  g_free (self);
}

static void
convert_rows (gpointer data, guint i, guint n)
{
  Gemma4PictureReader *self = data;
  gint stride = self->region.width * 3;
  guint first, n_rows = gemma4_workers_rows (self->region.height, i, n, &first);
  gemma4_ycbcr_run (self->rows[i].ycbcr, self->rgb + (gsize) first * stride, stride,
      self->planes, first, n_rows);
}

static void
apply_matrix (gpointer data, guint i, guint n)
{
  Gemma4PictureReader *self = data;
  gsize row_bytes = (gsize) self->region.width * 3;
  guint first, n_rows = gemma4_workers_rows (self->region.height, i, n, &first);
  for (guint y = first; y < first + n_rows; y++)
    gemma4_colour_row (&self->matrix, self->rgb + y * row_bytes, (const guint16 *)
        (self->planes[0].data + (gssize) y * self->planes[0].stride_bytes), self->region.width);
}

static Gemma4Plane
plane_of (const GstVideoFrame *frame, guint c)
{
  const GstVideoFormatInfo *format = frame->info.finfo;
  guint plane = format->plane[c];
  const guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
  return (Gemma4Plane) { data + component_offset (format, c),
    GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane) };
}

gboolean
gemma4_picture_reader_has_rows (const Gemma4PictureReader *self)
{
  return self->rows != NULL;
}

void
gemma4_picture_reader_begin (Gemma4PictureReader *self, const GstVideoFrame *frame)
{
  for (guint c = 0; c < MIN (GST_VIDEO_FRAME_N_COMPONENTS (frame), 3); c++)
    self->planes[c] = plane_of (frame, c);
  for (guint i = 0; i < gemma4_workers_n (self->workers); i++)
    self->rows[i].first = self->rows[i].end = 0;
}

gpointer
gemma4_picture_reader_rows (Gemma4PictureReader *self, guint i)
{
  return &self->rows[i];
}

const guint8 *
gemma4_picture_reader_row (gpointer data, guint32 y)
{
  Rows *rows = data;
  const Gemma4Region *region = &rows->reader->region;
  gint stride = region->width * 3;
  if (y >= rows->end) {
    guint n = MIN (region->height - y, GEMMA4_RESIZE_INPUT_ROWS);
    gemma4_ycbcr_run (rows->ycbcr, rows->rgb, stride, rows->reader->planes, y, n);
    rows->first = y;
    rows->end = y + n;
  }
  return rows->rgb + (gsize) (y - rows->first) * stride;
}

Gemma4Picture
gemma4_picture_reader_run (Gemma4PictureReader *self, GstVideoFrame *frame)
{
  if (self->rows) {
    gemma4_picture_reader_begin (self, frame);
    gemma4_workers_run (self->workers, convert_rows, self);
    return (Gemma4Picture) { self->rgb, self->region.width * 3 };
  }
  if (!self->converter) {
    gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
    const guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
    return (Gemma4Picture) { data + (gssize) self->region.y * stride + self->region.x * 3,
      stride };
  }
  gst_video_converter_frame (self->converter, frame, &self->unpacked);
  self->planes[0] = plane_of (&self->unpacked, 0);
  self->planes[0].data = GST_VIDEO_FRAME_PLANE_DATA (&self->unpacked, 0);
  if (!self->rgb)
    return (Gemma4Picture) { self->planes[0].data, self->planes[0].stride_bytes };
  gemma4_workers_run (self->workers, apply_matrix, self);
  return (Gemma4Picture) { self->rgb, self->region.width * 3 };
}
