/* SPDX-FileCopyrightText: the gst-gemma4 authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The core library of gst-gemma4: sound, pictures and text become the tensors
 * that Gemma 4 models take. Arrays in, arrays out; it knows neither pipelines
 * nor clocks and can be used without GStreamer.
 *
 *   samples -> logmel                        rows of a log-mel spectrogram
 *   samples -> rawframes                     rows of raw samples (12B)
 *   picture -> ycbcr -> orient -> fit -> resize -> patchify   patches and positions
 *   video   -> sampler                       which frames, and stamp: their mm:ss
 *   words   -> prompt -> tokenizer           chat form, soft tokens, ids
 *   turns   -> conversation -> tokenizer     the same with what was said before
 *   all     -> pack                          the tensors of one call of the model
 *   answer  -> detokenizer                   its ids as text
 *
 * tokens counts soft tokens for all of them, preset has the published settings and
 * reads those of directories, safetensors writes the head of a file. Functions are safe to call
 * from any thread; an object belongs to one thread at a time unless its header
 * says otherwise.
 */

#include <gst/gemma4/colour.h>
#include <gst/gemma4/conversation.h>
#include <gst/gemma4/detokenizer.h>
#include <gst/gemma4/fit.h>
#include <gst/gemma4/logmel.h>
#include <gst/gemma4/orient.h>
#include <gst/gemma4/pack.h>
#include <gst/gemma4/patchify.h>
#include <gst/gemma4/preset.h>
#include <gst/gemma4/prompt.h>
#include <gst/gemma4/rawframes.h>
#include <gst/gemma4/resize.h>
#include <gst/gemma4/safetensors.h>
#include <gst/gemma4/sampler.h>
#include <gst/gemma4/stamp.h>
#include <gst/gemma4/status.h>
#include <gst/gemma4/target.h>
#include <gst/gemma4/tensor.h>
#include <gst/gemma4/tokenizer.h>
#include <gst/gemma4/tokens.h>
#include <gst/gemma4/ycbcr.h>
