/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: where the rows of a log-mel spectrogram lie on the
 * signal. Row k takes the samples
 *
 *   hop_length * k - context ... hop_length * k - context + span - 1
 *
 * of the signal, which is silent before its start (reflected there, if it is
 * centred) and after its end. Its public half is in logmel.h: look-ahead, valid
 * rows and tail rows. */

#include <gst/gemma4/logmel.h>

/* Samples that a row takes from before sample hop_length * k. */
uint32_t gemma4_framing_context (const Gemma4LogMelParams * params);

/* Samples that a row takes in all: the window, and the one behind it where
 * pre-emphasis needs it or transformers asks for it. */
uint32_t gemma4_framing_span (const Gemma4LogMelParams * params);

/* Samples of the signal that must be there for row @row. */
uint64_t gemma4_framing_samples_for_row (const Gemma4LogMelParams * params, uint64_t row);

/* Rows that transformers returns when its longest clip has @n_samples: those that
 * would be valid with zeros up to a multiple of 128. */
uint64_t gemma4_framing_padded_rows (uint32_t frame_length, uint32_t hop_length,
    uint64_t n_samples);
