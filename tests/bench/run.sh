#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh [--against] [LEVEL...]
# What things cost, one line a figure: name, value, unit, kernels, machine. For each LEVEL
# (c, sse2, avx2 or avx512 instead of what the processor offers): what one core of the
# machine does at best, the core library, the elements, and how long a question waits
# for its pack. Then what a second core brings, what a tokenizer of a released one's size
# and a live pipeline cost.
# --against: others that are installed do the same work in the same run, see against.py.
# BUILD names the build folder, GEMMA4_BENCH_TOKENIZER a SentencePiece model.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build-bench}
against=
if [ "${1:-}" = --against ]; then
  against=yes
  shift
fi

[ -f "$build/build.ninja" ] ||
  meson setup "$build" -Dtests=enabled -Dexamples=disabled >/dev/null
ninja -C "$build" >/dev/null
export GEMMA4_BENCH_TOKENIZER=${GEMMA4_BENCH_TOKENIZER:-examples/demo-tokenizer.spm}
export GEMMA4_TEST_DATA=tests/golden GST_PLUGIN_PATH_1_0=$build/plugins GST_REGISTRY_1_0=$build/registry.bin

bench () {
  "$build/tests/bench/bench-$@" | grep -P '\t|^SKIP' || echo "SKIP: bench-$1 failed"
}

for level in "${@:-}"; do
  for name in machine core audio video latency; do
    GEMMA4_CPU=$level bench "$name"
  done
done
bench scaling
bench tokenizer "$build/tests/tokenizer"
bench live "$GEMMA4_BENCH_TOKENIZER"
[ -z "$against" ] || /usr/bin/python3 tests/bench/against.py "$build/gst/gemma4/libgstgemma4-1.0.so"
