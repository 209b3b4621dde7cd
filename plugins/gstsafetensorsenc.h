/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define GST_TYPE_SAFETENSORS_ENC (gst_safetensors_enc_get_type ())
G_DECLARE_FINAL_TYPE (GstSafetensorsEnc, gst_safetensors_enc, GST, SAFETENSORS_ENC,
    GstElement)

GST_ELEMENT_REGISTER_DECLARE (safetensorsenc);
