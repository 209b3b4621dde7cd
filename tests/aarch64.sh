#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# aarch64.sh
# Builds what the core does with samples and pixels for aarch64 and runs it in an
# emulator, in plain C and with NEON: the same bytes as on this processor. Debian:
# gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build-aarch64}
cross=aarch64-linux-gnu-gcc

qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)
[ -n "$qemu" ] && command -v "$cross" >/dev/null ||
  { echo "SKIP: no $cross, or no qemu-aarch64"; exit 77; }

core="dither fit logmel logmel-framing logmel-params logmel-scale patchify resize samples status ycbcr"
kernels="cpu fft melbank logmel-batch logmel-batch-c pixels pixels-c resize-pass resize-rows
  resize-rows-c ycbcr-rows ycbcr-rows-c"
flags="-std=c11 -D_GNU_SOURCE -ffp-contract=off -fno-strict-aliasing -fno-math-errno -Wall -Wextra
  -Wno-unused-parameter -Werror -I."

# compile PREFIX COMPILER FILE... [OPTION...]
compile () {
  local prefix=$1 compiler=$2 name
  for name in $3; do
    "$compiler" -O3 $flags ${4:-} -c "gst/gemma4/$name.c" -o "$build/$prefix-$name.o"
  done
}

mkdir -p "$build"
rm -f "$build"/*.o
compile arm "$cross" "$core $kernels logmel-batch-neon resize-rows-neon ycbcr-rows-neon"
"$cross" -O2 $flags -static tests/kernels/portable.c "$build"/arm-*.o -lm -o "$build/portable-arm"
compile here gcc "$core $kernels"
if [ "$(uname -m)" = x86_64 ]; then
  compile here gcc "logmel-batch-sse2 resize-rows-sse2 ycbcr-rows-sse2"
  compile here gcc "logmel-batch-avx2 resize-rows-avx2 pixels-avx2 ycbcr-rows-avx2" -mavx2
  compile here gcc "logmel-batch-avx512 resize-rows-avx512 pixels-avx512 ycbcr-rows-avx512" \
    "-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vbmi -mavx512vnni"
else
  compile here gcc "logmel-batch-neon resize-rows-neon ycbcr-rows-neon"
fi
gcc -O2 $flags tests/kernels/portable.c "$build"/here-*.o -lm -o "$build/portable-here"

failed=0
"$build/portable-here" >"$build/here.txt"
for level in c neon; do
  GEMMA4_CPU=$level "$qemu" "$build/portable-arm" >"$build/$level.txt"
  diff "$build/here.txt" "$build/$level.txt" ||
    { echo "aarch64, $level: other bytes than here (< here, > aarch64)" >&2; failed=1; }
done
[ "$failed" -eq 0 ] && sed 's/$/  the same on aarch64, plain C and NEON/' "$build/here.txt"
exit "$failed"
