/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lanes-avx2.h"

#include "ycbcr-lanes.h"

const Gemma4YcbcrRows gemma4_ycbcr_rows_avx2 = { load, blend, spread, matrix };
