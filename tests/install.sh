#!/usr/bin/env bash
# SPDX-FileCopyrightText: the gst-gemma4 authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# install.sh
# Installs by the README's own line and uses what that installed. It writes into /usr:
# tests/on-debian.sh runs it in a root of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
unset GST_PLUGIN_PATH GST_PLUGIN_PATH_1_0 LD_LIBRARY_PATH PKG_CONFIG_PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail () {
  echo "install.sh: $*" >&2
  exit 1
}

line=$(sed -n 's/^    \(.*meson setup .*--prefix=\/usr.*\)/\1/p' README.md)
[ "$(wc -l <<<"$line")" -eq 1 ] && [ -n "$line" ] || fail "the README has not one line that installs: $line"
bash build-aux/install-packages.sh build run
echo "$line"
bash -ec "$line" >"$work/log" 2>&1 || { cat "$work/log"; fail "the README's line failed"; }

for element in gemma4audioconv gemma4videoconv gemma4packer gemma4textdec safetensorsenc; do
  gst-inspect-1.0 "$element" >"$work/inspected" || fail "gst-inspect-1.0 does not find $element: $(grep -A 4 "^  Installed" "$work/log")"
  file=$(realpath "$(awk '$1 == "Filename" { print $2 }' "$work/inspected")")
  [[ $file == /usr/* ]] || fail "$element comes from $file"
done
GST_REGISTRY_1_0="$work/registry" gst-launch-1.0 -q videotestsrc num-buffers=2 ! gemma4videoconv ! p.image_0 \
  gemma4packer name=p tokenizer=examples/demo-tokenizer.spm prompt="What is this?" max-images-per-prompt=2 \
  ! safetensorsenc ! filesink location="$work/pack.safetensors"
[ -s "$work/pack.safetensors" ] || fail "the installed elements wrote no file"
gemma4-presets >"$work/presets" || fail "gemma4-presets: exit $?"
[ -s "$work/presets" ] || fail "gemma4-presets says nothing"

# The headers alone: the checkout is not in sight.
cat >"$work/use.c" <<'C'
#include <gst/gemma4/gemma4.h>
#include <stdio.h>

int
main (void)
{
  printf ("frame %d\n", (int) gemma4_clip_index (GEMMA4_TARGET_KERASHUB, 31, 32, 100));
  return 0;
}
C
cd "$work"
pkg-config --exists --print-errors gst-gemma4-1.0 || fail "pkg-config does not find gst-gemma4-1.0"
gcc -std=c11 -Wall -Wextra -Werror use.c -o use $(pkg-config --cflags --libs gst-gemma4-1.0)
[ "$(./use)" = "frame 99" ] || fail "a program with the installed headers says: $(./use)"
echo "install.sh: gst-inspect-1.0, gst-launch-1.0, gemma4-presets, pkg-config and a C program use what was installed"
