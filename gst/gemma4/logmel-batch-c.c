/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>
#include <stdint.h>

#define N_LANES 1
#define N_BLOCK 4
#define LANES_INLINE inline

typedef float Lanes;
typedef int32_t LanesInt;

static inline Lanes
lanes_sqrt (Lanes x)
{
  return sqrtf (x);
}

static inline Lanes
lanes_max (Lanes a, Lanes b)
{
  return a > b ? a : b;
}

static inline Lanes
lanes_from_int (LanesInt x)
{
  return (float) x;
}

static inline void
lanes_transpose (Lanes *block)
{
  (void) block;
}

#include "logmel-lanes.h"

const Gemma4LogMelBatch gemma4_logmel_batch_c = { N_LANES, compute, any_above };
