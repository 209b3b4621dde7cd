/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Antialiased bicubic resize of 8-bit RGB, transcribed pixel by pixel.
 * Source: torchvision 0.26 resize (antialias=True) of uint8 on the CPU, that is
 * PyTorch 2.11, aten/src/ATen/native/cpu/UpSampleKernel.cpp: weights in double,
 * made int16 with one precision a pass, each pass rounded to 8 bits. */

#include <stdint.h>

/**
 * ref_resize:
 * @in: [in_height][in_width][3]
 * @out: (out): [out_height][out_width][3]
 */
void ref_resize (const uint8_t * in, int in_width_px, int in_height_px,
    uint8_t * out, int out_width_px, int out_height_px);
