#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# instructions.sh [--update]
# Counts the instructions of five workloads with callgrind, which knows no
# AVX-512, and fails where one takes 5 % more than instructions.txt says, with the
# compiler that it names. --update writes that file. BUILD names the build folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build-bench}
known=tests/bench/instructions.txt
workloads="logmel-30s patches-70-1080p patches-280-1080p fill-32-frames tokenize-200"
export GEMMA4_BENCH_TOKENIZER=examples/demo-tokenizer.spm GEMMA4_CPU=avx2

command -v valgrind >/dev/null || { echo "SKIP: no valgrind"; exit 77; }
grep -qw avx2 /proc/cpuinfo || { echo "SKIP: no AVX2"; exit 77; }
compiler="$(${CC:-gcc} --version | sed -n '1s/ .*//p')-$(${CC:-gcc} -dumpversion | cut -d. -f1)"
[ "${1:-}" = --update ] || grep -qx "compiler $compiler" "$known" ||
  { echo "SKIP: $known was not made with $compiler"; exit 77; }
[ -f "$build/build.ninja" ] ||
  meson setup "$build" -Dtests=enabled -Dexamples=disabled >/dev/null
ninja -C "$build" tests/bench/bench-core >/dev/null

count () {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
    --toggle-collect=run_counted "$build/tests/bench/bench-core" "$1" 2>&1 |
    sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p'
}

failed=0
counts="compiler $compiler"$'\n'
for name in $workloads; do
  now=$(count "$name")
  counts+="$name $now"$'\n'
  before=$(awk -v name="$name" '$1 == name { print $2 }' "$known" 2>/dev/null || true)
  change=none
  if [ -n "$before" ]; then
    change=$(awk -v a="$before" -v b="$now" 'BEGIN { printf "%+.2f %%", 100 * (b / a - 1) }')
    [ $((now * 100)) -le $((before * 105)) ] || { change="$change: over 5 %"; failed=1; }
  elif [ "${1:-}" != --update ]; then
    change="not in $known"
    failed=1
  fi
  echo "$name $now instructions, $change"
done
if [ "${1:-}" = --update ]; then
  printf '%s' "$counts" >"$known"
  failed=0
fi
exit $failed
