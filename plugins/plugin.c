/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gemma4meta.h"
#include "gstgemma4audioconv.h"
#include "gstgemma4packer.h"
#include "gstgemma4textdec.h"
#include "gstgemma4videoconv.h"
#include "gstsafetensorsenc.h"

#define PACKAGE "gst-gemma4"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gemma4_meta_register ();
  return GST_ELEMENT_REGISTER (gemma4audioconv, plugin)
      && GST_ELEMENT_REGISTER (gemma4videoconv, plugin)
      && GST_ELEMENT_REGISTER (gemma4packer, plugin)
      && GST_ELEMENT_REGISTER (gemma4textdec, plugin)
      && GST_ELEMENT_REGISTER (safetensorsenc, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, gemma4,
    "Input tensors of Google's Gemma 4 models from live or recorded media",
    plugin_init, PACKAGE_VERSION, "LGPL", PACKAGE, PACKAGE)
