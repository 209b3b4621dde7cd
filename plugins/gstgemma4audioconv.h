/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_GEMMA4_AUDIO_CONV (gst_gemma4_audio_conv_get_type ())
GType gst_gemma4_audio_conv_get_type (void);

GST_ELEMENT_REGISTER_DECLARE (gemma4audioconv);

G_END_DECLS
