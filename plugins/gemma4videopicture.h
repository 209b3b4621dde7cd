/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A video frame, or a part of it, as RGB24 at the size it has. RGB is read where it
 * lies; Y'CbCr goes through the core's ycbcr.h; GstVideoConverter brings other orders
 * of R, G and B, and unpacks what is rare (packed 10 bits, 16 bits, 4:1:1, ...). */

#include "gemma4workers.h"

#include <gst/gemma4/gemma4.h>
#include <gst/video/video.h>

/* Where the picture lies in the memory of a frame. */
typedef struct
{
  guint coded_width, coded_height;
  guint x, y, width, height;
} Gemma4Region;

/* RGB24 pixels and the distance of their rows. */
typedef struct
{
  const guint8 *data;
  gint stride_bytes;
} Gemma4Picture;

typedef struct Gemma4PictureReader Gemma4PictureReader;

/* For frames as @info describes them, NULL if they cannot be converted. @workers
 * must stay. Free with gemma4_picture_reader_free(). */
Gemma4PictureReader *gemma4_picture_reader_new (const GstVideoInfo * info,
    const Gemma4Region * region, Gemma4Workers * workers);
void gemma4_picture_reader_free (Gemma4PictureReader * self);

/* The pixels of the region; they stay until the next call or as long as @frame. */
Gemma4Picture gemma4_picture_reader_run (Gemma4PictureReader * self, GstVideoFrame * frame);

/* Whether rows of frames can be made while they are used, which the three that follow
 * do instead of gemma4_picture_reader_run(). */
gboolean gemma4_picture_reader_has_rows (const Gemma4PictureReader * self);

void gemma4_picture_reader_begin (Gemma4PictureReader * self, const GstVideoFrame * frame);

/* For share @i of the workers: what gemma4_picture_reader_row(), a Gemma4RowFunc, takes. */
gpointer gemma4_picture_reader_rows (Gemma4PictureReader * self, guint i);
const guint8 *gemma4_picture_reader_row (gpointer rows, guint32 y);
