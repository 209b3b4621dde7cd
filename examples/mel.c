/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* mel PNG [TITLE] < SAMPLES
 * Draws what a Gemma 4 model hears: the log-mel spectrogram of 32-bit float samples,
 * mono, 16,000 Hz, with axes and a colour scale. examples/mel.sh feeds it any file. */

#include <gst/gemma4/gemma4.h>

#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 1200
#define HEIGHT 540

/* The plot and the colour scale beside it, in px. */
#define LEFT 76
#define TOP 56
#define PLOT_WIDTH 996
#define PLOT_HEIGHT 416
#define SCALE_LEFT (LEFT + PLOT_WIDTH + 28)
#define SCALE_WIDTH 16

typedef struct
{
  Gemma4LogMelParams params;
  float *rows;                  /* [n_rows][n_mels] */
  size_t n_rows;
  double duration_s;
  float least, most;            /* of all values */
} Spectrogram;

static void
die (const char *what, const char *why)
{
  fprintf (stderr, "mel: %s: %s\n", what, why);
  exit (1);
}

static float *
read_samples (size_t *n_samples)
{
  size_t capacity = 1 << 20, n = 0, got;
  float *samples = malloc (capacity * sizeof *samples);
  while (samples && (got = fread (samples + n, sizeof *samples, capacity - n, stdin)) > 0) {
    n += got;
    if (n == capacity)
      samples = realloc (samples, (capacity *= 2) * sizeof *samples);
  }
  if (!samples)
    die ("standard input", "no memory for so much sound");
  *n_samples = n;
  return samples;
}

/* The rows that stand for sound. */
static Spectrogram
analyse (const float *samples, size_t n_samples)
{
  Spectrogram s = {.params = gemma4_logmel_params_default };
  Gemma4LogMel *logmel;
  Gemma4Error error;
  if (gemma4_logmel_new (&s.params, &logmel, &error) != GEMMA4_OK)
    die ("log-mel", error.text);
  size_t n_valid = gemma4_logmel_valid_rows (&s.params, n_samples);
  if (n_valid == 0)
    die ("standard input", "less than a row of sound, 160 samples");
  s.rows = calloc (n_valid, s.params.n_mels * sizeof *s.rows);
  if (!s.rows)
    die ("standard input", "no memory for so much sound");
  for (size_t taken = 0; s.n_rows < n_valid;) {
    taken += gemma4_logmel_push (logmel, samples + taken, n_samples - taken);
    if (taken == n_samples)
      gemma4_logmel_end (logmel);
    s.n_rows += gemma4_logmel_pull (logmel, s.rows + s.n_rows * s.params.n_mels,
        n_valid - s.n_rows);
  }
  gemma4_logmel_free (logmel);
  s.duration_s = (double) n_samples / s.params.sampling_rate_hz;
  s.least = (float) log (s.params.mel_floor);
  s.most = s.least + 1.0f;
  for (size_t i = 0; i < s.n_rows * s.params.n_mels; i++)
    s.most = fmaxf (s.most, s.rows[i]);
  return s;
}

/* From black over violet and orange to pale yellow, evenly brighter. */
static uint32_t
colour (double part)
{
  static const unsigned char stops[][3] = {
    {0, 0, 4}, {28, 16, 68}, {79, 18, 123}, {129, 37, 129}, {181, 54, 122}, {229, 80, 100},
    {251, 135, 97}, {254, 194, 135}, {252, 253, 191},
  };
  enum { N = sizeof stops / sizeof stops[0] - 1 };
  double at = fmin (fmax (part, 0.0), 1.0) * N;
  int i = at < N ? (int) at : N - 1;
  uint32_t rgb = 0xff;
  for (int c = 0; c < 3; c++)
    rgb = rgb << 8 | (uint32_t) lround (stops[i][c] + (at - i) * (stops[i + 1][c] - stops[i][c]));
  return rgb;
}

/* A picture of one pixel a value, time to the right and frequency upwards. */
static cairo_surface_t *
paint (const Spectrogram *s)
{
  uint32_t n_mels = s->params.n_mels;
  size_t rows_a_pixel = (s->n_rows + 16383) / 16384;    /* cairo has an upper limit */
  size_t width = s->n_rows / rows_a_pixel;
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width,
      (int) n_mels);
  unsigned char *pixels = cairo_image_surface_get_data (image);
  for (size_t x = 0; x < width; x++) {
    for (uint32_t m = 0; m < n_mels; m++) {
      double value = s->rows[x * rows_a_pixel * n_mels + m];
      uint32_t pixel = colour ((value - s->least) / (s->most - s->least));
      memcpy (pixels + (n_mels - 1 - m) * cairo_image_surface_get_stride (image) + 4 * x, &pixel,
          sizeof pixel);
    }
  }
  cairo_surface_mark_dirty (image);
  return image;
}

static void
draw_image (cairo_t *cr, cairo_surface_t *image, double x, double y, double w, double h)
{
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, w / cairo_image_surface_get_width (image),
      h / cairo_image_surface_get_height (image));
  cairo_set_source_surface (cr, image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), w < cairo_image_surface_get_width (image)
      ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_set_source_rgb (cr, 0.25, 0.25, 0.25);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, x - 0.5, y - 0.5, w + 1, h + 1);
  cairo_stroke (cr);
}

/* @align 0 begins at @x, 0.5 is centred there, 1 ends there. */
static void
draw_text (cairo_t *cr, double x, double y, double align, const char *text)
{
  cairo_text_extents_t extents;
  cairo_text_extents (cr, text, &extents);
  cairo_set_source_rgb (cr, 0.15, 0.15, 0.15);
  cairo_move_to (cr, round (x - align * extents.x_advance), round (y));
  cairo_show_text (cr, text);
}

static void
draw_tick (cairo_t *cr, double x, double y, double dx, double dy)
{
  cairo_set_source_rgb (cr, 0.25, 0.25, 0.25);
  cairo_move_to (cr, x, y);
  cairo_rel_line_to (cr, dx, dy);
  cairo_stroke (cr);
}

/* 1, 2 or 5 times a power of ten, so that there are at most @most steps. */
static double
nice_step (double range, int most)
{
  double power = pow (10.0, floor (log10 (range / most)));
  double parts = range / most / power;
  return power * (parts <= 1.0 ? 1.0 : parts <= 2.0 ? 2.0 : parts <= 5.0 ? 5.0 : 10.0);
}

static void
draw_time_axis (cairo_t *cr, const Spectrogram *s)
{
  double shown_s = (double) s->n_rows * s->params.hop_length / s->params.sampling_rate_hz;
  double step_s = nice_step (shown_s, 12);
  char text[32];
  for (int i = 0; i * step_s <= shown_s * (1 + 1e-9); i++) {
    double x = LEFT + i * step_s / shown_s * PLOT_WIDTH;
    snprintf (text, sizeof text, "%g", i * step_s);
    draw_tick (cr, round (x) + 0.5, TOP + PLOT_HEIGHT + 1, 0, 5);
    draw_text (cr, x, TOP + PLOT_HEIGHT + 22, 0.5, text);
  }
  draw_text (cr, LEFT + PLOT_WIDTH / 2.0, TOP + PLOT_HEIGHT + 46, 0.5, "time in seconds");
}

static double
mel_of (double hz)
{
  return 2595.0 * log10 (1.0 + hz / 700.0);
}

/* Filter m peaks at corner m + 1 of n_mels + 2 that are equally far apart in mel. */
static void
draw_frequency_axis (cairo_t *cr, const Gemma4LogMelParams *params)
{
  static const double ticks_hz[] = { 0, 250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000 };
  double low = mel_of (params->min_frequency_hz);
  double step = (mel_of (params->max_frequency_hz) - low) / (params->n_mels + 1);
  char text[32];
  for (size_t i = 0; i < sizeof ticks_hz / sizeof ticks_hz[0]; i++) {
    double filter = (mel_of (ticks_hz[i]) - low) / step - 1;
    double part = fmin (fmax ((filter + 0.5) / params->n_mels, 0.0), 1.0);
    double y = TOP + PLOT_HEIGHT * (1 - part);
    snprintf (text, sizeof text, "%g", ticks_hz[i]);
    draw_tick (cr, LEFT - 6, round (y) + 0.5, 5, 0);
    draw_text (cr, LEFT - 11, y + 4, 1, text);
  }
  cairo_save (cr);
  cairo_translate (cr, 22, TOP + PLOT_HEIGHT / 2.0);
  cairo_rotate (cr, -M_PI / 2);
  draw_text (cr, 0, 0, 0.5, "frequency in Hz, mel scale");
  cairo_restore (cr);
}

static void
draw_colour_scale (cairo_t *cr, const Spectrogram *s)
{
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 1, PLOT_HEIGHT);
  unsigned char *pixels = cairo_image_surface_get_data (image);
  for (int y = 0; y < PLOT_HEIGHT; y++) {
    uint32_t pixel = colour (1 - (y + 0.5) / PLOT_HEIGHT);
    memcpy (pixels + y * cairo_image_surface_get_stride (image), &pixel, sizeof pixel);
  }
  cairo_surface_mark_dirty (image);
  draw_image (cr, image, SCALE_LEFT, TOP, SCALE_WIDTH, PLOT_HEIGHT);
  cairo_surface_destroy (image);

  double step = nice_step (s->most - s->least, 8);
  char text[32];
  for (double value = ceil (s->least / step) * step; value <= s->most; value += step) {
    double y = TOP + PLOT_HEIGHT * (1 - (value - s->least) / (s->most - s->least));
    snprintf (text, sizeof text, "%g", round (value / step) * step + 0.0);
    draw_tick (cr, SCALE_LEFT + SCALE_WIDTH + 1, round (y) + 0.5, 5, 0);
    draw_text (cr, SCALE_LEFT + SCALE_WIDTH + 10, y + 4, 0, text);
  }
  snprintf (text, sizeof text, "ln(mel + %g)", s->params.mel_floor);
  draw_text (cr, WIDTH - 12, TOP - 14, 1, text);
}

static void
draw (const Spectrogram *s, const char *title, const char *path)
{
  cairo_surface_t *page = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create (page);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_surface_t *image = paint (s);
  draw_image (cr, image, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT);
  cairo_surface_destroy (image);

  char words[256];
  snprintf (words, sizeof words, "%.120s%s%.2f s, %zu rows of %u mel filters", title,
      *title ? ": " : "", s->duration_s, s->n_rows, s->params.n_mels);
  cairo_select_font_face (cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cr, 16);
  draw_text (cr, LEFT, TOP - 22, 0, words);
  cairo_set_font_size (cr, 12);
  draw_time_axis (cr, s);
  draw_frequency_axis (cr, &s->params);
  draw_colour_scale (cr, s);
  cairo_status_t status = cairo_surface_write_to_png (page, path);
  if (status != CAIRO_STATUS_SUCCESS)
    die (path, cairo_status_to_string (status));
  cairo_destroy (cr);
  cairo_surface_destroy (page);
}

int
main (int argc, char **argv)
{
  if (argc < 2 || argc > 3) {
    fprintf (stderr, "usage: mel PNG [TITLE] < SAMPLES (float32, mono, 16000 Hz)\n");
    return 2;
  }
  size_t n_samples;
  float *samples = read_samples (&n_samples);
  Spectrogram s = analyse (samples, n_samples);
  draw (&s, argc > 2 ? argv[2] : "", argv[1]);
  printf ("%s: %zu rows, %.2f s\n", argv[1], s.n_rows, s.duration_s);
  free (s.rows);
  free (samples);
  cairo_debug_reset_static_data ();
  return 0;
}
