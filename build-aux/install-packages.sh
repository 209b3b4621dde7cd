#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# install-packages.sh GROUP...
# Installs with apt-get what a group needs and the machine lacks. Groups: build
# (compiler, headers), run (what the demo's pipeline uses), camera (and a microphone),
# sample and tokenizer (what makes the files in examples/), test (the test suite), ci
# (.ci/run), bench (what tests/bench compares with).
set -euo pipefail

build="gcc libc6-dev dpkg-dev meson ninja-build pkg-config libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev libjson-glib-dev libcairo2-dev"
run="gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
camera="gstreamer1.0-pulseaudio"
sample="python3 python3-cairo fonts-dejavu-core espeak-ng sox"
tokenizer="python3 sentencepiece"
test="python3 python3-gi python3-gst-1.0 python3-numpy gir1.2-gstreamer-1.0
  gir1.2-gst-plugins-base-1.0 gstreamer1.0-libav gstreamer1.0-x ffmpeg g++
  libsentencepiece-dev libabsl-dev libprotobuf-dev"
ci="clang cppcheck valgrind gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
  debootstrap"
bench="valgrind python3-numpy python3-torch python3-torchvision python3-pil"

missing=()
for group in "$@"; do
  for package in ${!group}; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
  sudo=
elif command -v sudo >/dev/null; then
  sudo=sudo
else
  echo "These packages are missing, and neither root nor sudo is there to install them:" >&2
  echo "  apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q >/dev/null
$sudo apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
