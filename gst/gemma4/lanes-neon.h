/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Registers of NEON for resize-lanes.h and ycbcr-lanes.h, which say what these are. The
 * instructions have the names and the meaning of SSE2's. */

#include <arm_neon.h>
#include <stddef.h>

#define N_QUADS 1
#define LANES(name) neon_##name

typedef int32x4_t Lanes;

#define from_8 vreinterpretq_s32_s8
#define from_16 vreinterpretq_s32_s16
#define from_u8 vreinterpretq_s32_u8
#define to_8 vreinterpretq_s8_s32
#define to_16 vreinterpretq_s16_s32
#define to_u8 vreinterpretq_u8_s32

static inline Lanes
neon_set1_epi32 (int32_t value)
{
  return vdupq_n_s32 (value);
}

static inline Lanes
neon_set1_epi16 (int16_t value)
{
  return from_16 (vdupq_n_s16 (value));
}

static inline Lanes
neon_unpacklo_epi8 (Lanes a, Lanes b)
{
  return from_8 (vzip1q_s8 (to_8 (a), to_8 (b)));
}

static inline Lanes
neon_unpackhi_epi8 (Lanes a, Lanes b)
{
  return from_8 (vzip2q_s8 (to_8 (a), to_8 (b)));
}

static inline Lanes
neon_unpacklo_epi16 (Lanes a, Lanes b)
{
  return from_16 (vzip1q_s16 (to_16 (a), to_16 (b)));
}

static inline Lanes
neon_unpackhi_epi16 (Lanes a, Lanes b)
{
  return from_16 (vzip2q_s16 (to_16 (a), to_16 (b)));
}

static inline Lanes
neon_unpacklo_epi32 (Lanes a, Lanes b)
{
  return vzip1q_s32 (a, b);
}

static inline Lanes
neon_unpackhi_epi32 (Lanes a, Lanes b)
{
  return vzip2q_s32 (a, b);
}

static inline Lanes
neon_packs_epi32 (Lanes a, Lanes b)
{
  return from_16 (vcombine_s16 (vqmovn_s32 (a), vqmovn_s32 (b)));
}

static inline Lanes
neon_packus_epi16 (Lanes a, Lanes b)
{
  return from_u8 (vcombine_u8 (vqmovun_s16 (to_16 (a)), vqmovun_s16 (to_16 (b))));
}

static inline Lanes
neon_add_epi16 (Lanes a, Lanes b)
{
  return from_16 (vaddq_s16 (to_16 (a), to_16 (b)));
}

static inline Lanes
neon_sub_epi16 (Lanes a, Lanes b)
{
  return from_16 (vsubq_s16 (to_16 (a), to_16 (b)));
}

static inline Lanes
neon_mullo_epi16 (Lanes a, Lanes b)
{
  return from_16 (vmulq_s16 (to_16 (a), to_16 (b)));
}

static inline Lanes
neon_slli_epi16 (Lanes x, int n)
{
  return from_16 (vshlq_s16 (to_16 (x), vdupq_n_s16 ((int16_t) n)));
}

static inline Lanes
lanes_load (const uint8_t *src)
{
  return from_u8 (vld1q_u8 (src));
}

static inline void
lanes_store (uint8_t *dest, Lanes x)
{
  vst1q_u8 (dest, to_u8 (x));
}

static inline Lanes
lanes_load_pixels (const uint8_t *const *rows, size_t at)
{
  static const uint8_t order[16] = { 0, 3, 1, 4, 2, 5, 255, 255, 6, 9, 7, 10, 8, 11, 255, 255 };
  return from_u8 (vqtbl1q_u8 (vld1q_u8 (rows[0] + at), vld1q_u8 (order)));
}

static inline void
lanes_store_quads (uint8_t *const *rows, size_t at, Lanes x)
{
  lanes_store (rows[0] + at, x);
}

static inline Lanes
lanes_and (Lanes a, Lanes b)
{
  return vandq_s32 (a, b);
}

static inline Lanes
lanes_pick (Lanes a, Lanes b, int odd)
{
  return odd ? vuzp2q_s32 (a, b) : vuzp1q_s32 (a, b);
}

static inline Lanes
lanes_add_product (Lanes a, Lanes b, Lanes c)
{
  int16x8_t x = to_16 (b), y = to_16 (c);
  return vaddq_s32 (a, vpaddq_s32 (vmull_s16 (vget_low_s16 (x), vget_low_s16 (y)),
          vmull_high_s16 (x, y)));
}

static inline Lanes
lanes_shift_right (Lanes x, uint32_t n)
{
  return vshlq_s32 (x, vdupq_n_s32 (-(int32_t) n));
}

static inline Lanes
lanes_shift_16 (Lanes x, uint32_t n)
{
  return vreinterpretq_s32_u16 (vshlq_u16 (vreinterpretq_u16_s32 (x),
          vdupq_n_s16 ((int16_t) -(int32_t) n)));
}

static inline Lanes
lanes_shift_32 (Lanes x, uint32_t n)
{
  return vreinterpretq_s32_u32 (vshlq_u32 (vreinterpretq_u32_s32 (x),
          vdupq_n_s32 (-(int32_t) n)));
}

static inline Lanes
lanes_in_order (Lanes x)
{
  return x;
}

static inline Lanes
lanes_widen (const uint8_t *src)
{
  return vreinterpretq_s32_u16 (vmovl_u8 (vld1_u8 (src)));
}

static inline void
lanes_zip (Lanes out[2], Lanes even, Lanes odd)
{
  out[0] = neon_unpacklo_epi16 (even, odd);
  out[1] = neon_unpackhi_epi16 (even, odd);
}

static inline void
lanes_store_rgb (uint8_t *rgb, Lanes r, Lanes g, Lanes b)
{
  vst3q_u8 (rgb, (uint8x16x3_t) { { to_u8 (r), to_u8 (g), to_u8 (b) } });
}
