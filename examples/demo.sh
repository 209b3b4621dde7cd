#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# demo.sh [kerashub|transformers]
# Installs what is missing, builds, turns examples/sample.webm and a question into
# the input tensors of Gemma 4 for that target, and shows them.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-kerashub}

bash build-aux/install-packages.sh build run
[ -f build/build.ninja ] || meson setup build -Dtests=disabled >build.log || { cat build.log; exit 1; }
rm -f build.log
ninja -C build --quiet

export GST_PLUGIN_PATH="$PWD/build/plugins${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}"
set -x
gst-launch-1.0 -q filesrc location=examples/sample.webm ! matroskademux name=d \
  d. ! queue ! vp8dec ! gemma4videoconv ! p.video_0 \
  d. ! queue ! opusdec ! audioconvert ! audioresample quality=10 ! gemma4audioconv ! p.audio_0 \
  gemma4packer name=p tokenizer=examples/demo-tokenizer.spm prompt="What do you see and hear?" \
    target="$target" \
  ! safetensorsenc ! filesink location=sample.safetensors
build/examples/tensor-info sample.safetensors
