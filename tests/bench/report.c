/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "report.h"

#include <gst/gemma4/cpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double
read_clock (clockid_t clock)
{
  struct timespec t;
  clock_gettime (clock, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

double
report_cpu_s (void)
{
  return read_clock (CLOCK_PROCESS_CPUTIME_ID);
}

double
report_wall_s (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

double
report_median (double *values, unsigned n_values)
{
  qsort (values, n_values, sizeof *values, compare);
  return values[n_values / 2];
}

static const char *
machine (void)
{
  static char name[128];
  char line[256];
  FILE *file = name[0] ? NULL : fopen ("/proc/cpuinfo", "r");
  while (file && !name[0] && fgets (line, sizeof line, file)) {
    char *value = strstr (line, "model name") ? strchr (line, ':') : NULL;
    if (value)
      snprintf (name, sizeof name, "%.*s", (int) strcspn (value + 2, "\n"), value + 2);
  }
  if (file)
    fclose (file);
  return name[0] ? name : "unknown";
}

void
report_print (const char *name, double value, const char *unit)
{
  printf ("%s\t%.4g\t%s\t%s\t%s\n", name, value, unit,
      gemma4_cpu_level_name (gemma4_cpu_level ()), machine ());
  fflush (stdout);
}
