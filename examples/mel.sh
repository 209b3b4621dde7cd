#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mel.sh SOUND [PNG]
# Draws the log-mel spectrogram of a WAV, or of any file that GStreamer can decode, as
# Gemma 4 models hear it. PNG is SOUND's name with .png unless given. Builds build/
# first; GEMMA4_BUILD names another build folder, which is used as it is.
set -euo pipefail
[ $# -ge 1 ] && [ $# -le 2 ] || { echo "usage: mel.sh SOUND [PNG]" >&2; exit 2; }
[ -r "$1" ] || { echo "mel.sh: cannot read $1" >&2; exit 1; }
sound=$(realpath "$1")
name=$(basename "$sound")
picture=$(realpath -m "${2:-${name%.*}.png}")
build=$(realpath -m "${GEMMA4_BUILD:-$(dirname "$0")/../build}")
cd "$(dirname "$0")/.."

if [ -z "${GEMMA4_BUILD:-}" ]; then
  bash build-aux/install-packages.sh build run
  [ -f build/build.ninja ] || meson setup build -Dtests=disabled >/dev/null
  ninja -C build --quiet
fi
[ -x "$build/examples/mel" ] || { echo "mel.sh: examples/mel was not built: it needs libcairo2-dev" >&2; exit 1; }

# quality=10: the default cuts off what the highest filters hear.
GST_DEBUG_NO_COLOR=1 gst-launch-1.0 -q filesrc location="$sound" ! decodebin ! audioconvert ! \
  audioresample quality=10 ! audio/x-raw,format=F32LE,rate=16000,channels=1 ! fdsink fd=1 |
  "$build/examples/mel" "$picture" "$name"
