/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "lanes-neon.h"

#define N_REGISTERS 2
#include "resize-lanes.h"

const Gemma4ResizeRows gemma4_resize_rows_neon = { N_ROWS, horizontal, vertical };
