#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# compare.sh BUILD FOLDER [CLIP]
# Packs a WebM clip for transformers and writes into FOLDER the tensors, the decoded
# frames (those that were chosen) and samples they were made from, and the processor's
# files. Then, where transformers 5.17 and torch are installed:
#   python3 tests/upstream/compare.py FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 out=$2 clip=${3:-examples/sample.webm}
mkdir -p "$out"
export GST_PLUGIN_PATH="$(realpath "$build")/plugins"

gst-launch-1.0 -q filesrc location="$clip" ! matroskademux name=d \
  d. ! queue ! vp8dec ! videoconvert ! video/x-raw,format=RGB ! tee name=v \
  v. ! queue ! gemma4videoconv ! p.video_0 \
  v. ! queue ! filesink location="$out/frames.rgb" \
  d. ! queue ! opusdec ! audioconvert ! audioresample quality=10 \
     ! audio/x-raw,format=F32LE,channels=1,rate=16000 ! tee name=a \
  a. ! queue ! gemma4audioconv ! p.audio_0 \
  a. ! queue ! filesink location="$out/audio.f32" \
  gemma4packer name=p target=transformers prompt="What do you see and hear?" \
    tokenizer=tests/golden/tokenizer/gemma4_tiny.model \
  ! safetensorsenc ! filesink location="$out/ours.safetensors" async=false
cp tests/golden/tokenizer/{tokenizer,tokenizer_config,processor_config}.json "$out"
