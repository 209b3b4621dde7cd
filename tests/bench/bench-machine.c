/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What one core of this machine does at best, to compare kernels with: copied bytes,
 * multiplications of float32, and products of 16 bits by pmaddwd. Each is the best of
 * 7 runs, with the registers of the level that GEMMA4_CPU or the processor chooses. */

#include "report.h"

#include <gst/gemma4/cpu.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define N_ROUNDS 1000000
#define N_CHAINS 10             /* registers: enough to hide the latency */
#define COPY_BYTES (64 << 20)

#ifdef __x86_64__
/* In assembly, for a compiler sees through what comes to nothing. */
#define ALL(x) x (0) x (1) x (2) x (3) x (4) x (5) x (6) x (7) x (8) x (9)
#define CLEAR(i) "pxor %%xmm" #i ", %%xmm" #i "\n"

#define LOOP(name, operations, end) \
  static void \
  name (void) \
  { \
    long n = N_ROUNDS; \
    __asm__ volatile (ALL (CLEAR) "1:\n" ALL (operations) "sub $1, %0\n jnz 1b\n" end : "+r" (n) \
        : : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9"); \
  }

#define MULPS(i) "mulps %%xmm" #i ", %%xmm" #i "\n"
#define MULPS_YMM(i) "vmulps %%ymm" #i ", %%ymm" #i ", %%ymm" #i "\n"
#define MULPS_ZMM(i) "vmulps %%zmm" #i ", %%zmm" #i ", %%zmm" #i "\n"
#define MADD(i) "pmaddwd %%xmm" #i ", %%xmm" #i "\n"
#define MADD_YMM(i) "vpmaddwd %%ymm" #i ", %%ymm" #i ", %%ymm" #i "\n"
#define MADD_ZMM(i) "vpmaddwd %%zmm" #i ", %%zmm" #i ", %%zmm" #i "\n"

LOOP (multiply_sse2, MULPS, "")
LOOP (multiply_avx2, MULPS_YMM, "vzeroupper\n")
LOOP (multiply_avx512, MULPS_ZMM, "vzeroupper\n")
LOOP (madd_sse2, MADD, "")
LOOP (madd_avx2, MADD_YMM, "vzeroupper\n")
LOOP (madd_avx512, MADD_ZMM, "vzeroupper\n")

static const struct
{
  unsigned n_bytes;             /* of a register */
  void (*multiply) (void);
  void (*madd) (void);
} levels[] = {
  [GEMMA4_CPU_SSE2] = { 16, multiply_sse2, madd_sse2 },
  [GEMMA4_CPU_AVX2] = { 32, multiply_avx2, madd_avx2 },
  [GEMMA4_CPU_AVX512] = { 64, multiply_avx512, madd_avx512 },
};

static double
best_s (void (*run) (void))
{
  double best = 1e9;
  for (int i = 0; i < REPORT_N_RUNS; i++) {
    double start = report_cpu_s ();
    run ();
    double seconds = report_cpu_s () - start;
    best = seconds < best ? seconds : best;
  }
  return best;
}

static void
report_arithmetic (void)
{
  Gemma4CpuLevel level = gemma4_cpu_level ();
  if (level < GEMMA4_CPU_SSE2 || level > GEMMA4_CPU_AVX512)
    return;
  double n = (double) N_ROUNDS * N_CHAINS * levels[level].n_bytes;
  report_print ("machine-float32-multiplications", 1e-9 * n / 4 / best_s (levels[level].multiply),
      "10^9/s");
  report_print ("machine-int16-products", 1e-9 * n / 2 / best_s (levels[level].madd), "10^9/s");
}
#else
static void
report_arithmetic (void)
{
}
#endif

int
main (void)
{
  uint8_t *from = malloc (COPY_BYTES), *to = malloc (COPY_BYTES);
  double best = 1e9;
  if (!from || !to)
    return 1;
  memset (from, 1, COPY_BYTES);
  memset (to, 1, COPY_BYTES);
  for (int i = 0; i < REPORT_N_RUNS; i++) {
    double start = report_cpu_s ();
    memcpy (to, from, COPY_BYTES);
    double seconds = report_cpu_s () - start;
    best = seconds < best ? seconds : best;
  }
  report_print ("machine-memcpy", 1e-9 * COPY_BYTES / best, "GB/s");
  report_arithmetic ();
  free (to);
  free (from);
  return 0;
}
