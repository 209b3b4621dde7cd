/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define GST_TYPE_GEMMA4_TEXT_DEC (gst_gemma4_text_dec_get_type ())
G_DECLARE_FINAL_TYPE (GstGemma4TextDec, gst_gemma4_text_dec, GST, GEMMA4_TEXT_DEC,
    GstElement)

GST_ELEMENT_REGISTER_DECLARE (gemma4textdec);
