#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# stress.sh [SECONDS]
# GstCheck's stress functions on gemma4packer and gemma4textdec under ThreadSanitizer,
# 60 s by default, on gemma4audioconv, and the threads that share a frame in
# gemma4videoconv; fails on a race, and on a hang after twice the time and two minutes.
# BUILD names the build folder, which is made if it is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
build=${BUILD:-build-stress}

[ -f "$build/build.ninja" ] || CC=${CC:-clang} CXX=${CXX:-clang++} \
  meson setup "$build" -Dtests=enabled -Db_sanitize=thread -Db_lundef=false
ninja -C "$build" tests/check/elements/elements-{audiostress,packerstress,textdecstress,videomemory} plugins/libgstgemma4.so

# GLib and GStreamer are not instrumented: tsan-glib.c says what their locks mean.
${CC:-clang} -shared -fPIC -o "$build/tsan-glib.so" tests/tsan-glib.c \
  $(pkg-config --cflags gstreamer-1.0) -ldl
export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp exitcode=66 ${TSAN_OPTIONS:-}"
export G_SLICE=always-malloc CK_FORK=no
export CK_DEFAULT_TIMEOUT=$((2 * seconds + 120)) GEMMA4_STRESS_SECONDS=$seconds
export GEMMA4_TEST_DATA=$PWD/tests/golden GST_REGISTRY_FORK=no GST_PLUGIN_SYSTEM_PATH_1_0=
export GST_PLUGIN_PATH_1_0=$build/plugins GST_REGISTRY_1_0=$build/stress-registry.bin
export LD_LIBRARY_PATH=$build/gst/gemma4:$build/plugins
stress () {
  timeout $((2 * seconds + 120)) \
    env LD_PRELOAD="$(realpath "$build/tsan-glib.so")" "$build/tests/check/elements/elements-$1"
}
GST_CHECKS=test_allocates_nothing stress videomemory
GST_CHECKS=test_threads stress audiostress
stress textdecstress
stress packerstress
