/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lanes-neon.h"

#include "ycbcr-lanes.h"

const Gemma4YcbcrRows gemma4_ycbcr_rows_neon = { load, blend, spread, matrix };
