/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4videoframe.h"

#include "gemma4videopicture.h"

#include <string.h>

/* What all else is made for, and made again when it changes. */
typedef struct
{
  Gemma4Region region;
  Gemma4Orientation orientation;
} View;

struct Gemma4FrameConverter
{
  GstVideoInfo info;
  Gemma4FrameParams params;
  Gemma4Workers *workers;
  Gemma4Orientation orientation;        /* of the frames to come */

  View view;                    /* zero: nothing is made yet */
  guint32 target_width, target_height;
  Gemma4PictureReader *reader;
  guint8 *upright;              /* [height][width][3] as displayed; NULL if it is so already */
  Gemma4Resizer **resizers;     /* one a thread; NULL if the size is right already */
  guint8 *resized;              /* [target_height][target_width][3] */

  guint8 *bytes;                /* pixels on their way to float32, or NULL */
};

/* A picture on its way, for the workers. */
typedef struct
{
  Gemma4FrameConverter *self;
  Gemma4Picture picture;
} Job;

/* Sides change places when the picture is turned by a quarter. */
static void
upright_size (const View *view, guint *width, guint *height)
{
  gboolean swaps = gemma4_orient_swaps_sides (view->orientation);
  *width = swaps ? view->region.height : view->region.width;
  *height = swaps ? view->region.width : view->region.height;
}

/* The size of a region as it is displayed decides: with non-square pixels the
 * shorter side of a pixel keeps its number, the longer one is stretched. */
static Gemma4Status
fit (const Gemma4FrameConverter *self, const View *view, guint32 *target_width,
    guint32 *target_height, Gemma4Error *error)
{
  gint n = GST_VIDEO_INFO_PAR_N (&self->info), d = GST_VIDEO_INFO_PAR_D (&self->info);
  guint64 w = view->region.width, h = view->region.height;
  if (n > d)
    w = gst_util_uint64_scale_int_round (w, n, d);
  else
    h = gst_util_uint64_scale_int_round (h, d, n);
  if (gemma4_orient_swaps_sides (view->orientation)) {
    guint64 side = w;
    w = h;
    h = side;
  }
  return gemma4_fit (&self->params.vision, MIN (w, G_MAXUINT32), MIN (h, G_MAXUINT32),
      target_width, target_height, error);
}

static void
clear_view (Gemma4FrameConverter *self)
{
  self->view = (View) { 0 };
  g_clear_pointer (&self->reader, gemma4_picture_reader_free);
  for (guint i = 0; self->resizers && i < gemma4_workers_n (self->workers); i++)
    gemma4_resizer_free (self->resizers[i]);
  g_clear_pointer (&self->resizers, g_free);
  g_clear_pointer (&self->upright, g_free);
  g_clear_pointer (&self->resized, g_free);
}

Gemma4FrameConverter *
gemma4_frame_converter_new (const GstVideoInfo *info, const Gemma4FrameParams *params,
    Gemma4Error *error)
{
  Gemma4FrameConverter *self = g_new0 (Gemma4FrameConverter, 1);
  View view = { 0 };
  view.region.width = GST_VIDEO_INFO_WIDTH (info);
  view.region.height = GST_VIDEO_INFO_HEIGHT (info);
  self->info = *info;
  self->params = *params;
  self->workers = gemma4_workers_new (params->n_threads);
  if (fit (self, &view, &self->target_width, &self->target_height, error) != GEMMA4_OK)
    g_clear_pointer (&self, gemma4_frame_converter_free);
  return self;
}

void
gemma4_frame_converter_free (Gemma4FrameConverter *self)
{
  clear_view (self);
  gemma4_workers_free (self->workers);
  g_free (self->bytes);
  g_free (self);
}

void
gemma4_frame_converter_set_orientation (Gemma4FrameConverter *self,
    Gemma4Orientation orientation)
{
  self->orientation = orientation;
}

static gboolean
fail (Gemma4Error *error, const gchar *what, const Gemma4Region *region)
{
  g_snprintf (error->text, sizeof error->text, "%s for a frame of %ux%u pixels; is the "
      "buffer as large as its caps say?", what, region->width, region->height);
  return FALSE;
}

static gboolean
make_resizers (Gemma4FrameConverter *self, guint width, guint height)
{
  if (width == self->target_width && height == self->target_height)
    return TRUE;
  guint n = gemma4_workers_n (self->workers);
  self->resizers = g_new0 (Gemma4Resizer *, n);
  for (guint i = 0; i < n; i++)
    if (gemma4_resizer_new (width, height, self->target_width, self->target_height,
            &self->resizers[i]) != GEMMA4_OK)
      return FALSE;
  self->resized = g_malloc_n (self->target_height, self->target_width * 3);
  return TRUE;
}

static gboolean
make_view (Gemma4FrameConverter *self, const GstVideoInfo *in, const View *view,
    Gemma4Error *error)
{
  guint width, height;
  clear_view (self);
  if (fit (self, view, &self->target_width, &self->target_height, error) != GEMMA4_OK)
    return FALSE;
  upright_size (view, &width, &height);
  self->reader = gemma4_picture_reader_new (in, &view->region, self->workers);
  if (!self->reader) {
    clear_view (self);
    return fail (error, "no colour conversion", &view->region);
  }
  if (!make_resizers (self, width, height)) {
    clear_view (self);
    return fail (error, "not enough memory to resize", &view->region);
  }
  if (view->orientation != GEMMA4_ORIENT_NONE)
    self->upright = g_try_malloc_n (height, width * 3);
  if (view->orientation != GEMMA4_ORIENT_NONE && !self->upright) {
    clear_view (self);
    return fail (error, "not enough memory to turn the picture", &view->region);
  }
  self->view = *view;
  return TRUE;
}

/* What the crop meta names, else as much as the caps say. */
static Gemma4Region
find_region (const Gemma4FrameConverter *self, const GstVideoFrame *frame)
{
  const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta (frame->buffer);
  guint width = GST_VIDEO_FRAME_WIDTH (frame), height = GST_VIDEO_FRAME_HEIGHT (frame);
  Gemma4Region region = { width, height, 0, 0, 0, 0 };
  region.width = MIN (width, (guint) GST_VIDEO_INFO_WIDTH (&self->info));
  region.height = MIN (height, (guint) GST_VIDEO_INFO_HEIGHT (&self->info));
  if (crop && crop->width && crop->height && crop->x < width && crop->y < height) {
    region.x = crop->x;
    region.y = crop->y;
    region.width = MIN (crop->width, width - crop->x);
    region.height = MIN (crop->height, height - crop->y);
  }
  return region;
}

static void
orient_rows (gpointer data, guint i, guint n)
{
  const Job *job = data;
  const Gemma4FrameConverter *self = job->self;
  guint width, height, first;
  upright_size (&self->view, &width, &height);
  guint n_rows = gemma4_workers_rows (height, i, n, &first);
  gemma4_orient_rows (self->view.orientation, self->upright + (gsize) first * width * 3,
      width * 3, job->picture.data, job->picture.stride_bytes, self->view.region.width,
      self->view.region.height, first, n_rows);
}

static void
resize_rows (gpointer data, guint i, guint n)
{
  const Job *job = data;
  const Gemma4FrameConverter *self = job->self;
  guint first, n_rows = gemma4_workers_rows (self->target_height, i, n, &first);
  gemma4_resizer_run_rows (self->resizers[i], self->resized, self->target_width * 3,
      job->picture.data, job->picture.stride_bytes, first, n_rows);
}

/* Colour and size at once: RGB never leaves the processor's cache. */
static void
convert_and_resize_rows (gpointer data, guint i, guint n)
{
  const Job *job = data;
  const Gemma4FrameConverter *self = job->self;
  guint first, n_rows = gemma4_workers_rows (self->target_height, i, n, &first);
  gemma4_resizer_run_from (self->resizers[i], self->resized, self->target_width * 3,
      gemma4_picture_reader_row, gemma4_picture_reader_rows (self->reader, i), first, n_rows);
}

/* The picture upright and in its target size. */
static Gemma4Picture
prepare (Gemma4FrameConverter *self, GstVideoFrame *frame)
{
  Job job = { self };
  if (self->resizers && !self->upright && gemma4_picture_reader_has_rows (self->reader)) {
    gemma4_picture_reader_begin (self->reader, frame);
    gemma4_workers_run (self->workers, convert_and_resize_rows, &job);
    return (Gemma4Picture) { self->resized, self->target_width * 3 };
  }
  job.picture = gemma4_picture_reader_run (self->reader, frame);
  if (self->upright) {
    guint width, height;
    upright_size (&self->view, &width, &height);
    gemma4_workers_run (self->workers, orient_rows, &job);
    job.picture = (Gemma4Picture) { self->upright, width * 3 };
  }
  if (self->resizers) {
    gemma4_workers_run (self->workers, resize_rows, &job);
    job.picture = (Gemma4Picture) { self->resized, self->target_width * 3 };
  }
  return job.picture;
}

static void
to_patches (const Gemma4FrameConverter *self, Gemma4Picture picture, guint8 *pixels,
    gint32 *positions)
{
  const Gemma4VisionParams *vision = &self->params.vision;
  guint32 n_rows = gemma4_max_patches (vision);
  gemma4_patchify (vision, pixels, n_rows, picture.data, picture.stride_bytes,
      self->target_width, self->target_height);
  guint32 n_columns = self->target_width / vision->patch_size_px;
  gemma4_patch_positions (positions, n_rows, n_columns,
      n_columns * (self->target_height / vision->patch_size_px));
}

/* Rows behind the last patch are 0 whatever becomes of a byte of 0. */
void
gemma4_frame_converter_widen (const Gemma4FrameConverter *self, gfloat *out,
    const guint8 *in, const gint32 *positions)
{
  gsize n_rows = gemma4_max_patches (&self->params.vision), n = 0;
  gsize patch_values = gemma4_patch_values (&self->params.vision);
  while (n < n_rows && positions[2 * n] >= 0)
    n++;
  gemma4_apply_pixel_scale (out, in, n * patch_values, &self->params.pixels);
  memset (out + n * patch_values, 0, (n_rows - n) * patch_values * sizeof *out);
}

static void
to_float (Gemma4FrameConverter *self, Gemma4Picture picture, gfloat *pixels, gint32 *positions)
{
  const Gemma4VisionParams *vision = &self->params.vision;
  if (!self->bytes)
    self->bytes = g_malloc_n (gemma4_max_patches (vision), gemma4_patch_values (vision));
  to_patches (self, picture, self->bytes, positions);
  gemma4_frame_converter_widen (self, pixels, self->bytes, positions);
}

gboolean
gemma4_frame_converter_run (Gemma4FrameConverter *self, GstBuffer *buffer,
    Gemma4DType dtype, gpointer pixels, gint32 *positions, Gemma4Error *error)
{
  GstVideoFrame frame;
  if (!gst_video_frame_map (&frame, &self->info, buffer,
          GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
    Gemma4Region caps = { 0 };
    caps.width = GST_VIDEO_INFO_WIDTH (&self->info);
    caps.height = GST_VIDEO_INFO_HEIGHT (&self->info);
    return fail (error, "no readable pixels", &caps);
  }
  View view = { find_region (self, &frame), self->orientation };
  gboolean ok = memcmp (&view, &self->view, sizeof view) == 0
      || make_view (self, &frame.info, &view, error);
  if (ok && dtype == GEMMA4_FLOAT32)
    to_float (self, prepare (self, &frame), pixels, positions);
  else if (ok)
    to_patches (self, prepare (self, &frame), pixels, positions);
  gst_video_frame_unmap (&frame);
  return ok;
}
