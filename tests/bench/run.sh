#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run.sh [LEVEL...]
# What the core costs, one line a figure: name, value, unit, kernels, machine.
# LEVEL: c, sse2, avx2 or avx512 instead of what the processor offers; BUILD names
# the build folder, GEMMA4_BENCH_TOKENIZER a SentencePiece model.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build-bench}
export GEMMA4_BENCH_TOKENIZER=${GEMMA4_BENCH_TOKENIZER:-examples/demo-tokenizer.spm}

[ -f "$build/build.ninja" ] ||
  meson setup "$build" -Dtests=enabled -Dexamples=disabled >/dev/null
ninja -C "$build" tests/bench/bench-core >/dev/null
for level in "${@:-}"; do
  GEMMA4_CPU=$level "$build/tests/bench/bench-core"
done
