/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <arm_neon.h>
#include <stdint.h>

#define N_LANES 4
#define N_BLOCK 4
#define LANES_INLINE inline __attribute__ ((always_inline))

typedef float32x4_t Lanes;
typedef int32_t LanesInt __attribute__ ((vector_size (4 * N_LANES)));

static LANES_INLINE Lanes
lanes_sqrt (Lanes x)
{
  return vsqrtq_f32 (x);
}

static LANES_INLINE Lanes
lanes_max (Lanes a, Lanes b)
{
  return vmaxq_f32 (a, b);
}

static LANES_INLINE Lanes
lanes_from_int (LanesInt x)
{
  return vcvtq_f32_s32 ((int32x4_t) x);
}

/* Swaps blocks of 1, then of 2 values. */
static LANES_INLINE void
lanes_transpose (Lanes *block)
{
  float32x4x2_t upper = vtrnq_f32 (block[0], block[1]), lower = vtrnq_f32 (block[2], block[3]);
  for (int i = 0; i < 2; i++) {
    block[i] = vcombine_f32 (vget_low_f32 (upper.val[i]), vget_low_f32 (lower.val[i]));
    block[i + 2] = vcombine_f32 (vget_high_f32 (upper.val[i]), vget_high_f32 (lower.val[i]));
  }
}

#include "logmel-lanes.h"

const Gemma4LogMelBatch gemma4_logmel_batch_neon = { N_LANES, compute, any_above };
