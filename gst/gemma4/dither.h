/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the core: Gaussian noise that is the same on every run. The noise
 * of a sample depends on the seed and the sample's index alone, so it does not
 * matter how the samples arrive. */

#include <stdint.h>

/* Noise of sample @index of the signal: mean 0, standard deviation 1, never
 * beyond 8.7. */
double gemma4_dither_noise (uint32_t seed, uint64_t index);
