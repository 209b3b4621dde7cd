/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a pack says of itself, as lines of a safetensors file's __metadata__:
 *
 *   format                 "gst-gemma4"
 *   target, prompt         as in GstGemma4TensorsMeta
 *   n-tokens, n-image-tokens, n-video-tokens, n-audio-tokens
 *   frame-times            [{"pad", "running-time", "stream-time", "stamp"}, ...]
 *   audio-spans            [{"pad", "running-time", "stream-time", "duration"}, ...]
 *   window                 {"start", "stop"}
 *   stage-times            [{"stage", "time"}, ...]
 *   pts                    of the buffer
 *
 * Times are in ns. */

#include <gst/gst.h>

/* Lines of `key`, `value`, `key`, `value` ..., all strings; free with
 * g_ptr_array_unref(). @target is what the caps say, NULL or not, for a buffer
 * whose meta has none. */
GPtrArray *gemma4_metadata_lines (GstBuffer * buffer, const gchar * target);
