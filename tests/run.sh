#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh [MESON OPTION...]
# Installs what is missing, builds, and runs every test. Options go to `meson
# setup`, such as -Db_sanitize=address,undefined; BUILD names the build folder.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build-tests}

bash build-aux/install-packages.sh build run test
if [ -f "$build/build.ninja" ]; then
  meson configure "$build" "$@" >/dev/null
else
  meson setup "$build" -Dtests=enabled -Dexamples=enabled "$@"
fi
ninja -C "$build"
status=0
meson test -C "$build" --no-rebuild --print-errorlogs || status=$?
bash tests/summary.sh "$build" || true
exit $status
