/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What all benches measure with and print: one line a figure. */

/* So many runs make a figure; a first one that warms up is not counted. */
#define REPORT_N_RUNS 7

/* Of the whole process, all its threads. */
double report_cpu_s (void);

double report_wall_s (void);

/* Sorts @values. */
double report_median (double *values, unsigned n_values);

/* Name, value, unit, kernels and machine, with tabs between them. */
void report_print (const char *name, double value, const char *unit);
