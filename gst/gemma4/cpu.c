/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cpu.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[GEMMA4_N_CPU_LEVELS] = {
  [GEMMA4_CPU_C] = "c",
#if defined (__x86_64__)
  [GEMMA4_CPU_SSE2] = "sse2",
  [GEMMA4_CPU_AVX2] = "avx2",
  [GEMMA4_CPU_AVX512] = "avx512",
#elif defined (__aarch64__)
  [GEMMA4_CPU_NEON] = "neon",
#endif
};

const char *
gemma4_cpu_level_name (Gemma4CpuLevel level)
{
  return names[level];
}

Gemma4CpuLevel
gemma4_cpu_level_detect (void)
{
#if defined (__x86_64__)
  if (__builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
      && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl")
      && __builtin_cpu_supports ("avx512vbmi") && __builtin_cpu_supports ("avx512vnni"))
    return GEMMA4_CPU_AVX512;
  return __builtin_cpu_supports ("avx2") ? GEMMA4_CPU_AVX2 : GEMMA4_CPU_SSE2;
#elif defined (__aarch64__)
  return GEMMA4_CPU_NEON;
#else
  return GEMMA4_CPU_C;
#endif
}

Gemma4CpuLevel
gemma4_cpu_level (void)
{
  Gemma4CpuLevel level = gemma4_cpu_level_detect ();
  const char *wanted = getenv ("GEMMA4_CPU");
  for (int i = 0; wanted && i < (int) level; i++) {
    if (strcmp (wanted, names[i]) == 0)
      return (Gemma4CpuLevel) i;
  }
  return level;
}
