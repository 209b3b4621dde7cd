/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lanes-avx512.h"

#define N_REGISTERS 1
#include "resize-lanes.h"

const Gemma4ResizeRows gemma4_resize_rows_avx512 = { N_ROWS, horizontal, vertical };
