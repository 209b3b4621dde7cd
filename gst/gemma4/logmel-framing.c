/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "logmel-framing.h"

#include <math.h>

static bool
is_centred (const Gemma4LogMelParams *params)
{
  return params->framing == GEMMA4_FRAMING_CENTRED;
}

uint32_t
gemma4_framing_context (const Gemma4LogMelParams *params)
{
  uint32_t rounding = is_centred (params) ? 1 : 0;
  return (params->frame_length + rounding) / 2;
}

uint32_t
gemma4_framing_span (const Gemma4LogMelParams *params)
{
  bool looks_one_ahead = params->preemphasis > 0.0 && !params->preemphasis_htk_flavor;
  if (params->framing == GEMMA4_FRAMING_TRANSFORMERS || looks_one_ahead)
    return params->frame_length + 1;
  return params->frame_length;
}

uint64_t
gemma4_framing_samples_for_row (const Gemma4LogMelParams *params, uint64_t row)
{
  uint64_t start = row * params->hop_length;
  uint64_t context = gemma4_framing_context (params);
  uint64_t n_samples = start + gemma4_framing_span (params) - context;
  /* Sample -i of a reflected signal is its sample i. */
  if (is_centred (params) && start < context && n_samples < context - start + 1)
    return context - start + 1;
  return n_samples;
}

uint32_t
gemma4_logmel_lookahead (const Gemma4LogMelParams *params)
{
  /* Reflection makes row 0 the one that waits longest. */
  return (uint32_t) gemma4_framing_samples_for_row (params, 0);
}

/* transformers: rows whose window, and the sample behind it, have ended. */
static uint64_t
ended_rows (uint32_t frame_length, uint32_t hop_length, uint64_t n_samples)
{
  uint64_t first_end = frame_length - frame_length / 2;
  return n_samples > first_end ? (n_samples - 1 - first_end) / hop_length + 1 : 0;
}

uint64_t
gemma4_logmel_valid_rows (const Gemma4LogMelParams *params, uint64_t n_samples)
{
  if (params->framing == GEMMA4_FRAMING_TRANSFORMERS)
    return ended_rows (params->frame_length, params->hop_length, n_samples);
  return n_samples / params->hop_length;
}

uint64_t
gemma4_logmel_tail_rows (const Gemma4LogMelParams *params, uint64_t n_samples)
{
  if (n_samples == 0)
    return 0;
  /* The window is zero at its first sample, so that one goes unheard, unless
   * HTK's pre-emphasis carries it over to the second. */
  bool hears_first = params->preemphasis > 0.0 && params->preemphasis_htk_flavor;
  uint64_t last_heard = n_samples - 1 + gemma4_framing_context (params) - (hears_first ? 0 : 1);
  uint64_t n_heard = last_heard / params->hop_length + 1;
  return n_heard - gemma4_logmel_valid_rows (params, n_samples);
}

uint64_t
gemma4_logmel_clip_samples (const Gemma4LogMelParams *params)
{
  return (uint64_t) llround (params->max_audio_length_s * params->sampling_rate_hz);
}

uint64_t
gemma4_framing_padded_rows (uint32_t frame_length, uint32_t hop_length, uint64_t n_samples)
{
  return ended_rows (frame_length, hop_length, (n_samples + 127) / 128 * 128);
}

uint64_t
gemma4_logmel_clip_rows (const Gemma4LogMelParams *params, uint64_t n_samples)
{
  if (params->framing == GEMMA4_FRAMING_TRANSFORMERS)
    return gemma4_framing_padded_rows (params->frame_length, params->hop_length, n_samples);
  if (params->framing == GEMMA4_FRAMING_KERASHUB)
    n_samples = gemma4_logmel_clip_samples (params);
  return gemma4_logmel_valid_rows (params, n_samples);
}
