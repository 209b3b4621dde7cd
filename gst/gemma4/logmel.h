/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Log-mel spectrogram as a stream: samples go in as they come, rows come out as
 * soon as their last sample is there. How the samples are cut into pushes never
 * changes a byte of the rows. */

#include <gst/gemma4/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Gemma4Framing:
 * Where row k lies on the signal, and from how many samples it counts as valid.
 */
typedef enum
{
  GEMMA4_FRAMING_KERASHUB,      /* frame_length/2 zeros before; L/hop rows of L samples */
  GEMMA4_FRAMING_TRANSFORMERS,  /* the same rows; valid are those whose window, and the
                                 * sample behind it, lie before the end */
  GEMMA4_FRAMING_CENTRED,       /* window centred on sample hop * k of the signal padded with
                                 * zeros to max_audio_length_s and reflected at both ends;
                                 * L/hop rows */
} Gemma4Framing;

/* What each bin of the spectrum is before the filters. */
typedef enum
{
  GEMMA4_SPECTRUM_MAGNITUDE,
  GEMMA4_SPECTRUM_POWER,
} Gemma4Spectrum;

/* How a filter's triangle is scaled. */
typedef enum
{
  GEMMA4_MEL_NORM_NONE,         /* peak 1 */
  GEMMA4_MEL_NORM_SLANEY,       /* area 1: 2 / (f[m+2] - f[m]), in 1/Hz */
} Gemma4MelNorm;

/* How the floor keeps the logarithm finite. */
typedef enum
{
  GEMMA4_FLOOR_ADD,             /* ln (mel + floor) */
  GEMMA4_FLOOR_MAX,             /* ln (max (mel, floor)) */
} Gemma4Floor;

#define GEMMA4_MAX_MELS 512

typedef struct
{
  uint32_t sampling_rate_hz;    /* [1, 384000] */
  uint32_t n_mels;              /* [1, GEMMA4_MAX_MELS] */
  uint32_t frame_length;        /* window, in samples, [2, fft_length] */
  uint32_t hop_length;          /* samples from row to row, [1, 16384] */
  uint32_t fft_length;          /* even, of the factors 2, 3 and 5, [4, 65536] */
  double max_audio_length_s;    /* longest clip, in seconds, (0, 86400] */
  double min_frequency_hz;      /* lower edge of the first filter, >= 0 */
  double max_frequency_hz;      /* upper edge of the last filter, > min, <= rate/2 */
  double mel_floor;             /* > 0 */
  Gemma4Framing framing;
  Gemma4Spectrum spectrum;
  Gemma4MelNorm mel_norm;
  Gemma4Floor floor_rule;
  double preemphasis;           /* coefficient, [0, 1); 0 = none */
  bool preemphasis_htk_flavor;  /* first sample of a frame times (1 - coefficient) */
  bool fft_overdrive;           /* an FFT of twice the length */
  double dither;                /* standard deviation of the Gaussian noise that every
                                 * pushed sample gets, before scaling, [0, 1]; 0 = none */
  uint32_t dither_seed;         /* the same seed gives the same noise */
  double input_scale_factor;    /* multiplies every sample, (0, 1e6] */
  const float *per_bin_mean;    /* [n_mels], subtracted from the logarithm, or NULL; copied */
  const float *per_bin_stddev;  /* [n_mels], not 0, divides after that, or NULL; copied */
} Gemma4LogMelParams;

/* KerasHub's Gemma4AudioConverter with the floor of the released checkpoints:
 * 16,000 Hz, 128 filters of 0..8000 Hz, 320/512/160, floor 0.001, 30 s. */
GEMMA4_API const Gemma4LogMelParams gemma4_logmel_params_default;

/* The published text of KerasHub's card: 400/400/160, centred, power, Slaney,
 * ln (max (mel, 0.00001)). */
GEMMA4_API const Gemma4LogMelParams gemma4_logmel_params_card;

/* Every value of a row obeys |exp (out) - exp (exact)| <= this times the largest
 * mel value (with floor) of the row, exact being tests/ref in double precision;
 * with per-bin mean and stddev, before these are applied. A float32 logarithm of
 * 16 or more spends 9.5e-7 of it on its own rounding, so the bound holds while
 * mel values stay below e^16, far above what samples in [-1, 1] give. */
#define GEMMA4_LOGMEL_TOLERANCE 1e-6

typedef struct Gemma4LogMel Gemma4LogMel;

/* What silence becomes, per-bin mean and stddev applied. @row: (out): [n_mels] */
GEMMA4_API void gemma4_logmel_silent_row (const Gemma4LogMelParams * params, float *row);

/**
 * gemma4_logmel_check:
 * Tells whether @params describe a spectrogram this library can compute.
 * @error: (out) (nullable): names the field, its value, what is allowed and,
 *   for an FFT length, the nearest good one
 * Returns: GEMMA4_OK or GEMMA4_BAD_ARGUMENT.
 * Test: tests/check/libs/logmel.c
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_logmel_check (const Gemma4LogMelParams * params,
    Gemma4Error * error);

/**
 * gemma4_logmel_new:
 * Makes the state for one stream. All memory is allocated here.
 * @params: copied, per-bin arrays too
 * @self: (out): owned by the caller, see gemma4_logmel_free()
 * @error: (out) (nullable): as gemma4_logmel_check()
 * Returns: GEMMA4_OK, GEMMA4_BAD_ARGUMENT or GEMMA4_NO_MEMORY.
 */
GEMMA4_API GEMMA4_NODISCARD Gemma4Status gemma4_logmel_new (const Gemma4LogMelParams * params,
    Gemma4LogMel ** self, Gemma4Error * error);

/* Frees @self; NULL is allowed. */
GEMMA4_API void gemma4_logmel_free (Gemma4LogMel * self);

/* Forgets all samples: the next push is sample 0 of a new signal. */
GEMMA4_API void gemma4_logmel_reset (Gemma4LogMel * self);

/**
 * gemma4_logmel_push:
 * Takes samples of the signal.
 * @samples: [n_samples], float32 in [-1, 1]; need not be aligned; NaN,
 *   infinity and values beyond 1e18 are taken as 0 (see gemma4_logmel_n_replaced())
 * Returns: how many samples were taken, 0..n_samples. Fewer than n_samples
 *   means that rows wait: pull them, then push the rest.
 * Realtime: neither blocks nor allocates. Threads: one at a time per @self.
 */
GEMMA4_API GEMMA4_NODISCARD size_t gemma4_logmel_push (Gemma4LogMel * self,
    const float *samples, size_t n_samples);

/* The same for 16-bit samples, each divided by 32768. */
GEMMA4_API GEMMA4_NODISCARD size_t gemma4_logmel_push_s16 (Gemma4LogMel * self,
    const int16_t *samples, size_t n_samples);

/**
 * gemma4_logmel_pull:
 * Computes the next rows whose samples are all there. After
 * gemma4_logmel_end() it gives rows of the zero-extended signal without end.
 * @mel: (out): [max_rows][n_mels] float32, natural logarithm
 * Returns: rows written, 0..max_rows.
 * Accuracy: GEMMA4_LOGMEL_TOLERANCE. Realtime: neither blocks nor allocates.
 * Source: transformers 5.17 feature_extraction_gemma4.py,
 *   keras-hub 71453d08f gemma4_audio_converter.py
 * Test: tests/check/libs/logmel.c
 */
GEMMA4_API GEMMA4_NODISCARD size_t gemma4_logmel_pull (Gemma4LogMel * self, float *mel,
    size_t max_rows);

/* No sample follows: what lies behind the last one is silence. Until
 * gemma4_logmel_reset() further pushes take nothing. */
GEMMA4_API void gemma4_logmel_end (Gemma4LogMel * self);

/* Takes gemma4_logmel_end() back: sound goes on after all. The rows that were
 * pulled since come again, with what follows in the place of silence. Without an
 * end nothing happens. Test: tests/check/libs/logmel-stream.c */
GEMMA4_API void gemma4_logmel_go_on (Gemma4LogMel * self);

/* Samples pushed since new or reset. */
GEMMA4_API uint64_t gemma4_logmel_n_samples (const Gemma4LogMel * self);

/* Rows pulled since new or reset. */
GEMMA4_API uint64_t gemma4_logmel_n_rows (const Gemma4LogMel * self);

/* Samples replaced by 0 since new or reset. */
GEMMA4_API uint64_t gemma4_logmel_n_replaced (const Gemma4LogMel * self);

/* Samples from sample hop_length * k on, that one included, after which row k
 * leaves: the look-ahead of the framing. 160 for kerashub, 161 for transformers,
 * 201 for card (its row 0; 200 for the others). */
GEMMA4_API uint32_t gemma4_logmel_lookahead (const Gemma4LogMelParams * params);

/**
 * gemma4_logmel_valid_rows:
 * Rows of a signal of L = @n_samples that stand for sound: L/hop; for transformers
 * (L-1 - frame_length/2)/hop + 1, frame_length/2 rounded up, which is (L-1)/hop at
 * 320/160. The one place where this is computed.
 */
GEMMA4_API uint64_t gemma4_logmel_valid_rows (const Gemma4LogMelParams * params,
    uint64_t n_samples);

/**
 * gemma4_logmel_tail_rows:
 * Rows behind the valid ones that still hear a sample of a signal of
 * @n_samples; every later row is ln (floor).
 */
GEMMA4_API uint64_t gemma4_logmel_tail_rows (const Gemma4LogMelParams * params,
    uint64_t n_samples);

/**
 * gemma4_logmel_clip_samples:
 * The longest clip, in samples: max_audio_length_s times the rate, rounded. What
 * is longer is cut before there are rows.
 */
GEMMA4_API uint64_t gemma4_logmel_clip_samples (const Gemma4LogMelParams * params);

/**
 * gemma4_logmel_clip_rows:
 * Rows that upstream returns for a clip of @n_samples, which are at most
 * gemma4_logmel_clip_samples(). kerashub: those of the longest clip, whatever
 * the length, 3000; transformers: the valid rows of the clip padded to a multiple
 * of 128 samples, 0.0 and masked behind its own valid ones; centred: L/hop.
 * Source: as gemma4_logmel_pull(). Test: tests/check/libs/logmel-params.c
 */
GEMMA4_API uint64_t gemma4_logmel_clip_rows (const Gemma4LogMelParams * params,
    uint64_t n_samples);
