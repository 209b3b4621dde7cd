/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of presets from directories share. */

#include "tree.h"

#include <gst/check/gstcheck.h>
#include <gst/gemma4/gemma4.h>
#include <string.h>

/* Opens a preset that is good. */
static inline Gemma4Preset *
preset_open (const gchar *name, const gchar *config_file)
{
  Gemma4Preset *preset = NULL;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_preset_open (name, config_file, &preset, &error);
  fail_unless (status == GEMMA4_OK, "%s: %s", name, error.text);
  return preset;
}

static inline void
preset_assert_says (const gchar *text, const gchar *words)
{
  g_auto (GStrv) all = g_strsplit (words, "|", -1);
  for (guint i = 0; all[i]; i++)
    fail_unless (strstr (text, all[i]) != NULL, "\"%s\" is not in: %s", all[i], text);
}

/* One that is not; what is said has @words, with | between them. */
static inline void
preset_assert_refused (const gchar *name, const gchar *config_file, Gemma4Status wanted,
    const gchar *words)
{
  Gemma4Preset *const untouched = (Gemma4Preset *) &wanted;
  Gemma4Preset *preset = untouched;
  Gemma4Error error = { "" };
  Gemma4Status status = gemma4_preset_open (name, config_file, &preset, &error);
  fail_unless (status == wanted, "got %s, want %s: %s", gemma4_status_string (status),
      gemma4_status_string (wanted), error.text);
  fail_unless (preset == untouched);
  preset_assert_says (error.text, words);
}

/* All notes together have @words; NULL: there are none. */
static inline void
preset_assert_notes (const Gemma4Preset *preset, const gchar *words)
{
  g_autoptr (GString) all = g_string_new (NULL);
  for (gsize i = 0; i < preset->n_notes; i++)
    g_string_append_printf (all, "%s\n", preset->notes[i]);
  if (words)
    preset_assert_says (all->str, words);
  else
    fail_unless (preset->n_notes == 0, "%s", all->str);
}

static inline void
preset_assert_vision (const Gemma4VisionParams *got, const Gemma4VisionParams *want)
{
  fail_unless ((got != NULL) == (want != NULL));
  if (!got)
    return;
  fail_unless_equals_int (got->max_soft_tokens, want->max_soft_tokens);
  fail_unless_equals_int (got->patch_size_px, want->patch_size_px);
  fail_unless_equals_int (got->pooling_kernel_size, want->pooling_kernel_size);
}

static inline void
preset_assert_audio (const Gemma4LogMelParams *got, const Gemma4LogMelParams *want)
{
  fail_unless ((got != NULL) == (want != NULL));
  if (!got)
    return;
  fail_unless_equals_int (got->sampling_rate_hz, want->sampling_rate_hz);
  fail_unless_equals_int (got->n_mels, want->n_mels);
  fail_unless_equals_int (got->frame_length, want->frame_length);
  fail_unless_equals_int (got->hop_length, want->hop_length);
  fail_unless_equals_int (got->fft_length, want->fft_length);
  fail_unless_equals_float (got->max_audio_length_s, want->max_audio_length_s);
  fail_unless_equals_float (got->min_frequency_hz, want->min_frequency_hz);
  fail_unless_equals_float (got->max_frequency_hz, want->max_frequency_hz);
  fail_unless_equals_float (got->mel_floor, want->mel_floor);
  fail_unless_equals_int (got->framing, want->framing);
  fail_unless_equals_int (got->spectrum, want->spectrum);
  fail_unless_equals_int (got->mel_norm, want->mel_norm);
  fail_unless_equals_int (got->floor_rule, want->floor_rule);
  fail_unless_equals_float (got->preemphasis, want->preemphasis);
  fail_unless (got->preemphasis_htk_flavor == want->preemphasis_htk_flavor);
  fail_unless (got->fft_overdrive == want->fft_overdrive);
  fail_unless_equals_float (got->dither, want->dither);
  fail_unless_equals_float (got->input_scale_factor, want->input_scale_factor);
  fail_unless (got->per_bin_mean == want->per_bin_mean);
  fail_unless (got->per_bin_stddev == want->per_bin_stddev);
}

/* Everything that changes a tensor. */
static inline void
preset_assert_same_settings (const Gemma4Preset *got, const Gemma4Preset *want)
{
  preset_assert_audio (got->audio, want->audio);
  preset_assert_vision (got->image, want->image);
  preset_assert_vision (got->video, want->video);
  fail_unless_equals_int (got->image_pixels.rule, want->image_pixels.rule);
  fail_unless_equals_int (got->video_pixels.rule, want->video_pixels.rule);
  fail_unless_equals_int (got->num_frames, want->num_frames);
  const Gemma4PreprocessorParams *p = &got->preprocessor, *q = &want->preprocessor;
  fail_unless_equals_int (p->sequence_length, q->sequence_length);
  fail_unless (p->add_start_token == q->add_start_token);
  fail_unless (p->add_end_token == q->add_end_token);
  fail_unless_equals_int (p->max_images_per_prompt, q->max_images_per_prompt);
  fail_unless_equals_int (p->num_vision_tokens_per_image, q->num_vision_tokens_per_image);
  fail_unless_equals_int (p->max_audio_clips_per_prompt, q->max_audio_clips_per_prompt);
  fail_unless_equals_int (p->num_audio_tokens_per_clip, q->num_audio_tokens_per_clip);
  fail_unless_equals_int (p->audio_input_feat_size, q->audio_input_feat_size);
  fail_unless_equals_int (p->num_frames_per_video, q->num_frames_per_video);
  fail_unless_equals_int (p->num_vision_tokens_per_frame, q->num_vision_tokens_per_frame);
  fail_unless_equals_float (p->video_fps, q->video_fps);
  fail_unless (got->unified == want->unified);
  fail_unless (got->instruct == want->instruct);
  fail_unless (got->empty_thought == want->empty_thought);
}
