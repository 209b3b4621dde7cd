#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# patches.sh FILE [DIR [PROPERTIES]]
# Writes the frames of FILE, a video or an image, as Gemma 4 models see them: PNGs in
# DIR (patches), named by place and stamp. PROPERTIES are gemma4videoconv's, such as
# "num-frames=8 max-soft-tokens=280". Builds build/ first; GEMMA4_BUILD names another
# build folder, which is used as it is.
set -euo pipefail
[ $# -ge 1 ] && [ $# -le 3 ] || { echo "usage: patches.sh FILE [DIR [PROPERTIES]]" >&2; exit 2; }
[ -r "$1" ] || { echo "patches.sh: cannot read $1" >&2; exit 1; }
root=$(realpath "$(dirname "$0")/..")
build=$(realpath -m "${GEMMA4_BUILD:-$root/build}")

if [ -z "${GEMMA4_BUILD:-}" ]; then
  bash "$root/build-aux/install-packages.sh" build run
  [ -f "$build/build.ninja" ] || meson setup "$build" "$root" -Dtests=disabled >/dev/null
  ninja -C "$build" --quiet
fi
[ -x "$build/examples/patches" ] || { echo "patches.sh: there is no build in $build" >&2; exit 1; }
export GST_PLUGIN_PATH="$build/plugins${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}"
exec "$build/examples/patches" "$1" "${2:-patches}" "${3:-}"
