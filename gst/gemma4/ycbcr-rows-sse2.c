/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lanes-sse2.h"

#include "ycbcr-lanes.h"

const Gemma4YcbcrRows gemma4_ycbcr_rows_sse2 = { load, blend, spread, matrix };
