#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh [LEVEL...]
# What the core costs, one line a figure: name, value, unit, kernels, machine; then
# gemma4audioconv, how long a question waits for its pack (latency.c), and what a live
# pipeline costs.
# LEVEL: c, sse2, avx2 or avx512 instead of what the processor offers; BUILD names
# the build folder, GEMMA4_BENCH_TOKENIZER a SentencePiece model.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build-bench}
export GEMMA4_BENCH_TOKENIZER=${GEMMA4_BENCH_TOKENIZER:-examples/demo-tokenizer.spm}

[ -f "$build/build.ninja" ] ||
  meson setup "$build" -Dtests=enabled -Dexamples=disabled >/dev/null
ninja -C "$build" tests/bench/bench-core tests/bench/bench-audio tests/bench/bench-latency tests/bench/bench-live plugins/libgstgemma4.so >/dev/null
export GEMMA4_TEST_DATA=tests/golden GST_PLUGIN_PATH_1_0=$build/plugins GST_REGISTRY_1_0=$build/registry.bin
for level in "${@:-}"; do
  GEMMA4_CPU=$level "$build/tests/bench/bench-core"
  GEMMA4_CPU=$level "$build/tests/bench/bench-audio"
  GEMMA4_CPU=$level "$build/tests/bench/bench-latency" | grep -P '\t'
done
"$build/tests/bench/bench-live" "$GEMMA4_BENCH_TOKENIZER"
