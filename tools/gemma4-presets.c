/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* gemma4-presets [--config-file FILE] [PRESET...]
 * Lists the presets and where their files are, or checks those that are named and
 * prints what was read. Ends with 1 if one is wrong, with 2 if it is called wrongly. */

#include <gst/gemma4/gemma4.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: gemma4-presets\n"
    "           lists the presets, and which of them are on this machine\n"
    "       gemma4-presets [--config-file FILE] PRESET...\n"
    "           checks presets and prints what was read; PRESET is a name, a directory, or a\n"
    "           handle such as hf://USER/NAME\n";

static const char *
yes_no (bool yes)
{
  return yes ? "yes" : "no";
}

/* One line of the list. */
static void
print_line (const Gemma4Preset *preset)
{
  char size[16] = "-";
  const char *tokenizer = "-";
  if (preset->n_parameters)
    snprintf (size, sizeof size, "%.1f B", preset->n_parameters / 1e9);
  if (gemma4_preset_get_tokenizer (preset, &tokenizer, NULL) != GEMMA4_OK)
    tokenizer = preset->directory ? preset->directory : "-";
  printf ("%-26s %-7s %-6s %-7s %s\n", preset->name, size, yes_no (preset->audio),
      yes_no (preset->image || preset->video), tokenizer);
}

/* Models of other kinds are there too, and are left out. */
static void
list_cached (const char *handle, void *data)
{
  Gemma4Preset *preset;
  if (gemma4_preset_open (handle, NULL, &preset, NULL) != GEMMA4_OK)
    return;
  print_line (preset);
  gemma4_preset_free (preset);
}

static int
list (void)
{
  printf ("%-26s %-7s %-6s %-7s %s\n", "preset", "size", "audio", "vision", "found");
  for (size_t i = 0; i < gemma4_preset_n_builtin (); i++) {
    Gemma4Preset *preset;
    if (gemma4_preset_open (gemma4_preset_builtin (i)->name, NULL, &preset, NULL) != GEMMA4_OK)
      return 1;
    print_line (preset);
    gemma4_preset_free (preset);
  }
  gemma4_preset_each_cached (list_cached, NULL);
  return 0;
}

static void
print_audio (const Gemma4Preset *preset)
{
  const Gemma4LogMelParams *p = preset->audio;
  if (!p) {
    printf ("audio: no\n");
    return;
  }
  if (preset->unified) {
    printf ("audio: rows of %d raw samples, %d Hz\n", GEMMA4_RAW_FRAME_SAMPLES,
        GEMMA4_RAW_FRAME_RATE_HZ);
    return;
  }
  printf ("audio: %" PRIu32 " mel filters of %g to %g Hz, %" PRIu32 " Hz, window %" PRIu32
      ", FFT %" PRIu32 ", hop %" PRIu32 ", floor %g, at most %g s\n", p->n_mels,
      p->min_frequency_hz, p->max_frequency_hz, p->sampling_rate_hz, p->frame_length,
      p->fft_overdrive ? 2 * p->fft_length : p->fft_length, p->hop_length, p->mel_floor,
      p->max_audio_length_s);
  if (p->preemphasis != 0 || p->dither != 0 || p->input_scale_factor != 1)
    printf ("       preemphasis %g, dither %g, samples times %g\n", p->preemphasis, p->dither,
        p->input_scale_factor);
  if (p->per_bin_mean || p->per_bin_stddev)
    printf ("       per-bin %s%s%s\n", p->per_bin_mean ? "mean" : "",
        p->per_bin_mean && p->per_bin_stddev ? " and " : "", p->per_bin_stddev ? "stddev" : "");
}

static void
print_pixels (const Gemma4PixelScale *scale)
{
  if (scale->rule == GEMMA4_PIXELS_DIVIDED || scale->rule == GEMMA4_PIXELS_MULTIPLIED) {
    printf ("pixels v / 255\n");
    return;
  }
  printf (scale->rule == GEMMA4_PIXELS_SCALED ? "pixels v * factor + offset:" :
      "pixels (v + offset) / factor:");
  for (int i = 0; i < 3; i++)
    printf (" %c %g, %g;", "RGB"[i], scale->factor[i], scale->offset[i]);
  printf ("\n");
}

static void
print_vision (const char *what, const Gemma4VisionParams *p, const Gemma4PixelScale *scale)
{
  if (!p) {
    printf ("%s: no\n", what);
    return;
  }
  printf ("%s: at most %" PRIu32 " soft tokens, patches of %" PRIu32 " px, pooling %" PRIu32 ", ",
      what, p->max_soft_tokens, p->patch_size_px, p->pooling_kernel_size);
  print_pixels (scale);
}

static void
print_prompt (const Gemma4Preset *preset)
{
  const Gemma4PreprocessorParams *p = &preset->preprocessor;
  printf ("prompt: %s, %s\n", preset->instruct ? "chat form" : "taken as it is",
      preset->empty_thought ? "with an empty thought where thinking is off" :
      "without an empty thought");
  printf ("        sequence %" PRIu32 ", at most %" PRIu32 " images of %" PRIu32 " tokens, %" PRIu32
      " sounds, %" PRIu32 " frames of a video\n", p->sequence_length, p->max_images_per_prompt,
      p->num_vision_tokens_per_image, p->max_audio_clips_per_prompt, p->num_frames_per_video);
}

/* Whether the vocabulary is there and can be opened. */
static bool
print_tokenizer (const Gemma4Preset *preset)
{
  const char *path;
  Gemma4Error error = { "" };
  Gemma4Tokenizer *tokenizer;
  if (gemma4_preset_get_tokenizer (preset, &path, &error) != GEMMA4_OK) {
    printf ("vocabulary: none; %s\n", error.text);
    return !preset->directory;
  }
  if (gemma4_tokenizer_open (path, &tokenizer, &error) != GEMMA4_OK) {
    fflush (stdout);
    fprintf (stderr, "%s\n", error.text);
    return false;
  }
  printf ("vocabulary: %s, %" PRIu32 " pieces\n", path, gemma4_tokenizer_n_pieces (tokenizer));
  gemma4_tokenizer_free (tokenizer);
  return true;
}

static int
check (const char *name, const char *config_file)
{
  Gemma4Preset *preset;
  Gemma4Error error = { "" };
  if (gemma4_preset_open (name, config_file, &preset, &error) != GEMMA4_OK) {
    fflush (stdout);
    fprintf (stderr, "%s\n", error.text);
    return 1;
  }
  printf ("%s\n%s\n", name, preset->description);
  if (preset->n_parameters)
    printf ("parameters: %" PRIu64 "\n", preset->n_parameters);
  printf ("files: %s\n", preset->directory ? preset->directory : "none, it is built in");
  print_audio (preset);
  print_vision ("image", preset->image, &preset->image_pixels);
  print_vision ("video", preset->video, &preset->video_pixels);
  print_prompt (preset);
  bool good = print_tokenizer (preset);
  for (size_t i = 0; i < preset->n_notes; i++)
    printf ("note: %s\n", preset->notes[i]);
  gemma4_preset_free (preset);
  return good ? 0 : 1;
}

int
main (int argc, char **argv)
{
  const char *config_file = NULL;
  int first = 1, status = 0;
  if (argc > 1 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)) {
    fputs (usage, stdout);
    return 0;
  }
  if (argc > 1 && strcmp (argv[1], "--config-file") == 0) {
    config_file = argc > 2 ? argv[2] : NULL;
    first = 3;
  }
  if ((first == 3 && argc <= 3) || (argc > first && argv[first][0] == '-')) {
    fputs (usage, stderr);
    return 2;
  }
  if (argc <= first)
    return list ();
  for (int i = first; i < argc; i++) {
    if (i > first)
      printf ("\n");
    if (check (argv[i], config_file) != 0)
      status = 1;
  }
  return status;
}
