/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The log-mel spectrogram, transcribed in double precision: a plain DFT, a
 * dense filter bank, one loop per rule.
 *
 * Sources:
 *   kerashub      keras-hub 71453d08f, gemma4_audio_converter.py
 *   transformers  transformers 5.17.0, feature_extraction_gemma4.py
 *   card          keras-hub 9c60259d1 (first release), gemma4_audio_converter.py
 */

#include <stdbool.h>
#include <stddef.h>

typedef enum
{
  REF_FRAMING_KERASHUB,         /* frame_length/2 zeros before the signal */
  REF_FRAMING_TRANSFORMERS,     /* the same, rows that hear padding masked */
  REF_FRAMING_CENTRED,          /* row k around sample k*hop, edges reflected */
} RefFraming;

typedef struct
{
  long sampling_rate_hz;
  long max_samples;             /* a longer signal is cut here */
  long n_mels;
  long frame_length;            /* samples */
  long hop_length;              /* samples */
  long fft_length;              /* samples, before overdrive */
  double min_frequency_hz;
  double max_frequency_hz;
  double mel_floor;
  RefFraming framing;
  bool power;                   /* else magnitude */
  bool slaney;                  /* filters of area 1, else of peak 1 */
  bool floor_max;               /* ln (max (mel, floor)), else ln (mel + floor) */
  double preemphasis;           /* 0 = none */
  bool preemphasis_htk_flavor;
  bool fft_overdrive;           /* twice the FFT length */
  double input_scale_factor;
  const float *per_bin_mean;    /* [n_mels] or NULL */
  const float *per_bin_stddev;  /* [n_mels] or NULL */
} RefLogMelParams;

/* The three published settings; the floor is that of the released checkpoints
 * (0.001), for the card its own (0.00001). */
RefLogMelParams ref_logmel_kerashub (void);
RefLogMelParams ref_logmel_transformers (void);
RefLogMelParams ref_logmel_card (void);

/* Rows that upstream returns for one clip of @n_samples. */
long ref_logmel_n_rows (const RefLogMelParams * params, long n_samples);

/* Rows of them that stand for sound. */
long ref_logmel_n_valid (const RefLogMelParams * params, long n_samples);

/**
 * ref_logmel:
 * @samples: [n_samples]
 * @n_rows: rows wanted, from row 0; the signal goes on with zeros
 * @rows: (out): [n_rows][n_mels]; masked rows of transformers are 0.0
 */
void ref_logmel (const RefLogMelParams * params, const double *samples,
    long n_samples, long n_rows, double *rows);

/* Rows are compared as mel values: in the logarithm a float32 spectrum is far
 * off in bins that are almost silent beside a loud one. */

/* The largest exp (value) of a row, per-bin norm undone. */
double ref_logmel_row_largest (const RefLogMelParams * params,
    const double *row);

/* The largest |exp (got) - exp (want)| of a row, per-bin norm undone; NaN if
 * any value is. */
double ref_logmel_row_difference (const RefLogMelParams * params,
    const float *got, const double *want);
