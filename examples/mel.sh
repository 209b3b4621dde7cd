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
fail () {
  echo "mel.sh: $*" >&2
  exit 1
}
[ ! -d "$1" ] || fail "$1 is a directory"
[ -r "$1" ] || fail "cannot read $1"
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
[ -f "$build/build.ninja" ] || fail "there is no build in $build"
[ -x "$build/examples/mel" ] || fail "examples/mel was not built: it needs libcairo2-dev"

# What gst-launch-1.0 says, as it is meant for the file.
explain () {
  local missing error
  missing=$(sed -n '/^Missing decoder: .* (audio/{s/^[^:]*: \(.*\) (audio.*/\1/p;q}' <<<"$1")
  error=$(sed -n '/^ERROR: from element/{s/^ERROR: from element [^ ]*: //p;q}' <<<"$1")
  case $missing/$error in
    /*"missing a plug-in"*) echo "there is no sound in it" ;;
    /*"type of stream"* | /*"text file"* | /*"no data"*) echo "it is no media: $error" ;;
    /*) echo "$error" ;;
    *) echo "GStreamer has no decoder for $missing. This may install it: apt install gstreamer1.0-libav" ;;
  esac
}

samples=$(mktemp)
trap 'rm -f "$samples"' EXIT
# quality=10: the default cuts off what the highest filters hear.
said=$(LANGUAGE=C GST_DEBUG_NO_COLOR=1 gst-launch-1.0 -q filesrc location="$sound" ! decodebin \
  caps="audio/x-raw(ANY)" expose-all-streams=false ! audioconvert ! audioresample quality=10 ! \
  audio/x-raw,format=F32LE,rate=16000,channels=1 ! filesink location="$samples" 2>&1) ||
  fail "$1: $(explain "$said")"
"$build/examples/mel" "$picture" "$name" <"$samples"
