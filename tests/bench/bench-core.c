/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the core costs on one processor core.
 *
 *   bench-core           one line a figure: name, value, unit, kernels, machine;
 *                        medians of 7 runs of each workload, taken in turn, in
 *                        processor time, for other programs may run as well; at
 *                        once again (NAME-warm) it finds its data in the caches
 *   bench-core NAME      one workload, once, for instructions.sh
 */

#include "report.h"

#include <gst/gemma4/gemma4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_SAMPLES 480000
#define N_ROWS 3000
#define WIDTH_PX 1920
#define HEIGHT_PX 1080
#define N_PACK_FRAMES 32
#define N_PACK_VALUES ((size_t) N_PACK_FRAMES * 630 * 768)

/* What all workloads share: inputs of noise, and room for outputs. */
typedef struct
{
  float *samples;               /* [N_SAMPLES] */
  float *rows;                  /* [N_ROWS][128] */
  uint8_t *picture;             /* RGB24, 1080p */
  uint8_t *resized;             /* RGB24, at most 1056 x 576 */
  uint8_t *patches;             /* [N_PACK_VALUES] */
  float *pack;                  /* [N_PACK_VALUES] */
  float *copy;                  /* [N_PACK_VALUES] */
  int32_t *positions;           /* [2520][2] */
  Gemma4LogMel *logmel;
  Gemma4LogMel *card;
  Gemma4Resizer *to_70;
  Gemma4Resizer *to_280;
  uint8_t *nv12;                /* 1080p: luma, then chroma */
  uint8_t *rgb_rows;            /* RGB24, [GEMMA4_RESIZE_INPUT_ROWS] */
  Gemma4Ycbcr *from_nv12;
  const char *model_path;
  Gemma4Tokenizer *tokenizer;
  char text[200];
  Gemma4Ids ids;
} Bench;

static void
need (bool good, const char *what)
{
  if (good)
    return;
  fprintf (stderr, "bench-core: %s\n", what);
  exit (1);
}

static void *
room (size_t n_bytes)
{
  void *memory = malloc (n_bytes);
  need (memory != NULL, "no memory");
  memset (memory, 1, n_bytes);
  return memory;
}

static void
fill_noise (uint8_t *bytes, size_t n)
{
  uint32_t state = 1;
  for (size_t i = 0; i < n; i++) {
    state = state * 1664525 + 1013904223;
    bytes[i] = state >> 24;
  }
}

static Gemma4Status
make_nv12 (Bench *self)
{
  const Gemma4YcbcrLayout nv12 = {
    .depth_bits = 8, .step_bytes = { 1, 2, 2 }, .half_width = true, .half_height = true,
    .sited_x = true,
  };
  const Gemma4YcbcrMeaning bt709 = { 0.2126, 0.0722, false };
  self->nv12 = room (WIDTH_PX * HEIGHT_PX * 3 / 2);
  self->rgb_rows = room (GEMMA4_RESIZE_INPUT_ROWS * WIDTH_PX * 3);
  fill_noise (self->nv12, WIDTH_PX * HEIGHT_PX * 3 / 2);
  return gemma4_ycbcr_new (&nv12, &bt709, 0, 0, WIDTH_PX, HEIGHT_PX, &self->from_nv12);
}

static void
bench_init (Bench *self)
{
  static const char words[] = "What happens in this video? Describe what you see and hear. ";
  self->samples = room (N_SAMPLES * sizeof (float));
  self->rows = room (N_ROWS * 128 * sizeof (float));
  self->picture = room (WIDTH_PX * HEIGHT_PX * 3);
  self->resized = room (1056 * 576 * 3);
  self->patches = room (N_PACK_VALUES);
  self->pack = room (N_PACK_VALUES * sizeof (float));
  self->copy = room (N_PACK_VALUES * sizeof (float));
  self->positions = room (2520 * 2 * sizeof (int32_t));
  fill_noise (self->picture, WIDTH_PX * HEIGHT_PX * 3);
  fill_noise (self->patches, N_PACK_VALUES);
  for (size_t i = 0; i < N_SAMPLES; i++)
    self->samples[i] = (self->picture[i] - 127.5f) / 256.0f;
  for (size_t i = 0; i < sizeof self->text; i++)
    self->text[i] = words[i % (sizeof words - 1)];
  self->model_path = getenv ("GEMMA4_BENCH_TOKENIZER");
  bool good = gemma4_logmel_new (&gemma4_logmel_params_default, &self->logmel, NULL) == GEMMA4_OK
      && gemma4_logmel_new (&gemma4_logmel_params_card, &self->card, NULL) == GEMMA4_OK
      && gemma4_resizer_new (WIDTH_PX, HEIGHT_PX, 528, 288, &self->to_70) == GEMMA4_OK
      && gemma4_resizer_new (WIDTH_PX, HEIGHT_PX, 1056, 576, &self->to_280) == GEMMA4_OK
      && make_nv12 (self) == GEMMA4_OK;
  need (good, "no memory");
  need (self->model_path && gemma4_tokenizer_open (self->model_path, &self->tokenizer, NULL)
      == GEMMA4_OK, "GEMMA4_BENCH_TOKENIZER must name a SentencePiece model");
}

static void
bench_clear (Bench *self)
{
  gemma4_ids_clear (&self->ids);
  gemma4_tokenizer_free (self->tokenizer);
  gemma4_ycbcr_free (self->from_nv12);
  gemma4_resizer_free (self->to_280);
  gemma4_resizer_free (self->to_70);
  gemma4_logmel_free (self->card);
  gemma4_logmel_free (self->logmel);
  free (self->positions);
  free (self->copy);
  free (self->pack);
  free (self->patches);
  free (self->resized);
  free (self->rgb_rows);
  free (self->nv12);
  free (self->picture);
  free (self->rows);
  free (self->samples);
}

static void
run_clip (Bench *self, Gemma4LogMel *logmel)
{
  size_t pushed = 0, n_rows = 0;
  gemma4_logmel_reset (logmel);
  while (n_rows < N_ROWS) {
    pushed += gemma4_logmel_push (logmel, self->samples + pushed, N_SAMPLES - pushed);
    if (pushed == N_SAMPLES)
      gemma4_logmel_end (logmel);
    n_rows += gemma4_logmel_pull (logmel, self->rows + n_rows * 128, N_ROWS - n_rows);
  }
}

static void
run_logmel (Bench *self)
{
  run_clip (self, self->logmel);
}

static void
run_logmel_card (Bench *self)
{
  run_clip (self, self->card);
}

/* The resized picture becomes float32 patches and their positions. */
static void
finish_patches (Bench *self, const Gemma4VisionParams *params, uint32_t width_px,
    uint32_t height_px)
{
  uint32_t n_columns = width_px / 16, n_patches = n_columns * (height_px / 16);
  gemma4_patchify (params, self->patches, n_patches, self->resized, 3 * width_px, width_px,
      height_px);
  gemma4_patch_positions (self->positions, n_patches, n_columns, n_patches);
  gemma4_scale_pixels (self->pack, self->patches, (size_t) n_patches * 768,
      GEMMA4_PIXELS_DIVIDED);
}

static void
run_patches (Bench *self, const Gemma4VisionParams *params, Gemma4Resizer *resizer,
    uint32_t width_px, uint32_t height_px)
{
  gemma4_resizer_run (resizer, self->resized, 3 * width_px, self->picture, 3 * WIDTH_PX);
  finish_patches (self, params, width_px, height_px);
}

static void
run_patches_70 (Bench *self)
{
  run_patches (self, &gemma4_vision_params_video, self->to_70, 528, 288);
}

static void
run_patches_280 (Bench *self)
{
  run_patches (self, &gemma4_vision_params_image, self->to_280, 1056, 576);
}

/* Rows of NV12 as RGB24, made when they are asked for. */
typedef struct
{
  Bench *bench;
  Gemma4Plane planes[3];
  uint32_t end;                 /* of those that are there */
} Nv12Rows;

static const uint8_t *
make_row (void *data, uint32_t y)
{
  Nv12Rows *self = data;
  if (y == self->end) {
    uint32_t left = HEIGHT_PX - y;
    uint32_t n = left < GEMMA4_RESIZE_INPUT_ROWS ? left : GEMMA4_RESIZE_INPUT_ROWS;
    gemma4_ycbcr_run (self->bench->from_nv12, self->bench->rgb_rows, 3 * WIDTH_PX,
        self->planes, y, n);
    self->end += n;
  }
  return self->bench->rgb_rows + y % GEMMA4_RESIZE_INPUT_ROWS * 3 * WIDTH_PX;
}

static void
run_patches_nv12 (Bench *self)
{
  const uint8_t *chroma = self->nv12 + WIDTH_PX * HEIGHT_PX;
  Nv12Rows rows = {
    .bench = self,
    .planes = { { self->nv12, WIDTH_PX }, { chroma, WIDTH_PX }, { chroma + 1, WIDTH_PX } },
  };
  gemma4_resizer_run_from (self->to_70, self->resized, 3 * 528, make_row, &rows, 0, 288);
  finish_patches (self, &gemma4_vision_params_video, 528, 288);
}

static void
run_fill (Bench *self)
{
  gemma4_scale_pixels (self->pack, self->patches, N_PACK_VALUES, GEMMA4_PIXELS_DIVIDED);
}

static void
run_memcpy (Bench *self)
{
  memcpy (self->pack, self->copy, N_PACK_VALUES * sizeof (float));
}

static void
run_tokenize (Bench *self)
{
  self->ids.n_ids = 0;
  need (gemma4_tokenizer_encode (self->tokenizer, self->text, sizeof self->text, &self->ids, NULL)
      == GEMMA4_OK, "the tokenizer failed");
}

static void
run_tokenizer_open (Bench *self)
{
  Gemma4Tokenizer *tokenizer;
  need (gemma4_tokenizer_open (self->model_path, &tokenizer, NULL) == GEMMA4_OK,
      "the tokenizer failed");
  gemma4_tokenizer_free (tokenizer);
}

typedef struct
{
  const char *name;
  void (*run) (Bench * self);
  double per_second;            /* the figure is this / seconds, or */
  double unit_s;                /* seconds / this */
  const char *unit;
} Workload;

static const Workload workloads[] = {
  {"logmel-30s", run_logmel, 30.0, 0.0, "x real time"},
  {"logmel-30s-card", run_logmel_card, 30.0, 0.0, "x real time"},
  {"patches-70-1080p", run_patches_70, 0.0, 1e-3, "ms"},
  {"patches-280-1080p", run_patches_280, 0.0, 1e-3, "ms"},
  {"patches-70-1080p-nv12", run_patches_nv12, 0.0, 1e-3, "ms"},
  {"fill-32-frames", run_fill, 0.0, 1e-3, "ms"},
  {"memcpy-32-frames", run_memcpy, 0.0, 1e-3, "ms"},
  {"tokenize-200", run_tokenize, 0.0, 1e-6, "us"},
  {"tokenizer-open", run_tokenizer_open, 0.0, 1e-3, "ms"},
};

#define N_WORKLOADS (sizeof workloads / sizeof workloads[0])

/* What instructions.sh counts. */
__attribute__ ((noinline))
void run_counted (const Workload * workload, Bench * bench);

void
run_counted (const Workload *workload, Bench *bench)
{
  workload->run (bench);
}

static double
time_s (const Workload *workload, Bench *bench)
{
  double start = report_cpu_s ();
  run_counted (workload, bench);
  return report_cpu_s () - start;
}

typedef double Times[REPORT_N_RUNS];

static void
print (const Workload *workload, const char *suffix, Times times_s)
{
  char name[64];
  double median_s = report_median (times_s, REPORT_N_RUNS);
  snprintf (name, sizeof name, "%s%s", workload->name, suffix);
  report_print (name, workload->per_second > 0.0 ? workload->per_second / median_s
      : median_s / workload->unit_s, workload->unit);
}

static void
run_all (Bench *bench)
{
  Times cold_s[N_WORKLOADS], warm_s[N_WORKLOADS];
  for (int run = -1; run < REPORT_N_RUNS; run++) {
    for (size_t i = 0; i < N_WORKLOADS; i++) {
      double cold = time_s (&workloads[i], bench), warm = time_s (&workloads[i], bench);
      if (run >= 0) {
        cold_s[i][run] = cold;
        warm_s[i][run] = warm;
      }
    }
  }
  for (size_t i = 0; i < N_WORKLOADS; i++) {
    print (&workloads[i], "", cold_s[i]);
    print (&workloads[i], "-warm", warm_s[i]);
  }
}

static const Workload *
find_workload (const char *name)
{
  for (size_t i = 0; i < N_WORKLOADS; i++) {
    if (strcmp (workloads[i].name, name) == 0)
      return &workloads[i];
  }
  fprintf (stderr, "bench-core: no workload %s\n", name);
  exit (1);
}

int
main (int argc, char **argv)
{
  const Workload *only = argc > 1 ? find_workload (argv[1]) : NULL;
  Bench bench = { 0 };
  bench_init (&bench);
  if (only)
    run_counted (only, &bench);
  else
    run_all (&bench);
  bench_clear (&bench);
  return 0;
}
