/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: which instructions the kernels may use. Every level holds
 * those below it, and every level gives the same bytes. */

typedef enum
{
  GEMMA4_CPU_C,                 /* plain C, for any processor */
#if defined (__x86_64__)
  GEMMA4_CPU_SSE2,              /* every x86-64 */
  GEMMA4_CPU_AVX2,
  GEMMA4_CPU_AVX512,            /* F, BW, DQ, VL, VBMI and VNNI: Ice Lake, Zen 4 */
#elif defined (__aarch64__)
  GEMMA4_CPU_NEON,              /* every aarch64 */
#endif
  GEMMA4_N_CPU_LEVELS
} Gemma4CpuLevel;

/* "c", "sse2", "avx2", "avx512" or "neon". */
const char *gemma4_cpu_level_name (Gemma4CpuLevel level);

/* The highest level of this processor that this library was built for. */
Gemma4CpuLevel gemma4_cpu_level_detect (void);

/* The level to use: that of gemma4_cpu_level_detect(), or a lower one that the
 * environment variable GEMMA4_CPU names. Objects ask once, when they are made. */
Gemma4CpuLevel gemma4_cpu_level (void);
