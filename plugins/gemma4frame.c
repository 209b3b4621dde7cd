/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4frame.h"

#include <gst/gemma4/colour.h>
#include <string.h>

/* Where the picture lies in the memory of a frame. */
typedef struct
{
  guint coded_width, coded_height;
  guint x, y, width, height;
} Region;

struct Gemma4FrameConverter
{
  GstVideoInfo info;
  Gemma4VisionParams params;
  guint32 target_width, target_height;

  /* Made for one region, and again when that changes. */
  Region region;
  Gemma4Resizer *resizer;       /* NULL if the size is right already */
  GstVideoConverter *colour;    /* NULL if the frames are RGB already */
  Gemma4Colour matrix;          /* if the frames are not of the RGB family */
  GstVideoFrame unpacked;       /* what @colour writes: RGB or AYUV64 */
  guint8 *rgb;                  /* [height][width][3] after the matrix */
  guint8 *resized;              /* [target_height][target_width][3] */

  guint8 *bytes;                /* pixels on their way to float32, or NULL */
};

/* RGB24 pixels and the distance of their rows. */
typedef struct
{
  const guint8 *data;
  gint stride_bytes;
} Picture;

static gboolean
is_rgb24 (const GstVideoInfo *info)
{
  return GST_VIDEO_INFO_FORMAT (info) == GST_VIDEO_FORMAT_RGB;
}

/* The size of a region as it is displayed: with non-square pixels the shorter
 * side of a pixel keeps its number, the longer one is stretched. */
static Gemma4Status
fit (const Gemma4FrameConverter *self, guint width, guint height, guint32 *target_width,
    guint32 *target_height, Gemma4Error *error)
{
  gint n = GST_VIDEO_INFO_PAR_N (&self->info), d = GST_VIDEO_INFO_PAR_D (&self->info);
  guint64 w = width, h = height;
  if (n > d)
    w = gst_util_uint64_scale_int_round (w, n, d);
  else
    h = gst_util_uint64_scale_int_round (h, d, n);
  return gemma4_fit (&self->params, MIN (w, G_MAXUINT32), MIN (h, G_MAXUINT32),
      target_width, target_height, error);
}

static void
clear_region (Gemma4FrameConverter *self)
{
  self->region = (Region) { 0 };
  g_clear_pointer (&self->resizer, gemma4_resizer_free);
  g_clear_pointer (&self->colour, gst_video_converter_free);
  if (self->unpacked.buffer) {
    GstBuffer *buffer = self->unpacked.buffer;
    gst_video_frame_unmap (&self->unpacked);
    gst_buffer_unref (buffer);
    self->unpacked = (GstVideoFrame) { 0 };
  }
  g_clear_pointer (&self->rgb, g_free);
  g_clear_pointer (&self->resized, g_free);
}

Gemma4FrameConverter *
gemma4_frame_converter_new (const GstVideoInfo *info, const Gemma4VisionParams *params,
    Gemma4Error *error)
{
  Gemma4FrameConverter *self = g_new0 (Gemma4FrameConverter, 1);
  self->info = *info;
  self->params = *params;
  if (fit (self, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info),
          &self->target_width, &self->target_height, error) != GEMMA4_OK)
    g_clear_pointer (&self, gemma4_frame_converter_free);
  return self;
}

void
gemma4_frame_converter_free (Gemma4FrameConverter *self)
{
  clear_region (self);
  g_free (self->bytes);
  g_free (self);
}

static gboolean
fail (Gemma4Error *error, const gchar *what, const Region *region)
{
  g_snprintf (error->text, sizeof error->text, "%s for a frame of %ux%u pixels; is the "
      "buffer as large as its caps say?", what, region->width, region->height);
  return FALSE;
}

/* The matrix for frames that are not RGB; luma and chroma come as they were, in
 * 16 bits, for the converter's own matrix is not exact. */
static void
init_matrix (Gemma4FrameConverter *self)
{
  const GstVideoColorimetry *c = &self->info.colorimetry;
  gdouble kr = 0.299, kb = 0.114;
  gst_video_color_matrix_get_Kr_Kb (c->matrix, &kr, &kb);
  gemma4_colour_init (&self->matrix, kr, kb, GST_VIDEO_INFO_COMP_DEPTH (&self->info, 0),
      c->range == GST_VIDEO_COLOR_RANGE_0_255);
}

static gboolean
make_colour (Gemma4FrameConverter *self, const GstVideoInfo *in)
{
  const Region *r = &self->region;
  gboolean rgb = GST_VIDEO_INFO_IS_RGB (in);
  GstVideoInfo out;
  if (!gst_video_info_set_format (&out, rgb ? GST_VIDEO_FORMAT_RGB
          : GST_VIDEO_FORMAT_AYUV64, r->width, r->height))
    return FALSE;
  out.fps_n = in->fps_n;
  out.fps_d = in->fps_d;
  if (!rgb) {
    out.colorimetry = in->colorimetry;
    init_matrix (self);
    self->rgb = g_malloc_n (r->height, r->width * 3);
  }

  self->colour = gst_video_converter_new (in, &out, gst_structure_new ("options",
          GST_VIDEO_CONVERTER_OPT_SRC_X, G_TYPE_INT, r->x,
          GST_VIDEO_CONVERTER_OPT_SRC_Y, G_TYPE_INT, r->y,
          GST_VIDEO_CONVERTER_OPT_SRC_WIDTH, G_TYPE_INT, r->width,
          GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT, G_TYPE_INT, r->height,
          GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD,
          GST_VIDEO_DITHER_NONE, NULL));
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&out), NULL);
  if (self->colour && buffer
      && gst_video_frame_map (&self->unpacked, &out, buffer, GST_MAP_READWRITE))
    return TRUE;
  self->unpacked = (GstVideoFrame) { 0 };
  g_clear_pointer (&buffer, gst_buffer_unref);
  return FALSE;
}

static gboolean
make_for_region (Gemma4FrameConverter *self, const GstVideoInfo *in, const Region *region,
    Gemma4Error *error)
{
  clear_region (self);
  if (fit (self, region->width, region->height, &self->target_width,
          &self->target_height, error) != GEMMA4_OK)
    return FALSE;

  self->region = *region;
  if (!is_rgb24 (in) && !make_colour (self, in)) {
    fail (error, "no colour conversion", region);
    clear_region (self);
    return FALSE;
  }
  if (region->width == self->target_width && region->height == self->target_height)
    return TRUE;
  if (gemma4_resizer_new (region->width, region->height, self->target_width,
          self->target_height, &self->resizer) != GEMMA4_OK) {
    fail (error, "not enough memory to resize", region);
    clear_region (self);
    return FALSE;
  }
  self->resized = g_malloc_n (self->target_height, self->target_width * 3);
  return TRUE;
}

/* What the crop meta names, else as much as the caps say. */
static Region
find_region (const Gemma4FrameConverter *self, const GstVideoFrame *frame)
{
  const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta (frame->buffer);
  guint width = GST_VIDEO_FRAME_WIDTH (frame), height = GST_VIDEO_FRAME_HEIGHT (frame);
  Region region = { width, height, 0, 0, 0, 0 };
  region.width = GST_VIDEO_INFO_WIDTH (&self->info);
  region.height = GST_VIDEO_INFO_HEIGHT (&self->info);
  if (crop && crop->width && crop->height && crop->x < width && crop->y < height) {
    region.x = crop->x;
    region.y = crop->y;
    region.width = MIN (crop->width, width - crop->x);
    region.height = MIN (crop->height, height - crop->y);
  }
  return region;
}

static void
apply_matrix (Gemma4FrameConverter *self)
{
  const guint8 *in = GST_VIDEO_FRAME_PLANE_DATA (&self->unpacked, 0);
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (&self->unpacked, 0);
  gsize row_bytes = (gsize) self->region.width * 3;
  for (guint y = 0; y < self->region.height; y++)
    gemma4_colour_row (&self->matrix, self->rgb + y * row_bytes,
        (const guint16 *) (in + y * (gsize) stride), self->region.width);
}

static Picture
to_rgb (Gemma4FrameConverter *self, GstVideoFrame *frame)
{
  if (!self->colour) {
    gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
    const guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
    data += (gssize) self->region.y * stride + self->region.x * 3;
    return (Picture) { data, stride };
  }
  gst_video_converter_frame (self->colour, frame, &self->unpacked);
  if (self->rgb) {
    apply_matrix (self);
    return (Picture) { self->rgb, self->region.width * 3 };
  }
  const guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (&self->unpacked, 0);
  return (Picture) { data, GST_VIDEO_FRAME_PLANE_STRIDE (&self->unpacked, 0) };
}

static void
to_patches (Gemma4FrameConverter *self, Picture picture, guint8 *pixels,
    gint32 *positions)
{
  const Gemma4VisionParams *params = &self->params;
  guint32 n_rows = gemma4_max_patches (params);
  if (self->resizer) {
    gint stride = self->target_width * 3;
    gemma4_resizer_run (self->resizer, self->resized, stride, picture.data,
        picture.stride_bytes);
    picture = (Picture) { self->resized, stride };
  }
  gemma4_patchify (params, pixels, n_rows, picture.data, picture.stride_bytes,
      self->target_width, self->target_height);
  guint32 n_columns = self->target_width / params->patch_size_px;
  gemma4_patch_positions (positions, n_rows, n_columns,
      n_columns * (self->target_height / params->patch_size_px));
}

static void
to_float (Gemma4FrameConverter *self, Picture picture, gfloat *pixels, gint32 *positions)
{
  const Gemma4VisionParams *params = &self->params;
  gsize n_values = (gsize) gemma4_max_patches (params) * gemma4_patch_values (params);
  if (!self->bytes)
    self->bytes = g_malloc (n_values);
  to_patches (self, picture, self->bytes, positions);
  gemma4_scale_pixels (pixels, self->bytes, n_values, GEMMA4_PIXELS_DIVIDED);
}

gboolean
gemma4_frame_converter_run (Gemma4FrameConverter *self, GstBuffer *buffer,
    Gemma4DType dtype, gpointer pixels, gint32 *positions, Gemma4Error *error)
{
  GstVideoFrame frame;
  if (!gst_video_frame_map (&frame, &self->info, buffer,
          GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
    Region caps = { 0 };
    caps.width = GST_VIDEO_INFO_WIDTH (&self->info);
    caps.height = GST_VIDEO_INFO_HEIGHT (&self->info);
    return fail (error, "no readable pixels", &caps);
  }
  Region region = find_region (self, &frame);
  gboolean ok = memcmp (&region, &self->region, sizeof region) == 0
      || make_for_region (self, &frame.info, &region, error);
  if (ok && dtype == GEMMA4_FLOAT32)
    to_float (self, to_rgb (self, &frame), pixels, positions);
  else if (ok)
    to_patches (self, to_rgb (self, &frame), pixels, positions);
  gst_video_frame_unmap (&frame);
  return ok;
}
