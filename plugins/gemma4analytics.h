/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* GStreamer's own description of tensors, GstTensorMeta, for what reads it.
 * Compiled only where GStreamer has it (1.26 or newer, meson option
 * `analytics`). */

#include <gst/gemma4/gemma4.h>
#include <gst/gst.h>

/* Adds a GstTensorMeta over the memories of @pack, one tensor for each spec, in
 * order; ids are `gemma4-` and the name with dashes: gemma4-pixel-values. bool
 * is uint8 there. */
void gemma4_analytics_add (GstBuffer * pack, const Gemma4TensorSpec * specs,
    guint n_specs);
