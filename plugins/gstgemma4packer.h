/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define GST_TYPE_GEMMA4_PACKER (gst_gemma4_packer_get_type ())
G_DECLARE_FINAL_TYPE (GstGemma4Packer, gst_gemma4_packer, GST, GEMMA4_PACKER, GstElement)

GST_ELEMENT_REGISTER_DECLARE (gemma4packer);
