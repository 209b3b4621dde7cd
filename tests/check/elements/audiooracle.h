/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rows that came out of gemma4audioconv, against the oracle. */

#include "audiotest.h"
#include "ref-logmel.h"

#include <gst/gemma4/gemma4.h>

/* The first @n_rows rows of @out are those of [n] @samples, to the core's bound. */
static inline void
assert_oracle_of (const Output *out, const RefLogMelParams *params, const gdouble *samples,
    gsize n, guint n_rows, guint32 seed)
{
  guint n_mels = params->n_mels;
  g_autofree gdouble *want = g_new0 (gdouble, MAX (n_rows, 1) * n_mels);
  ref_logmel (params, samples, n, n_rows, want);
  fail_unless (out->mel->len >= n_rows * n_mels, "seed %u: %u values, but %u rows", seed,
      out->mel->len, n_rows);
  for (guint row = 0; row < n_rows; row++) {
    gdouble peak = ref_logmel_row_largest (params, want + row * n_mels);
    for (guint m = 0; m < n_mels; m++) {
      gdouble got = AT (out->mel, gfloat, row * n_mels + m), w = want[row * n_mels + m];
      if (!(fabs (exp (got) - exp (w)) <= GEMMA4_LOGMEL_TOLERANCE * peak))
        fail ("seed %u: %zu samples, row %u filter %u: got %.9g, want %.9g", seed, n, row, m,
            got, w);
    }
  }
}

/* The same for 16-bit samples. */
static inline void
assert_oracle_rows (const Output *out, const RefLogMelParams *params, const gint16 *sound,
    gsize n, guint n_rows, guint32 seed)
{
  g_autofree gdouble *samples = g_new (gdouble, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    samples[i] = sound[i] / 32768.0;
  assert_oracle_of (out, params, samples, n, n_rows, seed);
}
